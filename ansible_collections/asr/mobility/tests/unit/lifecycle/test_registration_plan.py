# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way from a state of the agent to a wanted registration, and every refusal on it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Plan, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import (
    Relation,
    Wanted,
    plan_registration,
    relation_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import read_config_file
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    Presence,
    Registration,
    Stack,
    StoredRegistration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import STOPPED, filesystem, host, installed, registered
from unit.mobility.registration.files import APPLIANCE, BIOS_ID, DAY, NOW, content, file_bytes

FILE = content()
MODERN = Wanted(config=read_config_file(file_bytes()))
CLASSIC = Wanted(stack=Stack.CLASSIC, server="cs.example.com", passphrase_hash="right")
ABSENT = Wanted(present=False)
ON_SERVER = registered(stack=Stack.CLASSIC, configuration_server="cs.example.com", port=443)
STORED_FILE = StoredRegistration(source_config=FILE)
STORED_PASSPHRASE = StoredRegistration(passphrase="right")


def modern_host(agent: AgentState | None = None, stored: StoredRegistration = STORED_FILE, **more: object) -> HostState:
    """A host whose agent is registered with the file, unless another one is given."""
    return host(agent or registered(), bios_id=BIOS_ID, stored_registration=stored, **more)


def classic_host(agent: AgentState = ON_SERVER, stored: StoredRegistration = STORED_PASSPHRASE) -> HostState:
    """A host whose agent is registered with the configuration server."""
    return host(agent, bios_id=BIOS_ID, stored_registration=stored)


def plan(observed: HostState, wanted: Wanted) -> Plan:
    """At the time for which the files were made."""
    return plan_registration(observed, wanted, NOW)


def steps(observed: HostState, wanted: Wanted) -> list[StepName]:
    """The names of the steps; a refusal fails the test."""
    decided = plan(observed, wanted)
    assert decided.refusal is None, decided.refusal
    return [step.name for step in decided.steps]


def reason(observed: HostState, wanted: Wanted) -> Reason | None:
    """Why it is refused."""
    decided = plan(observed, wanted)
    assert decided.refusal is None or (not decided.steps and decided.promised is None)
    return decided.refusal.reason if decided.refusal else None


def elsewhere(**changes: t.Any) -> Wanted:  # noqa: ANN401 - any JSON value
    """Modernized, with a file that has other keys."""
    return replace(MODERN, config=read_config_file(file_bytes(**changes)))


OTHER_APPLIANCE = elsewhere(RcmProxyTransportSettings={**APPLIANCE, "Id": "other"})
OTHER_VAULT = elsewhere(ContainerId="other", ResourceId="other")
OTHER_SERVER = replace(CLASSIC, server="cs2.example.com")


NO_PLACE = StoredRegistration()
UNSURE = modern_host(registered(registration=Registration.UNKNOWN), NO_PLACE)
LEFT = installed(host_id="guid", configuration_status="Failed")
UNSURE_CLASSIC = registered(registration=Registration.UNKNOWN, stack=Stack.CLASSIC)


