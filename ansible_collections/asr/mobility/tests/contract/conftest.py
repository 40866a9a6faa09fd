"""One ansible-playbook over every combination of connection and login; each test then reads its own result."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.combinations import ACCOUNTS, COMBINATIONS, Combination
from lab import ansible_run, hosts, images, inventory
from lab.accounts import BY_NAME
from lab.places import COLLECTION, ROOT

IMAGE = "accounts:12"
CONTRACT = COLLECTION / "tests" / "contract"
LIBRARIES = ansible_run.VENV / "lib"
INSIDE_LIBRARIES, INSIDE_COLLECTIONS = "/opt/ansible", "/opt/collections"
START_AT_ONCE = 4
RUN_INSIDE_AT_ONCE = 3
MATRIX_TIMEOUT = 900.0
"""Seconds; two to three minutes are usual on two idle cores, a shared machine takes several times that."""
_TIMES: list[str] = []


@dataclass
class Matrix:
    """What came out: combination name -> task result, and the container's name of each account."""

    results: dict[str, Mapping[str, object]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    screen: str = ""


@pytest.fixture(scope="session")
def account_hosts() -> Iterator[dict[str, hosts.Host]]:
    """One container for each account, with this Ansible mounted for the local connection: runs lock their host."""
    images.ensure([IMAGE])
    (packages,) = LIBRARIES.glob("python3*/site-packages")
    options = ("--volume", f"{packages}:{INSIDE_LIBRARIES}:ro", "--volume", f"{ROOT}:{INSIDE_COLLECTIONS}:ro")
    with ThreadPoolExecutor(START_AT_ONCE) as pool:
        starting = {name: pool.submit(hosts.start, IMAGE, f"contract-{name}", options=options) for name in ACCOUNTS}
    started = {name: future.result() for name, future in starting.items() if future.exception() is None}
    try:
        for future in starting.values():
            future.result()
        yield started
    finally:
        with ThreadPoolExecutor(START_AT_ONCE) as pool:
            list(pool.map(hosts.Host.remove, started.values()))


@pytest.fixture(scope="session")
def matrix(
    request: pytest.FixtureRequest, account_hosts: dict[str, hosts.Host], tmp_path_factory: pytest.TempPathFactory
) -> Matrix:
    """Carry out every combination that a selected test asks for, once."""
    wanted = {one.name for item in request.session.items for one in _combinations(item)}
    selected = [one for one in COMBINATIONS if one.name in wanted]
    folder = tmp_path_factory.mktemp("contract")
    inside = [one for one in selected if one.round == "local"]
    outside = [one for one in selected if one.round != "local"]
    found = Matrix(containers={name: host.name for name, host in account_hosts.items()})
    run = _run_outside(folder / "inventory.yml", outside, account_hosts)
    found.screen = str(run)
    for result in run.results:
        found.results[result.host], found.statuses[result.host] = result.result, result.status
    with ThreadPoolExecutor(RUN_INSIDE_AT_ONCE) as pool:
        running = {one.name: pool.submit(_run_inside, account_hosts[one.account], one) for one in inside}
    for name, future in running.items():
        found.statuses[name], found.results[name] = future.result()
    _TIMES.extend(_time(name, result) for name, result in found.results.items())
    return found


def _time(name: str, result: Mapping[str, object]) -> str:
    cases = result.get("cases")
    seconds = {case: value["seconds"] for case, value in cases.items()} if isinstance(cases, Mapping) else {}
    return f"{name:28} {sum(seconds.values()):6.1f} s  {seconds}"


def _combinations(item: pytest.Item) -> list[Combination]:
    """What a selected test reads from the matrix."""
    parameters = getattr(item, "callspec", None)
    one = parameters.params.get("one") if parameters else None
    return [one] if isinstance(one, Combination) else []


def _run_outside(
    path: Path, combinations: Sequence[Combination], started: Mapping[str, hosts.Host]
) -> ansible_run.AnsibleRun:
    values = {one.name: _variables(one, started[one.account]) for one in combinations}
    return ansible_run.playbook(
        str(CONTRACT / "contract.yml"),
        inventory=inventory.write(path, values),
        env={"ANSIBLE_FORKS": "10", "PYTHONPATH": str(COLLECTION / "tests")},
        timeout=MATRIX_TIMEOUT,
    )


def _variables(one: Combination, host: hosts.Host) -> dict[str, object]:
    connect = inventory.over_podman if one.round == "podman" else inventory.ssh
    values = connect(host, BY_NAME[one.account])
    if one.name == "podman.root":
        del values["ansible_user"]  # files then go straight into the container's file system, the plugin's other way
    return values | one.variables | {"contract_cases": list(one.cases)}


def _run_inside(host: hosts.Host, one: Combination) -> tuple[str, Mapping[str, object]]:
    """Run Ansible in the container as the account: its local connection is then the account's own shell."""
    account = BY_NAME[one.account]
    tests = f"{INSIDE_COLLECTIONS}/ansible_collections/asr/mobility/tests"
    results = f"/tmp/contract-{one.name}"
    environment = {
        "HOME": "/root" if account.name == "root" else f"/home/{account.name}",
        "PYTHONPATH": f"{INSIDE_LIBRARIES}:{tests}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_COLLECTIONS_PATH": INSIDE_COLLECTIONS,
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_CALLBACK_PLUGINS": f"{tests}/lab/callback_plugins",
        "ANSIBLE_CALLBACKS_ENABLED": "lab_results",
        ansible_run.RESULTS_VARIABLE: results,
        "LC_ALL": "C.UTF-8",
    }
    values = {**account.variables(), **one.variables, "ansible_connection": "local", "contract_cases": list(one.cases)}
    done = host.exec(
        *("env", *(f"{name}={value}" for name, value in environment.items())),
        *("python3", "-m", "ansible", "playbook", "-i", f"{one.name},", "-e", json.dumps(values)),
        f"{tests}/contract/contract.yml",
        user=account.name,
        check=False,
        timeout=120,
    )
    assert host.exists(results), f"{done.stdout.decode()}\n{done.stderr.decode()}"
    line = json.loads(host.read_file(results).splitlines()[-1])
    return line["status"], line["result"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show where the time of the matrix went: seconds of each combination's task."""
    for line in _TIMES:
        terminalreporter.write_line(line)
