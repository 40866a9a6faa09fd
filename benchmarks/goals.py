"""The goals as ratios of medians, and the verdict on each; pure, so that the arithmetic is tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.contestants import FRESH, RERUN
from benchmarks.samples import Results


@dataclass(frozen=True)
class Quantity:
    """One median: whose, of what, on how many hosts."""

    contestant: str
    mode: str
    hosts: int
    what: str

    def median(self, results: Results) -> float | None:
        """The median, when it was measured."""
        spread = results.spread(self.contestant, self.mode, self.hosts, self.what)
        return spread.median if spread else None


@dataclass(frozen=True)
class Goal:
    """ours divided by theirs is at most a limit; limit_by says what stands in the way when it is not."""

    text: str
    ours: Quantity
    theirs: Quantity
    limit: float
    limited_by: str


@dataclass(frozen=True)
class Verdict:
    """A goal with the ratio that was found; none when it was not measured."""

    goal: Goal
    ratio: float | None
    runs: int = 0  # of the side with fewer

    @property
    def met(self) -> bool:
        """Whether it was measured and reached."""
        return self.ratio is not None and self.ratio <= self.goal.limit


_TASKS = (
    "Ansible compiles the templates of the role's options anew in the worker of every host, about 25 ms of a processor "
    "each, and reads playbooks and collection for about 0.3 s a run; docs/tuning.md, Goals"
)
_SHARED = "controller and hosts share the processors, so the wall time of everybody holds the work of the hosts too"
_LOGIN = "the key exchange of the one login, which all contestants pay, is most of both numbers"
_BYTES = "the login is about 5 kB either way; the rest is the probe's text, which travels with every run"
_STEPS = (
    "each execution on a host costs a session of sshd and work of Ansible beside the transfer that bare ssh does too; "
    "the archive is checked on the controller, and again on the host before it is unpacked as root"
)


def _goal(text: str, ours: Quantity, theirs: str, limit: float, limited_by: str) -> Goal:
    return Goal(text, ours, replace(ours, contestant=theirs), limit, limited_by)


_RERUN_WALL, _RERUN_CPU, _RERUN_BYTES = (Quantity("ours", RERUN, 25, what) for what in ("wall", "cpu", "received"))
_FRESH_WALL = Quantity("ours", FRESH, 25, "wall")

ENOUGH = 5
"""Runs of each side below which a verdict says that it has too few."""

GOALS: Sequence[Goal] = (
    _goal("rerun, wall: within 1.25 of one raw task", _RERUN_WALL, "raw", 1.25, _TASKS),
    _goal("rerun, controller CPU: within 1.25 of one raw task", _RERUN_CPU, "raw", 1.25, _TASKS),
    _goal("rerun, bytes: within 1.5 of one raw task", _RERUN_BYTES, "raw", 1.5, _BYTES),
    _goal("rerun, wall: 10 times faster than the role", _RERUN_WALL, "role", 1 / 10, _SHARED),
    _goal("rerun, wall: 5 times faster than the script", _RERUN_WALL, "script", 1 / 5, _SHARED),
    Goal("rerun, wall: 50 hosts within 2.1 of 25", replace(_RERUN_WALL, hosts=50), _RERUN_WALL, 2.1, _LOGIN),
    _goal("fresh, wall: within 2 of bare ssh", _FRESH_WALL, "ssh", 2.0, _STEPS),
    _goal("fresh, wall: within 0.35 of the role", _FRESH_WALL, "role", 0.35, _SHARED),
)


def verdicts(results: Results) -> list[Verdict]:
    """Every goal, measured or not."""
    return [_verdict(goal, results) for goal in GOALS]


def _verdict(goal: Goal, results: Results) -> Verdict:
    runs = min(len(results.of(side.contestant, side.mode, side.hosts)) for side in (goal.ours, goal.theirs))
    return Verdict(goal, _ratio(goal.ours.median(results), goal.theirs.median(results)), runs)


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours is not None and theirs else None
