"""The contract holds on the oldest supported ansible-core too: its connections differ in what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.combinations import FULL
from contract.conftest import CONTRACT
from lab import ansible_run, hosts, inventory
from lab.accounts import BY_NAME
from lab.places import COLLECTION

ACCOUNTS = ("root", "withpass", "suuser", "ttyuser")
VARIABLES = {"ssh-pipelining": {"ansible_pipelining": True}, "ssh-files": {"ansible_pipelining": False}}


@pytest.mark.timeout(500)
def test_contract(account_hosts: dict[str, hosts.Host], tmp_path: Path) -> None:
    if not ansible_run.OLDEST_VENV.is_dir():
        pytest.skip("no environment with the oldest ansible-core here; make venv makes it where its Python is found")
    values = {
        f"{kind}.{name}": inventory.ssh(account_hosts[name], BY_NAME[name]) | more | {"contract_cases": list(FULL)}
        for kind, more in VARIABLES.items()
        for name in ACCOUNTS
    }
    run = ansible_run.playbook(
        str(CONTRACT / "contract.yml"),
        inventory=inventory.write(tmp_path / "inventory.yml", values),
        venv=ansible_run.OLDEST_VENV,
        env={"ANSIBLE_FORKS": "10", "PYTHONPATH": str(COLLECTION / "tests")},
        timeout=400,
    )
    assert len(run.results) == len(values), run
    for result in run.results:
        cases = result.result["cases"]
        assert isinstance(cases, dict)
        failed = {name: value["detail"] for name, value in cases.items() if not value["ok"]}
        assert not failed, (result.host, failed)
