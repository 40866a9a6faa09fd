# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a registration: from what was observed and what is wanted to one step, or to one refusal. Pure.

Read from `plan_registration`. Who works on the host, whether the agent can be registered at all, where it is
registered now, and only then what to do.
"""

from __future__ import annotations

import datetime
import enum
import hashlib
import json
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import read_agent_before
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Plan, Step, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import (
    EarlierRun,
    earlier_run,
    is_unfinished_registration,
    nobody_may_work,
    run_step,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    half_removed,
    record_corrupt,
    stack_unknown,
    tool_missing,
    unread_run,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_refusals import (
    agent_missing,
    another_run,
    duplicate_identity,
    maybe_registered,
    needs_migration,
    on_azure,
    prepared_for_modernized,
    registered_elsewhere,
    takes_over_modernized,
    too_old,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import (
    ConfigFile,
    Place,
    expired,
    place_of,
    unfit,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.configurator import knows_stacks
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import check_staging
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
    Stack,
    StoredRegistration,
)

MANIFEST_PURPOSE = "purpose"  # of a detached run: wanted.purpose of the task that started it
OURS = (StepName.REGISTER, StepName.MOVE, StepName.UNREGISTER)
_NOT_THERE = (Presence.ABSENT, Presence.HALF_INSTALLED)
_NEEDED_TOOLS = ("bash", "sha256sum")


@dataclass(frozen=True)
class Wanted:
    """The registration as the caller wrote it. A registration that is to go has present=False and nothing else."""

    present: bool = True
    stack: Stack = Stack.MODERNIZED
    config: ConfigFile | None = field(default=None, repr=False)  # modernized
    server: str | None = None  # classic, as are the next three
    port: int = 443
    external_ip: str | None = None
    passphrase_hash: str | None = None  # salted with the word that the probe was given
    credential_less: bool = False
    allow_move: bool = False
    same_identity_as: t.Sequence[str] = ()

    @property
    def place(self) -> Place:
        """Modernized: vault and appliance."""
        return self.config.place if self.config else Place()

    @property
    def words(self) -> str:
        """Where it leads, for people."""
        if self.stack is Stack.CLASSIC:
            return f"the configuration server {self.server}:{self.port}"
        return f"the appliance {self.place.appliance}"

    @property
    def purpose(self) -> str:
        """Equal for two tasks that lead to the same registration; nothing secret is in it."""
        if not self.present:
            return "unregister"
        appliance = self.place.appliance
        parts = [
            self.stack.value,
            [f"{self.server}".casefold(), self.port, self.external_ip] if self.stack is Stack.CLASSIC else [],
            sorted(self.place.vault.items()),
            [appliance.identity, *appliance.all_addresses],
            self.credential_less,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


class Relation(str, enum.Enum):
    """Where the agent is registered, seen from where it shall be."""

    NOWHERE = "nowhere"
    HERE = "here"
    CANNOT_TELL = "cannot_tell"  # registered, or maybe so, at a place that is not known
    OTHER_APPLIANCE = "other_appliance"  # of the same vault
    OTHER_VAULT = "other_vault"
    OTHER_SERVER = "other_server"


_ELSEWHERE = (Relation.OTHER_APPLIANCE, Relation.OTHER_VAULT, Relation.OTHER_SERVER)


def plan_registration(observed: HostState, wanted: Wanted, now: datetime.datetime) -> Plan:
    """The way from observed to wanted. now: with a zone; a certificate is compared with it."""
    refusal = nobody_may_work(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    earlier = earlier_run(observed, OURS, lambda: observed.run.manifest.get(MANIFEST_PURPOSE) == wanted.purpose)
    if earlier is EarlierRun.UNREAD:
        return Plan(refusal=unread_run(observed))
    if earlier is EarlierRun.IN_THE_WAY:
        return Plan(refusal=another_run(observed))
    if earlier is EarlierRun.ADOPT:
        return Plan(steps=(run_step(StepName.ADOPT_RUN, observed),), promised=_adopted(observed, wanted))
    if is_unfinished_registration(observed):
        return _put_back(observed)
    rest = _registration(observed, wanted, now) if wanted.present else _unregistration(observed)
    if rest.refusal is not None or earlier is EarlierRun.NONE:
        return rest
    return replace(rest, steps=(run_step(StepName.COLLECT_DEAD_RUN, observed), *rest.steps))


def _put_back(observed: HostState) -> Plan:
    """Collect a registration that died; one that had a registration to put back leads to the agent before it."""
    step = run_step(StepName.COLLECT_DEAD_RUN, observed)
    before = agent_before_run(observed.run.manifest, observed.agent)
    if before is None or before.registration is Registration.NO:
        return Plan(steps=(step,), promised=observed.agent)
    return Plan(steps=(replace(step, promised=before),), promised=before)


def _adopted(observed: HostState, wanted: Wanted) -> AgentState:
    agent = observed.agent
    if observed.run.manifest.get(MANIFEST_PURPOSE) != wanted.purpose:
        return agent
    return registered_agent(agent, wanted) if wanted.present else unregistered_agent(agent)


# --- to be registered -----------------------------------------------------------------------------------------------


def _registration(observed: HostState, wanted: Wanted, now: datetime.datetime) -> Plan:
    refusal = _cannot_be_registered(observed, wanted)
    if refusal is not None:
        return Plan(refusal=refusal)
    step, warnings = _step(observed, wanted)
    if step is None:
        return Plan(promised=observed.agent, warnings=warnings)
    refusal = _must_not_be_done(observed, wanted, step, now)
    if refusal is not None:
        return Plan(refusal=refusal)
    return Plan(steps=(step,), promised=_promise(observed, wanted, step), warnings=warnings)


def _cannot_be_registered(observed: HostState, wanted: Wanted) -> MobilityError | None:
    """Whatever is wrong with agent, host or request, wherever the agent is registered now."""
    agent = observed.agent
    if agent.presence in _NOT_THERE:
        return agent_missing(agent)
    return (
        _not_whole(observed)
        or (duplicate_identity(wanted.same_identity_as) if wanted.same_identity_as else None)
        or (unfit(wanted.config, observed.bios_id) if wanted.config else None)
        or _wrong_stack(agent, wanted)
        or _without_tools(observed)
    )


def _not_whole(observed: HostState) -> MobilityError | None:
    agent = observed.agent
    if agent.presence is Presence.HALF_REMOVED:
        return half_removed(observed)
    if agent.presence is Presence.RECORD_CORRUPT:
        return record_corrupt(observed)
    if (agent.platform or "").startswith("Azure"):
        return on_azure(agent)
    unclear = agent.registration is Registration.UNKNOWN and agent.stack is None
    return stack_unknown(agent) if unclear else None


def _wrong_stack(agent: AgentState, wanted: Wanted) -> MobilityError | None:
    if wanted.stack is Stack.CLASSIC:
        if agent.stack is Stack.MODERNIZED:
            return takes_over_modernized()
        return prepared_for_modernized() if "stack" in agent.migrating else None
    if agent.configuration_server and "stack" not in agent.migrating:
        return needs_migration(agent)
    return None if knows_stacks(agent) else too_old(agent)


def _without_tools(observed: HostState) -> MobilityError | None:
    missing = [tool for tool in _NEEDED_TOOLS if observed.tools.get(tool) is False]
    return tool_missing(missing) if missing else None


def _step(observed: HostState, wanted: Wanted) -> tuple[Step | None, tuple[str, ...]]:
    """What is to be done, and what should be said of it."""
    agent, relation = observed.agent, relation_of(observed, wanted)
    details = {"stack": wanted.stack.value, "to": wanted.words}
    if relation in _ELSEWHERE:
        return Step(StepName.MOVE, {**details, "from": _current(observed)}), ()
    warnings = tuple(_warnings(observed, wanted, relation))
    if relation is Relation.NOWHERE or agent.registration is not Registration.OK or _differs(observed, wanted):
        return Step(StepName.REGISTER, details), warnings
    return (None if agent.running else Step(StepName.START, {})), warnings


def relation_of(observed: HostState, wanted: Wanted) -> Relation:
    """Where the agent is, seen from where it shall be."""
    return _classic_relation(observed, wanted) if wanted.stack is Stack.CLASSIC else _modern_relation(observed, wanted)


def _classic_relation(observed: HostState, wanted: Wanted) -> Relation:
    """By Hostname alone: the configurator refuses another one even when the registration had failed."""
    agent = observed.agent
    if not agent.configuration_server:
        return Relation.CANNOT_TELL if _may_be_registered(agent) else Relation.NOWHERE
    same_port = agent.port is None or agent.port == wanted.port
    if agent.configuration_server.casefold() != f"{wanted.server}".casefold() or not same_port:
        return Relation.OTHER_SERVER
    return Relation.HERE if agent.registration is Registration.OK else Relation.NOWHERE


def _modern_relation(observed: HostState, wanted: Wanted) -> Relation:
    agent, current = observed.agent, place_of(_stored(observed).source_config)
    same_vault = current.same_vault(wanted.place)
    if agent.registration is Registration.NO:
        # a move that failed after it had left, or a first registration: what is left of another vault goes first
        unfinished = agent.host_id is not None and same_vault is False
        return Relation.OTHER_VAULT if unfinished else Relation.NOWHERE
    if agent.stack is not Stack.MODERNIZED:
        return Relation.CANNOT_TELL if _may_be_registered(agent) else Relation.NOWHERE
    if agent.registration is not Registration.OK and not _may_be_registered(agent):
        return Relation.NOWHERE
    if same_vault is None:
        return Relation.CANNOT_TELL
    if not same_vault:
        return Relation.OTHER_VAULT
    return Relation.OTHER_APPLIANCE if current.same_appliance(wanted.place) is False else Relation.HERE


def _may_be_registered(agent: AgentState) -> bool:
    """An agent with an identity of which the host does not tell whether that is registered: after an upgrade, say."""
    return agent.registration is Registration.UNKNOWN and agent.host_id is not None


def _stored(observed: HostState) -> StoredRegistration:
    return observed.stored_registration or StoredRegistration()


def _current(observed: HostState) -> str:
    """Where the agent is registered, in words."""
    agent = observed.agent
    if agent.configuration_server:
        return f"the configuration server {agent.configuration_server}:{agent.port or 443}"
    place = place_of(_stored(observed).source_config)
    vault = place.vault.get("ResourceId") or place.vault.get("ContainerUniqueName")
    failed = " (which failed)" if agent.registration is Registration.NO else ""
    return f"the appliance {place.appliance}" + (f" of the vault {vault}" if vault else "") + failed


def _differs(observed: HostState, wanted: Wanted) -> bool:
    """Whether the configuration server would find something else than it is told: a rotated passphrase, an address."""
    if wanted.stack is not Stack.CLASSIC:
        return False
    stored = _stored(observed)
    rotated = wanted.passphrase_hash is not None and stored.passphrase != wanted.passphrase_hash
    return rotated or (wanted.external_ip is not None and stored.external_address != wanted.external_ip)


def _warnings(observed: HostState, wanted: Wanted, relation: Relation) -> t.Iterator[str]:
    if relation is Relation.CANNOT_TELL and observed.agent.registration is Registration.OK:
        yield "The agent is registered (modernized); whether with this vault cannot be told, so nothing was done."
    discovery = _stored(observed).credential_less
    if (
        wanted.stack is Stack.MODERNIZED
        and relation is Relation.HERE
        and discovery not in (None, wanted.credential_less)
    ):
        yield (
            f"The agent was registered with credential_less: {str(discovery).lower()}, which a registration keeps; "
            "unregister the agent to change it."
        )


def _must_not_be_done(observed: HostState, wanted: Wanted, step: Step, now: datetime.datetime) -> MobilityError | None:
    """A move that was not allowed, and a file that is over; a healthy agent does not need the file any more."""
    if step.name is StepName.MOVE and not wanted.allow_move:
        return registered_elsewhere(_current(observed), wanted.words)
    unknown = _may_be_registered(observed.agent) and relation_of(observed, wanted) is Relation.CANNOT_TELL
    if unknown and not wanted.allow_move:
        return maybe_registered(observed.agent, wanted.words)
    if step.name is not StepName.START:
        refusal = check_staging(observed, runs_programs=False)
        if refusal is not None:
            return refusal
    return expired(wanted.config, now) if wanted.config and step.name is not StepName.START else None


def _promise(observed: HostState, wanted: Wanted, step: Step) -> AgentState:
    if step.name is StepName.START:
        return started_agent(observed.agent)
    promised = registered_agent(observed.agent, wanted)
    new_identity = relation_of(observed, wanted) is Relation.OTHER_VAULT
    return replace(promised, host_id=None) if new_identity else promised


# --- not to be registered -------------------------------------------------------------------------------------------


def _unregistration(observed: HostState) -> Plan:
    agent = observed.agent
    if agent.presence in _NOT_THERE:
        return Plan(promised=agent)
    refusal = _not_whole(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    if agent.registration is Registration.NO and not agent.configuration_server:
        return Plan(promised=agent)
    refusal = _without_tools(observed) or check_staging(observed, runs_programs=False)
    if refusal is not None:
        return Plan(refusal=refusal)
    step = Step(StepName.UNREGISTER, {"stack": stack_to_leave(agent).value, "from": _current(observed)})
    return Plan(steps=(step,), promised=unregistered_agent(agent))


def stack_to_leave(agent: AgentState) -> Stack:
    """Which way an agent is unregistered; one whose registration failed still names its configuration server."""
    return agent.stack or Stack.CLASSIC


# --- what a step leads to -------------------------------------------------------------------------------------------


def started_agent(agent: AgentState) -> AgentState:
    """The same agent with its daemons."""
    daemons = {"svagents": True, "appservice": True}
    return replace(agent, daemons=daemons, respawn_disabled=False)


def registered_agent(agent: AgentState, wanted: Wanted) -> AgentState:
    """Registered where it was asked for, and running; the identity stays."""
    classic = wanted.stack is Stack.CLASSIC
    return replace(
        started_agent(agent),
        registration=Registration.OK,
        registration_evidence={},
        stack=wanted.stack,
        configuration_server=wanted.server if classic else None,
        port=wanted.port if classic else agent.port,
        configuration_status="Succeeded",
        migrating=(),
    )


def unregistered_agent(agent: AgentState) -> AgentState:
    """Nobody's agent, and stopped."""
    return replace(
        agent,
        daemons={"svagents": False, "appservice": False},
        respawn_disabled=True,
        registration=Registration.NO,
        registration_evidence={},
        stack=None,
        host_id=None,
        configuration_server=None,
        migrating=(),
    )


def agent_before_run(manifest: t.Mapping[str, str], seen: AgentState) -> AgentState | None:
    """The agent before a run: what the manifest tells of it, and the rest as it is seen now."""
    known = read_agent_before(manifest)
    if known is None:
        return None
    return replace(
        seen,
        registration=known.registration,
        daemons=known.daemons,
        install_dir=known.install_dir or seen.install_dir,
        respawn_disabled=seen.respawn_disabled and not known.running,
    )