@pytest.mark.parametrize(
    ("observed", "wanted", "expected"),
    [
        # fresh
        (host(installed()), MODERN, [StepName.REGISTER]),
        (host(installed()), CLASSIC, [StepName.REGISTER]),
        (modern_host(registered(registration=Registration.UNKNOWN)), MODERN, [StepName.REGISTER]),
        # nobody knows whether it is registered: by its place it is this one, or it may leave any
        (UNSURE, replace(MODERN, allow_move=True), [StepName.REGISTER]),
        (host(UNSURE_CLASSIC), replace(CLASSIC, allow_move=True), [StepName.REGISTER]),
        (
            modern_host(registered(registration=Registration.UNKNOWN, host_id=None), NO_PLACE),
            MODERN,
            [StepName.REGISTER],
        ),
        (UNSURE, ABSENT, [StepName.UNREGISTER]),
        # a move to another vault failed after the old one was told
        (modern_host(LEFT), MODERN, [StepName.REGISTER]),
        (modern_host(LEFT), replace(OTHER_VAULT, allow_move=True), [StepName.MOVE]),
        (modern_host(LEFT, NO_PLACE), OTHER_VAULT, [StepName.REGISTER]),
        # where it should be
        (modern_host(), MODERN, []),
        (classic_host(), CLASSIC, []),
        (classic_host(), replace(CLASSIC, server="CS.Example.com"), []),
        (modern_host(registered(daemons=STOPPED)), MODERN, [StepName.START]),
        (classic_host(replace(ON_SERVER, daemons=STOPPED)), CLASSIC, [StepName.START]),
        (modern_host(), elsewhere(ResourceLocation="WESTEUROPE", ClientCertificate=None), []),
        (modern_host(stored=StoredRegistration(source_config={**FILE, "RcmProxyTransportSettings": {}})), MODERN, []),
        # another passphrase or address
        (classic_host(stored=StoredRegistration("wrong")), CLASSIC, [StepName.REGISTER]),
        (classic_host(stored=StoredRegistration(None)), CLASSIC, [StepName.REGISTER]),
        (classic_host(), replace(CLASSIC, external_ip="192.0.2.1"), [StepName.REGISTER]),
        (
            classic_host(stored=StoredRegistration("right", external_address="192.0.2.1")),
            replace(CLASSIC, external_ip="192.0.2.1"),
            [],
        ),
        # elsewhere
        (classic_host(), replace(OTHER_SERVER, allow_move=True), [StepName.MOVE]),
        (classic_host(), replace(CLASSIC, port=8443, allow_move=True), [StepName.MOVE]),
        (modern_host(), replace(OTHER_APPLIANCE, allow_move=True), [StepName.MOVE]),
        (modern_host(), replace(OTHER_VAULT, allow_move=True), [StepName.MOVE]),
        # prepared by an upgrade for the modernized stack
        (host(replace(ON_SERVER, migrating=("stack",), daemons=STOPPED)), MODERN, [StepName.REGISTER]),
        # not registered any more
        (host(installed()), ABSENT, []),
        (host(), ABSENT, []),
        (modern_host(), ABSENT, [StepName.UNREGISTER]),
        (classic_host(), ABSENT, [StepName.UNREGISTER]),
        (host(installed(configuration_server="cs.example.com")), ABSENT, [StepName.UNREGISTER]),
    ],
)
def test_the_steps(observed: HostState, wanted: Wanted, expected: list[StepName]) -> None:
    assert steps(observed, wanted) == expected


CLASSIC_AGENT = host(ON_SERVER)


