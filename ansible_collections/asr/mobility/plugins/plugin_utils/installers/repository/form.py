# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Know an installer by its content: a page, a cut file or somebody else's archive never gets into a repository."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import read_members, sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import (
    SNIFF_BYTES,
    looks_like_html,
    sniff,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import check_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.program import program_end

_PROGRAM = b"MZ"


@dataclass(frozen=True)
class Content:
    """What was read of a whole file: sha256 in lower case hex, size in bytes."""

    sha256: str
    size: int


def check_beginning(first_bytes: bytes, name: InstallerName) -> None:
    """Nothing to return: raises installer_corrupt when the first bytes are not those of such an installer."""
    if looks_like_html(first_bytes):
        raise _not_an_installer(name, "an HTML page (an error or login page?)")
    if name.extension != "exe":
        sniff(first_bytes, name.file_name)
    elif not first_bytes.startswith(_PROGRAM):
        raise _not_an_installer(name, "no Windows program")


def examine(path: Path, name: InstallerName) -> Content:
    """Read a file from end to end. Raises installer_corrupt, installer_unsafe, or installer_not_found (unreadable)."""
    if name.extension == "exe":
        return _examine_program(path, name)
    facts = read_members(path)
    check_members(facts.members)
    return Content(facts.sha256, facts.size)


def _examine_program(path: Path, name: InstallerName) -> Content:
    """A program carries no sum of itself that is easy to check; how far it goes is what its headers tell."""
    content = Content(sha256_of(path), path.stat().st_size)
    with path.open("rb") as file:
        check_beginning(file.read(SNIFF_BYTES), name)
        end = program_end(file)
    if end is None or end > content.size:
        raise _not_an_installer(name, "no whole Windows program")
    return content


def _not_an_installer(name: InstallerName, what: str) -> MobilityError:
    form: t.Mapping[bool, str] = {True: "a Windows program", False: "a tar archive compressed with gzip, xz or lzma"}
    return MobilityError(
        Reason.INSTALLER_CORRUPT,
        found=f"{name.file_name} is {what}",
        expected=form[name.extension == "exe"],
        remedy="Download or copy the installer again.",
    )
