# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a claim or an upload belongs to: one process of one controller, told apart from any later one.

A leftover may be removed only when its owner is surely gone, and only the owner's own controller can know that.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Controller:
    """One process: host (name and a short hash of machine, boot and process namespace), pid, start time in ticks.

    start is "-" where the system does not tell it (no /proc): a process id alone then decides.
    """

    host: str
    pid: int
    start: str

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.start}"

    def is_gone(self, here: Controller) -> bool | None:
        """True or False for a process of the controller we run on; None for any other controller: nobody can tell."""
        if self.host != here.host:
            return None
        if not _exists(self.pid):
            return True
        return self.start != "-" and _start_time(self.pid) not in (self.start, "-")


def this_process() -> Controller:
    """The identity of the process that runs this task (with Ansible: one worker, which lives as long as the task)."""
    return Controller(host=_host(), pid=os.getpid(), start=_start_time(os.getpid()))


def parse_controller(text: str) -> Controller | None:
    """The identity from its text form ("host pid start"); None for anything else."""
    found = re.match(r"([A-Za-z0-9._:-]+) ([0-9]{1,10}) ([0-9]+|-)\s*\Z", text)
    return Controller(found[1], int(found[2]), found[3]) if found else None


def _host() -> str:
    """Name plus hash: two machines or containers of one name are different controllers, a restarted one as well."""
    traits = [_text(Path("/etc/machine-id")), _text(_PROC / "sys/kernel/random/boot_id"), _link(_PROC / "self/ns/pid")]
    digest = hashlib.sha256("\n".join(traits).encode()).hexdigest()[:12]
    name = re.sub(r"[^A-Za-z0-9._-]", "-", platform.node()) or "unknown"
    return f"{name}:{digest}"


def _exists(pid: int) -> bool:
    if _PROC.joinpath("self").exists():
        return _state(pid) not in ("", "Z", "X", "x")  # a killed process stays in the table until it is waited for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _state(pid: int) -> str:
    """Field 3 of /proc/PID/stat, empty for a process that is not there."""
    return _text(_PROC / str(pid) / "stat").rpartition(") ")[2][:1]


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets, so count after its last one."""
    fields = _text(_PROC / str(pid) / "stat").rpartition(") ")[2].split()
    return fields[19] if len(fields) > 19 else "-"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
