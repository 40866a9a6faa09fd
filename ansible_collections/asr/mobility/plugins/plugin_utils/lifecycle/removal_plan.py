# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a removal: from what was observed to named steps, or to one refusal. Pure; nothing here touches a host.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): the uninstaller ends 0 also when the
driver was in use and half of the agent stays; the installed uninstall.sh is gone then, the one of an installer archive
finishes the removal after a restart.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    REMOVAL_STEPS,
    Offer,
    Plan,
    Step,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import (
    EarlierRun,
    earlier_run,
    nobody_may_work,
    run_step,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    driver_loaded,
    half_installed,
    half_removed,
    not_this_run,
    package_database,
    protected_item,
    record_corrupt,
    unread_run,
    wrong_tag_offered,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import check_staging
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
)

ACTIONS = REMOVAL_STEPS
_UNINSTALLING = (StepName.UNINSTALL, StepName.FINISH_REMOVAL)
GONE = AgentState()  # what every removal leads to
_UNHEARD = (
    "The uninstaller tells the configuration server or appliance that the agent goes, and does not show whether that "
    "worked; unregister first, or look into the vault."
)
_NOT_THE_REST = (
    "The programs of the agent were gone, so no uninstaller could run; units, scripts and drivers of it may be left. "
    "Set remove_leftovers to have them removed."
)


@dataclass(frozen=True)
class RemovalWish:
    """state=absent as the caller wrote it."""

    force: bool = False  # also from a machine that is known to be protected
    protected: bool | None = None  # what the caller knows from the vault
    remove_leftovers: bool = False


def plan_removal(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    """The way from observed to a host without the agent.

    offer: the installer whose archive holds an uninstaller; None when needs_archive() said that it does not matter, or
    when there is no source.
    """
    refusal = nobody_may_work(observed, force=wish.force)
    if refusal is not None:
        return Plan(refusal=refusal)
    earlier = earlier_run(observed, ACTIONS, force=wish.force)
    if earlier is EarlierRun.UNREAD:
        return Plan(refusal=unread_run(observed))
    if earlier is EarlierRun.IN_THE_WAY:
        return Plan(refusal=not_this_run(observed, None))
    if earlier is EarlierRun.ADOPT:
        return Plan(steps=(run_step(StepName.ADOPT_RUN, observed),), promised=GONE)
    rest = _PLANS[observed.agent.presence](observed, wish, offer)
    if rest.refusal is not None or earlier is EarlierRun.NONE:
        return rest
    return replace(rest, steps=(run_step(StepName.COLLECT_DEAD_RUN, observed), *rest.steps))


def needs_archive(observed: HostState, wish: RemovalWish) -> bool:
    """Whether the plan needs the uninstaller of an installer archive."""
    if nobody_may_work(observed, force=wish.force) is not None:
        return False
    if earlier_run(observed, ACTIONS, force=wish.force) not in (EarlierRun.NONE, EarlierRun.COLLECT):
        return False
    return observed.agent.presence is Presence.HALF_REMOVED and not observed.agent.record_is_stale


def _nothing_there(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    if wish.remove_leftovers and (observed.agent.remains or package_database(observed)):
        return _with_leftovers(Plan(promised=GONE), observed)
    return Plan(promised=observed.agent)


def _programs_without_record(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    if not wish.remove_leftovers:
        return Plan(refusal=half_installed(observed))
    return _with_leftovers(Plan(promised=GONE), observed)


def _whole(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    refusal = _protected(observed.agent, wish) or package_database(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    details = {"version": str(observed.agent.version), "install_dir": str(observed.agent.install_dir)}
    warnings = () if observed.agent.registration is Registration.NO else (_UNHEARD,)
    plan = Plan(steps=(Step(StepName.UNINSTALL, details, promised=GONE),), promised=GONE, warnings=warnings)
    return _with_leftovers(plan, observed) if wish.remove_leftovers else plan


def _half_removed(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    if observed.agent.record_is_stale:
        plan = Plan(steps=(Step(StepName.REMOVE_RECORD, promised=GONE),), promised=GONE)
        return _with_leftovers(plan, observed) if wish.remove_leftovers else replace(plan, warnings=(_NOT_THE_REST,))
    if offer is None:
        return Plan(refusal=half_removed(observed))
    if offer.tag.upper() != (observed.tag or "").upper():
        return Plan(refusal=wrong_tag_offered(observed, offer))
    refusal = check_staging(observed) or package_database(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    plan = Plan(
        steps=(Step(StepName.FINISH_REMOVAL, {"installer": offer.file_name}, promised=GONE),),
        promised=GONE,
        warnings=("The removal can only be finished when the host was restarted after its first part.",),
    )
    return _with_leftovers(plan, observed) if wish.remove_leftovers else plan


def _unreadable(observed: HostState, wish: RemovalWish, offer: Offer | None) -> Plan:
    return Plan(refusal=record_corrupt(observed))


_PLANS: t.Mapping[Presence, t.Callable[[HostState, RemovalWish, Offer | None], Plan]] = {
    Presence.ABSENT: _nothing_there,
    Presence.INSTALLED: _whole,
    Presence.HALF_INSTALLED: _programs_without_record,
    Presence.HALF_REMOVED: _half_removed,
    Presence.RECORD_CORRUPT: _unreadable,
}


def _with_leftovers(plan: Plan, observed: HostState) -> Plan:
    """The plan with a last step that removes what is left; a loaded driver must be unloaded by an uninstaller first."""
    refusal = package_database(observed)
    if refusal is not None:
        return Plan(refusal=refusal)
    uninstalls = any(step.name in _UNINSTALLING for step in plan.steps)
    if observed.agent.driver_loaded and not uninstalls:
        return Plan(refusal=driver_loaded(observed))
    return replace(plan, steps=(*plan.steps, Step(StepName.REMOVE_LEFTOVERS, promised=GONE)))


def _protected(agent: AgentState, wish: RemovalWish) -> MobilityError | None:
    """Known from the vault, or seen on the host, whose data movers work only while an item is protected."""
    if wish.force:
        return None
    if wish.protected:
        return protected_item(agent, "the vault says so")
    if agent.replicating and wish.protected is None:
        return protected_item(agent, "its data movers work")
    return None
