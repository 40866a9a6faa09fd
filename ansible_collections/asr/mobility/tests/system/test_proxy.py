"""The agent's proxy on a real host: written before and after the installation, proven, and the agent restarted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from lab import witness
from lab.ansible_run import AnsibleRun, TaskResult
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
ACTION = "asr.mobility.mobility_proxy"
FILE = "/usr/local/InMage/config/ProxyInfo.conf"
WANTED: Mapping[str, object] = {
    "address": "http://proxy.example.com",
    "port": 3128,
    "bypass": ["appliance.example.com", "192.0.2.10"],
}
WRITTEN = "[proxy]\nAddress=http://proxy.example.com\nPort=3128\nBypassList=appliance.example.com,192.0.2.10\n"


@pytest.fixture
def proxy(tasks: Play) -> Play:
    """Run mobility_proxy on one host with options; ``arguments`` go to ansible-playbook."""

    def run(host: Host, *arguments: str, **options: object) -> AnsibleRun:
        return tasks([{ACTION: options}], host, arguments=("--diff", "-vvv", *arguments))

    return run


def result(run: AnsibleRun) -> TaskResult:
    return run.only(ACTION)


def mode(host: Host, path: str = FILE) -> str:
    return host.sh(f"stat -c '%a %U:%G' {path}").strip()


@pytest.mark.parametrize("image", ["debian:12", "no-python:12"])
def test_before_an_agent_is_there(image: str, lab_host: Callable[..., Host], proxy: Play) -> None:
    """Checked, written, found right with one connection execution, changed, removed."""
    host = lab_host(image)
    planned = proxy(host, "--check", **WANTED)
    assert (planned.rc, result(planned).changed) == (0, True), str(planned)
    assert not host.exists("/usr/local/InMage")

    first = proxy(host, **WANTED)
    assert (first.rc, result(first).changed) == (0, True), str(first)
    assert result(first).result["diff"] == result(planned).result["diff"]
    assert host.read_file(FILE) == WRITTEN
    assert mode(host) == "600 root:root"
    assert "+Port=3128" in first.stdout
    assert (result(first).result["agent_installed"], result(first).result["restart_needed"]) == (False, False)

    again = proxy(host, **WANTED)
    assert (again.rc, result(again).changed) == (0, False), str(again)
    use = witness.connection_use(again, host.address)
    assert (use.executions, use.puts, use.fetches) == (1, 0, 0), str(again)

    host.sh(f"sed -i '1i # ours' {FILE}; chmod 640 {FILE}")
    other = proxy(host, address="http://192.0.2.9", port=8080, bypass=[])
    assert (other.rc, result(other).changed) == (0, True), str(other)
    assert host.read_file(FILE) == "# ours\n[proxy]\nAddress=http://192.0.2.9\nPort=8080\n"
    assert mode(host) == "640 root:root"

    assert result(proxy(host, state="absent")).changed
    assert host.read_file(FILE) == "# ours\n[proxy]\n"
    assert not proxy(host, state="absent").changed
    assert witness.leftovers(host) == []


@pytest.fixture(scope="module")
def agent(host: Host, install: Play) -> Host:
    """A host with an agent whose daemons run."""
    assert install(host).rc == 0
    host.sh("/usr/local/ASR/Vx/bin/start")
    assert witness.daemons(host) == {"svagents", "appservice"}
    return host


def pids(host: Host) -> list[str]:
    return host.sh("pgrep -x 'svagents|appservice' | sort").split()


def test_a_running_agent_is_restarted_when_asked_and_only_after_a_change(agent: Host, proxy: Play) -> None:
    before = pids(agent)
    first = proxy(agent, **WANTED)
    assert (first.rc, result(first).result["restart_needed"]) == (0, True), str(first)
    assert pids(agent) == before

    second = proxy(agent, **{**WANTED, "port": 3129}, restart=True)
    assert (second.rc, result(second).result["restarted"]) == (0, True), str(second)
    assert result(second).result["restart_needed"] is False
    after = pids(agent)
    assert len(after) == 2
    assert not set(after) & set(before)
    assert "SIGHUP" not in ignored_signals(agent, after[0])

    third = proxy(agent, **{**WANTED, "port": 3129}, restart=True)
    assert (third.changed, result(third).result["restarted"]) == (False, False)
    assert pids(agent) == after
    assert witness.leftovers(agent) == []


def ignored_signals(host: Host, pid: str) -> str:
    """A daemon that inherited an ignored hangup could not be told to end its session."""
    mask = int(re.findall(r"SigIgn:\s*([0-9a-f]+)", host.read_file(f"/proc/{pid}/status"))[0], 16)
    return "SIGHUP" if mask & 1 else ""


def test_the_file_that_the_agents_configuration_names(agent: Host, proxy: Play) -> None:
    config = "/usr/local/ASR/Vx/etc/drscout.conf"
    agent.sh(
        f"cp -p {config} /root/kept; sed -i 's,^ProxySettingsPath=.*,ProxySettingsPath=/etc/vxagent/P.conf,' {config}"
    )
    try:
        run = proxy(agent, **WANTED)
        assert (run.rc, result(run).result["path"]) == (0, "/etc/vxagent/P.conf"), str(run)
        assert agent.read_file("/etc/vxagent/P.conf") == WRITTEN
        agent.sh(f"sed -i 's,^ProxySettingsPath=.*,ProxySettingsPath=/tmp/../etc/cron.d/x,' {config}")
        refused = proxy(agent, **WANTED)
        assert (refused.rc, result(refused).result["reason"]) == (2, "path_unsafe"), str(refused)
        assert not agent.exists("/etc/cron.d/x")
    finally:
        agent.sh(f"cp -p /root/kept {config}; rm -f /root/kept /etc/vxagent/P.conf")


def test_an_agent_that_does_not_come_up_fails_the_task(agent: Host, proxy: Play) -> None:
    start = "/usr/local/ASR/Vx/bin/start"
    agent.sh(f"mv {start} {start}.kept; printf '#!/bin/sh\\nexit 0\\n' >{start}; chmod 755 {start}")
    try:
        run = proxy(agent, address="http://other.example.com", port=1, restart=True)
    finally:
        agent.sh(f"mv {start}.kept {start}; {start}")
    failed = result(run).result
    assert (run.rc, failed["reason"], failed["changed"]) == (2, "state_not_reached", True), str(run)
    assert "svagents" in str(failed["found"])
    assert "Address=http://other.example.com" in agent.read_file(FILE)


REFUSED: Mapping[str, Mapping[str, object]] = {
    "credentials": {"address": "http://user:Hidden4711@proxy", "port": 1},
    "no port": {"address": "http://proxy"},
    "wildcard": {"address": "http://proxy", "port": 1, "bypass": ["*.windows.net"]},
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_bad_options_are_refused_without_a_word_to_the_host(
    options: Mapping[str, object], host: Host, proxy: Play
) -> None:
    run = proxy(host, **options)
    assert (run.rc, result(run).result["reason"]) == (2, "invalid_argument"), str(run)
    assert witness.connection_use(run, host.address).executions == 0
    assert "Hidden4711" not in str(result(run).result)


def test_credentials_in_the_file_are_removed_and_never_shown(host: Host, proxy: Play) -> None:
    host.write_file(FILE, "[proxy]\nAddress=http://user:Hidden4711@proxy.example.com\nPort=3128\n", mode=0o600)
    run = proxy(host, "-vvvvv", address="http://proxy.example.com", port=3128)
    assert (run.rc, result(run).changed) == (0, True), str(run)
    assert "Hidden4711" not in run.stdout + host.read_file(FILE)
