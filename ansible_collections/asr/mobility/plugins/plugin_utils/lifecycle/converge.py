# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story of a task on one host: observe, plan, apply, verify.

Read from `converge`. State decides and exit codes advise: after every action the host is probed again, and success is
the probed state. Nothing is transferred before the plan says so; check mode stops after the plan.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import Chosen
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.apply import Run, install, rejoin
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import needs_offer, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply, offer_of
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import Outcome, judge_install
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Target

_CHANGING = (StepName.INSTALL, StepName.UPGRADE)


@dataclass(frozen=True)
class Request:
    """What one task asks for: the wanted state, where installers come from, how to probe, how long to wait (seconds)."""

    desired: Desired
    supply: Supply
    query: ProbeQuery
    timeout: int


@dataclass(frozen=True)
class Report:
    """What happened on the host, or in check mode what would."""

    before: AgentState
    after: AgentState
    steps: t.Sequence[StepName] = ()
    changed: bool = False
    installer: str | None = None
    run: Run | None = None
    outcome: Outcome | None = None
    warnings: t.Sequence[str] = ()


def converge(target: Target, request: Request, *, check_mode: bool) -> Report:
    """Bring the host to the wanted state; raises MobilityError, with a Report in facts["report"] once a run has ended."""
    observed = observe(target, request.query)
    chosen, decided = _decide(observed, request)
    if decided.refusal is not None:
        raise decided.refusal
    report = Report(
        before=observed.agent,
        after=decided.promised or observed.agent,
        steps=tuple(step.name for step in decided.steps),
        changed=decided.changes,
        installer=chosen.name.file_name if chosen and decided.changes else None,
        warnings=tuple(decided.warnings),
    )
    if check_mode:
        _foresee(request, observed, chosen, decided)
        return report
    _tidy(target, observed)
    for step in decided.steps:
        report = _STEPS[step.name](target, request, observed, chosen, step, report)
    return report


def _decide(observed: HostState, request: Request) -> tuple[Chosen | None, Plan]:
    chosen = None
    if needs_offer(observed, request.desired, request.supply.source(observed).exact):
        chosen = request.supply.choose(observed, request.desired.version)
    return chosen, plan(observed, request.desired, offer_of(chosen) if chosen else None)


def _foresee(request: Request, observed: HostState, chosen: Chosen | None, decided: Plan) -> None:
    """In check mode: refuse what the real run would refuse before it changes anything."""
    if chosen is not None and decided.changes:
        request.supply.delivery(chosen, observed).inspect(observed)


def _tidy(target: Target, observed: HostState) -> None:
    if observed.leftovers:
        target.remove_leftovers(observed.leftovers)


def _install(
    target: Target, request: Request, observed: HostState, chosen: Chosen | None, step: Step, report: Report
) -> Report:
    assert chosen is not None, "a plan with an installation has an installer"
    delivery = request.supply.delivery(chosen, observed)
    run = install(target, observed, request.desired, delivery, step, request.query.staging, request.timeout)
    return _verified(target, request, run, report, promised=report.after)


def _adopt(
    target: Target, request: Request, observed: HostState, chosen: Chosen | None, step: Step, report: Report
) -> Report:
    """Follow the run that an earlier task started, judge it, and go on from the state it left."""
    run = rejoin(target, request.query.staging, request.timeout, observed.run)
    joined = _verified(target, request, run, report)
    rest = converge(target, request, check_mode=False)
    return replace(rest, before=report.before, steps=(*report.steps, *rest.steps), changed=True, run=run, outcome=joined.outcome)


def _collect(
    target: Target, request: Request, observed: HostState, chosen: Chosen | None, step: Step, report: Report
) -> Report:
    """Keep the last words of a run that died, as a warning, and remove what it left."""
    last_words = " ".join(target.read_run_output(request.query.staging, 2048).split())[-300:]
    target.release_run(request.query.staging)
    note = f"An earlier run ({observed.run.phase.value}) was cleared away. Its output ended: {last_words or 'nothing'}"
    return replace(report, warnings=(*report.warnings, note))


_Handler = t.Callable[[Target, Request, HostState, t.Optional[Chosen], Step, Report], Report]
_STEPS: t.Mapping[StepName, _Handler] = {
    StepName.INSTALL: _install,
    StepName.UPGRADE: _install,
    StepName.ADOPT_RUN: _adopt,
    StepName.COLLECT_DEAD_RUN: _collect,
}


def _verified(
    target: Target, request: Request, run: Run, report: Report, promised: AgentState | None = None
) -> Report:
    """Probe again; the state found decides, the exit code explains."""
    after = observe(target, request.query).agent
    outcome = judge_install(run.exit_code, report.before, after, run.errors, promised)
    seen = replace(report, after=after, changed=after != report.before, run=run, outcome=outcome)
    if outcome.refusal is not None:
        outcome.refusal.facts["report"] = seen
        raise outcome.refusal
    return seen
