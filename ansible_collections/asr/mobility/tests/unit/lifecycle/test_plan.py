# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One test for each situation that a plan knows."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import write_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    Desired,
    Offer,
    Plan,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import (
    Sizes,
    needs_closer_look,
    needs_offer,
    plan,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    PackageDatabase,
    Presence,
    Registration,
    Stack,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import MIB, RUNNING, STOPPED, TAG, filesystem, host, installed, offer, registered, version

WANTED = Desired()


def wanting(text: str) -> Desired:
    """That version."""
    return Desired(version=VersionSpec.parse(text))


def names(found: Plan) -> list[StepName]:
    """The steps of a plan that is no refusal."""
    assert found.refusal is None, found.refusal
    return [step.name for step in found.steps]


def reason(found: Plan) -> Reason:
    """The reason of a refusal."""
    assert found.refusal is not None, found.steps
    assert not found.steps
    assert found.promised is None
    return found.refusal.reason


# --- absent, half, damaged ------------------------------------------------------------------------------------------


def test_absent_is_installed() -> None:
    found = plan(host(), WANTED, offer())
    assert names(found) == [StepName.INSTALL]
    assert found.changes
    promised = found.promised
    assert promised is not None
    assert (promised.presence, promised.version) == (Presence.INSTALLED, version("9.60.7100.0"))
    assert (promised.registration, promised.running, promised.stack) == (Registration.NO, False, None)
    assert found.steps[0].details["version"] == "9.60.7100.1"


def test_absent_with_nothing_offered() -> None:
    assert reason(plan(host(), WANTED, None)) is Reason.INSTALLER_NOT_FOUND
    assert "9.66" in str(plan(host(), wanting("9.66"), None).refusal)


def test_half_installed_is_installed_afresh() -> None:
    half = AgentState(presence=Presence.HALF_INSTALLED, install_dir="/usr/local/ASR", platform="Azure")
    found = plan(host(half), WANTED, offer())
    assert names(found) == [StepName.INSTALL]
    assert found.promised is not None
    assert found.promised.platform == "VmWare"


def test_half_removed_is_refused_with_the_documented_recovery() -> None:
    found = plan(host(installed(presence=Presence.HALF_REMOVED)), WANTED, offer("9.61.1.1"))
    assert reason(found) is Reason.HALF_REMOVED
    assert "uninstall.sh" in str(found.refusal)


def test_a_damaged_record_is_repaired_from_its_copy_even_by_the_same_version() -> None:
    damaged = registered(presence=Presence.RECORD_CORRUPT, record_problem="it is empty")
    found = plan(host(damaged), WANTED, offer())
    assert names(found) == [StepName.UPGRADE]
    assert found.promised is not None
    assert (found.promised.presence, found.promised.host_id) == (Presence.INSTALLED, "guid")
    assert reason(plan(host(damaged), WANTED, offer("9.59.1.1"))) is Reason.DOWNGRADE


def test_a_damaged_record_without_a_copy_is_refused() -> None:
    damaged = installed(presence=Presence.RECORD_CORRUPT, record_problem="it is empty", record_backup=False)
    found = plan(host(damaged), WANTED, offer())
    assert reason(found) is Reason.RECORD_CORRUPT
    assert "it is empty" in str(found.refusal)


# --- installed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", [installed(), registered()])
@pytest.mark.parametrize(
    ("desired", "offered"),
    [
        (WANTED, None),
        (WANTED, offer()),
        (WANTED, offer("9.60.0.0")),
        (WANTED, offer("9.61.1.1", exact=False)),
        (WANTED, offer("9.59.1.1", exact=False)),
        (wanting("9.60"), None),
        (wanting("9.60"), offer("9.60.7200.1", exact=False)),
        (wanting("9.60.7100.1"), offer()),
    ],
)
def test_the_same_version_is_never_installed_again(agent: AgentState, desired: Desired, offered: Offer | None) -> None:
    found = plan(host(agent), desired, offered)
    assert names(found) == []
    assert found.promised == agent


def test_a_newer_version_of_a_directory_is_mentioned() -> None:
    assert plan(host(registered()), WANTED, offer()).warnings == ()
    (warning,) = plan(host(registered()), WANTED, offer("9.61.1.1", exact=False)).warnings
    assert "9.61.1.1" in warning


@pytest.mark.parametrize(
    ("desired", "offered"),
    [(WANTED, offer("9.61.1.1")), (wanting("9.61"), offer("9.61.1.1", exact=False)), (WANTED, offer("9.64.1.1"))],
)
def test_upgrade(desired: Desired, offered: Offer) -> None:
    found = plan(host(registered()), desired, offered)
    assert names(found) == [StepName.UPGRADE]
    assert found.promised == replace(registered(), version=offered.version.as_recorded)
    assert found.steps[0].details["from"] == "9.60.7100.0"


def test_one_file_of_a_newer_build_is_an_upgrade_and_of_an_older_build_a_downgrade() -> None:
    assert names(plan(host(registered()), WANTED, offer("9.60.7200.1"))) == [StepName.UPGRADE]
    assert reason(plan(host(registered()), WANTED, offer("9.60.7000.1"))) is Reason.DOWNGRADE


@pytest.mark.parametrize("agent", [installed(), registered()])
@pytest.mark.parametrize(
    ("desired", "offered"),
    [(WANTED, offer("9.59.1.1")), (wanting("9.59"), None), (wanting("9.60.7000.1"), None), (wanting("8.9"), offer())],
)
def test_downgrade(agent: AgentState, desired: Desired, offered: Offer | None) -> None:
    assert reason(plan(host(agent), desired, offered)) is Reason.DOWNGRADE


@pytest.mark.parametrize("text", ["9.65.1.1", "10.0.1.1"])
def test_more_than_four_minor_versions_are_too_far(text: str) -> None:
    assert reason(plan(host(registered()), WANTED, offer(text))) is Reason.UPGRADE_TOO_FAR


def test_a_version_that_is_not_offered() -> None:
    assert reason(plan(host(), wanting("9.61"), offer("9.62.1.1"))) is Reason.VERSION_NOT_FOUND
    assert reason(plan(host(registered()), wanting("9.61"), offer("9.62.1.1"))) is Reason.VERSION_NOT_FOUND
    assert reason(plan(host(registered()), wanting("9.61"), None)) is Reason.INSTALLER_NOT_FOUND


def test_registered_and_stopped_is_left_alone_with_a_warning() -> None:
    stopped = registered(daemons={"svagents": False, "appservice": True})
    found = plan(host(stopped), WANTED, None)
    assert names(found) == []
    assert "does not run (svagents)" in found.warnings[0]


def test_an_unknown_registration_is_a_warning() -> None:
    found = plan(host(registered(registration=Registration.UNKNOWN)), WANTED, None)
    assert names(found) == []
    assert "registration_evidence" in found.warnings[0]


# --- what must not be changed ---------------------------------------------------------------------------------------

CHANGES = [
    (Desired(stack=Stack.CLASSIC), Reason.STACK_CHANGE),
    (Desired(platform="Azure"), Reason.PLATFORM_CHANGE),
    (Desired(role="master_target"), Reason.ROLE_CHANGE),
]


@pytest.mark.parametrize(("desired", "expected"), CHANGES)
@pytest.mark.parametrize("registration", [Registration.OK, Registration.UNKNOWN])
@pytest.mark.parametrize("offered", [None, offer("9.61.1.1")])
def test_a_registered_agent_keeps_stack_platform_and_role(
    desired: Desired, expected: Reason, registration: Registration, offered: Offer | None
) -> None:
    assert reason(plan(host(registered(registration=registration)), desired, offered)) is expected


@pytest.mark.parametrize(("desired", "expected"), CHANGES[1:])
@pytest.mark.parametrize("offered", [None, offer(), offer("9.61.1.1")])
def test_a_never_registered_agent_keeps_platform_and_role_too(
    desired: Desired, expected: Reason, offered: Offer | None
) -> None:
    found = plan(host(installed()), desired, offered)
    assert reason(found) is expected
    assert "found an agent with" in str(found.refusal)
    assert "it is not registered" in str(found.refusal)


@pytest.mark.parametrize("offered", [None, offer()])
def test_a_never_registered_agent_has_no_stack_yet(offered: Offer | None) -> None:
    assert names(plan(host(installed()), Desired(stack=Stack.CLASSIC), offered)) == []
    upgrade = plan(host(installed()), Desired(stack=Stack.CLASSIC), offer("9.61.1.1"))
    assert names(upgrade) == [StepName.UPGRADE]


def test_a_platform_that_the_installer_does_not_tell_from_azure_is_a_warning() -> None:
    found = plan(host(installed(platform="Azure")), Desired(platform="AzureStackHub"), None)
    assert names(found) == []
    assert "AzureStackHub cannot be told" in found.warnings[0]
    assert plan(host(installed(platform="Azure")), Desired(platform="Azure"), None).warnings == ()
    back = plan(host(installed(platform="AzureStackHub")), Desired(platform="Azure"), None)
    assert reason(back) is Reason.PLATFORM_CHANGE


@pytest.mark.parametrize("presence", [Presence.INSTALLED, Presence.RECORD_CORRUPT])
def test_an_agent_of_unknown_stack_that_may_be_registered_is_not_upgraded(presence: Presence) -> None:
    unclear = registered(
        presence=presence, registration=Registration.UNKNOWN, stack=None, registration_evidence={"HostId": "guid"}
    )
    found = plan(host(unclear), WANTED, offer("9.61.1.1"))
    assert reason(found) is Reason.STACK_CHANGE
    assert "HostId guid" in str(found.refusal)
    known = replace(unclear, stack=Stack.MODERNIZED, registration_evidence={})
    assert names(plan(host(known), WANTED, offer("9.61.1.1"))) == [StepName.UPGRADE]


@pytest.mark.parametrize(
    ("desired", "offered", "told"),
    [
        (wanting("9.60.7100.1"), None, True),
        (WANTED, offer("9.60.7100.1"), True),
        (WANTED, offer("9.60.0.0"), False),
        (WANTED, offer("9.60.7100.1", exact=False), False),
        (wanting("9.60"), None, False),
    ],
)
def test_a_build_that_cannot_be_told_is_a_warning(desired: Desired, offered: Offer | None, told: bool) -> None:
    found = plan(host(installed("9.60.0.0")), desired, offered)
    assert names(found) == []
    assert any("build of the installed agent cannot be told" in warning for warning in found.warnings) is told


@pytest.mark.parametrize(
    ("agent", "size", "needed"),
    [
        (registered(), None, True),
        (registered(), MIB, False),
        (registered("9.61.1.0"), None, False),
        (None, None, False),
    ],
)
def test_only_an_upgrade_needs_the_size_of_the_old_tree(agent: AgentState | None, size: int, needed: bool) -> None:
    observed = host(replace(agent, tree_bytes=size) if agent else None)
    assert needs_closer_look(plan(observed, WANTED, offer("9.61.1.1")), observed) is needed


def test_another_place_is_a_warning() -> None:
    assert plan(host(installed(install_dir="/opt/ASR")), WANTED, None).warnings == ()
    (warning,) = plan(host(installed()), Desired(install_dir="/opt/ASR"), None).warnings
    assert "/usr/local/ASR" in warning


def test_wrong_tag() -> None:
    assert reason(plan(host(), WANTED, offer(tag="RHEL9-64"))) is Reason.WRONG_TAG
    assert reason(plan(host(registered()), WANTED, offer("9.61.1.1", tag="RHEL9-64"))) is Reason.WRONG_TAG
    assert reason(plan(host(registered(tag="DEBIAN11-64")), WANTED, None)) is Reason.WRONG_TAG
    assert names(plan(host(registered(tag="debian12-64")), WANTED, None)) == []


# --- the host -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({"uid": 1000}, Reason.NOT_ROOT),
        ({"tag": None}, Reason.UNSUPPORTED_OS),
        ({"architecture": "aarch64", "tag": None}, Reason.UNSUPPORTED_ARCHITECTURE),
        ({"tools": {"bash": False}}, Reason.TOOL_MISSING),
        ({"filesystems": {"staging": replace(filesystem(), noexec=True)}}, Reason.STAGING_NOEXEC),
        ({"filesystems": {"staging": replace(filesystem(), kind="tmpfs")}}, Reason.STAGING_TMPFS),
        ({"filesystems": {"root": filesystem(free=MIB)}}, Reason.NO_SPACE),
        ({"other_installer": "./install"}, Reason.OTHER_INSTALLER_RUNNING),
    ],
)
def test_a_host_that_cannot_take_the_agent(traits: dict[str, t.Any], expected: Reason) -> None:
    assert reason(plan(host(**traits), WANTED, offer(), Sizes(archive=MIB))) is expected


