"""Runs that die, runs that lose their runner, locks of dead runs, and connections that are lost while following."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target import posix
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script
from contract.cases import Case
from unit.target.conftest import MakeCase

WAITING = 'tries=0; while [ ! -e "$GO" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done; exit 5'


def _start(case: Case) -> Path:
    staging = Path(case.staging)
    case.target.make_private_directory(case.staging)
    case.target.claim_run(case.staging, {"action": "install"})
    case.target.start_run(case.staging, Script("body", WAITING, {"GO": f"{staging}/go"}))
    return staging


def _kill(staging: Path, *names: str) -> None:
    """End processes that this test started, by the identity they recorded."""
    for name in names:
        file = _wait_for(staging / "run" / name)
        os.kill(int(file.read_text(encoding="ascii").split()[0]), signal.SIGKILL)


def _lock(case: Case) -> Path:
    """Where conftest.py put the lock."""
    return Path(case.staging).with_name("lock")


def _wait_for(file: Path) -> Path:
    for _attempt in range(50):
        if file.exists():
            return file
        time.sleep(0.1)
    raise AssertionError(f"no {file}")


def _phase(case: Case, wanted: RunPhase) -> None:
    for _attempt in range(50):
        status = case.target.follow_run(case.staging, 0)
        if status.phase is wanted:
            return
        time.sleep(0.1)
    raise AssertionError(status)


def test_a_run_that_was_killed_is_dead_and_can_be_released(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = _start(case)
    _kill(staging, "process", "body")
    _phase(case, RunPhase.DEAD)
    case.target.release_run(case.staging)
    assert _lock(case).exists()  # a dead run's lock does not hold off the next one
    case.target.claim_run(case.staging, {})
    case.target.start_run(case.staging, Script("body", "exit 6"))
    assert case.target.follow_run(case.staging, 20).exit_code == 6
    case.target.release_run(case.staging)
    assert not _lock(case).exists()


def test_a_body_that_lost_its_runner_still_counts_as_running(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = _start(case)
    _wait_for(staging / "run/body")
    _kill(staging, "process")
    time.sleep(0.2)
    assert case.target.follow_run(case.staging, 0).phase is RunPhase.RUNNING
    with pytest.raises(MobilityError) as caught:
        case.target.release_run(case.staging)
    assert caught.value.reason is Reason.STILL_RUNNING
    (staging / "go").touch()
    _phase(case, RunPhase.DEAD)


def test_another_staging_directory_does_not_get_around_the_lock(make_case: MakeCase) -> None:
    first, second = make_case(), make_case()
    staging = _start(first)
    second.target.make_private_directory(second.staging)
    second.target.claim_run(second.staging, {})
    with pytest.raises(MobilityError) as caught:
        second.target.start_run(second.staging, Script("body", "exit 0"))
    assert caught.value.reason is Reason.RUN_IN_PROGRESS
    assert second.target.follow_run(second.staging, 0).phase is RunPhase.PREPARING
    (staging / "go").touch()
    assert first.target.follow_run(first.staging, 20).exit_code == 5


def test_a_run_of_another_boot_is_dead(make_case: MakeCase) -> None:
    case = make_case()
    staging = _start(case)
    for name in ("process", "body"):
        file = staging / "run" / name
        pid, start, _boot = file.read_text(encoding="ascii").split()
        file.write_text(f"{pid} {start} 00000000-another-boot\n", encoding="ascii")
    assert case.target.follow_run(case.staging, 0).phase is RunPhase.DEAD
    (staging / "go").touch()


def test_a_release_never_takes_a_run_that_was_claimed_meanwhile(make_case: MakeCase) -> None:
    mine = make_case()
    mine.target.make_private_directory(mine.staging)
    mine.target.claim_run(mine.staging, {})
    other = posix.PosixTarget(mine.action)
    assert other.follow_run(mine.staging, 0).phase is RunPhase.PREPARING
    mine.target.release_run(mine.staging)
    mine.target.claim_run(mine.staging, {})
    with pytest.raises(MobilityError) as caught:
        other.release_run(mine.staging)
    assert caught.value.reason is Reason.RUN_IN_PROGRESS
    mine.target.release_run(mine.staging)


def test_a_lost_connection_is_tried_again_until_the_time_is_over(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posix, "_RETRY_PAUSE", 0.2)
    case = make_case()
    staging = _start(case)
    (staging / "go").touch()
    connection = case.action._connection
    connection.failure = AnsibleConnectionFailure("gone")
    before = connection.executed
    with pytest.raises(MobilityError) as caught:
        case.target.follow_run(case.staging, 1)
    assert caught.value.reason is Reason.CONNECTION_LOST
    assert connection.executed - before > 2
    connection.failure = None
    assert case.target.follow_run(case.staging, 20).exit_code == 5


def test_the_first_contact_may_find_the_host_unreachable(make_case: MakeCase) -> None:
    case = make_case()
    case.action._connection.failure = AnsibleConnectionFailure("no route")
    with pytest.raises(AnsibleConnectionFailure):
        case.run("echo hello", read_only=True)
    case.action._connection.failure = None
