"""A pipeline that knows only exit codes and the JSON document: install, update by a canary, register, uninstall.

Every decision of ``Pipeline`` is taken from the document, as a pipeline's script would; the hosts are looked at only at
the very end of a step, to see that the document told the truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lab import registration_files, witness
from lab.ansible_run import AnsibleRun
from lab.endpoints import Endpoint, serving
from lab.hosts import Host
from lab.places import COLLECTION

Play = Callable[..., AnsibleRun]
SCHEMA = json.loads((COLLECTION / "docs/report.schema.json").read_text(encoding="utf-8"))
OLD, NEW = "9.62.7172.0", "9.66.7567.0"


class Pipeline:
    """Runs playbooks on a fleet and reads their documents."""

    def __init__(self, play: Play, hosts: tuple[Host, ...], folder: Path, common: Mapping[str, Any]) -> None:
        self._play = play
        self._hosts = hosts
        self._path = folder / "report.json"
        self._common = common

    def run(self, playbook: str, **variables: object) -> dict[str, Any]:
        """Run a playbook; the exit code and the document must agree about whether all is well."""
        done = self._play(playbook, *self._hosts, report_path=str(self._path), **{**self._common, **variables})
        content: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(SCHEMA).validate(content)
        totals = content["totals"]
        trouble = totals["failed"] + totals["unreachable"] + totals["not_attempted"]
        assert (done.rc != 0) is (trouble > 0), str(done)
        assert content["ended"] is not None
        assert content["ended"] >= content["started"]
        assert totals["hosts"] == len(content["hosts"])
        return content


def told(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Host -> one key of it."""
    return {host["host"]: host[key] for host in content["hosts"]}


def versions(content: Mapping[str, Any], when: str) -> set[str]:
    return {host[when]["version"] for host in content["hosts"]}


@pytest.fixture(scope="module")
def fleet(module_host: Callable[..., Host]) -> tuple[Host, ...]:
    return module_host("debian:12"), module_host("debian:11"), module_host("debian:12")


@pytest.fixture(scope="module")
def pipeline(
    play: Play, fleet: tuple[Host, ...], installers: Path, tmp_path_factory: pytest.TempPathFactory
) -> Pipeline:
    canary = {"groups": {"first": [fleet[1].name]}, "canary": "first", "installer_path": str(installers)}
    return Pipeline(play, fleet, tmp_path_factory.mktemp("pipeline"), canary)


def test_install(pipeline: Pipeline, fleet: tuple[Host, ...]) -> None:
    content = pipeline.run("install-mobility.yml", version="9.62")
    assert content["action"] == "install"
    assert set(told(content, "outcome").values()) == {"changed"}
    assert versions(content, "after") == {OLD}
    assert all(host["before"]["presence"] == "absent" for host in content["hosts"])
    assert all(
        "install" in host["steps"] and host["exit_code"] == 0 and host["duration"] > 0 for host in content["hosts"]
    )
    assert [witness.record(host)["VERSION"] for host in fleet] == ["9.62.0.0"] * 3


def test_a_second_run_skips_what_is_right(pipeline: Pipeline, fleet: tuple[Host, ...]) -> None:
    before = [witness.starts(host) for host in fleet]
    content = pipeline.run("install-mobility.yml", version="9.62")
    assert set(told(content, "outcome").values()) == {"unchanged"}
    assert content["totals"]["unchanged"] == 3
    assert all(host["steps"] == [] and host["exit_code"] is None for host in content["hosts"])
    assert [witness.starts(host) for host in fleet] == before


def test_the_state_of_the_fleet(pipeline: Pipeline) -> None:
    content = pipeline.run("mobility-status.yml")
    assert (content["action"], versions(content, "after")) == ("status", {OLD})


def test_a_canary_that_is_refused_spares_the_rest(pipeline: Pipeline, fleet: tuple[Host, ...]) -> None:
    """The source has nothing for the canary's system."""
    content = pipeline.run("update-mobility.yml", version="9.99")
    assert told(content, "outcome") == {
        fleet[0].name: "not_attempted",
        fleet[1].name: "failed",
        fleet[2].name: "not_attempted",
    }
    assert told(content, "reason")[fleet[1].name] == "version_not_found"
    assert told(content, "reason")[fleet[0].name] == "canary_failed"
    assert [witness.record(host)["VERSION"] for host in fleet] == ["9.62.0.0"] * 3


