"""The order of a task's story: what is looked at, what is brought, what is started, what is left when it goes wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import converge, installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.admission import Admission
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import Installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import Examination
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, ScriptResult
from lab.installer_double import DoubleSpec, build
from unit.lifecycle.recording import FINISHED, STAGING, RecordingTarget, error, refusal_of
from unit.lifecycle.states import STOPPED, host, installed, registered, version

BARE = host()
INSTALLED = host(installed("9.66.7567.0"))
OLDER = host(installed("9.62.7172.0"))
CLOSER = {id(BARE): ["examine"], id(OLDER): ["measure"], id(INSTALLED): []}
"""The closer look at a host before something begins there; a host that is right has none."""
Run = Callable[..., Report]
BRINGING = {"claim_run", "upload", "stage", "deliver", "start_run", "fetch"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(DoubleSpec(), tmp_path_factory.mktemp("installers"))


@pytest.fixture
def converged(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the story with a recording target: ``converged(target, check_mode=False, timeout=60, **desired)``."""

    def run(
        target: RecordingTarget,
        *,
        check_mode: bool = False,
        timeout: int = 60,
        exact: bool = True,
        skipped: Collection[str] = ("kernel_supported", "next_kernel_supported"),
    ) -> Report:
        monkeypatch.setattr(converge, "observe", target.observe)
        monkeypatch.setattr(installation, "observe", target.observe)
        supply = Supply(path=str(archive if exact else archive.parent))
        admission = Admission(frozenset(skipped))
        request = Installation(Desired(), supply, ProbeQuery(staging=STAGING), timeout, admission)
        return converge.converge(target, request, check_mode=check_mode)

    return run


def test_a_host_that_is_right_costs_one_look(converged: Run) -> None:
    target = RecordingTarget([INSTALLED])
    report = converged(target)
    assert target.calls == ["look"]
    assert (report.changed, report.steps, report.installer) == (False, (), None)


@pytest.mark.parametrize("state", [BARE, OLDER, INSTALLED], ids=["absent", "older", "right"])
def test_check_mode_only_looks(state: HostState, converged: Run) -> None:
    target = RecordingTarget([replace(state, leftovers=("/var/tmp/asr-mobility-upload.1",))])
    report = converged(target, check_mode=True)
    assert target.calls == ["look", *CLOSER[id(state)]]
    assert report.after.version == version("9.66.7567.0")
    assert report.changed == (state is not INSTALLED)


def test_check_mode_reads_the_installer_that_lies_here(archive: Path, converged: Run) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    try:
        refusal = refusal_of(lambda: converged(RecordingTarget([BARE]), check_mode=True))
    finally:
        archive.write_bytes(whole)
    assert refusal.reason is Reason.INSTALLER_CORRUPT


@pytest.mark.parametrize(("before", "step"), [(BARE, StepName.INSTALL), (OLDER, StepName.UPGRADE)])
def test_the_order_of_an_installation(before: HostState, step: StepName, converged: Run) -> None:
    target = RecordingTarget([before, before, INSTALLED])
    report = converged(target)
    wanted = ["look", *CLOSER[id(before)], "claim_run", "deliver", "look", "start_run", "follow_run"]
    assert target.calls[: len(wanted)] == wanted
    assert target.calls[len(wanted) :] == ["collect", "look", "release_run"]
    assert (report.changed, report.steps) == (True, (step,))
    assert report.after == INSTALLED.agent
    assert target.manifest["action"] == step.value
    assert target.manifest["version"] == "9.66.7567.1"


def test_what_is_started_parses_and_runs_the_installer_in_its_own_directory(converged: Run) -> None:
    target = RecordingTarget([BARE, BARE, INSTALLED])
    converged(target)
    (body,) = [script for script in target.scripts if script.name == "install"]
    subprocess.run(["sh", "-n"], input=body.text.encode(), check=True, timeout=30)
    assert body.variables["ASR_DIR"] == f"{STAGING}/run/extracted"
    lines = body.text.splitlines()
    assert lines[-2] == 'cd "$ASR_DIR" || exit 1'
    assert lines[-1].startswith("./install -q -d /usr/local/ASR -r MS -v VmWare -c CSPrime -a Install ")
    assert lines[-1].endswith(f"-e {STAGING}/run/errors.json </dev/null")
    assert not body.read_only


