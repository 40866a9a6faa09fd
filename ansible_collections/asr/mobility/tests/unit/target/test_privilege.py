"""Who a script may run as: root, unless the script says that it tells the user itself."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from unit.target.conftest import MakeCase

NOBODY = 65534
PROBE = Script("probe", "id -u; exit 3", read_only=True)


def test_only_a_script_for_any_user_runs_without_root(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    case.action._connection.become = NOBODY
    with pytest.raises(MobilityError) as caught:
        case.target.run(PROBE)
    assert caught.value.reason is Reason.NOT_ROOT
    result = case.target.run(dataclasses.replace(PROBE, any_user=True))
    assert (result.code, result.output) == (3, f"{NOBODY}\n")
    case.action._connection.become = 0
    assert case.target.run(dataclasses.replace(PROBE, any_user=True)).output == "0\n"
