# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of the agent's proxy on one host: look, plan, write, look again, and restart the agent when asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import is_at_work, nobody_may_work
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import not_this_run
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.restart import restart_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.proxy import (
    ProxyFile,
    ProxySettings,
    ProxyWish,
    look,
    not_reached,
    plan,
    write,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Target


@dataclass(frozen=True)
class ProxyReport:
    """What was found, what stands there now (in check mode: would stand there), and what that means for the agent."""

    before: ProxyFile
    after: ProxySettings
    changed: bool = False
    restart_needed: bool = False  # an agent runs that has read the old file
    restarted: bool = False


def converge_proxy(
    target: Target, wanted: ProxyWish, query: ProbeQuery, *, restart: bool, check_mode: bool
) -> ProxyReport:
    """One host. A failure after the file was written carries the report as the fact "report"."""
    found = look(target)
    settings = plan(found, wanted)
    if settings is None:
        return ProxyReport(found, found.settings)
    report = ProxyReport(found, settings, changed=True, restart_needed=found.running)
    if restart and found.running:
        _require_nobody_at_work(target, query)
    if check_mode:
        return report
    write(target, found, settings, keep_bypass=wanted.present and wanted.bypass is None)
    try:
        return _proven(target, wanted, query, report, restart=restart)
    except MobilityError as error:
        error.facts["report"] = report
        raise


def _require_nobody_at_work(target: Target, query: ProbeQuery) -> None:
    """A restart of the agent in the middle of an installation or a registration would break it."""
    observed = observe(target, query)
    refusal = nobody_may_work(observed) or (not_this_run(observed, None) if is_at_work(observed) else None)
    if refusal is not None:
        raise refusal


def _proven(target: Target, wanted: ProxyWish, query: ProbeQuery, report: ProxyReport, *, restart: bool) -> ProxyReport:
    after = look(target)
    if plan(after, wanted) is not None:
        raise not_reached(after)
    report = replace(report, after=after.settings)
    if not restart or not report.restart_needed or after.installation is None:
        return report
    restart_agent(target, after.installation, query)
    return replace(report, restart_needed=False, restarted=True)
