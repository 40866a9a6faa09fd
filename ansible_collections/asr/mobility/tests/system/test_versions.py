"""Which version ends up on a host, and that an agent is only upgraded when somebody asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"


@dataclass(frozen=True)
class Fleet:
    """Four hosts after a first play that asked for the old version and a second one that asked for more."""

    hosts: Mapping[str, Host]
    first: AnsibleRun
    after_first: Mapping[str, str]
    second: AnsibleRun


SYSTEMS = {"by-minor": "debian:12", "left-alone": "debian:12", "by-file": "debian:12", "by-all-numbers": "debian:11"}


@pytest.fixture(scope="module")
def fleet(
    module_host: Callable[..., Host], play: Play, installers: Path, old_installer: Path, new_installer: Path
) -> Fleet:
    hosts = {name: module_host(image) for name, image in SYSTEMS.items()}
    directory = {"installer_path": str(installers)}
    first = {
        "by-minor": {**directory, "version": "9.62"},
        "left-alone": {**directory, "version": "9.62.7172.1"},
        "by-file": {"installer_path": str(old_installer)},
        "by-all-numbers": {**directory, "version": "9.62"},
    }
    second = {
        "by-minor": {**directory, "version": "9.66"},
        "left-alone": directory,
        "by-file": {"installer_path": str(new_installer)},
        "by-all-numbers": {**directory, "version": "9.66.7567.1"},
    }
    installed = play("install-mobility.yml", *hosts.values(), each=variables(hosts, first))
    between = {name: witness.record(host).get("BUILD_TAG", "") for name, host in hosts.items()}
    upgraded = play("install-mobility.yml", *hosts.values(), each=variables(hosts, second))
    return Fleet(hosts, installed, between, upgraded)


def variables(hosts: Mapping[str, Host], given: Mapping[str, Mapping[str, str]]) -> dict[Host, dict[str, str]]:
    return {hosts[name]: {f"asr_mobility_{key}": value for key, value in of.items()} for name, of in given.items()}


def test_the_asked_version_is_installed_although_a_newer_one_lies_there(fleet: Fleet) -> None:
    assert fleet.first.rc == 0, str(fleet.first)
    assert all("_7172_" in tag for tag in fleet.after_first.values()), fleet.after_first
    installers = [str(result.result["installer"]) for result in fleet.first.of(action=AGENT)]
    assert sorted("DEBIAN11" in name for name in installers) == [False, False, False, True]


@pytest.mark.parametrize("name", ["by-minor", "by-file", "by-all-numbers"])
def test_an_upgrade_that_was_asked_for(name: str, fleet: Fleet) -> None:
    host = fleet.hosts[name]
    assert fleet.second.rc == 0, str(fleet.second)
    assert "_7567_" in witness.record(host)["BUILD_TAG"]
    assert witness.ends(host) == ["rc=0", "rc=98"]
    result = fleet.second.only(AGENT, host.name).result
    assert (result["changed"], result["steps"], result["exit_code"]) == (True, ["upgrade"], 98)
    assert result["reboot_required"] is True
    assert result["reboot_reason"]
    assert witness.leftovers(host) == []
    line = witness.summary_line(fleet.second, host)
    assert line[1:3] == ["upgraded", "9.66.7567.0"]
    assert line[4].startswith("restart: ")


def test_a_directory_never_upgrades_by_itself(fleet: Fleet) -> None:
    host = fleet.hosts["left-alone"]
    result = fleet.second.only(AGENT, host.name).result
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["reboot_required"] is False
    assert "_7172_" in witness.record(host)["BUILD_TAG"]
    assert len(witness.starts(host)) == 1
    assert witness.summary_line(fleet.second, host)[1:3] == ["ok", "9.62.7172.0"]


def test_the_older_file_is_refused_and_leaves_the_agent_as_it_is(
    fleet: Fleet, install: Play, old_installer: Path
) -> None:
    host = fleet.hosts["by-file"]
    before = witness.record(host), len(witness.starts(host))
    run = install(host, installer_path=str(old_installer))
    assert run.rc != 0
    result = run.only(AGENT, host.name).result
    assert result["reason"] == "downgrade"
    assert result["changed"] is False
    assert (witness.record(host), len(witness.starts(host))) == before
