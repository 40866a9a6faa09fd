# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of an earlier task is judged as that task would have judged it, and its failure is told to whom it belongs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import converge, installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import Installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import write_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.report import report_result
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, ScriptResult
from lab.installer_double import DoubleSpec, build
from unit.lifecycle.recording import FINISHED, STAGING, RecordingTarget, error, refusal_of
from unit.lifecycle.states import STOPPED, host, installed, offer, registered, version

OLD, NEW = registered("9.62.7172.0"), registered("9.66.7567.0")
LEFT_STOPPED = replace(NEW, daemons=STOPPED)
FRESH = installed("9.66.7567.0")
Converged = Callable[..., Report]


def met(phase: RunPhase, before: AgentState, now: AgentState, number: str = "9.66.7567.1") -> HostState:
    """A host on which a run of ours is met: what it was started on, and what shows now."""
    action = StepName.INSTALL if before.presence is Presence.ABSENT else StepName.UPGRADE
    return host(now, run=RunStatus(phase, write_manifest(action, offer(number), Desired(), before)))


def target(first: HostState, *then: AgentState, code: int = 0, **more: object) -> RecordingTarget:
    """A target that shows these states one after the other; the followed run ends with that code."""
    ends: Sequence[RunStatus | MobilityError] = [replace(FINISHED, exit_code=code)]
    return RecordingTarget([first, *map(host, then)], **{"follow": ends, **more})  # type: ignore[arg-type]  # of a test


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(DoubleSpec(), tmp_path_factory.mktemp("installers")).parent


@pytest.fixture
def converged(archives: Path, monkeypatch: pytest.MonkeyPatch) -> Converged:
    """``converged(target, wanted="9.66")``."""
    monkeypatch.setattr(converge, "_SETTLE_SECONDS", 0)

    def run(recording: RecordingTarget, wanted: str | None = None) -> Report:
        monkeypatch.setattr(converge, "observe", recording.observe)
        monkeypatch.setattr(installation, "observe", recording.observe)
        desired = Desired(version=VersionSpec.parse(wanted) if wanted else None)
        request = Installation(desired, Supply(path=str(archives)), ProbeQuery(staging=STAGING), 60)
        return converge.converge(recording, request, check_mode=False)

    return run


@pytest.mark.parametrize(
    ("code", "after", "words"),
    [(44, LEFT_STOPPED, "did not start"), (162, NEW, "left unfinished"), (164, NEW, "left unfinished")],
)
def test_a_followed_upgrade_fails_as_it_would_have_failed_in_its_own_task(
    code: int, after: AgentState, words: str, converged: Converged
) -> None:
    refusal = refusal_of(lambda: converged(target(met(RunPhase.RUNNING, OLD, LEFT_STOPPED), after, code=code)))
    assert refusal.reason is Reason.INSTALLER_FAILED
    assert refusal.found.startswith("the run started earlier: ")
    assert words in refusal.found
    assert "taken back" not in refusal.found
    report = refusal.facts["report"]
    assert (report.before.version, report.before.running, report.changed) == (version("9.62.7172.0"), True, True)


def test_a_followed_upgrade_that_works_keeps_code_restart_and_installer(converged: Converged) -> None:
    report = converged(target(met(RunPhase.RUNNING, OLD, LEFT_STOPPED), NEW, code=98))
    result = report_result(report)
    assert (report.steps, report.changed, report.before.version) == ((StepName.ADOPT_RUN,), True, OLD.version)
    assert (result["exit_code"], result["reboot_required"], result["installer"]) == (
        98,
        True,
        offer("9.66.7567.1").file_name,
    )
    assert ["98" in warning for warning in result["warnings"]] == [True]


def test_the_failure_of_an_earlier_task_is_a_warning_and_the_work_goes_on(converged: Converged) -> None:
    absent = AgentState()
    ended = met(RunPhase.FINISHED, absent, absent)
    recording = target(ended, absent, absent, absent, FRESH, follow=[replace(FINISHED, exit_code=99), FINISHED])
    report = converged(recording)
    assert report.steps == (StepName.ADOPT_RUN, StepName.INSTALL)
    assert (report.changed, report.after) == (True, FRESH)
    assert report.run is not None
    assert report.run.exit_code == 0
    (warning,) = report.warnings
    assert warning.startswith("An earlier run ended unread, and failed: exit code 99: ")


