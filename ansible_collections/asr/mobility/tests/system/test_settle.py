"""After a change: a restart that really is one, without Python there, and daemons that stay the same processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab import endpoints, inventory, registering, witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host
from lab.power import power

Play = Callable[..., AnsibleRun]
REBOOT = "asr.mobility.mobility_reboot"
HEALTH = "asr.mobility.mobility_health"
VX = "/usr/local/ASR/Vx"
BOOT = "cut -d ' ' -f 22 /proc/1/stat"


@pytest.fixture
def no_python(lab_host: Callable[..., Host]) -> Host:
    return lab_host("no-python:12")


def reached(host: Host) -> dict[str, Any]:
    """Over podman, because a restarted container may come back with another address."""
    return {"others": {host.name: inventory.over_podman(host)}}


def test_an_update_that_needs_a_restart_gets_one_when_that_is_wanted(
    no_python: Host, install: Play, play: Play, installers: Path, tmp_path: Path
) -> None:
    host, path = no_python, tmp_path / "report.json"
    common: dict[str, Any] = {**reached(host), "installer_path": str(installers), "report_path": str(path)}
    assert install(**common, version="9.62").rc == 0
    before = host.sh(BOOT)
    with power(host) as starts:
        dry = play("update-mobility.yml", check=True, reboot="when_required", **common)
        assert (dry.rc, starts) == (0, []), str(dry)
        run = play("update-mobility.yml", reboot="when_required", **common)
    assert run.rc == 0, str(run)
    assert len(starts) == 1
    assert host.sh(BOOT) != before
    (found,) = json.loads(path.read_text(encoding="utf-8"))["hosts"]
    assert (found["outcome"], found["rebooted"], found["reboot_required"]) == ("changed", True, False)
    assert found["after"]["version"] == "9.66.7567.0"
    assert "restart: " not in witness.summary_line(run, host)[-1]


def test_without_being_asked_nothing_is_restarted(
    no_python: Host, install: Play, play: Play, installers: Path, tmp_path: Path
) -> None:
    host, path = no_python, tmp_path / "report.json"
    common: dict[str, Any] = {**reached(host), "installer_path": str(installers), "report_path": str(path)}
    assert install(**common, version="9.62").rc == 0
    with power(host) as starts:
        run = play("update-mobility.yml", **common)
    assert (run.rc, starts) == (0, [])
    assert run.of(action=REBOOT) == ()
    (found,) = json.loads(path.read_text(encoding="utf-8"))["hosts"]
    assert (found["rebooted"], found["reboot_required"]) == (False, True)
    assert "restart: " in witness.summary_line(run, host)[-1]


def test_a_host_that_does_not_restart_is_a_failure(fresh: Host, tasks: Play) -> None:
    fresh.sh("mv /usr/bin/systemctl /usr/bin/systemctl.kept; ln -s true /usr/bin/systemctl")
    run = tasks([{REBOOT: {"timeout": 8}}], fresh)
    assert run.only(REBOOT).result["reason"] == "reboot_failed"


def test_a_host_with_doubtful_initrd_images_is_not_restarted(fresh: Host, tasks: Play) -> None:
    boot_id = fresh.read_file("/proc/sys/kernel/random/boot_id").strip()
    fresh.write_file("/etc/vxagent/asr-mobility.do-not-restart", f"{boot_id}\n")
    before = fresh.sh(BOOT)
    result = tasks([{REBOOT: {"timeout": 8}}], fresh).only(REBOOT).result
    assert result["reason"] == "initrd_not_restored"
    assert fresh.sh(BOOT) == before


@pytest.fixture(scope="module")
def server(module_host: Callable[..., Host]) -> str:
    """The address of an appliance that listens."""
    host = module_host("debian:12")
    return endpoints.on(host, host.address).host.address


@pytest.fixture(scope="module")
def registered(module_host: Callable[..., Host], install: Play, server: str) -> Host:
    host = module_host("debian:12")
    assert install(host).rc == 0
    registering.register(host, "modernized", server)
    assert witness.daemons(host) == {"svagents", "appservice"}
    return host


def two_looks(meanwhile: str) -> list[dict[str, Any]]:
    between = {"ansible.builtin.raw": meanwhile, "changed_when": False}
    return [{HEALTH: {}, "register": "first"}, between, {HEALTH: {"since": "{{ first }}", "after": 2}}]


def test_daemons_that_stay_are_healthy_and_the_second_look_waits(registered: Host, tasks: Play) -> None:
    run = tasks(two_looks("true"), registered)
    assert run.rc == 0, str(run)
    first, second = run.of(action=HEALTH)
    assert first.result["healthy"] is second.result["healthy"] is True
    assert first.result["daemons"] == second.result["daemons"]
    assert second.result["looked_at"] - first.result["looked_at"] >= 2  # type: ignore[operator]


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (f"{VX}/bin/stop; {VX}/bin/start", "svagents and appservice started again meanwhile"),
        (f"{VX}/bin/stop", "svagents and appservice ended meanwhile"),
    ],
    ids=["restarted", "ended"],
)
def test_a_restart_loop_is_not_healthy(meanwhile: str, words: str, registered: Host, tasks: Play) -> None:
    registered.sh(f"{VX}/bin/start")
    run = tasks(two_looks(meanwhile), registered)
    assert run.rc != 0
    result = run.of(action=HEALTH)[-1].result
    assert (result["reason"], result["healthy"]) == ("agent_not_healthy", False)
    assert words in str(result["found"])


def test_an_agent_that_does_not_run_fails_at_the_first_look(registered: Host, tasks: Play) -> None:
    registered.sh(f"{VX}/bin/stop")
    result = tasks([{HEALTH: {"patience": 1}}], registered).only(HEALTH).result
    assert result["reason"] == "agent_not_healthy"
    assert "svagents and appservice not running" in str(result["found"])


@pytest.fixture
def reported(installers: Path, tmp_path: Path) -> dict[str, str]:
    """Where installers come from and the report goes."""
    return {"installer_path": str(installers), "report_path": str(tmp_path / "report.json")}


def test_the_frame_looks_after_an_update_of_a_registered_agent(
    lab_host: Callable[..., Host], install: Play, play: Play, reported: dict[str, str], server: str
) -> None:
    host, bare, common = lab_host("debian:12"), lab_host("debian:12"), reported
    assert install(host, bare, version="9.62", **common).rc == 0
    registering.register(host, "modernized", server)
    run = play("update-mobility.yml", host, bare, verify_after=3, **common)
    assert run.rc == 0, str(run)
    found = {one["host"]: one for one in json.loads(Path(reported["report_path"]).read_text(encoding="utf-8"))["hosts"]}
    assert found[host.name]["healthy"] is True
    assert found[host.name]["duration"] > 3
    assert found[bare.name]["healthy"] is None  # not registered, so it does not run
    again = play("update-mobility.yml", host, bare, verify_after=3, **common)
    assert [result.status for result in again.of(action=HEALTH)] == ["skipped"] * 4
