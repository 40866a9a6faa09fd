"""Upgrades of agents in every condition: what is done, what is refused and why, and what a second run finds.

Each host is in another condition, so one play serves them all; see lab/rounds.py. The source is a directory with
versions that lie one, four and five releases apart, or a single file of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import endpoints, witness
from lab.hosts import Host
from lab.injection import inject, withdraw
from lab.package_database import damage, heal
from lab.registering import VX, register
from lab.rounds import Change, Round, Rounds, Seen, nothing

AGENT = "asr.mobility.mobility_agent"
OPTIONS = ("skip_checks", "state", "version", "stack", "platform", "allow_change", "started", "installer_path")
CONF = f"{VX}/etc/drscout.conf"
LIBRARY, EMPTY = "LIBRARY", "EMPTY"  # stand for directories
OLD, NEW, PLACEHOLDER, FIRST = "9.62.7172.1", "9.66.7567.1", "9.67.0.0", "9.61.7000.1"
DATES = {FIRST: "20Mar2024", OLD: "20Sep2024", NEW: "20Sep2025", PLACEHOLDER: "20Dec2025"}
FAULTY, WHOLE = "9.66.7691.1", "9.66.7759.1"
"""A build whose driver Microsoft flags as faulty, and the first whole one."""


def stop(host: Host) -> None:
    """Somebody has stopped the agent."""
    host.sh(f"{VX}/bin/stop")


def fill_up(host: Host) -> None:
    """The disk is full in the middle of the payload."""
    inject(host, "install:no-space-left")


def break_stop(host: Host) -> None:
    """The agent cannot be stopped."""
    inject(host, "stop:fails")


def old_lock(host: Host) -> None:
    """An installer that was killed long ago left its lock and its backup in a directory of its own."""
    host.sh("mkdir -p /root/extracted/TEMP && echo 4194304 >/root/extracted/.install.lck")


@dataclass(frozen=True)
class Condition:
    """An agent before the first round, and its rounds.

    first: its version. stack: where it is registered (None: not at all). identity: the tag of what the host looks like.
    steps: of the last round. version: in the end. keeps: whether its registration is as before, and it runs.
    image: the host; a RHEL is a stand-in with a real rpm.
    """

    rounds: Sequence[Round]
    first: str = OLD
    stack: str | None = "modernized"
    platform: str = "VmWare"
    identity: str = "DEBIAN12-64"
    steps: tuple[str, ...] = ("upgrade",)
    version: str = NEW
    keeps: bool = True
    image: str = "debian:12"


def latest(reason: str | None = None, before: Change = nothing, **options: object) -> Round:
    """state=latest from the directory that ends with 9.66."""
    return Round({"state": "latest", "installer_path": LIBRARY, **options}, reason, before)


def single(version: str, reason: str | None = None, before: Change = nothing, **options: object) -> Round:
    """One file."""
    return Round({"installer_path": version, **options}, reason, before)


UBUNTU_OLD, UBUNTU_NEW = "9.47.6219.1", "9.50.6409.1"
CONDITIONS: Mapping[str, Condition] = {
    "modernized": Condition([latest()]),
    "classic": Condition([latest(stack="classic")], stack="classic"),
    "never-registered": Condition([latest()], stack=None),
    "bare": Condition([latest()], first="", stack=None, steps=("install",), keeps=False),
    "nothing-newer": Condition([latest()], first=NEW, steps=()),
    "nothing-at-all": Condition([latest("installer_not_found", installer_path=EMPTY)], version=OLD),
    "one-file": Condition([single(NEW, state="latest")]),
    "one-older-file": Condition([single(OLD, "downgrade", state="latest")], first=NEW),
    "higher-placeholder": Condition([single(PLACEHOLDER, state="latest")], first=NEW, version=PLACEHOLDER),
    "too-far": Condition([latest("upgrade_too_far")], first=FIRST, version=FIRST),
    "restart-first": Condition(
        [single(OLD), single(NEW, "restart_first"), single(NEW, None, Host.restart)], first=FIRST
    ),
    "faulty-driver": Condition([single(WHOLE)], first=FAULTY, version=WHOLE),
    "stopped": Condition([latest(None, stop), latest(started=True)], first=NEW, steps=("start",)),
    "not-migrated": Condition([latest("stack_change")], stack="classic", version=OLD),
    "migrated": Condition([latest(allow_change=["stack"])], stack="classic", keeps=False),
    "to-azure": Condition(
        [latest("platform_change", platform="Azure"), latest(platform="Azure", allow_change=["platform"])], keeps=False
    ),
    "from-azure": Condition(
        [latest("platform_change", allow_change=["platform", "stack"])], stack=None, platform="Azure", version=OLD
    ),
    "would-lose": Condition(
        [
            single(UBUNTU_NEW, "registration_would_be_lost"),
            single(UBUNTU_NEW, None, allow_change=["registration"]),
        ],
        first=UBUNTU_OLD,
        identity="UBUNTU-20.04-64",
        version=UBUNTU_NEW,
        keeps=False,
    ),
    "rpm-broken": Condition(
        [
            single(NEW, "prerequisite_failed", damage),
            single(NEW, "installer_failed", skip_checks=["rpm_database"]),
            single(NEW, None, heal),
        ],
        first="",
        stack=None,
        identity="RHEL9-64",
        image="rhel:9",
        steps=("install",),
        keeps=False,
    ),
    "disk-full": Condition([latest("installer_failed", fill_up), latest(None, withdraw)]),
    "cannot-stop": Condition([latest("installer_failed", break_stop), latest(None, withdraw)]),
    "foreign-lock": Condition([latest(None, old_lock)]),
}
IDENTITIES = {
    "UBUNTU-20.04-64": "printf 'DISTRIB_ID=Ubuntu\\nDISTRIB_RELEASE=20.04\\n' >/etc/lsb-release",
}
"""What makes a Debian look like another system."""
ROUNDS = 3
COMPARED = ("modernized", "migrated", "stopped")
FOUND_OUT_LATER = ("disk-full", "cannot-stop")  # only the installer meets it
DEFAULT_HOST_ID = "1234_45466_67689"


@dataclass(frozen=True)
class Fleet:
    """The hosts after all rounds, by condition."""

    rounds: Rounds
    seen: Mapping[str, Seen]


class Sources:
    """Installer files by version, and the directories."""

    def __init__(self, make_installer: Callable[..., Path], library: Path, empty: Path) -> None:
        self._make, self._directories = make_installer, {LIBRARY: library, EMPTY: empty}

    def path(self, word: object, tag: str) -> str:
        """The path that a word of the table stands for."""
        if word in self._directories:
            return str(self._directories[str(word)])
        return str(self._make(str(word), tag, DATES.get(str(word), "20Sep2022")))


def prepare(rounds: Rounds, sources: Sources, server: str) -> None:
    """Install the first version and register."""
    first = {name: at for name, at in CONDITIONS.items() if at.first}
    for name, at in CONDITIONS.items():
        if at.identity in IDENTITIES:
            rounds.hosts[name].sh(IDENTITIES[at.identity])
    installed = rounds.play(
        {
            name: {
                "installer_path": sources.path(at.first, at.identity),
                "platform": at.platform,
                "stack": at.stack or "modernized",
            }
            for name, at in first.items()
        }
    )
    assert installed.rc == 0, str(installed)

    def registered(name: str, host: Host) -> None:
        stack = CONDITIONS[name].stack
        if stack and name in first:
            register(host, stack, server)

    rounds.each(registered)


@pytest.fixture(scope="module")
def fleet(
    make_installer: Callable[..., Path], installers: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """All conditions after all rounds."""
    sources = Sources(make_installer, installers, tmp_path_factory.mktemp("empty"))
    with endpoints.serving("upgrade-server") as server:
        on = {name: at.image for name, at in CONDITIONS.items()}
        rounds = Rounds(tmp_path_factory.mktemp("upgrade"), AGENT, OPTIONS, list(CONDITIONS), on)
        try:
            prepare(rounds, sources, server.address)
            plan = {name: [_real(one, at, sources) for one in at.rounds] for name, at in CONDITIONS.items()}
            yield Fleet(rounds, rounds.lead(plan, ROUNDS, COMPARED))
        finally:
            rounds.close()


def _real(given: Round, at: Condition, sources: Sources) -> Round:
    path = sources.path(given.options["installer_path"], at.identity)
    return Round({**given.options, "installer_path": path}, given.reason, given.before)


CASES = [(name, number) for name, condition in CONDITIONS.items() for number in range(len(condition.rounds))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_round_works_or_is_refused_for_its_reason(name: str, number: int, fleet: Fleet) -> None:
    at, result = CONDITIONS[name], fleet.seen[name].results[number]
    if at.rounds[number].reason is not None:
        assert (result.status, result.result.get("reason")) == ("failed", at.rounds[number].reason), result.result
        assert result.result["remedy"]
        return
    assert result.status == "ok", result.result
    if number == len(at.rounds) - 1:
        assert tuple(result.result["steps"]) == at.steps  # type: ignore[arg-type]
        assert result.changed is bool(at.steps)


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_end_is_the_wanted_version_with_its_registration(name: str, fleet: Fleet) -> None:
    at, seen = CONDITIONS[name], fleet.seen[name]
    build = at.version.split(".")[2]
    assert f"_{'7000' if build == '0' else build}_" in witness.record(fleet.rounds.hosts[name])["BUILD_TAG"]
    last = seen.looks[-1]
    if at.keeps:
        assert (last.host_id, last.stack) == (seen.start.host_id, seen.start.stack)
        assert last.running or at.stack is None
    assert all(one.leftovers == () for one in seen.looks)
    assert last.signals == ()


@pytest.mark.parametrize("name", [name for name, at in CONDITIONS.items() if len(at.rounds) < ROUNDS])
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
    for key in ("steps", "reason", "installer"):
        assert check.result.get(key) == real.result.get(key)
    after, really = check.result.get("after"), real.result.get("after")
    if real.status == "ok":
        assert isinstance(after, dict)
        assert isinstance(really, dict)
        kept = ("presence", "registration") if name == "higher-placeholder" else ("presence", "registration", "version")
        assert [after[key] for key in kept] == [really[key] for key in kept]


@pytest.mark.parametrize("name", COMPARED)
def test_check_mode_changes_no_file(name: str, fleet: Fleet) -> None:
    assert fleet.seen[name].changed_by_check == []


@pytest.mark.parametrize("name", ["modernized", "classic", "one-file"])
def test_an_upgrade_asks_for_a_restart_and_leaves_no_copy_of_the_old_tree(name: str, fleet: Fleet) -> None:
    result = fleet.seen[name].results[0].result
    assert (result["exit_code"], result["reboot_required"]) == (98, True)
    found = fleet.rounds.hosts[name].sh("find / -xdev -name 'Old_Install_Backup*' -o -xdev -type d -name TEMP")
    assert found == ""


@pytest.mark.parametrize(("name", "word"), [("migrated", "stack"), ("to-azure", "platform")])
def test_a_prepared_agent_is_stopped_until_it_is_registered_and_says_so(name: str, word: str, fleet: Fleet) -> None:
    seen = fleet.seen[name]
    last = seen.results[-1].result
    assert last["after"]["migrating"] == [word]  # type: ignore[index]
    assert seen.looks[-1].daemons == frozenset()
    assert seen.looks[-1].host_id == seen.start.host_id
    assert fleet.rounds.said("stopped until it is registered")


def test_a_registration_that_was_given_up_is_gone_and_another_one_was_not(fleet: Fleet) -> None:
    assert fleet.seen["would-lose"].looks[0] == fleet.seen["would-lose"].start
    assert fleet.seen["would-lose"].looks[-1].host_id == DEFAULT_HOST_ID


def test_a_stopped_agent_is_left_with_a_warning_and_started_when_asked(fleet: Fleet) -> None:
    seen = fleet.seen["stopped"]
    first, second = seen.results[:2]
    assert (first.changed, first.result["steps"], seen.looks[0].daemons) == (False, [], frozenset())
    assert (second.changed, second.result["steps"], seen.looks[1].running) == (True, ["start"], True)
    assert fleet.rounds.said("does not run")


def test_a_faulty_driver_is_named(fleet: Fleet) -> None:
    assert fleet.rounds.said("is one that Microsoft flags as faulty")


def test_a_full_disk_in_mid_upgrade_costs_no_registration(fleet: Fleet) -> None:
    seen = fleet.seen["disk-full"]
    assert "159" in str(seen.results[0].result["found"])
    assert (seen.looks[0].host_id, seen.looks[0].stack) == (seen.start.host_id, seen.start.stack)


def test_a_broken_rpm_database_is_named(fleet: Fleet) -> None:
    before, result = (fleet.seen["rpm-broken"].results[number].result for number in (0, 1))
    assert "rpm_database" in str(before["found"])
    assert "rpm --rebuilddb" in str(before["remedy"])
    assert "ASRMobilityServiceInstallerRPMDatabaseInconsistent" in str(result["found"])
    assert "Rebuild the rpm database" in str(result["remedy"])


def test_an_upgrade_that_was_refused_leaves_the_agent_running(fleet: Fleet) -> None:
    assert fleet.seen["cannot-stop"].looks[0].running
    assert "loaded" in str(fleet.seen["restart-first"].results[1].result["found"])


def test_the_lock_of_another_directory_is_no_business_of_ours(fleet: Fleet) -> None:
    assert fleet.rounds.hosts["foreign-lock"].exists("/root/extracted/.install.lck")
