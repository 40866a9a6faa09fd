"""Unfit hosts are told beforehand, and refused before a byte is brought; a check is overridden by its name alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lab import inventory, planted, recorder, snapshot, witness
from lab.ansible_run import AnsibleRun, TaskResult
from lab.endpoints import on as listen_on
from lab.hosts import Host
from lab.places import COLLECTION

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
PREFLIGHT = "asr.mobility.mobility_preflight"
SCHEMA = json.loads((COLLECTION / "docs/preflight.schema.json").read_text(encoding="utf-8"))
RUNNING = os.uname().release
LISTED = "6.1.0-40-amd64"
OF_A_DISK = ("boot_disk", "root_file_system", "boot_file_system", "lvm_package", "multipath", "disk_sectors")
"""Checks that a container, which has no disk, cannot answer."""


@pytest.fixture(scope="session")
def foreign_lists(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lists in the published layout, newer than all others, without the kernel of this machine."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "9.66.7999.1").mkdir()
    for tag in ("DEBIAN11-64", "DEBIAN12-64"):
        (folder / "9.66.7999.1" / f"{tag}_supported_kernels.txt").write_text(f"{LISTED}\n", encoding="utf-8")
    return str(folder)


def verdicts(shown: TaskResult) -> dict[str, str]:
    checks = shown.result["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["status"] for check in checks}


def test_a_kernel_that_is_not_listed_is_refused_before_any_transfer(
    fresh: Host, play: Play, installers: Path, foreign_lists: str, tmp_path: Path
) -> None:
    record = tmp_path / "record.jsonl"
    options = {"env": recorder.environment(record)}
    each = {fresh: recorder.CONNECTION}
    wanted = {"installer_path": str(installers), "kernel_lists": foreign_lists}
    before = fresh.filesystem_snapshot()
    for check in (True, False):
        record.unlink(missing_ok=True)
        refused = play("install-mobility.yml", fresh, each=each, options=options, check=check, **wanted)

        assert refused.rc != 0
        result = refused.only(AGENT, fresh.name).result
        assert result["reason"] == "prerequisite_failed"
        assert "kernel_supported" in str(result["found"])
        assert f"{RUNNING} is not in DEBIAN12-64 of 9.66.7999.1, the newest list known" in str(result["found"])
        assert "asr_mobility_skip_checks" in str(result["remedy"])
        use = recorder.use(recorder.calls(record, fresh.address))
        assert (use.executions, use.uploads, use.fetches) == (2, 0, 0)
    assert snapshot.changes(before, fresh.filesystem_snapshot()) == []
    assert witness.leftovers(fresh) == []


def test_a_check_is_overridden_by_its_name(fresh: Host, install: Play, foreign_lists: str) -> None:
    fresh.sh("mkdir -p /boot/grub; echo 'GRUB_DEFAULT=saved' >/etc/default/grub")
    fresh.sh("echo saved_entry=gnulinux-$(uname -r)-advanced >/boot/grub/grubenv")  # a kernel by name is no guess
    half = install(fresh, kernel_lists=foreign_lists, skip_checks=["kernel_supported"])
    assert half.only(AGENT).result["reason"] == "prerequisite_failed"
    assert str(half.only(AGENT).result["found"]).startswith("next_kernel_supported: ")
    assert witness.record(fresh) == {}

    wrong = install(fresh, kernel_lists=foreign_lists, skip_checks=["kernel"])
    assert wrong.only(AGENT).result["reason"] == "invalid_argument"
    assert "next_kernel_supported" in str(wrong.only(AGENT).result["expected"])

    done = install(fresh, kernel_lists=foreign_lists, skip_checks=["kernel_supported", "next_kernel_supported"])
    assert done.rc == 0, str(done)
    assert witness.record(fresh)["OS_BUILT_FOR"] == "DEBIAN12-64"
    again = install(fresh, kernel_lists=foreign_lists)
    assert (again.rc, again.changed) == (0, False), "a host that is right is not refused for its kernel"


def test_an_upgrade_is_refused_for_what_matters_then(
    fresh: Host, install: Play, play: Play, installers: Path, foreign_lists: str
) -> None:
    assert install(fresh, version="9.62").rc == 0
    record = witness.record(fresh)
    fresh.sh("mv /usr/bin/locale /usr/bin/locale.away; : >/var/run/reboot-required")
    source = {"installer_path": str(installers), "version": "9.66"}
    refused = play("update-mobility.yml", fresh, kernel_lists=foreign_lists, **source)
    assert "kernel_supported" in str(refused.only(AGENT).result["found"])
    assert witness.record(fresh) == record


def test_the_playbook_on_a_mixed_fleet(lab_host: Callable[..., Host], play: Play, tmp_path: Path) -> None:
    secret, document = planted.token(), tmp_path / "preflight.json"
    usual, bare, strange = (lab_host(image) for image in ("debian:12", "no-python:12", "debian:13"))
    before = usual.filesystem_snapshot()
    run = play(
        "preflight.yml",
        usual,
        bare,
        strange,
        others={"gone": {**inventory.ssh(usual), "ansible_port": 1}},
        each={usual: {"asr_mobility_kernels": [LISTED, RUNNING, "5.0.0-made-up"]}},
        arguments=("-vvvv",),
        version="9.66",
        passphrase=secret,
        preflight_path=str(document),
    )

    assert run.rc != 0
    hosts = assert_document(document)
    assert {name: hosts[host.name]["outcome"] for name, host in {"usual": usual, "bare": bare}.items()} == {
        "usual": "fit",
        "bare": "fit",
    }
    assert (hosts[strange.name]["outcome"], hosts["gone"]["outcome"]) == ("unfit", "unreachable")
    assert [check["name"] for check in hosts[strange.name]["checks"] if check["status"] == "fail"] == ["tag"]
    assert {kernel["kernel"]: kernel["support"] for kernel in hosts[usual.name]["kernels"]} == {
        LISTED: "unsupported",  # the lab's lists hold the running kernel alone
        RUNNING: "supported",
        "5.0.0-made-up": "unsupported",
    }
    for host in (usual, bare):
        found = verdicts(run.only(PREFLIGHT, host.name))
        assert {found[name] for name in OF_A_DISK} == {"unknown"}
        assert (found["kernel_supported"], found["next_kernel_supported"]) == ("pass", "pass")
        assert (found["root"], found["c_locale"], found["clock"]) == ("pass", "pass", "pass")
    assert_table(run, strange)
    assert planted.found_in(f"{run}{document.read_text(encoding='utf-8')}", [secret]) == []
    assert snapshot.changes(before, usual.filesystem_snapshot()) == []


def assert_document(path: Path) -> Mapping[str, Any]:
    """It fits the schema, is for its owner's eyes, and counts; returns its hosts by name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    assert path.stat().st_mode & 0o777 == 0o600
    counted = {key: number for key, number in content["totals"].items() if number}
    assert counted == {"hosts": 4, "fit": 2, "unfit": 1, "unreachable": 1}
    return {host["host"]: host for host in content["hosts"]}


