"""Kernel lists for hosts that run this machine's kernel, which no published list knows.

Every host of the lab is a container. The directory is in the published layout and named to the collection as a user
would name one (``asr_mobility_kernel_lists``), so nothing of the check itself is switched off.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import SUFFIX, load_kernel_lists
from lab.places import cache

VARIABLE = "asr_mobility_kernel_lists"
OLDEST = "9.60.7000.1"
"""Below every installer of the lab; above it stand the versions whose shipped lists must give way."""


@functools.cache
def kernel_lists() -> Path:
    """Write lists with the running kernel alone for every tag, once a process, and return the directory."""
    running, shipped = os.uname().release, load_kernel_lists()
    folder = cache() / "kernel-lists" / running
    for version in (OLDEST, *sorted({str(entry.version) for lists in shipped.by_tag.values() for entry in lists})):
        (folder / version).mkdir(parents=True, exist_ok=True)
        for tag in {*shipped.by_tag, *shipped.rules}:
            _write(folder / version / f"{tag}{SUFFIX}", f"{running}\n")
    return folder


def _write(path: Path, text: str) -> None:
    """Through a rename: several test processes may do it at the same time."""
    if not path.is_file():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