@pytest.mark.parametrize(
    "traits",
    [
        {"tag": None},
        {"architecture": "aarch64"},
        {"tools": {"bash": False}},
        {"tag": "RHEL8-64", "package_database": PackageDatabase.HANGS},
    ],
)
def test_an_unfit_host_matters_only_when_something_must_be_installed(traits: dict[str, t.Any]) -> None:
    assert names(plan(host(registered(tag=traits.get("tag") or TAG), **traits), WANTED, None)) == []


@pytest.mark.parametrize("agent", [AgentState(), registered("9.62.7172.0", tag="RHEL8-64")])
def test_an_rpm_database_must_be_free(agent: AgentState) -> None:
    on_rhel = host(agent, tag="RHEL8-64", package_database=PackageDatabase.BUSY)
    wanted, offered = wanting("9.66"), offer("9.66.7567.1", tag="RHEL8-64")
    assert reason(plan(on_rhel, wanted, offered)) is Reason.PACKAGE_MANAGER_BUSY
    broken = replace(on_rhel, package_database=PackageDatabase.BROKEN)
    assert reason(plan(broken, wanted, offered)) is Reason.PACKAGE_DATABASE_BROKEN


@pytest.mark.parametrize(
    ("tag", "package"),
    [("RHEL8-64", "InMageVx-9.66.0.0-1"), ("SLES15-64", "InMageVx-9.66.0.0-1"), (TAG, None), ("UBUNTU-22.04-64", None)],
)
def test_the_package_of_the_rpm_families_is_promised(tag: str, package: str | None) -> None:
    wanted = wanting("9.66")
    for agent in (AgentState(), registered("9.62.7172.0", tag=tag, package="InMageVx-9.62.0.0-1")):
        found = plan(host(agent, tag=tag), wanted, offer("9.66.7567.1", tag=tag))
        assert found.promised is not None, found.refusal
        assert found.promised.package == package