UNLISTED: Mapping[str, Any] = {"kernel_running": "6.99.1", "kernel_next": "6.1.0-28-amd64"}


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "real"])
@pytest.mark.parametrize("before", [BARE, OLDER], ids=["absent", "older"])
def test_a_kernel_that_is_not_listed_is_refused_before_anything_is_brought(
    before: HostState, check_mode: bool, converged: Run
) -> None:
    target = RecordingTarget([replace(before, **UNLISTED)])
    refusal = refusal_of(lambda: converged(target, check_mode=check_mode, skipped=()))
    assert refusal.reason is Reason.PREREQUISITE_FAILED
    assert target.calls == ["look", *CLOSER[id(before)]]
    assert "kernel_supported: 6.99.1 is not in" in refusal.found
    assert "newest list known" in refusal.found
    assert "[kernel_supported]" in refusal.remedy
    assert "asr_mobility_skip_checks" in refusal.remedy


def test_a_check_is_overridden_by_its_name_and_no_other_one_with_it(converged: Run) -> None:
    worse = Examination(secure_boot="enabled", kernel_directory=False)
    target = RecordingTarget([replace(BARE, **UNLISTED)], examination=worse)
    refusal = refusal_of(lambda: converged(target, skipped=["kernel_supported", "secure_boot"]))
    assert refusal.found.startswith("kernel_directory: no /lib/modules/6.99.1")
    assert "secure_boot" not in refusal.found
    done = RecordingTarget([replace(BARE, **UNLISTED), BARE, INSTALLED], examination=worse)
    assert converged(done, skipped=["kernel_supported", "secure_boot", "kernel_directory"]).changed


@pytest.mark.parametrize("verb", ["deliver", "start_run"])
def test_what_was_half_brought_is_cleared_away(verb: str, converged: Run) -> None:
    target = RecordingTarget([BARE], trouble={verb: error()})
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.TRANSFER_FAILED
    assert target.calls[-1] == "release_run"
    assert "follow_run" not in target.calls
    assert refusal.facts["report"].before.presence is Presence.ABSENT


def test_no_upgrade_begins_without_room_for_the_old_tree(converged: Run) -> None:
    small = {name: replace(place, free_bytes=2 * 1024**3) for name, place in OLDER.filesystems.items()}
    target = RecordingTarget([replace(OLDER, filesystems=small)], tree_bytes=3 * 1024**3)
    assert refusal_of(lambda: converged(target)).reason is Reason.NO_SPACE
    assert target.calls == ["look", "measure"]


def test_a_claim_that_somebody_else_holds_is_not_released(converged: Run) -> None:
    target = RecordingTarget([BARE], trouble={"claim_run": error(Reason.RUN_IN_PROGRESS)})
    assert refusal_of(lambda: converged(target)).reason is Reason.RUN_IN_PROGRESS
    assert "release_run" not in target.calls


def test_nothing_is_started_on_a_host_that_changed_meanwhile(converged: Run) -> None:
    target = RecordingTarget([BARE, OLDER])
    assert refusal_of(lambda: converged(target)).reason is Reason.STATE_CHANGED
    assert "start_run" not in target.calls
    assert target.calls[-1] == "release_run"


@pytest.mark.parametrize("code", [0, 98, 201, 77])
def test_the_state_decides_for_success(code: int, converged: Run) -> None:
    target = RecordingTarget([OLDER, OLDER, INSTALLED], follow=[replace(FINISHED, exit_code=code)])
    report = converged(target)
    assert report.changed
    assert report.run is not None
    assert report.run.exit_code == code


@pytest.mark.parametrize("code", [0, 98, 15])
def test_the_state_decides_for_failure(code: int, converged: Run) -> None:
    target = RecordingTarget([BARE], follow=[replace(FINISHED, exit_code=code)])
    refusal = refusal_of(lambda: converged(target))
    report = refusal.facts["report"]
    assert isinstance(report, Report)
    assert (report.changed, report.after) == (False, BARE.agent)
    assert report.run is not None
    assert report.run.exit_code == code
    assert target.calls[-1] == "release_run"


def test_a_run_that_died_is_told_with_its_last_words(converged: Run) -> None:
    target = RecordingTarget([BARE], follow=[RunStatus(RunPhase.DEAD)])
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.RUN_DIED
    assert "the last words" in refusal.found
    assert "release_run" in target.calls


