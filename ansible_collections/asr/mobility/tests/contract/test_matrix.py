"""Every connection with every kind of login passes every case of the target contract, or is refused in clear words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from contract.combinations import COMBINATIONS, Combination
from contract.conftest import Matrix

pytestmark = pytest.mark.timeout(1000)

PAIRS = [(one, case) for one in COMBINATIONS if "" not in one.errors for case in one.cases]


def _outcome(matrix: Matrix, one: Combination, case: str) -> Mapping[str, object]:
    assert one.name in matrix.results, matrix.screen[-5000:]
    cases = matrix.results[one.name].get("cases")
    assert isinstance(cases, Mapping), matrix.results[one.name]
    outcome: Mapping[str, object] = cases[case]
    return outcome


@pytest.mark.parametrize(("one", "case"), PAIRS, ids=[f"{one.name}-{case}" for one, case in PAIRS])
def test_case(matrix: Matrix, one: Combination, case: str) -> None:
    outcome = _outcome(matrix, one, case)
    if case in one.errors:
        assert not outcome["ok"] and one.errors[case] in str(outcome["detail"]), outcome
    else:
        assert outcome["ok"], outcome["detail"]


WITH_NAME = [one for one in COMBINATIONS if "host_name" in one.cases]


@pytest.mark.parametrize("one", WITH_NAME, ids=[one.name for one in WITH_NAME])
def test_the_right_host_answers(matrix: Matrix, one: Combination) -> None:
    assert _outcome(matrix, one, "host_name")["detail"] == matrix.containers[one.account]


UNREACHABLE = [one for one in COMBINATIONS if one.errors.get("") == "unreachable"]


@pytest.mark.parametrize("one", UNREACHABLE, ids=[one.name for one in UNREACHABLE])
def test_a_host_that_does_not_answer_is_unreachable(matrix: Matrix, one: Combination) -> None:
    assert matrix.statuses.get(one.name) == "unreachable", matrix.screen[-5000:]
