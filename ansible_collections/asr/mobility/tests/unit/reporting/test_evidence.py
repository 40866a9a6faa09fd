"""The report of a run fits its schema whatever happened, and the schema refuses what a reader would misunderstand."""

from __future__ import annotations

import copy
import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting import evidence, fleet
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.evidence import Run, begun, document
from lab.places import COLLECTION

SCHEMA = json.loads((COLLECTION / "docs/report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
ABSENT = {"presence": "absent", "version": None, "registration": "no", "running": False}
AGENT = {"presence": "installed", "version": "9.66.7567.0", "registration": "no", "running": False}
RUN = Run("install", False, "2026-11-24T21:00:00+00:00", "2026-11-24T21:05:00+00:00", {"right": 1, "fresh": 2})
FLEET: dict[str, Any] = {
    "right": {"changed": False, "steps": [], "before": AGENT, "after": AGENT, "duration": 0.4},
    "fresh": {
        "changed": True,
        "steps": ["install"],
        "before": ABSENT,
        "after": AGENT,
        "installer": "file.tar.gz",
        "exit_code": 98,
        "reboot_required": True,
        "reboot_reason": "driver",
        "duration": 12.5,
        "warnings": ["space is short"],
    },
    "refused": {
        "failed": True,
        "reason": "no_space",
        "msg": "Found 1",
        "found": "1",
        "expected": "2",
        "remedy": "Free space.",
        "before": ABSENT,
        "after": ABSENT,
    },
    "foreign": {"failed": True, "msg": "The task includes an option with an undefined variable."},
    "gone": {"unreachable": True, "msg": "ssh: no route", "changed": False},
    "silent": None,
    "spared": {"not_attempted": True, "reason": "canary_failed", "msg": "Not touched."},
}


def by_name(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host["host"]: host for host in content["hosts"]}


def test_the_schema_itself_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_outcome_fits_the_schema_and_is_counted() -> None:
    content = document(RUN, FLEET)
    VALIDATOR.validate(content)
    outcomes = {name: host["outcome"] for name, host in by_name(content).items()}
    assert outcomes == {
        "right": "unchanged",
        "fresh": "changed",
        "refused": "failed",
        "foreign": "failed",
        "gone": "unreachable",
        "silent": "failed",
        "spared": "not_attempted",
    }
    reasons = {name: host["reason"] for name, host in by_name(content).items()}
    assert reasons == {
        "right": None,
        "fresh": None,
        "refused": "no_space",
        "foreign": "task_failed",
        "gone": "unreachable",
        "silent": "no_result",
        "spared": "canary_failed",
    }
    assert content["totals"] == {
        "hosts": 7,
        "unchanged": 1,
        "changed": 1,
        "would_change": 0,
        "failed": 3,
        "unreachable": 1,
        "not_attempted": 1,
        "reboot_required": 1,
    }
    assert by_name(content)["fresh"]["duration"] == 12.5


def test_check_mode_says_would_change() -> None:
    content = document(Run("install", True, RUN.started, RUN.ended, RUN.waves), FLEET)
    VALIDATOR.validate(content)
    assert by_name(content)["fresh"]["outcome"] == "would_change"


def test_a_run_that_has_only_begun_claims_nothing() -> None:
    content = begun(Run("update", False, RUN.started, None, {}), FLEET)
    VALIDATOR.validate(content)
    assert content["ended"] is None
    assert {(host["outcome"], host["reason"]) for host in content["hosts"]} == {("not_attempted", "run_not_finished")}


def test_collected_logs_are_a_change_without_a_state() -> None:
    run = Run("logs", False, RUN.started, RUN.ended, {})
    content = document(run, {"one": {"changed": True, "path": "/srv/one.tar.gz"}})
    VALIDATOR.validate(content)
    assert not VALIDATOR.is_valid({**content, "action": "install"})


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.pop(key)


def _host(number: int, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["hosts"][number].update(values)


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    **{f"no {key}": _without(key) for key in SCHEMA["required"]},
    "another schema version": lambda content: content.update(schema_version=2),
    "a foreign key": lambda content: content.update(verdict="good"),
    "a foreign action": lambda content: content.update(action="format"),
    "local time": lambda content: content.update(started="2026-11-24 21:00"),
    "no total": lambda content: content["totals"].pop("failed"),
    "a negative total": lambda content: content["totals"].update(failed=-1),
    "an outcome of its own": _host(0, outcome="ok"),
    "all well with a reason": _host(0, reason="no_space"),
    "failed without a reason": _host(2, reason=None),
    "failed without a message": _host(2, message=None),
    "unchanged and changed": _host(0, changed=True),
    "changed without a state": _host(1, after=None),
    "a state that is no state": _host(1, after={"presence": "maybe"}),
    "a duration that is text": _host(0, duration="1s"),
    "a host without a name": _host(0, host=""),
    "steps that are text": _host(0, steps="install"),
    "a host without an outcome": lambda content: content["hosts"][0].pop("outcome"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused(name: str) -> None:
    content = document(RUN, FLEET)
    BROKEN[name](content)
    assert not VALIDATOR.is_valid(content)


def test_reasons_of_the_code_are_words_of_the_schema() -> None:
    for reason in Reason:
        content = document(RUN, {"one": {"failed": True, "reason": reason.value, "msg": "x"}})
        VALIDATOR.validate(content)


@given(st.sampled_from(sorted(FLEET)), st.text(min_size=1), st.text())
def test_texts_of_tasks_cannot_break_it(name: str, host: str, text: str) -> None:
    result = copy.deepcopy(FLEET[name])
    if result:
        result.update(msg=text, warnings=[text], remedy=text)
    VALIDATOR.validate(json.loads(json.dumps(document(RUN, {host: result}))))


def test_secrets_are_taken_out_of_every_text_but_words_stay() -> None:
    run = Run("install", False, RUN.started, RUN.ended, {}, secrets=("hunter2", "failed", "no_space"))
    told = {"msg": "login with hunter2", "remedy": "use aHVudGVyMg==", "warnings": ["hunter2"], "found": "hunter2"}
    content = document(run, {"one": {**FLEET["refused"], **told, "before": {**ABSENT, "host_id": "hunter2"}}})
    VALIDATOR.validate(content)
    text = json.dumps(content)
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    assert (content["hosts"][0]["outcome"], content["hosts"][0]["reason"]) == ("failed", "no_space")


def test_secrets_are_found_by_the_names_of_variables() -> None:
    variables: dict[str, Any] = {
        "ansible_become_password": "one1",
        "ansible_ssh_pass": "two2",
        "asr_mobility_passphrase": "three",
        "asr_mobility_config": '{"a": 1}',
        "asr_mobility_config_path": "/srv/config",
        "asr_mobility_passphrase_file": "/srv/passphrase",
        "asr_mobility_credential_less": True,
        "ansible_password": "",
        "api_token": "ab",
    }
    assert fleet.secret_values({"host": variables}) == {"one1", "two2", "three", '{"a": 1}'}


def test_it_is_private_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    evidence.write_document(path, document(RUN, FLEET))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))
    assert [found.name for found in tmp_path.iterdir()] == ["report.json"]


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    contents = [document(RUN, {f"h{number}": FLEET["fresh"] for number in range(size)}) for size in (1, 400)]
    evidence.write_document(path, contents[0])
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(len(json.loads(path.read_text(encoding="utf-8"))["hosts"]))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(40):
        evidence.write_document(path, contents[number % 2])
    done.set()
    reader.join(timeout=30)
    assert seen == {1, 400}


@pytest.mark.parametrize("place", ["missing/report.json", "folder"])
def test_what_cannot_be_written_is_told_and_leaves_nothing(place: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(MobilityError) as caught:
        evidence.write_document(tmp_path / place, document(RUN, FLEET))
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert [found.name for found in tmp_path.iterdir()] == ["folder"]


def test_the_version_is_that_of_the_collection() -> None:
    assert f"\nversion: {evidence.collection_version()}\n" in (COLLECTION / "galaxy.yml").read_text(encoding="utf-8")


def test_a_failure_after_the_change_keeps_what_was_changed() -> None:
    variables = {
        "install_result": {"changed": True, "before": ABSENT, "after": AGENT, "steps": ["install"], "duration": 10.0},
        "settle_health_result": {"failed": True, "healthy": False, "duration": 2.5},
        "asr_mobility_failure": {"failed": True, "changed": False, "reason": "agent_not_healthy", "msg": "gone"},
    }
    result = fleet.host_result(variables, "install_result")
    content = document(RUN, {"one": result})
    VALIDATOR.validate(content)
    (host,) = content["hosts"]
    assert (host["outcome"], host["reason"], host["changed"]) == ("failed", "agent_not_healthy", True)
    assert (host["steps"], host["healthy"], host["duration"]) == (["install"], False, 12.5)


def test_a_restart_that_was_done_is_not_required_any_more() -> None:
    variables = {
        "install_result": {"changed": True, "before": ABSENT, "after": AGENT, "reboot_required": True},
        "settle_reboot_result": {"changed": True, "rebooted": True},
        "settle_health_result": {"healthy": True},
    }
    (host,) = document(RUN, {"one": fleet.host_result(variables, "install_result")})["hosts"]
    assert (host["reboot_required"], host["rebooted"], host["healthy"]) == (False, True, True)
