"""state=absent on hosts in every condition: what is removed, what is refused and why, and that a second run is still.

Each host is in another condition, so one play serves them all: check mode first, then three rounds; what happens to a
host between two rounds stands in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import endpoints, images, inventory, witness
from lab.accidents import kill_controller, running
from lab.ansible_run import AnsibleRun
from lab.hosts import Host
from lab.injection import inject, release, wait_for, withdraw
from lab.registering import VX, Look, look, register
from lab.rounds import Change, Round, Rounds, Seen

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
OPTIONS = ("state", "version", "stack", "protected", "force", "remove_leftovers", "installer_path")
LOCK = "/usr/local/ASR/.uninstall.lck"
LEFT = "/usr/local/ASR /usr/local/InMage /etc/vxagent /var/log/ua_install.log /var/log/ua_uninstall.log /var/scst"
SOURCE = "SOURCE"  # stands for the directory of installers


def move_data(host: Host) -> None:
    """A data mover works, as it does for a protected machine only."""
    host.sh("cp /usr/bin/sleep /run/s2 && systemd-run --quiet --unit=lab-s2 /run/s2 86400")


def hold_lock(host: Host) -> None:
    """Another removal holds the lock."""
    host.write_file("/run/uninstall.sh", "sleep 86400\n")
    host.sh(
        "systemd-run --quiet --unit=lab-uninstall /bin/sh /run/uninstall.sh && "
        f"systemctl show --property MainPID --value lab-uninstall >{LOCK}"
    )


def die_with_lock(host: Host) -> None:
    """That removal ends without a word and leaves its lock."""
    host.sh("systemctl stop lab-uninstall")


def lose_programs(host: Host) -> None:
    """Somebody removed the programs by hand."""
    host.sh("rm -rf /usr/local/ASR")


def empty_record(host: Host) -> None:
    """The record says nothing any more."""
    host.sh(f": >{witness.RECORD}")


def stop_halfway(host: Host) -> None:
    """The agent cannot be stopped, only one of its daemons ends."""
    inject(host, "stop:fails")
    wait = "while [ ! -e /usr/local/.norespawn_vxagent ]; do sleep 0.1; done; pkill -x appservice"
    host.exec("systemd-run", "--quiet", "--unit=lab-stopper", "/bin/sh", "-c", wait)


def keep_driver_busy(host: Host) -> None:
    """The driver is in use."""
    host.sh(": >/run/asr-lab/module-busy")


def inject_exit(code: int) -> Change:
    """The uninstaller ends with that code at once."""
    return lambda host: inject(host, f"uninstall:exit={code}")


@dataclass(frozen=True)
class Condition:
    """A host before the first round, and its rounds.

    stack: of a registered agent. installed: whole, killed at a point, or none. steps: of the round that works first.
    """

    rounds: Sequence[Round]
    stack: str | None = None
    installed: str = "whole"
    steps: tuple[str, ...] = ("uninstall",)


REMOVED = Round()
THOROUGH = {"remove_leftovers": True}

CONDITIONS: Mapping[str, Condition] = {
    "bare": Condition([REMOVED], installed="none", steps=()),
    "never-registered": Condition([REMOVED]),
    "modernized": Condition([REMOVED], "modernized"),
    "classic": Condition([REMOVED], "classic"),
    "thorough": Condition([Round(THOROUGH)], "classic", steps=("uninstall", "remove_leftovers")),
    "protected": Condition(
        [Round({"protected": True}, "protected"), Round({"protected": True, "force": True})], "modernized"
    ),
    "moving-data": Condition([Round({}, "protected", move_data), Round({"protected": False})], "modernized"),
    "driver-busy": Condition(
        [
            Round({}, "half_removed", keep_driver_busy),
            Round({}, "half_removed"),
            Round({"installer_path": SOURCE}, None, Host.restart),
        ],
        "classic",
        steps=("finish_removal",),
    ),
    "half-installed": Condition(
        [Round({}, "half_installed"), Round(THOROUGH)], installed="links", steps=("remove_leftovers",)
    ),
    "record-only": Condition([Round({}, None, lose_programs)], steps=("remove_record",)),
    "record-corrupt": Condition([Round({}, "record_corrupt", empty_record)]),
    "locked": Condition([Round({}, "uninstaller_busy", hold_lock), Round({}, None, die_with_lock)], "modernized"),
    "cannot-stop": Condition(
        [Round({}, "agent_not_stopped", stop_halfway), Round({}, None, withdraw)],
        "modernized",
    ),
    "exit-1": Condition([Round({}, "uninstaller_busy", inject_exit(1)), Round({}, None, withdraw)]),
    "exit-7": Condition([Round({}, "installer_failed", inject_exit(7)), Round({}, None, withdraw)], "classic"),
}
ROUNDS = 3
COMPARED = ("never-registered", "half-installed", "record-only", "thorough")
FOUND_OUT_LATER = ("driver-busy", "locked", "cannot-stop", "exit-1", "exit-7")  # only the uninstaller meets it


@dataclass(frozen=True)
class Fleet:
    """The hosts after all rounds, by condition."""

    rounds: Rounds
    seen: Mapping[str, Seen]


def prepare(rounds: Rounds, library: Path, server: str) -> None:
    """Install, some of it halfway, and register."""
    halfway = {name: at.installed for name, at in CONDITIONS.items() if at.installed not in ("whole", "none")}
    for name, point in halfway.items():
        inject(rounds.hosts[name], f"install:die={point}")
    source = {"installer_path": str(library), "version": "9.66"}
    run = rounds.play({name: source for name, at in CONDITIONS.items() if at.installed != "none"})
    failed = {name for name, at in CONDITIONS.items() if at.installed != "none" and not _worked(rounds, run, name)}
    assert failed == set(halfway), str(run)
    for name in halfway:
        withdraw(rounds.hosts[name])
    rounds.each(
        lambda name, host: register(host, str(CONDITIONS[name].stack), server) if CONDITIONS[name].stack else None
    )


def _worked(rounds: Rounds, run: AnsibleRun, name: str) -> bool:
    return rounds.result(run, name).status == "ok"


def with_source(given: Round, library: Path) -> Round:
    """The round as the task meets it."""
    options = {key: str(library) if value == SOURCE else value for key, value in given.options.items()}
    return Round({"state": "absent", **options}, given.reason, given.before)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a host that takes registrations."""
    images.ensure(["debian:12"])
    with endpoints.serving("removal-server") as endpoint:
        yield endpoint.address


