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
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    MANIFEST_VERSION,
    Desired,
    Offer,
    Plan,
    Step,
    StepName,
)
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

__all__ = ["Sizes", "check_space", "check_staging", "needs_offer", "plan", "space_needed"]

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
    version = _manifest_version(observed)
    ended = observed.run.phase is RunPhase.FINISHED
    if observed.run.phase is RunPhase.PREPARING or (not ended and not _does_what_is_wanted(observed, desired, offer)):
        return Plan(refusal=not_this_run(observed, desired))
    promised = observed.agent if version is None else _promise_of_run(observed, desired, version)
    return Plan(steps=(Step(StepName.ADOPT_RUN, _manifest(observed)),), promised=promised)


def _does_what_is_wanted(observed: HostState, desired: Desired, offer: Offer | None) -> bool:
    version = _manifest_version(observed)
    if version is None or observed.run.manifest.get(MANIFEST_ACTION) not in (StepName.INSTALL, StepName.UPGRADE):
        return False
    if desired.version is not None and not desired.version.accepts(version):
        return False
    return offer is None or not offer.exact or offer.version.same_release(version)


def _manifest_version(observed: HostState) -> AgentVersion | None:
    try:
        return AgentVersion.parse(observed.run.manifest.get(MANIFEST_VERSION, ""))
    except MobilityError:
        return None


def _promise_of_run(observed: HostState, desired: Desired, version: AgentVersion) -> AgentState:
    tag = observed.run.manifest.get("tag") or observed.tag or ""
    done = Offer("", version, tag, exact=False)
    if observed.run.manifest.get(MANIFEST_ACTION) == StepName.UPGRADE and observed.agent.install_dir:
        return _upgraded(observed.agent, done)
    return _installed(observed, desired, done)


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
    if agent.registration is Registration.NO:
        return None
    return next((setting_change(*change) for change in _changes(agent, desired) if change[1] != change[2]), None)


def _changes(agent: AgentState, desired: Desired) -> t.Iterator[tuple[Reason, str, str]]:
    """Reason, installed value, wanted value; a value that is not known is no change."""
    if agent.stack is not None:
        yield Reason.STACK_CHANGE, agent.stack.value, desired.stack.value
    if agent.platform is not None:
        yield Reason.PLATFORM_CHANGE, agent.platform, desired.platform
    if agent.role is not None:
        yield Reason.ROLE_CHANGE, agent.role, desired.role


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
    if offer is not None and agent.version is not None and offer.version.newer_than(agent.version):
        yield f"The source has version {offer.version}; {agent.version} is installed and no other was asked for."
    if desired.install_dir not in (DEFAULT_DIRECTORY, agent.install_dir):
        yield f"The agent is installed in {agent.install_dir}; install_dir is for new installations only."


# --- what the source offers -----------------------------------------------------------------------------------------


def _change(observed: HostState, desired: Desired, offer: Offer | None, sizes: Sizes | None) -> Plan:
    refusal = unsupported(observed)
    if refusal is not None or offer is None:
        return Plan(refusal=refusal or no_offer(observed, desired))
    refusal = _unfit_offer(observed, desired, offer) or _unfit_host(observed, desired, sizes)
    if refusal is not None:
        return Plan(refusal=refusal)
    fresh = observed.agent.presence in _FRESH
    name = StepName.INSTALL if fresh else StepName.UPGRADE
    promised = _installed(observed, desired, offer) if fresh else _upgraded(observed.agent, offer)
    details = {"installer": offer.file_name, "version": str(offer.version)}
    if observed.agent.version is not None:
        details["from"] = str(observed.agent.version)
    warnings = () if fresh else tuple(_kept(observed.agent, desired))
    return Plan(steps=(Step(name, details),), promised=promised, warnings=warnings)


def _kept(agent: AgentState, desired: Desired) -> t.Iterator[str]:
    """An upgrade keeps what an agent was installed with; a never registered one may differ from what is asked for."""
    for name, kept, wanted in (("platform", agent.platform, desired.platform), ("role", agent.role, desired.role)):
        if kept is not None and kept != wanted:
            yield f"The agent was installed with {name} {kept}; the upgrade keeps it."


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


# --- what is promised -----------------------------------------------------------------------------------------------


def _installed(observed: HostState, desired: Desired, offer: Offer) -> AgentState:
    """A fresh agent: installed, not registered, not running."""
    return AgentState(
        presence=Presence.INSTALLED,
        version=offer.version.as_recorded,
        tag=offer.tag,
        install_dir=desired.install_dir,
        platform=desired.platform,
        role=desired.role,
        registration=Registration.NO,
        daemons={"svagents": False, "appservice": False},
        driver_loaded=True,
        driver_installed=True,
        record_backup=True,
        package=observed.agent.package,
    )


def _upgraded(agent: AgentState, offer: Offer) -> AgentState:
    """The same agent, newer: identity and registration stay, the record is whole, what was running runs again."""
    return replace(
        agent,
        presence=Presence.INSTALLED,
        version=offer.version.as_recorded,
        tag=offer.tag or agent.tag,
        record_problem=None,
        record_backup=True,
        configuration_status=None,
    )
