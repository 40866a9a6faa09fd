# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a Windows program goes, and servers that do not tell how long theirs is."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import DownloadError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import Link
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.program import program_end
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.transfer import transfer
from unit.installers.material import Answer, WebServer
from unit.installers.repository.shelf import RETRIES, RHEL, WEB, WINDOWS, packed, program


def image(magic: int, filler: int, directories: list[tuple[int, int]]) -> bytes:
    """The headers of a program with one section, at 1000 and 200 bytes long."""
    optional = struct.pack(f"<H{filler}xI", magic, len(directories)) + b"".join(
        struct.pack("<II", *one) for one in directories
    )
    header = struct.pack("<4sHH12xHH", b"PE\0\0", 0x14C, 1, len(optional), 0)
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + header + optional + struct.pack("<16xII16x", 200, 1000)


@pytest.mark.parametrize(("magic", "filler"), [(0x10B, 90), (0x20B, 106)], ids=["32 bits", "64 bits"])
@pytest.mark.parametrize(
    ("directories", "end"),
    [
        ([], 1200),
        ([(9999, 9999)] * 4, 1200),
        ([(0, 0)] * 5, 1200),
        ([(0, 0)] * 4 + [(5000, 100)], 5100),
    ],
)
def test_the_end_is_that_of_the_last_section_or_of_the_signature(
    magic: int, filler: int, directories: list[tuple[int, int]], end: int
) -> None:
    assert program_end(io.BytesIO(image(magic, filler, directories))) == end


@pytest.mark.parametrize("content", [b"", b"MZ", image(0x10B, 90, [])[:-1], image(0x107, 90, []), bytes(5000)])
def test_what_has_no_whole_headers_has_no_end(content: bytes) -> None:
    assert program_end(io.BytesIO(content)) is None


def test_the_programs_of_these_tests_end_where_they_should() -> None:
    assert program_end(io.BytesIO(program())) == len(program())


def test_a_program_without_a_length_is_refused_and_an_archive_is_not(web_server: WebServer, tmp_path: Path) -> None:
    """The server closes the connection to say that this was all, as a broken line would."""
    for one, content in ((WINDOWS, program()), (RHEL, packed(1000))):
        web_server.answers[f"/{one}"] = Answer(body=content, chunked=True)
    with pytest.raises(DownloadError, match="not how long it is"):
        _transfer(web_server, WINDOWS, tmp_path)
    assert _transfer(web_server, RHEL, tmp_path).read_bytes() == web_server.answers[f"/{RHEL}"].body


def _transfer(server: WebServer, name: str, folder: Path) -> Path:
    part = folder / f"{name}.part"
    transfer(Link(f"{server.url}/{name}", parse_name(name)), part, WEB, RETRIES, lambda _have, _total: None)
    return part