def test_a_run_that_goes_on_is_left_alone_when_the_time_is_over(converged: Run) -> None:
    target = RecordingTarget([BARE], follow=[RunStatus(RunPhase.RUNNING)])
    refusal = refusal_of(lambda: converged(target, timeout=0))
    assert refusal.reason is Reason.STILL_RUNNING
    assert target.calls[-1] == "follow_run"
    assert not {"release_run", "remove_directory"} & set(target.calls)


def test_an_outage_while_following_is_outlasted(converged: Run) -> None:
    rounds: Sequence[RunStatus | MobilityError] = [error(Reason.CONNECTION_LOST), RunStatus(RunPhase.RUNNING), FINISHED]
    target = RecordingTarget([BARE, BARE, INSTALLED], follow=rounds)
    assert converged(target).changed
    assert target.calls.count("follow_run") == 3
    assert target.calls.count("start_run") == 1


def test_an_archive_that_could_not_be_unpacked(converged: Run) -> None:
    answers = {"collect": ScriptResult(0, "step=unpack\nrun=present\n")}
    target = RecordingTarget([BARE], answers=answers, follow=[replace(FINISHED, exit_code=1)])
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.INSTALLER_CORRUPT
    assert target.calls[-1] == "release_run"


def test_what_the_installer_wrote_is_in_the_report(converged: Run) -> None:
    named = '{"error_name": "ASRMobilityServiceInternalError", "error_params": {}, "default_message": "m"}'
    written = f'errors|{{"Errors": [{named}]}}\nlog|first\nlog|second\nstep=install\nrun=present\n'
    target = RecordingTarget([BARE, BARE, INSTALLED], answers={"collect": ScriptResult(0, written)})
    report = converged(target)
    assert report.run is not None
    assert [one.name for one in report.run.errors] == ["ASRMobilityServiceInternalError"]
    assert report.run.log == "first\nsecond"


def interrupted(converged: Run, phase: RunPhase) -> HostState:
    """The host after a task that started the installer and did not wait for its end."""
    first = RecordingTarget([BARE], follow=[RunStatus(RunPhase.RUNNING)])
    refusal_of(lambda: converged(first, timeout=0))
    return host(run=RunStatus(phase, first.manifest, exit_code=0 if phase is RunPhase.FINISHED else None))


@pytest.mark.parametrize("phase", [RunPhase.RUNNING, RunPhase.FINISHED])
def test_a_run_of_an_earlier_task_is_followed_and_never_started_again(phase: RunPhase, converged: Run) -> None:
    target = RecordingTarget([interrupted(converged, phase), INSTALLED])
    report = converged(target)
    assert not BRINGING & set(target.calls)
    followed = target.order("follow_run", "collect", "release_run")
    assert followed == sorted(followed)
    assert report.steps == (StepName.ADOPT_RUN,)
    assert report.changed
    assert report.before.presence is Presence.ABSENT


def test_a_dead_run_is_cleared_away_before_the_new_one(converged: Run) -> None:
    dead = interrupted(converged, RunPhase.DEAD)
    target = RecordingTarget([dead, replace(dead, run=RunStatus()), INSTALLED])
    report = converged(target)
    assert target.order("release_run", "claim_run") == sorted(target.order("release_run", "claim_run"))
    assert target.calls.count("start_run") == 1
    assert any("the last words" in warning for warning in report.warnings)
    assert report.steps == (StepName.COLLECT_DEAD_RUN, StepName.INSTALL)


def test_uploads_of_interrupted_tasks_are_removed_by_a_run_only(converged: Run) -> None:
    state = replace(INSTALLED, leftovers=("/var/tmp/asr-mobility-upload.1",))
    target = RecordingTarget([state])
    assert not converged(target).changed
    assert target.calls == ["look", "remove_leftovers"]


def test_tidying_that_fails_is_a_warning_on_a_good_result(converged: Run) -> None:
    target = RecordingTarget([BARE, BARE, INSTALLED], trouble={"release_run": error(Reason.SCRIPT_FAILED)})
    report = converged(target)
    assert report.after == INSTALLED.agent
    assert any("not cleared away" in warning for warning in report.warnings)


def test_a_directory_does_not_upgrade(converged: Run) -> None:
    target = RecordingTarget([OLDER])
    assert not converged(target, exact=False).changed
    assert target.calls == ["look"]


