# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedure of a registration; converge() tells its story.

A registration stops a healthy agent, so whatever can be refused is refused before: by the plan, by the file's fitness,
and by trying every name and port from the host. The configurator runs detached; its body puts back what was there when
it fails. Passphrase and file reach the host as a file of root's alone, and nothing else of them leaves this process.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import tempfile
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import (
    Decision,
    Intent,
    Procedure,
    Task,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    CONFIGURATOR,
    Program,
    Run,
    carry_out,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import require_unchanged
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import agent_before
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import MANIFEST_ACTION, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import (
    MANIFEST_PURPOSE,
    OURS,
    Relation,
    Wanted,
    agent_before_run,
    plan_registration,
    registered_agent,
    relation_of,
    stack_to_leave,
    started_agent,
    unregistered_agent,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import Outcome
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.bodies import (
    Ground,
    move_body,
    notes_of,
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
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target

_TALKS_TO_SERVER = (StepName.REGISTER, StepName.MOVE)
_MANIFEST_REACHABLE = "reachable"
_MANIFEST_STACK = "stack"


@dataclass
class Registering(Procedure):
    """What one task asks for. secret: content of the passphrase or configuration file; endpoints: what else to try."""

    wanted: Wanted
    query: ProbeQuery
    timeout: int
    secret: str = field(default="", repr=False)
    endpoints: t.Sequence[Endpoint] = ()
    check_reachability: bool = True
    program: Program = CONFIGURATOR
    unseen_change: bool = True
    _notes: tuple[str, ...] = ()  # of the run that ended last
    _reachable: bool = False  # the server was reached before that run
    _remarks: tuple[str, ...] = ()

    # decide

    def decide(self, observed: HostState) -> Decision:
        """From the state alone; the way to the server is tried when there is something to do."""
        return Decision(plan_registration(observed, self.wanted, datetime.datetime.now(datetime.timezone.utc)))

    def foresee(self, target: Target, observed: HostState, decision: Decision) -> None:
        """Whether every name and port is reached."""
        if any(step.name in _TALKS_TO_SERVER for step in decision.plan.steps):
            self._require_way(target)

    def _require_way(self, target: Target) -> None:
        """Raises endpoint_unreachable before anything is stopped."""
        needs = self._needs() if self.check_reachability else []
        if not needs:
            return
        refusal, warnings = judge_answers(needs, parse_answers(target.run(reachability_script(needs)).output))
        if refusal is not None:
            raise refusal
        self._reachable = True
        self._remarks += tuple(warnings)

    def _needs(self) -> list[Need]:
        wanted = self.wanted
        if wanted.stack is Stack.CLASSIC:
            needs = needs_of_server(str(wanted.server), wanted.port)
        else:
            needs = needs_of_appliance(wanted.place.appliance)
        return [*needs, *needs_of_caller(self.endpoints)]

    # act

    def run(self, task: Task, step: Step) -> Run | None:
        """Register, move or unregister."""
        if step.name in _TALKS_TO_SERVER:
            self._require_way(task.target)
        return carry_out(task.site, self._manifest(task, step), lambda folder: self._prepared(task, step, folder))

    def do(self, task: Task, step: Step) -> None:
        """Start a registered agent that does not run."""
        start_agent(task.target, task.observed.agent)

    def _prepared(self, task: Task, step: Step, run_directory: str) -> Script:
        """Bring the secret, when the step needs one, look once more, and return the body."""
        agent = task.observed.agent
        ground = Ground(run_directory, self.program.log_file, agent)
        if step.name is not StepName.UNREGISTER:
            self._bring_secret(task.target, f"{run_directory}/secret")
        require_unchanged(task.target, self.query, task.observed)
        if step.name is StepName.UNREGISTER:
            return unregister_body(ground, stack_to_leave(agent))
        if step.name is StepName.MOVE:
            leaves = relation_of(task.observed, self.wanted) is Relation.OTHER_VAULT
            return move_body(ground, self.wanted, leave_vault=leaves)
        return register_body(ground, _as_known(self.wanted, agent))

    def _bring_secret(self, target: Target, destination: str) -> None:
        """Its checksum stands in a command text; a random line before the secret keeps that from telling anything."""
        content = f"{secrets.token_hex(32)}\n{self.secret}".encode()
        # Ansible removes this place when it ends, also when it is interrupted and ends this process at once
        with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP) as folder:
            source = Path(folder) / "secret"
            source.touch(0o600)
            source.write_bytes(content)
            target.deliver(source, destination, hashlib.sha256(content).hexdigest())

    # earlier runs

    def _manifest(self, task: Task, step: Step) -> dict[str, str]:
        """Plain values without a secret."""
        agent = task.observed.agent
        return {
            MANIFEST_ACTION: step.name.value,
            MANIFEST_PURPOSE: self.wanted.purpose,
            _MANIFEST_STACK: self.wanted.stack.value,
            _MANIFEST_REACHABLE: "yes" if self._reachable else "no",
            **agent_before(agent),
        }

    def intent(self, manifest: t.Mapping[str, str], seen: AgentState) -> Intent | None:
        """What the run leads to, of which another task may have known more."""
        before = agent_before_run(manifest, seen)
        if before is None or manifest.get(MANIFEST_ACTION) not in [name.value for name in OURS]:
            return None
        self._reachable = manifest.get(_MANIFEST_REACHABLE) == "yes"
        if manifest[MANIFEST_ACTION] == StepName.UNREGISTER.value:
            return Intent(before, unregistered_agent(seen))
        if manifest.get(MANIFEST_PURPOSE) == self.wanted.purpose:
            return Intent(before, registered_agent(seen, self.wanted))
        stacks = {stack.value: stack for stack in Stack}
        stack = stacks.get(manifest.get(_MANIFEST_STACK, ""))
        return Intent(before, replace(started_agent(seen), registration=Registration.OK, stack=stack))

    # verify

    def heard(self, run: Run) -> t.Sequence[str]:
        """The body leaves notes in its output; the verdict says what they mean."""
        self._notes = notes_of(run.output)
        return ()

    def judge(
        self,
        code: int,
        before: AgentState,
        after: AgentState,
        errors: t.Sequence[InstallerError],
        promised: AgentState | None,
    ) -> Outcome:
        """By a registered and running agent, or by one that is registered no more."""
        present = promised is None or promised.registration is Registration.OK
        ending = Ending(code, errors, self._notes, self._reachable, present)
        outcome = judge_registration(ending, before, after, _gaps(after, promised, present))
        self._notes, self._reachable = (), False
        if outcome.success:
            self._remarks += tuple(warnings_of(ending, after))
        return outcome

    def remarks(self) -> t.Sequence[str]:
        """Each once."""
        told, self._remarks = self._remarks, ()
        return told


def _gaps(after: AgentState, promised: AgentState | None, present: bool) -> list[str]:
    """What the host does not show of it."""
    stack = promised.stack if promised is not None and present else None
    gaps = shortfalls(after, stack, present=present)
    wanted = promised.configuration_server if promised is not None else None
    if (
        not gaps
        and stack is Stack.CLASSIC
        and wanted
        and f"{after.configuration_server}".casefold() != wanted.casefold()
    ):
        gaps.append(f"the agent registered with {after.configuration_server}")
    return gaps


def _as_known(wanted: Wanted, agent: AgentState) -> Wanted:
    """With the server's name as the agent has it: the configurator compares it letter by letter."""
    known = agent.configuration_server
    same = known is not None and wanted.server is not None and known.casefold() == wanted.server.casefold()
    return replace(wanted, server=known) if same else wanted
