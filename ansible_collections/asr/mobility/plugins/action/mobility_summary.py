# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect what earlier tasks registered on each host of the play and show it as a table; nothing touches a target."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_summary import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import play_variables, read_fleet
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import (
    change_summary,
    preflight_summary,
    status_summary,
    troubles,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result

_LOOKS = {"status": status_summary, "preflight": preflight_summary}


class ActionModule(MobilityTask):
    """mobility_summary: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """The table, from the variables of every host of the play."""
        kind, fleet = arguments["kind"], read_fleet(play_variables(task_vars), arguments["variable"])
        if kind in _LOOKS:
            lines = _LOOKS[kind](fleet)
        else:
            lines = change_summary(fleet, kind, check_mode=bool(self._task.check_mode))
        return {
            "changed": False,
            "msg": lines,
            "troubled": troubles(fleet, unfit=arguments["enforce"]),
            "_ansible_verbose_always": True,
        }