@pytest.mark.parametrize(
    ("observed", "wanted", "expected"),
    [
        (host(installed(), uid=1000), MODERN, Reason.NOT_ROOT),
        (host(installed(), other_installer="install"), ABSENT, Reason.OTHER_INSTALLER_RUNNING),
        (host(), MODERN, Reason.AGENT_MISSING),
        (host(AgentState(presence=Presence.HALF_INSTALLED)), CLASSIC, Reason.AGENT_MISSING),
        (host(registered(presence=Presence.HALF_REMOVED)), MODERN, Reason.HALF_REMOVED),
        (host(registered(presence=Presence.HALF_REMOVED)), ABSENT, Reason.HALF_REMOVED),
        (host(registered(presence=Presence.RECORD_CORRUPT)), MODERN, Reason.RECORD_CORRUPT),
        (host(installed(platform="Azure")), MODERN, Reason.PLATFORM_CHANGE),
        (host(registered(platform="AzureStackHub")), ABSENT, Reason.PLATFORM_CHANGE),
        (host(registered(registration=Registration.UNKNOWN, stack=None)), MODERN, Reason.STACK_CHANGE),
        (host(registered(registration=Registration.UNKNOWN, stack=None)), ABSENT, Reason.STACK_CHANGE),
        (host(installed()), replace(MODERN, same_identity_as=("web02",)), Reason.DUPLICATE_IDENTITY),
        (modern_host(), replace(MODERN, same_identity_as=("web02",)), Reason.DUPLICATE_IDENTITY),
        (host(installed(), bios_id="other"), MODERN, Reason.CONFIG_FILE_OF_ANOTHER_HOST),
        (modern_host(), elsewhere(BiosId="other"), Reason.CONFIG_FILE_OF_ANOTHER_HOST),
        (classic_host(), OTHER_SERVER, Reason.REGISTERED_ELSEWHERE),
        (host(installed(configuration_server="cs2.example.com")), CLASSIC, Reason.REGISTERED_ELSEWHERE),
        (classic_host(), replace(CLASSIC, port=8443), Reason.REGISTERED_ELSEWHERE),
        (modern_host(), OTHER_APPLIANCE, Reason.REGISTERED_ELSEWHERE),
        (modern_host(), OTHER_VAULT, Reason.REGISTERED_ELSEWHERE),
        (modern_host(LEFT), OTHER_VAULT, Reason.REGISTERED_ELSEWHERE),
        (UNSURE, MODERN, Reason.REGISTERED_ELSEWHERE),
        (UNSURE, OTHER_VAULT, Reason.REGISTERED_ELSEWHERE),
        (modern_host(registered(registration=Registration.UNKNOWN)), OTHER_VAULT, Reason.REGISTERED_ELSEWHERE),
        (host(UNSURE_CLASSIC), CLASSIC, Reason.REGISTERED_ELSEWHERE),
        (host(UNSURE_CLASSIC, bios_id=BIOS_ID), MODERN, Reason.REGISTERED_ELSEWHERE),
        # the configurator would silently take it over
        (modern_host(), replace(CLASSIC, allow_move=True), Reason.STACK_CHANGE),
        (modern_host(registered(registration=Registration.UNKNOWN)), CLASSIC, Reason.STACK_CHANGE),
        (CLASSIC_AGENT, replace(MODERN, allow_move=True), Reason.STACK_CHANGE),
        (host(installed(configuration_server="cs.example.com")), MODERN, Reason.STACK_CHANGE),
        (host(replace(ON_SERVER, migrating=("stack",))), CLASSIC, Reason.STACK_CHANGE),
        (host(installed("9.42.5990.0")), MODERN, Reason.AGENT_TOO_OLD),
        (host(installed(), tools={"bash": False}), CLASSIC, Reason.TOOL_MISSING),
    ],
)
def test_the_refusals(observed: HostState, wanted: Wanted, expected: Reason) -> None:
    assert reason(observed, wanted) is expected


def test_an_expired_file_is_refused_only_when_it_would_be_used() -> None:
    over = replace(MODERN, config=read_config_file(file_bytes(NOW - DAY)))
    assert reason(host(installed()), over) is Reason.CONFIG_FILE_EXPIRED
    moved = {**APPLIANCE, "Id": "other"}
    over_there = replace(over, config=read_config_file(file_bytes(NOW - DAY, RcmProxyTransportSettings=moved)))
    assert reason(modern_host(), replace(over_there, allow_move=True)) is Reason.CONFIG_FILE_EXPIRED
    assert steps(modern_host(), over) == []
    assert steps(modern_host(registered(daemons=STOPPED)), over) == [StepName.START]


def test_a_place_that_cannot_be_compared_is_left_alone_with_a_warning() -> None:
    decided = plan(modern_host(stored=StoredRegistration()), MODERN)
    assert (decided.steps, decided.refusal) == ((), None)
    assert "cannot be told" in decided.warnings[0]


def test_what_is_known_of_an_uncertain_registration_is_said() -> None:
    evidence = {"HostId": "guid", "CSType": "CSPrime", "SourceConfig.json": "absent"}
    unsure = registered(registration=Registration.UNKNOWN, registration_evidence=evidence)
    refusal = plan(modern_host(unsure, NO_PLACE), MODERN).refusal
    assert refusal is not None
    assert "CSType CSPrime, HostId guid, SourceConfig.json absent" in refusal.found
    assert "allow_move: true" in refusal.remedy


