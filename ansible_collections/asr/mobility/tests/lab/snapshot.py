"""A picture of a host's file system, so that a test can prove that check mode changed nothing.

Only what a running system writes by itself is left out, each place with its reason; times are left out because a read
may set them, sizes and contents are not.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from typing import NamedTuple

EXCLUDED: dict[str, str] = {
    "/proc": "a view of the kernel",
    "/sys": "a view of the kernel",
    "/dev": "device nodes and terminals come and go with every session",
    "/run": "state of running services; each login has a session there",
    "/var/log/journal": "systemd's journal grows with every login",
    "/var/log/wtmp": "every login is recorded here",
    "/var/log/btmp": "failed logins are recorded here",
    "/var/log/lastlog": "every login is recorded here",
    "/var/log/faillog": "failed logins are recorded here",
    "/var/lib/systemd/random-seed": "systemd refreshes it",
    "/var/lib/systemd/timers": "systemd stamps its timers",
    "/var/lib/sudo/lectured": "sudo remembers whom it has lectured",
    "/var/lib/rpm/rpmdb.sqlite-shm": "every look into the rpm database writes it",
    "/var/lib/rpm/rpmdb.sqlite-wal": "every look into the rpm database makes it, if empty",
    **dict.fromkeys(
        (f"/var/lib/rpm/__db.00{number}" for number in (1, 2, 3)), "old rpm notes every look into its database there"
    ),
    "/var/lib/private": "state of systemd's dynamic users",
}
"""Path -> why it is not compared. Everything below a path is left out with it."""


class Entry(NamedTuple):
    """What is compared of one path. ``content`` is the sha256 of a file or the target of a link, else empty."""

    kind: str
    mode: str
    uid: int
    gid: int
    size: int
    content: str


Execute = Callable[..., subprocess.CompletedProcess[bytes]]


def _find(action: str) -> str:
    pruned = " -o ".join(f"-path {path}" for path in EXCLUDED)
    return f"find / \\( {pruned} \\) -prune -o {action}"


LISTING = _find(r"-printf '%y\t%m\t%U\t%G\t%s\t%l\t%p\0'")
HASHING = _find("-type f -print0") + " | xargs -0 -r sha256sum -z --"


def take(execute: Execute) -> dict[str, Entry]:
    """Return path -> entry for the whole file system.

    Args:
        execute: runs a command on the host as root and returns its ended process, like ``Host.exec``.
    """
    hashes = dict(_hash_line(line) for line in _records(execute, HASHING))
    return dict(_listing_line(line, hashes) for line in _records(execute, LISTING))


def _records(execute: Execute, script: str) -> list[str]:
    output = execute("/bin/sh", "-c", script, timeout=300).stdout
    return [record for record in output.decode(errors="surrogateescape").split("\0") if record]


def _hash_line(line: str) -> tuple[str, str]:
    value, path = line.split("  ", 1)
    return path, value


def _listing_line(line: str, hashes: Mapping[str, str]) -> tuple[str, Entry]:
    kind, mode, uid, gid, size, link, path = line.split("\t", 6)
    # The size of a folder depends on its history and the file system below, not on what it holds.
    counted = int(size) if kind != "d" else 0
    return path, Entry(kind, mode, int(uid), int(gid), counted, link or hashes.get(path, ""))


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """Return one line for each difference, sorted; an empty list is the proof."""
    lines = [f"- {path} {before[path]}" for path in before.keys() - after.keys()]
    lines += [f"+ {path} {after[path]}" for path in after.keys() - before.keys()]
    lines += [
        f"~ {path} {before[path]} -> {after[path]}"
        for path in before.keys() & after.keys()
        if before[path] != after[path]
    ]
    return sorted(lines, key=lambda line: line[2:])