def assert_table(run: AnsibleRun, strange: Host) -> None:
    """A person sees the failed check with its remedy, and the host that is gone."""
    lines = [" ".join(line.strip(" -'").split()) for line in run.stdout.splitlines()]
    assert any(line.startswith(f"{strange.name} unfit tag ") for line in lines), str(run)
    assert any(line.startswith(f"{strange.name}: no tag (/etc/debian_version says") for line in lines)
    assert any(line.startswith("> See the support matrix of Azure Site Recovery.") for line in lines)
    assert any(line.startswith("gone unreachable") for line in lines)
    assert any(line.startswith("2 fit, 1 unfit, 1 unreachable") for line in lines)


def test_a_document_that_cannot_be_written_is_known_before_a_host_is_touched(host: Host, play: Play) -> None:
    run = play("preflight.yml", host, preflight_path="/no/such/directory/preflight.json")
    assert run.rc != 0
    assert "/no/such/directory" in run.stdout
    assert not run.of(action=PREFLIGHT)


def test_the_playbook_ends_well_when_it_shall_not_enforce(lab_host: Callable[..., Host], play: Play) -> None:
    strange = lab_host("debian:13")
    run = play("preflight.yml", strange, preflight_enforce=False)
    assert run.rc == 0, str(run)
    assert any(f"{strange.name}  unfit   tag" in line for line in run.stdout.splitlines())


def test_the_way_to_the_servers(lab_host: Callable[..., Host], host: Host, tasks: Play) -> None:
    server = lab_host("debian:12")
    listen_on(server)
    wanted = [
        {PREFLIGHT: {"configuration_server": server.address}},
        {PREFLIGHT: {"appliance": ["nowhere.invalid", server.address]}},
        {PREFLIGHT: {"configuration_server": server.address, "endpoints": [f"{server.address}:9"], "enforce": False}},
        {PREFLIGHT: {}},
    ]
    run = tasks(wanted, host)
    found = [verdicts(result)["server_reachable"] for result in run.of(action=PREFLIGHT)]
    assert found == ["pass", "warn", "fail", "unknown"], str(run)
