"""A run as a systemd unit: what its control group holds counts as the run, and ending the unit loses no exit code."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.posix import PosixTarget
from ansible_collections.asr.mobility.plugins.plugin_utils.target.runs import UNIT
from lab import hosts, images

IMAGE = "debian:12"
STAGING = "/var/lib/asr-mobility-unit"
GO = f"{STAGING}/go"
WAIT = 'tries=0; while [ ! -e "$GO" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done'
KILLED = "sh -c 'kill -9 $PPID'"


@dataclass
class HostAction:
    """The part of ActionBase that the target uses, on a lab host, all of it over standard input."""

    host: hosts.Host

    @property
    def _connection(self) -> HostAction:
        return self

    def get_option(self, name: str) -> object:
        """No option is set."""
        raise KeyError(name)

    def _is_pipelining_enabled(self, module_style: str) -> bool:
        return True

    def _low_level_execute_command(
        self, cmd: str, sudoable: bool = True, in_data: bytes | None = None
    ) -> dict[str, t.Any]:
        done = self.host.exec("/bin/sh", "-c", cmd, stdin=in_data or b"", check=False)
        return {"rc": done.returncode, "stdout": done.stdout.decode(), "stderr": done.stderr.decode()}


@pytest.fixture(scope="module")
def host() -> Iterator[hosts.Host]:
    """One host with systemd for all runs of this file, one after the other."""
    images.ensure([IMAGE])
    with hosts.running(IMAGE, "unit") as one:
        yield one


@pytest.fixture
def target(host: hosts.Host) -> Iterator[PosixTarget]:
    """A target whose staging directory is there, and gone again after."""
    action: t.Any = HostAction(host)
    one = PosixTarget(action)
    one.make_private_directory(STAGING)
    yield one
    host.sh(f": >{GO}")
    assert one.follow_run(STAGING, 30).phase in (RunPhase.NONE, RunPhase.FINISHED)
    one.release_run(STAGING)
    one.remove_directory(STAGING)
    one.close()


def _start(target: PosixTarget, text: str) -> None:
    target.claim_run(STAGING, {})
    target.start_run(STAGING, Script("body", text, {"GO": GO}))


def test_the_exit_code_survives_the_end_of_the_unit(host: hosts.Host, target: PosixTarget) -> None:
    _start(target, f"{WAIT}; exit 37")
    host.sh(f"systemctl stop {UNIT}.service")
    assert host.sh(f"systemctl is-active {UNIT}.service", check=False).strip() != "active"
    assert target.follow_run(STAGING, 0).phase is RunPhase.RUNNING
    host.sh(f": >{GO}")
    status = target.follow_run(STAGING, 30)
    assert (status.phase, status.exit_code) == (RunPhase.FINISHED, 37)


@pytest.mark.parametrize("own_session", ["", "setsid "], ids=["in the session", "in the control group only"])
def test_a_child_of_a_killed_run_keeps_it_running(target: PosixTarget, own_session: str) -> None:
    _start(target, f"export GO; {own_session}sh -c '{WAIT}' >/dev/null 2>&1 & {KILLED}")
    assert target.follow_run(STAGING, 2).phase is RunPhase.RUNNING
    with pytest.raises(MobilityError) as caught:
        target.release_run(STAGING)
    assert caught.value.reason is Reason.STILL_RUNNING
    target.run(Script("go", ': >"$GO"', {"GO": GO}))
    status = target.follow_run(STAGING, 30)
    assert (status.phase, status.exit_code) == (RunPhase.FINISHED, 137)


@pytest.mark.parametrize(
    "daemon",
    ["systemd-run --quiet --working-directory=$PWD sleep 5", "cd / && sleep 5 >/dev/null 2>&1 &"],
    ids=["a unit of its own", "in /"],
)
def test_a_daemon_does_not_keep_a_killed_run(target: PosixTarget, daemon: str) -> None:
    _start(target, f"{daemon}\n{KILLED}")
    status = target.follow_run(STAGING, 3)
    assert (status.phase, status.exit_code) == (RunPhase.FINISHED, 137)
