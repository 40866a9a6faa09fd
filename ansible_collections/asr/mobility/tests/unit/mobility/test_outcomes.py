# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts: the state decides, the code explains, and one code may mean opposite things."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import (
    CONFIGURE,
    INSTALL,
    UNINSTALL,
    Category,
    Situation,
    describe_error,
    error_table,
    find_entry,
    judge_install,
    judge_removal,
    shortfalls,
    table,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Presence, Registration

ABSENT = AgentState()
OLD = AgentState(
    presence=Presence.INSTALLED,
    version=AgentVersion(9, 50, 6409),
    registration=Registration.OK,
    install_dir="/usr/local/ASR",
    daemons={"svagents": True, "appservice": True},
)
NEW = replace(OLD, version=AgentVersion(9, 52, 6522))
FRESH = replace(NEW, registration=Registration.NO, daemons={"svagents": False, "appservice": False})
PROVEN = replace(FRESH, svagents_program="svagentsA2A", driver_installed=True, service="/etc/init.d/vxagent")
IDLE_OLD = replace(OLD, registration=Registration.NO, daemons=FRESH.daemons)
STOPPED = replace(NEW, daemons={"svagents": False, "appservice": True})
KERNEL = InstallerError("ASRMobilityServiceKernelNotSupported", {"KernelVersion": "6.1"}, "text")
REBOOT = InstallerError("ASRMobiityServiceInstallerLinuxRecommendedReboot")


