# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One test for each situation that the plan of a removal knows, and what holds for every host."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Offer, Plan, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal_plan import (
    GONE,
    RemovalWish,
    needs_archive,
    plan_removal,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import shortfalls
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    PackageDatabase,
    Presence,
    Registration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import filesystem, host, installed, offer, registered
from unit.lifecycle.test_plan_properties import after, agents, hosts, manifests, offers

PLAIN = RemovalWish()
THOROUGH = RemovalWish(remove_leftovers=True)
HALF_REMOVED = registered(presence=Presence.HALF_REMOVED, driver_loaded=True)
STALE = registered(presence=Presence.HALF_REMOVED, record_is_stale=True)
HALF_INSTALLED = AgentState(presence=Presence.HALF_INSTALLED, install_dir="/usr/local/ASR")
CORRUPT = registered(presence=Presence.RECORD_CORRUPT, record_problem="it is empty")


def steps(found: Plan) -> list[StepName]:
    """The steps of a plan that is no refusal."""
    assert found.refusal is None, found.refusal
    return [step.name for step in found.steps]


def refused(found: Plan) -> Reason:
    """The reason of a refusal."""
    assert found.refusal is not None, found.steps
    assert found.refusal.remedy
    return found.refusal.reason


@pytest.mark.parametrize(
    ("agent", "wish", "wanted"),
    [
        (AgentState(), PLAIN, []),
        (AgentState(), THOROUGH, []),
        (AgentState(remains=("/var/log/ua_install.log",)), PLAIN, []),
        (AgentState(remains=("/var/log/ua_install.log",)), THOROUGH, [StepName.REMOVE_LEFTOVERS]),
        (installed(), PLAIN, [StepName.UNINSTALL]),
        (registered(), PLAIN, [StepName.UNINSTALL]),
        (registered(driver_loaded=True), THOROUGH, [StepName.UNINSTALL, StepName.REMOVE_LEFTOVERS]),
        (HALF_INSTALLED, THOROUGH, [StepName.REMOVE_LEFTOVERS]),
        (STALE, PLAIN, [StepName.REMOVE_RECORD]),
        (STALE, THOROUGH, [StepName.REMOVE_RECORD, StepName.REMOVE_LEFTOVERS]),
    ],
)
def test_what_a_removal_does(agent: AgentState, wish: RemovalWish, wanted: list[StepName]) -> None:
    assert steps(plan_removal(host(agent), wish, None)) == wanted


@pytest.mark.parametrize(
    ("agent", "wish", "reason"),
    [
        (HALF_INSTALLED, PLAIN, Reason.HALF_INSTALLED),
        (replace(HALF_INSTALLED, driver_loaded=True), THOROUGH, Reason.DRIVER_IN_USE),
        (replace(STALE, driver_loaded=True), THOROUGH, Reason.DRIVER_IN_USE),
        (AgentState(remains=("/etc/vxagent/bin",), driver_loaded=True), THOROUGH, Reason.DRIVER_IN_USE),
        (HALF_REMOVED, PLAIN, Reason.HALF_REMOVED),
        (HALF_REMOVED, THOROUGH, Reason.HALF_REMOVED),
        (CORRUPT, PLAIN, Reason.RECORD_CORRUPT),
        (CORRUPT, THOROUGH, Reason.RECORD_CORRUPT),
    ],
)
def test_what_a_removal_refuses(agent: AgentState, wish: RemovalWish, reason: Reason) -> None:
    assert refused(plan_removal(host(agent), wish, None)) is reason


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        (PackageDatabase.BROKEN, Reason.PACKAGE_DATABASE_BROKEN),
        (PackageDatabase.HANGS, Reason.PACKAGE_MANAGER_BUSY),
        (PackageDatabase.BUSY, Reason.PACKAGE_MANAGER_BUSY),
    ],
)
@pytest.mark.parametrize(
    ("agent", "wish"),
    [(AgentState(), THOROUGH), (HALF_INSTALLED, THOROUGH), (registered(), PLAIN), (HALF_REMOVED, PLAIN)],
)
def test_an_rpm_database_must_be_free(
    database: PackageDatabase, reason: Reason, agent: AgentState, wish: RemovalWish
) -> None:
    observed = host(agent, tag="SLES15-64", package_database=database)
    assert refused(plan_removal(observed, wish, offer("9.60.7100.1", tag="SLES15-64"))) is reason
    assert steps(plan_removal(replace(observed, agent=AgentState()), PLAIN, None)) == []


