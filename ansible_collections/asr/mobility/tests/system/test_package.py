"""The archive users install holds what it needs and nothing else, and works from an otherwise empty path."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import witness
from lab.ansible_run import VENV, AnsibleRun, environment
from lab.hosts import Host
from lab.places import COLLECTION, ROOT

Play = Callable[..., AnsibleRun]
SHIPPED = ("plugins", "roles", "playbooks", "meta", "docs", "changelogs")
AT_THE_TOP = {
    "CHANGELOG.rst",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "collect-logs.yml",
    "install-mobility.yml",
    "mirror-installers.yml",
    "preflight.yml",
    "mobility-status.yml",
    "register-mobility.yml",
    "requirements.txt",
    "uninstall-mobility.yml",
    "update-mobility.yml",
}
KINDS = {".py", ".sh", ".cmd", ".yml", ".yaml", ".md", ""}


def galaxy(*arguments: str, cwd: Path) -> str:
    command = [str(VENV / "bin" / "ansible-galaxy"), "collection", *arguments]
    env = environment(collections=())  # the checkout must not count as installed already
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    galaxy("build", str(COLLECTION), "--output-path", str(folder), cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def members(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return {member.name for member in tar.getmembers() if member.isfile()}


@pytest.fixture(scope="module")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the collection from the archive."""
    folder = tmp_path_factory.mktemp("collections")
    galaxy("install", str(archive), "--offline", "--collections-path", str(folder), cwd=folder)
    # now: the first run adds byte code, which counts as a change
    galaxy("verify", "asr.mobility", "--offline", "--collections-path", str(folder), cwd=folder)
    return folder


def shipped_files() -> set[str]:
    """Every file of the folders that ship, as it lies in the checkout."""
    found = set()
    for top in SHIPPED:
        for folder, folders, files in os.walk(COLLECTION / top):
            folders[:] = [name for name in folders if name != "__pycache__"]
            found |= {str((Path(folder) / name).relative_to(COLLECTION)) for name in files if not name.endswith(".pyc")}
    return found


def test_every_plugin_script_and_data_file_is_in_it(members: set[str]) -> None:
    assert shipped_files() - members == {"playbooks/ansible.cfg"}
    for ending in (".py", ".sh", ".yml"):
        assert any(name.startswith("plugins/plugin_utils/") and name.endswith(ending) for name in members)


def test_nothing_else_is_in_it(members: set[str]) -> None:
    strays = {name for name in members if name.split("/")[0] not in SHIPPED} - AT_THE_TOP
    assert strays == set()
    assert {name for name in members if Path(name).suffix not in KINDS} <= {
        "docs/preflight.schema.json",
        "docs/report.schema.json",
        "plugins/plugin_utils/installers/data/links.txt",
        "FILES.json",
        "MANIFEST.json",
        "requirements.txt",
    }
    assert not [name for name in members if "lab" in name.split("/") or "molecule" in name or "__pycache__" in name]


def test_it_names_itself_and_needs_no_other_collection(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("MANIFEST.json")
        assert manifest is not None
        info = json.load(manifest)["collection_info"]
    assert (info["namespace"], info["name"], info["dependencies"]) == ("asr", "mobility", {})
    assert archive.name == f"asr-mobility-{info['version']}.tar.gz"


def test_its_playbooks_run_by_collection_name_and_from_the_installed_copy(
    installed: Path, host: Host, play: Play, installers: Path, tmp_path: Path
) -> None:
    options = {"cwd": tmp_path, "collections": (installed,)}
    source = {"installer_path": str(installers)}
    run = play("asr.mobility.install_mobility", host, arguments=("-vv",), options=options, **source)
    assert run.rc == 0, str(run)
    assert witness.summary_line(run, host)[1] == "installed"
    assert "_7567_" in witness.record(host)["BUILD_TAG"]
    copy = installed / "ansible_collections" / "asr" / "mobility"
    assert f"task path: {copy}/roles/install/tasks/main.yml" in run.stdout
    assert str(COLLECTION) not in run.stdout
    shown = play("asr.mobility.mobility_status", host, options=options)
    assert (shown.rc, witness.summary_line(shown, host)[1]) == (0, "9.66.7567.0")


FOLDERS = {"root": ROOT, "collection": COLLECTION, "playbooks": COLLECTION / "playbooks"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_both_playbooks_run_by_file_name_with_the_settings_of_the_folder(
    folder: str, host: Host, play: Play, new_installer: Path
) -> None:
    options = {"cwd": FOLDERS[folder], "collections": ()}
    run = play("install-mobility.yml", host, options=options, arguments=("-vv",), installer_path=str(new_installer))
    assert run.rc == 0, str(run)
    assert witness.summary_line(run, host)[1] in ("installed", "ok")
    assert f"task path: {COLLECTION}/roles/install/tasks/main.yml" in run.stdout
    shown = play("mobility-status.yml", host, options=options)
    assert (shown.rc, witness.summary_line(shown, host)[1]) == (0, "9.66.7567.0")
    assert len(witness.starts(host)) == 1


@pytest.mark.parametrize("name", ["install", "mobility"])
def test_both_spellings_are_there_and_one_is_a_one_line_import(name: str) -> None:
    spellings = {"install": "install{}mobility.yml", "mobility": "mobility{}status.yml"}[name]
    hyphen, under = (COLLECTION / "playbooks" / spellings.format(sign) for sign in "-_")
    assert under.is_file()
    lines = [line for line in hyphen.read_text(encoding="utf-8").splitlines() if "import_playbook" in line]
    assert lines == [f"  ansible.builtin.import_playbook: asr.mobility.{under.stem}"]
