"""Upgrades and removals that are killed at each of their steps: the rerun leads to the wanted state, with nothing lost.

Each host is killed at another point, so one play serves them all. The programs are killed with SIGKILL, as by somebody
who runs out of patience or memory; nothing of theirs can tidy up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from lab import endpoints, images, inventory, witness
from lab.accidents import kill_controller, running
from lab.ansible_run import LAB_DEFAULTS, AnsibleRun, TaskResult
from lab.hosts import Host, start
from lab.injection import inject, wait_for, withdraw
from lab.installer_double.faults import POINTS
from lab.registering import Look, look, register, without_faults

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
NEW = "9.66.0.0"
FORKS = str(3 * (os.cpu_count() or 2))
UNFINISHED = "/etc/vxagent/asr-mobility.unfinished"  # tells the next task that units or initrd images are missing
STACKS = ("modernized", "classic")
STACK_OF_HOST = "{{ 'classic' if '-classic-' in inventory_hostname else 'modernized' }}"
T = TypeVar("T")


@dataclass(frozen=True)
class Story:
    """What one host showed: registered, after the kill, and after the runs that followed, with their results."""

    before: Look
    killed: TaskResult
    after_kill: Look
    again: TaskResult
    after: Look
    repeated: TaskResult


class Fleet:
    """One host for each point, registered with the old version; the stack stands in the host's name."""

    def __init__(self, kind: str, points: Sequence[str], tasks: Play) -> None:
        self._tasks = tasks
        images.ensure(["debian:12"])
        names = [f"{kind}-{STACKS[number % 2]}-{point}" for number, point in enumerate(points)]
        with ThreadPoolExecutor(4) as pool:
            started = list(pool.map(lambda name: start("debian:12", name), names))
        self.hosts = dict(zip(points, started, strict=True))

    def close(self) -> None:
        """Remove the hosts."""
        self.each(lambda _point, host: host.remove())

    def play(self, **options: object) -> AnsibleRun:
        """The task on every host, for the stack of each."""
        task = {AGENT: {"stack": STACK_OF_HOST, **options}}
        return self._tasks([task], *self.hosts.values(), env={"ANSIBLE_FORKS": FORKS}, timeout=300)

    def each(self, work: Callable[[str, Host], T]) -> dict[str, T]:
        """Do it on every host, some at a time."""
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(self.hosts, pool.map(lambda item: work(*item), self.hosts.items()), strict=True))

    def lead(self, program: str, library: Path, server: str, **options: object) -> dict[str, Story]:
        """Kill the program on every host at its point, then run the task again and again."""
        prepared = self.play(installer_path=str(library), version="9.62")
        assert prepared.rc == 0, str(prepared)
        self.each(lambda _point, host: register(host, "classic" if "-classic-" in host.name else "modernized", server))
        before = self.each(lambda _point, host: look(host))
        self.each(lambda point, host: inject(host, f"{program}:die={point}"))
        killed = self.play(**options)
        after_kill = self.each(lambda _point, host: without_faults(host))
        again = self.play(**options)
        after = self.each(lambda _point, host: look(host))
        repeated = self.play(**options)
        return {
            point: Story(
                before=before[point],
                killed=killed.only(AGENT, host.name),
                after_kill=after_kill[point],
                again=again.only(AGENT, host.name),
                after=after[point],
                repeated=repeated.only(AGENT, host.name),
            )
            for point, host in self.hosts.items()
        }


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a host that takes registrations."""
    images.ensure(["debian:12"])
    with endpoints.serving("kills-server") as endpoint:
        yield endpoint.address


@pytest.fixture(scope="module")
def upgrades(installers: Path, tasks: Play, server: str) -> Iterator[Mapping[str, Story]]:
    """Upgrades that were killed, by the point."""
    fleet = Fleet("upgrade", POINTS["install"], tasks)
    try:
        yield fleet.lead("install", installers, server, installer_path=str(installers), state="latest")
    finally:
        fleet.close()


@pytest.fixture(scope="module")
def removals(installers: Path, tasks: Play, server: str) -> Iterator[Mapping[str, Story]]:
    """Removals that were killed, by the point."""
    fleet = Fleet("removal", POINTS["uninstall"], tasks)
    try:
        yield fleet.lead("uninstall", installers, server, installer_path=str(installers), state="absent")
    finally:
        fleet.close()


@pytest.mark.parametrize("point", POINTS["install"])
def test_a_killed_upgrade_is_told(point: str, upgrades: Mapping[str, Story]) -> None:
    story = upgrades[point]
    assert story.before.running
    assert story.killed.status == "failed", story.killed.result
    assert "signal 9" in str(story.killed.result["found"])
    record_is_written = POINTS["install"].index(point) >= POINTS["install"].index("metadata")
    assert story.after_kill.leftovers == ((UNFINISHED,) if record_is_written else ())


@pytest.mark.parametrize("point", POINTS["install"])
def test_the_next_run_finishes_the_upgrade_and_keeps_the_registration(
    point: str, upgrades: Mapping[str, Story]
) -> None:
    story = upgrades[point]
    assert story.again.status == "ok", story.again.result
    assert (story.after.version, story.after.running) == (NEW, True)
    assert (story.after.host_id, story.after.stack) == (story.before.host_id, story.before.stack)
    assert story.again.result["after"]["registration"] == "ok"  # type: ignore[index]
    assert (story.after.leftovers, story.after.signals) == ((), ())
    assert (story.repeated.status, story.repeated.changed) == ("ok", False), story.repeated.result


@pytest.mark.parametrize("point", POINTS["uninstall"])
def test_a_killed_removal_is_told_unless_the_agent_is_gone(point: str, removals: Mapping[str, Story]) -> None:
    story = removals[point]
    assert story.before.running
    gone = not story.after_kill.version and not story.after_kill.tree
    assert story.killed.status == ("ok" if gone else "failed"), story.killed.result
    assert story.after_kill.leftovers == ()


@pytest.mark.parametrize("point", POINTS["uninstall"])
def test_the_next_run_finishes_the_removal(point: str, removals: Mapping[str, Story]) -> None:
    story = removals[point]
    assert story.again.status == "ok", story.again.result
    assert (story.after.version, story.after.tree, story.after.daemons) == ("", False, frozenset())
    assert (story.after.leftovers, story.after.signals) == ((), ())
    assert (story.repeated.status, story.repeated.changed) == ("ok", False), story.repeated.result


def test_a_host_that_went_down_while_its_configuration_was_overwritten_keeps_its_registration(
    fresh: Host, installers: Path, tasks: Play, server: str, tmp_path: Path
) -> None:
    latest = {AGENT: {"installer_path": str(installers), "state": "latest"}}
    assert tasks([{AGENT: {"installer_path": str(installers), "version": "9.62"}}], fresh).rc == 0
    register(fresh, "modernized", server)
    before = look(fresh)
    inject(fresh, "install:hang=payload")
    play = tmp_path / "latest.json"
    written = {"hosts": "all", "gather_facts": False, "module_defaults": LAB_DEFAULTS, "tasks": [latest]}
    play.write_text(json.dumps([written]), encoding="utf-8")
    with running(str(play), inventory.for_hosts(tmp_path / "inventory.yml", [fresh]), tmp_path) as first:
        wait_for(lambda: " hang install " in fresh.sh(f"cat {witness.RUNS}"), "the new programs are unpacked")
        kill_controller(first, fresh)
    host = fresh.restart()
    withdraw(host)
    assert look(host).host_id != before.host_id
    again = tasks([latest], host).only(AGENT, host.name)
    assert again.status == "ok", again.result
    after = look(host)
    assert (after.version, after.host_id, after.stack) == (NEW, before.host_id, "modernized")
    assert after.leftovers == ()
    assert again.result["after"]["registration"] == "ok"  # type: ignore[index]
