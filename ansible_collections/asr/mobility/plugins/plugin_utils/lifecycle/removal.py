# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedure of state=absent: run the uninstaller, and judge it by a host that shows no agent any more."""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import Chosen
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import (
    Decision,
    Intent,
    Procedure,
    Task,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    UNINSTALLER,
    Program,
    Run,
    carry_out,
    clear_away,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import (
    require_unchanged,
    unpacking,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import (
    agent_before,
    read_agent_before,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import MANIFEST_ACTION, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import came_meanwhile, other_installer
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal_plan import (
    ACTIONS,
    GONE,
    RemovalWish,
    needs_archive,
    plan_removal,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply, offer_of
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import uninstall_command
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import Outcome, judge_removal
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.remains import (
    lock_of_removal,
    lock_text,
    remove_leftovers,
    remove_record,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target


@dataclass(frozen=True)
class Removal(Procedure):
    """What one task asks for. supply: where an archive with an uninstaller comes from, should one be needed."""

    wish: RemovalWish
    supply: Supply | None
    query: ProbeQuery
    timeout: int
    program: Program = UNINSTALLER

    def decide(self, observed: HostState) -> Decision:
        """Ask the source only for a half removed agent."""
        chosen: Chosen | None = None
        if self.supply is not None and needs_archive(observed, self.wish):
            chosen = self.supply.choose(observed, None)
        return Decision(plan_removal(observed, self.wish, offer_of(chosen) if chosen else None), chosen)

    def foresee(self, target: Target, observed: HostState, decision: Decision) -> None:
        """Whether the archive can be delivered and fits."""
        if self.supply is not None and decision.chosen is not None and decision.plan.uses_installer:
            self.supply.delivery(decision.chosen, observed).foresee(observed)

    def run(self, task: Task, step: Step) -> Run | None:
        """Run the installed uninstaller, or that of an archive."""
        manifest = {MANIFEST_ACTION: step.name.value, **agent_before(task.observed.agent)}
        if step.name is StepName.UNINSTALL:
            return carry_out(task.site, manifest, lambda _run_directory: self._installed(task))
        return self._of_archive(task, manifest)

    def _installed(self, task: Task) -> Script:
        require_unchanged(task.target, self.query, task.observed)
        prefix = str(task.observed.agent.install_dir)
        text = f"{lock_text()}{shlex.join(uninstall_command(prefix, log_file=self.program.log_file))} </dev/null\n"
        return Script(name="uninstall", text=text, variables={"ASR_LOCK": lock_of_removal(prefix)})

    def _of_archive(self, task: Task, manifest: t.Mapping[str, str]) -> Run | None:
        if self.supply is None or task.decision.chosen is None:
            raise AssertionError("a plan that finishes a removal has an archive")
        delivery = self.supply.delivery(task.decision.chosen, task.observed)
        delivery.inspect(task.observed)

        def prepare(run_directory: str) -> Script:
            staged = delivery.bring(task.target, run_directory, task.observed)
            require_unchanged(task.target, self.query, task.observed)
            variables, text = unpacking(staged, task.site)
            command = uninstall_command(f"{run_directory}/extracted", log_file=self.program.log_file)
            return Script(name="uninstall", text=f"{text}{shlex.join(command)} </dev/null\n", variables=variables)

        return carry_out(task.site, manifest, prepare)

    def do(self, task: Task, step: Step) -> None:
        """Remove a record that nothing stands behind, or what is left."""
        site, agent = task.site, task.observed.agent
        site.target.claim_run(site.staging, {MANIFEST_ACTION: step.name.value, **agent_before(agent)})
        try:
            self._require_nothing_whole(task.target)
            if step.name is StepName.REMOVE_RECORD:
                remove_record(task.target, agent)
            else:
                remove_leftovers(task.target, agent, self.query.prefix)
        finally:
            clear_away(site.target, site.staging)

    def _require_nothing_whole(self, target: Target) -> None:
        """Files are removed under the lock of the host only, and never those of an agent that came meanwhile."""
        now = observe(target, self.query)
        if now.other_installer:
            raise other_installer(now)
        if now.agent.presence not in (Presence.ABSENT, Presence.HALF_INSTALLED) and not now.agent.record_is_stale:
            raise came_meanwhile(now)

    def intent(self, manifest: t.Mapping[str, str], seen: AgentState) -> Intent | None:
        """Every removal leads to the same."""
        if manifest.get(MANIFEST_ACTION) not in {action.value for action in ACTIONS}:
            return None
        before = read_agent_before(manifest)
        return Intent(before=before, promised=GONE) if before else None

    def judge(
        self,
        code: int,
        before: AgentState,
        after: AgentState,
        errors: t.Sequence[InstallerError],
        promised: AgentState | None,
    ) -> Outcome:
        """By the absence of the agent."""
        return judge_removal(code, after, errors)


def removal_query(query: ProbeQuery, wish: RemovalWish) -> ProbeQuery:
    """The probe of a removal, which lists leftovers only when they are to be removed."""
    return replace(query, remains=wish.remove_leftovers)
