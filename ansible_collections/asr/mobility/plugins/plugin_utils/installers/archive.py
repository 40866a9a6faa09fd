# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an installer archive on the controller, member by member, without unpacking it or holding it in memory."""

from __future__ import annotations

import hashlib
import io
import lzma
import tarfile
import typing as t
import zlib
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import (
    CHUNK,
    SNIFF_BYTES,
    Compression,
    corrupt,
    open_stream,
    sniff,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.listing import complaints, parse_listing
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import (
    MOST_MEMBERS,
    Member,
    MemberKind,
    check_members,
    check_safety,
    extracted_bytes,
    unsafe,
)

__all__ = [
    "ArchiveFacts",
    "Compression",
    "Member",
    "MemberKind",
    "check_members",
    "check_safety",
    "complaints",
    "extracted_bytes",
    "parse_listing",
    "read_members",
    "sha256_of",
    "sniff",
]

_LONGEST_HEADER = CHUNK  # names and pax records; a made-up one may claim gigabytes
# Whatever a damaged file makes the decompressors and tarfile raise; RecursionError: a chain of long-name headers.
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)
_KINDS: tuple[tuple[t.Callable[[tarfile.TarInfo], bool], MemberKind], ...] = (
    (tarfile.TarInfo.isreg, MemberKind.FILE),
    (tarfile.TarInfo.isdir, MemberKind.DIRECTORY),
    (tarfile.TarInfo.issym, MemberKind.SYMLINK),
    (tarfile.TarInfo.islnk, MemberKind.HARDLINK),
    (tarfile.TarInfo.isfifo, MemberKind.FIFO),
    (tarfile.TarInfo.isdev, MemberKind.DEVICE),
)


@dataclass(frozen=True)
class ArchiveFacts:
    """What one pass over an archive tells; sizes in bytes, sha256 in lower case hex."""

    members: tuple[Member, ...]
    extracted_bytes: int
    compression: Compression
    sha256: str
    size: int


def read_members(path: Path) -> ArchiveFacts:
    """The facts of a controller file, read once from end to end; the members are not judged here (check_members).

    Raises installer_not_found for a file that cannot be opened, installer_corrupt for a damaged one.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        return _read(file, path.name)


def sha256_of(path: Path) -> str:
    """The sha256 of a controller file in lower case hex, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return digest.hexdigest()


def _read(file: io.RawIOBase | io.FileIO, file_name: str) -> ArchiveFacts:
    hashed = Hashed(file)
    source = io.BufferedReader(hashed, CHUNK)
    try:
        compression = sniff(source.peek(SNIFF_BYTES)[:SNIFF_BYTES], file_name)
        members = tuple(_members(open_stream(source, compression)))
    except _DAMAGE as error:
        raise corrupt(f"{file_name} is damaged or not complete ({error})", "Download or copy it again.") from error
    return ArchiveFacts(members, extracted_bytes(members), compression, hashed.digest.hexdigest(), hashed.size)


def _members(stream: io.BufferedIOBase) -> t.Iterator[Member]:
    forward = _Forward(stream)
    with tarfile.TarFile(fileobj=forward, mode="r", tarinfo=_StrictTarInfo) as archive:
        for index, info in enumerate(archive):
            if index >= MOST_MEMBERS:
                raise unsafe(f"more than {MOST_MEMBERS} members")
            yield _member(info)
    forward.expect_only_zeros()


def _member(info: tarfile.TarInfo) -> Member:
    kind = next((kind for is_kind, kind in _KINDS if is_kind(info)), MemberKind.OTHER)
    target = info.linkname if kind in (MemberKind.SYMLINK, MemberKind.HARDLINK) else None
    return Member(info.name, kind, target, info.size)


def _unreadable(path: Path, error: OSError) -> MobilityError:
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"{path}: {error.strerror or error}",
        expected="a file on the controller that can be read",
        remedy="Check the path and its permissions.",
    )


_HEADER_ERROR = tarfile.HeaderError
_READ_ERROR = tarfile.ReadError


class _StrictTarInfo(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the archive; tar on the target would go on behind it."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> _StrictTarInfo:
        """The next header; the parameter has the name that the base class gives it."""
        try:
            return super().fromtarfile(tarfile)
        except _HEADER_ERROR as error:
            if type(error).__name__ in ("EOFHeaderError", "EmptyHeaderError"):
                raise  # the end, in its two regular forms
            raise _READ_ERROR(str(error)) from error


class Hashed(io.RawIOBase):
    """A file that hashes and counts what is read from it."""

    def __init__(self, file: io.RawIOBase | io.FileIO) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(buffer) or 0
        self.digest.update(memoryview(buffer)[:count])
        self.size += count
        return count


class _Forward(io.RawIOBase):
    """What tarfile needs of a file, for a stream that only goes forward, with a bound on what it takes into memory."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        data = self._stream.read(size)
        self._position += len(data)
        return data

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or position < self._position:
            raise tarfile.ReadError("a member with an impossible size")
        while self._position < position and self.read(min(CHUNK, position - self._position)):
            pass
        return self._position

    def expect_only_zeros(self) -> None:
        """Behind its end an archive is padded with zeros; some tar programs would go on reading anything else."""
        while chunk := self.read(CHUNK):
            if chunk.strip(b"\0"):
                raise tarfile.ReadError("data behind the end of the archive")
