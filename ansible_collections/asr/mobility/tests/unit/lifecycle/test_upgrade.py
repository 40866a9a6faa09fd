# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an upgrade: what may change, how far one step may go, what the loaded driver demands."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    Change,
    Desired,
    Offer,
    Plan,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import needs_offer, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.upgrade import changes_of_upgrade
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
    Stack,
)
from unit.lifecycle.states import RUNNING, STOPPED, host, installed, offer, registered, version

LATEST = Desired(latest=True)
CLASSIC = registered(stack=Stack.CLASSIC)
NEWER = offer("9.61.7200.1")
STACK, PLATFORM, REGISTRATION = (frozenset({change}) for change in Change)
UBUNTU: dict[str, t.Any] = {"tag": "UBUNTU-20.04-64", "kernel_running": "5.15.0-1", "os_name": "Ubuntu 20.04"}
FAULTY_AGENT = registered("9.47.6219.0", tag="UBUNTU-20.04-64")


def library(number: str, tag: str = "DEBIAN12-64") -> Offer:
    """The highest version of a directory."""
    return offer(number, tag, exact=False)


def steps(found: Plan) -> list[StepName]:
    """The steps of a plan that is no refusal."""
    assert found.refusal is None, found.refusal
    return [step.name for step in found.steps]


def refused(found: Plan) -> Reason:
    """The reason of a refusal."""
    assert found.refusal is not None, found.steps
    return found.refusal.reason


# --- latest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        (library("9.60.7100.1"), []),
        (library("9.60.7200.1"), [StepName.UPGRADE]),
        (library("9.61.7200.1"), [StepName.UPGRADE]),
        (library("9.61.0.0"), [StepName.UPGRADE]),
        (library("9.60.0.0"), []),  # a placeholder names no build: it is no newer one
        (library("9.59.7000.1"), []),  # nothing newer is fine
        (offer("9.61.7200.1"), [StepName.UPGRADE]),
    ],
)
@pytest.mark.parametrize("agent", [installed(), registered()])
def test_latest_upgrades_to_what_is_newer_and_leaves_the_rest(
    agent: AgentState, offered: Offer, wanted: list[StepName]
) -> None:
    found = plan(host(agent), LATEST, offered)
    assert steps(found) == wanted
    if not wanted:
        assert found.promised == agent


def test_latest_always_asks_the_source_so_that_an_empty_one_is_noticed() -> None:
    assert needs_offer(host(registered()), LATEST, source_is_exact=False)
    assert needs_offer(host(), LATEST, source_is_exact=False)
    assert not needs_offer(host(registered()), Desired(), source_is_exact=False)


def test_latest_of_a_single_older_file_is_a_downgrade_like_any_other() -> None:
    assert refused(plan(host(registered()), LATEST, offer("9.59.7000.1"))) is Reason.DOWNGRADE


def test_latest_within_a_wanted_release() -> None:
    wish = Desired(latest=True, version=VersionSpec.parse("9.60"))
    assert steps(plan(host(registered()), wish, library("9.60.7200.1"))) == [StepName.UPGRADE]
    assert refused(plan(host(registered("9.61.1.0")), wish, library("9.60.7200.1"))) is Reason.DOWNGRADE


