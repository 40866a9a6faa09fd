# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack a controller's archive again with gzip, for hosts that have no tool for what it is packed with.

Microsoft packs the Ubuntu files with xz or lzma (Azure/AzMigrate-Hydration, observed), and a small or old system need
not have a tool for either. It stays the same tar, in another compression. Like the look at an archive it is done once
for all hosts of a playbook run, and what came of it goes with that run.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import shutil
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import Hashed, sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import (
    CHUNK,
    Compression,
    corrupt,
    open_stream,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.inspection import locked

_LEVEL = 1  # a second for 100 MiB instead of ten, for a few percent more to copy


@dataclass(frozen=True)
class Repacked:
    """The new file, its sha256 in lower case hex and its size in bytes."""

    path: str
    sha256: str
    size: int


def repack_once(path: Path, compression: Compression, sha256: str) -> Repacked:
    """The archive in gzip, made by one of the workers that ask at the same time.

    sha256: of the archive that was inspected; another content is an installer_corrupt MobilityError, and a folder
    without room for the new file is transfer_failed.
    """
    kept = Path(constants.DEFAULT_LOCAL_TMP) / f"asr-mobility-{sha256}-gzip"
    note = kept.with_suffix(".json")
    try:
        with locked(kept.with_suffix(".lock")):
            if note.exists():
                return Repacked(**json.loads(note.read_text(encoding="utf-8")))
            _write(path, compression, sha256, kept)
            made = Repacked(str(kept), sha256_of(kept), kept.stat().st_size)
            note.write_text(json.dumps(asdict(made)), encoding="utf-8")
            return made
    except OSError as error:
        raise MobilityError(
            Reason.TRANSFER_FAILED,
            found=f"{path.name} cannot be packed again in {kept.parent}: {error.strerror or error}",
            expected=f"room for it on the controller, because the host has no tool for {compression.value}",
            remedy="Free space there, or install xz on the host.",
        ) from error


def _write(path: Path, compression: Compression, sha256: str, destination: Path) -> None:
    """Complete or not at all: a worker may be ended at any moment."""
    part = destination.with_suffix(".part")
    try:
        _pack(path, compression, sha256, part)
        os.replace(part, destination)
    finally:
        part.unlink(missing_ok=True)


def _pack(path: Path, compression: Compression, sha256: str, part: Path) -> None:
    """Whatever the unpacking says, a file that was whole when it was inspected has been changed since."""
    with path.open("rb", buffering=0) as file, part.open("wb") as output:
        hashed = Hashed(file)
        source = io.BufferedReader(hashed, CHUNK)
        with gzip.GzipFile(fileobj=output, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
            try:
                shutil.copyfileobj(open_stream(source, compression), packed, CHUNK)
            except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
                raise _changed(path) from error
    if hashed.digest.hexdigest() != sha256:
        raise _changed(path)


def _changed(path: Path) -> MobilityError:
    return corrupt(f"{path.name} was changed while it was read", "Run again when nobody writes to it.")
