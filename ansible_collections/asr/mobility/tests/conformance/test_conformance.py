"""Every observed fact holds for the archive under test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.bench import Bench
from conformance.case import Case
from conformance.catalogue import CASES

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_fact_holds(case: Case, bench_for: Callable[[Case], Bench]) -> None:
    case.run(bench_for(case))


def test_every_case_says_what_it_observes() -> None:
    assert [case.name for case in CASES.values() if not case.fact] == []
