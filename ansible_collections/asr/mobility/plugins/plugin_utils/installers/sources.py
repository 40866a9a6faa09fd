# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an installer comes from: a file or folder of the controller, of a web server, or of the target itself."""

from __future__ import annotations

import enum
import typing as t
import urllib.parse
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import (
    expected_sha256,
    require_checksum,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.choose import choose, version_not_found
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web, fetch_text
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.folder_page import names_on_page
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, parse_name, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import (
    check_remote_path,
    check_url,
    is_url,
    last_component,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec

_FILE_ENDINGS = (".tar.gz", ".tgz", ".exe", ".tar", ".xz", ".zip")
_LONGEST_SUMS = 1024 * 1024


class SourceKind(str, enum.Enum):
    """On which side of the connection the installer lies."""

    CONTROLLER = "controller"
    URL = "url"
    REMOTE = "remote"


@dataclass(frozen=True)
class Chosen:
    """The installer a source has for a host, and the path or address of exactly this file.

    exact: the caller named this one file, so its tag was not chosen and may be the wrong one.
    """

    name: InstallerName
    location: str
    exact: bool


class Source(t.Protocol):
    """One place with one or many installers."""

    @property
    def kind(self) -> SourceKind:
        """On which side the file lies."""

    @property
    def exact(self) -> bool:
        """True when one file is named, False for a folder to choose from."""

    def offer(self, tag: str, spec: VersionSpec | None) -> Chosen:
        """The file for that tag; raises what choose() raises, and what hinders looking."""


@dataclass(frozen=True)
class ControllerSource:
    """installer_path: a file or a folder on the controller."""

    path: Path
    kind: t.ClassVar[SourceKind] = SourceKind.CONTROLLER

    @property
    def exact(self) -> bool:
        """A file is one; what does not exist is told by offer()."""
        return self.path.is_file()

    def offer(self, tag: str, spec: VersionSpec | None) -> Chosen:
        """The file itself, or the best of the folder (links to files count, sub-folders do not)."""
        if self.exact:
            return _named(self.path.name, str(self.path), tag, spec)
        try:
            names = [entry.name for entry in self.path.iterdir() if entry.is_file()]
        except OSError as error:
            raise _not_there(str(self.path), error.strerror or str(error), "the controller") from error
        return _best(names, str(self.path), tag, spec)


@dataclass(frozen=True)
class UrlSource:
    """installer_url: a file or the page of a folder on a web server; always with a checksum."""

    url: str
    checksum: str | None
    web: Web = field(default_factory=Web)
    kind: t.ClassVar[SourceKind] = SourceKind.URL

    def __post_init__(self) -> None:
        check_url(self.url)
        require_checksum(self.checksum, self.url)

    @property
    def exact(self) -> bool:
        """An address that ends like a file names one."""
        return last_component(self.url).lower().endswith(_FILE_ENDINGS)

    def offer(self, tag: str, spec: VersionSpec | None) -> Chosen:
        """The file itself without asking the server, or the best of the folder's page."""
        if self.exact:
            return _named(last_component(self.url), self.url, tag, spec)
        folder = self.url.rstrip("/") + "/"
        best = _best(names_on_page(fetch_text(folder, self.web)), folder, tag, spec)
        return replace(best, location=folder + urllib.parse.quote(best.name.file_name))


@dataclass(frozen=True)
class RemoteSource:
    """installer_remote_path: a file or folder on the target.

    listing: the names that the probe saw there; place: what the path is there, "file", "directory" or "missing".
    """

    path: str
    listing: t.Sequence[str]
    place: str | None = None
    kind: t.ClassVar[SourceKind] = SourceKind.REMOTE

    def __post_init__(self) -> None:
        check_remote_path(self.path)

    @property
    def exact(self) -> bool:
        """As the probe says; without its word, a path that ends in an installer's name is a file."""
        if self.place is not None:
            return self.place == "file"
        return read_name(last_component(check_remote_path(self.path))) is not None

    def offer(self, tag: str, spec: VersionSpec | None) -> Chosen:
        """The file itself, or the best of the names that the probe saw."""
        path = check_remote_path(self.path)
        if self.exact:
            return _named(last_component(path), path, tag, spec)
        if self.place == "missing":
            raise _not_there(path, "no such file or directory", "the target")
        return _best(self.listing, path, tag, spec)


def installer_checksum(option: str | None, file_name: str, web: Web) -> str | None:
    """The sha256 that the option `checksum` gives for a file (see checksum.py), files of sums read from path or URL."""

    return expected_sha256(option, file_name, lambda place: sums_text(place, web))


def sums_text(place: str, web: Web) -> str:
    """The text of a file of sums, by its path or URL. Raises invalid_argument, download_failed."""
    return fetch_text(check_url(place), web) if is_url(place) else _read_sums(Path(place).expanduser())


def _read_sums(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST_SUMS)
    except (OSError, ValueError) as error:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"checksum {str(path)!r} is no SHA-256 and cannot be read as a file: {error}",
            expected="sha256:<64 hexadecimal digits>, or the path or URL of a file of sums",
            remedy="Correct the option checksum.",
        ) from error


def _named(file_name: str, location: str, tag: str, spec: VersionSpec | None) -> Chosen:
    """One named file. A wrong tag is left to the plan, which knows the host; a wrong version contradicts the task."""
    name = parse_name(file_name)
    if spec is not None and not spec.accepts(name.version):
        raise version_not_found(spec, name.tag, [name])
    return Chosen(name, location, exact=True)


def _best(names: t.Iterable[str], folder: str, tag: str, spec: VersionSpec | None) -> Chosen:
    name = choose(names, tag, spec)
    return Chosen(name, f"{folder.rstrip('/')}/{name.file_name}", exact=False)


def _not_there(path: str, found: str, where: str) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"{path}: {found}",
        expected=f"an installer file, or a folder with installers, on {where}",
        remedy="Check the path and its permissions.",
    )
