# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real archives, and what a web server says, for the tests of installer files."""

from __future__ import annotations

import gzip
import http.server
import io
import lzma
import tarfile
import typing as t
from dataclasses import dataclass, field

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import REQUIRED_MEMBERS

Entry = tuple[str, bytes] | tarfile.TarInfo


def special(name: str, kind: bytes, target: str = "", size: int = 0) -> tarfile.TarInfo:
    """A member that is no plain file, or one that lies about its size."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def make_tar(*entries: Entry, required: bool = True) -> bytes:
    """An uncompressed tar with what an installer must have, and the given entries behind it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for entry in (*((name, b"#!/bin/sh\n") for name in REQUIRED_MEMBERS if required), *entries):
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(b"x" * entry.size) if entry.isreg() else None)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size, info.mode = len(entry[1]), 0o755
                archive.addfile(info, io.BytesIO(entry[1]))
    return buffer.getvalue()


PACKERS: dict[str, t.Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lambda data: lzma.compress(data, lzma.FORMAT_XZ),
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


@dataclass
class Answer:
    """What the web server says for one path; length: a Content-Length that may be a lie."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    chunked: bool = False


@dataclass
class WebServer:
    """A server on loopback: set answers, read what was asked (path and headers)."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def handler_for(server: WebServer) -> type[http.server.BaseHTTPRequestHandler]:
    """The handler that gives the server's answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.headers.append(dict(self.headers))
            answer = server.answers.get(self.path, Answer(404, b"<html>nothing here</html>", "text/html"))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.chunked:
                self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the tests look at what was asked."""

    return Handler
