"""Fixtures every kind of test shares: hosts of the lab, built and removed as the tests need them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from lab import hosts, images

StartHost = Callable[..., hosts.Host]
MakeInstaller = Callable[..., Path]


@pytest.fixture
def lab_host() -> Iterator[StartHost]:
    """Start hosts for one test: ``lab_host("debian:12")``; they are removed when it ends."""
    yield from _hosts()


@pytest.fixture(scope="module")
def module_host() -> Iterator[StartHost]:
    """Start hosts that all tests of a file share."""
    yield from _hosts()


@pytest.fixture(scope="session")
def session_host() -> Iterator[StartHost]:
    """Start hosts that all tests of a run share; the tests must not change them."""
    yield from _hosts()


def _hosts() -> Iterator[StartHost]:
    started: list[hosts.Host] = []

    def start(
        image: str = "debian:12", *, network: str = "podman", options: Sequence[str] = (), bios_id: str | None = None
    ) -> hosts.Host:
        images.ensure([image])
        name = f"{image.replace(':', '-')}-{_Counter.next()}"
        started.append(hosts.start(image, name, network=network, options=options, bios_id=bios_id))
        return started[-1]

    yield start
    for host in started:
        host.remove()


class _Counter:
    """Numbers the hosts of this run."""

    last = 0

    @classmethod
    def next(cls) -> int:
        cls.last += 1
        return cls.last


@pytest.fixture(scope="session")
def make_installer(tmp_path_factory: pytest.TempPathFactory) -> MakeInstaller:
    """Write an archive of the installer double and return its path; equal requests share one archive."""
    made: dict[tuple[str, ...], Path] = {}

    def make(
        version: str = "9.66.7567.1", tag: str = "DEBIAN12-64", date: str = "20Sep2025", options: Sequence[str] = ()
    ) -> Path:
        wanted = ("--version", version, "--tag", tag, "--date", date, *options)
        if wanted not in made:
            folder = tmp_path_factory.mktemp("installers")
            command = [sys.executable, "-m", "lab.installer_double", *wanted, "--output", str(folder)]
            subprocess.run(command, check=True, cwd=Path(__file__).parent, capture_output=True, timeout=120)
            (made[wanted],) = folder.iterdir()
        return made[wanted]

    return make
