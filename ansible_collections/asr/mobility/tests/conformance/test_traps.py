"""The cases would notice if the double were tamer than the real installer: a mutation test for every trap."""

from __future__ import annotations

import pytest

from conformance.bench import Bench
from conformance.catalogue import CASES
from lab.installer_double import TRAPS

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

LINKED = {name: [case for case in CASES.values() if name in case.traps] for name in TRAPS}


def test_every_trap_is_linked_to_a_case() -> None:
    assert [name for name, cases in LINKED.items() if not cases] == []


def test_cases_name_only_traps_that_exist() -> None:
    assert {trap for case in CASES.values() for trap in case.traps} - TRAPS.keys() == set()


@pytest.mark.parametrize("trap", TRAPS)
def test_a_double_without_the_trap_fails_a_case(trap: str, bench: Bench) -> None:
    if bench.installer is not None:
        pytest.skip("a trap can only be switched off in the double")
    tame = bench.without_trap(trap)
    for case in LINKED[trap]:
        try:
            case.run(tame)
        except AssertionError:
            return
        tame.reset()
    pytest.fail(f"no case notices that {trap!r} is switched off; linked: {[case.name for case in LINKED[trap]]}")