def test_a_dry_run_of_the_update_promises_what_the_update_does(pipeline: Pipeline, fleet: tuple[Host, ...]) -> None:
    promised = pipeline.run("update-mobility.yml", check=True)
    assert promised["check_mode"] is True
    assert set(told(promised, "outcome").values()) == {"would_change"}
    assert [witness.record(host)["VERSION"] for host in fleet] == ["9.62.0.0"] * 3
    done = pipeline.run("update-mobility.yml")
    assert set(told(done, "outcome").values()) == {"changed"}
    assert versions(done, "before") == {OLD}
    assert versions(done, "after") == versions(promised, "after") == {NEW}
    assert told(done, "steps") == told(promised, "steps")
    assert told(done, "wave") == {fleet[0].name: 2, fleet[1].name: 1, fleet[2].name: 2}
    assert [witness.record(host)["VERSION"] for host in fleet] == ["9.66.0.0"] * 3
    assert set(told(pipeline.run("update-mobility.yml"), "outcome").values()) == {"unchanged"}


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    """The appliance."""
    with serving("pipeline-appliance") as found:
        yield found


@pytest.fixture(scope="module")
def files(fleet: tuple[Host, ...], server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[Host, Path]:
    """The registration file that the appliance made for each machine."""
    folder = tmp_path_factory.mktemp("files")
    made = {host: folder / f"{host.name}.json" for host in fleet}
    for host, path in made.items():
        path.write_bytes(registration_files.config_file(host.bios_id(), host.name, [server.address]))
    return made


def test_register(pipeline: Pipeline, fleet: tuple[Host, ...], files: dict[Host, Path]) -> None:
    each = {host: {"asr_mobility_config_path": str(path)} for host, path in files.items()}
    content = pipeline.run("register-mobility.yml", each=each, verify_after=2)
    assert set(told(content, "outcome").values()) == {"changed"}, content
    assert {host["after"]["registration"] for host in content["hosts"]} == {"ok"}
    assert set(told(content, "healthy").values()) == {True}
    assert [witness.daemons(host) for host in fleet] == [{"svagents", "appservice"}] * 3
    again = pipeline.run("register-mobility.yml", each=each, verify_after=2)
    assert set(told(again, "outcome").values()) == {"unchanged"}


def test_clones_are_refused_whoever_they_are(
    pipeline: Pipeline, fleet: tuple[Host, ...], files: dict[Host, Path]
) -> None:
    """The canary shares no identity and is fine; the two others do, and neither is touched."""
    each = {host: {"asr_mobility_config_path": str(path)} for host, path in files.items()}
    original, _canary, clone = fleet
    conf = "/usr/local/ASR/Vx/etc/drscout.conf"
    kept = clone.read_file(conf)
    identity = re.search(r"^HostId *=.*$", original.read_file(conf), re.MULTILINE)
    assert identity
    clone.write_file(conf, re.sub(r"(?m)^HostId *=.*$", identity[0], kept))
    try:
        content = pipeline.run("register-mobility.yml", each=each)
    finally:
        clone.write_file(conf, kept)
    assert told(content, "outcome") == {original.name: "failed", fleet[1].name: "unchanged", clone.name: "failed"}
    assert told(content, "reason")[clone.name] == told(content, "reason")[original.name] == "duplicate_identity"
    assert clone.name in told(content, "message")[original.name]


def test_uninstall(pipeline: Pipeline, fleet: tuple[Host, ...]) -> None:
    content = pipeline.run("uninstall-mobility.yml", remove_leftovers=True)
    assert set(told(content, "outcome").values()) == {"changed"}
    assert versions(content, "before") == {NEW}
    assert all(host["after"]["presence"] == "absent" for host in content["hosts"])
    assert [witness.record(host) for host in fleet] == [{}] * 3
    assert set(told(pipeline.run("uninstall-mobility.yml"), "outcome").values()) == {"unchanged"}
