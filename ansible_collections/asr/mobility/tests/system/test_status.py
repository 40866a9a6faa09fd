"""What mobility_agent_info, mobility_preflight and the status playbook say of hosts whose state was made by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import endpoints, witness
from lab.ansible_run import AnsibleRun, TaskResult
from lab.hosts import Host
from lab.registration_files import config_file

Play = Callable[..., AnsibleRun]
INFO = "asr.mobility.mobility_agent_info"
PREFLIGHT = "asr.mobility.mobility_preflight"
SUMMARY = "asr.mobility.mobility_summary"
VX = "/usr/local/ASR/Vx"
CONF = f"{VX}/etc/drscout.conf"
CONFIGURATOR = f"{VX}/bin/UnifiedAgentConfigurator.sh"


def register_modernized(host: Host, server: str) -> None:
    """As a person would do it on the host, without the collection."""
    host.write_file("/root/source.json", config_file(host.bios_id(), host.name, [server]).decode())
    host.sh(f"{CONFIGURATOR} -c CSPrime -q -S /root/source.json")


def register_classic(host: Host, server: str) -> None:
    """As a person would do it on the host, without the collection."""
    host.sh(f"echo lab-only > /root/passphrase && {CONFIGURATOR} -i {server} -P /root/passphrase -c CSLegacy")


@dataclass(frozen=True)
class Fleet:
    """Hosts by what was done to them, the server they registered at, and one look at all of them."""

    hosts: Mapping[str, Host]
    server: str
    run: AnsibleRun

    def agent(self, name: str) -> dict[str, object]:
        """The agent as the module saw it."""
        found = self.run.only(INFO, self.hosts[name].name).result["agent"]
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def fleet(module_host: Callable[..., Host], install: Play, tasks: Play) -> Fleet:
    hosts = {name: module_host("debian:12") for name in ("modernized", "classic", "stopped", "new", "bare")}
    with_agent = [host for name, host in hosts.items() if name != "bare"]
    prepared = install(*with_agent, version="9.66")
    assert prepared.rc == 0, str(prepared)
    server = endpoints.on(module_host("debian:12")).host.address
    ways = {"modernized": register_modernized, "classic": register_classic, "stopped": register_modernized}
    for name, register in ways.items():
        register(hosts[name], server)
        assert witness.ends(hosts[name], "configurator") == ["rc=0"]
    hosts["stopped"].sh(f"{VX}/bin/stop")
    look = tasks([{INFO: {"agent_config_input": True}}, {PREFLIGHT: {"enforce": False}}], *hosts.values())
    return Fleet(hosts, server, look)


def test_looking_changes_nothing_and_fails_nowhere(fleet: Fleet) -> None:
    assert fleet.run.rc == 0, str(fleet.run)
    assert not fleet.run.changed
    for host in fleet.hosts.values():
        assert witness.leftovers(host) == []


@pytest.mark.parametrize("stack", ["modernized", "classic"])
def test_a_registered_agent_is_recognised_with_its_evidence(stack: str, fleet: Fleet) -> None:
    host, agent = fleet.hosts[stack], fleet.agent(stack)
    assert witness.daemons(host) == {"svagents", "appservice"}
    assert (agent["registration"], agent["stack"]) == ("ok", stack)
    assert agent["daemons"] == {"svagents": True, "appservice": True}
    assert agent["running"] is True
    assert isinstance(agent["host_id"], str)
    assert agent["host_id"] in host.read_file(CONF)
    evidence = agent["registration_evidence"]
    assert isinstance(evidence, dict)
    assert evidence["HostId"] == agent["host_id"]
    assert agent["configuration_server"] == (fleet.server if stack == "classic" else None)


def test_stopped_daemons_do_not_make_it_unregistered(fleet: Fleet) -> None:
    agent = fleet.agent("stopped")
    assert witness.daemons(fleet.hosts["stopped"]) == set()
    assert agent["daemons"] == {"svagents": False, "appservice": False}
    assert (agent["registration"], agent["running"], agent["respawn_disabled"]) == ("ok", False, True)


def test_a_new_agent_is_installed_and_not_registered(fleet: Fleet) -> None:
    agent = fleet.agent("new")
    assert (agent["presence"], agent["registration"], agent["host_id"]) == ("installed", "no", None)
    assert (agent["version"], agent["tag"], agent["role"]) == ("9.66.7567.0", "DEBIAN12-64", "agent")
    assert (agent["driver_loaded"], agent["driver_installed"]) == (True, True)


def test_a_host_without_agent(fleet: Fleet) -> None:
    agent = fleet.agent("bare")
    assert (agent["presence"], agent["version"], agent["registration"]) == ("absent", None, "no")
    assert agent["daemons"] == {}


def test_the_host_is_described_with_types(fleet: Fleet) -> None:
    host = fleet.hosts["bare"]
    result = fleet.run.only(INFO, host.name).result
    found, run = result["host"], result["run"]
    assert isinstance(found, dict)
    assert isinstance(run, dict)
    assert found["uid"] == 0
    assert (found["host_name"], found["tag"], found["architecture"]) == (host.name, "DEBIAN12-64", "x86_64")
    assert found["kernel_running"] == host.sh("uname -r").strip()
    assert "Debian GNU/Linux 12" in found["os_name"]
    assert isinstance(found["filesystems"]["root"]["free_bytes"], int)
    assert (run["phase"], run["exit_code"]) == ("none", None)


def test_the_text_for_the_appliance(fleet: Fleet) -> None:
    result = fleet.run.only(INFO, fleet.hosts["new"].name).result
    text = json.loads(base64.b64decode(str(result["agent_config_input"])))
    assert text["Fqdn"] == fleet.hosts["new"].name
    assert fleet.run.only(INFO, fleet.hosts["bare"].name).result["agent_config_input"] is None


def test_the_preflight_has_one_entry_for_each_check(fleet: Fleet) -> None:
    result = fleet.run.only(PREFLIGHT, fleet.hosts["bare"].name).result
    assert result["fit"] is True
    checks = result["checks"]
    assert isinstance(checks, list)
    assert {"name", "status", "found", "required", "remedy"} == set(checks[0])
    assert all(check["status"] in ("pass", "warn", "fail", "unknown") for check in checks)
    assert len({check["name"] for check in checks}) == len(checks) >= 5


def test_the_preflight_fails_for_a_host_that_cannot_take_the_agent(tasks: Play, lab_host: Callable[..., Host]) -> None:
    host = lab_host("debian:13")
    shown = tasks([{PREFLIGHT: {"enforce": False}}, {PREFLIGHT: {}}], host)
    soft, hard = shown.of(action=PREFLIGHT)
    assert (soft.status, soft.result["fit"]) == ("ok", False)
    assert hard.status == "failed"
    assert hard.result["reason"] == "prerequisite_failed"
    assert verdicts(hard) == verdicts(soft)
    assert [name for name, verdict in verdicts(hard).items() if verdict == "fail"] == ["tag"]


def verdicts(shown: TaskResult) -> dict[str, str]:
    checks = shown.result["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["status"] for check in checks}


def test_a_registered_agent_is_left_alone(fleet: Fleet, install: Play, installers: Path) -> None:
    hosts = [fleet.hosts[name] for name in ("modernized", "classic", "stopped")]
    conf = [host.read_file(CONF) for host in hosts]
    stack = {fleet.hosts["classic"]: {"asr_mobility_stack": "classic"}}
    before = [witness.daemons(host) for host in hosts]
    run = install(*hosts, each=stack, installer_path=str(installers))
    assert run.rc == 0, str(run)
    assert not run.changed
    assert [host.read_file(CONF) for host in hosts] == conf
    assert [witness.daemons(host) for host in hosts] == before


def test_the_status_playbook_shows_every_host_and_clones(fleet: Fleet, status: Play) -> None:
    """The last test of the file: it gives one host the identity of another, as a cloned disk has it."""
    original, clone = fleet.hosts["modernized"], fleet.hosts["stopped"]
    identity = str(fleet.agent("modernized")["host_id"])
    clone.sh(f"sed -i 's/^HostId *=.*/HostId={identity}/' {CONF}")
    run = status(*fleet.hosts.values())
    assert run.rc == 0, str(run)
    cells = {name: witness.summary_line(run, host)[1:4] for name, host in fleet.hosts.items()}
    assert cells["modernized"] == ["9.66.7567.0", "ok", "running"]
    assert cells["classic"] == ["9.66.7567.0", "ok", "running"]
    assert cells["stopped"] == ["9.66.7567.0", "ok", "stopped"]
    assert cells["new"] == ["9.66.7567.0", "no", "stopped"]
    assert cells["bare"] == ["absent", "-", "-"] or cells["bare"][0] == "absent"
    (summary,) = run.of(action=SUMMARY)
    lines = [str(line) for line in summary.result["msg"] if "HostId" in str(line)]  # type: ignore[attr-defined]
    assert lines == [f"WARNING: HostId {identity.lower()} is used by {', '.join(sorted((original.name, clone.name)))}"]
