# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a registration's story: the way is tried before anything is brought, and nothing secret is told."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import converge as story
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration import Registering
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import Endpoint
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    HostState,
    Registration,
    Stack,
    StoredRegistration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, ScriptResult
from unit.lifecycle.recording import COLLECTED, STAGING, RecordingTarget, refusal_of
from unit.lifecycle.states import STOPPED, host, installed, registered

SECRET = "the passphrase itself"
WANTED = Wanted(stack=Stack.CLASSIC, server="cs.example.com", passphrase_hash="right")
ON_SERVER = registered(stack=Stack.CLASSIC, configuration_server="cs.example.com", port=443)
HERE = host(ON_SERVER, stored_registration=StoredRegistration("right"))
ROTATED = host(ON_SERVER, stored_registration=StoredRegistration("wrong"))
FRESH = host(installed())
REACHED = ScriptResult(0, "answer=cs.example.com 443 0 \nanswer=cs.example.com 9443 0 \n")
REFUSED = ScriptResult(0, "answer=cs.example.com 443 1 Connection refused\nanswer=cs.example.com 9443 0 \n")
MANIFEST = {
    "action": "register",
    "purpose": WANTED.purpose,
    "stack": "classic",
    "reachable": "yes",
    "before_presence": "installed",
    "before_version": "9.60.7100.0",
    "before_registration": "no",
    "before_running": "no",
    "before_install_dir": "/usr/local/ASR",
}


def _target(*states: HostState, **more: t.Any) -> RecordingTarget:  # noqa: ANN401 - fields of several types
    return RecordingTarget(states, answers={"reachability": REACHED, **more.pop("answers", {})}, **more)


def _registered(before: HostState = FRESH) -> RecordingTarget:
    """A host that is looked at twice before the run, and is registered after it."""
    return _target(before, before, HERE)


def _register(
    target: RecordingTarget, monkeypatch: pytest.MonkeyPatch, *, check_mode: bool = False, **changes: object
) -> Report:
    monkeypatch.setattr(story, "observe", target.observe)
    monkeypatch.setattr(installation, "observe", target.observe)
    monkeypatch.setattr(story, "_SETTLE_SECONDS", 0)
    fields: dict[str, t.Any] = {"wanted": WANTED, "secret": SECRET, "timeout": 1, **changes}
    procedure = Registering(query=ProbeQuery(STAGING, nonce="n"), **fields)
    return story.converge(target, procedure, check_mode=check_mode)


def test_the_way_is_tried_before_anything_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _registered()
    report = _register(target, monkeypatch)
    assert (report.steps, report.changed, report.warnings) == ((StepName.REGISTER,), True, ())
    order = target.order("look", "reachability", "claim_run", "deliver", "start_run", "release_run")
    assert order == sorted(order)


