"""The cases of the contract and of its losses, on this machine under every shell: fast, and without any connection."""

from __future__ import annotations

import pytest

from contract import cases, faults
from contract.cases import Case
from unit.target.conftest import MakeCase

ORDER = (
    cases.first_script,
    cases.exit_codes,
    cases.output,
    cases.large_script,
    cases.variables,
    cases.files,
    cases.private_directories,
    cases.detached_run,
    cases.nothing_left,
)


@pytest.mark.parametrize("pipelining", [True, False], ids=["stdin", "files"])
def test_contract(make_case: MakeCase, shell: str, pipelining: bool) -> None:
    case = make_case(shell, pipelining=pipelining)
    for one in ORDER:
        one(case)


@pytest.mark.parametrize("fault", [faults.lost_input, faults.silent, faults.cut_output])
def test_losses(make_case: MakeCase, fault: faults.Fault) -> None:
    fault(make_case("dash"))


def test_all_exit_codes(make_case: MakeCase) -> None:
    cases.all_exit_codes(make_case("dash"))


def test_one_execution_and_no_file_for_a_script_over_standard_input(make_case: MakeCase) -> None:
    case: Case = make_case("dash")
    assert case.run("echo hello", read_only=True) == (0, "hello\n")
    case.target.close()
    assert case.action._connection.executed == 1
