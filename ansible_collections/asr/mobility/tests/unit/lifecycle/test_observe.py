# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observing is one read-only script on one target; a probe that failed is an error, never a clean host."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe, probe_script
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script, ScriptResult, Target
from unit.mobility.outputs import installed, output

QUERY = ProbeQuery(staging="/var/lib/asr-mobility")


class Answering:
    """A target that answers every script with the same result."""

    def __init__(self, code: int, text: str) -> None:
        self.result = ScriptResult(code, text)
        self.scripts: list[Script] = []

    def run(self, script: Script) -> ScriptResult:
        """Remember what was sent."""
        self.scripts.append(script)
        return self.result


def observe_with(code: int, text: str) -> tuple[t.Any, Answering]:
    """Observe a target that answers so."""
    target = Answering(code, text)
    return observe(t.cast(Target, target), QUERY), target


def test_one_read_only_script() -> None:
    state, target = observe_with(0, output(*installed()))
    assert state.agent.presence is Presence.INSTALLED
    (script,) = target.scripts
    assert script.read_only
    assert script.variables["ASR_STAGING"] == "/var/lib/asr-mobility"


def test_our_own_run_is_read_by_the_same_probe() -> None:
    lines = [
        "run.present=1",
        "run.alive=1",
        "run.started=1",
        "run.manifest.action=install",
        "run.manifest.version=9.66.1.1",
    ]
    state, _target = observe_with(0, output(*lines))
    assert state.run.phase is RunPhase.RUNNING
    assert state.run.manifest == {"action": "install", "version": "9.66.1.1"}


@pytest.mark.parametrize(("code", "text"), [(1, output()), (0, ""), (0, output()[:-2]), (2, "sh: not found")])
def test_a_failed_probe_is_an_error(code: int, text: str) -> None:
    with pytest.raises(MobilityError) as caught:
        observe_with(code, text)
    assert caught.value.reason is Reason.SCRIPT_FAILED


def test_the_whole_script_runs_and_tells_that_there_is_no_run(shell: list[str]) -> None:
    script = probe_script(ProbeQuery(staging="/nonexistent/asr"))
    variables = "".join(f"{name}='{value}'\n" for name, value in script.variables.items())
    done = subprocess.run(shell, input=variables + script.text, text=True, capture_output=True, timeout=60, check=True)
    assert done.stderr == ""
    assert "run.present=0" in done.stdout
    assert done.stdout.endswith("probe=complete\n")
