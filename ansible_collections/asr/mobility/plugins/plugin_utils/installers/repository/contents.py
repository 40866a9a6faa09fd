# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a directory of installers holds, every file proven: by its sum where that is known, else by its content."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import read_sums
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import Content, examine

SUMS_FILE = "SHA256SUMS"


@dataclass(frozen=True)
class Held:
    """An installer that lies in the directory and is whole."""

    name: InstallerName
    content: Content


@dataclass(frozen=True)
class Contents:
    """held: by file name. damaged: file name -> what is wrong with it. sums: what the directory's own file of sums
    says, without files that are gone."""

    held: t.Mapping[str, Held] = field(default_factory=dict)
    damaged: t.Mapping[str, str] = field(default_factory=dict)
    sums: t.Mapping[str, str] = field(default_factory=dict)

    def of(self, name: InstallerName) -> Held | None:
        """The held file that is this installer, under whichever of its names."""
        return next((one for one in self.held.values() if one.name.published == name.published), None)

    @property
    def twins(self) -> list[list[str]]:
        """File names that are one and the same installer: no host could choose between them."""
        names: dict[str, list[str]] = {}
        for one in self.held.values():
            names.setdefault(one.name.published, []).append(one.name.file_name)
        return [sorted(group) for group in names.values() if len(group) > 1]

    @property
    def proven_sums(self) -> dict[str, str]:
        """What the file of sums should say: the old lines, so that a damaged file stays known as such, and the held."""
        return {**self.sums, **{name: one.content.sha256 for name, one in self.held.items()}}


class Reader:
    """Reads a directory; what it has proven once is not read again as long as size and time of the file stay."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._proven: dict[tuple[str, int, int], Held | str] = {}

    def remember(self, held: Held) -> None:
        """A file that this process has just put there is proven."""
        self._proven[self._identity(held.name.file_name)] = held

    def read(self) -> Contents:
        """The directory as it is now; one that is not there is empty.

        Raises invalid_argument for a file of sums that is none, installer_not_found for what cannot be read.
        """
        names = self._file_names()
        sums = {name: sum_ for name, sum_ in self._own_sums(names).items() if name in names}
        held: dict[str, Held] = {}
        damaged: dict[str, str] = {}
        for name in filter(None, map(read_name, sorted(names))):
            found = self._judged(name, sums.get(name.file_name))
            if isinstance(found, Held):
                held[name.file_name] = found
            else:
                damaged[name.file_name] = found
        return Contents(held, damaged, sums)

    def _file_names(self) -> set[str]:
        try:
            return {entry.name for entry in self._directory.iterdir() if entry.is_file()}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise _unreadable(self._directory, error) from error

    def _own_sums(self, names: t.Collection[str]) -> dict[str, str]:
        if SUMS_FILE not in names:
            return {}
        path = self._directory / SUMS_FILE
        try:
            return read_sums(path.read_text(encoding="utf-8", errors="replace"), str(path))
        except OSError as error:
            raise _unreadable(path, error) from error

    def _judged(self, name: InstallerName, expected: str | None) -> Held | str:
        identity = self._identity(name.file_name)
        if identity not in self._proven:
            self._proven[identity] = self._look(name, expected)
        return self._proven[identity]

    def _look(self, name: InstallerName, expected: str | None) -> Held | str:
        path = self._directory / name.file_name
        try:
            if expected is None:
                return Held(name, examine(path, name))
            found = sha256_of(path)
        except MobilityError as error:
            return error.found
        if found != expected:
            return f"sha256 {found}, not {expected} as in {SUMS_FILE}"
        return Held(name, Content(found, path.stat().st_size))

    def _identity(self, file_name: str) -> tuple[str, int, int]:
        facts = (self._directory / file_name).stat()
        return file_name, facts.st_size, facts.st_mtime_ns


def _unreadable(path: Path, error: OSError) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"{path}: {error.strerror or error}",
        expected="a directory for installers on the controller that can be read",
        remedy="Check the path and its permissions.",
    )
