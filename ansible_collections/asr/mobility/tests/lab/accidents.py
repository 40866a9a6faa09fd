"""Interrupt a running ansible-playbook in the ways that happen: its connection, its controller, its login session.

Only processes that this module started are ended, each by its process id.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.ansible_run import RESULTS_VARIABLE, VENV, AnsibleRun, TaskResult, environment
from lab.hosts import Host
from lab.places import ROOT

KILL_USER_PROCESSES = "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n"


@dataclass(frozen=True)
class Running:
    """An ansible-playbook that goes on; ``control`` is the folder of its ssh sockets, its alone."""

    process: subprocess.Popen[bytes]
    control: Path
    screen: Path
    results: Path

    def wait(self, timeout: float = 200) -> AnsibleRun:
        """Wait for its end and return what it did.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        rc = self.process.wait(timeout=timeout)
        lines = self.results.read_text(encoding="utf-8").splitlines() if self.results.is_file() else []
        screen = self.screen.read_text(encoding="utf-8", errors="replace")
        return AnsibleRun(rc, screen, "", tuple(TaskResult(**json.loads(line)) for line in lines))

    def family(self) -> list[int]:
        """Return the process ids of ansible-playbook and of all its descendants, the oldest first."""
        parents = _parents()
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid and child not in found]
        return found

    def seen_by_others(self) -> str:
        """Return what the process table shows of its processes right now: command lines and environments."""
        pids = {*self.family(), *self.connections()}
        return "\0".join(_read(pid, name) for pid in pids for name in ("cmdline", "environ"))

    def connections(self) -> list[int]:
        """Return the process ids of its ssh clients; the one that holds the shared connection is nobody's child."""
        family = set(self.family())
        return [pid for pid in _parents() if _is_ssh(pid) and (pid in family or str(self.control) in _command(pid))]


@contextmanager
def running(
    name: str,
    inventory: Path,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> Iterator[Running]:
    """Start a playbook in a session of its own; what is left of it at the end of the ``with`` block is ended."""
    place = Path(tempfile.mkdtemp(dir=folder))
    control = Path(tempfile.mkdtemp(prefix="asr-cp-", dir="/tmp"))  # a socket's path must be short
    screen, results = place / "screen.txt", place / "results.jsonl"
    own = {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(control), RESULTS_VARIABLE: str(results), **(settings or {})}
    with screen.open("wb") as output:
        process = subprocess.Popen(
            [str(VENV / "bin" / "ansible-playbook"), "-i", str(inventory), name, *arguments],
            env=environment(VENV, own),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run = Running(process, control, screen, results)
    try:
        yield run
    finally:
        _end([*run.connections(), *reversed(run.family())])
        process.wait(timeout=30)
        shutil.rmtree(control, ignore_errors=True)


def kill_connection(run: Running, host: Host) -> None:
    """The ssh client and the connection it shares are gone."""
    _end(run.connections())


def interrupt(run: Running, host: Host) -> None:
    """Somebody presses Ctrl-C."""
    os.killpg(run.process.pid, signal.SIGINT)
    run.process.wait(timeout=60)


def kill_controller(run: Running, host: Host) -> None:
    """The controller and everything it started is gone at once."""
    _end([*run.family(), *run.connections()])
    run.process.wait(timeout=30)


def end_session(run: Running, host: Host) -> None:
    """The host's logind ends the sessions of every user, with all their processes."""
    ended = host.sh(
        "loginctl list-sessions --no-legend | awk '{ print $1 }' | xargs -r -n 1 loginctl terminate-session"
    )
    assert ended == "", ended


ACCIDENTS: dict[str, Callable[[Running, Host], None]] = {
    "connection killed": kill_connection,
    "controller interrupted": interrupt,
    "controller killed": kill_controller,
    "session ended": end_session,
}


def end_sessions_with_processes(host: Host) -> None:
    """Configure logind so that the end of a session ends everything the user started in it."""
    host.write_file("/etc/systemd/logind.conf.d/asr-lab.conf", KILL_USER_PROCESSES)
    host.sh("systemctl restart systemd-logind")


def _end(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while any(_is_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    return _stat(pid)[:1] not in (["Z"], [])


def _parents() -> dict[int, int]:
    """Every living process and its parent."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = {pid: _stat(pid) for pid in pids}
    return {pid: int(fields[1]) for pid, fields in found.items() if len(fields) > 1 and fields[0] != "Z"}


def _stat(pid: int) -> list[str]:
    """State, parent and so on: what follows the name in brackets."""
    return _read(pid, "stat").rpartition(") ")[2].split()


def _command(pid: int) -> str:
    return _read(pid, "cmdline").replace("\0", " ")


def _is_ssh(pid: int) -> bool:
    return _read(pid, "comm").strip() in ("ssh", "sftp", "scp")


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
