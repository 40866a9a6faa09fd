"""A wrong value is one clear sentence before anything happens on a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from lab import inventory, witness
from lab.ansible_run import AnsibleRun, run_tasks
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
GONE: Mapping[str, object] = {"ansible_host": "127.0.0.1", "ansible_port": 1}
"""Nothing listens there: whoever is refused here with a reason of ours was refused before any connection."""

WRONG: Mapping[str, tuple[dict[str, object], str]] = {
    "stack": ({"asr_mobility_stack": "modern"}, "value of asr_mobility_stack must be one of: modernized, classic"),
    "timeout": ({"asr_mobility_timeout": "soon"}, "asr_mobility_timeout"),
    "platform": ({"asr_mobility_platform": "vmware"}, "value of asr_mobility_platform must be one of: VmWare, Azure"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_role_refuses_a_wrong_value(name: str, play: Play) -> None:
    variables, sentence = WRONG[name]
    run = play("install-mobility.yml", others={"gone": {**GONE, **variables}}, installer_path="/srv")
    assert run.rc != 0
    line = witness.summary_line(run, "gone")
    assert line[1] == "failed"
    assert sentence in line[-1]
    assert run.of(action=AGENT) == ()


TASKS: Mapping[str, tuple[dict[str, object], str]] = {
    "no-source": ({}, "one of the following is required: installer_path, installer_url, installer_remote_path"),
    "two-sources": (
        {"installer_path": "/a", "installer_url": "https://example.com/"},
        "mutually exclusive: installer_path|installer_url|installer_remote_path",
    ),
    "unknown-option": ({"installer_path": "/a", "instaler": "b"}, "instaler"),
    "version": ({"installer_path": "/a", "version": "newest"}, "version 'newest'"),
    "install-dir": ({"installer_path": "/a", "install_dir": "/opt/agent"}, "/opt/agent/ASR"),
    "checksum": ({"installer_url": "https://example.com/a.tar.gz"}, "without a checksum"),
}


@pytest.mark.parametrize("name", TASKS)
def test_the_module_refuses_what_no_host_could_make_right(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    options, sentence = TASKS[name]
    folder = tmp_path_factory.mktemp("wrong")
    written = inventory.write(folder / "inventory.yml", {"gone": GONE})
    run = run_tasks(folder, [{AGENT: options}], written)
    result = run.only(AGENT)
    assert result.status == "failed", str(run)
    assert sentence in str(result.result["msg"])


def test_async_is_refused_with_the_reason_why_it_is_not_needed(host: Host, tasks: Play, installers: object) -> None:
    before = host.exists(witness.RECORD)
    run = tasks([{AGENT: {"installer_path": str(installers)}, "async": 600, "poll": 0}], host)
    result = run.only(AGENT).result
    assert run.rc != 0
    assert result["reason"] == "async_not_supported"
    assert "the installer runs detached from the connection" in str(result["msg"])
    assert (before, host.exists(witness.RECORD)) == (False, False)
    assert witness.leftovers(host) == []
