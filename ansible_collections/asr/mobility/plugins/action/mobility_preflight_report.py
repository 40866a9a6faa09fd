# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what the checks found on every host as one JSON document; nothing touches a target."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.modules.mobility_preflight_report import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.evidence import write_document
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import (
    play_variables,
    read_fleet,
    secret_values,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.readiness import (
    preflight_begun,
    preflight_document,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_preflight_report: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Build the document, take secrets out of it, write it."""
        hosts = play_variables(task_vars)
        content = _document(hosts, arguments["variable"], secret_values(hosts))
        write_document(Path(arguments["path"]), content)
        return {"changed": False, "path": arguments["path"], "totals": content["totals"]}


def _document(
    hosts: t.Mapping[str, t.Mapping[str, t.Any]], variable: str | None, secrets: t.Collection[str]
) -> dict[str, t.Any]:
    if not variable:
        return preflight_begun(hosts, secrets)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return preflight_document(read_fleet(hosts, variable), now, secrets)