def test_nobody_is_told_to_rebuild_a_database_that_is_only_slow() -> None:
    observed = host(registered(), tag="SLES15-64", package_database=PackageDatabase.HANGS)
    refusal = plan_removal(observed, PLAIN, None).refusal
    assert refusal is not None
    assert "rebuild" not in refusal.remedy.lower()
    assert "Wait" in refusal.remedy


def test_an_rpm_database_is_no_matter_where_the_agent_is_no_package() -> None:
    observed = host(registered(), package_database=PackageDatabase.BUSY)
    assert steps(plan_removal(observed, PLAIN, None)) == [StepName.UNINSTALL]


@pytest.mark.parametrize(
    ("protected", "replicating", "force", "reason"),
    [
        (None, False, False, None),
        (None, True, False, Reason.PROTECTED),
        (True, False, False, Reason.PROTECTED),
        (True, True, True, None),
        (None, True, True, None),
        (False, True, False, None),  # the vault is asked first; data movers may outlive a disabled replication
    ],
)
def test_a_protected_machine(protected: bool | None, replicating: bool, force: bool, reason: Reason | None) -> None:
    found = plan_removal(host(registered(replicating=replicating)), RemovalWish(force, protected), None)
    assert (found.refusal and found.refusal.reason) is reason
    if found.refusal is not None:
        assert "Disable replication" in found.refusal.remedy


def test_only_a_registered_agent_is_said_to_be_unregistered_without_proof() -> None:
    assert plan_removal(host(installed()), PLAIN, None).warnings == ()
    for registration in (Registration.OK, Registration.UNKNOWN):
        (warning,) = plan_removal(host(registered(registration=registration)), PLAIN, None).warnings
        assert "does not show whether that worked" in warning


def test_what_no_uninstaller_has_removed_is_told_unless_it_is_removed_too() -> None:
    (warning,) = plan_removal(host(STALE), PLAIN, None).warnings
    assert "remove_leftovers" in warning
    assert plan_removal(host(STALE), THOROUGH, None).warnings == ()


# --- half removed ----------------------------------------------------------------------------------------------------


def test_a_half_removed_agent_is_finished_with_an_archive() -> None:
    found = plan_removal(host(HALF_REMOVED), PLAIN, offer())
    assert steps(found) == [StepName.FINISH_REMOVAL]
    assert found.uses_installer
    assert found.steps[0].details == {"installer": offer().file_name}
    assert "restarted" in found.warnings[0]
    thorough = plan_removal(host(HALF_REMOVED), THOROUGH, offer())
    assert steps(thorough) == [StepName.FINISH_REMOVAL, StepName.REMOVE_LEFTOVERS]


@pytest.mark.parametrize(
    ("traits", "offered", "reason"),
    [
        ({}, offer(tag="RHEL9-64"), Reason.WRONG_TAG),
        ({"filesystems": {"staging": replace(filesystem(), noexec=True)}}, offer(), Reason.STAGING_NOEXEC),
    ],
)
def test_an_archive_that_cannot_be_used(traits: dict[str, t.Any], offered: Offer, reason: Reason) -> None:
    assert refused(plan_removal(host(HALF_REMOVED, **traits), PLAIN, offered)) is reason


@pytest.mark.parametrize(
    ("observed", "needed"),
    [
        (host(HALF_REMOVED), True),
        (host(STALE), False),
        (host(registered()), False),
        (host(), False),
        (host(HALF_REMOVED, uid=1), False),
        (host(HALF_REMOVED, run=RunStatus(RunPhase.RUNNING, {"action": "uninstall"})), False),
        (host(HALF_REMOVED, run=RunStatus(RunPhase.DEAD, {"action": "uninstall"})), True),
    ],
)
def test_the_source_is_asked_for_a_half_removed_agent_only(observed: HostState, needed: bool) -> None:
    assert needs_archive(observed, PLAIN) is needed


