"""A run survives its connection, its controller and its login session, wherever in its life they end.

Each accident is tried at five points of the run, which are reached surely and not by timing: the installer double hangs
there, or a program the task needs at that point waits. Afterwards the playbook is run again: it follows the run that is
there, or installs when none had begun.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import accidents, images, inventory, witness
from lab.accounts import BY_NAME
from lab.ansible_run import AnsibleRun
from lab.hosts import Host, start
from lab.injection import inject, release, signals, wait_for

AGENT = "asr.mobility.mobility_agent"
PLAYBOOK = "install-mobility.yml"
STALLED = "/run/asr-double/stalled"

# Takes the place of a program for its first fitting call, which waits until the test is over.
STALL = """#!/bin/sh
case "$*" in
    {pattern})
        if mkdir -p /run/asr-double && mkdir {stalled} 2>/dev/null; then
            while [ ! -e /run/asr-double/release ]; do sleep 0.2; done
        fi ;;
esac
exec /usr/bin/{program} "$@"
"""


def _stall(host: Host, program: str, pattern: str) -> None:
    text = STALL.format(pattern=pattern, stalled=STALLED, program=program)
    host.write_file(f"/usr/sbin/{program}", text, mode=0o755)


@dataclass(frozen=True)
class Point:
    """A moment in a run: how to make it wait there, how to see that it does, whether the installer had begun."""

    prepare: Callable[[Host], None]
    reached: Callable[[Host], bool]
    begun: bool = True


def _hang(point: str) -> Point:
    return Point(
        prepare=lambda host: inject(host, f"install:hang={point}"),
        reached=lambda host: f"at={point}" in host.sh(f"cat {witness.RUNS} 2>/dev/null", check=False),
    )


def _is_stalled(host: Host) -> bool:
    return host.exists(STALLED)


POINTS: Mapping[str, Point] = {
    "while the installer is brought": Point(lambda host: _stall(host, "sha256sum", "*"), _is_stalled, begun=False),
    "when the installer has just begun": _hang("start"),
    "in the middle of the installer": _hang("config"),
    "near the end of the installer": _hang("service"),
    "after the end, before it was read": Point(lambda host: _stall(host, "tail", "-c*"), _is_stalled),
}


@dataclass(frozen=True)
class Seen:
    """Both runs, and what the host shows after them."""

    first: AnsibleRun
    second: AnsibleRun
    starts: int
    ends: Sequence[str]
    version: str
    leftovers: Sequence[str]
    signals: Sequence[str]


class Series:
    """One accident at every point, on as many hosts at once; led when a test first asks."""

    def __init__(self, installers: Path, folder: Path) -> None:
        self._installers = installers
        self._folder = folder
        self._seen: dict[tuple[str, str], Seen | BaseException] = {}

    def seen(self, accident: str, point: str) -> Seen:
        """What one accident at one point led to."""
        if (accident, point) not in self._seen:
            images.ensure(["accounts:12"])
            with ThreadPoolExecutor(len(POINTS)) as pool:
                led = pool.map(lambda name: self._lead_safely(accident, name), POINTS)
                self._seen |= {(accident, name): seen for name, seen in zip(POINTS, led, strict=True)}
        found = self._seen[accident, point]
        if isinstance(found, BaseException):
            raise found
        return found

    def _lead_safely(self, accident: str, point: str) -> Seen | BaseException:
        """One failure must not hide the other points."""
        number = list(POINTS).index(point)
        host = start("accounts:12", f"survival-{list(accidents.ACCIDENTS).index(accident)}-{number}")
        try:
            return self._lead(host, accident, POINTS[point])
        except Exception as error:
            return error
        finally:
            host.remove()

    def _lead(self, host: Host, accident: str, point: Point) -> Seen:
        accidents.end_sessions_with_processes(host)
        point.prepare(host)
        written = inventory.write(
            self._folder / f"{host.name}.yml",
            {host.name: inventory.ssh(host, BY_NAME["nopass"]) | {"ansible_ssh_timeout": 60}},
            {"asr_mobility_installer_path": str(self._installers)},
        )
        with accidents.running(PLAYBOOK, written, self._folder) as run:
            wait_for(lambda: point.reached(host) or run.process.poll() is not None, "the point of the accident")
            assert run.process.poll() is None, f"it ended too early: {run.wait()}"
            accidents.ACCIDENTS[accident](run, host)
            if run.process.poll() is None:  # the controller lives: let it see how far it comes
                _let_go(host)
            first = run.wait()
        with accidents.running(PLAYBOOK, written, self._folder) as again:
            _let_go(host)
            second = again.wait()
        return _look(host, first, second)


def _let_go(host: Host) -> None:
    """A little later, so that it is the interrupted run that is met and not its end."""
    time.sleep(3)
    release(host)


def _look(host: Host, first: AnsibleRun, second: AnsibleRun) -> Seen:
    return Seen(
        first=first,
        second=second,
        starts=len(witness.starts(host)),
        ends=witness.ends(host),
        version=witness.record(host).get("VERSION", "none"),
        leftovers=witness.leftovers(host),
        signals=signals(host),
    )


@pytest.fixture(scope="module")
def series(installers: Path, tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Every accident, each led once."""
    return Series(installers, tmp_path_factory.mktemp("survival"))


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("accident", accidents.ACCIDENTS)
def test_a_run_survives(accident: str, point: str, series: Series) -> None:
    seen = series.seen(accident, point)
    told = f"--- first {seen.first}\n--- second {seen.second}"
    assert (seen.starts, seen.ends) == (1, ["rc=0"]), told
    assert list(seen.signals) == []
    assert seen.version == "9.66.0.0", told
    assert seen.second.rc == 0, told
    assert seen.second.only(AGENT).result["steps"] == _expected_steps(seen, POINTS[point]), told
    assert list(seen.leftovers) == [], told


def _expected_steps(seen: Seen, point: Point) -> list[str]:
    """Nothing when the first run came through by itself; else the run is followed, or made when none had begun."""
    if seen.first.rc == 0:
        return []
    if point.begun:
        return ["adopt_run"]
    steps = seen.second.only(AGENT).result["steps"]
    return ["collect_dead_run", "install"] if steps != ["install"] else ["install"]


@pytest.mark.parametrize("accident", ["controller interrupted", "controller killed"])
def test_a_lost_controller_is_no_success(accident: str, series: Series) -> None:
    for point in POINTS:
        assert series.seen(accident, point).first.rc != 0