# --- how far ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "number", "expected"),
    [
        (registered("9.56.1.0"), "9.62.1.1", None),  # 9.58 and 9.59 do not count for the modernized stack
        (registered("9.56.1.0"), "9.63.1.1", Reason.UPGRADE_TOO_FAR),
        (registered("9.54.1.0", stack=Stack.CLASSIC), "9.60.1.1", None),
        (registered("9.53.1.0", stack=Stack.CLASSIC), "9.60.1.1", Reason.UPGRADE_TOO_FAR),
    ],
)
def test_distance_is_counted_by_the_stack(agent: AgentState, number: str, expected: Reason | None) -> None:
    found = plan(host(agent), Desired(stack=agent.stack or Stack.MODERNIZED), offer(number))
    assert (found.refusal and found.refusal.reason) is expected


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        (None, None),
        ("9.57.7000.1", None),
        ("9.61.7200.1", None),
        ("9.56.6900.1", None),  # four releases of any stack: 57, 59, 60, 61
        ("9.55.6800.1", Reason.RESTART_FIRST),
    ],
)
def test_the_loaded_driver_must_not_lie_too_far_behind(loaded: str | None, expected: Reason | None) -> None:
    agent = registered(driver_version=version(loaded) if loaded else None)
    found = plan(host(agent), Desired(), NEWER)
    assert (found.refusal and found.refusal.reason) is expected
    if found.refusal is not None:
        assert "9.55.6800.1 loaded" in found.refusal.found
        assert "Restart the host" in found.refusal.remedy


@pytest.mark.parametrize(
    ("loaded", "number", "words"),
    [
        ("9.66.1.7691", "9.66.7759.1", ["restart the host after the upgrade"]),
        ("9.66.1.7567", "9.66.7691.1", ["use build 7759"]),
        ("9.66.1.7691", "9.66.7700.1", ["restart the host after the upgrade", "use build 7759"]),
        ("9.66.1.7567", "9.66.7759.1", []),
    ],
)
def test_faulty_drivers_are_named(loaded: str, number: str, words: list[str]) -> None:
    found = plan(host(registered("9.66.7567.0", driver_version=version(loaded))), Desired(), offer(number))
    assert steps(found) == [StepName.UPGRADE]
    assert len(found.warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, found.warnings, strict=True))


# --- what may change -------------------------------------------------------------------------------------------------


def test_the_move_to_the_modernized_stack_must_be_allowed() -> None:
    refusal = plan(host(CLASSIC), LATEST, library("9.61.7200.1")).refusal
    assert refusal is not None
    assert refusal.reason is Reason.STACK_CHANGE
    assert "allow_change" in refusal.remedy


def test_an_allowed_move_is_an_upgrade_that_leaves_the_agent_stopped() -> None:
    found = plan(host(CLASSIC), Desired(allow_change=STACK), library("9.60.7100.1"))
    assert steps(found) == [StepName.UPGRADE]
    assert found.steps[0].details["changes"] == "stack"
    promised = found.promised
    assert promised is not None
    assert (promised.migrating, promised.running, promised.stack) == (("stack",), False, Stack.CLASSIC)
    again = plan(host(promised), Desired(allow_change=STACK), library("9.60.7100.1"))
    assert steps(again) == []
    assert "stopped until it is registered" in again.warnings[0]


@pytest.mark.parametrize("started", [True, False])
def test_a_prepared_agent_is_not_started_before_it_is_configured(started: bool) -> None:
    prepared = replace(CLASSIC, migrating=("stack",), daemons=STOPPED)
    assert steps(plan(host(prepared), Desired(allow_change=STACK, started=started), None)) == []


@pytest.mark.parametrize("change", Change)
def test_no_permission_leads_back_to_the_classic_stack(change: Change) -> None:
    wish = Desired(stack=Stack.CLASSIC, allow_change=frozenset({change}))
    assert refused(plan(host(registered()), wish, NEWER)) is Reason.STACK_CHANGE


@pytest.mark.parametrize(("number", "offered"), [("9.49.6395.0", "9.50.6409.1"), ("9.48.6349.0", "9.49.6395.1")])
def test_the_move_needs_9_50_on_both_sides(number: str, offered: str) -> None:
    agent = registered(number, stack=Stack.CLASSIC)
    refusal = plan(host(agent), Desired(allow_change=STACK), offer(offered)).refusal
    assert refusal is not None
    assert refusal.reason is Reason.STACK_CHANGE
    assert "9.50" in refusal.expected


