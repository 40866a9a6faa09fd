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
    "stack": ({"asr_mobility_stack": "modern"}, "stack must be one of: modernized, classic"),
    "timeout": ({"asr_mobility_timeout": "soon"}, "timeout"),
    "platform": ({"asr_mobility_platform": "vmware"}, "platform must be one of: VmWare, Azure"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_playbook_refuses_a_wrong_value(name: str, play: Play) -> None:
    """The playbooks leave it to the module, because a task for that alone doubles the cost of a converged run."""
    variables, sentence = WRONG[name]
    run = play("install-mobility.yml", others={"gone": {**GONE, **variables}}, installer_path="/srv")
    assert run.rc != 0
    line = witness.summary_line(run, "gone")
    assert line[1] == "failed"
    assert line[-1].startswith("invalid_argument: ")
    assert sentence in line[-1]
    assert run.only(AGENT).result["reason"] == "invalid_argument"


@pytest.mark.parametrize("name", WRONG)
def test_a_role_of_its_own_refuses_a_wrong_value_by_the_variables_name(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    variables, sentence = WRONG[name]
    folder = tmp_path_factory.mktemp("role")
    written = inventory.write(folder / "inventory.yml", {"gone": {**GONE, **variables}})
    role = {"ansible.builtin.include_role": {"name": "asr.mobility.install"}}
    run = run_tasks(folder, [role], written, variables={"asr_mobility_installer_path": "/srv"})
    assert run.rc != 0
    assert run.of(action=AGENT) == ()
    assert f"asr_mobility_{sentence}" in run.stdout + run.stderr


TASKS: Mapping[str, tuple[dict[str, object], str]] = {
    "no-source": ({}, "any of the following are missing: installer_path, installer_url, installer_remote_path"),
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
