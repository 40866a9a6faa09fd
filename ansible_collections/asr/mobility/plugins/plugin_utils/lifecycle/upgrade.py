# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an upgrade: what may change of an agent, how far one step may go, what the driver demands. Pure.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed; "Service updates in Site Recovery"):
a registered classic agent can be prepared for the modernized stack and one for VMware for Azure, never the other way;
both are then stopped until they are configured. A restart is mandatory before the driver in use lies more than four
versions behind.
"""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.releases import (
    allows_stack_change,
    is_within_reach,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Change, Desired, Offer
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    downgrade,
    registration_would_be_lost,
    restart_first,
    setting_change,
    stack_change_too_early,
    too_far,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import (
    driver_of,
    is_faulty,
    is_removed_first,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Registration,
    Stack,
)


class Difference(t.NamedTuple):
    """A setting in which the agent is not as wanted; change: how an installer could bring it about, if at all."""

    reason: Reason
    installed: str
    wanted: str
    change: Change | None = None


def differences(agent: AgentState, desired: Desired) -> t.Iterator[Difference]:
    """The settings that differ; a value that is not known, or whose change is prepared already, is no difference.

    A never registered agent has no stack: its configuration decides that. Platform and role it has from its
    installation, and no later run of the installer changes the role or turns Azure into VMware.
    """
    if agent.registration is not Registration.NO and agent.stack not in (None, desired.stack):
        to_modernized = desired.stack is Stack.MODERNIZED
        if not (to_modernized and "stack" in agent.migrating):
            change = Change.STACK if to_modernized else None
            yield Difference(Reason.STACK_CHANGE, str(agent.stack and agent.stack.value), desired.stack.value, change)
    if agent.platform not in (None, desired.platform) and not may_be_same_platform(agent, desired):
        change = Change.PLATFORM if agent.platform == "VmWare" else None
        yield Difference(Reason.PLATFORM_CHANGE, str(agent.platform), desired.platform, change)
    if agent.role not in (None, desired.role):
        yield Difference(Reason.ROLE_CHANGE, str(agent.role), desired.role)


def may_be_same_platform(agent: AgentState, desired: Desired) -> bool:
    """The installer takes every platform that begins with Azure for Azure, and records it so (9.50, observed)."""
    return agent.platform == "Azure" and desired.platform.startswith("Azure")


def forbidden_change(agent: AgentState, desired: Desired) -> MobilityError | None:
    """The first difference that no installer can remove, or that the caller has not allowed."""
    for found in differences(agent, desired):
        if found.change is None or found.change not in desired.allow_change:
            return setting_change(agent, found.reason, found.installed, found.wanted, found.change)
    return None


def allowed_changes(agent: AgentState, desired: Desired) -> frozenset[Change]:
    """What an upgrade is to change of the agent, because it is wanted and allowed."""
    return frozenset(found.change for found in differences(agent, desired) if found.change in desired.allow_change)


def changes_of_upgrade(observed: HostState, desired: Desired) -> frozenset[Change]:
    """Everything that an upgrade of this agent will change beside its version."""
    lost = {Change.REGISTRATION} if loses_registration(observed) else set()
    return allowed_changes(observed.agent, desired) | lost


def unfit_upgrade(observed: HostState, desired: Desired, offer: Offer) -> MobilityError | None:
    """Why this installer may not be run over this agent, or None."""
    agent = observed.agent
    if agent.version is None:
        return None
    if agent.version.newer_than(offer.version):
        return downgrade(agent, str(offer.version))
    if not is_within_reach(agent.version, offer.version, agent.stack.value if agent.stack else None):
        return too_far(agent, offer)
    return _unfit_stack_change(agent, desired, offer) or _unfit_driver(observed, desired, offer)


def _unfit_stack_change(agent: AgentState, desired: Desired, offer: Offer) -> MobilityError | None:
    if Change.STACK not in allowed_changes(agent, desired) or agent.version is None:
        return None
    early = [version for version in (agent.version, offer.version) if not allows_stack_change(version)]
    return stack_change_too_early(early[0]) if early else None


def _unfit_driver(observed: HostState, desired: Desired, offer: Offer) -> MobilityError | None:
    """The loaded driver tells the version of the last start; only a closer look has asked it."""
    agent = observed.agent
    loaded = agent.driver_version
    if loaded is not None and not is_within_reach(loaded, offer.version):
        return restart_first(agent, offer)
    if loses_registration(observed) and Change.REGISTRATION not in desired.allow_change:
        return registration_would_be_lost(observed)
    return None


def loses_registration(observed: HostState) -> bool:
    """True when the installer will remove the agent first, and it is or may be registered."""
    return observed.agent.registration is not Registration.NO and is_removed_first(observed)


def driver_warnings(observed: HostState, offer: Offer) -> t.Iterator[str]:
    """What a person should know of the drivers before and after an upgrade."""
    if is_faulty(observed.agent.driver_version, observed.tag):
        yield (
            f"The loaded driver {observed.agent.driver_version} is one that Microsoft flags as faulty; "
            "restart the host after the upgrade, then let the protected disks be resynchronized."
        )
    if is_faulty(driver_of(offer.version), observed.tag):
        yield f"Microsoft flags the driver of version {offer.version} as faulty; use build 7759 or a later one."
