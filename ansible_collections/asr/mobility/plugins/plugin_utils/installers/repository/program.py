# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read from the headers of a Windows program how far its file must go, as Microsoft's "PE Format" describes them.

The signature stands behind everything else, also behind what a self-extracting program carries, so a signed program
that was cut anywhere is found out. One without a signature is only known as far as its last section.
"""

from __future__ import annotations

import struct
import typing as t

_POINTER = (0x3C, "<I")  # where the header stands
_HEADER = struct.Struct("<4sHH12xHH")  # signature, machine, number of sections, size of the optional header, traits
_SIGNATURE = b"PE\0\0"
_DIRECTORIES = {0x10B: 96, 0x20B: 112}  # by the magic number (32 and 64 bits): where they begin in the optional header
_CERTIFICATES = 4  # which directory; it alone tells an offset in the file
_DIRECTORY = struct.Struct("<II")  # offset, size
_SECTION = struct.Struct("<16xII16x")  # size and offset in the file


def program_end(file: t.BinaryIO) -> int | None:
    """How many bytes the file must have; None when its headers are not whole or are no program's."""
    try:
        return _end(file)
    except struct.error:
        return None


def _end(file: t.BinaryIO) -> int | None:
    """Raises struct.error where the file ends within a header."""
    (start,) = struct.unpack(_POINTER[1], _bytes(file, _POINTER[0], 4))
    signature, _machine, sections, optional_size, _traits = _HEADER.unpack(_bytes(file, start, _HEADER.size))
    optional = _bytes(file, start + _HEADER.size, optional_size)
    (magic,) = struct.unpack_from("<H", optional)
    if signature != _SIGNATURE or magic not in _DIRECTORIES:
        return None
    table = _bytes(file, start + _HEADER.size + optional_size, sections * _SECTION.size)
    ends = [int(offset + size) for size, offset in _SECTION.iter_unpack(table)]
    return max(file.tell(), *ends, _end_of_certificates(optional, _DIRECTORIES[magic]))


def _end_of_certificates(optional: bytes, directories: int) -> int:
    (count,) = struct.unpack_from("<I", optional, directories - 4)
    if count <= _CERTIFICATES:
        return 0
    offset, size = _DIRECTORY.unpack_from(optional, directories + _CERTIFICATES * _DIRECTORY.size)
    return int(offset + size)


def _bytes(file: t.BinaryIO, offset: int, size: int) -> bytes:
    """Exactly these bytes; struct.error when the file ends before."""
    file.seek(offset)
    data = file.read(size)
    if len(data) != size:
        raise struct.error(f"{len(data)} of {size} bytes")
    return data
