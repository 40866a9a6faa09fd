"""Agents that are rpm packages, with a real rpm and a real database: broken, held, or knowing what is not there.

Each host is in another condition; see lab/rounds.py. The hosts are stand-ins: Debian with rpm and the files of another
release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import endpoints, package_database
from lab.hosts import Host
from lab.injection import inject, withdraw
from lab.package_database import damage, heal, hold, let_go
from lab.registering import register
from lab.releases import TAGS
from lab.rounds import Round, Rounds, Seen

AGENT = "asr.mobility.mobility_agent"
OPTIONS = ("state", "remove_leftovers", "installer_path")
OLD, NEW = "9.62.7172.1", "9.66.7567.1"
DATES = {OLD: "20Sep2024", NEW: "20Sep2025"}
PACKAGES = {OLD: "InMageVx-9.62.0.0-1.x86_64", NEW: "InMageVx-9.66.0.0-1.x86_64"}
RHEL, SLES = "rhel:9", "sles:15"

ABSENT, THOROUGH = {"state": "absent"}, {"state": "absent", "remove_leftovers": True}
UPGRADE = {"state": "present", "installer_path": NEW}
BROKEN, BUSY = "package_database_broken", "package_manager_busy"


def lose_files(host: Host) -> None:
    """Somebody removed the agent's files and its record by hand, and told rpm nothing."""
    host.sh("/usr/local/ASR/Vx/bin/stop; modprobe -r involflt; rm -rf /usr/local/ASR /usr/local/.vx_* /etc/vxagent")
    host.sh("rm -rf /usr/local/drscout.conf /usr/local/InMage /etc/systemd/system/*involflt* /var/scst /var/log/ua_*")


def lose_programs(host: Host) -> None:
    """Somebody removed the programs only; the record is there."""
    host.sh("rm -rf /usr/local/ASR")


def lie_elsewhere(host: Host) -> None:
    """Of the agent in the default place only logs are left, and rpm knows one whose files are in another place."""
    lose_files(host)
    host.sh("mkdir -p /srv/ASR/Vx/bin; echo x >/srv/ASR/Vx/bin/AzureRcmCli; : >/var/log/ua_install.log")
    host.sh("rpm -e --justdb InMageVx; cd /root && tar -xf installer.tar.gz --wildcards '*.rpm'")
    host.sh("rpm -i --justdb --prefix /srv/ASR/Vx /root/InMageVx-*.rpm")


@dataclass(frozen=True)
class Condition:
    """A host with the older agent, and its rounds.

    point: where its installer was killed; empty for a whole agent. registered: at an appliance. steps: of the last
    round. packages: what rpm knows in the end.
    """

    rounds: Sequence[Round]
    image: str = RHEL
    point: str = ""
    registered: bool = False
    steps: tuple[str, ...] = ("uninstall",)
    packages: tuple[str, ...] = ()


CONDITIONS: Mapping[str, Condition] = {
    "upgrade-broken": Condition(
        [Round(UPGRADE, BROKEN, damage), Round(UPGRADE, None, heal)],
        registered=True,
        steps=("upgrade",),
        packages=(PACKAGES[NEW],),
    ),
    "upgrade-held": Condition(
        [Round(UPGRADE, BUSY, hold), Round(UPGRADE, None, let_go)],
        SLES,
        registered=True,
        steps=("upgrade",),
        packages=(PACKAGES[NEW],),
    ),
    "removal-broken": Condition([Round(ABSENT, BROKEN, damage), Round(ABSENT, None, heal)], registered=True),
    "removal-held": Condition([Round(ABSENT, BUSY, hold), Round(ABSENT, None, let_go)], SLES, registered=True),
    "half-installed": Condition(
        [Round(ABSENT, "half_installed"), Round(THOROUGH)], point="links", steps=("remove_leftovers",)
    ),
    "record-only": Condition([Round(ABSENT, None, lose_programs)], SLES, steps=("remove_record",)),
    "known-to-rpm-only": Condition([Round(THOROUGH, None, lose_files)], steps=("remove_leftovers",)),
    "elsewhere": Condition(
        [Round(THOROUGH, "leftovers_not_removed", lie_elsewhere)], steps=(), packages=(PACKAGES[OLD],)
    ),
}
ROUNDS = 2
FOUND_OUT_LATER = ("elsewhere",)