def test_an_impossible_directory_is_refused_before_anything_is_moved() -> None:
    assert reason(plan(host(), Desired(install_dir="/opt"), offer())) is Reason.INSTALL_DIR_NOT_POSSIBLE


# --- runs -----------------------------------------------------------------------------------------------------------


def run(
    phase: RunPhase, action: StepName = StepName.INSTALL, before: AgentState | None = None, **more: object
) -> RunStatus:
    """Our own run, started to install 9.60; more: settings of the wanted state."""
    settings: dict[str, t.Any] = dict(more)
    manifest = write_manifest(action, offer("9.60.7100.1"), Desired(**settings), before or AgentState())
    return RunStatus(phase, manifest, detail="/s/run")


@pytest.mark.parametrize("phase", [RunPhase.RUNNING, RunPhase.FINISHED])
@pytest.mark.parametrize(
    ("desired", "offered"),
    [(WANTED, None), (WANTED, offer()), (wanting("9.60"), None), (WANTED, offer("9.66.1.1", exact=False))],
)
def test_our_own_run_that_does_what_is_wanted_is_adopted(
    phase: RunPhase, desired: Desired, offered: Offer | None
) -> None:
    found = plan(host(run=run(phase)), desired, offered)
    assert names(found) == [StepName.ADOPT_RUN]
    assert not found.changes
    assert found.promised is not None
    assert found.promised.version == version("9.60.7100.0")
    assert found.steps[0].details == {"action": "install", "version": "9.60.7100.1"}


