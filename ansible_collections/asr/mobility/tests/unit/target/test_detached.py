"""Runs that die, runs that lose their runner, locks of dead runs, and connections that are lost while following."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target import posix
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import this_process
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


def _session(staging: Path) -> list[int]:
    """Every process of the session that the run's runner leads, from the inner ones outwards."""
    leader = _wait_for(staging / "run/process").read_text(encoding="ascii").split()[0]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2].split()
        except OSError:
            continue
        if entry.name.isdigit() and fields[3] == leader and fields[0] != "Z":
            found.append(int(entry.name))
    return sorted(found, reverse=True)


def _kill_session(staging: Path) -> None:
    """End every process of this test's run, the runner first, so that nothing records an exit code."""
    _wait_for(staging / "run/body")
    for pid in reversed(_session(staging)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


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
    _kill_session(staging)
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
    _phase(case, RunPhase.FINISHED)
    assert case.target.follow_run(case.staging, 0).exit_code == 5


# What a program leaves: a child that works on in the run's directory until it is let go, or does what LEFT says first.
LEFT_BEHIND = """
(
    eval "$LEFT"
    tries=0
    while [ ! -e "$GO" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
) &
echo $! >"$GO.pid"
eval "$END"
"""


def _leave(case: Case, left: str, end: str, daemons: str = "") -> Path:
    """Start a run whose program ends as `end` says and leaves a child that first does `left`."""
    staging = Path(case.staging)
    case.target.make_private_directory(case.staging)
    case.target.claim_run(case.staging, {"action": "install", "daemons": daemons})
    variables = {"GO": f"{staging}/go", "LEFT": left, "END": end}
    case.target.start_run(case.staging, Script("body", LEFT_BEHIND, variables))
    _wait_for(staging / "run/status")
    return staging


def _names_what_works(text: str, child: str) -> bool:
    """One of the processes that go on is named: the child, or the sleep that it waits for at that moment."""
    return re.search(rf"process ({child} |\d+ sleep\b)", text) is not None


KILLED = 'sh -c "kill -9 \\$PPID"'


@pytest.mark.parametrize(
    ("left", "end"),
    [("exec >/dev/null 2>&1", KILLED), ("mkdir -p inner; cd inner", KILLED), ("cd .", "exit 3")],
    ids=["killed, silent child", "killed, child in a directory below", "ended, child still prints"],
)
def test_what_a_run_left_working_in_it_keeps_it_running(make_case: MakeCase, shell: str, left: str, end: str) -> None:
    case = make_case(shell)
    staging = _leave(case, left, end)
    child = (staging / "go.pid").read_text(encoding="ascii").strip()
    time.sleep(0.3)
    status = case.target.follow_run(case.staging, 1)
    code = (staging / "run/status").read_text(encoding="ascii").strip()
    assert code == ("3" if end == "exit 3" else "137")
    assert (status.phase, status.exit_code) == (RunPhase.RUNNING, None)
    assert f"ended with {code}, but process " in status.detail
    assert _names_what_works(status.detail, child)
    with pytest.raises(MobilityError) as caught:
        case.target.release_run(case.staging)
    assert caught.value.reason is Reason.STILL_RUNNING
    assert _names_what_works(caught.value.found, child)
    (staging / "go").touch()
    status = case.target.follow_run(case.staging, 20)
    assert (status.phase, status.exit_code) == (RunPhase.FINISHED, int(code))
    case.target.release_run(case.staging)
    case.target.remove_directory(case.staging)


@pytest.mark.parametrize(
    ("left", "end"),
    [("cd /", "exit 3"), ("exec >/dev/null 2>&1", "exit 3"), ("cd /", KILLED)],
    ids=["in /", "in the run but silent", "in /, killed"],
)
def test_a_daemon_that_a_run_started_does_not_hold_it(make_case: MakeCase, shell: str, left: str, end: str) -> None:
    case = make_case(shell)
    staging = _leave(case, left, end)
    status = case.target.follow_run(case.staging, 20)
    assert status.phase is RunPhase.FINISHED
    case.target.release_run(case.staging)
    (staging / "go").touch()


@pytest.mark.parametrize(
    ("daemons", "phase"), [("one sh dash bash busybox mksh yash", RunPhase.FINISHED), ("shell", RunPhase.RUNNING)]
)
def test_a_daemon_that_the_manifest_names_does_not_hold_a_killed_run(
    make_case: MakeCase, shell: str, daemons: str, phase: RunPhase
) -> None:
    case = make_case(shell)
    staging = _leave(case, "exec >/dev/null 2>&1", KILLED, daemons)
    time.sleep(0.3)
    assert case.target.follow_run(case.staging, 1).phase is phase
    (staging / "go").touch()
    assert case.target.follow_run(case.staging, 20).phase is RunPhase.FINISHED


def test_a_stranger_in_the_directory_does_not_hold_a_run(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = _start(case)
    _kill_session(staging)
    stranger = subprocess.Popen(["sleep", "60"], cwd=staging / "run", start_new_session=True)
    try:
        _phase(case, RunPhase.DEAD)
        case.target.release_run(case.staging)
    finally:
        stranger.kill()
        stranger.wait()


def test_the_inner_process_of_a_run_whose_outer_ones_were_killed_counts(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = _start(case)
    _wait_for(staging / "run/body")
    _kill(staging, "process", "body")
    time.sleep(0.2)
    assert case.target.follow_run(case.staging, 0).phase is RunPhase.RUNNING
    (staging / "go").touch()
    _phase(case, RunPhase.DEAD)


def test_the_exit_code_is_the_same_whoever_records_it(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    case.target.make_private_directory(case.staging)
    for text, code in (("exit 37", 37), ("true", 0), ("kill -9 $$; sleep 1", 137), ("( exit 98 )", 98)):
        case.target.claim_run(case.staging, {})
        case.target.start_run(case.staging, Script("body", text))
        status = case.target.follow_run(case.staging, 20)
        assert (status.phase, status.exit_code) == (RunPhase.FINISHED, code)
        case.target.release_run(case.staging)


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


def test_a_release_with_the_token_of_the_judged_run_takes_only_that_one(make_case: MakeCase) -> None:
    mine = make_case()
    mine.target.make_private_directory(mine.staging)
    mine.target.claim_run(mine.staging, {})
    judged = mine.target.follow_run(mine.staging, 0).token
    mine.target.release_run(mine.staging, judged)
    mine.target.release_run(mine.staging, judged)
    mine.target.claim_run(mine.staging, {})
    for token in (judged, ""):
        with pytest.raises(MobilityError) as caught:
            posix.PosixTarget(mine.action).release_run(mine.staging, token)
        assert caught.value.reason is Reason.RUN_IN_PROGRESS
    other = posix.PosixTarget(mine.action)
    other.release_run(mine.staging, mine.target.follow_run(mine.staging, 0).token)
    assert mine.target.follow_run(mine.staging, 0).phase is RunPhase.NONE


def test_a_run_that_appeared_after_none_was_seen_is_not_released(make_case: MakeCase) -> None:
    mine = make_case()
    mine.target.make_private_directory(mine.staging)
    other = posix.PosixTarget(mine.action)
    assert other.follow_run(mine.staging, 0).phase is RunPhase.NONE
    mine.target.claim_run(mine.staging, {})
    with pytest.raises(MobilityError) as caught:
        other.release_run(mine.staging)
    assert caught.value.reason is Reason.RUN_IN_PROGRESS


def test_a_claim_lasts_as_long_as_its_files_are_being_brought(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = Path(case.staging)
    case.target.make_private_directory(case.staging)
    case.target.claim_run(case.staging, {})
    claim, owner = staging / "run/claim", "elsewhere:0123456789ab 4711 99"
    text = claim.read_text(encoding="ascii")
    claim.write_text(text.replace(str(this_process()), owner), encoding="ascii")
    hour_ago = time.time() - 3600
    for path in (*staging.rglob("*"), staging):
        os.utime(path, (hour_ago, hour_ago))
    assert case.target.follow_run(case.staging, 0).phase is RunPhase.ABANDONED
    upload = Path(f"/var/tmp/asr-mobility-upload.{os.getpid():016x}")
    upload.mkdir(mode=0o700)
    try:
        (upload / "owner").write_text("somebody:0123456789ab 4711 99\n", encoding="ascii")
        assert case.target.follow_run(case.staging, 0).phase is RunPhase.ABANDONED
        (upload / "owner").write_text(f"{owner}\n", encoding="ascii")
        assert case.target.follow_run(case.staging, 0).phase is RunPhase.PREPARING
        os.utime(upload / "owner", (hour_ago, hour_ago))
        os.utime(upload, (hour_ago, hour_ago))
        assert case.target.follow_run(case.staging, 0).phase is RunPhase.ABANDONED
    finally:
        shutil.rmtree(upload)


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


@pytest.mark.parametrize("lost", ["the answer", "the connection"])
def test_a_start_that_is_not_answered_is_looked_for_and_not_repeated(lost: str, make_case: MakeCase) -> None:
    case = make_case()
    case.target.claim_run(case.staging, {})
    _lose_once(case, after_it_ran=True, raising=lost == "the connection")
    status = case.target.start_run(case.staging, Script("body", f"echo x >>{case.staging}/count; exit 4"), 20)
    assert (status.phase, status.exit_code) == (RunPhase.FINISHED, 4)
    assert Path(case.staging, "count").read_text(encoding="ascii") == "x\n"
    case.target.release_run(case.staging)
    case.run('rm -rf "$D"', D=case.staging)


def test_a_start_that_never_arrived_is_told(make_case: MakeCase) -> None:
    case = make_case()
    case.target.claim_run(case.staging, {})
    _lose_once(case, after_it_ran=False, raising=True)
    with pytest.raises(MobilityError) as caught:
        case.target.start_run(case.staging, Script("body", "exit 4"), 2)
    assert caught.value.reason is Reason.CONNECTION_LOST
    assert case.target.follow_run(case.staging, 0).phase is RunPhase.PREPARING
    case.target.release_run(case.staging, with_directory=True)


def _lose_once(case: Case, *, after_it_ran: bool, raising: bool) -> None:
    """The next execution is lost: before it reaches the host, or with its answer."""
    connection = case.action._connection
    execute = connection.exec_command

    def losing(*args: object, **kwargs: object) -> tuple[int, bytes, bytes]:
        connection.exec_command = execute
        if after_it_ran:
            execute(*args, **kwargs)
        if raising:
            raise AnsibleConnectionFailure("lost")
        return 255, b"", b""

    connection.exec_command = losing
