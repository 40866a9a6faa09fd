# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story of a task on one host: observe, plan, apply, verify.

Read from `converge`. State decides and exit codes advise: after every action the host is probed again, and success is
the probed state. Nothing is transferred before the plan says so; check mode stops after the plan. What is special to
installing, registering or removing is a Procedure; the story is the same for all of them.
"""

from __future__ import annotations

import abc
import time
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import Chosen
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    Program,
    Run,
    Site,
    clear_away,
    died,
    read_elsewhere,
    rejoin,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import DIRECT, Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.package_manager import when_free
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import is_unfinished_registration
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report, joined
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.marks import Mark, leave_mark, remove_mark
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import Outcome, shortfalls
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.recovery import recover_registration
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.rescue import rescue_configuration
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.revival import start_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Target

_SETTLE_SECONDS = 30
_SETTLE_PAUSE = 2


@dataclass(frozen=True)
class Decision:
    """A plan, and the installer it was made with, if one was asked for."""

    plan: Plan
    chosen: Chosen | None = None


@dataclass(frozen=True)
class Intent:
    """What an earlier run was started for: the agent before it, the agent it leads to, its installer file."""

    before: AgentState
    promised: AgentState
    installer: str | None = None


@dataclass(frozen=True)
class Task:
    """What every step needs to know: the host, what was seen of it, and what was decided."""

    target: Target
    observed: HostState
    decision: Decision
    site: Site


class Procedure(abc.ABC):
    """What is special to one module: how it decides, acts and judges. converge() calls it, and nobody else.

    query: how to probe. timeout: seconds to wait for a program. program: the one that its runs run. unseen_change: a
    run that reached its aim has changed the host, even where the agent looks as before (a passphrase is not shown).
    """

    query: ProbeQuery
    timeout: int
    program: Program
    unseen_change: bool = False

    @abc.abstractmethod
    def decide(self, observed: HostState) -> Decision:
        """From what is seen to a plan; touches no host."""

    def look_closer(self, decided: Plan, observed: HostState) -> ProbeQuery | None:
        """A query that costs more and is needed for this plan only; the decision is then made again with its answer."""
        return None

    @abc.abstractmethod
    def foresee(self, target: Target, observed: HostState, decision: Decision) -> None:
        """In check mode: refuse what the real run would refuse before it changes anything."""

    @abc.abstractmethod
    def run(self, task: Task, step: Step) -> Run | None:
        """Carry out a step as a detached run. None: another task has read its result."""

    def do(self, task: Task, step: Step) -> None:
        """Carry out a step of model.DIRECT, at once."""
        raise AssertionError(f"no plan of this procedure holds {step.name.value}")

    @abc.abstractmethod
    def intent(self, manifest: t.Mapping[str, str], seen: AgentState) -> Intent | None:
        """What a run with this manifest was started for; None when it cannot be told."""

    @abc.abstractmethod
    def judge(
        self,
        code: int,
        before: AgentState,
        after: AgentState,
        errors: t.Sequence[InstallerError],
        promised: AgentState | None,
    ) -> Outcome:
        """The verdict on a run; promised is None for a run that left no manifest."""

    def heard(self, run: Run) -> t.Sequence[str]:
        """Take in what a run said, before it is judged; returns what the result should warn of."""
        return ()

    def remarks(self) -> t.Sequence[str]:
        """What the result should warn of besides; each is told once."""
        return ()

    def leaves_unfinished(self, after: AgentState, promised: AgentState | None) -> bool:
        """Whether a failed run left what looks finished, so that only a mark makes the next task carry on."""
        return False

    def may_revive(self, code: int, before: AgentState, after: AgentState, promised: AgentState | None) -> bool:
        """Whether daemons that were left stopped may be started by us; asked for a whole registered agent only."""
        return True


def converge(target: Target, procedure: Procedure, *, check_mode: bool) -> Report:
    """Bring the host to the wanted state.

    Raises MobilityError; once the host has been probed, facts["report"] holds a Report of what was seen and done.
    """
    observed = observe(target, procedure.query)
    try:
        return _from_here(target, procedure, observed, check_mode)
    except MobilityError as error:
        broken = error.reason is Reason.REGISTRATION_NOT_RESTORED and "report" not in error.facts
        after = observe(target, procedure.query).agent if broken else observed.agent
        found = Report(before=observed.agent, after=after, changed=after != observed.agent)
        error.facts.setdefault("report", found)
        raise


def _from_here(target: Target, procedure: Procedure, observed: HostState, check_mode: bool) -> Report:
    observed, decision = _decided(target, procedure, observed)
    plan = decision.plan
    if plan.refusal is not None:
        raise plan.refusal
    report = Report(
        before=observed.agent,
        after=plan.promised or observed.agent,
        steps=tuple(step.name for step in plan.steps),
        changed=plan.changes,
        installer=decision.chosen.name.file_name if decision.chosen and plan.uses_installer else None,
        warnings=tuple(plan.warnings),
    )
    if check_mode:
        procedure.foresee(target, observed, decision)
        return report.warned(*procedure.remarks())
    return _carry_out(_Story(target, procedure, observed, decision), report)


def _decided(target: Target, procedure: Procedure, observed: HostState) -> tuple[HostState, Decision]:
    """The decision; made anew when a package manager has ended, and with what only a closer look tells."""
    decision = procedure.decide(observed)
    if decision.plan.refusal is not None and decision.plan.refusal.reason is Reason.PACKAGE_MANAGER_BUSY:
        observed = when_free(observed, lambda: observe(target, procedure.query))
        decision = procedure.decide(observed)
    closer = None if decision.plan.refusal is not None else procedure.look_closer(decision.plan, observed)
    if closer is None:
        return observed, decision
    seen = when_free(observe(target, closer), lambda: observe(target, closer))
    return seen, procedure.decide(seen)


@dataclass(frozen=True)
class _Story:
    """One task on one host after its decision."""

    target: Target
    procedure: Procedure
    observed: HostState
    decision: Decision

    @property
    def staging(self) -> str:
        """The directory of root in which a run is made."""
        return self.procedure.query.staging

    @property
    def site(self) -> Site:
        """Where the procedure's program runs."""
        return Site(self.target, self.staging, self.procedure.program, self.procedure.timeout)

    @property
    def task(self) -> Task:
        """What a step is told."""
        return Task(self.target, self.observed, self.decision, self.site)


