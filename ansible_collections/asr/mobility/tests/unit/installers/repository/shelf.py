# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server with installers, and a directory to be filled from it."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import Link
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.mirror import Mirror, Outcome, Wish
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.origins import web_origins
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.transfer import Retries
from lab.web import Mistake, WebServer
from unit.installers.material import make_tar

WEB = Web(timeout=5)
RETRIES = Retries(attempts=3, pause=0.01)


def name(tag: str, version: str = "9.66.7567.1", end: str = "release") -> str:
    """A published name."""
    ending = "exe" if tag == "Windows" else "tar.gz"
    return f"Microsoft-ASR_UA_{version}_{tag}_GA_20Sep2025_{end}.{ending}"


RHEL, DEBIAN, WINDOWS = name("RHEL8-64"), name("DEBIAN12-64"), name("Windows")


def packed(size: int = 3_000_000) -> bytes:
    """An installer of about that many bytes: real gzip, a real tar, the members that one must have."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    return deflate.compress(make_tar(("payload", os.urandom(size)))) + deflate.flush()


def program() -> bytes:
    """The headers of a Windows program with one section, what it carries behind that, and room for a signature."""
    section, carried, signature = 1000, 3000, 500
    directories = [(0, 0)] * 4 + [(512 + section + carried, signature)]
    optional = struct.pack("<H106xI", 0x20B, len(directories)) + b"".join(
        struct.pack("<II", *one) for one in directories
    )
    header = struct.pack("<4sHH12xHH", b"PE\0\0", 0x8664, 1, len(optional), 0x22)
    table = struct.pack("<8s8xII16x", b".text", section, 512)
    headers = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + header + optional + table
    return headers.ljust(512, b"\0") + os.urandom(section + carried + signature)


def sha256(content: bytes) -> str:
    """In lower case hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass
class Shelf:
    """What a test works with: server, the folder it serves, the directory to fill, and what the runs said."""

    server: WebServer
    served: Path
    directory: Path
    said: list[str] = field(default_factory=list)

    def put(self, *names: str, content: bytes | None = None) -> None:
        """Put installers on the server."""
        for one in names:
            body = content or (program() if one.endswith(".exe") else packed())
            (self.served / one).write_bytes(body)

    def links(self) -> list[Link]:
        """The addresses of everything that is served."""
        names = sorted(path.name for path in self.served.iterdir())
        return [Link(f"{self.server.url}{one}", parse_name(one)) for one in names]

    def wish(self, **options: object) -> Wish:
        """Everything that is served, unless options say otherwise."""
        return Wish(web_origins(self.links(), WEB, RETRIES, insecure=False), **options)  # type: ignore[arg-type]

    def mirror(self, stale_after: float = 30.0, **options: object) -> Outcome:
        """One run of one controller."""
        return Mirror(self.directory, self.wish(**options), self.said.append, stale_after).refresh()

    def err(self, file_name: str, *mistakes: Mistake) -> None:
        """What is wrong with the next answers for a file."""
        self.server.mistakes[f"/{file_name}"] = list(mistakes)

    def asked(self) -> list[tuple[str, int]]:
        """File name and first byte of everything that was handed out."""
        return [(one.path[1:], one.start) for one in self.server.asked]

    def left(self) -> list[str]:
        """What lies in the directory, the folder for what is not proven included."""
        return sorted(str(path.relative_to(self.directory)) for path in self.directory.rglob("*"))

    def is_whole(self, *names: str) -> bool:
        """True when these files are the same as on the server."""
        return all((self.directory / one).read_bytes() == (self.served / one).read_bytes() for one in names)
