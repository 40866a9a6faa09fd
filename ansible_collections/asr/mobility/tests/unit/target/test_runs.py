"""Where a detached run stands, for every combination of facts that a host can show."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import (
    Controller,
    _start_time,
    this_process,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.runs import UNIT, parse_run_status
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts

HERE = this_process()
DEAD = Controller(HERE.host, HERE.pid, "1")
FOREIGN = Controller("elsewhere:0123456789ab", HERE.pid, HERE.start)

CASES = {
    "ended": ({"code": "0", "started": "1", "alive": "0"}, RunPhase.FINISHED),
    "ended, runner still leaving": ({"code": "34", "started": "1", "alive": "1"}, RunPhase.RUNNING),
    "alive": ({"started": "1", "alive": "1"}, RunPhase.RUNNING),
    "alive, controller dead": ({"started": "1", "alive": "1", "claim.controller": str(DEAD)}, RunPhase.RUNNING),
    "started, gone": ({"started": "1", "alive": "0"}, RunPhase.DEAD),
    "started, code cut": ({"started": "1", "alive": "0", "code": ""}, RunPhase.DEAD),
    "claimed here, alive": ({"claim.controller": str(HERE), "recent": "0"}, RunPhase.PREPARING),
    "claimed here, dead": ({"claim.controller": str(DEAD), "recent": "1"}, RunPhase.ABANDONED),
    "claimed elsewhere, fresh": ({"claim.controller": str(FOREIGN), "recent": "1"}, RunPhase.PREPARING),
    "claimed elsewhere, old": ({"claim.controller": str(FOREIGN), "recent": "0"}, RunPhase.ABANDONED),
    "claim not written, fresh": ({"recent": "1"}, RunPhase.PREPARING),
    "claim not written, old": ({"recent": "0"}, RunPhase.ABANDONED),
    "claim unreadable, old": ({"claim.controller": "a; b", "recent": "0"}, RunPhase.ABANDONED),
}


def _facts(values: dict[str, str]) -> dict[str, str]:
    return {f"run.{key}": value for key, value in {"present": "1", **values}.items()}


@pytest.mark.parametrize(("values", "phase"), CASES.values(), ids=CASES)
def test_phase(values: dict[str, str], phase: RunPhase) -> None:
    assert parse_run_status(_facts(values), HERE).phase is phase


def test_no_run() -> None:
    assert parse_run_status({}) == RunStatus()
    assert parse_run_status({"run.present": "0", "run.code": "0"}) == RunStatus()


def test_all_facts_are_carried() -> None:
    text = (
        "os=x\nrun.directory=/s/run\nrun.present=1\nrun.alive=0\nrun.started=1\nrun.recent=1\nrun.code=98\n"
        "run.claim.token=abc\nrun.manifest.action=install\nrun.manifest.options=a=b c\n"
    )
    status = parse_run_status(parse_facts(text), HERE)
    assert status == RunStatus(
        RunPhase.FINISHED, {"action": "install", "options": "a=b c"}, exit_code=98, detail="/s/run", token="abc"
    )


def test_what_goes_on_after_the_end_is_named() -> None:
    values = {"directory": "/s/run", "alive": "1", "started": "1", "working": "77 install_vx"}
    assert parse_run_status(_facts(values | {"code": "137"}), HERE).detail == (
        "/s/run, ended with 137, but process 77 install_vx goes on"
    )
    assert "ended with no exit code" in parse_run_status(_facts(values), HERE).detail


def test_the_unit_is_known_to_the_shell_by_the_same_name() -> None:
    assert f"/{UNIT}\\.service'" in library("run_status")


def test_every_combination_has_a_phase_and_a_code_only_when_finished() -> None:
    choices = {
        "alive": ("0", "1", ""),
        "started": ("0", "1", ""),
        "recent": ("0", "1", ""),
        "code": ("", "0", "255", "x"),
        "claim.controller": ("", str(HERE), str(DEAD), str(FOREIGN)),
    }
    for values in itertools.product(*choices.values()):
        status = parse_run_status(_facts(dict(zip(choices, values, strict=True))), HERE)
        assert (status.exit_code is not None) == (status.phase is RunPhase.FINISHED)


def test_a_process_of_this_controller_is_told_from_one_that_had_its_id() -> None:
    assert HERE.is_gone(HERE) is False
    assert DEAD.is_gone(HERE) is True
    assert FOREIGN.is_gone(HERE) is None
    assert Controller(HERE.host, 2**22 + os.getpid(), "1").is_gone(HERE) is True


def test_a_killed_controller_is_gone_before_anybody_has_waited_for_it() -> None:
    """Its worker stays in the process table until then, and on a busy machine that may take long."""
    process = subprocess.Popen(["sleep", "60"])
    try:
        claimant = Controller(HERE.host, process.pid, _start_time(process.pid))
        assert claimant.is_gone(HERE) is False
        process.kill()
        until = time.monotonic() + 10
        while claimant.is_gone(HERE) is False and time.monotonic() < until:
            time.sleep(0.05)
        assert claimant.is_gone(HERE) is True
        assert Path(f"/proc/{process.pid}").exists()
    finally:
        process.kill()
        process.wait(10)
