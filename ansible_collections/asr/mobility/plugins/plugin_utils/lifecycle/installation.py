# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedure of state=present and state=latest: bring an installer, run it, judge it by the agent it promised."""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import Chosen
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.admission import Admission
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import (
    Decision,
    Intent,
    Procedure,
    Task,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.delivery import Package
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    INSTALLER,
    UNPACKING,
    Program,
    Run,
    Site,
    carry_out,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import read_manifest, write_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Change, Desired, Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.package_manager import when_free
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import (
    needs_closer_look,
    needs_offer,
    plan,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import other_installer, package_database
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply, offer_of
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.upgrade import changes_of_upgrade
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import install_command
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import (
    Outcome,
    judge_install,
    leaves_programs_alone,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.remains import remove_record
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.revival import start_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target

_DECISIVE = ("presence", "version", "install_dir", "registration", "platform", "role")  # of an agent, for a plan


@dataclass(frozen=True)
class Installation(Procedure):
    """What one task asks for: the wanted state, where installers come from, how to probe, seconds to wait, and what is
    said about the checks before something begins."""

    desired: Desired
    supply: Supply
    query: ProbeQuery
    timeout: int
    admission: Admission = field(default_factory=Admission)
    program: Program = INSTALLER

    def decide(self, observed: HostState) -> Decision:
        """Ask the source only when the plan depends on it."""
        chosen = None
        if needs_offer(observed, self.desired, self.supply.source(observed).exact):
            chosen = self.supply.choose(observed, self._wanted_version(observed))
        made = plan(observed, self.desired, offer_of(chosen) if chosen else None)
        return Decision(self._admitted(made, observed, chosen), chosen)

    def _admitted(self, made: Plan, observed: HostState, chosen: Chosen | None) -> Plan:
        """The plan, or the refusal of a host that is not fit for it."""
        if chosen is None or not made.uses_installer:
            return made
        refusal = self.admission.refusal(observed, self.desired, chosen.name.version)
        return Plan(refusal=refusal) if refusal else made

    def _wanted_version(self, observed: HostState) -> VersionSpec | None:
        """An installation that broke off is finished with its own release unless another one is asked for."""
        version, desired = observed.agent.version, self.desired
        if not observed.agent.unfinished or version is None or desired.version is not None or desired.latest:
            return desired.version
        return VersionSpec(version.major, version.minor)

    def look_closer(self, decided: Plan, observed: HostState) -> ProbeQuery | None:
        """Before an installation: whether the host is fit; before an upgrade its old program tree and driver too."""
        if not self.admission.is_due(decided, observed):
            return None
        return replace(self.query, preflight=True, closely=needs_closer_look(decided, observed))

    def foresee(self, target: Target, observed: HostState, decision: Decision) -> None:
        """Whether the installer can be delivered and fits."""
        if decision.chosen is not None and decision.plan.uses_installer:
            self.supply.delivery(decision.chosen, observed).foresee(observed)

    def run(self, task: Task, step: Step) -> Run | None:
        """Install or upgrade; raises MobilityError, and then nothing half-brought stays behind."""
        if task.decision.chosen is None:
            raise AssertionError("a plan with an installation has an installer")
        delivery = self.supply.delivery(task.decision.chosen, task.observed)
        package = delivery.inspect(task.observed)
        changes = changes_of_upgrade(task.observed, self.desired) if step.name is StepName.UPGRADE else frozenset()
        manifest = write_manifest(step.name, package.offer, self.desired, task.observed.agent, changes)

        def prepare(run_directory: str) -> Script:
            staged = delivery.bring(task.target, run_directory, task.observed)
            require_unchanged(task.target, self.query, task.observed)
            return _body(task.site, staged, task.observed.agent, self.desired, changes)

        return carry_out(task.site, manifest, prepare)

    def do(self, task: Task, step: Step) -> None:
        """Start the daemons, or remove a record that nothing stands behind."""
        if step.name is StepName.START:
            start_agent(task.target, task.observed.agent)
        else:
            remove_record(task.target, task.observed.agent)

    def intent(self, manifest: t.Mapping[str, str], seen: AgentState) -> Intent | None:
        """From the manifest of an installation or an upgrade."""
        intent = read_manifest(manifest)
        if intent is None:
            return None
        return Intent(intent.before_of(seen), intent.promised(seen), intent.offer.file_name)

    def judge(
        self,
        code: int,
        before: AgentState,
        after: AgentState,
        errors: t.Sequence[InstallerError],
        promised: AgentState | None,
    ) -> Outcome:
        """By the agent that was promised."""
        return judge_install(code, before, after, errors, promised)

    def leaves_unfinished(self, after: AgentState, promised: AgentState | None) -> bool:
        """The record is written before units and initrd images are made: with it the work looks done."""
        if promised is None or promised.version is None or after.version is None:
            return False
        return after.presence is Presence.INSTALLED and promised.version.same_release(after.version)

    def may_revive(self, code: int, before: AgentState, after: AgentState, promised: AgentState | None) -> bool:
        """The wanted version, or the old one untouched; the programs of an upgrade that broke off are a mixture."""
        if promised is None or promised.version is None or after.version is None or not promised.running:
            return False
        return promised.version.same_release(after.version) or leaves_programs_alone(code)


def require_unchanged(target: Target, query: ProbeQuery, observed: HostState) -> None:
    """A transfer may take long: look again before the start, so that no plan is carried out on another state."""
    now = when_free(observe(target, query), lambda: observe(target, query))
    if now.other_installer:
        raise other_installer(now)
    taken = package_database(now)
    if taken is not None:
        raise taken
    if _decisive(observed.agent) != _decisive(now.agent):
        raise _changed_meanwhile(observed.agent, now.agent)


def _decisive(agent: AgentState) -> tuple[object, ...]:
    """What a plan depends on; a record that nothing stands behind is as good as none, and is removed before."""
    if agent.record_is_stale or agent.presence in (Presence.ABSENT, Presence.HALF_INSTALLED):
        return ("nothing",)
    return tuple(getattr(agent, name) for name in _DECISIVE)


def unpacking(package: Package, site: Site) -> tuple[dict[str, str], str]:
    """The variables and the text with which a body unpacks an archive and goes into it."""
    variables = {
        "ASR_RUN": site.run_directory,
        "ASR_ARCHIVE": package.staged_path or "",
        "ASR_DIR": f"{site.run_directory}/extracted",
        "ASR_COMPRESSION": package.compression.value if package.compression else "",
    }
    lines = (
        f'echo {UNPACKING} >"$ASR_RUN/step"',
        "(",
        script_text("decompress", "unpack").rstrip("\n"),
        ") || exit 1",
        'echo unpacked >"$ASR_RUN/step"',
        'cd "$ASR_DIR" || exit 1',
    )
    return variables, "\n".join(lines) + "\n"


def _body(site: Site, package: Package, agent: AgentState, desired: Desired, changes: t.Collection[Change]) -> Script:
    """Unpack and run the installer from inside its own directory, without standard input, as its scripts demand."""
    command = install_command(
        agent,
        desired,
        errors_file=site.errors_file,
        log_file=site.program.log_file,
        changes=[change.value for change in changes],
    )
    variables, text = unpacking(package, site)
    return Script(name="install", text=f"{text}{shlex.join(command)} </dev/null\n", variables=variables)


def _changed_meanwhile(before: AgentState, now: AgentState) -> MobilityError:
    return MobilityError(
        Reason.STATE_CHANGED,
        found=f"the agent changed while the installer was brought: {_words(before)} before, {_words(now)} now",
        expected="the state that the plan was made for",
        remedy="Nothing was started. Run the task again; it plans from the new state.",
    )


def _words(agent: AgentState) -> str:
    return f"{agent.presence.value} {agent.version or ''} (registration {agent.registration.value})".replace("  ", " ")
