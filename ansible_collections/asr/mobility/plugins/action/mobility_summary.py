# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect what earlier tasks registered on each host of the play and show it as a table; nothing touches a target."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_summary import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import (
    Fleet,
    install_summary,
    status_summary,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result

_FAILURE_VARIABLE = "asr_mobility_failure"


class ActionModule(MobilityTask):
    """mobility_summary: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """The table, from the variables of every host of the play."""
        fleet = _fleet(task_vars, arguments["variable"])
        if arguments["kind"] == "status":
            lines = status_summary(fleet)
        else:
            lines = install_summary(fleet, check_mode=bool(self._task.check_mode))
        return {"changed": False, "msg": lines, "_ansible_verbose_always": True}


def _fleet(task_vars: t.Mapping[str, t.Any], variable: str) -> Fleet:
    hostvars = task_vars["hostvars"]
    return {host: _result_of(hostvars[host], variable) for host in task_vars["ansible_play_hosts_all"]}


def _result_of(variables: t.Mapping[str, t.Any], variable: str) -> t.Mapping[str, t.Any] | None:
    failed = variables.get(_FAILURE_VARIABLE)
    registered = variables.get(variable)
    if failed and (registered is None or not registered.get("failed")):
        return t.cast("t.Mapping[str, t.Any]", failed)
    return t.cast("t.Mapping[str, t.Any] | None", registered)
