# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was started for comes back from its manifest; anything else is no manifest of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import (
    RunIntent,
    read_manifest,
    write_manifest,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Change, Desired, Offer, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Presence,
    Registration,
    Stack,
)
from unit.lifecycle.states import STOPPED, installed, offer, registered, version
from unit.lifecycle.test_plan_properties import agents, offers, wishes

OLD = registered("9.58.1.0")
WRITTEN = write_manifest(StepName.UPGRADE, offer(), Desired(), OLD)


def intent(action: StepName, before: AgentState) -> RunIntent:
    """What comes back."""
    found = read_manifest(write_manifest(action, offer(), Desired(), before))
    assert found is not None
    return found


@given(offers, wishes, agents, st.frozensets(st.sampled_from(list(Change))))
def test_everything_that_a_verdict_needs_comes_back(
    offered: Offer, desired: Desired, before: AgentState, changes: frozenset[Change]
) -> None:
    written = write_manifest(StepName.UPGRADE, offered, desired, before, changes)
    assert all(value.isprintable() for value in written.values())
    found = read_manifest(written)
    assert found is not None
    assert found.offer == replace(offered, exact=False)
    settings_of_a_run = replace(desired, version=None, latest=False, allow_change=frozenset(), started=False)
    assert found.desired == settings_of_a_run
    assert found.changes == changes
    for name in ("presence", "version", "registration", "install_dir"):
        assert getattr(found.before, name) == getattr(before, name)
    assert found.before.running is (before.running and before.presence is not Presence.ABSENT)


@pytest.mark.parametrize("key", WRITTEN)
def test_a_manifest_that_lacks_a_line_is_not_guessed_at(key: str) -> None:
    assert read_manifest({name: value for name, value in WRITTEN.items() if name != key}) is None


@pytest.mark.parametrize(
    "line",
    [
        {"action": "adopt_run"},
        {"action": "uninstall"},
        {"version": "9.66"},
        {"stack": "odd"},
        {"before_presence": ""},
        {"before_version": "x"},
        {"before_running": "perhaps"},
    ],
)
def test_a_line_that_we_never_write(line: dict[str, str]) -> None:
    assert read_manifest({**WRITTEN, **line}) is None


def test_a_fresh_installation_promises_what_was_wanted_then() -> None:
    found = intent(StepName.INSTALL, AgentState())
    promised = found.promised(installed())
    assert (promised.presence, promised.version, promised.running) == (
        Presence.INSTALLED,
        version("9.60.7100.0"),
        False,
    )
    assert found.before_of(installed()) == AgentState()


def test_an_upgrade_promises_the_running_agent_although_it_is_stopped_meanwhile() -> None:
    found = intent(StepName.UPGRADE, OLD)
    stopped = replace(OLD, version=version("9.60.7100.0"), daemons=STOPPED, presence=Presence.RECORD_CORRUPT)
    promised = found.promised(stopped)
    assert (promised.running, promised.registration, promised.host_id) == (True, Registration.OK, "guid")
    assert found.before_of(stopped) == OLD
    assert found.promised().running
    assert found.before_of(None).version == version("9.58.1.0")


def test_differences_are_named() -> None:
    other = Desired(Stack.CLASSIC, "Azure", "master_target", "/opt/ASR")
    words = intent(StepName.INSTALL, AgentState()).differences(other)
    assert [word.partition(" ")[0] for word in words] == ["stack", "platform", "role", "install_dir"]
    assert intent(StepName.INSTALL, AgentState()).differences(Desired()) == ()
