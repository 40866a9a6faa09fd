# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan: from what was observed and what is wanted to named steps, or to one refusal. Pure; nothing here touches a host.

Read from `plan`. It asks questions in a fixed order and the first that has an answer decides: who works on the host
right now, what is there, what must not be changed, what the source offers.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import RunIntent, read_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    Desired,
    Offer,
    Plan,
    Step,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.promise import fresh_agent, upgraded_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import (
    EarlierRun,
    earlier_run,
    nobody_may_work,
    run_step,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    downgrade,
    half_removed,
    no_offer,
    not_this_run,
    other_tag_installed,
    package_database,
    record_corrupt,
    stack_unknown,
    tool_missing,
    unread_run,
    unsupported,
    version_not_offered,
    wrong_tag_offered,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.upgrade import (
    allowed_changes,
    changes_of_upgrade,
    driver_warnings,
    forbidden_change,
    may_be_same_platform,
    unfit_upgrade,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.antivirus import reminder
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import DEFAULT_DIRECTORY, directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import (
    Sizes,
    check_space,
    check_staging,
    space_needed,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase

__all__ = ["Sizes", "check_space", "check_staging", "needs_closer_look", "needs_offer", "plan", "space_needed"]

_NEEDED_TOOLS = ("bash", "tar")
_FRESH = (Presence.ABSENT, Presence.HALF_INSTALLED)
_ACTIONS = (StepName.INSTALL, StepName.UPGRADE)


def plan(observed: HostState, desired: Desired, offer: Offer | None, sizes: Sizes | None = None) -> Plan:
    """The way from observed to desired.

    offer: the installer the source has for this host; None when needs_offer() said that it does not matter.
    sizes: what is known of that installer, for the check of free space; None leaves it for later.
    """
    refusal = nobody_may_work(observed, force=desired.force)
    if refusal is not None:
        return Plan(refusal=refusal)
    intent = read_manifest(observed.run.manifest)
    earlier = earlier_run(observed, _ACTIONS, lambda: _does_what_is_wanted(intent, desired, offer), force=desired.force)
    if earlier is EarlierRun.UNREAD:
        return Plan(refusal=unread_run(observed))
    if earlier is EarlierRun.IN_THE_WAY:
        return Plan(refusal=not_this_run(observed, desired, _differences(observed, intent, desired)))
    if earlier is EarlierRun.ADOPT:
        promised = observed.agent if intent is None else intent.promised(observed.agent)
        return Plan(steps=(run_step(StepName.ADOPT_RUN, observed),), promised=promised)
    rest = _plan_for(observed, desired, offer, sizes)
    if rest.refusal is not None or earlier is EarlierRun.NONE:
        return rest
    return replace(rest, steps=(run_step(StepName.COLLECT_DEAD_RUN, observed), *rest.steps))


def needs_offer(observed: HostState, desired: Desired, source_is_exact: bool) -> bool:
    """Whether the plan depends on what the source has; False keeps a converged host from reading a listing.

    source_is_exact: the caller named one file, whose name alone tells everything, and not a directory.
    """
    if nobody_may_work(observed, force=desired.force) is not None:
        return False
    earlier = earlier_run(observed, _ACTIONS, force=desired.force)
    if earlier is EarlierRun.UNREAD:
        return False
    if earlier in (EarlierRun.ADOPT, EarlierRun.IN_THE_WAY):
        return source_is_exact
    agent = observed.agent
    if unsupported(observed) is not None or _is_half_removed(agent):
        return False
    if _is_fresh(agent):
        return True
    if _unchangeable(observed, desired) is not None:
        return False
    if agent.presence is Presence.RECORD_CORRUPT:
        return agent.record_backup
    return _upgrade_may_be_wanted(agent, desired, source_is_exact)


def needs_closer_look(decided: Plan, observed: HostState) -> bool:
    """Whether the old program tree must be measured (an upgrade packs it into staging) and the driver asked.

    Measuring reads the whole tree, so a converged host and a fresh installation are never asked for it.
    """
    upgrades = any(step.name is StepName.UPGRADE for step in decided.steps)
    return upgrades and observed.agent.tree_bytes is None


def _upgrade_may_be_wanted(agent: AgentState, desired: Desired, source_is_exact: bool) -> bool:
    if source_is_exact or agent.unfinished or allowed_changes(agent, desired):
        return True
    if agent.version is None or desired.latest:
        return desired.latest and agent.version is not None
    return desired.version is not None and not desired.version.accepts(agent.version)


# --- an earlier run ---------------------------------------------------------------------------------------------------


def _differences(observed: HostState, intent: RunIntent | None, desired: Desired) -> tuple[str, ...]:
    """In what a live run differs from what is wanted, as far as it can be told."""
    return intent.differences(desired) if intent and observed.run.phase is RunPhase.RUNNING else ()


def _does_what_is_wanted(intent: RunIntent | None, desired: Desired, offer: Offer | None) -> bool:
    """True for a run that leads to the wanted version with the wanted settings."""
    if intent is None or intent.differences(desired):
        return False
    version = intent.offer.version
    if desired.version is not None and not desired.version.accepts(version):
        return False
    return offer is None or not offer.exact or offer.version.same_release(version)


# --- what is there --------------------------------------------------------------------------------------------------


def _plan_for(observed: HostState, desired: Desired, offer: Offer | None, sizes: Sizes | None) -> Plan:
    agent = observed.agent
    if _is_half_removed(agent):
        return Plan(refusal=half_removed(observed))
    if agent.presence is Presence.RECORD_CORRUPT and not agent.record_backup:
        return Plan(refusal=record_corrupt(observed))
    refusal = None if _is_fresh(agent) else _unchangeable(observed, desired)
    if refusal is not None:
        return Plan(refusal=refusal)
    if agent.presence is Presence.INSTALLED and not _is_upgrade(agent, desired, offer):
        return _nothing_to_do(observed, desired, offer)
    return _change(observed, desired, offer, sizes)


def _is_fresh(agent: AgentState) -> bool:
    """True where the installer makes a fresh installation: nothing there, or nothing but a record without programs."""
    return agent.presence in _FRESH or _is_stale(agent)


def _is_stale(agent: AgentState) -> bool:
    return agent.presence is Presence.HALF_REMOVED and agent.record_is_stale


def _is_half_removed(agent: AgentState) -> bool:
    """True for an agent whose programs are there without their uninstaller: the driver was in use."""
    return agent.presence is Presence.HALF_REMOVED and not _is_stale(agent)


def _unchangeable(observed: HostState, desired: Desired) -> MobilityError | None:
    """What no installer can give an agent that is there: another system, stack, platform or role; a lower version."""
    agent = observed.agent
    if agent.tag and observed.tag and agent.tag.upper() != observed.tag.upper():
        return other_tag_installed(observed)
    if agent.version is not None and _is_below(desired, agent.version):
        return downgrade(agent, str(desired.version))
    return forbidden_change(agent, desired)


def _is_below(desired: Desired, installed: AgentVersion) -> bool:
    """True when the wanted version is lower than the installed one, as far as it is given."""
    spec = desired.version
    if spec is None or spec.accepts(installed):
        return False
    return installed.newer_than(AgentVersion(spec.major, spec.minor, spec.build or 0, spec.revision or 0))


def _is_upgrade(agent: AgentState, desired: Desired, offer: Offer | None) -> bool:
    """True when another release is asked for: by version, by naming one file, as the latest; or an allowed change.

    The same release is never enough, unless its installation broke off half-way.
    """
    if agent.unfinished or allowed_changes(agent, desired):
        return True
    if agent.version is None:
        return False
    if desired.version is not None and not desired.version.accepts(agent.version):
        return True
    if offer is None or offer.version.same_release(agent.version):
        return False
    return offer.exact or (desired.latest and offer.version.newer_than(agent.version))


def _nothing_to_do(observed: HostState, desired: Desired, offer: Offer | None) -> Plan:
    agent = observed.agent
    warnings = tuple(_warnings(agent, desired, offer))
    if desired.started and is_left_stopped(agent):
        running = replace(agent, daemons=dict.fromkeys(agent.daemons, True), respawn_disabled=False)
        return Plan(steps=(Step(StepName.START),), promised=running, warnings=warnings)
    return Plan(promised=agent, warnings=warnings)


def is_left_stopped(agent: AgentState) -> bool:
    """True for a registered agent that does not run although nothing keeps it from running."""
    return agent.registration is Registration.OK and not agent.running and not agent.migrating


def _warnings(agent: AgentState, desired: Desired, offer: Offer | None) -> t.Iterator[str]:
    if is_left_stopped(agent) and not desired.started:
        stopped = ", ".join(name for name, runs in sorted(agent.daemons.items()) if not runs) or "its daemons"
        yield f"The agent is registered and does not run ({stopped}); it was not started."
    if agent.migrating:
        prepared = " and ".join(agent.migrating)
        yield f"The agent was prepared for another {prepared}; it is stopped until it is registered."
    if agent.registration is Registration.UNKNOWN:
        yield "Whether the agent is registered cannot be told; see registration_evidence of mobility_agent_info."
    if _build_is_unknown(agent, desired, offer):
        yield f"The build of the installed agent cannot be told ({agent.version}); it may not be the one asked for."
    if may_be_same_platform(agent, desired) and agent.platform != desired.platform:
        yield f"The agent records the platform {agent.platform}; whether it is {desired.platform} cannot be told."
    if offer is not None and agent.version is not None and offer.version.newer_than(agent.version):
        yield f"The source has version {offer.version}; {agent.version} is installed and no other was asked for."
    if desired.install_dir not in (DEFAULT_DIRECTORY, agent.install_dir):
        yield f"The agent is installed in {agent.install_dir}; install_dir is for new installations only."


def _build_is_unknown(agent: AgentState, desired: Desired, offer: Offer | None) -> bool:
    """True when the agent shows only its release, and one build of it was asked for by version or by one file."""
    if agent.version is None or not agent.version.is_placeholder:
        return False
    by_version = desired.version is not None and bool(desired.version.build)
    return by_version or (offer is not None and offer.exact and not offer.version.is_placeholder)


# --- what the source offers -----------------------------------------------------------------------------------------


def _change(observed: HostState, desired: Desired, offer: Offer | None, sizes: Sizes | None) -> Plan:
    refusal = unsupported(observed)
    if refusal is not None or offer is None:
        return Plan(refusal=refusal or no_offer(observed, desired))
    refusal = (
        _unfit_offer(observed, desired, offer) or _unknown_stack(observed) or _unfit_host(observed, desired, sizes)
    )
    if refusal is not None:
        return Plan(refusal=refusal)
    agent = observed.agent
    details = {"installer": offer.file_name, "version": str(offer.version)}
    if _is_fresh(agent):
        promised = fresh_agent(desired, offer.version, offer.tag)
        return Plan(
            steps=(*_cleaning(agent), Step(StepName.INSTALL, details)),
            promised=promised,
            warnings=tuple(filter(None, [reminder(observed.scanners, desired.install_dir)])),
        )
    changes = changes_of_upgrade(observed, desired)
    details |= {"from": str(agent.version)} if agent.version is not None else {}
    details |= {"changes": ", ".join(sorted(change.value for change in changes))} if changes else {}
    return Plan(
        steps=(Step(StepName.UPGRADE, details),),
        promised=upgraded_agent(agent, desired, offer.version, offer.tag, changes),
        warnings=tuple(driver_warnings(observed, offer)),
    )


def _cleaning(agent: AgentState) -> tuple[Step, ...]:
    """A record without programs goes first: with it the installer would try to upgrade what is not there."""
    return (Step(StepName.REMOVE_RECORD, promised=AgentState()),) if _is_stale(agent) else ()


def _unknown_stack(observed: HostState) -> MobilityError | None:
    """An agent that may be registered, nobody knows where: the installer would be told a stack and might change it."""
    agent = observed.agent
    unclear = agent.registration is Registration.UNKNOWN and agent.stack is None
    return stack_unknown(agent) if unclear and not _is_fresh(agent) else None


def _unfit_offer(observed: HostState, desired: Desired, offer: Offer) -> MobilityError | None:
    if offer.tag.upper() != (observed.tag or "").upper():
        return wrong_tag_offered(observed, offer)
    if desired.version is not None and not desired.version.accepts(offer.version):
        return version_not_offered(desired, offer)
    return None if _is_fresh(observed.agent) else unfit_upgrade(observed, desired, offer)


def _unfit_host(observed: HostState, desired: Desired, sizes: Sizes | None) -> MobilityError | None:
    missing = [tool for tool in _NEEDED_TOOLS if observed.tools.get(tool) is False]
    if missing:
        return tool_missing(missing)
    if _is_fresh(observed.agent):
        try:
            directory_option(desired.install_dir)
        except MobilityError as refusal:
            return refusal
    return package_database(observed) or check_staging(observed) or (check_space(observed, sizes) if sizes else None)