def _carry_out(story: _Story, report: Report) -> Report:
    if story.observed.leftovers:
        story.target.remove_leftovers(story.observed.leftovers)
    if _is_outdated(story):
        before = replace(report, steps=(), after=story.observed.agent, changed=True, installer=None, warnings=())
        before = before.warned("The configuration that a broken upgrade had saved was put back.")
        return joined(before, converge(story.target, story.procedure, check_mode=False))
    for step in story.decision.plan.steps:
        report = _STEPS.get(step.name, _run)(story, step, report)
    return report


def _is_outdated(story: _Story) -> bool:
    """True when a dead run had left the agent without its registration, which is back now: plan from that."""
    collects = any(step.name is StepName.COLLECT_DEAD_RUN for step in story.decision.plan.steps)
    return collects and rescue_configuration(story.target, story.site.run_directory)


def _run(story: _Story, step: Step, report: Report) -> Report:
    promised = step.promised or report.after
    run = story.procedure.run(story.task, step)
    return _again(story, report) if _is_unseen(story, run) else _verified(story, run, report, promised)


def _is_unseen(story: _Story, run: Run | None) -> bool:
    """True when another task has read the result, and the host alone does not tell it: only a new plan does."""
    return run is None and story.procedure.unseen_change


def _do(story: _Story, step: Step, report: Report) -> Report:
    """A step without a run: the next look has to show what it promised."""
    promised = step.promised or report.after
    story.procedure.do(story.task, step)
    after = _settled(story, promised)
    seen = replace(report, after=after, changed=True)
    gaps = shortfalls(after, promised)
    if gaps:
        raise _not_reached(step, gaps, seen)
    return seen