@pytest.mark.parametrize("agent", [installed(), registered()])
def test_vmware_becomes_azure_when_allowed(agent: AgentState) -> None:
    wish = Desired(platform="Azure")
    assert refused(plan(host(agent), wish, NEWER)) is Reason.PLATFORM_CHANGE
    found = plan(host(agent), replace(wish, allow_change=PLATFORM), NEWER)
    assert steps(found) == [StepName.UPGRADE]
    assert found.promised is not None
    assert (found.promised.platform, found.promised.migrating) == ("Azure", ("platform",))
    assert not found.promised.running


def test_azure_never_becomes_vmware() -> None:
    wish = Desired(allow_change=frozenset(Change))
    refusal = plan(host(registered(platform="Azure")), wish, NEWER).refusal
    assert refusal is not None
    assert refusal.reason is Reason.PLATFORM_CHANGE
    assert "allow_change" not in refusal.remedy


def test_no_permission_changes_a_role() -> None:
    wish = Desired(role="master_target", allow_change=frozenset(Change))
    assert refused(plan(host(registered()), wish, NEWER)) is Reason.ROLE_CHANGE


# --- what would be lost ----------------------------------------------------------------------------------------------


def test_a_registration_is_not_lost_without_permission() -> None:
    observed = host(FAULTY_AGENT, **UBUNTU)
    newer = offer("9.50.6409.1", "UBUNTU-20.04-64")
    assert refused(plan(observed, Desired(), newer)) is Reason.REGISTRATION_WOULD_BE_LOST
    found = plan(observed, Desired(allow_change=REGISTRATION), newer)
    assert steps(found) == [StepName.UPGRADE]
    assert found.promised is not None
    assert (found.promised.registration, found.promised.running) == (Registration.NO, False)


def test_what_was_never_registered_cannot_lose_it() -> None:
    agent = installed("9.47.6219.0", tag="UBUNTU-20.04-64")
    newer = offer("9.50.6409.1", "UBUNTU-20.04-64")
    found = plan(host(agent, **UBUNTU), Desired(), newer)
    assert steps(found) == [StepName.UPGRADE]


@pytest.mark.parametrize(
    ("observed", "desired", "changes"),
    [
        (host(registered()), Desired(allow_change=frozenset(Change)), set()),
        (host(CLASSIC), Desired(allow_change=STACK), {Change.STACK}),
        (host(CLASSIC), Desired(platform="Azure", allow_change=STACK | PLATFORM), {Change.STACK, Change.PLATFORM}),
        (host(FAULTY_AGENT, **UBUNTU), Desired(), {Change.REGISTRATION}),
    ],
)
def test_what_an_upgrade_changes(observed: HostState, desired: Desired, changes: set[Change]) -> None:
    assert changes_of_upgrade(observed, desired) == changes


# --- started ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        (registered(daemons=STOPPED), [StepName.START]),
        (registered(daemons={"svagents": False, "appservice": True}), [StepName.START]),
        (registered(), []),
        (installed(), []),
        (registered(daemons=STOPPED, registration=Registration.UNKNOWN), []),
    ],
)
def test_a_registered_agent_is_started_when_asked(agent: AgentState, wanted: list[StepName]) -> None:
    found = plan(host(agent), Desired(started=True), None)
    assert steps(found) == wanted
    if wanted:
        assert found.promised is not None
        assert found.promised.daemons == RUNNING
        assert steps(plan(host(found.promised), Desired(started=True), None)) == []


# --- a record that nothing stands behind -----------------------------------------------------------------------------


def test_a_stale_record_goes_before_a_fresh_installation() -> None:
    stale = registered("9.66.1.0", presence=Presence.HALF_REMOVED, record_is_stale=True, daemons=STOPPED)
    found = plan(host(stale), LATEST, library("9.61.7200.1"))
    assert steps(found) == [StepName.REMOVE_RECORD, StepName.INSTALL]
    assert found.steps[0].promised == AgentState()
    assert found.promised is not None
    assert found.promised.registration is Registration.NO
