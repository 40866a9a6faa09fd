# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a removal's story, and what its run is told to do."""

from __future__ import annotations

import subprocess
import typing as t
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import (
    converge,
    installation,
    package_manager,
    removal,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import agent_before
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal import Removal, removal_query
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal_plan import RemovalWish
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    PackageDatabase,
    Presence,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from lab.installer_double import DoubleSpec, build
from unit.lifecycle.recording import FINISHED, STAGING, RecordingTarget, refusal_of
from unit.lifecycle.states import STOPPED, host, registered, version

BARE = host()
HEALTHY = host(registered("9.66.7567.0"))
HALF = host(registered("9.66.7567.0", presence=Presence.HALF_REMOVED, daemons=STOPPED))
STALE = host(replace(HALF.agent, record_is_stale=True))
BRINGING = ["claim_run", "deliver", "start_run"]
Remove = Callable[..., Report]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(DoubleSpec(), tmp_path_factory.mktemp("installers"))


@pytest.fixture
def remove(monkeypatch: pytest.MonkeyPatch) -> Remove:
    """Run the story with a recording target: ``remove(target, source=None, check_mode=False, **wish)``."""

    def run(
        target: RecordingTarget, *, source: Path | None = None, check_mode: bool = False, **wish: bool | None
    ) -> Report:
        monkeypatch.setattr(converge, "observe", target.observe)
        monkeypatch.setattr(installation, "observe", target.observe)
        monkeypatch.setattr(removal, "observe", target.observe)
        monkeypatch.setattr(package_manager, "_PAUSE", 0.0)
        monkeypatch.setattr(package_manager, "_PATIENCE", 0.2)
        wanted: dict[str, t.Any] = dict(wish)
        asked = RemovalWish(**wanted)
        supply = Supply(path=str(source)) if source else None
        query = removal_query(ProbeQuery(staging=STAGING), asked)
        return converge.converge(target, Removal(asked, supply, query, 60), check_mode=check_mode)

    return run


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_absent_agent_costs_one_look(check_mode: bool, remove: Remove) -> None:
    target = RecordingTarget([BARE])
    report = remove(target, check_mode=check_mode)
    assert (target.calls, report.changed, report.steps) == (["look"], False, ())


def test_check_mode_only_looks(remove: Remove) -> None:
    target = RecordingTarget([HEALTHY])
    report = remove(target, check_mode=True)
    assert target.calls == ["look"]
    assert (report.changed, report.steps) == (True, (StepName.UNINSTALL,))
    assert report.after == AgentState()


def test_the_order_of_a_removal(remove: Remove) -> None:
    target = RecordingTarget([HEALTHY, HEALTHY, BARE])
    report = remove(target)
    wanted = ["look", "claim_run", "look", "start_run", "follow_run", "collect"]
    assert target.calls == [*wanted, "look", "release_run"]
    assert (report.changed, report.after) == (True, AgentState())
    daemons = {"daemons": "svagents appservice uarespawndagent"}
    assert target.manifest == {"action": "uninstall", **agent_before(HEALTHY.agent), **daemons}


def test_what_is_started_is_the_installed_uninstaller_by_its_absolute_path(remove: Remove) -> None:
    target = RecordingTarget([HEALTHY, HEALTHY, BARE])
    remove(target)
    (body,) = [script for script in target.scripts if script.name == "uninstall"]
    subprocess.run(["sh", "-n"], input=body.text.encode(), check=True, timeout=30)
    assert body.text.splitlines()[-1].startswith("/usr/local/ASR/uninstall.sh -Y -L /var/log/")
    assert body.text.splitlines()[-1].endswith(" </dev/null")
    assert body.variables == {"ASR_LOCK": "/usr/local/ASR/.uninstall.lck"}


def test_an_agent_that_changed_meanwhile_is_not_removed(remove: Remove) -> None:
    newer = host(registered("9.67.1.0"))
    target = RecordingTarget([HEALTHY, newer])
    assert refusal_of(lambda: remove(target)).reason is Reason.STATE_CHANGED
    assert "start_run" not in target.calls
    assert target.calls[-2:] == ["look", "release_run"]


def test_nothing_is_removed_beside_a_package_manager_that_came_meanwhile(remove: Remove) -> None:
    on_sles = replace(HEALTHY, tag="SLES15-64")
    target = RecordingTarget([on_sles, replace(on_sles, package_database=PackageDatabase.BUSY)])
    assert refusal_of(lambda: remove(target)).reason is Reason.PACKAGE_MANAGER_BUSY
    assert "start_run" not in target.calls
    assert target.calls[-1] == "release_run"


def test_a_package_manager_that_ends_soon_is_waited_for(remove: Remove) -> None:
    """Before the plan, and again before the start."""
    free = replace(HEALTHY, tag="SLES15-64")
    busy = replace(free, package_database=PackageDatabase.BUSY)
    target = RecordingTarget([busy, busy, free, busy, free, BARE])
    assert remove(target).changed
    assert target.calls[:7] == ["look", "look", "look", "claim_run", "look", "look", "start_run"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_package_manager_that_goes_on_is_a_refusal(check_mode: bool, remove: Remove) -> None:
    target = RecordingTarget([replace(HEALTHY, tag="SLES15-64", package_database=PackageDatabase.BUSY)])
    assert refusal_of(lambda: remove(target, check_mode=check_mode)).reason is Reason.PACKAGE_MANAGER_BUSY
    assert set(target.calls) == {"look"}
    assert len(target.calls) > 1


@pytest.mark.parametrize("state", [PackageDatabase.BROKEN, PackageDatabase.HANGS])
def test_nobody_waits_for_a_database_that_gives_no_answer(state: PackageDatabase, remove: Remove) -> None:
    target = RecordingTarget([replace(HEALTHY, tag="SLES15-64", package_database=state)])
    refusal_of(lambda: remove(target))
    assert target.calls == ["look"]


def test_half_a_removal_asks_for_a_restart(remove: Remove) -> None:
    target = RecordingTarget([HEALTHY, HEALTHY, HALF])
    refusal = refusal_of(lambda: remove(target))
    report = refusal.facts["report"]
    assert refusal.reason is Reason.HALF_REMOVED
    assert (report.changed, report.outcome.reboot_required) == (True, True)


def test_an_agent_that_could_not_be_removed_is_started_again(remove: Remove) -> None:
    stopped = host(replace(HEALTHY.agent, daemons=STOPPED))
    target = RecordingTarget([HEALTHY, HEALTHY, stopped, HEALTHY], follow=[RunStatus(RunPhase.FINISHED, exit_code=2)])
    refusal = refusal_of(lambda: remove(target))
    assert refusal.reason is Reason.AGENT_NOT_STOPPED
    assert "start" in target.calls
    report = refusal.facts["report"]
    assert report.after.running
    assert "started again" in report.warnings[-1]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_half_removed_agent_needs_a_source(check_mode: bool, remove: Remove) -> None:
    target = RecordingTarget([HALF])
    assert refusal_of(lambda: remove(target, check_mode=check_mode)).reason is Reason.HALF_REMOVED
    assert target.calls == ["look"]


def test_a_removal_is_finished_with_the_uninstaller_of_an_archive(archive: Path, remove: Remove) -> None:
    target = RecordingTarget([HALF, HALF, BARE])
    report = remove(target, source=archive.parent)
    assert target.order(*BRINGING) == sorted(target.order(*BRINGING))
    (body,) = [script for script in target.scripts if script.name == "uninstall"]
    subprocess.run(["sh", "-n"], input=body.text.encode(), check=True, timeout=30)
    assert body.text.splitlines()[-1].startswith(f"{STAGING}/run/extracted/uninstall.sh -Y ")
    assert report.installer == archive.name
    assert report.steps == (StepName.FINISH_REMOVAL,)


def test_a_whole_agent_needs_no_archive_even_when_one_is_named(archive: Path, remove: Remove) -> None:
    target = RecordingTarget([HEALTHY, HEALTHY, BARE])
    report = remove(target, source=archive)
    assert "upload" not in target.calls
    assert report.installer is None


def test_a_stale_record_is_removed_without_a_run(remove: Remove) -> None:
    target = RecordingTarget([STALE, BARE])
    report = remove(target)
    assert target.calls == ["look", "claim_run", "look", "remove_record", "release_run", "look"]
    assert (report.changed, report.after) == (True, AgentState())


def test_nothing_is_removed_of_an_agent_that_came_meanwhile(remove: Remove) -> None:
    target = RecordingTarget([STALE, HEALTHY])
    assert refusal_of(lambda: remove(target)).reason is Reason.STATE_CHANGED
    assert target.calls == ["look", "claim_run", "look", "release_run"]


def test_nothing_is_removed_beside_an_installer_that_came_meanwhile(remove: Remove) -> None:
    target = RecordingTarget([STALE, replace(STALE, other_installer="./install")])
    assert refusal_of(lambda: remove(target)).reason is Reason.OTHER_INSTALLER_RUNNING
    assert "remove_record" not in target.calls


def test_leftovers_that_stay_are_a_failure(remove: Remove) -> None:
    half = host(AgentState(presence=Presence.HALF_INSTALLED, install_dir="/usr/local/ASR"))
    target = RecordingTarget([half])
    refusal = refusal_of(lambda: remove(target, remove_leftovers=True))
    assert refusal.reason is Reason.STATE_NOT_REACHED
    assert refusal.facts["report"].changed


@pytest.mark.parametrize("code", [0, 137])
def test_an_earlier_removal_is_adopted_and_judged_by_its_own_values(code: int, remove: Remove) -> None:
    manifest = {"action": "uninstall", **agent_before(HEALTHY.agent)}
    observed = replace(HALF, run=RunStatus(RunPhase.RUNNING, manifest))
    target = RecordingTarget([observed, BARE], follow=[replace(FINISHED, exit_code=code)])
    report = remove(target)
    assert (report.changed, report.before.version, report.after) == (True, version("9.66.7567.0"), AgentState())
    assert "start_run" not in target.calls


def test_a_removal_that_ended_unread_with_an_error_is_tried_again(remove: Remove) -> None:
    manifest = {"action": "uninstall", **agent_before(HEALTHY.agent)}
    ended = replace(HEALTHY, run=RunStatus(RunPhase.FINISHED, manifest, exit_code=2))
    target = RecordingTarget(
        [ended, HEALTHY, HEALTHY, HEALTHY, BARE], follow=[replace(FINISHED, exit_code=2), FINISHED]
    )
    report = remove(target)
    assert report.after == AgentState()
    assert "An earlier run ended unread" in report.warnings[0]