@pytest.mark.parametrize("wanted", [CLASSIC, ABSENT])
def test_copies_are_kept_on_a_disk(wanted: Wanted) -> None:
    def on(**traits: t.Any) -> HostState:  # noqa: ANN401 - fields of several types
        place = replace(filesystem(), **traits)
        return host(replace(ON_SERVER), stored_registration=NO_PLACE, filesystems={"staging": place})

    assert reason(on(kind="tmpfs"), wanted) is Reason.STAGING_TMPFS
    assert reason(on(read_only=True), wanted) is Reason.STAGING_UNSAFE
    assert reason(on(noexec=True), wanted) is None  # nothing is run from there


def test_another_discovery_is_a_warning() -> None:
    stored = replace(STORED_FILE, credential_less=True)
    (warning,) = plan(modern_host(stored=stored), MODERN).warnings
    assert "credential_less: true" in warning
    assert plan(modern_host(stored=stored), replace(MODERN, credential_less=True)).warnings == ()


def test_a_vault_counts_more_than_an_appliance() -> None:
    both = elsewhere(ContainerId="other", RcmProxyTransportSettings={**APPLIANCE, "Id": "other"})
    assert relation_of(modern_host(), both) is Relation.OTHER_VAULT
    assert relation_of(modern_host(), OTHER_APPLIANCE) is Relation.OTHER_APPLIANCE


def test_what_a_registration_leads_to() -> None:
    before = installed(host_id="kept", respawn_disabled=True)
    after = plan(host(before), CLASSIC).promised
    assert after is not None
    assert (after.registration, after.stack, after.running) == (Registration.OK, Stack.CLASSIC, True)
    assert (after.configuration_server, after.port, after.host_id) == ("cs.example.com", 443, "kept")
    assert not after.respawn_disabled


@pytest.mark.parametrize(("wanted", "host_id"), [(OTHER_APPLIANCE, "guid"), (OTHER_VAULT, None)])
def test_only_another_vault_costs_the_identity(wanted: Wanted, host_id: str | None) -> None:
    after = plan(modern_host(), replace(wanted, allow_move=True)).promised
    assert after is not None
    assert after.host_id == host_id


def test_what_an_unregistration_leads_to() -> None:
    after = plan(classic_host(), ABSENT).promised
    assert after is not None
    assert (after.registration, after.host_id, after.configuration_server) == (Registration.NO, None, None)
    assert not after.running


# --- runs of our own --------------------------------------------------------------------------------------------------

REGISTER = {"action": "register", "purpose": MODERN.purpose}


def _run(phase: RunPhase, **manifest: str) -> HostState:
    return host(installed(), run=RunStatus(phase, manifest=manifest, exit_code=0))


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (_run(RunPhase.RUNNING, **REGISTER), [StepName.ADOPT_RUN]),
        (_run(RunPhase.FINISHED, **REGISTER), [StepName.ADOPT_RUN]),
        (_run(RunPhase.FINISHED, action="unregister", purpose="unregister"), [StepName.ADOPT_RUN]),
        (_run(RunPhase.DEAD, **REGISTER), [StepName.COLLECT_DEAD_RUN]),  # then it is planned anew
        (_run(RunPhase.ABANDONED, action="install"), [StepName.COLLECT_DEAD_RUN, StepName.REGISTER]),
    ],
)
def test_a_run_that_is_ours(observed: HostState, expected: list[StepName]) -> None:
    assert steps(observed, MODERN) == expected


@pytest.mark.parametrize("phase", [RunPhase.DEAD, RunPhase.FINISHED])
def test_what_an_installation_left_unread_is_its_own_to_judge(phase: RunPhase) -> None:
    found = plan_registration(_run(phase, action="upgrade"), MODERN, NOW)
    assert found.refusal is not None
    assert found.refusal.reason is Reason.RUN_UNREAD


@pytest.mark.parametrize(
    "observed",
    [
        _run(RunPhase.PREPARING, **REGISTER),
        _run(RunPhase.RUNNING, action="register", purpose=CLASSIC.purpose),
        _run(RunPhase.RUNNING, action="unregister", purpose="unregister"),
        _run(RunPhase.RUNNING, action="install"),
    ],
)
def test_a_run_that_is_not(observed: HostState) -> None:
    assert reason(observed, MODERN) is Reason.RUN_IN_PROGRESS


