# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what earlier tasks left in the variables of every host as one JSON document; nothing touches a target."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.modules.mobility_report import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.evidence import (
    Run,
    begun,
    document,
    write_document,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import (
    WAVES_VARIABLE,
    play_variables,
    read_fleet,
    secret_values,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_report: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Build the document, take secrets out of it, write it."""
        variable, hosts = arguments["variable"], play_variables(task_vars)
        run = _run(arguments, task_vars, check_mode=bool(self._task.check_mode), secrets=secret_values(hosts))
        content = document(run, read_fleet(hosts, variable)) if variable else begun(run, hosts)
        write_document(Path(arguments["path"]), content)
        return {"changed": False, "path": arguments["path"], "totals": content["totals"]}


def _run(
    arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any], *, check_mode: bool, secrets: t.Collection[str]
) -> Run:
    planned = task_vars.get(WAVES_VARIABLE) or {}
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return Run(
        procedure=arguments["procedure"],
        check_mode=check_mode,
        started=planned.get("started") or now,
        ended=now if arguments["variable"] else None,
        waves={host: wave["number"] for wave in planned.get("waves") or [] for host in wave["hosts"]},
        secrets=secrets,
    )
