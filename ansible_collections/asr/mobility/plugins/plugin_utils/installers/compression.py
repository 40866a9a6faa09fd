# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell the compression of an installer from its first bytes, and stream it: the suffix .tar.gz is not true for all.

Microsoft's 9.50 build packs the Ubuntu files (and any tag its makefile does not list) with tar's --lzma option under
the name .tar.gz (Azure/AzMigrate-Hydration, observed): the content is XZ or LZMA-alone, depending on the tar used.
"""

from __future__ import annotations

import enum
import gzip
import io
import lzma

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

SNIFF_BYTES = 512
CHUNK = 1024 * 1024
_LZMA_MEMORY = 512 * 1024 * 1024  # xz -9 needs 65 MiB; a made-up header may ask for 4 GiB
_USTAR = (257, b"ustar")


class Compression(str, enum.Enum):
    """The compressions an installer may come in."""

    GZIP = "gzip"
    XZ = "xz"
    LZMA = "lzma"  # LZMA-alone, the format before XZ


_MAGIC = (
    (b"\x1f\x8b\x08", Compression.GZIP),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"\x5d\x00\x00", Compression.LZMA),
)
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"\x7fELF", "a Linux program"),
    (b"MZ", "a Windows program"),
)
_WHITE = "\t\n\r\f"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<!--")


def sniff(first_bytes: bytes, file_name: str = "the installer") -> Compression:
    """The compression that the first 512 bytes show; anything else is an installer_corrupt MobilityError naming it."""
    for magic, compression in _MAGIC:
        if first_bytes.startswith(magic):
            return compression
    raise corrupt(f"{file_name} is {_what_it_is(first_bytes)}", "Download or copy the installer again.")


def looks_like_html(first_bytes: bytes) -> bool:
    """True for a web page, which servers and proxies send in place of a file (login, error, block page)."""
    return first_bytes.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_HTML)


def corrupt(found: str, remedy: str) -> MobilityError:
    """The error for a file that is no whole compressed archive."""
    return MobilityError(
        Reason.INSTALLER_CORRUPT, found=found, expected="a tar archive compressed with gzip, xz or lzma", remedy=remedy
    )


def _what_it_is(first_bytes: bytes) -> str:
    if not first_bytes:
        return "empty"
    if looks_like_html(first_bytes):
        return "an HTML page, probably the error or login page of a web server or proxy"
    for magic, name in _FOREIGN:
        if first_bytes.startswith(magic):
            return name
    if first_bytes[_USTAR[0] :].startswith(_USTAR[1]):
        return "a tar archive without compression"
    return "plain text" if _is_text(first_bytes) else "of no known format"


def _is_text(first_bytes: bytes) -> bool:
    """Judged without the last bytes, where a character of several bytes may be cut."""
    try:
        text = first_bytes[: max(1, len(first_bytes) - 3)].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in _WHITE for character in text)


def open_stream(source: io.BufferedIOBase, compression: Compression) -> io.BufferedIOBase:
    """The decompressed bytes of a file, to be read forward once.

    Reading raises EOFError for a truncated file, OSError or lzma.LZMAError for a damaged one or one with foreign data
    behind its end: the target's tools refuse those too.
    """
    if compression is Compression.GZIP:
        return gzip.GzipFile(fileobj=source, mode="rb")
    return io.BufferedReader(_LzmaStream(source, compression), CHUNK)


class _LzmaStream(io.RawIOBase):
    """XZ (also several streams in a row) and LZMA-alone; lzma.LZMAFile would ignore garbage behind the end."""

    def __init__(self, source: io.BufferedIOBase, compression: Compression) -> None:
        super().__init__()
        self._source = source
        self._format = lzma.FORMAT_XZ if compression is Compression.XZ else lzma.FORMAT_ALONE
        self._decoder = self._new_decoder()
        self._pending = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._some(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _new_decoder(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=self._format, memlimit=_LZMA_MEMORY)

    def _some(self, limit: int) -> bytes:
        """At least one byte, or none at the end."""
        data = b""
        while not data and not self._ended:
            if self._decoder.eof is True:
                self._begin_next_stream()
            else:
                data = self._decoder.decompress(self._input(), limit)
        return data

    def _input(self) -> bytes:
        if not self._decoder.needs_input:
            return b""
        data, self._pending = self._pending or self._source.read(CHUNK), b""
        if not data:
            raise EOFError("the compressed data ends too early")
        return data

    def _begin_next_stream(self) -> None:
        """Zeros may stand between and behind XZ streams (padding); anything else must be a stream again."""
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest:
            more = self._source.read(CHUNK)
            if not more:
                self._ended = True
                return
            rest = more.lstrip(b"\0")
        if self._format == lzma.FORMAT_ALONE:
            raise lzma.LZMAError("data behind the end of the compressed data")
        self._decoder, self._pending = self._new_decoder(), rest
