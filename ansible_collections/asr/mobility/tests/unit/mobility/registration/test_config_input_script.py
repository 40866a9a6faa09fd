# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question to the agent's own program ends, whatever that program does; without the command `timeout`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility import config_input
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.config_input import (
    parse_config_input,
    read_config_input,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import ScriptResult
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from unit.lifecycle.recording import RecordingTarget
from unit.lifecycle.states import host, installed

TEXT = "QUJDREVGR0hJSktMTU5PUFFSU1RVVg=="


def _script() -> str:
    return (Path(config_input.__file__).parent / "scripts/config_input.sh").read_text(encoding="utf-8")


def _asked(shell: list[str], folder: Path, program: str, seconds: int) -> tuple[int, str, float]:
    """Exit code, output and duration; the output counts as ended when nobody holds it any more."""
    path = folder / "Vx/bin/AzureRcmCli"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    values = assignments({"ASR_INSTALL_DIR": str(folder), "ASR_SECONDS": str(seconds)})
    began = time.monotonic()
    done = subprocess.run(shell, input=values + _script(), text=True, stdout=subprocess.PIPE, timeout=60, check=False)
    return done.returncode, done.stdout, time.monotonic() - began


def test_an_answer_is_passed_on_at_once(shell: list[str], tmp_path: Path) -> None:
    code, output, took = _asked(shell, tmp_path, f'[ "$1" = --getagentconfiginput ] && echo {TEXT}', 50)
    assert parse_config_input(code, output) == TEXT
    assert took < 20


def test_a_failure_is_passed_on(shell: list[str], tmp_path: Path) -> None:
    assert _asked(shell, tmp_path, "echo no; exit 7", 50)[:2] == (7, "no\n")


@pytest.mark.parametrize("program", ["exec sleep 50", "trap '' TERM; while :; do sleep 0.2; done"])
def test_no_answer_is_waited_for_without_end(shell: list[str], tmp_path: Path, program: str) -> None:
    code, output, took = _asked(shell, tmp_path, program, 1)
    with pytest.raises(MobilityError, match="no answer within 1 s"):
        parse_config_input(code, output)
    assert took < 40


def test_it_may_take_a_minute() -> None:
    target = RecordingTarget([host()], answers={"config_input": ScriptResult(0, f"{TEXT}\n")})
    assert read_config_input(target, installed()) == TEXT
    assert target.scripts[0].variables == {"ASR_INSTALL_DIR": "/usr/local/ASR", "ASR_SECONDS": "60"}
