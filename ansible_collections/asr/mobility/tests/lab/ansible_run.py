"""Run a playbook as a user would, in a process of its own, and return what happened as values.

The results of tasks come from a small callback plugin of the lab (``callback_plugins/lab_results.py``) that writes one
JSON line for each result, so no test parses the screen output for facts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab import kernel_lists
from lab.places import COLLECTION, LAB, ROOT, foreign_collections

VENV = Path(sys.prefix)
CORES = {core: ROOT / f".venv-{core}" for core in ("2.16", "2.17", "2.18")} | {"2.19": VENV}
"""Each supported ansible-core and its environment (``make venv cores-venv`` makes them)."""

OLDEST_VENV = CORES["2.16"]
"""The environment with the oldest one (``make venv`` makes it)."""

RESULTS_VARIABLE = "ASR_MOBILITY_LAB_RESULTS"
STATUSES = ("ok", "failed", "skipped", "unreachable")

LAB_DEFAULTS = {
    f"asr.mobility.{module}": {"kernel_lists": f"{{{{ {kernel_lists.VARIABLE} | default(omit) }}}}"}
    for module in ("mobility_agent", "mobility_preflight")
}
"""What the roles pass on for a user; a task of a test's own that says otherwise wins."""

PASSED_ON = ("HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_CACHE_HOME", "ASR_MOBILITY_CACHE", "SSH_AUTH_SOCK")
"""Of the caller's environment only this reaches Ansible; its own ANSIBLE_* settings would change what is tested."""


@dataclass(frozen=True)
class TaskResult:
    """One task on one host: ``status`` is one of ``STATUSES``, ``result`` the module's result as a dictionary."""

    host: str
    task: str
    action: str
    status: str
    ignored: bool
    result: Mapping[str, object]

    @property
    def changed(self) -> bool:
        """Whether the task reported a change."""
        return bool(self.result.get("changed"))


@dataclass(frozen=True)
class AnsibleRun:
    """What one ansible-playbook did: exit code, the whole screen output, every task result in order."""

    rc: int
    stdout: str
    stderr: str
    results: tuple[TaskResult, ...] = field(default=())

    def of(self, host: str | None = None, action: str | None = None) -> tuple[TaskResult, ...]:
        """Return the results of one host, of one action (``asr.mobility.mobility_agent``), or of both."""
        return tuple(
            result
            for result in self.results
            if (host is None or result.host == host) and (action is None or result.action == action)
        )

    def only(self, action: str, host: str | None = None) -> TaskResult:
        """Return the one result of an action.

        Raises:
            AssertionError: there is none, or more than one; the screen output is in the text.
        """
        found = self.of(host, action)
        assert len(found) == 1, f"{len(found)} results of {action}\n{self}"
        return found[0]

    @property
    def changed(self) -> bool:
        """Whether any task on any host reported a change."""
        return any(result.changed for result in self.results)

    def __str__(self) -> str:
        return f"rc={self.rc}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def environment(
    venv: Path = VENV, extra: Mapping[str, str] | None = None, collections: Sequence[Path] = (ROOT,)
) -> dict[str, str]:
    """Return a clean environment for an Ansible program of ``venv``.

    Args:
        venv: the virtual environment whose ``bin`` comes first on PATH.
        extra: settings of this run, for example ``{"ANSIBLE_PIPELINING": "false"}``.
        collections: folders that hold ``ansible_collections``; the lab's foreign collections are appended. With none
            the ansible.cfg of the working directory decides.
    """
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    path = [*map(str, collections), str(foreign_collections())]
    found = {"ANSIBLE_COLLECTIONS_PATH": ":".join(path)} if collections else {}
    return {
        **kept,
        **found,
        "PATH": f"{venv / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(LAB / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "lab_results",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_DEPRECATION_WARNINGS": "true",
        "ANSIBLE_FORCE_COLOR": "false",
        "CONTAINERS_CONF": str(foreign_collections().parent / "containers.conf"),
        **(extra or {}),
    }


def playbook(
    *arguments: str,
    inventory: Path | None = None,
    variables: Mapping[str, object] | None = None,
    cwd: Path = COLLECTION,
    venv: Path = VENV,
    env: Mapping[str, str] | None = None,
    collections: Sequence[Path] = (ROOT,),
    timeout: float = 300,
) -> AnsibleRun:
    """Run ansible-playbook and return its result; a failed play is a result, not an exception.

    Args:
        arguments: the playbook (a path or a collection name) and any options, for example ``--check``.
        inventory: the inventory file.
        variables: extra variables, passed as JSON.
        cwd: working directory; it decides which ansible.cfg applies.
        venv: the virtual environment to run from (``OLDEST_VENV`` for the oldest ansible-core).
        env: further environment variables.
        collections: see ``environment``.
        timeout: seconds until the run is ended and ``subprocess.TimeoutExpired`` raised.
    """
    with tempfile.TemporaryDirectory(prefix="asr-mobility-run-") as folder:
        results = Path(folder) / "results.jsonl"
        settings = {**(env or {}), RESULTS_VARIABLE: str(results)}
        command = [str(venv / "bin" / "ansible-playbook"), *_options(inventory, variables), *arguments]
        done = subprocess.run(
            command,
            env=environment(venv, settings, collections),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return AnsibleRun(
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
            tuple(_read(results)),
        )


def _options(inventory: Path | None, variables: Mapping[str, object] | None) -> list[str]:
    options = ["-i", str(inventory)] if inventory else []
    return [*options, "-e", json.dumps(variables)] if variables else options


def _read(path: Path) -> Iterator[TaskResult]:
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield TaskResult(**json.loads(line))


def run_tasks(folder: Path, tasks: Sequence[Mapping[str, object]], inventory: Path, **options: object) -> AnsibleRun:
    """Run a list of tasks on all hosts of an inventory, without gathering facts.

    Args:
        folder: where the playbook is written (pytest's tmp_path).
        tasks: the tasks as they would stand in YAML.
        inventory: the inventory file.
        options: keyword arguments for ``playbook``; ``arguments`` holds further command line options.
    """
    arguments = options.pop("arguments", ())
    assert isinstance(arguments, Sequence)
    path = folder / "tasks.json"
    play = {"hosts": "all", "gather_facts": False, "module_defaults": LAB_DEFAULTS, "tasks": list(tasks)}
    path.write_text(json.dumps([play]), encoding="utf-8")
    return playbook(str(path), *arguments, inventory=inventory, **options)  # type: ignore[arg-type]
