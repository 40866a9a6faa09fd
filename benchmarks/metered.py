"""Run one command and say what it cost: wall seconds, and processor seconds of everything it started.

``python -m benchmarks.metered OUTPUT COMMAND...`` is a process of its own: it adopts what the command leaves behind
(the ssh masters that go on in the background, which ``time`` never sees), ends it, and counts it too. The answer is
one JSON line; what the command printed goes to OUTPUT.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 5.0
"""Seconds a process that was left behind gets to end before it is killed."""


def main(arguments: Sequence[str]) -> int:
    """Run, end what is left, print the cost; the exit code is that of the command."""
    output, *command = arguments
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open(output, "wb") as stream:
        begun = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False)
        wall = time.monotonic() - begun
    end_children()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime}))
    return done.returncode


def end_children() -> None:
    """End and reap every process that the command left to us; they are ours alone, each is ended by its id."""
    until = time.monotonic() + PATIENCE
    while found := children():
        for pid in found:
            os.kill(pid, signal.SIGTERM if time.monotonic() < until else signal.SIGKILL)
        reap()
        time.sleep(0.02)


def children() -> list[int]:
    """The processes whose parent we are and that have not ended."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent_and_state(path) == (os.getpid(), True)]


def _parent_and_state(path: Path) -> tuple[int, bool]:
    try:
        fields = (path / "stat").read_text(errors="replace").rpartition(") ")[2].split()
    except OSError:
        return 0, False
    return int(fields[1]), fields[0] not in "ZX"


def reap() -> None:
    """Collect what has ended; only then its cost counts as ours."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
