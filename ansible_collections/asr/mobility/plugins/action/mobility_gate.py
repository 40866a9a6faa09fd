# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the wave before this batch and say whether the run goes on; nothing touches a target."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_gate import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import (
    GATE_VARIABLE,
    WAVES_VARIABLE,
    host_result,
    in_trouble,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.waves import Verdict, Wave, judge_wave


class ActionModule(MobilityTask):
    """mobility_gate: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """The verdict on the wave before; once the run was stopped, the same answer for every later wave."""
        before = _wave_before(task_vars)
        if before is None:
            return _result(Verdict(True))
        hostvars = task_vars["hostvars"]
        stopped = hostvars[before.hosts[0]].get(GATE_VARIABLE) or {}
        if stopped.get("proceed") is False:
            return {"changed": False, **{key: stopped[key] for key in ("proceed", "reason", "msg")}}
        variable = arguments["variable"]
        troubled = [host for host in before.hosts if in_trouble(host_result(hostvars[host], variable))]
        return _result(judge_wave(before, troubled, arguments["max_fail_percentage"]))


def _wave_before(task_vars: t.Mapping[str, t.Any]) -> Wave | None:
    waves, here = task_vars[WAVES_VARIABLE]["waves"], task_vars["ansible_play_batch"][0]
    number = next(wave["number"] for wave in waves if here in wave["hosts"])
    return Wave(**waves[number - 2]) if number > 1 else None


def _result(verdict: Verdict) -> Result:
    why = f"Not touched, because the run was stopped: {verdict.message}"
    return {
        "changed": False,
        "proceed": verdict.proceed,
        "reason": verdict.reason.value if verdict.reason else None,
        "msg": "The run goes on." if verdict.proceed else why,
    }
