# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story of a task on one host: observe, plan, apply, verify.

Read from `converge`. State decides and exit codes advise: after every action the host is probed again, and success is
the probed state. Nothing is transferred before the plan says so; check mode stops after the plan.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import Chosen
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.apply import (
    Run,
    Work,
    clear_away,
    died,
    install,
    read_elsewhere,
    rejoin,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import needs_offer, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply, offer_of
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import (
    Outcome,
    judge_install,
    shortfalls,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Target

_SETTLE_SECONDS = 30
_SETTLE_PAUSE = 2


@dataclass(frozen=True)
class Request:
    """What one task asks for: the wanted state, where installers come from, how to probe, seconds to wait."""

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
    """Bring the host to the wanted state.

    Raises MobilityError; once the host has been probed, facts["report"] holds a Report of what was seen and done.
    """
    observed = observe(target, request.query)
    try:
        return _from_here(target, request, observed, check_mode)
    except MobilityError as error:
        error.facts.setdefault("report", Report(before=observed.agent, after=observed.agent))
        raise


def _from_here(target: Target, request: Request, observed: HostState, check_mode: bool) -> Report:
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
    return _carry_out(_Task(target, request, observed, chosen), decided.steps, report)


def _decide(observed: HostState, request: Request) -> tuple[Chosen | None, Plan]:
    chosen = None
    if needs_offer(observed, request.desired, request.supply.source(observed).exact):
        chosen = request.supply.choose(observed, request.desired.version)
    return chosen, plan(observed, request.desired, offer_of(chosen) if chosen else None)


def _foresee(request: Request, observed: HostState, chosen: Chosen | None, decided: Plan) -> None:
    """In check mode: refuse what the real run would refuse before it changes anything."""
    if chosen is not None and decided.changes:
        request.supply.delivery(chosen, observed).foresee(observed)


@dataclass(frozen=True)
class _Task:
    """What every step needs to know."""

    target: Target
    request: Request
    observed: HostState
    chosen: Chosen | None

    @property
    def work(self) -> Work:
        request = self.request
        return Work(self.target, self.observed, request.desired, request.query, request.timeout)


def _carry_out(task: _Task, steps: t.Sequence[Step], report: Report) -> Report:
    if task.observed.leftovers:
        task.target.remove_leftovers(task.observed.leftovers)
    for step in steps:
        report = _STEPS[step.name](task, step, report)
    return report


def _install(task: _Task, step: Step, report: Report) -> Report:
    if task.chosen is None:
        raise AssertionError("a plan with an installation has an installer")
    delivery = task.request.supply.delivery(task.chosen, task.observed)
    return _verified(task, install(task.work, delivery, step), report, promised=report.after)


def _adopt(task: _Task, step: Step, report: Report) -> Report:
    """Follow the run that an earlier task started, judge it, and go on from the state it left."""
    joined = _verified(task, rejoin(task.work), report, promised=report.after)
    rest = converge(task.target, task.request, check_mode=False)
    steps = (*report.steps, *rest.steps)
    return replace(rest, before=report.before, steps=steps, changed=True, run=joined.run, outcome=joined.outcome)


def _collect(task: _Task, step: Step, report: Report) -> Report:
    """Keep the last words of a run that died, as a warning, and remove what it left."""
    staging = task.request.query.staging
    last_words = " ".join(task.target.read_run_output(staging, 2048).split())[-300:]
    clear_away(task.target, staging)
    phase = task.observed.run.phase.value
    note = f"An earlier run ({phase}) was cleared away. Its output ended: {last_words or 'nothing'}"
    return replace(report, warnings=(*report.warnings, note))


_STEPS: t.Mapping[StepName, t.Callable[[_Task, Step, Report], Report]] = {
    StepName.INSTALL: _install,
    StepName.UPGRADE: _install,
    StepName.ADOPT_RUN: _adopt,
    StepName.COLLECT_DEAD_RUN: _collect,
}


def _verified(task: _Task, run: Run | None, report: Report, promised: AgentState | None = None) -> Report:
    """Probe again; the state found decides, the exit code explains.

    run: None when another task has read the result: then the host has to show it, as after the code 0.
    """
    after = _settled(task, promised)
    code, errors = (run.exit_code, run.errors) if run else (0, ())
    outcome = judge_install(code, report.before, after, errors, promised)
    seen = replace(report, after=after, changed=after != report.before, run=run, outcome=outcome)
    seen = replace(seen, warnings=(*seen.warnings, *_cleared(task, run)))
    refusal = _refusal(outcome, run, task.request.query.staging)
    if refusal is not None:
        refusal.facts["report"] = seen
        raise refusal
    return seen


def _refusal(outcome: Outcome, run: Run | None, staging: str) -> MobilityError | None:
    if outcome.refusal is None:
        return None
    if run is None:
        return read_elsewhere(staging)
    return died(run) if run.died else outcome.refusal


def _cleared(task: _Task, run: Run | None) -> tuple[str, ...]:
    """Tidy up after the verdict; what cannot be tidied is a warning and never hides how the run ended."""
    if run is None:
        return ()
    try:
        clear_away(task.target, task.request.query.staging)
    except MobilityError as error:
        return (f"The staging directory {task.request.query.staging} was not cleared away: {error.found}",)
    return ()


def _settled(task: _Task, promised: AgentState | None) -> AgentState:
    """The agent after a run; daemons that were promised get some seconds to come up, nothing else is waited for."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        after = observe(task.target, task.request.query).agent
        waiting = promised is not None and promised.running and not after.running
        if not waiting or shortfalls(after, _without_daemons(promised)) or time.monotonic() >= deadline:
            return after
        time.sleep(_SETTLE_PAUSE)


def _without_daemons(promised: AgentState | None) -> AgentState:
    return replace(promised, daemons={}) if promised else AgentState()
