# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the engine's report to the result of mobility_agent; the same keys on success and on failure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.describe import describe_agent, describe_diff

Result = dict[str, t.Any]


def report_result(report: Report | None) -> Result:
    """The result of a report; nothing when the host was refused before it could be probed."""
    if report is None:
        return {"changed": False}
    result: Result = {
        "changed": report.changed,
        "before": describe_agent(report.before),
        "after": describe_agent(report.after),
        "steps": [step.value for step in report.steps],
        "diff": describe_diff(report.before, report.after),
        "reboot_required": False,
    }
    if report.installer:
        result["installer"] = report.installer
    warnings = [*report.warnings, *_of_the_outcome(report)]
    if warnings:
        result["warnings"] = warnings
    return {**result, **_of_the_run(report)}


def _of_the_outcome(report: Report) -> list[str]:
    """What the exit code of a success warns of; a failure says it in its message."""
    warning = report.outcome.warning if report.outcome is not None else None
    return [warning] if warning else []


def _of_the_run(report: Report) -> Result:
    if report.run is None:
        return {}
    facts: Result = {
        "exit_code": report.run.exit_code,
        "installer_errors": [dataclasses.asdict(error) for error in report.run.errors],
    }
    if report.outcome is not None and report.outcome.reboot_reason:
        facts.update(reboot_required=True, reboot_reason=report.outcome.reboot_reason)
    return facts
