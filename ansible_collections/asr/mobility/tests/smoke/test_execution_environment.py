"""The execution environment can be made: its context is complete, and what it installs fits together."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from lab.places import COLLECTION, ROOT

DEFINITION = ROOT / "execution-environment.yml"
BIN = Path(sys.prefix) / "bin"


def run(*command: object, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=400,
        check=False,
        env=env,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context as ansible-builder makes it."""
    folder = tmp_path_factory.mktemp("execution-environment")
    run(BIN / "ansible-builder", "create", "--file", DEFINITION, "--context", folder, cwd=ROOT)
    return folder


def python_requirements() -> list[str]:
    wanted = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))["dependencies"]
    lines = (COLLECTION / "requirements.txt").read_text(encoding="utf-8").splitlines()
    own = [line for line in lines if line.strip() and not line.startswith("#")]
    return [wanted["ansible_core"]["package_pip"], wanted["ansible_runner"]["package_pip"], *own]


def test_it_is_a_definition_of_version_3_with_what_ssh_needs(context: Path) -> None:
    assert yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))["version"] == 3
    containerfile = (context / "Containerfile").read_text(encoding="utf-8")
    assert all(wanted in containerfile for wanted in python_requirements()[:2])
    assert "openssh-clients" in (context / "_build/bindep.txt").read_text(encoding="utf-8")


def test_the_collection_is_installed_from_the_context(context: Path, tmp_path: Path) -> None:
    """As the image's second stage does it, with the context's own folder in the place of /build."""
    wanted = (context / "_build/requirements.yml").read_text(encoding="utf-8")
    assert "/build/" in wanted
    here = tmp_path / "requirements.yml"
    here.write_text(wanted.replace("/build/", f"{context}/_build/"), encoding="utf-8")
    settings = {**os.environ, "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}
    command = ("collection", "install", "--offline", "--requirements-file", here, "--collections-path")
    run(BIN / "ansible-galaxy", *command, tmp_path / "collections", env=settings, cwd=tmp_path)
    shown = run(BIN / "ansible-doc", "--list", "asr.mobility", env=settings, cwd=tmp_path)
    assert "asr.mobility.mobility_agent " in shown
    assert not (tmp_path / "collections/ansible_collections/asr/mobility/tests").exists()


def test_its_python_requirements_install_together(tmp_path: Path) -> None:
    """In an environment of their own, without a cache of ours deciding what is found."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *python_requirements())
    run(python, "-m", "pip", "check")
    settings = {**os.environ, "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(ROOT)}
    shown = run(tmp_path / "venv/bin/ansible-doc", "--list", "asr.mobility", env=settings, cwd=tmp_path)
    assert "asr.mobility.mobility_agent " in shown


def test_it_runs_the_ansible_core_that_is_tested() -> None:
    tested = (ROOT / "requirements/tests.txt").read_text(encoding="utf-8").splitlines()
    (core,) = [line.split()[0] for line in tested if line.startswith("ansible-core==")]
    assert python_requirements()[0] == core
