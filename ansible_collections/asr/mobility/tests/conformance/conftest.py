"""One host for all cases of a family; every test gets it as new.

Facts about all families are checked on a Debian; with ``FAMILY=rpm`` on a RHEL, with ``INSTALLER`` where that belongs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import bench as benches
from conformance.bench import Bench
from conformance.case import Case, Family

INSTALLER = Path(os.environ["INSTALLER"]).resolve(strict=True) if os.environ.get("INSTALLER") else None
USUAL = Family.of(benches.tag_of(INSTALLER)) if INSTALLER else Family[os.environ.get("FAMILY", "tar").upper()]


@pytest.fixture(scope="session")
def _benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Family], Bench]]:
    started: dict[Family, Bench] = {}

    def of(family: Family) -> Bench:
        if family not in started:
            name = f"conformance-{family.name.lower()}"
            tag = benches.tag_of(INSTALLER) if INSTALLER else family.value
            started[family] = benches.start(tmp_path_factory.mktemp("installers"), INSTALLER, name, tag=tag)
        return started[family]

    yield of
    for bench in started.values():
        bench.shell.close()
        bench.host.remove()


@pytest.fixture
def bench_of(_benches: Callable[[Family], Bench]) -> Callable[[Family], Bench]:
    """A host of the family as new, and the archive under test."""

    def of(family: Family) -> Bench:
        bench = _benches(family)
        bench.reset()
        return bench

    return of


@pytest.fixture
def bench(bench_of: Callable[[Family], Bench]) -> Bench:
    """A host as new and the archive under test, of the family that facts about all of them are checked on."""
    return bench_of(USUAL)


@pytest.fixture
def bench_for(bench_of: Callable[[Family], Bench]) -> Callable[[Case], Bench]:
    """The same for a case; one that cannot run against a real archive is skipped."""

    def of(case: Case) -> Bench:
        if INSTALLER is not None and case.needs is not None:
            pytest.skip(case.needs.value)
        if INSTALLER is not None and case.family not in (None, USUAL):
            pytest.skip("is about archives of another family")
        return bench_of(case.family or USUAL)

    return of
