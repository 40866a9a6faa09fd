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

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import RunIntent, read_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    MANIFEST_VERSION,
    Desired,
    Offer,
    Plan,
    Step,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.promise import fresh_agent, upgraded_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    downgrade,
    half_removed,
    no_offer,
    not_root,
    not_this_run,
    other_installer,
    other_tag_installed,
    record_corrupt,
    setting_change,
    stack_unknown,
    too_far,
    tool_missing,
    unsupported,
    version_not_offered,
    wrong_tag_offered,
)
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

__all__ = ["Sizes", "check_space", "check_staging", "needs_offer", "needs_tree_size", "plan", "space_needed"]

_DISTANCE = 4  # minor versions; documentation: support lifecycle of Site Recovery, "N-4"
_NEEDED_TOOLS = ("bash", "tar")
_FRESH = (Presence.ABSENT, Presence.HALF_INSTALLED)
_OURS_ALIVE = (RunPhase.PREPARING, RunPhase.RUNNING)
_OURS_GONE = (RunPhase.DEAD, RunPhase.ABANDONED)


def plan(observed: HostState, desired: Desired, offer: Offer | None, sizes: Sizes | None = None) -> Plan:
    """The way from observed to desired.

    offer: the installer the source has for this host; None when needs_offer() said that it does not matter.
    sizes: what is known of that installer, for the check of free space; None leaves it for later.
    """
    refusal = _nobody_may_work(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    if _has_own_run(observed):
        return _adoption(observed, desired, offer)
    collected = (Step(StepName.COLLECT_DEAD_RUN, _manifest(observed)),) if observed.run.phase in _OURS_GONE else ()
    rest = _plan_for(observed, desired, offer, sizes)
    return rest if rest.refusal is not None else replace(rest, steps=(*collected, *rest.steps))


def needs_offer(observed: HostState, desired: Desired, source_is_exact: bool) -> bool:
    """Whether the plan depends on what the source has; False keeps a converged host from reading a listing.

    source_is_exact: the caller named one file, whose name alone tells everything, and not a directory.
    """
    if _nobody_may_work(observed) is not None:
        return False
    if _has_own_run(observed):
        return source_is_exact
    agent = observed.agent
    if unsupported(observed) is not None or agent.presence is Presence.HALF_REMOVED:
        return False
    if agent.presence in _FRESH:
        return True
    if _unchangeable(observed, desired) is not None:
        return False
    if agent.presence is Presence.RECORD_CORRUPT:
        return agent.record_backup
    return _upgrade_may_be_wanted(agent, desired, source_is_exact)


def needs_tree_size(decided: Plan, observed: HostState) -> bool:
    """Whether the old program tree must be measured before anything is moved: an upgrade packs it into staging.

    Measuring reads the whole tree, so a converged host and a fresh installation are never asked for it.
    """
    upgrades = any(step.name is StepName.UPGRADE for step in decided.steps)
    return upgrades and observed.agent.tree_bytes is None


def _upgrade_may_be_wanted(agent: AgentState, desired: Desired, source_is_exact: bool) -> bool:
    if source_is_exact or agent.version is None:
        return source_is_exact
    return desired.version is not None and not desired.version.accepts(agent.version)


# --- who works on the host ----------------------------------------------------------------------------------------


def _nobody_may_work(observed: HostState) -> MobilityError | None:
    """Not root, or Microsoft's own tools at work: whatever was seen may be wrong the next moment."""
    if observed.uid != 0:
        return not_root(observed)
    return other_installer(observed) if observed.other_installer else None


def _has_own_run(observed: HostState) -> bool:
    return observed.run.phase in _OURS_ALIVE or observed.run.phase is RunPhase.FINISHED


def _manifest(observed: HostState) -> dict[str, str]:
    manifest = observed.run.manifest
    return {key: manifest[key] for key in (MANIFEST_ACTION, MANIFEST_VERSION) if key in manifest}


def _adoption(observed: HostState, desired: Desired, offer: Offer | None) -> Plan:
    """Follow our own run when it does what is wanted now; one that has ended is read in any case."""
    intent = read_manifest(observed.run.manifest)
    if observed.run.phase is RunPhase.PREPARING:
        return Plan(refusal=not_this_run(observed, desired))
    if observed.run.phase is RunPhase.RUNNING and not _does_what_is_wanted(intent, desired, offer):
        return Plan(refusal=not_this_run(observed, desired, intent.differences(desired) if intent else ()))
    promised = observed.agent if intent is None else intent.promised(observed.agent)
    return Plan(steps=(Step(StepName.ADOPT_RUN, _manifest(observed)),), promised=promised)


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
    presence = observed.agent.presence
    if presence is Presence.HALF_REMOVED:
        return Plan(refusal=half_removed(observed))
    if presence is Presence.RECORD_CORRUPT and not observed.agent.record_backup:
        return Plan(refusal=record_corrupt(observed))
    refusal = None if presence in _FRESH else _unchangeable(observed, desired)
    if refusal is not None:
        return Plan(refusal=refusal)
    if presence is Presence.INSTALLED and not _is_upgrade(observed.agent, desired, offer):
        return _nothing_to_do(observed, desired, offer)
    return _change(observed, desired, offer, sizes)


def _unchangeable(observed: HostState, desired: Desired) -> MobilityError | None:
    """What no installer can give an agent that is there: another system, stack, platform or role; a lower version."""
    agent = observed.agent
    if agent.tag and observed.tag and agent.tag.upper() != observed.tag.upper():
        return other_tag_installed(observed)
    if agent.version is not None and _is_below(desired, agent.version):
        return downgrade(agent, str(desired.version))
    return next((setting_change(agent, *change) for change in _changes(agent, desired) if change[1] != change[2]), None)


def _changes(agent: AgentState, desired: Desired) -> t.Iterator[tuple[Reason, str, str]]:
    """Reason, installed value, wanted value; a value that is not known is no change.

    A never registered agent has no stack: its configuration decides that. Platform and role it has from its
    installation, and no later run of the installer changes the role or turns Azure into VMware.
    """
    if agent.registration is not Registration.NO and agent.stack is not None:
        yield Reason.STACK_CHANGE, agent.stack.value, desired.stack.value
    if agent.platform is not None and not _may_be_same_platform(agent, desired):
        yield Reason.PLATFORM_CHANGE, agent.platform, desired.platform
    if agent.role is not None:
        yield Reason.ROLE_CHANGE, agent.role, desired.role


def _may_be_same_platform(agent: AgentState, desired: Desired) -> bool:
    """The installer takes every platform that begins with Azure for Azure, and records it so (9.50, observed)."""
    return agent.platform == "Azure" and desired.platform.startswith("Azure")


def _is_below(desired: Desired, installed: AgentVersion) -> bool:
    """True when the wanted version is lower than the installed one, as far as it is given."""
    spec = desired.version
    if spec is None or spec.accepts(installed):
        return False
    return installed.newer_than(AgentVersion(spec.major, spec.minor, spec.build or 0, spec.revision or 0))


def _is_upgrade(agent: AgentState, desired: Desired, offer: Offer | None) -> bool:
    """True when another release is asked for: by version, or by naming one file. The same release is never enough."""
    if agent.version is None:
        return False
    if desired.version is not None and not desired.version.accepts(agent.version):
        return True
    return offer is not None and offer.exact and not offer.version.same_release(agent.version)


def _nothing_to_do(observed: HostState, desired: Desired, offer: Offer | None) -> Plan:
    return Plan(promised=observed.agent, warnings=tuple(_warnings(observed.agent, desired, offer)))


def _warnings(agent: AgentState, desired: Desired, offer: Offer | None) -> t.Iterator[str]:
    if agent.registration is Registration.OK and not agent.running:
        stopped = ", ".join(name for name, runs in sorted(agent.daemons.items()) if not runs) or "its daemons"
        yield f"The agent is registered and does not run ({stopped}); it was not started."
    if agent.registration is Registration.UNKNOWN:
        yield "Whether the agent is registered cannot be told; see registration_evidence of mobility_agent_info."
    if _build_is_unknown(agent, desired, offer):
        yield f"The build of the installed agent cannot be told ({agent.version}); it may not be the one asked for."
    if _may_be_same_platform(agent, desired) and agent.platform != desired.platform:
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
    if agent.version is not None:
        details["from"] = str(agent.version)
    if agent.presence in _FRESH:
        promised = fresh_agent(desired, offer.version, offer.tag, agent.package)
        return Plan(steps=(Step(StepName.INSTALL, details),), promised=promised)
    promised = upgraded_agent(agent, offer.version, offer.tag)
    return Plan(steps=(Step(StepName.UPGRADE, details),), promised=promised)


def _unknown_stack(observed: HostState) -> MobilityError | None:
    """An agent that may be registered, nobody knows where: the installer would be told a stack and might change it."""
    agent = observed.agent
    unclear = agent.registration is Registration.UNKNOWN and agent.stack is None
    return stack_unknown(agent) if unclear and agent.presence not in _FRESH else None


def _unfit_offer(observed: HostState, desired: Desired, offer: Offer) -> MobilityError | None:
    installed = observed.agent.version if observed.agent.presence not in _FRESH else None
    if offer.tag.upper() != (observed.tag or "").upper():
        return wrong_tag_offered(observed, offer)
    if desired.version is not None and not desired.version.accepts(offer.version):
        return version_not_offered(desired, offer)
    if installed is None:
        return None
    if installed.newer_than(offer.version):
        return downgrade(observed.agent, str(offer.version))
    return too_far(observed.agent, offer) if _is_too_far(installed, offer.version) else None


def _is_too_far(installed: AgentVersion, offered: AgentVersion) -> bool:
    return installed.major != offered.major or offered.minor - installed.minor > _DISTANCE


def _unfit_host(observed: HostState, desired: Desired, sizes: Sizes | None) -> MobilityError | None:
    missing = [tool for tool in _NEEDED_TOOLS if observed.tools.get(tool) is False]
    if missing:
        return tool_missing(missing)
    if observed.agent.presence in _FRESH:
        try:
            directory_option(desired.install_dir)
        except MobilityError as refusal:
            return refusal
    return check_staging(observed) or (check_space(observed, sizes) if sizes else None)
