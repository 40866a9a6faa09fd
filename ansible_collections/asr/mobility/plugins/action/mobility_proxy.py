# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the proxy of the agent: options to a wish, the engine, its report to a result."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_proxy import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.proxy import ProxyReport, converge_proxy
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.proxy import ProxySettings, ProxyWish, wish
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_proxy on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Converge one host."""
        wanted = _wish(arguments)
        query = ProbeQuery(arguments["staging_dir"], arguments["install_dir"])
        with self.target() as target:
            try:
                report = converge_proxy(
                    target, wanted, query, restart=arguments["restart"], check_mode=self._task.check_mode
                )
            except MobilityError as error:
                error.facts = _result(error.facts.get("report"))
                raise
        return _result(report)


def _wish(arguments: t.Mapping[str, t.Any]) -> ProxyWish:
    if arguments["state"] == "absent":
        return ProxyWish()
    return wish(arguments["address"], arguments["port"], arguments["bypass"])


def _result(report: ProxyReport | None) -> Result:
    if report is None:
        return {"changed": False}
    before, after = _plain(report.before.settings), _plain(report.after)
    return {
        "changed": report.changed,
        "path": report.before.path,
        "agent_installed": report.before.agent,
        "before": before,
        "after": after,
        "restart_needed": report.restart_needed,
        "restarted": report.restarted,
        "diff": {
            "before_header": report.before.path,
            "after_header": report.before.path,
            "before": _lines(report.before.settings),
            "after": _lines(report.after),
        },
    }


def _plain(settings: ProxySettings) -> Result:
    return {"address": settings.address, "port": settings.port, "bypass": list(settings.bypass)}


def _lines(settings: ProxySettings) -> str:
    """The section as it stands in the file; the rest of the file is not brought here."""
    values = (
        ("Address", settings.address),
        ("Port", settings.port),
        ("BypassList", ",".join(settings.bypass)),
    )
    lines = "".join(f"{name}={value}\n" for name, value in values if value)
    return f"[proxy]\n{lines}" if lines else ""
