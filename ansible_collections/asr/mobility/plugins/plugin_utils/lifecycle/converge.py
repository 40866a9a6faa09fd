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

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
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
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import read_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import needs_offer, needs_tree_size, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply, offer_of
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import (
    Outcome,
    judge_install,
    shortfalls,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Target

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
    measured = _measured(target, request, observed, decided)
    if check_mode:
        _foresee(request, measured, chosen, decided)
        return report
    return _carry_out(_Task(target, request, measured, chosen), decided.steps, report)


def _measured(target: Target, request: Request, observed: HostState, decided: Plan) -> HostState:
    """Before an upgrade also the size of the old program tree, which costs too much for a converged host."""
    if not needs_tree_size(decided, observed):
        return observed
    tree_bytes = observe(target, replace(request.query, tree_size=True)).agent.tree_bytes
    return replace(observed, agent=replace(observed.agent, tree_bytes=tree_bytes))


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
    """Follow the run that an earlier task started, judge it by what it was started for, and go on from there."""
    judged = _judged(task, report)
    if _not_cleared(judged, report):
        return judged
    try:
        rest = converge(task.target, task.request, check_mode=False)
    except MobilityError as error:
        error.facts["report"] = _joined(judged, error.facts.get("report", judged))
        raise
    return _joined(judged, rest)


def _judged(task: _Task, report: Report) -> Report:
    """The verdict on an adopted run; the host in the middle of a run tells neither the state before nor the promise."""
    intent, seen = read_manifest(task.observed.run.manifest), task.observed.agent
    if intent is not None:
        report = replace(report, before=intent.before_of(seen), installer=intent.offer.file_name)
    try:
        judged = _verified(task, rejoin(task.work), report, promised=intent.promised(seen) if intent else None)
    except MobilityError as error:
        return _failed_earlier(task, error, report)
    return judged if intent else replace(judged, changed=True)


def _failed_earlier(task: _Task, error: MobilityError, report: Report) -> Report:
    """A run that was still going fails this task; one that had ended unread is the failure of an earlier task.

    Raises what is no verdict on the run, and a verdict after which the host must be left as it is.
    """
    seen = error.facts.get("report")
    if seen is None and error.reason is not Reason.INSTALLER_CORRUPT:
        raise error
    found = f"the run started earlier: {error.found}"
    told = MobilityError(error.reason, found=found, expected=error.expected, remedy=error.remedy, facts=error.facts)
    final = error.reason is Reason.INITRD_NOT_RESTORED or _not_cleared(seen or report, report)
    if task.observed.run.phase is not RunPhase.FINISHED or final:
        raise told from error
    note = f"An earlier run ended unread, and failed: {error.found}. {error.remedy}"
    seen = seen or report
    return replace(seen, run=None, outcome=None, warnings=(*seen.warnings, note))


def _not_cleared(seen: Report, report: Report) -> bool:
    """True when the verdict left a warning that the run is still there: to go on would mean to adopt it again."""
    return len(seen.warnings) > len(report.warnings) and seen.outcome is not None


def _joined(first: Report, rest: Report) -> Report:
    """One report of an adopted run and of what came after it; a restart that either recommends is recommended."""
    outcome, warnings = rest.outcome or first.outcome, first.warnings
    if first.outcome is not None and rest.outcome is not None:
        warnings = (*warnings, *filter(None, [first.outcome.warning]))
        may_restart = rest.outcome.reason is not Reason.INITRD_NOT_RESTORED
        if first.outcome.reboot_required and may_restart and not rest.outcome.reboot_required:
            outcome = replace(rest.outcome, reboot_required=True, reboot_reason=first.outcome.reboot_reason)
    return replace(
        rest,
        before=first.before,
        steps=(*first.steps, *rest.steps),
        changed=first.changed or rest.changed,
        installer=rest.installer or first.installer,
        run=rest.run or first.run,
        outcome=outcome,
        warnings=(*warnings, *rest.warnings),
    )


def _collect(task: _Task, step: Step, report: Report) -> Report:
    """Keep the last words of a run that died, as a warning, and remove what it left."""
    staging = task.request.query.staging
    last_words = " ".join(task.target.read_run_output(staging, 2048).split())[-300:]
    clear_away(task.target, staging, task.observed.run.token)
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
