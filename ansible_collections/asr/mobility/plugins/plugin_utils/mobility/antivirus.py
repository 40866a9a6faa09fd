# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoint protection on a host with the Mobility service: what it must leave alone, and whether one is seen there.

Folders and names of processes, with their sources, are data (data/antivirus.yml). A name is a hint, never a proof.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

_DATA: t.Mapping[str, t.Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "antivirus.yml").read_text(encoding="utf-8")
)
WINDOWS_FOLDERS: t.Sequence[str] = tuple(_DATA["exclude"]["windows"])
LINUX_FOLDERS: t.Sequence[str] = tuple(_DATA["exclude"]["linux"])
PROCESSES: t.Mapping[str, str] = _DATA["processes"]
_DEFAULT_DIRECTORY = LINUX_FOLDERS[0]


def linux_folders(install_dir: str | None = None) -> tuple[str, ...]:
    """The folders of an agent in that directory."""
    return (install_dir or _DEFAULT_DIRECTORY, *LINUX_FOLDERS[1:])


def products(processes: t.Iterable[str]) -> tuple[str, ...]:
    """The endpoint protection products whose processes are among these names, each once and in order."""
    return tuple(sorted({PROCESSES[name] for name in processes if name in PROCESSES}))


def reminder(processes: t.Iterable[str], install_dir: str | None = None) -> str | None:
    """The sentence for the person who installed the agent; None when no product is seen on the host.

    processes: names of running processes as /proc/PID/comm shows them.
    """
    seen = products(processes)
    if not seen:
        return None
    names, folders = " and ".join(seen), ", ".join(linux_folders(install_dir))
    return f"{names} seems to run on this host: exclude {folders} from its scans, or replication may stall."
