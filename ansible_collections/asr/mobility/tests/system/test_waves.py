"""Waves and canaries on a real fleet: when one fails the rest is left alone, yet table and report show everybody."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import planted, witness
from lab.ansible_run import OLDEST_VENV, AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_user": "root", "ansible_ssh_timeout": 5}
TOLD = "Not touched, because the run was stopped: "


def outcomes(report: Path) -> dict[str, str]:
    content = json.loads(report.read_text(encoding="utf-8"))
    return {host["host"]: host["outcome"] for host in content["hosts"]}


def reasons(report: Path) -> dict[str, str]:
    content = json.loads(report.read_text(encoding="utf-8"))
    return {host["host"]: host["reason"] for host in content["hosts"]}


def order(run: AnsibleRun) -> list[str]:
    return [result.host for result in run.of(action=AGENT)]


@pytest.fixture(scope="module")
def pair(module_host: Callable[..., Host]) -> tuple[Host, Host]:
    return module_host("debian:12"), module_host("debian:11")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


@pytest.fixture
def check(install: Play, installers: Path) -> Play:
    """Run install-mobility.yml in check mode."""
    return functools.partial(install, check=True, installer_path=str(installers))


@pytest.mark.parametrize("venv", [None, OLDEST_VENV], ids=["newest", "oldest"])
def test_a_canary_that_fails_keeps_the_others_from_being_touched(
    venv: Path | None, pair: tuple[Host, Host], install: Play, report: Path
) -> None:
    options: Mapping[str, Any] = {"venv": venv} if venv else {}
    first: dict[str, Any] = {"others": {"gone": GONE}, "groups": {"first": ["gone"]}, "canary": "first"}
    run = install(*pair, **first, report_path=str(report), options=options)
    assert run.rc != 0
    assert order(run) == ["gone"]
    assert witness.summary_line(run, "gone")[1] == "unreachable"
    for host in pair:
        assert witness.summary_line(run, host)[1] == "not attempted"
        assert witness.record(host) == {}
        assert witness.leftovers(host) == []
    assert outcomes(report) == {"gone": "unreachable", pair[0].name: "not_attempted", pair[1].name: "not_attempted"}
    assert set(reasons(report).values()) == {"unreachable", "canary_failed"}
    assert f"{TOLD}1 of 1 canary hosts failed: gone" in report.read_text(encoding="utf-8")


def test_a_canary_that_does_well_goes_first(pair: tuple[Host, Host], install: Play, report: Path) -> None:
    first, last = pair[1], pair[0]
    run = install(*pair, groups={"first": [first.name]}, canary="first", report_path=str(report), arguments=["--check"])
    assert run.rc == 0, str(run)
    assert order(run) == [first.name, last.name]
    assert set(outcomes(report).values()) == {"would_change"}
    waves = {host["host"]: host["wave"] for host in json.loads(report.read_text(encoding="utf-8"))["hosts"]}
    assert waves == {first.name: 1, last.name: 2}


def test_canaries_outside_the_limit_are_not_waited_for(pair: tuple[Host, Host], install: Play) -> None:
    first, last = pair
    limited = ["--check", "--limit", last.name]
    run = install(*pair, groups={"first": [first.name]}, canary="first", arguments=limited)
    assert run.rc == 0, str(run)
    assert order(run) == [last.name]


@pytest.mark.parametrize(("percentage", "attempted"), [(49, False), (50, True), (None, True)])
def test_the_percentage_decides_about_the_next_wave(
    percentage: int | None, attempted: bool, pair: tuple[Host, Host], check: Play, report: Path
) -> None:
    good, bad = pair
    limit: dict[str, Any] = {} if percentage is None else {"max_fail_percentage": percentage}
    fleet: dict[str, Any] = {"each": {bad: GONE}, "others": {"later": GONE, "last": GONE}}
    run = check(*pair, **fleet, **limit, serial=["2"], report_path=str(report))
    assert run.rc != 0
    found = outcomes(report)
    assert found[good.name] == "would_change"
    assert found[bad.name] == "unreachable"
    assert {found["later"], found["last"]} == {"unreachable" if attempted else "not_attempted"}
    assert json.loads(report.read_text(encoding="utf-8"))["ended"]


def test_waves_that_fail_completely_do_not_end_the_run_unasked(install: Play, report: Path) -> None:
    names = [f"gone-{number}" for number in range(4)]
    run = install(others=dict.fromkeys(names, GONE), serial=["1"], report_path=str(report))
    assert run.rc != 0
    assert outcomes(report) == dict.fromkeys(names, "unreachable")
    assert order(run) == names


@pytest.mark.parametrize(
    "wrong",
    [{"canary": "nobody"}, {"serial": ["some"]}, {"max_fail_percentage": 120}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_that_mean_nothing_are_refused_before_anything_is_touched(
    wrong: dict[str, object], pair: tuple[Host, Host], install: Play, report: Path
) -> None:
    run = install(*pair, report_path=str(report), **wrong)
    assert run.rc != 0
    assert order(run) == []
    assert run.only("asr.mobility.mobility_waves").result["reason"] == "invalid_argument"
    assert set(reasons(report).values()) == {"run_not_finished"}


def test_a_report_that_cannot_be_written_is_said_before_anything_is_touched(
    pair: tuple[Host, Host], install: Play, report: Path
) -> None:
    run = install(*pair, report_path=str(report / "nowhere" / "report.json"))
    assert run.rc != 0
    assert order(run) == []


def test_a_secret_that_a_message_would_show_is_masked_in_the_report(
    pair: tuple[Host, Host], install: Play, report: Path
) -> None:
    """The same text is a password and part of a path, so the message of the failure holds it."""
    secret = planted.token()
    each = {pair[0]: {"ansible_become_password": secret, "asr_mobility_installer_path": f"/nowhere/{secret}"}}
    run = install(pair[0], each=each, report_path=str(report))
    assert run.rc != 0
    assert planted.found_in(run.stdout, [secret]) == [secret]
    assert planted.found_in(report.read_text(encoding="utf-8"), [secret]) == []
    assert set(reasons(report).values()) == {"installer_not_found"}
