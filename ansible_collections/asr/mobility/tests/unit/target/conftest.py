"""Targets on this machine: one for each shell the scripts must run under."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.target import posix
from contract.cases import Case
from unit.shells import SHELLS, words
from unit.target.local_shell import LocalAction, LocalConnection

MakeCase = Callable[..., Case]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell, by name."""
    name: str = request.param
    words(name)
    return name


@pytest.fixture
def make_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeCase]:
    """Make a contract case whose target is this machine: make_case("dash", pipelining=False)."""
    if os.geteuid() != 0:
        pytest.skip("the target's scripts run as root only")
    monkeypatch.setattr(posix, "LOCK", str(tmp_path / "lock"))
    made: list[Case] = []

    def make(shell: str = "dash", *, pipelining: bool = True) -> Case:
        connection = LocalConnection(tuple(words(shell)), _userland(shell, tmp_path), tmp_path / "nowhere")
        number = len(made)
        folder = tmp_path / f"controller-{number}"
        folder.mkdir()
        made.append(Case(LocalAction(connection, pipelining), f"{tmp_path}/staging-{number}", folder, {}))
        return made[-1]

    yield make
    for case in made:
        case.target.close()


def _userland(shell: str, folder: Path) -> str:
    """The tools of this machine; for busybox its own, so that nothing of coreutils is needed but what it has."""
    if shell != "busybox":
        return "/usr/sbin:/usr/bin:/sbin:/bin"
    tools = folder / "busybox-tools"
    if not tools.exists():
        tools.mkdir()
        listed = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
        for name in {"busybox", *listed}:
            (tools / name).symlink_to(shutil.which("busybox") or "busybox")
    return str(tools)
