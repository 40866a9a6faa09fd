"""What users get: the built archive, installed where nothing else is, run by the oldest and the newest ansible-core."""

from __future__ import annotations

import functools
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab import inventory
from lab.ansible_run import OLDEST_VENV, VENV, AnsibleRun, environment, playbook
from lab.hosts import Host
from lab.places import COLLECTION, ROOT

StartHost = Callable[..., Host]
MakeInstaller = Callable[..., Path]

CORES: Mapping[str, Path] = {"2.16": OLDEST_VENV, "2.19": VENV}
FOLDERS: Mapping[str, Path] = {"root": ROOT, "collection": COLLECTION, "playbooks": COLLECTION / "playbooks"}
PLAYBOOKS = ("install-mobility.yml", "mobility-status.yml")
TOP = {
    *(
        "CHANGELOG.rst",
        "FILES.json",
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "changelogs",
        "docs",
        "meta",
        "playbooks",
    ),
    *("plugins", "requirements.txt", "roles", "install-mobility.yml", "mobility-status.yml"),
}
"""What may stand at the top of the archive; the changelog file appears with the first release."""


def galaxy(*arguments: str, cwd: Path) -> None:
    """Run ansible-galaxy; the checkout is not on its path, else it would find the collection installed already."""
    command = [str(VENV / "bin" / "ansible-galaxy"), "collection", *arguments]
    subprocess.run(command, cwd=cwd, env=environment(collections=()), check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    galaxy("build", "--output-path", str(folder), str(COLLECTION), cwd=folder)
    (built,) = folder.glob("asr-mobility-*.tar.gz")
    return built


@pytest.fixture(scope="session")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed archive and nothing else."""
    folder = tmp_path_factory.mktemp("collections")
    galaxy("install", "--offline", "--collections-path", str(folder), str(archive), cwd=folder)
    return folder


@pytest.fixture(scope="session")
def members(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return [member.name for member in tar.getmembers() if member.isfile()]


def test_the_archive_holds_only_what_ships(members: list[str]) -> None:
    assert {name.split("/")[0] for name in members} <= TOP
    assert not [name for name in members if name.endswith((".pyc", ".tar.gz", "ansible.cfg")) or "__pycache__" in name]


@pytest.mark.parametrize("folder", ["plugins", "roles", "playbooks", "meta", "docs"])
def test_the_archive_lacks_nothing(members: list[str], folder: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", folder], cwd=COLLECTION, check=True, capture_output=True, timeout=30, text=True
    ).stdout.split()
    assert not {name for name in listed if not name.endswith("ansible.cfg")} - set(members)


@pytest.mark.parametrize("core", CORES)
def test_life_cycle(
    core: str, lab_host: StartHost, installed: Path, make_installer: MakeInstaller, tmp_path: Path
) -> None:
    host = lab_host("debian:12")
    play = functools.partial(playbook, cwd=tmp_path, venv=CORES[core], collections=(installed,))
    hosts = inventory.for_hosts(tmp_path / "inventory.yml", [host])
    chosen = {"asr_mobility_installer_path": str(make_installer())}

    def run(name: str, *options: str) -> AnsibleRun:
        done = play(name, *options, inventory=hosts, variables=chosen)
        assert done.rc == 0, str(done)
        return done

    assert f"core {core}." in run("--version").stdout
    before = host.filesystem_snapshot()
    assert run("asr.mobility.install_mobility", "--check", "--diff").changed
    assert host.filesystem_snapshot() == before
    assert run("asr.mobility.install_mobility").changed
    assert "BUILD_TAG=RELEASE_9.66.0.0_GA_7567" in host.read_file("/usr/local/.vx_version")
    assert not run("asr.mobility.install_mobility").changed
    assert not run("asr.mobility.mobility_status").changed


@pytest.mark.parametrize("name", PLAYBOOKS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_playbooks_are_found_by_file_name(folder: str, name: str) -> None:
    settings = {key: value for key, value in environment().items() if key != "ANSIBLE_COLLECTIONS_PATH"}
    command = [str(VENV / "bin" / "ansible-playbook"), "--syntax-check", name]
    done = subprocess.run(
        command, cwd=FOLDERS[folder], env=settings, check=False, capture_output=True, timeout=60, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