def test_nothing_secret_is_in_a_script_or_a_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    brought: list[bytes] = []
    target = _registered()

    def deliver(source: Path, destination: str, sha256: str) -> None:
        assert hashlib.sha256(source.read_bytes()).hexdigest() == sha256
        brought.append(source.read_bytes())

    monkeypatch.setattr(target, "deliver", deliver)
    _register(target, monkeypatch)
    assert [content.endswith(f"\n{SECRET}".encode()) for content in brought] == [True]
    assert len(brought[0]) > len(SECRET) + 60  # a random line before it
    texts = [script.text + str(dict(script.variables)) for script in target.scripts] + [str(target.manifest)]
    assert not any(SECRET in text for text in texts)
    assert all(str(target.manifest[key]) == MANIFEST[key] for key in MANIFEST)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_way_that_is_closed_is_a_refusal_that_costs_nothing(
    check_mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = _target(ROTATED, answers={"reachability": REFUSED})
    refusal = refusal_of(lambda: _register(target, monkeypatch, check_mode=check_mode))
    assert refusal.reason is Reason.ENDPOINT_UNREACHABLE
    assert target.calls == ["look", "reachability"]
    assert refusal.facts["report"].changed is False


def test_check_mode_tries_the_way_and_brings_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(FRESH)
    report = _register(target, monkeypatch, check_mode=True)
    assert target.calls == ["look", "reachability"]
    assert (report.changed, report.after.running) == (True, True)


def test_a_registered_agent_costs_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(HERE)
    report = _register(target, monkeypatch)
    assert (target.calls, report.changed, report.steps) == (["look"], False, ())


def test_the_way_is_not_tried_when_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _registered()
    _register(target, monkeypatch, check_reachability=False)
    assert "reachability" not in target.calls
    assert target.manifest["reachable"] == "no"


def test_what_is_not_reached_and_not_needed_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    for check_mode in (True, False):
        report = _register(_registered(), monkeypatch, check_mode=check_mode, endpoints=[Endpoint("vault", 443)])
        assert [warning for warning in report.warnings if "vault:443" in warning]


def test_a_changed_passphrase_is_a_change_although_the_agent_looks_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _register(_registered(ROTATED), monkeypatch)
    assert report.before == report.after
    assert report.changed


def test_a_wrong_passphrase_is_told_from_an_unreachable_server(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = [RunStatus(RunPhase.FINISHED, exit_code=14)]
    words = "output|asr-note put_back\noutput|asr-note started_again\n"
    told = {"collect": ScriptResult(0, COLLECTED + words)}
    known = refusal_of(lambda: _register(_target(ROTATED, follow=ended, answers=told), monkeypatch))
    assert known.reason is Reason.WRONG_PASSPHRASE
    assert "the agent was started again" in known.found
    unknown = refusal_of(
        lambda: _register(_target(ROTATED, follow=ended, answers=told), monkeypatch, check_reachability=False)
    )
    assert unknown.reason is Reason.REGISTRATION_FAILED


def test_an_agent_elsewhere_is_a_failure_whatever_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = host(replace(ON_SERVER, configuration_server="other"))
    refusal = refusal_of(lambda: _register(_target(FRESH, FRESH, elsewhere), monkeypatch))
    assert "registered with other" in refusal.found


def test_a_stopped_agent_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = host(replace(ON_SERVER, daemons=STOPPED), stored_registration=StoredRegistration("right"))
    target = _target(stopped, HERE)
    report = _register(target, monkeypatch)
    assert (report.steps, report.changed) == ((StepName.START,), True)
    assert target.calls == ["look", "start", "look"]


def test_a_run_of_an_earlier_task_is_followed_and_then_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work = replace(FRESH, run=RunStatus(RunPhase.RUNNING, manifest=MANIFEST))
    target = _target(at_work, HERE)
    report = _register(target, monkeypatch)
    assert (report.steps, report.changed) == ((StepName.ADOPT_RUN,), True)
    assert not report.before.running
    assert "start_run" not in target.calls


def test_an_earlier_failure_is_a_warning_and_the_task_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    status = RunStatus(RunPhase.FINISHED, manifest=MANIFEST, exit_code=14)
    target = _target(
        replace(FRESH, run=status),
        FRESH,
        FRESH,
        FRESH,
        HERE,
        follow=[status, RunStatus(RunPhase.FINISHED, exit_code=0)],
    )
    report = _register(target, monkeypatch)
    assert report.steps == (StepName.ADOPT_RUN, StepName.REGISTER)
    assert "did not accept the passphrase" in report.warnings[0]
    assert report.changed


def _dead(**manifest: str) -> HostState:
    found = {**MANIFEST, "action": "move", "before_running": "yes", "before_registration": "ok", **manifest}
    return replace(HERE, run=RunStatus(RunPhase.DEAD, manifest=found, token="t"))


PUT_BACK = {"recover": ScriptResult(0, "asr-note put_back\nasr-note started_again\n")}


def test_a_dead_run_is_taken_back_before_anything_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(_dead(), HERE, answers=PUT_BACK)
    report = _register(target, monkeypatch)
    order = target.order("look", "read_run_output", "recover", "release_run")
    assert order == sorted(order)
    assert (report.steps, report.changed) == ((StepName.COLLECT_DEAD_RUN,), True)
    assert "put back" in report.warnings[-1]
    (recover,) = (script for script in target.scripts if script.name == "recover")
    assert recover.variables == {"ASR_RUN": f"{STAGING}/run"}


def test_a_dead_run_that_had_changed_nothing_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _register(_target(_dead(), HERE), monkeypatch)
    assert (report.steps, report.changed) == ((StepName.COLLECT_DEAD_RUN,), False)


@pytest.mark.parametrize(("before", "changed"), [("ok", True), ("unknown", True), ("no", False)])
def test_check_mode_announces_what_a_dead_run_leaves_to_be_put_back(
    before: str, changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = _target(_dead(before_registration=before))
    report = _register(target, monkeypatch, check_mode=True)
    assert (report.steps, report.changed) == ((StepName.COLLECT_DEAD_RUN,), changed)
    assert target.calls == ["look"]


@pytest.mark.parametrize("said", [ScriptResult(0, "asr-note not_put_back\n"), ScriptResult(127, "")])
def test_a_dead_run_whose_copies_cannot_be_put_back_is_kept(
    said: ScriptResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = _target(_dead(), HERE, answers={"recover": said})
    refusal = refusal_of(lambda: _register(target, monkeypatch))
    assert refusal.reason is Reason.REGISTRATION_NOT_RESTORED
    assert f"{STAGING}/run/kept" in refusal.remedy
    assert "release_run" not in target.calls


def _collected(step: str, *notes: str, told: str = "") -> dict[str, ScriptResult]:
    said = "".join(f"output|asr-note {note}\n" for note in notes)
    return {"collect": ScriptResult(0, f"{told}step={step}\n{said}run=present\n")}


@pytest.mark.parametrize("ended", [RunStatus(RunPhase.DEAD), RunStatus(RunPhase.FINISHED, exit_code=137)])
def test_a_run_that_dies_while_it_is_followed_is_taken_back_and_said_so(
    ended: RunStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script that reads the run has put it back; the agent looks as before, and was stopped and started."""
    told = _collected("put_back", told="asr-note put_back\nasr-note started_again\n")
    target = _target(ROTATED, follow=[ended], answers=told)
    refusal = refusal_of(lambda: _register(target, monkeypatch))
    assert "was put back; the agent was started again" in refusal.found
    report = refusal.facts["report"]
    assert (report.changed, report.before == report.after) == (True, True)
    assert target.calls[-1] == "release_run"


def test_a_run_that_could_not_put_back_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = [RunStatus(RunPhase.FINISHED, exit_code=97)]
    told = _collected("touched", "not_put_back", told="asr-note not_put_back\n")
    stopped = host(replace(ON_SERVER, daemons=STOPPED))
    target = _target(ROTATED, ROTATED, stopped, follow=ended, answers=told)
    refusal = refusal_of(lambda: _register(target, monkeypatch))
    assert refusal.reason is Reason.REGISTRATION_NOT_RESTORED
    assert "release_run" not in target.calls
    assert (refusal.facts["report"].changed, refusal.facts["report"].after) == (True, stopped.agent)


def test_a_move_that_failed_after_it_had_left_says_that_the_old_side_may_have_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = replace(ON_SERVER, configuration_server="old.example.com")
    forgotten = host(replace(before, registration=Registration.NO, stack=None))
    told = _collected("put_back", "left", "put_back", "started_again")
    ended = [RunStatus(RunPhase.FINISHED, exit_code=0)]
    target = _target(host(before), host(before), forgotten, follow=ended, answers=told)
    refusal = refusal_of(lambda: _register(target, monkeypatch, wanted=replace(WANTED, allow_move=True)))
    assert "may have forgotten this machine already: register it there again" in refusal.found
    assert "was put back" in refusal.found


GONE = RunStatus(RunPhase.NONE)


def test_a_result_that_another_task_has_read_is_never_taken_for_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent looks the same with the old passphrase: only a new plan finds it, and registers again."""
    target = _target(ROTATED, ROTATED, ROTATED, ROTATED, HERE, follow=[GONE, RunStatus(RunPhase.FINISHED, exit_code=0)])
    report = _register(target, monkeypatch)
    assert report.steps == (StepName.REGISTER, StepName.REGISTER)
    assert target.calls.count("start_run") == 2

    refused = [GONE, RunStatus(RunPhase.FINISHED, exit_code=14)]
    told = _collected("put_back", "put_back", "started_again")
    refusal = refusal_of(lambda: _register(_target(ROTATED, follow=refused, answers=told), monkeypatch))
    assert refusal.reason is Reason.WRONG_PASSPHRASE


def test_a_followed_result_that_another_task_has_read_leads_to_a_new_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work = replace(ROTATED, run=RunStatus(RunPhase.RUNNING, manifest=MANIFEST))
    ends = [GONE, RunStatus(RunPhase.FINISHED, exit_code=0)]
    report = _register(_target(at_work, ROTATED, ROTATED, HERE, follow=ends), monkeypatch)
    assert report.steps == (StepName.ADOPT_RUN, StepName.REGISTER)
    well = _register(_target(at_work, HERE, follow=[GONE]), monkeypatch)
    assert (well.steps, well.changed) == ((StepName.ADOPT_RUN,), True)


def test_the_secret_lies_where_ansible_cleans_up_after_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[Path] = []
    target = _registered()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(target, "deliver", lambda source, *_more: sources.append(source))
    _register(target, monkeypatch)
    assert [tmp_path in source.parents for source in sources] == [True]
    assert list(tmp_path.iterdir()) == []


def test_an_unregistration_reaches_nobody_and_brings_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(HERE, HERE, host(installed()))
    report = _register(target, monkeypatch, wanted=Wanted(present=False))
    assert (report.steps, report.changed) == ((StepName.UNREGISTER,), True)
    assert not {"reachability", "deliver"} & set(target.calls)
    refusal = refusal_of(lambda: _register(_target(HERE), monkeypatch, wanted=Wanted(present=False)))
    assert refusal.reason is Reason.REGISTRATION_FAILED
    assert "still registered" in refusal.found


def test_a_host_that_changes_while_the_secret_is_brought_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    target = _target(FRESH, replace(FRESH, other_installer="AgentUpgrade.sh"))
    refusal = refusal_of(lambda: _register(target, monkeypatch))
    assert refusal.reason is Reason.OTHER_INSTALLER_RUNNING
    assert "start_run" not in target.calls
    assert target.calls[-1] == "release_run"