def test_what_a_dead_run_had_changed_is_put_back_before_anything_is_refused() -> None:
    dead = RunStatus(RunPhase.DEAD, manifest=REGISTER)
    assert steps(host(installed(), bios_id="other", run=dead), MODERN) == [StepName.COLLECT_DEAD_RUN]


@pytest.mark.parametrize(
    "other",
    [
        ABSENT,
        CLASSIC,
        OTHER_APPLIANCE,
        OTHER_VAULT,
        replace(MODERN, credential_less=True),
        elsewhere(RcmProxyTransportSettings={**APPLIANCE, "IpAddresses": ["192.0.2.99"]}),
    ],
)
def test_the_purpose_tells_registrations_apart(other: Wanted) -> None:
    assert other.purpose != MODERN.purpose


def test_the_purpose_is_the_same_for_the_same_registration_and_holds_no_secret() -> None:
    again = elsewhere(ClientCertificate="renewed")
    assert again.purpose == MODERN.purpose
    rotated = replace(CLASSIC, passphrase_hash="other", server="CS.EXAMPLE.COM", allow_move=True)
    assert rotated.purpose == CLASSIC.purpose


# --- properties -------------------------------------------------------------------------------------------------------

AGENTS = st.builds(
    registered,
    presence=st.sampled_from(Presence),
    registration=st.sampled_from(Registration),
    stack=st.none() | st.sampled_from(Stack),
    platform=st.sampled_from([None, "VmWare", "Azure"]),
    configuration_server=st.sampled_from([None, "cs.example.com", "cs2.example.com"]),
    port=st.sampled_from([None, 443, 80]),
    migrating=st.sampled_from([(), ("stack",)]),
    daemons=st.sampled_from([{}, STOPPED, {"svagents": True, "appservice": True}]),
)
STORED = st.sampled_from(
    [None, StoredRegistration(), STORED_FILE, STORED_PASSPHRASE, StoredRegistration("wrong", {"ContainerId": "x"})]
)
WANTED = st.sampled_from([MODERN, CLASSIC, ABSENT, OTHER_SERVER, OTHER_APPLIANCE, OTHER_VAULT])
PHASES = st.builds(RunStatus, st.sampled_from(RunPhase), st.sampled_from([{}, REGISTER, {"action": "install"}]))


@given(AGENTS, STORED, WANTED, st.booleans(), PHASES)
def test_every_plan_is_steps_or_a_refusal_and_never_both(
    agent: AgentState, stored: StoredRegistration | None, wanted: Wanted, move: bool, run: RunStatus
) -> None:
    decided = plan(host(agent, stored_registration=stored, run=run), replace(wanted, allow_move=move))
    assert (decided.refusal is None) is (decided.promised is not None)
    assert len([step for step in decided.steps if step.name is not StepName.COLLECT_DEAD_RUN]) <= 1


@given(AGENTS, STORED, WANTED)
def test_nothing_is_moved_without_leave(agent: AgentState, stored: StoredRegistration | None, wanted: Wanted) -> None:
    decided = plan(host(agent, stored_registration=stored), wanted)
    assert StepName.MOVE not in [step.name for step in decided.steps]


@given(AGENTS, STORED, WANTED, st.booleans())
def test_what_a_plan_promises_needs_nothing_more(
    agent: AgentState, stored: StoredRegistration | None, wanted: Wanted, move: bool
) -> None:
    """The promised agent, with the stored registration that the configurator leaves, is where it should be."""
    allowed = replace(wanted, allow_move=move)
    decided = plan(host(agent, stored_registration=stored), allowed)
    if decided.refusal is not None or decided.promised is None:
        return
    written = StoredRegistration(wanted.passphrase_hash, _file_of(wanted)) if decided.steps else stored
    assert steps(host(decided.promised, stored_registration=written), allowed) == []


def _file_of(wanted: Wanted) -> dict[str, t.Any]:
    if wanted.config is None:
        return {}
    appliance = wanted.place.appliance
    return {**wanted.place.vault, "RcmProxyTransportSettings": {"Id": appliance.identity}}
