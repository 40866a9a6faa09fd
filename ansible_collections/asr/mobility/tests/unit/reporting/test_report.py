"""The result a user's next task reads: plain types, the same keys whether it went well or not."""

from __future__ import annotations

import json

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import Run
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.report import Report
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import judge_install
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.describe import (
    describe_agent,
    describe_diff,
    describe_host,
    describe_run,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.report import report_result
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import failure
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import host, installed, registered

OLD, NEW = installed("9.62.7172.0"), installed("9.66.7567.0")
ALWAYS = {"changed", "before", "after", "steps", "diff", "reboot_required"}


def upgraded() -> Report:
    errors = [InstallerError("SomeError", {"Key": "Value"}, "message")]
    outcome = judge_install(98, OLD, NEW, errors, NEW)
    run = Run(98, "install", errors)
    return Report(OLD, NEW, (StepName.UPGRADE,), True, "the-file", run, outcome, ("a warning",))


def test_a_report_becomes_json() -> None:
    result = report_result(upgraded())
    assert json.loads(json.dumps(result)) == result
    assert (result["changed"], result["steps"], result["installer"]) == (True, ["upgrade"], "the-file")
    assert (result["exit_code"], result["reboot_required"]) == (98, True)
    assert result["reboot_reason"]
    assert result["installer_errors"][0]["name"] == "SomeError"
    assert result["warnings"][0] == "a warning"


def test_nothing_done_has_no_exit_code() -> None:
    result = report_result(Report(NEW, NEW))
    assert result.keys() == ALWAYS
    assert (result["changed"], result["steps"], result["reboot_required"]) == (False, [], False)


def test_a_host_that_could_not_be_probed() -> None:
    assert report_result(None) == {"changed": False}


@pytest.mark.parametrize("changed", [True, False])
def test_a_failure_keeps_what_was_done_and_adds_why(changed: bool) -> None:
    facts = report_result(Report(OLD, NEW, changed=changed))
    error = MobilityError(Reason.NO_SPACE, found="1 MiB", expected="2 MiB", remedy="Make room.", facts=facts)
    result = failure(error)
    assert result.keys() >= ALWAYS
    assert (result["failed"], result["changed"], result["reason"]) == (True, changed, "no_space")
    assert result["msg"] == "Found 1 MiB; expected 2 MiB. Make room."
    assert result["reason"].__class__ is str


def test_an_agent_is_described_in_words_and_truth_values() -> None:
    described = describe_agent(registered("9.66.7567.0"))
    assert json.loads(json.dumps(described)) == described
    assert (described["version"], described["registration"], described["stack"]) == ("9.66.7567.0", "ok", "modernized")
    assert described["running"] is True
    assert described["daemons"] == {"svagents": True, "appservice": True}


def test_a_host_is_described_without_what_only_the_engine_needs() -> None:
    described = describe_host(host())
    assert json.loads(json.dumps(described)) == described
    assert not {"agent", "run", "tools", "leftovers", "installer_listing"} & described.keys()
    assert described["filesystems"]["root"]["device"] == "/dev/sda1"


def test_a_run_is_described() -> None:
    assert describe_run(RunStatus(RunPhase.RUNNING, {"action": "install"}))["phase"] == "running"


def test_the_diff_has_one_line_for_each_field_and_differs_where_the_states_do() -> None:
    diff = describe_diff(OLD, NEW)
    before, after = diff["before"].splitlines(), diff["after"].splitlines()
    assert set(before) - set(after) == {"version: 9.62.7172.0"}
    assert set(after) - set(before) == {"version: 9.66.7567.0"}
    same = describe_diff(NEW, NEW)
    assert same["before"] == same["after"]
