# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state decides, the configurator's code explains; 98 is no success here, and 14 has two causes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import CONFIGURE, table
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.verdict import (
    Ending,
    judge_registration,
    shortfalls,
    warnings_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Registration, Stack
from unit.lifecycle.states import STOPPED, installed, registered

NEVER, GOOD = installed(), registered()
DOWN = replace(GOOD, daemons=STOPPED)
LOST = replace(DOWN, registration=Registration.NO)
HALF = replace(GOOD, daemons={"svagents": False, "appservice": True})


def _reason(ending: Ending, before: AgentState, after: AgentState) -> Reason | None:
    gaps = shortfalls(after, Stack.MODERNIZED, present=ending.present)
    return judge_registration(ending, before, after, gaps).reason


@pytest.mark.parametrize(
    ("ending", "before", "after", "reason"),
    [
        (Ending(0), NEVER, GOOD, None),
        (Ending(0), NEVER, NEVER, Reason.REGISTRATION_FAILED),  # it printed its usage
        (Ending(0), NEVER, HALF, Reason.REGISTRATION_FAILED),  # 0 does not prove that the daemons run
        (Ending(98), NEVER, NEVER, Reason.REGISTRATION_FAILED),
        (Ending(98), NEVER, GOOD, None),
        (Ending(97), NEVER, DOWN, Reason.REGISTRATION_FAILED),  # from the last of its calls
        (Ending(97), GOOD, GOOD, None),
        (Ending(97, notes=("put_back",)), GOOD, GOOD, Reason.REGISTRATION_FAILED),
        (Ending(14, notes=("put_back", "started_again"), reachable=True), GOOD, GOOD, Reason.WRONG_PASSPHRASE),
        (Ending(14, reachable=True), NEVER, NEVER, Reason.WRONG_PASSPHRASE),
        (Ending(14), NEVER, NEVER, Reason.REGISTRATION_FAILED),
        (Ending(13), NEVER, NEVER, Reason.REGISTERED_ELSEWHERE),
        (Ending(17), NEVER, LOST, Reason.REGISTRATION_FAILED),
        (Ending(115), GOOD, GOOD, None),
        (Ending(115), NEVER, NEVER, Reason.INSTALLER_BUSY),
        (Ending(70, notes=("not_kept",)), NEVER, NEVER, Reason.NO_SPACE),
        (Ending(-1), NEVER, NEVER, Reason.RUN_DIED),
        (Ending(143), NEVER, NEVER, Reason.REGISTRATION_FAILED),
        (Ending(0, present=False), GOOD, LOST, None),
        (Ending(0, present=False), GOOD, DOWN, Reason.REGISTRATION_FAILED),
    ],
)
def test_the_verdict(ending: Ending, before: AgentState, after: AgentState, reason: Reason | None) -> None:
    assert _reason(ending, before, after) is reason


@pytest.mark.parametrize("code", sorted({entry.code for entry in table()[CONFIGURE] if entry.code is not None}))
def test_every_documented_code_fails_with_words_of_its_own(code: int) -> None:
    outcome = judge_registration(Ending(code), NEVER, NEVER, ["the agent not registered (no)"])
    assert outcome.refusal is not None
    assert f"exit code {code}: " in outcome.refusal.found
    assert outcome.refusal.remedy


@given(st.integers(0, 255), st.booleans(), st.booleans())
def test_success_is_the_state_and_nothing_put_back(code: int, whole: bool, put_back: bool) -> None:
    notes = ("put_back",) if put_back else ()
    assert (_reason(Ending(code, notes=notes), GOOD, GOOD if whole else LOST) is None) is (whole and not put_back)


def test_the_message_says_what_became_of_the_agent() -> None:
    back = judge_registration(Ending(17, notes=("put_back", "started_again")), GOOD, GOOD, [])
    assert back.refusal is not None
    assert "was put back; the agent was started again" in back.refusal.found
    dead = judge_registration(Ending(17, notes=("put_back", "started_again")), GOOD, DOWN, ["x"])
    assert dead.refusal is not None
    assert "stopped now, because its start failed" in dead.refusal.found
    lost = judge_registration(Ending(17), GOOD, LOST, ["x"])
    assert lost.refusal is not None
    assert "stopped now, because its registration is not whole" in lost.refusal.found


def test_what_the_configurator_named_is_in_the_message() -> None:
    errors = (InstallerError("AzureRcmCliX", {"Port": "443"}, "text"), InstallerError("ConfiguratorInternalError"))
    outcome = judge_registration(Ending(97, errors), NEVER, NEVER, ["x"])
    assert outcome.refusal is not None
    assert "AzureRcmCliX (Port=443): text" in outcome.refusal.found
    assert "ua_install.log" in outcome.refusal.remedy


def test_warnings_of_a_success() -> None:
    unpaired = replace(GOOD, registration_evidence={"CloudPairingStatus": "Incomplete"})
    assert "not paired" in warnings_of(Ending(0), unpaired)[0]
    assert warnings_of(Ending(0), replace(GOOD, registration_evidence={"CloudPairingStatus": "complete"})) == []
    (told,) = warnings_of(Ending(0, notes=("not_told", "something else")), GOOD)
    assert "was not told" in told
    warning = judge_registration(Ending(98), NEVER, GOOD, []).warning
    assert warning is not None
    assert "The configurator ended with exit code 98" in warning


def test_another_stack_is_a_shortfall() -> None:
    assert shortfalls(GOOD, Stack.CLASSIC, present=True) == ["the agent registered as modernized"]
    assert shortfalls(HALF, None, present=True) == ["svagents not running"]
    assert shortfalls(NEVER, None, present=False) == []