@dataclass(frozen=True)
class Fleet:
    """The hosts after all rounds, by condition; packages: what rpm knew after the first round."""

    rounds: Rounds
    seen: Mapping[str, Seen]


Archive = Callable[[str, str], str]


def prepare(rounds: Rounds, archive: Archive, server: str) -> None:
    """Install the older agent, some of it halfway, and register."""
    for name, at in CONDITIONS.items():
        rounds.hosts[name].copy_in(Path(archive(OLD, at.image)), "/root/installer.tar.gz")
        if at.point:
            inject(rounds.hosts[name], f"install:die={at.point}")
    rounds.play(
        {name: {"state": "present", "installer_path": archive(OLD, at.image)} for name, at in CONDITIONS.items()}
    )

    def made_ready(name: str, host: Host) -> None:
        withdraw(host)
        assert package_database.known(host) == [PACKAGES[OLD]], name
        if CONDITIONS[name].registered:
            register(host, "modernized", server)

    rounds.each(made_ready)


@pytest.fixture(scope="module")
def fleet(make_installer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """All conditions after all rounds."""

    def archive(version: str, image: str) -> str:
        return str(make_installer(version, TAGS[image], DATES[version]))

    def real(given: Round, at: Condition) -> Round:
        named = given.options.get("installer_path")
        source = {"installer_path": archive(str(named), at.image)} if named else {}
        return Round({**given.options, **source}, given.reason, given.before)

    with endpoints.serving("packages-server") as server:
        on = {name: at.image for name, at in CONDITIONS.items()}
        rounds = Rounds(tmp_path_factory.mktemp("packages"), AGENT, OPTIONS, list(CONDITIONS), on)
        try:
            prepare(rounds, archive, server.address)
            plan = {name: [real(one, at) for one in at.rounds] for name, at in CONDITIONS.items()}
            yield Fleet(rounds, rounds.lead(plan, ROUNDS))
        finally:
            rounds.close()


CASES = [(name, number) for name, condition in CONDITIONS.items() for number in range(len(condition.rounds))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_round_works_or_is_refused_for_its_reason(name: str, number: int, fleet: Fleet) -> None:
    at, result = CONDITIONS[name], fleet.seen[name].results[number]
    if at.rounds[number].reason is not None:
        assert (result.status, result.result.get("reason")) == ("failed", at.rounds[number].reason), result.result
        return
    assert result.status == "ok", result.result
    assert (tuple(result.result["steps"]), result.changed) == (at.steps, True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CONDITIONS)
def test_in_the_end_rpm_knows_what_is_there(name: str, fleet: Fleet) -> None:
    host = fleet.rounds.hosts[name]
    assert tuple(package_database.known(host)) == CONDITIONS[name].packages
    assert fleet.seen[name].looks[-1].leftovers == ()


@pytest.mark.parametrize("name", CONDITIONS)
def test_check_mode_foretells_the_first_round(name: str, fleet: Fleet) -> None:
    check, real = fleet.seen[name].check, fleet.seen[name].results[0]
    if name in FOUND_OUT_LATER:
        assert (check.status, check.changed) == ("ok", True)
        return
    assert (check.status, check.changed) == (real.status, real.changed)
    assert check.result.get("reason") == real.result.get("reason")


@pytest.mark.parametrize("name", [name for name, at in CONDITIONS.items() if at.registered])
def test_a_refusal_leaves_a_registered_agent_at_work(name: str, fleet: Fleet) -> None:
    start, first = fleet.seen[name].start, fleet.seen[name].looks[0]
    assert start.running
    assert (first.running, first.version, first.host_id) == (True, start.version, start.host_id)


@pytest.mark.parametrize("name", ["upgrade-broken", "upgrade-held"])
def test_an_upgrade_keeps_the_registration(name: str, fleet: Fleet) -> None:
    seen = fleet.seen[name]
    assert (seen.looks[-1].running, seen.looks[-1].host_id) == (True, seen.start.host_id)


def test_a_package_whose_files_lie_elsewhere_is_named(fleet: Fleet) -> None:
    seen = fleet.seen["elsewhere"].results[0].result
    assert "/srv/ASR/Vx" in str(seen["found"])
    assert fleet.rounds.hosts["elsewhere"].exists("/var/log/ua_install.log")
