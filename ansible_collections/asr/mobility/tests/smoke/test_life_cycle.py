"""One life cycle on every supported ansible-core, from the built archive, as a user installs it."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab import inventory, witness
from lab.ansible_run import CORES, AnsibleRun, environment, playbook
from lab.hosts import Host
from lab.places import COLLECTION
from lab.snapshot import changes

IMAGES = {"DEBIAN12-64": "no-python:12", "DEBIAN11-64": "debian:11"}


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def collections(core: str, tmp_path: Path) -> Path:
    """A folder with nothing but the collection, built and installed by this ansible-core's own tools."""
    galaxy("build", str(COLLECTION), "--output-path", str(tmp_path / "dist"), core=core, cwd=tmp_path)
    (archive,) = (tmp_path / "dist").iterdir()
    target = tmp_path / "collections"
    galaxy("install", str(archive), "--offline", "--collections-path", str(target), core=core, cwd=tmp_path)
    return target


def galaxy(*arguments: str, core: str, cwd: Path) -> None:
    command = [str(CORES[core] / "bin" / "ansible-galaxy"), "collection", *arguments]
    env = environment(CORES[core], collections=())
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_install_rerun_upgrade_and_status(
    core: str,
    collections: Path,
    lab_host: Callable[..., Host],
    make_installer: Callable[..., Path],
    tmp_path: Path,
) -> None:
    installers = every_installer(tmp_path / "installers", make_installer)
    hosts = [lab_host(image) for image in IMAGES.values()]
    written = inventory.for_hosts(tmp_path / "inventory.yml", hosts, {"asr_mobility_installer_path": str(installers)})

    def run(name: str, *arguments: str, variables: Mapping[str, object] | None = None) -> AnsibleRun:
        return playbook(
            f"asr.mobility.{name}",
            *arguments,
            inventory=written,
            variables=variables,
            cwd=tmp_path,
            venv=CORES[core],
            collections=(collections,),
        )

    old = {"asr_mobility_version": "9.62"}
    untouched = [host.filesystem_snapshot() for host in hosts]
    checked = run("install_mobility", "--check", "--diff", variables=old)
    assert (checked.rc, checked.changed) == (0, True), str(checked)
    pairs = zip(untouched, hosts, strict=True)
    assert [changes(before, host.filesystem_snapshot()) for before, host in pairs] == [[], []]

    first = run("install_mobility", "-vvv", variables=old)
    assert f"[core {core}." in first.stdout
    assert f"task path: {collections}" in first.stdout
    assert first.rc == 0, str(first)
    assert [words(first, host) for host in hosts] == [["installed", "9.62.7172.0"]] * 2
    assert [witness.record(host)["OS_BUILT_FOR"] for host in hosts] == list(IMAGES)

    again = run("install_mobility", "-vvv")
    assert (again.rc, again.changed) == (0, False), str(again)
    assert [witness.connection_use(again, host.address).executions for host in hosts] == [1, 1]

    newer = run("install_mobility", variables={"asr_mobility_version": "9.66"})
    assert newer.rc == 0, str(newer)
    assert [words(newer, host) for host in hosts] == [["upgraded", "9.66.7567.0"]] * 2
    assert [witness.ends(host) for host in hosts] == [["rc=0", "rc=98"]] * 2
    assert [witness.leftovers(host) for host in hosts] == [[], []]

    shown = run("mobility_status")
    assert shown.rc == 0, str(shown)
    for host in hosts:
        both = witness.daemons(host) == {"svagents", "appservice"}
        assert witness.summary_line(shown, host)[1:4] == ["9.66.7567.0", "no", "running" if both else "stopped"]


def words(run: AnsibleRun, host: Host) -> list[str]:
    return witness.summary_line(run, host)[1:3]


def every_installer(directory: Path, make_installer: Callable[..., Path]) -> Path:
    """A directory with two versions for each host."""
    directory.mkdir()
    for version, tag in itertools.product(("9.62.7172.1", "9.66.7567.1"), IMAGES):
        archive = make_installer(version, tag)
        (directory / archive.name).write_bytes(archive.read_bytes())
    return directory
