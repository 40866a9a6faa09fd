"""What a run asks of the connections, counted call by call; the numbers are limits, never times.

Everything one play costs a host is a multiple of these calls, so they are what must not creep up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text
from lab import recorder, witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host
from lab.places import COLLECTION
from lab.recorder import Call, Use

Play = Callable[..., AnsibleRun]
Counted = Callable[..., tuple[Call, ...]]

CONVERGED = Use(executions=1)
CALLS_BEFORE_WAITING = 6  # one of them is the closer look: is the host fit?
CALLS_AFTER_WAITING = 3
WAITING = sent_text(COLLECTION / "plugins/plugin_utils/target/scripts/follow.sh")
EXAMINATION = sent_text(COLLECTION / "plugins/plugin_utils/mobility/scripts/preflight.sh")


@pytest.fixture
def counted(play: Play, tmp_path: Path) -> Counted:
    """Run a playbook on one host over the recording connection and return its calls; it must end well."""

    def run(name: str, host: Host, **keywords: object) -> tuple[Call, ...]:
        record = tmp_path / "record.jsonl"
        record.unlink(missing_ok=True)
        done = play(
            name,
            host,
            each={host: recorder.CONNECTION},
            options={"env": recorder.environment(record)},
            **keywords,
        )
        assert done.rc == 0, str(done)
        return recorder.calls(record, host.address)

    return run


def kinds(made: tuple[Call, ...]) -> list[str]:
    """One line a call, for the message of a failed assertion."""
    return [f"{call.kind} {call.what[:80]} ({call.sent} bytes)" for call in made]


def waits(call: Call) -> bool:
    return WAITING in call.script


def examines(call: Call) -> bool:
    return EXAMINATION in call.script


def test_an_installation_is_counted_and_the_rerun_costs_one_execution(
    fresh: Host, counted: Counted, new_installer: Path
) -> None:
    source = {"installer_path": str(new_installer)}
    installing = counted("install-mobility.yml", fresh, **source)

    assert witness.record(fresh)["OS_BUILT_FOR"] == "DEBIAN12-64"
    begun = [waits(call) for call in installing].index(True)
    ended = len(installing) - [waits(call) for call in reversed(installing)].index(True)
    assert begun <= CALLS_BEFORE_WAITING, kinds(installing[:begun])
    assert len(installing) - ended <= CALLS_AFTER_WAITING, kinds(installing[ended:])
    assert sum(examines(call) for call in installing) == 1
    assert recorder.use(installing).uploads == 1
    assert recorder.use(installing).modules == 0
    (upload,) = (call for call in installing if call.kind == "put")
    assert upload.sent == new_installer.stat().st_size

    again = counted("install-mobility.yml", fresh, **source)
    assert recorder.use(again) == CONVERGED, kinds(again)
    assert not examines(again[0])
    assert again[0].sent < 40_000  # the probe itself; no installer hides in standard input


def test_a_fleet_that_is_right_costs_each_host_one_execution(
    lab_host: Callable[..., Host], play: Play, install: Play, tmp_path: Path, installers: Path
) -> None:
    """From a folder of several installers, on several hosts, more than there are forks."""
    hosts = [lab_host(image) for image in ("debian:12", "debian:11", "no-python:12")]
    assert install(*hosts).rc == 0
    record = tmp_path / "record.jsonl"
    again = play(
        "install-mobility.yml",
        *hosts,
        each=dict.fromkeys(hosts, recorder.CONNECTION),
        options={"env": recorder.environment(record)},
        arguments=("--forks", "2"),
        installer_path=str(installers),
    )
    assert again.rc == 0, str(again)
    assert [recorder.use(recorder.calls(record, host.address)) for host in hosts] == [CONVERGED] * len(hosts)


VIOLATIONS: Mapping[str, tuple[Mapping[str, object], Mapping[str, str], Use]] = {
    "a module over standard input": (
        {"ansible.builtin.ping": {}},
        {"ANSIBLE_PIPELINING": "true"},
        Use(executions=1, modules=1),
    ),
    "a module as a file": (
        {"ansible.builtin.ping": {}},
        {"ANSIBLE_PIPELINING": "false"},
        Use(executions=5, uploads=1, modules=1),
    ),
    "one more execution": ({"ansible.builtin.raw": "true"}, {}, Use(executions=1)),
    "a file that is brought back": (
        {"ansible.builtin.fetch": {"src": "/etc/hostname", "dest": "{{ brought }}"}},
        {"ANSIBLE_PIPELINING": "true"},
        Use(executions=1, fetches=1, modules=1),
    ),
}
"""A task that a converged run must not hold, how it is sent, and what it adds to the count."""


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_violation_would_be_seen(what: str, host: Host, tasks: Play, tmp_path: Path) -> None:
    """The same counter, with a task of the forbidden kind in the play."""
    task, settings, expected = VIOLATIONS[what]
    record = tmp_path / "record.jsonl"
    variables = {
        **recorder.CONNECTION,
        "ansible_python_interpreter": "/usr/bin/python3",
        "brought": str(tmp_path / "brought"),
    }
    done = tasks([task], host, env={**recorder.environment(record), **settings}, variables=variables)
    assert done.rc == 0, str(done)
    made = recorder.calls(record, host.address)
    assert recorder.use(made) == expected, kinds(made)