def test_an_adopted_upgrade_promises_the_agent_that_was_there_and_not_the_one_it_stopped() -> None:
    before = registered("9.58.1.0")
    stopped = replace(before, version=version("9.60.7100.0"), daemons=STOPPED)
    found = plan(host(stopped, run=run(RunPhase.RUNNING, StepName.UPGRADE, before)), WANTED, None)
    assert found.promised == registered("9.60.7100.0")


def changed(status: RunStatus, **entries: str) -> RunStatus:
    """The same run with other lines in its manifest."""
    return replace(status, manifest={**status.manifest, **entries})


@pytest.mark.parametrize(
    ("status", "desired", "offered"),
    [
        (run(RunPhase.RUNNING), wanting("9.61"), None),
        (run(RunPhase.RUNNING), WANTED, offer("9.61.1.1")),
        (run(RunPhase.RUNNING, stack=Stack.CLASSIC), WANTED, None),
        (run(RunPhase.RUNNING, platform="Azure"), WANTED, None),
        (run(RunPhase.RUNNING), Desired(role="master_target"), None),
        (run(RunPhase.RUNNING), Desired(install_dir="/opt/ASR"), None),
        (changed(run(RunPhase.RUNNING), action="uninstall"), WANTED, None),
        (changed(run(RunPhase.RUNNING), version="odd"), WANTED, None),
        (RunStatus(RunPhase.RUNNING), WANTED, None),
        (run(RunPhase.PREPARING), WANTED, offer()),
    ],
)
def test_another_run_is_waited_for(status: RunStatus, desired: Desired, offered: Offer | None) -> None:
    found = plan(host(run=status), desired, offered)
    assert reason(found) is Reason.RUN_IN_PROGRESS