# --- who works -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"uid": 1000}, Reason.NOT_ROOT),
        ({"other_installer": "./install"}, Reason.OTHER_INSTALLER_RUNNING),
        ({"initrd_in_doubt": True}, Reason.INITRD_NOT_RESTORED),
        ({"run": RunStatus(RunPhase.RUNNING, {"action": "install"})}, Reason.RUN_IN_PROGRESS),
        ({"run": RunStatus(RunPhase.PREPARING, {"action": "uninstall"})}, Reason.RUN_IN_PROGRESS),
    ],
)
def test_nothing_is_removed_while_somebody_works(traits: dict[str, t.Any], reason: Reason) -> None:
    assert refused(plan_removal(host(registered(), **traits), PLAIN, None)) is reason


@pytest.mark.parametrize("phase", [RunPhase.RUNNING, RunPhase.FINISHED])
@pytest.mark.parametrize("action", ["uninstall", "finish_removal"])
def test_a_removal_of_an_earlier_task_is_followed(phase: RunPhase, action: str) -> None:
    found = plan_removal(host(registered(), run=RunStatus(phase, {"action": action})), PLAIN, None)
    assert steps(found) == [StepName.ADOPT_RUN]
    assert found.promised == GONE


def test_a_dead_removal_is_collected_and_the_work_goes_on() -> None:
    found = plan_removal(host(registered(), run=RunStatus(RunPhase.DEAD, {"action": "uninstall"})), PLAIN, None)
    assert steps(found) == [StepName.COLLECT_DEAD_RUN, StepName.UNINSTALL]


# --- for every host --------------------------------------------------------------------------------------------------

wishes = st.builds(RemovalWish, st.booleans(), st.none() | st.booleans(), st.booleans())
any_agents = st.builds(
    replace,
    agents,
    replicating=st.booleans(),
    driver_loaded=st.booleans(),
    remains=st.sampled_from([(), ("/var/log/ua_install.log",)]),
)
any_hosts = st.builds(replace, hosts, agent=any_agents) | st.builds(
    replace, st.just(host()), agent=any_agents, run=st.builds(RunStatus, st.sampled_from(list(RunPhase)), manifests)
)


@given(any_hosts, wishes, st.none() | offers)
def test_a_plan_is_steps_or_one_refusal(observed: HostState, wish: RemovalWish, offered: Offer | None) -> None:
    found = plan_removal(observed, wish, offered)
    if found.refusal is not None:
        assert not found.steps
        assert found.promised is None
    else:
        assert found.promised is not None
        assert found.promised.presence is Presence.ABSENT


@given(any_hosts, wishes, st.none() | offers)
def test_no_plan_removes_a_protected_agent_unless_forced(
    observed: HostState, wish: RemovalWish, offered: Offer | None
) -> None:
    known = wish.protected or (observed.agent.replicating and wish.protected is None)
    found = plan_removal(observed, wish, offered)
    if StepName.UNINSTALL in [step.name for step in found.steps]:
        assert wish.force or not known


@given(any_hosts, wishes, st.none() | offers)
def test_the_plan_of_the_promised_state_is_empty(observed: HostState, wish: RemovalWish, offered: Offer | None) -> None:
    found = plan_removal(observed, wish, offered)
    if found.refusal is not None:
        return
    again = plan_removal(replace(after(observed, found), initrd_in_doubt=False), wish, offered)
    assert again.refusal is None
    assert [step.name for step in again.steps] in ([], [StepName.REMOVE_LEFTOVERS])
    assert (not again.steps) or (wish.remove_leftovers and again.promised == GONE)
    assert shortfalls(found.promised or AgentState(), GONE) == []


@given(any_hosts, wishes, offers)
def test_without_need_an_archive_changes_nothing_of_the_plan(
    observed: HostState, wish: RemovalWish, offered: Offer
) -> None:
    if needs_archive(observed, wish):
        return
    with_archive, without = plan_removal(observed, wish, offered), plan_removal(observed, wish, None)
    assert with_archive.steps == without.steps
    assert (with_archive.refusal and with_archive.refusal.reason) is (without.refusal and without.refusal.reason)


@given(any_hosts, wishes, st.none() | offers)
def test_leftovers_go_last_and_only_when_asked(observed: HostState, wish: RemovalWish, offered: Offer | None) -> None:
    names = [step.name for step in plan_removal(observed, wish, offered).steps]
    assert StepName.REMOVE_LEFTOVERS not in names[:-1]
    assert wish.remove_leftovers or StepName.REMOVE_LEFTOVERS not in names
