"""One host for all cases; every test gets it as new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import bench as benches
from conformance.bench import Bench


@pytest.fixture(scope="session")
def _host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    named = os.environ.get("INSTALLER")
    installer = Path(named).resolve(strict=True) if named else None
    started = benches.start(tmp_path_factory.mktemp("installers"), installer)
    yield started
    started.shell.close()
    started.host.remove()


@pytest.fixture
def bench(_host: Bench) -> Bench:
    """A host as new and the archive under test."""
    _host.reset()
    return _host
