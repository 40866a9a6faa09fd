# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story of a registration on one host: observe, plan, check the way there, apply, verify.

Read from `register`. A registration stops a healthy agent, so whatever can be refused is refused before: by the plan,
by the file's fitness, and by trying every name and port from the host. The configurator runs detached; its body puts
back what was there when it fails. Passphrase and file reach the host as a file of root's alone, and nothing else of
them leaves this process.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import tempfile
import time
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    CONFIGURATOR,
    Run,
    Site,
    carry_out,
    clear_away,
    died,
    read_elsewhere,
    rejoin,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    Plan,
    Step,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import (
    MANIFEST_PURPOSE,
    Relation,
    Wanted,
    plan_registration,
    relation_of,
    stack_to_leave,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_refusals import not_started
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report, joined
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.bodies import (
    Ground,
    move_body,
    notes_of,
    recover_script,
    register_body,
    unregister_body,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import (
    Endpoint,
    Need,
    judge_answers,
    needs_of_appliance,
    needs_of_caller,
    needs_of_server,
    parse_answers,
    reachability_script,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.verdict import (
    Ending,
    judge_registration,
    shortfalls,
    warnings_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.revival import start_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Registration,
    Stack,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script, Target

_SETTLE_SECONDS = 40
_SETTLE_PAUSE = 2
_TALKS_TO_SERVER = (StepName.REGISTER, StepName.MOVE)
_MANIFEST_REACHABLE = "reachable"
_MANIFEST_BEFORE = ("before_registration", "before_running", "before_install_dir")
_YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Request:
    """What one task asks for. secret: content of the passphrase or configuration file; endpoints: what else to try."""

    wanted: Wanted
    query: ProbeQuery
    timeout: int
    secret: str = field(default="", repr=False)
    endpoints: t.Sequence[Endpoint] = ()
    check_reachability: bool = True


def register(target: Target, request: Request, *, check_mode: bool) -> Report:
    """Bring the registration of a host to the wanted state.

    Raises MobilityError; once the host has been probed, facts["report"] holds a Report of what was seen and done.
    """
    observed = observe(target, request.query)
    try:
        return _from_here(_Task(target, request, observed), check_mode)
    except MobilityError as error:
        error.facts.setdefault("report", Report(before=observed.agent, after=observed.agent))
        raise


@dataclass(frozen=True)
class _Task:
    """What every step needs to know."""

    target: Target
    request: Request
    observed: HostState

    @property
    def site(self) -> Site:
        return Site(self.target, self.request.query.staging, CONFIGURATOR, self.request.timeout)

    @property
    def wanted(self) -> Wanted:
        """With the server's name as the agent has it: the configurator compares it letter by letter."""
        wanted, known = self.request.wanted, self.observed.agent.configuration_server
        same = known is not None and wanted.server is not None and known.casefold() == wanted.server.casefold()
        return replace(wanted, server=known) if same else wanted


def _from_here(task: _Task, check_mode: bool) -> Report:
    observed = task.observed
    decided = plan_registration(observed, task.wanted, datetime.datetime.now(datetime.timezone.utc))
    if decided.refusal is not None:
        raise decided.refusal
    warned = [*decided.warnings, *_checked_way(task, decided)]
    report = Report(
        before=observed.agent,
        after=decided.promised or observed.agent,
        steps=tuple(step.name for step in decided.steps),
        changed=decided.changes,
        warnings=tuple(warned),
    )
    if check_mode:
        return report
    if observed.leftovers:
        task.target.remove_leftovers(observed.leftovers)
    return _carried_out(task, decided.steps, report)


# --- the way there ----------------------------------------------------------------------------------------------


def _checked_way(task: _Task, decided: Plan) -> list[str]:
    """Raises endpoint_unreachable before anything is stopped; warnings for what is not reached and not needed."""
    needed = any(step.name in _TALKS_TO_SERVER for step in decided.steps)
    needs = _needs(task.request) if needed and task.request.check_reachability else []
    if not needs:
        return []
    answers = parse_answers(task.target.run(reachability_script(needs)).output)
    refusal, warnings = judge_answers(needs, answers)
    if refusal is not None:
        raise refusal
    return warnings


def _needs(request: Request) -> list[Need]:
    wanted = request.wanted
    if wanted.stack is Stack.CLASSIC:
        needs = needs_of_server(str(wanted.server), wanted.port)
    else:
        needs = needs_of_appliance(wanted.place.appliance)
    return [*needs, *needs_of_caller(request.endpoints)]


# --- the steps --------------------------------------------------------------------------------------------------


def _carried_out(task: _Task, steps: t.Sequence[Step], report: Report) -> Report:
    """The one step of a plan; one that only clears the way plans again from what is there then."""
    if not steps:
        return report
    return _STEPS[steps[0].name](task, steps[0], report)


def _start(task: _Task, step: Step, report: Report) -> Report:
    """A registered agent that does not run."""
    start_agent(task.target, task.observed.agent)
    after = _settled(task).agent
    seen = replace(report, after=after, changed=after != report.before)
    if not after.running:
        raise not_started(after, seen)
    return seen


def _detached(task: _Task, step: Step, report: Report) -> Report:
    run = carry_out(task.site, _manifest(task, step), lambda folder: _prepared(task, step, folder))
    return _verified(task, run, report, _Intent(task.wanted, step.name, task.request.check_reachability))


def _prepared(task: _Task, step: Step, run_directory: str) -> Script:
    """Bring the secret, when the step needs one, and return the body."""
    ground = Ground(run_directory, CONFIGURATOR.log_file, task.observed.agent)
    if step.name is StepName.UNREGISTER:
        return unregister_body(ground, stack_to_leave(task.observed.agent))
    _bring_secret(task, f"{run_directory}/secret")
    if step.name is StepName.MOVE:
        leaves = relation_of(task.observed, task.wanted) is Relation.OTHER_VAULT
        return move_body(ground, task.wanted, leave_vault=leaves)
    return register_body(ground, task.wanted)


def _bring_secret(task: _Task, destination: str) -> None:
    """The checksum stands in a command text, so a random line before the secret keeps it from telling anything."""
    content = f"{secrets.token_hex(32)}\n{task.request.secret}".encode()
    with tempfile.TemporaryDirectory(prefix="asr-mobility-") as folder:
        source = Path(folder) / "secret"
        source.touch(0o600)
        source.write_bytes(content)
        upload = task.target.upload(source, "secret")
    task.target.stage(upload, destination, hashlib.sha256(content).hexdigest())


def _adopt(task: _Task, step: Step, report: Report) -> Report:
    """Follow the run that an earlier task started, judge it by what it was for, and go on from there."""
    judged = _adopted(task, report)
    if judged.outcome is not None and len(judged.warnings) > len(report.warnings) and not _is_cleared(task):
        return judged
    return _again(task, judged)


def _adopted(task: _Task, report: Report) -> Report:
    """A run that was still going fails this task; one that had ended unread is the failure of an earlier task."""
    run, intent = task.observed.run, _intent_of(task)
    report = replace(report, before=_before(run.manifest, task.observed.agent))
    try:
        return _verified(task, rejoin(task.site), report, intent)
    except MobilityError as error:
        seen = error.facts.get("report")
        if seen is None:
            raise
        if run.phase is RunPhase.RUNNING or not _is_cleared(task):
            found = f"the run started earlier: {error.found}"
            raise MobilityError(
                error.reason, found=found, expected=error.expected, remedy=error.remedy, facts=error.facts
            ) from error
        note = f"An earlier run ended unread, and failed: {error.found}. {error.remedy}"
        return t.cast(Report, replace(seen, run=None, outcome=None)).warned(note)


def _collect(task: _Task, step: Step, report: Report) -> Report:
    """What a run left that died: its last words as a warning, the registration before it put back."""
    target, staging, run = task.target, task.request.query.staging, task.observed.run
    words = " ".join(target.read_run_output(staging, 2048).split())[-300:]
    before = _before(run.manifest, task.observed.agent)
    notes: tuple[str, ...] = ()
    if run.phase is RunPhase.DEAD:
        ground = Ground(task.site.run_directory, CONFIGURATOR.log_file, before)
        notes = notes_of(target.run(recover_script(ground)).output)
    clear_away(target, staging, run.token)
    back = " The registration before it was put back." if notes else ""
    note = f"An earlier run ({run.phase.value}) was cleared away. Its output ended: {words or 'nothing'}.{back}"
    return _again(task, replace(report, before=before, steps=(step.name,), changed=False).warned(note))


def _again(task: _Task, first: Report) -> Report:
    """Plan again from what the host shows now."""
    try:
        rest = register(task.target, task.request, check_mode=False)
    except MobilityError as error:
        error.facts["report"] = joined(first, error.facts.get("report", first))
        raise
    return joined(first, rest)


def _is_cleared(task: _Task) -> bool:
    """Whether the run that was read is gone, so that the next plan does not meet it again."""
    return observe(task.target, task.request.query).run.phase is RunPhase.NONE


_STEPS: t.Mapping[StepName, t.Callable[[_Task, Step, Report], Report]] = {
    StepName.ADOPT_RUN: _adopt,
    StepName.COLLECT_DEAD_RUN: _collect,
    StepName.START: _start,
    StepName.REGISTER: _detached,
    StepName.MOVE: _detached,
    StepName.UNREGISTER: _detached,
}


# --- what a later task must know of a run -------------------------------------------------------------------------


def _manifest(task: _Task, step: Step) -> dict[str, str]:
    """Plain values without a secret."""
    agent = task.observed.agent
    return {
        MANIFEST_ACTION: step.name.value,
        MANIFEST_PURPOSE: task.request.wanted.purpose,
        _MANIFEST_REACHABLE: _YES_NO[task.request.check_reachability],
        "before_registration": agent.registration.value,
        "before_running": _YES_NO[agent.running],
        "before_install_dir": agent.install_dir or "",
    }


@dataclass(frozen=True)
class _Intent:
    """What a run was for. wanted: None when it was for something else than this task."""

    wanted: Wanted | None
    action: StepName
    reachable: bool

    @property
    def present(self) -> bool:
        return self.action is not StepName.UNREGISTER

    def gaps(self, after: HostState) -> list[str]:
        """What the host does not show of it."""
        stack = self.wanted.stack if self.wanted and self.present else None
        found = shortfalls(after.agent, stack, present=self.present)
        elsewhere = (Relation.OTHER_SERVER, Relation.OTHER_VAULT, Relation.OTHER_APPLIANCE)
        if not found and self.wanted and self.present and relation_of(after, self.wanted) in elsewhere:
            found.append("the agent registered elsewhere")
        return found


def _intent_of(task: _Task) -> _Intent:
    manifest = task.observed.run.manifest
    same = manifest.get(MANIFEST_PURPOSE) == task.request.wanted.purpose
    reachable = manifest.get(_MANIFEST_REACHABLE) == "yes"
    return _Intent(task.wanted if same else None, StepName(manifest[MANIFEST_ACTION]), reachable)


def _before(manifest: t.Mapping[str, str], seen: AgentState) -> AgentState:
    """The agent before a run, in the fields that a verdict needs; without them as it is seen now."""
    if not all(key in manifest for key in _MANIFEST_BEFORE):
        return seen
    running = manifest["before_running"] == "yes"
    known = {status.value: status for status in Registration}
    return replace(
        seen,
        registration=known.get(manifest["before_registration"], Registration.UNKNOWN),
        daemons=dict.fromkeys(seen.daemons, running),
        respawn_disabled=seen.respawn_disabled and not running,
        install_dir=manifest["before_install_dir"] or seen.install_dir,
    )


# --- verify -----------------------------------------------------------------------------------------------------


def _verified(task: _Task, run: Run | None, report: Report, intent: _Intent) -> Report:
    """Look again; the state found decides. run: None when another task has read it, then the host has to show it."""
    seen = _settled(task) if intent.present else observe(task.target, task.request.query)
    ending = _ending(run, intent)
    outcome = judge_registration(ending, report.before, seen.agent, intent.gaps(seen))
    failed = outcome.refusal is not None
    result = replace(
        report, after=seen.agent, changed=not failed or seen.agent != report.before, run=run, outcome=outcome
    )
    result = result.warned(*_cleared(task, run))
    if outcome.refusal is not None:
        refusal = _refusal(outcome.refusal, run, task.site.staging)
        refusal.facts["report"] = result
        raise refusal
    return result.warned(*warnings_of(ending, seen.agent))


def _ending(run: Run | None, intent: _Intent) -> Ending:
    if run is None:
        return Ending(0, present=intent.present)
    return Ending(run.exit_code, run.errors, notes_of(run.output), intent.reachable, intent.present)


def _refusal(refusal: MobilityError, run: Run | None, staging: str) -> MobilityError:
    if run is None:
        return read_elsewhere(staging)
    return died(run) if run.died else refusal


def _cleared(task: _Task, run: Run | None) -> tuple[str, ...]:
    """Tidy up after the verdict; what cannot be tidied is a warning and never hides how the run ended."""
    if run is None:
        return ()
    try:
        clear_away(task.target, task.site.staging)
    except MobilityError as error:
        return (f"The staging directory {task.site.staging} was not cleared away: {error.found}",)
    return ()


def _settled(task: _Task) -> HostState:
    """The host after a run; a registered agent gets some seconds for its daemons to come up."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        seen = observe(task.target, task.request.query)
        waiting = seen.agent.registration is Registration.OK and not seen.agent.running
        if not waiting or time.monotonic() >= deadline:
            return seen
        time.sleep(_SETTLE_PAUSE)