def _not_reached(step: Step, gaps: t.Sequence[str], seen: Report) -> MobilityError:
    return MobilityError(
        Reason.STATE_NOT_REACHED,
        found=f"on the host after the step {step.name.value}: {', '.join(gaps)}",
        expected="the state that the step leads to",
        remedy="Read the agent's logs in /var/log, then run the task again.",
        facts={"report": seen},
    )


def _adopt(story: _Story, step: Step, report: Report) -> Report:
    """Follow the run that an earlier task started, judge it by what it was started for, and go on from there."""
    judged = _judged(story, report)
    return judged if _not_cleared(judged, report) else _again(story, judged)


def _again(story: _Story, first: Report) -> Report:
    """Plan anew, from what the host shows now."""
    try:
        rest = converge(story.target, story.procedure, check_mode=False)
    except MobilityError as error:
        error.facts["report"] = joined(first, error.facts.get("report", first))
        raise
    return joined(first, rest)


def _judged(story: _Story, report: Report) -> Report:
    """The verdict on an adopted run; the host in the middle of a run tells neither the state before nor the promise."""
    intent = story.procedure.intent(story.observed.run.manifest, story.observed.agent)
    if intent is not None:
        report = replace(report, before=intent.before, installer=intent.installer)
    try:
        run = rejoin(story.site)
        if _is_unseen(story, run):
            return replace(report, changed=True)
        judged = _verified(story, run, report, intent.promised if intent else None)
    except MobilityError as error:
        return _failed_earlier(story, error, report)
    return judged if intent else replace(judged, changed=True)


def _failed_earlier(story: _Story, error: MobilityError, report: Report) -> Report:
    """A run that was still going fails this task; one that had ended unread is the failure of an earlier task.

    Raises what is no verdict on the run, and a verdict after which the host must be left as it is.
    """
    seen = error.facts.get("report")
    if seen is None and error.reason is not Reason.INSTALLER_CORRUPT:
        raise error
    found = f"the run started earlier: {error.found}"
    told = MobilityError(error.reason, found=found, expected=error.expected, remedy=error.remedy, facts=error.facts)
    final = error.reason is Reason.INITRD_NOT_RESTORED or _not_cleared(seen or report, report)
    if story.observed.run.phase is not RunPhase.FINISHED or final:
        raise told from error
    note = f"An earlier run ended unread, and failed: {error.found}. {error.remedy}"
    return replace(seen or report, run=None, outcome=None).warned(note)


def _not_cleared(seen: Report, report: Report) -> bool:
    """True when the verdict left a warning that the run is still there: to go on would mean to adopt it again."""
    return any(note.startswith(_NOT_CLEARED) for note in seen.warnings[len(report.warnings) :])


_NOT_CLEARED = "The staging directory "
_PUT_BACK = "An earlier registration died; what was there before it was put back."


def _collect(story: _Story, step: Step, report: Report) -> Report:
    """Keep the last words of a run that died, or that another module left unread, and remove what it left."""
    run, staging = story.observed.run, story.staging
    last_words = " ".join(story.target.read_run_output(staging, 2048).split())[-300:]
    put_back = recover_registration(story.target, story.site.run_directory)
    clear_away(story.target, staging, run.token)
    phase = run.phase.value if run.exit_code is None else f"{run.phase.value}, exit code {run.exit_code}"
    told = report.warned(f"An earlier run ({phase}) was cleared away. Its output ended: {last_words or 'nothing'}")
    told = replace(told, changed=bool(put_back)).warned(*([_PUT_BACK] if put_back else []))
    return _again(story, told) if put_back or is_unfinished_registration(story.observed) else told


_STEPS: t.Mapping[StepName, t.Callable[[_Story, Step, Report], Report]] = {
    StepName.ADOPT_RUN: _adopt,
    StepName.COLLECT_DEAD_RUN: _collect,
    **dict.fromkeys(DIRECT, _do),
}


