# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a repository is filled from: addresses of a list of links, or a folder copied off an appliance or server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import check_sha256, read_sums
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import CHUNK, SNIFF_BYTES
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import Link
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import SUMS_FILE
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import check_beginning
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.transfer import (
    Report,
    Retries,
    forget,
    transfer,
)


class Origin(t.Protocol):
    """One installer that can be had; location: its address or path, for people."""

    @property
    def name(self) -> InstallerName:
        """What its file name says."""

    @property
    def location(self) -> str:
        """Where it is."""

    def bring(self, part: Path, report: Report) -> None:
        """Put the whole file at the path `part`. Raises MobilityError, OSError."""

    def forget(self, part: Path) -> None:
        """Remove what bring() has put there."""


@dataclass(frozen=True)
class WebOrigin:
    """An installer on a web server."""

    link: Link
    web: Web = field(default_factory=Web)
    retries: Retries = field(default_factory=Retries)

    @property
    def name(self) -> InstallerName:
        """What the address says."""
        return self.link.name

    @property
    def location(self) -> str:
        """The address."""
        return self.link.url

    def bring(self, part: Path, report: Report) -> None:
        """Download what is not there yet."""
        transfer(self.link, part, self.web, self.retries, report)

    def forget(self, part: Path) -> None:
        """The part and what is known of it."""
        forget(part)


@dataclass(frozen=True)
class FolderOrigin:
    """An installer in a folder of the controller."""

    path: Path
    name: InstallerName
    sha256: str | None = None  # as a SHA256SUMS that lies in the folder says

    @property
    def location(self) -> str:
        """The path."""
        return str(self.path)

    def bring(self, part: Path, report: Report) -> None:
        """Copy it; a copy is not gone on with, because there is nothing to save."""
        digest, have = hashlib.sha256(), 0
        with contextlib.closing(self._opened()) as source:
            size, chunk = os.fstat(source.fileno()).st_size, self._read(source)
            check_beginning(chunk[:SNIFF_BYTES], self.name)
            with part.open("wb") as target:
                while chunk:
                    report(have, size)
                    target.write(chunk)
                    digest.update(chunk)
                    have += len(chunk)
                    chunk = self._read(source)
        self._check(digest.hexdigest(), part)

    def forget(self, part: Path) -> None:
        """The copy, and what is known of a download that it took the place of."""
        forget(part)

    def _opened(self) -> t.BinaryIO:
        with self._of_the_source():
            return self.path.open("rb")

    def _read(self, source: t.BinaryIO) -> bytes:
        with self._of_the_source():
            return source.read(CHUNK)

    def _check(self, sha256: str, part: Path) -> None:
        try:
            check_sha256(sha256, self.sha256, self.name.file_name)
        except MobilityError:
            forget(part)
            raise

    @contextlib.contextmanager
    def _of_the_source(self) -> t.Iterator[None]:
        """An OSError here is about this one file; writing the copy is about the directory that is filled."""
        try:
            yield
        except OSError as error:
            raise MobilityError(
                Reason.INSTALLER_NOT_FOUND,
                found=f"{self.path}: {error.strerror or error}",
                expected="a file that this user can read to its end",
                remedy="Correct its permissions, or copy it into the folder again.",
            ) from error


def web_origins(links: t.Iterable[Link], web: Web, retries: Retries, *, insecure: bool) -> list[Origin]:
    """The links, all of them with https unless insecure; otherwise an invalid_argument MobilityError."""
    found = list(links)
    plain = [link.url for link in found if not link.url.lower().startswith("https:")]
    if plain and not insecure:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"an address without https: {plain[0]}",
            expected="https addresses, because these programs will run as root",
            remedy="Use https, or allow http and give the checksums.",
        )
    return [WebOrigin(link, web, retries) for link in found]


def folder_origins(folder: Path) -> list[Origin]:
    """The installers of a folder, whatever their spelling; sub-folders are not looked into.

    A SHA256SUMS among them tells what they must be. Raises installer_not_found for a folder without one,
    installer_ambiguous for two files of one installer, invalid_argument for a SHA256SUMS that is none.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError as error:
        raise _no_folder(folder, error.strerror or str(error)) from error
    sums = _sums(folder / SUMS_FILE) if SUMS_FILE in names else {}
    found: dict[str, FolderOrigin] = {}
    for name in filter(None, map(read_name, names)):
        first = found.setdefault(name.published, FolderOrigin(folder / name.file_name, name, sums.get(name.file_name)))
        if first.name != name:
            raise _ambiguous(first.name, name)
    if not found:
        raise _no_folder(folder, "no installer among its files")
    return list(found.values())


def _sums(path: Path) -> dict[str, str]:
    try:
        return read_sums(path.read_text(encoding="utf-8", errors="replace"), str(path))
    except OSError as error:
        raise _no_folder(path, error.strerror or str(error)) from error


def _no_folder(folder: Path, found: str) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"{folder}: {found}",
        expected="a folder with installers, such as the Agents folder of an appliance",
        remedy="Check the path and its permissions.",
    )


def _ambiguous(one: InstallerName, other: InstallerName) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_AMBIGUOUS,
        found=f"{one.file_name} and {other.file_name}",
        expected="one file for each installer",
        remedy="Remove one of them.",
    )
