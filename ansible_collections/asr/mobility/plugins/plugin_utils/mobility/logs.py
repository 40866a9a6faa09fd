# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A support bundle: what to gather from a host, how it comes, and the archive without secrets that is kept of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import time
import typing as t
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import RECORD_PATH
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.redaction import redact
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

PASSPHRASE_PATH = "/usr/local/InMage/private/connection.passphrase"
MIB = 1024 * 1024
_HERE = Path(__file__).parent
_FILES: t.Sequence[str] = tuple(yaml.safe_load((_HERE / "data" / "logs.yml").read_text(encoding="utf-8"))["files"])
_COMMAND = "command:"
_MEMBER = re.compile(r"member=(?P<taken>\d{1,12})\|(?P<there>\d{1,12})\|(?P<name>.+)")
_SKIPPED = re.compile(r"skipped=(?P<reason>[a-z]+)\|(?P<name>.+)")
_COMPRESSED = re.compile(r"compressed=(?P<how>gzip|none)")
_SAFE_NAME = re.compile(r"[A-Za-z0-9._/+@:=,-]+")
SKIPPED = {
    "private": "it leads to secrets or out of the places that are gathered",
    "unreadable": "it could not be read",
    "full": "the bundle was full",
    "name": "its name is odd",
}


@dataclass(frozen=True)
class Limits:
    """Bytes of one file and of all together."""

    file: int
    total: int


@dataclass(frozen=True)
class Piece:
    """One member as it came: its name on the host, the bytes that came, and the bytes that there are."""

    name: str
    taken: int
    there: int

    @property
    def truncated(self) -> bool:
        """Whether only its end came."""
        return self.taken < self.there

    @property
    def member(self) -> str:
        """Its name in the archive."""
        if self.name.startswith(_COMMAND):
            return f"commands/{self.name[len(_COMMAND) :]}.txt"
        return f"files{self.name}"


@dataclass(frozen=True)
class Gathered:
    """What the script said: the pieces in the order of the bundle, what was left out and why, and how it is packed."""

    pieces: t.Sequence[Piece] = ()
    skipped: t.Mapping[str, str] = field(default_factory=dict)
    compressed: bool = False


@dataclass(frozen=True)
class Kept:
    """One member of the archive that is kept. sha256 and size are those of the content without its secrets."""

    name: str
    source: str
    size: int
    size_on_host: int
    truncated: bool
    masked: int
    sha256: str


def gather_script(directory: str, staging: str, limits: Limits, *, only_list: bool) -> Script:
    """The script that gathers; with only_list it prints what there is and writes nothing."""
    variables = {
        "ASR_DIRECTORY": directory,
        "ASR_STAGING": staging,
        "ASR_RECORD": RECORD_PATH,
        "ASR_PASSPHRASE": PASSPHRASE_PATH,
        "ASR_FILES": "\n".join(_FILES),
        "ASR_FILE_LIMIT": str(limits.file),
        "ASR_LIMIT": str(limits.total),
        "ASR_LIST": "1" if only_list else "0",
    }
    text = sent_text(_HERE / "scripts" / "logs_gather.sh")
    return Script("logs_gather", text, variables, read_only=only_list)


def parse_gathered(output: str) -> Gathered:
    """The script's lines; what is no such line is dropped."""
    pieces: list[Piece] = []
    skipped, compressed = {}, False
    for line in output.splitlines():
        if found := _MEMBER.fullmatch(line):
            if _is_safe(found["name"]):
                pieces.append(Piece(found["name"], int(found["taken"]), int(found["there"])))
            else:
                raise _damaged(f"the name {found['name'][:80]!r} in it")
        elif found := _SKIPPED.fullmatch(line):
            skipped[found["name"]] = SKIPPED.get(found["reason"], found["reason"])
        elif found := _COMPRESSED.fullmatch(line):
            compressed = found["how"] == "gzip"
    return Gathered(tuple(pieces), skipped, compressed)


def unpack(raw: Path, gathered: Gathered, limits: Limits) -> t.Iterator[tuple[Piece, bytes]]:
    """Each piece with its content; raises transfer_failed when the file is not what the script described."""
    if sum(piece.taken for piece in gathered.pieces) > 2 * limits.total + MIB:
        raise _damaged("more than the limit in it")
    try:
        with gzip.open(raw) if gathered.compressed else raw.open("rb") as stream:
            for piece in gathered.pieces:
                content = stream.read(piece.taken)
                if len(content) != piece.taken:
                    raise _damaged(f"only {len(content)} of {piece.taken} bytes of {piece.name} in it")
                yield piece, content
            if stream.read(1):
                raise _damaged("more bytes in it than were announced")
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(str(error)) from error


def write_archive(
    stream: t.IO[bytes], contents: t.Iterable[tuple[Piece, bytes]], facts: t.Mapping[str, t.Any]
) -> list[Kept]:
    """The archive with manifest.json as its last member; every content without its secrets."""
    kept: list[Kept] = []
    with tarfile.open(fileobj=stream, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for piece, content in contents:
            clean = redact(content)
            _add(archive, piece.member, clean.content)
            digest = hashlib.sha256(clean.content).hexdigest()
            kept.append(
                Kept(piece.member, piece.name, len(clean.content), piece.there, piece.truncated, clean.count, digest)
            )
        manifest = {**facts, "files": [asdict(one) for one in kept]}
        _add(archive, "manifest.json", json.dumps(manifest, indent=2, sort_keys=True).encode())
    return kept


def bundle_name(host: str, seconds: float) -> str:
    """`<host>-<UTC time>.tar.gz`; whatever an inventory calls its hosts, it stays one name in one directory."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", host).lstrip(".") or "host"
    return f"{plain[:100]}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(seconds))}.tar.gz"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(content))


def _is_safe(name: str) -> bool:
    if name.startswith(_COMMAND):
        return re.fullmatch(r"[a-z_]+", name[len(_COMMAND) :]) is not None
    return name.startswith("/") and _SAFE_NAME.fullmatch(name) is not None and ".." not in name.split("/")


def _damaged(found: str) -> MobilityError:
    return MobilityError(
        Reason.TRANSFER_FAILED,
        found=f"a gathered file with {found}",
        expected="what was announced",
        remedy="Run the task again.",
    )
