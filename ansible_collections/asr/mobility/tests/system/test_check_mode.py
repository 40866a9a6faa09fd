"""Check mode changes nothing, says what would happen, and the real run then does exactly that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import accounts, inventory, snapshot, witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
WORDS = {"absent": "would install", "right": "ok", "older": "would upgrade", "sudo": "would install"}
DONE = {"absent": "installed", "right": "ok", "older": "upgraded", "sudo": "installed"}
SHOWN = ("presence", "version", "tag", "install_dir", "platform", "role", "registration", "running")
"""What of an agent's state a plan can promise."""


@dataclass(frozen=True)
class Rehearsal:
    """Hosts in four states, the run with --check --diff, what it changed on each, and the real run after it."""

    hosts: Mapping[str, Host]
    checked: AnsibleRun
    differences: Mapping[str, list[str]]
    real: AnsibleRun


@pytest.fixture(scope="module")
def rehearsal(module_host: Callable[..., Host], play: Play, installers: Path) -> Rehearsal:
    hosts = {name: module_host("accounts:12" if name == "sudo" else "debian:12") for name in WORDS}
    source = {"installer_path": str(installers)}
    installed = {hosts["right"]: {"asr_mobility_version": "9.66"}, hosts["older"]: {"asr_mobility_version": "9.62"}}
    prepared = play("install-mobility.yml", hosts["right"], hosts["older"], each=installed, **source)
    assert prepared.rc == 0, str(prepared)
    each = {hosts["sudo"]: inventory.ssh(hosts["sudo"], accounts.BY_NAME["withpass"])}
    wanted = {**source, "version": "9.66"}
    before = {name: host.filesystem_snapshot() for name, host in hosts.items()}
    checked = play("install-mobility.yml", *hosts.values(), each=each, check=True, **wanted)
    after = {name: host.filesystem_snapshot() for name, host in hosts.items()}
    real = play("install-mobility.yml", *hosts.values(), each=each, **wanted)
    return Rehearsal(hosts, checked, {name: snapshot.changes(before[name], after[name]) for name in hosts}, real)


def test_both_runs_end_well(rehearsal: Rehearsal) -> None:
    assert rehearsal.checked.rc == 0, str(rehearsal.checked)
    assert rehearsal.real.rc == 0, str(rehearsal.real)


@pytest.mark.parametrize("name", WORDS)
def test_check_mode_changes_no_file(name: str, rehearsal: Rehearsal) -> None:
    assert rehearsal.differences[name] == []


def test_the_picture_of_the_files_would_have_shown_an_installation(rehearsal: Rehearsal) -> None:
    host = rehearsal.hosts["absent"]
    (there,) = [path for path in host.filesystem_snapshot() if path == "/usr/local/ASR/Vx/etc/drscout.conf"]
    before = {path: entry for path, entry in host.filesystem_snapshot().items() if path != there}
    assert any(there in line for line in snapshot.changes(before, host.filesystem_snapshot()))


@pytest.mark.parametrize("name", WORDS)
def test_the_table_says_what_would_be_done_and_then_what_was_done(name: str, rehearsal: Rehearsal) -> None:
    host = rehearsal.hosts[name]
    assert witness.summary_line(rehearsal.checked, host)[1] == WORDS[name]
    assert witness.summary_line(rehearsal.real, host)[1] == DONE[name]


@pytest.mark.parametrize("name", WORDS)
def test_the_real_run_keeps_the_promise(name: str, rehearsal: Rehearsal) -> None:
    host = rehearsal.hosts[name]
    promised, kept = (run.only(AGENT, host.name).result for run in (rehearsal.checked, rehearsal.real))
    assert promised["changed"] == kept["changed"] == (name != "right")
    assert promised["steps"] == kept["steps"]
    assert promised.get("installer") == kept.get("installer")
    assert shown(promised["after"]) == shown(kept["after"])
    assert "_7567_" in witness.record(host)["BUILD_TAG"]


def shown(agent: object) -> dict[str, object]:
    assert isinstance(agent, dict)
    return {key: agent[key] for key in SHOWN}


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        ("absent", "presence: absent", "presence: installed"),
        ("absent", "version: None", "version: 9.66.7567.0"),
        ("older", "version: 9.62.7172.0", "version: 9.66.7567.0"),
    ],
)
def test_the_diff_shows_the_state_before_and_after(name: str, was: str, becomes: str, rehearsal: Rehearsal) -> None:
    diff = rehearsal.checked.only(AGENT, rehearsal.hosts[name].name).result["diff"]
    assert isinstance(diff, dict)
    assert was in diff["before"].splitlines()
    assert becomes in diff["after"].splitlines()
    assert f"-{was}" in rehearsal.checked.stdout  # what a person sees
    assert f"+{becomes}" in rehearsal.checked.stdout


def test_a_refusal_is_the_same_in_check_mode(rehearsal: Rehearsal, install: Play) -> None:
    host = rehearsal.hosts["right"]
    runs = [install(host, version="9.62", check=check) for check in (True, False)]
    reasons = [run.only(AGENT).result["reason"] for run in runs]
    assert reasons == ["downgrade", "downgrade"]
    assert all(run.rc != 0 for run in runs)
    assert witness.ends(host) == ["rc=0"]