def test_the_setting_in_which_a_run_differs_is_named() -> None:
    found = plan(host(run=run(RunPhase.RUNNING, role="master_target")), WANTED, None)
    assert "role master_target, not agent" in str(found.refusal)


def test_a_run_that_has_ended_is_judged_by_its_own_values() -> None:
    ended = run(RunPhase.FINISHED, role="master_target", install_dir="/opt/ASR")
    found = plan(host(run=ended), wanting("9.66"), None)
    assert names(found) == [StepName.ADOPT_RUN]
    assert found.promised is not None
    assert (found.promised.role, found.promised.install_dir) == ("master_target", "/opt/ASR")


def test_a_run_that_has_ended_unread_is_read_whatever_it_did() -> None:
    assert names(plan(host(run=RunStatus(RunPhase.FINISHED)), wanting("9.66"), None)) == [StepName.ADOPT_RUN]


@pytest.mark.parametrize("phase", [RunPhase.DEAD, RunPhase.ABANDONED])
def test_a_dead_run_is_collected_and_the_work_goes_on(phase: RunPhase) -> None:
    assert names(plan(host(run=run(phase)), WANTED, offer())) == [StepName.COLLECT_DEAD_RUN, StepName.INSTALL]
    healthy = plan(host(registered(), run=run(phase)), WANTED, None)
    assert names(healthy) == [StepName.COLLECT_DEAD_RUN]
    assert not healthy.changes
    assert reason(plan(host(run=run(phase)), WANTED, None)) is Reason.INSTALLER_NOT_FOUND


@pytest.mark.parametrize("phase", [RunPhase.NONE, RunPhase.DEAD, RunPhase.FINISHED])
def test_nothing_is_touched_while_an_installer_works(phase: RunPhase) -> None:
    busy = host(run=run(phase), other_installer="./install_vx (process 7 in /s/run)")
    assert reason(plan(busy, WANTED, offer())) is Reason.OTHER_INSTALLER_RUNNING


# --- is an offer needed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "desired", "from_directory", "from_file"),
    [
        (host(), WANTED, True, True),
        (host(AgentState(presence=Presence.HALF_INSTALLED)), WANTED, True, True),
        (host(installed(presence=Presence.RECORD_CORRUPT)), WANTED, True, True),
        (host(installed(presence=Presence.RECORD_CORRUPT, record_backup=False)), WANTED, False, False),
        (host(installed(presence=Presence.HALF_REMOVED)), WANTED, False, False),
        (host(registered()), WANTED, False, True),
        (host(registered()), wanting("9.60"), False, True),
        (host(registered()), wanting("9.61"), True, True),
        (host(registered()), wanting("9.59"), False, False),
        (host(registered()), Desired(stack=Stack.CLASSIC), False, False),
        (host(tag=None), WANTED, False, False),
        (host(registered(), tag=None), WANTED, False, False),
        (host(uid=1), WANTED, False, False),
        (host(other_installer="x"), WANTED, False, False),
        (host(run=run(RunPhase.RUNNING)), WANTED, False, True),
        (host(run=run(RunPhase.DEAD)), WANTED, True, True),
    ],
)
def test_a_converged_host_reads_no_listing(
    observed: HostState, desired: Desired, from_directory: bool, from_file: bool
) -> None:
    assert needs_offer(observed, desired, source_is_exact=False) is from_directory
    assert needs_offer(observed, desired, source_is_exact=True) is from_file


def test_running_words_are_those_of_the_daemons() -> None:
    assert replace(registered(), daemons=RUNNING).running
    assert not replace(registered(), daemons=STOPPED).running


def test_a_fresh_installation_reminds_of_the_endpoint_protection_that_is_seen() -> None:
    seen = plan(host(scanners=("falcon-sensor",)), WANTED, offer())
    assert seen.steps
    assert "CrowdStrike Falcon seems to run on this host" in seen.warnings[0]
    assert not plan(host(), WANTED, offer()).warnings
    upgrade = plan(host(installed(), scanners=("falcon-sensor",)), WANTED, offer("9.61.1.1"))
    assert upgrade.steps
    assert not upgrade.warnings
