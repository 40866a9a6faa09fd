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
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import (
    InstallerName,
    parse_name,
    read_name,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import Content, examine

SUMS_FILE = "SHA256SUMS"
_Identity = tuple[str, int, int]  # file name, size, time of the last change


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
        """File names that are one and the same installer, whole or not: no host could choose between them."""
        names: dict[str, list[str]] = {}
        for name in self._names:
            names.setdefault(name.published, []).append(name.file_name)
        return [group for group in names.values() if len(group) > 1]

    def place_of(self, name: InstallerName) -> InstallerName:
        """The name under which this installer lies there, whole or not; the published one when it does not.

        A file is repaired under its name: beside it, it would be a second one that no host can choose between.
        """
        published = parse_name(name.published)
        there = [one for one in self._names if one.published == name.published]
        return published if published in there or not there else there[0]

    @property
    def _names(self) -> list[InstallerName]:
        return list(filter(None, map(read_name, sorted({*self.held, *self.damaged}))))

    @property
    def proven_sums(self) -> dict[str, str]:
        """What the file of sums should say: the old lines, so that a damaged file stays known as such, and the held."""
        return {**self.sums, **{name: one.content.sha256 for name, one in self.held.items()}}


class Reader:
    """Reads a directory; what it has proven once is not read again as long as size and time of the file stay."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._proven: dict[tuple[_Identity, str | None], Held | str] = {}  # the sum it should have is part of the key
        self._own: dict[_Identity, Held] = {}

    def remember(self, held: Held) -> None:
        """A file that this process has just put there is proven, whatever an old line of the file of sums says."""
        if identity := self._identity(held.name.file_name):
            self._own[identity] = held

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
            elif found is not None:
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

    def _judged(self, name: InstallerName, expected: str | None) -> Held | str | None:
        """None for a file that somebody has removed since the directory was listed."""
        identity = self._identity(name.file_name)
        if identity is None or identity in self._own:
            return self._own[identity] if identity else None
        if (identity, expected) not in self._proven:
            self._proven[identity, expected] = self._look(name, expected)
        return self._proven[identity, expected]

    def _look(self, name: InstallerName, expected: str | None) -> Held | str:
        path = self._directory / name.file_name
        try:
            if expected is None:
                return Held(name, examine(path, name))
            found = sha256_of(path)
            size = path.stat().st_size
        except MobilityError as error:
            return error.found
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        if found != expected:
            return f"sha256 {found}, not {expected} as in {SUMS_FILE}"
        return Held(name, Content(found, size))

    def _identity(self, file_name: str) -> _Identity | None:
        """What a judgement is of; None for a file that is gone."""
        try:
            facts = (self._directory / file_name).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self._directory / file_name, error) from error
        return file_name, facts.st_size, facts.st_mtime_ns


def _unreadable(path: Path, error: OSError) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"{path}: {error.strerror or error}",
        expected="a directory for installers on the controller that can be read",
        remedy="Check the path and its permissions.",
    )