def _verified(story: _Story, run: Run | None, report: Report, promised: AgentState | None) -> Report:
    """Probe again; the state found decides, the exit code explains.

    run: None when another task has read the result: then the host has to show it, as after the code 0.
    """
    code, errors = (run.exit_code, run.errors) if run else (0, ())
    settled = _settled(story, promised)
    after, notes = _revived(story, code, report.before, promised, settled)
    heard = story.procedure.heard(run) if run else ()
    outcome = story.procedure.judge(code, report.before, after, errors, promised)
    if notes and outcome.cut_short:  # daemons that we have started prove nothing of what the run had left to do
        outcome = story.procedure.judge(code, report.before, settled, errors, promised)
    unseen = (outcome.success and story.procedure.unseen_change) or (run is not None and run.put_back)
    changed = after != report.before or unseen
    seen = replace(report, after=after, changed=changed, run=run, outcome=outcome)
    refusal = _refusal(outcome, run, story.staging)
    seen = seen.warned(*notes, *heard, *story.procedure.remarks(), *_put_away(story, run, refusal, after, promised))
    if refusal is not None:
        refusal.facts["report"] = seen
        raise refusal
    return seen


def _put_away(
    story: _Story, run: Run | None, refusal: MobilityError | None, after: AgentState, promised: AgentState | None
) -> tuple[str, ...]:
    """Leave on the host what later tasks must know of this run, then tidy up; without the first the run is kept."""
    marks = {Mark.DO_NOT_RESTART} if refusal and refusal.reason is Reason.INITRD_NOT_RESTORED else set()
    if refusal is not None and story.procedure.leaves_unfinished(after, promised):
        marks |= {Mark.UNFINISHED}
    try:
        for mark in sorted(marks):
            leave_mark(story.target, mark)
        if refusal is None and after.unfinished:
            remove_mark(story.target, Mark.UNFINISHED)
    except MobilityError as error:
        return (f"{_NOT_CLEARED}{story.staging} was kept, the host could not be marked: {error.found}",)
    return _cleared(story, run)


def _refusal(outcome: Outcome, run: Run | None, staging: str) -> MobilityError | None:
    if outcome.refusal is None:
        return None
    if run is None:
        return read_elsewhere(staging)
    return died(run) if run.died and not run.put_back else outcome.refusal


def _cleared(story: _Story, run: Run | None) -> tuple[str, ...]:
    """Tidy up after the verdict; what cannot be tidied is a warning and never hides how the run ended."""
    if run is None:
        return ()
    try:
        clear_away(story.target, story.staging)
    except MobilityError as error:
        return (f"{_NOT_CLEARED}{story.staging} was not cleared away: {error.found}",)
    return ()


def _settled(story: _Story, promised: AgentState | None) -> AgentState:
    """The agent after a run; daemons that were promised get some seconds to come up, nothing else is waited for."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        after = observe(story.target, story.procedure.query).agent
        waiting = promised is not None and promised.running and not after.running
        if not waiting or shortfalls(after, _without_daemons(promised)) or time.monotonic() >= deadline:
            return after
        time.sleep(_SETTLE_PAUSE)


def _without_daemons(promised: AgentState | None) -> AgentState:
    return replace(promised, daemons={}) if promised else AgentState()


def _revived(
    story: _Story, code: int, before: AgentState, promised: AgentState | None, after: AgentState
) -> tuple[AgentState, tuple[str, ...]]:
    """A registered agent that ran before and was left stopped is started again, and the result says so."""
    whole = after.presence is Presence.INSTALLED and after.registration is Registration.OK and not after.migrating
    stopped = before.running and not after.running
    if not (whole and stopped and story.procedure.may_revive(code, before, after, promised)):
        return after, ()
    start_agent(story.target, after)
    again = _settled(story, replace(after, daemons=before.daemons))
    if again.running:
        return again, ("The agent was left stopped and was started again.",)
    return again, ("The agent was left stopped and did not come up when it was started again.",)