def test_the_failure_of_an_earlier_task_is_not_shown_as_the_code_of_this_one(converged: Converged) -> None:
    report = converged(target(met(RunPhase.FINISHED, OLD, OLD), OLD, code=99))
    assert (report.run, report.outcome, report.changed) == (None, None, False)
    assert "exit_code" not in report_result(report)


def test_what_cannot_be_planned_from_is_this_tasks_failure_and_the_warning_stays(converged: Converged) -> None:
    half = replace(OLD, presence=Presence.HALF_REMOVED)
    refusal = refusal_of(lambda: converged(target(met(RunPhase.FINISHED, OLD, half), half, code=97)))
    assert refusal.reason is Reason.HALF_REMOVED
    report = refusal.facts["report"]
    assert "exit code 97" in report.warnings[0]
    assert report.before.presence is Presence.INSTALLED


def test_a_host_that_may_not_start_again_is_never_only_a_warning(converged: Converged) -> None:
    refusal = refusal_of(lambda: converged(target(met(RunPhase.FINISHED, AgentState(), FRESH), FRESH, code=163)))
    assert refusal.reason is Reason.INITRD_NOT_RESTORED
    assert refusal.remedy.startswith("Do not restart the host.")


def test_a_run_to_an_older_version_and_the_upgrade_after_it_are_one_report(converged: Converged) -> None:
    older = registered("9.64.7300.0")
    ended = met(RunPhase.FINISHED, OLD, older, "9.64.7300.1")
    codes = [replace(FINISHED, exit_code=98), FINISHED]
    report = converged(target(ended, older, older, older, NEW, follow=codes), wanted="9.66")
    assert report.steps == (StepName.ADOPT_RUN, StepName.UPGRADE)
    assert (report.before.version, report.after.version) == (OLD.version, NEW.version)
    assert report.outcome is not None
    assert report.outcome.reboot_required
    assert any("exit code 98" in warning for warning in report.warnings)


@pytest.mark.parametrize(("second", "restart"), [(15, True), (163, False)])
def test_a_restart_stays_recommended_unless_the_host_may_not_start_again(
    second: int, restart: bool, converged: Converged
) -> None:
    older = registered("9.64.7300.0")
    ended = met(RunPhase.FINISHED, OLD, older, "9.64.7300.1")
    codes = [replace(FINISHED, exit_code=98), replace(FINISHED, exit_code=second)]
    refusal = refusal_of(lambda: converged(target(ended, older, older, older, older, follow=codes), wanted="9.66"))
    assert report_result(refusal.facts["report"])["reboot_required"] is restart


@pytest.mark.parametrize("phase", [RunPhase.RUNNING, RunPhase.FINISHED])
def test_an_archive_that_an_earlier_task_could_not_unpack(phase: RunPhase, converged: Converged) -> None:
    unpacking = {"collect": ScriptResult(0, "step=unpack\nrun=present\n")}
    recording = target(met(phase, OLD, OLD), OLD, code=1, answers=unpacking)
    if phase is RunPhase.FINISHED:
        assert "could not be unpacked" in converged(recording).warnings[0]
    else:
        assert refusal_of(lambda: converged(recording)).found.startswith("the run started earlier: an archive")


def test_an_outage_is_no_verdict(converged: Converged) -> None:
    recording = target(met(RunPhase.FINISHED, OLD, OLD), trouble={"collect": error(Reason.CONNECTION_LOST)})
    refusal = refusal_of(lambda: converged(recording))
    assert (refusal.reason, refusal.found) == (Reason.CONNECTION_LOST, "trouble")


@pytest.mark.parametrize(("code", "after"), [(98, NEW), (99, OLD)])
def test_a_run_that_cannot_be_cleared_away_is_not_followed_for_ever(
    code: int, after: AgentState, converged: Converged
) -> None:
    first = met(RunPhase.FINISHED, OLD, after)
    stuck = {"release_run": error(Reason.SCRIPT_FAILED)}
    recording = RecordingTarget([first], follow=[replace(FINISHED, exit_code=code)], trouble=stuck)
    if after is NEW:
        assert "not cleared away" in converged(recording).warnings[0]
    else:
        assert refusal_of(lambda: converged(recording)).reason is Reason.PREREQUISITE_FAILED
    assert recording.calls.count("follow_run") == 1


def test_a_run_whose_manifest_says_nothing_is_read_and_counts_as_a_change(converged: Converged) -> None:
    unknown = host(NEW, run=RunStatus(RunPhase.FINISHED, {"action": "install"}))
    report = converged(target(unknown, NEW, code=98))
    assert (report.changed, report.before) == (True, NEW)
