"""What all system tests share: installers, hosts, and the playbooks run as a user would run them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from lab import inventory
from lab.accounts import Account
from lab.ansible_run import AnsibleRun, playbook, run_tasks
from lab.hosts import Host
from lab.places import ROOT

OLD, NEW = "9.62.7172.1", "9.66.7567.1"
DATES = {OLD: "20Sep2024", NEW: "20Sep2025"}
TAGS = ("DEBIAN11-64", "DEBIAN12-64")

Play = Callable[..., AnsibleRun]
Variables = Mapping[str, object]


@pytest.fixture(scope="session")
def installers(make_installer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory as a user keeps it: an older and a newer installer for each of two systems."""
    folder = tmp_path_factory.mktemp("library")
    for version, tag in itertools.product(DATES, TAGS):
        shutil.copy(make_installer(version, tag, DATES[version]), folder)
    return folder


@pytest.fixture(scope="session")
def old_installer(installers: Path) -> Path:
    """The older installer for Debian 12, alone in a directory of its own."""
    return _alone(installers, OLD)


@pytest.fixture(scope="session")
def new_installer(installers: Path) -> Path:
    """The newer installer for Debian 12, alone in a directory of its own."""
    return _alone(installers, NEW)


def _alone(installers: Path, version: str) -> Path:
    (found,) = installers.glob(f"*_{version}_DEBIAN12-64_*")
    folder = installers.with_name(f"{installers.name}-{version}")
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(found, folder))


@pytest.fixture(scope="module")
def host(module_host: Callable[..., Host]) -> Host:
    """A Debian 12 that the tests of one file share."""
    return module_host("debian:12")


@pytest.fixture
def fresh(lab_host: Callable[..., Host]) -> Host:
    """A Debian 12 of one test's own."""
    return lab_host("debian:12")


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Run a playbook on hosts: ``play("mobility-status.yml", host, installer_path=...)``.

    hosts: lab hosts (over ssh, as root or through ``account``). ``each``: host -> variables of that host alone, by
    their full names. ``others``: inventory name -> variables, for what is no lab host. ``groups``: group -> names of
    its hosts. ``check=True`` adds --check --diff. Every further keyword becomes the variable
    ``asr_mobility_<keyword>``. ``options`` are those of ``lab.ansible_run.playbook`` (cwd, venv, env, collections,
    timeout).
    """

    def run(
        name: str,
        *hosts: Host,
        account: Account | None = None,
        each: Mapping[Host, Variables] | None = None,
        others: Mapping[str, Variables] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        check: bool = False,
        arguments: Sequence[str] = (),
        options: Mapping[str, object] | None = None,
        **variables: object,
    ) -> AnsibleRun:
        special = each or {}
        reached = {one.name: {**inventory.ssh(one, account), **special.get(one, {})} for one in hosts}
        written = inventory.write(
            tmp_path_factory.mktemp("play") / "inventory.yml",
            {**reached, **(others or {})},
            {f"asr_mobility_{key}": value for key, value in variables.items()},
            groups,
        )
        flags = ("--check", "--diff") if check else ()
        given: dict[str, object] = {"cwd": ROOT, **(options or {})}
        return playbook(name, *flags, *arguments, inventory=written, **given)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="session")
def install(play: Play, installers: Path) -> Play:
    """Run install-mobility.yml; without another source from the directory ``installers``. Keywords as for ``play``."""

    def run(*hosts: Host, **keywords: object) -> AnsibleRun:
        if not keywords.keys() & {"installer_path", "installer_url", "installer_remote_path", "each"}:
            keywords["installer_path"] = str(installers)
        return play("install-mobility.yml", *hosts, **keywords)

    return run


@pytest.fixture(scope="session")
def status(play: Play) -> Play:
    """Run mobility-status.yml. Keywords as for ``play``."""

    def run(*hosts: Host, **keywords: object) -> AnsibleRun:
        return play("mobility-status.yml", *hosts, **keywords)

    return run


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Run single tasks on hosts: ``tasks([{"asr.mobility.mobility_agent_info": {}}], host)``; options of playbook."""

    def run(wanted: Sequence[Mapping[str, object]], *hosts: Host, **options: object) -> AnsibleRun:
        folder = tmp_path_factory.mktemp("tasks")
        written = inventory.for_hosts(folder / "inventory.yml", hosts)
        return run_tasks(folder, wanted, written, **options)

    return run
