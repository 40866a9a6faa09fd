# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a driver package to a host, or show its driver: options to a request, the engine, its report to a result."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.modules.mobility_driver import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import check_remote_path
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.driver import (
    DriverReport,
    DriverState,
    Request,
    converge_driver,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_driver on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Converge one host."""
        request = _request(arguments)
        with self.target() as target:
            try:
                report = converge_driver(target, request, check_mode=self._task.check_mode)
            except MobilityError as error:
                error.facts = _result(error.facts.get("report"))
                raise
        return _result(report)


def _request(arguments: t.Mapping[str, t.Any]) -> Request:
    path, remote, scripts = (arguments[name] for name in ("package_path", "package_remote_path", "script_path"))
    return Request(
        query=ProbeQuery(arguments["staging_dir"], arguments["install_dir"]),
        timeout=arguments["timeout"],
        path=Path(path).expanduser() if path else None,
        remote_path=check_remote_path(remote) if remote else None,
        version=AgentVersion.parse(arguments["version"]) if arguments["version"] else None,
        scripts=Path(scripts).expanduser() if scripts else None,
    )


def _result(report: DriverReport | None) -> Result:
    if report is None:
        return {"changed": False}
    result: Result = {
        "changed": report.changed,
        "before": _state(report.before),
        "after": _state(report.after),
        "placed": list(report.placed),
        "reboot_required": report.reboot_reason is not None,
        "diff": {
            "before_header": "kernel driver",
            "after_header": "kernel driver",
            "before": _lines(report.before),
            "after": _lines(report.after, report.placed),
        },
    }
    extra = {"reboot_reason": report.reboot_reason, "exit_code": report.exit_code}
    result.update({key: value for key, value in extra.items() if value is not None})
    if report.warnings:
        result["warnings"] = list(report.warnings)
    return result


def _state(state: DriverState) -> Result:
    return {
        "loaded": state.loaded,
        "loaded_version": str(state.loaded_version) if state.loaded_version else None,
        "installed_version": str(state.installed_version) if state.installed_version else None,
        "health": state.health.value,
        "kernels": [
            {"release": kernel.release, "role": kernel.role, "driver": kernel.file.value, "sha256": kernel.sha256}
            for kernel in state.kernels
        ],
        "resync_possible": state.resync_hindrance is None,
        "resync_hindrance": state.resync_hindrance,
    }


def _lines(state: DriverState, placed: t.Collection[str] = ()) -> str:
    """placed: kernels that have, or in check mode would have, the package's driver."""
    lines = [f"loaded: {state.loaded} {state.loaded_version or ''}".rstrip()]
    for kernel in state.kernels:
        lines.append(f"{kernel.release}: {'current' if kernel.release in placed else kernel.file.value}")
    return "".join(f"{line}\n" for line in lines)
