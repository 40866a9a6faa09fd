# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let one process at a time work on a thing, also when two controllers share a directory over the network.

A claim is a small file that its owner's process touches all the time. It is stale, and the next one takes it, when its
process is gone from this machine, or when for a minute and a half nobody has touched it. The waiting process measures
that time itself, so the clocks of two controllers never meet. A killed controller stands in nobody's way for long.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
import typing as t
import uuid
from dataclasses import dataclass
from pathlib import Path

STALE_AFTER = 90.0  # seconds
GUARD = ".guard"  # the ending of a file that lies beside a claim after one was found stale
_POLL = 0.5
_BEATS = 6  # in that time

Say = t.Callable[[str], None]


@dataclass(frozen=True)
class _Seen:
    """A claim as it lies there; text names the owner, touched changes with each of its touches."""

    text: str
    touched: int


class Claim:
    """A claim of this process at a path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = json.dumps({**_here(), "pid": os.getpid(), "id": uuid.uuid4().hex})
        self.of_a_sleeper = False
        """True when it was taken from a process that may live and wake up again."""

    def make(self) -> bool:
        """False when there is one already, whose ever it is; the folder may be removed by another one's tidying."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except (FileExistsError, FileNotFoundError):
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(self._text)
        return True

    @property
    def holds(self) -> bool:
        """False when this process slept so long that another one took over."""
        seen = _look(self._path)
        return seen is not None and seen.text == self._text

    def touch(self) -> None:
        """Show that the owner lives."""
        with contextlib.suppress(OSError):
            os.utime(self._path)

    def drop(self) -> None:
        """Leave the path to the next one."""
        if self.holds:
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def claimed(path: Path, say: Say, stale_after: float = STALE_AFTER) -> t.Iterator[Claim]:
    """Hold the claim at that path for the length of a with block; waits for whoever holds it.

    say: is told once whom this process waits for, and when a stale claim is taken. Raises OSError.
    """
    claim = Claim(path)
    _take(path, claim, say, stale_after)
    over = threading.Event()
    beating = threading.Thread(target=_beat, args=(claim, over, stale_after / _BEATS), daemon=True)
    beating.start()
    try:
        yield claim
    finally:
        over.set()
        beating.join()
        claim.drop()


def _beat(claim: Claim, over: threading.Event, seconds: float) -> None:
    while not over.wait(seconds) and claim.holds:
        claim.touch()


def _take(path: Path, claim: Claim, say: Say, stale_after: float) -> None:
    seen, since, told = _look(path), time.monotonic(), False
    while not claim.make():
        now = _look(path)
        if now != seen:
            seen, since = now, time.monotonic()
        elif now is not None and (_has_died(now) or time.monotonic() - since > stale_after):
            if _removed(path, now):
                claim.of_a_sleeper = not _has_died(now)
                say(f"{path.name}: left by {_owner(now)}, taken over")
            continue
        if not told and now is not None:
            say(f"{path.name}: waiting for {_owner(now)}")
            told = True
        time.sleep(_POLL)


def _removed(path: Path, stale: _Seen) -> bool:
    """Two may find one claim stale: under a lock each looks again, so the second never removes the first one's new."""
    with path.with_suffix(GUARD).open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if _look(path) != stale:
            return False
        path.unlink(missing_ok=True)
        return True


def _look(path: Path) -> _Seen | None:
    try:
        return _Seen(path.read_text(encoding="utf-8", errors="replace"), path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


def _here() -> dict[str, str]:
    """Where process numbers mean the same: containers may share a host name and count their processes anew."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return {"host": socket.gethostname(), "space": space}


def _has_died(seen: _Seen) -> bool:
    """True only for a process that would be seen from here and is gone."""
    owner = _read(seen)
    if not owner or {key: owner.get(key) for key in _here()} != _here():
        return False
    try:
        os.kill(owner["pid"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _owner(seen: _Seen) -> str:
    owner = _read(seen)
    return f"process {owner['pid']} on {owner.get('host')}" if owner else "an unknown process"


def _read(seen: _Seen) -> dict[str, t.Any]:
    """What a claim says of its owner; nothing for one that is not such a text."""
    try:
        owner = json.loads(seen.text)
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) and isinstance(owner.get("pid"), int) and owner["pid"] > 0 else {}