def test_a_refusal_carries_what_was_seen(converged: Run) -> None:
    newer = host(installed("9.70.1.0"))
    refusal = refusal_of(lambda: converged(RecordingTarget([newer])))
    assert refusal.reason is Reason.DOWNGRADE
    assert refusal.facts["report"] == Report(before=newer.agent, after=newer.agent)
    assert isinstance(newer.agent, AgentState)


def test_trouble_with_clearing_away_does_not_hide_what_went_wrong(converged: Run) -> None:
    trouble = {"deliver": error(Reason.CHECKSUM_MISMATCH), "release_run": error(Reason.SCRIPT_FAILED)}
    assert refusal_of(lambda: converged(RecordingTarget([BARE], trouble=trouble))).reason is Reason.CHECKSUM_MISMATCH


def test_daemons_that_we_have_started_prove_nothing_of_a_killed_run(
    converged: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed upgrade may have left half an initrd image; the rerun finds the version and does nothing more."""
    monkeypatch.setattr(converge, "_SETTLE_SECONDS", 0)
    before = host(registered("9.62.7172.0"))
    stopped = host(registered("9.66.7567.0", daemons=STOPPED))
    running = host(registered("9.66.7567.0"))
    target = RecordingTarget([before, before, stopped, running], follow=[RunStatus(RunPhase.FINISHED, exit_code=137)])
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.INSTALLER_FAILED
    assert "Check the initrd images" in refusal.remedy
    report = refusal.facts["report"]
    assert report.after == running.agent
    assert "started again" in report.warnings[-1]


# --- what the next task must know -------------------------------------------------------------------------------------

MARKS = {
    "do-not-restart": "/etc/vxagent/asr-mobility.do-not-restart",
    "unfinished": "/etc/vxagent/asr-mobility.unfinished",
}


def marked(target: RecordingTarget) -> list[str]:
    """The marks that were left, in order."""
    return [script.variables["ASR_MARK"] for script in target.scripts if script.name == "leave_mark"]


@pytest.mark.parametrize(
    ("code", "after", "marks"),
    [
        (163, INSTALLED, ["do-not-restart", "unfinished"]),
        (163, OLDER, ["do-not-restart"]),
        (164, INSTALLED, ["unfinished"]),
        (137, INSTALLED, ["unfinished"]),
        (99, OLDER, []),
    ],
)
def test_a_failed_run_leaves_the_marks_that_the_next_task_needs(
    code: int, after: HostState, marks: list[str], converged: Run
) -> None:
    target = RecordingTarget([OLDER, OLDER, after], follow=[replace(FINISHED, exit_code=code)])
    refusal_of(lambda: converged(target))
    assert marked(target) == [MARKS[mark] for mark in marks]
    if marks:
        assert target.order("leave_mark", "release_run") == sorted(target.order("leave_mark", "release_run"))


def test_a_run_whose_mark_cannot_be_left_is_kept(converged: Run) -> None:
    full = {"leave_mark": ScriptResult(1, "No space left on device")}
    target = RecordingTarget([OLDER, OLDER, INSTALLED], follow=[replace(FINISHED, exit_code=163)], answers=full)
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.INITRD_NOT_RESTORED
    assert "release_run" not in target.calls
    assert any("was kept" in note for note in refusal.facts["report"].warnings)


def test_what_broke_off_is_finished_with_its_own_version_and_the_mark_removed(converged: Run) -> None:
    broken = host(installed("9.66.7567.0", unfinished=True))
    target = RecordingTarget([broken, broken, broken], follow=[replace(FINISHED, exit_code=98)])
    report = converged(target, exact=False)
    assert report.steps == (StepName.UPGRADE,)
    assert [script.variables["ASR_MARK"] for script in target.scripts if script.name == "remove_mark"] == [
        MARKS["unfinished"]
    ]


def test_a_run_that_another_task_took_the_place_of_is_not_taken_for_ours(converged: Run) -> None:
    mine, other = RunStatus(RunPhase.RUNNING, token="mine"), RunStatus(RunPhase.FINISHED, exit_code=0, token="other")
    target = RecordingTarget([BARE, BARE, BARE], follow=[mine, other])
    refusal = refusal_of(lambda: converged(target))
    assert refusal.reason is Reason.RUN_IN_PROGRESS
    assert "release_run" not in target.calls