@pytest.mark.parametrize(
    ("code", "before", "after", "promised", "expected"),
    [
        (0, ABSENT, FRESH, FRESH, (None, Category.DONE, False)),
        (0, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_REFUSED, Category.ARGUMENT, False)),
        (0, OLD, OLD, NEW, (Reason.INSTALLER_REFUSED, Category.ARGUMENT, False)),
        (1, ABSENT, FRESH, FRESH, (None, Category.DONE_WITH_WARNING, False)),  # told to stop, went on
        (1, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_BUSY, Category.BUSY, False)),
        (15, OLD, OLD, NEW, (Reason.DOWNGRADE, Category.STATE, False)),
        (76, OLD, OLD, NEW, (Reason.PLATFORM_CHANGE, Category.STATE, False)),
        (98, OLD, NEW, NEW, (None, Category.DONE_WITH_WARNING, True)),
        (98, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_REFUSED, Category.ARGUMENT, False)),
        (98, OLD, OLD, NEW, (Reason.STATE_NOT_REACHED, Category.FATAL, False)),
        (98, OLD, STOPPED, NEW, (Reason.STATE_NOT_REACHED, Category.FATAL, False)),
        (0, OLD, NEW, NEW, (None, Category.DONE, True)),  # every upgrade
        (209, OLD, NEW, NEW, (None, Category.DONE_WITH_WARNING, True)),
        (99, ABSENT, ABSENT, FRESH, (Reason.PREREQUISITE_FAILED, Category.PREREQUISITE, False)),
        (149, ABSENT, ABSENT, FRESH, (Reason.WRONG_TAG, Category.PREREQUISITE, False)),
        (160, OLD, NEW, NEW, (None, Category.DONE_WITH_WARNING, True)),
        (160, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_FAILED, Category.ROLLED_BACK, False)),
        (162, OLD, NEW, NEW, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (163, ABSENT, FRESH, FRESH, (Reason.INITRD_NOT_RESTORED, Category.FATAL, False)),
        (164, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_FAILED, Category.ROLLED_BACK, False)),
        (164, OLD, NEW, NEW, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (77, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (77, ABSENT, FRESH, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (77, ABSENT, PROVEN, FRESH, (None, Category.DONE_WITH_WARNING, False)),
        # a failure whose traces could not be told from success by presence, version and place alone
        (44, ABSENT, PROVEN, FRESH, (None, Category.FATAL, False)),
        (44, OLD, STOPPED, NEW, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (56, ABSENT, FRESH, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (56, ABSENT, replace(PROVEN, svagents_program=None), FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (159, ABSENT, replace(PROVEN, service=None), FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (159, ABSENT, replace(PROVEN, driver_installed=False), FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (110, ABSENT, PROVEN, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),  # no probe shows certificates
        (180, ABSENT, PROVEN, FRESH, (Reason.INSTALLER_FAILED, Category.ROLLED_BACK, False)),
        (180, OLD, NEW, NEW, (Reason.INSTALLER_FAILED, Category.FATAL, False)),  # an upgrade takes nothing back
        (161, ABSENT, PROVEN, FRESH, (Reason.INSTALLER_FAILED, Category.ROLLED_BACK, False)),
        (137, ABSENT, PROVEN, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),  # in the middle of an initrd?
        (137, IDLE_OLD, FRESH, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (-1, ABSENT, PROVEN, FRESH, (Reason.RUN_DIED, Category.FATAL, False)),
        (-1, OLD, NEW, NEW, (None, Category.FATAL, True)),
        (137, ABSENT, ABSENT, FRESH, (Reason.INSTALLER_FAILED, Category.FATAL, False)),
        (143, OLD, NEW, NEW, (None, Category.FATAL, True)),
        (
            208,
            ABSENT,
            AgentState(presence=Presence.HALF_INSTALLED),
            FRESH,
            (Reason.PREREQUISITE_FAILED, Category.PREREQUISITE, False),
        ),
    ],
)
def test_verdicts(
    code: int,
    before: AgentState,
    after: AgentState,
    promised: AgentState,
    expected: tuple[Reason | None, Category, bool],
) -> None:
    outcome = judge_install(code, before, after, [], promised)
    assert (outcome.reason, outcome.category, outcome.reboot_required) == expected
    assert outcome.success is (expected[0] is None)
    assert bool(outcome.reboot_reason) is expected[2]


def test_do_not_reboot_is_said_when_the_initrd_is_lost() -> None:
    refusal = judge_install(163, ABSENT, FRESH, [], FRESH).refusal
    assert refusal is not None
    assert refusal.remedy.startswith("Do not restart the host.")
    assert "may not start again" in refusal.found


def test_every_named_error_stands_in_the_sentence_with_its_remedy() -> None:
    dhcp = InstallerError("ASRMobilityServiceDhcpClientNotAvailable", {"Package": "isc-dhcp-client"})
    refusal = judge_install(99, ABSENT, ABSENT, [KERNEL, dhcp, REBOOT], FRESH).refusal
    assert refusal is not None
    assert "ASRMobilityServiceKernelNotSupported (KernelVersion=6.1)" in refusal.found
    assert "(Package=isc-dhcp-client)" in refusal.found
    assert REBOOT.name not in refusal.found
    assert "DHCP client package" in refusal.remedy
    assert "Start a supported kernel" in refusal.remedy


@pytest.mark.parametrize(
    ("code", "before", "after", "promised", "words"),
    [
        (98, OLD, NEW, NEW, ["exit code 98", "a restart of the host is recommended", "Restart the host then."]),
        (160, OLD, NEW, NEW, ["involflt_start", "Enable involflt_start.service"]),
        (161, OLD, NEW, NEW, ["involflt_stop", "Enable involflt_stop.service"]),
        (44, ABSENT, PROVEN, FRESH, ["could not be started", "when it is registered"]),
        (77, ABSENT, PROVEN, FRESH, ["unknown exit code 77"]),
    ],
)
def test_a_success_that_is_not_plain_warns(
    code: int, before: AgentState, after: AgentState, promised: AgentState, words: list[str]
) -> None:
    warning = judge_install(code, before, after, [], promised).warning
    assert warning is not None
    assert [word for word in words if word not in warning] == []


def test_a_plain_success_and_a_failure_do_not_warn() -> None:
    assert judge_install(0, ABSENT, FRESH, [], FRESH).warning is None
    assert judge_install(56, ABSENT, FRESH, [], FRESH).warning is None


def test_a_failed_fresh_installation_names_what_is_not_there() -> None:
    refusal = judge_install(159, ABSENT, FRESH, [], FRESH).refusal
    assert refusal is not None
    assert "no link of svagents, no driver for the running kernel, no service of the agent" in refusal.found
    cut = judge_install(137, ABSENT, PROVEN, [], FRESH).refusal
    assert cut is not None
    assert "initrd" in cut.found


def test_the_urgent_reason_is_kept_and_others_may_be_told_better() -> None:
    less_space = InstallerError("ASRMobilityServiceInstallerFailedDueToLessSpaceInInstallationDirectory")
    assert judge_install(163, ABSENT, FRESH, [less_space], FRESH).reason is Reason.INITRD_NOT_RESTORED
    assert judge_install(180, ABSENT, ABSENT, [less_space], FRESH).reason is Reason.NO_SPACE


def test_daemons_of_an_agent_that_is_not_registered_are_not_promised() -> None:
    promised = replace(NEW, registration=Registration.NO)
    assert shortfalls(replace(promised, daemons={"svagents": False, "appservice": False}), promised) == []


def test_an_error_may_tell_the_reason_better_than_97() -> None:
    less_space = InstallerError("ASRMobilityServiceInstallerFailedDueToLessSpaceInInstallationDirectory")
    assert judge_install(97, ABSENT, ABSENT, [less_space], FRESH).reason is Reason.NO_SPACE
    assert judge_install(97, ABSENT, ABSENT, [], FRESH).reason is Reason.INSTALLER_FAILED


def test_an_unknown_error_keeps_its_message() -> None:
    assert describe_error(InstallerError("New", {}, "said so")) == "New: said so"
    assert describe_error(KERNEL) == "ASRMobilityServiceKernelNotSupported (KernelVersion=6.1)"


@pytest.mark.parametrize(
    ("after", "gap"),
    [
        (ABSENT, "no agent on the host"),
        (OLD, "version 9.50.6409.0"),
        (STOPPED, "svagents not running"),
        (replace(NEW, registration=Registration.NO), "the registration lost"),
        (replace(NEW, install_dir="/opt/ASR"), "the agent in /opt/ASR"),
        (replace(NEW, version=None), "version None"),
    ],
)
def test_what_is_missing_is_named(after: AgentState, gap: str) -> None:
    assert gap in shortfalls(after, NEW)


def test_a_placeholder_version_is_kept_by_any_build() -> None:
    assert shortfalls(NEW, replace(NEW, version=AgentVersion(9, 52))) == []


@pytest.mark.parametrize(
    ("code", "before", "after", "success"),
    [
        (0, ABSENT, FRESH, True),
        (98, NEW, NEW, True),  # a run that was adopted after it had ended
        (98, OLD, STOPPED, False),
        (15, NEW, NEW, False),
        (164, OLD, OLD, False),
        (0, ABSENT, ABSENT, False),
    ],
)
def test_without_a_promise_an_installed_agent_and_a_good_code_are_success(
    code: int, before: AgentState, after: AgentState, success: bool
) -> None:
    assert judge_install(code, before, after, []).success is success


AGENTS = st.sampled_from(
    [ABSENT, OLD, NEW, FRESH, PROVEN, STOPPED, *(AgentState(presence=presence) for presence in Presence)]
)


@given(st.integers(-1, 300), AGENTS, AGENTS, st.lists(st.sampled_from([KERNEL, REBOOT])), st.sampled_from([NEW, FRESH]))
def test_success_only_when_the_host_shows_what_was_promised(
    code: int, before: AgentState, after: AgentState, errors: list[InstallerError], promised: AgentState
) -> None:
    outcome = judge_install(code, before, after, errors, promised)
    assert not (outcome.success and shortfalls(after, promised))
    assert not (outcome.reboot_required and not outcome.success)
    if outcome.refusal is not None:
        assert outcome.refusal.found
        assert outcome.refusal.remedy


def test_every_documented_code_is_in_the_tables() -> None:
    codes = {program: {entry.code for entry in entries} for program, entries in table().items()}
    assert codes[INSTALL] == {
        *(0, 1, 2, 11, 15, 44, 56, 76, 93, 95, 96, 97, 98, 99, 110, 111, 119, 149, 152, 153, 156, 159, 160, 161),
        *(162, 163, 164, 166, 167, 175, 179, 180, 208, 209),
    }
    assert codes[CONFIGURE] == {0, 1, 3, 13, 14, 17, 44, 97, 98, 115, 118, 119, 126, 128, 129, 148}
    assert codes[UNINSTALL] == {0, 1, 2}


def test_98_of_the_configurator_is_no_success_unless_the_host_shows_it() -> None:
    assert find_entry(CONFIGURE, 98, {Situation.NOT_REACHED}).category is Category.RETRYABLE
    assert find_entry(CONFIGURE, 98, {Situation.REACHED}).category is Category.DONE_WITH_WARNING


def test_0_of_the_uninstaller_may_be_half_a_removal() -> None:
    entry = find_entry(UNINSTALL, 0, {Situation.NOT_REACHED})
    assert (entry.reason, entry.reboot) == (Reason.HALF_REMOVED, True)


HALF = replace(OLD, presence=Presence.HALF_REMOVED, daemons={"svagents": False, "appservice": False})


@pytest.mark.parametrize(
    ("code", "after", "reason", "reboot"),
    [
        (0, ABSENT, None, False),
        (1, ABSENT, None, False),
        (137, ABSENT, None, False),
        (0, HALF, Reason.HALF_REMOVED, True),
        (1, OLD, Reason.UNINSTALLER_BUSY, False),
        (1, HALF, Reason.UNINSTALLER_BUSY, False),
        (2, OLD, Reason.AGENT_NOT_STOPPED, False),
        (7, OLD, Reason.INSTALLER_FAILED, False),
        (137, HALF, Reason.INSTALLER_FAILED, False),
        (-1, OLD, Reason.RUN_DIED, False),
    ],
)
def test_a_removal_is_judged_by_the_absence_of_the_agent(
    code: int, after: AgentState, reason: Reason | None, reboot: bool
) -> None:
    outcome = judge_removal(code, after)
    assert (outcome.reason, outcome.reboot_required, bool(outcome.reboot_reason)) == (reason, reboot, reboot)
    if outcome.refusal is not None:
        assert outcome.refusal.found.startswith(f"exit code {code}: ")
        assert outcome.refusal.expected == "no agent on the host"


def test_a_removal_that_only_says_so_is_a_warning_of_the_uninstaller() -> None:
    assert judge_removal(0, ABSENT).warning is None
    warning = judge_removal(1, ABSENT).warning
    assert warning is not None
    assert warning.startswith("The uninstaller ended with exit code 1: the agent is gone although")


@given(st.integers(-1, 300), AGENTS, st.lists(st.sampled_from([KERNEL, REBOOT])))
def test_a_removal_succeeds_exactly_when_there_is_no_agent(
    code: int, after: AgentState, errors: list[InstallerError]
) -> None:
    outcome = judge_removal(code, after, errors)
    assert outcome.success is (after.presence is Presence.ABSENT)
    assert not (outcome.reboot_required and outcome.success)


@pytest.mark.parametrize(
    ("code", "cut"), [(137, True), (143, True), (-1, True), (0, False), (152, False), (163, False)]
)
def test_a_run_that_was_ended_from_outside_is_told_from_one_that_ended(code: int, cut: bool) -> None:
    assert judge_install(code, OLD, NEW, [], NEW).cut_short is cut


def test_failures_say_what_to_do() -> None:
    for entries in table().values():
        for entry in entries:
            assert entry.meaning
            assert entry.remedy.endswith(".")
    assert all(known.remedy.endswith(".") for known in error_table().values())
