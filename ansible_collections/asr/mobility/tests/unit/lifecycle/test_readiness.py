# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first questions of every plan: who works on the host, what became of an earlier run, may it be restarted."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import needs_offer, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import (
    EarlierRun,
    earlier_run,
    is_at_work,
    is_unfinished_registration,
    nobody_may_work,
    run_step,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal_plan import RemovalWish, plan_removal
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import host, offer, registered

MINE = (StepName.UNINSTALL,)


@pytest.mark.parametrize(
    ("traits", "force", "expected"),
    [
        ({}, False, None),
        ({"uid": 1000}, True, Reason.NOT_ROOT),
        ({"other_installer": "AgentUpgrade.sh"}, True, Reason.OTHER_INSTALLER_RUNNING),
        ({"initrd_in_doubt": True}, False, Reason.INITRD_NOT_RESTORED),
        ({"initrd_in_doubt": True}, True, None),
        ({"uid": 1000, "initrd_in_doubt": True}, True, Reason.NOT_ROOT),
    ],
)
def test_who_may_work(traits: dict[str, t.Any], force: bool, expected: Reason | None) -> None:
    refusal = nobody_may_work(host(**traits), force=force)
    assert (refusal and refusal.reason) is expected


def test_a_host_in_danger_is_told_what_to_do_before_the_mark_is_removed() -> None:
    refusal = nobody_may_work(host(initrd_in_doubt=True))
    assert refusal is not None
    assert refusal.remedy.startswith("Do not restart the host.")
    assert refusal.remedy.index("orig_initrd_images") < refusal.remedy.index("asr-mobility.do-not-restart")


@pytest.mark.parametrize(
    ("phase", "action", "found"),
    [
        (RunPhase.NONE, "", EarlierRun.NONE),
        (RunPhase.RUNNING, "uninstall", EarlierRun.ADOPT),
        (RunPhase.RUNNING, "install", EarlierRun.IN_THE_WAY),
        (RunPhase.RUNNING, "strange", EarlierRun.IN_THE_WAY),
        (RunPhase.PREPARING, "uninstall", EarlierRun.IN_THE_WAY),
        (RunPhase.FINISHED, "uninstall", EarlierRun.ADOPT),
        (RunPhase.FINISHED, "register", EarlierRun.UNREAD),  # another module's, whose verdict is not ours to give
        (RunPhase.DEAD, "upgrade", EarlierRun.UNREAD),  # it may have left what only its own module puts back
        (RunPhase.DEAD, "strange", EarlierRun.COLLECT),
        (RunPhase.FINISHED, "strange", EarlierRun.ADOPT),
        (RunPhase.DEAD, "uninstall", EarlierRun.COLLECT),
        (RunPhase.ABANDONED, "install", EarlierRun.COLLECT),
    ],
)
def test_an_earlier_run(phase: RunPhase, action: str, found: EarlierRun) -> None:
    assert earlier_run(host(run=RunStatus(phase, {"action": action})), MINE) is found


def test_a_live_run_that_does_something_else_is_in_the_way_and_an_ended_one_is_read() -> None:
    def taken(phase: RunPhase) -> EarlierRun:
        return earlier_run(host(run=RunStatus(phase, {"action": "uninstall"})), MINE, lambda: False)

    assert taken(RunPhase.RUNNING) is EarlierRun.IN_THE_WAY
    assert taken(RunPhase.FINISHED) is EarlierRun.ADOPT


@given(st.sampled_from(list(RunPhase)), st.sampled_from([*[name.value for name in StepName], "", "odd"]), st.booleans())
def test_a_run_that_works_is_never_collected_and_a_dead_one_never_followed(
    phase: RunPhase, action: str, wanted: bool
) -> None:
    observed = host(run=RunStatus(phase, {"action": action}))
    found = earlier_run(observed, MINE, lambda: wanted)
    if is_at_work(observed):
        assert found in (EarlierRun.ADOPT, EarlierRun.IN_THE_WAY)
    if phase is RunPhase.DEAD:
        assert found in (EarlierRun.COLLECT, EarlierRun.UNREAD)
    if phase is RunPhase.ABANDONED:
        assert found is EarlierRun.COLLECT


def test_at_work() -> None:
    working = [phase for phase in RunPhase if is_at_work(host(run=RunStatus(phase)))]
    assert working == [RunPhase.PREPARING, RunPhase.RUNNING]


def test_the_step_shows_what_the_run_does_and_nothing_else() -> None:
    keys = ("action", "version")
    full = {"action": "install", "version": "9.66.7567.1", "tag": "DEBIAN12-64"}
    for count in range(len(keys) + 1):
        for chosen in itertools.combinations(keys, count):
            manifest = {key: full[key] for key in (*chosen, "tag")}
            step = run_step(StepName.ADOPT_RUN, host(run=RunStatus(RunPhase.RUNNING, manifest)))
            assert step.details == {key: full[key] for key in chosen}


@pytest.mark.parametrize("phase", [RunPhase.DEAD, RunPhase.FINISHED])
@pytest.mark.parametrize(
    ("action", "owner"),
    [
        ("register", "mobility_registration"),
        ("move", "mobility_registration"),
        ("unregister", "mobility_registration"),
        ("replace_driver", "mobility_driver"),
    ],
)
def test_what_another_module_left_unread_is_its_own_to_judge(phase: RunPhase, action: str, owner: str) -> None:
    """It may have ended 163, or hold the only copies of a registration; collecting the run would remove both."""
    observed = host(registered(), run=RunStatus(phase, {"action": action}, exit_code=163))
    assert is_unfinished_registration(observed) is (phase is RunPhase.DEAD and owner == "mobility_registration")
    assert not needs_offer(observed, Desired(latest=True), source_is_exact=False)
    for found in (plan(observed, Desired(), offer("9.61.1.1")), plan_removal(observed, RemovalWish(), None)):
        assert found.refusal is not None
        assert found.refusal.reason is Reason.RUN_UNREAD
        assert owner in found.refusal.remedy
    assert plan(observed, Desired(force=True), offer("9.61.1.1")).steps
    assert plan_removal(observed, RemovalWish(force=True), None).steps


def test_an_installation_and_a_removal_leave_each_other_their_verdicts() -> None:
    ended = host(registered(), run=RunStatus(RunPhase.FINISHED, {"action": "upgrade"}, exit_code=163))
    refusal = plan_removal(ended, RemovalWish(), None).refusal
    assert refusal is not None
    assert "state=present" in refusal.remedy
    removing = host(registered(), run=RunStatus(RunPhase.DEAD, {"action": "uninstall"}))
    refusal = plan(removing, Desired(), None).refusal
    assert refusal is not None
    assert "state=absent" in refusal.remedy


def test_a_run_that_was_never_started_is_nobodys() -> None:
    observed = host(registered(), run=RunStatus(RunPhase.ABANDONED, {"action": "register"}))
    assert [step.name for step in plan(observed, Desired(), None).steps] == [StepName.COLLECT_DEAD_RUN]