@pytest.fixture(scope="module")
def fleet(installers: Path, tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Fleet]:
    """All conditions after all rounds."""
    rounds = Rounds(tmp_path_factory.mktemp("removal"), AGENT, OPTIONS, list(CONDITIONS))
    try:
        prepare(rounds, installers, server)
        plan = {name: [with_source(one, installers) for one in at.rounds] for name, at in CONDITIONS.items()}
        yield Fleet(rounds, rounds.lead(plan, ROUNDS, COMPARED))
    finally:
        rounds.close()


CASES = [(name, number) for name, condition in CONDITIONS.items() for number in range(len(condition.rounds))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_round_works_or_is_refused_for_its_reason(name: str, number: int, fleet: Fleet) -> None:
    expected, result = CONDITIONS[name].rounds[number].reason, fleet.seen[name].results[number]
    if expected is None:
        assert result.status == "ok", result.result
        assert tuple(result.result["steps"]) == CONDITIONS[name].steps  # type: ignore[arg-type]
        assert result.changed is bool(CONDITIONS[name].steps)
        assert result.result["after"]["presence"] == "absent"  # type: ignore[index]
        return
    assert (result.status, result.result["reason"]) == ("failed", expected), result.result
    assert result.result["remedy"]


@pytest.mark.parametrize("name", [name for name in CONDITIONS if name != "record-corrupt"])
def test_in_the_end_the_agent_is_gone_and_nothing_of_ours_is_there(name: str, fleet: Fleet) -> None:
    seen = fleet.seen[name]
    last = seen.looks[-1]
    assert (last.version, last.tree, last.daemons) == ("", False, frozenset())
    assert all(one.leftovers == () for one in seen.looks)
    assert last.signals == ()


@pytest.mark.parametrize("name", [name for name, condition in CONDITIONS.items() if len(condition.rounds) < ROUNDS])
def test_a_repeat_changes_nothing(name: str, fleet: Fleet) -> None:
    last, refused = fleet.seen[name].results[-1], CONDITIONS[name].rounds[-1].reason
    assert (last.status, last.changed) == ("failed" if refused else "ok", False), last.result
    assert refused or last.result["steps"] == []


@pytest.mark.parametrize("name", CONDITIONS)
def test_check_mode_foretells_the_first_round(name: str, fleet: Fleet) -> None:
    check, real = fleet.seen[name].check, fleet.seen[name].results[0]
    if name in FOUND_OUT_LATER:
        assert (check.status, check.changed) == ("ok", True)
        return
    assert (check.status, check.changed) == (real.status, real.changed)
    assert check.result.get("steps") == real.result.get("steps")
    assert check.result.get("reason") == real.result.get("reason")


@pytest.mark.parametrize("name", COMPARED)
def test_check_mode_changes_no_file(name: str, fleet: Fleet) -> None:
    assert fleet.seen[name].changed_by_check == []


def test_what_was_refused_before_it_began_is_as_it_was(fleet: Fleet) -> None:
    for name in ("protected", "moving-data", "locked"):
        assert fleet.seen[name].looks[0] == fleet.seen[name].start, name


@pytest.mark.parametrize("name", ["cannot-stop", "exit-7"])
def test_an_agent_that_stays_runs_again(name: str, fleet: Fleet) -> None:
    first = fleet.seen[name].results[0].result
    assert fleet.seen[name].looks[0].running
    assert first["after"]["running"] is True  # type: ignore[index]
    if name == "cannot-stop":
        assert fleet.rounds.said("started again")


def test_half_a_removal_asks_for_a_restart_and_then_for_an_installer(fleet: Fleet) -> None:
    first, second, _third = (result.result for result in fleet.seen["driver-busy"].results)
    assert first["reboot_required"] is True
    assert "driver" in str(first["reboot_reason"])
    assert first["changed"] is True
    assert "installer of that version as the source" in str(second["remedy"])
    assert second["changed"] is False


def test_the_server_is_told_once_and_the_result_does_not_promise_that_it_heard(fleet: Fleet) -> None:
    for name in ("modernized", "classic"):
        assert set(witness.ends(fleet.rounds.hosts[name], "unregister")) == {"rc=0"}
    assert fleet.rounds.said("does not show whether that worked")


def test_leftovers_go_when_asked_and_stay_otherwise(fleet: Fleet) -> None:
    listing = f"ls -d {LEFT} 2>/dev/null; true"
    assert fleet.rounds.hosts["thorough"].sh(listing) == ""
    assert fleet.rounds.hosts["half-installed"].sh(listing) == ""
    assert "/var/log/ua_install.log" in fleet.rounds.hosts["classic"].sh(listing)


def test_a_corrupt_record_is_never_taken_for_no_agent(fleet: Fleet) -> None:
    host = fleet.rounds.hosts["record-corrupt"]
    assert all(result.status == "failed" for result in fleet.seen["record-corrupt"].results)
    assert host.exists(f"{VX}/bin")
    assert host.exists("/usr/local/ASR/uninstall.sh")


def test_the_rerun_after_a_lost_controller_follows_the_same_removal(
    fresh: Host, tasks: Play, installers: Path, tmp_path: Path
) -> None:
    installed = tasks([{AGENT: {"installer_path": str(installers), "version": "9.66"}}], fresh)
    assert installed.rc == 0, str(installed)
    inject(fresh, "uninstall:hang=stopped")
    absent: list[Mapping[str, object]] = [{AGENT: {"state": "absent"}}]
    play = tmp_path / "absent.json"
    written = inventory.for_hosts(tmp_path / "inventory.yml", [fresh])
    play.write_text(f'[{{"hosts": "all", "gather_facts": false, "tasks": [{{"{AGENT}": {{"state": "absent"}}}}]}}]')
    with running(str(play), written, tmp_path) as first:
        wait_for(lambda: " hang uninstall " in fresh.sh(f"cat {witness.RUNS}"), "the uninstaller is at its point")
        kill_controller(first, fresh)
    release(fresh)
    again = tasks(absent, fresh).only(AGENT, fresh.name)
    assert again.status == "ok", again.result
    assert again.result["steps"] == ["adopt_run"]
    assert again.result["before"]["presence"] == "installed"  # type: ignore[index]
    assert len(witness.starts(fresh, "uninstall")) == 1
    assert look(fresh) == Look((), "", False, "", "", frozenset(), ())
