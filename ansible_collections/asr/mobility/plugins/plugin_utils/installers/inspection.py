# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a controller's archive once for all hosts of a playbook run; every host has a worker process of its own.

To hash an archive and look at every member costs about a second of a processor for 100 MiB, so a hundred workers that
each did it would keep a controller busy for minutes. The first one writes down what it found, in the folder that
Ansible makes for one run and its user alone and removes at the end; the others wait for it. What is remembered belongs
to one content of one file; a file that changes all the same is found out on the host, which checks the sha256.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import typing as t
from pathlib import Path

from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import ArchiveFacts, read_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import Compression
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import Member, MemberKind


def inspect_once(path: Path) -> ArchiveFacts:
    """The facts of read_members(path), which are read by one of the workers that ask at the same time.

    Raises what read_members raises; a refusal is not remembered, each host gets its own.
    """
    try:
        kept = Path(constants.DEFAULT_LOCAL_TMP) / f"asr-mobility-{_identity(path)}"
        with locked(kept.with_suffix(".lock")):
            return _remembered(kept) or _remember(kept, read_members(path))
    except OSError:  # a file that is not there, or no room in the folder: nothing is remembered
        return read_members(path)


def _identity(path: Path) -> str:
    """Another file under this name, or another content that was written to it, is another identity."""
    facts = path.stat()
    traits = (path.resolve(), facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    return hashlib.sha256(repr(traits).encode("utf-8", "surrogateescape")).hexdigest()


def _remembered(kept: Path) -> ArchiveFacts | None:
    if not kept.exists():
        return None
    data = json.loads(kept.read_text(encoding="utf-8"))
    members = tuple(Member(name, MemberKind(kind), target, size) for name, kind, target, size in data["members"])
    return ArchiveFacts(
        members, data["extracted_bytes"], Compression(data["compression"]), data["sha256"], data["size"]
    )


def _remember(kept: Path, facts: ArchiveFacts) -> ArchiveFacts:
    """Written complete or not at all: a worker may be ended at any moment."""
    data = {
        "members": [(one.name, one.kind.value, one.link_target, one.size) for one in facts.members],
        "extracted_bytes": facts.extracted_bytes,
        "compression": facts.compression.value,
        "sha256": facts.sha256,
        "size": facts.size,
    }
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(data), encoding="utf-8")
    os.replace(part, kept)
    return facts


@contextlib.contextmanager
def locked(path: Path) -> t.Iterator[None]:
    """One worker at a time; the lock ends with its process."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
