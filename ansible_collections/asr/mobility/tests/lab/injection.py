"""Make the installer double misbehave on a host, let it go on again, and wait for what it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lab.hosts import Host
from lab.witness import RUNS

FAULTS = "/etc/asr-double/faults"
RELEASE = "/run/asr-double/release"


def inject(host: Host, *faults: str) -> None:
    """Let the next programs of the double misbehave; ``installer_double/faults.py`` lists the faults."""
    text = "".join(f"{fault}\n" for fault in faults)
    host.exec("/bin/sh", "-c", f"rm -f {RELEASE}; mkdir -p {Path(FAULTS).parent}; cat > {FAULTS}", stdin=text.encode())


def release(host: Host) -> None:
    """Let a program that hangs go on."""
    host.write_file(RELEASE, "")


def withdraw(host: Host) -> None:
    """Let the double behave again."""
    host.sh(f"rm -f {FAULTS}")


def signals(host: Host) -> list[str]:
    """Return the record of every signal that reached a program of the double; empty is the proof that none was sent."""
    if not host.exists(RUNS):
        return []
    return [line for line in host.read_file(RUNS).splitlines() if line.split()[1:2] == ["signal"]]


def wait_for(happened: Callable[[], bool], what: str, timeout: float = 150) -> None:
    """Ask again and again until it has happened.

    Raises:
        AssertionError: not within ``timeout`` seconds.
    """
    until = time.monotonic() + timeout
    while not happened():
        assert time.monotonic() < until, f"{what}: not within {timeout} s"
        time.sleep(0.5)
