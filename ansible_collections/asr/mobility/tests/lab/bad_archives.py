"""Installers that must never be unpacked as root, or cannot be: each is a double with one thing wrong."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

HTML = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n"


def _member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, 0o755
    if kind == tarfile.CHRTYPE:
        info.devmajor, info.devminor = 1, 3
    return info


MEMBERS: dict[str, tarfile.TarInfo] = {
    "absolute_name": _member("/etc/cron.d/planted"),
    "name_that_climbs_out": _member("../../../../etc/cron.d/planted"),
    "device": _member("null", tarfile.CHRTYPE),
    "symlink_out": _member("out", tarfile.SYMTYPE, "/etc/cron.d"),
    "symlink_up": _member("up", tarfile.SYMTYPE, "../../../../etc/cron.d"),
    "hardlink_out": _member("shadow", tarfile.LNKTYPE, "../../../../etc/shadow"),
}
"""Name of the case -> the member that stands behind the good ones."""


def with_member(good: bytes, member: tarfile.TarInfo) -> bytes:
    """Return the archive with one more member at its end."""
    buffer = io.BytesIO(gzip.decompress(good))
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        tar.addfile(member)
    return gzip.compress(buffer.getvalue(), compresslevel=1)


def _flipped(good: bytes) -> bytes:
    middle = len(good) // 2
    return good[:middle] + bytes(byte ^ 0xFF for byte in good[middle : middle + 64]) + good[middle + 64 :]


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "truncated": lambda good: good[: len(good) // 2],
    "corrupt": _flipped,
    "empty": lambda good: b"",
    "no_tar_inside": lambda good: gzip.compress(b"This is no archive.\n" * 400),
    "plain_text": lambda good: b"This is no archive.\n" * 400,
    "html_page": lambda good: HTML.encode(),
}
"""Name of the case -> what is made of a good archive."""


def write_all(good: Path, folder: Path) -> dict[str, Path]:
    """Write every bad archive under the good one's name, each in a folder named after its case."""
    content = good.read_bytes()
    made = {name: damage(content) for name, damage in DAMAGES.items()}
    made |= {name: with_member(content, member) for name, member in MEMBERS.items()}
    paths = {name: folder / name / good.name for name in made}
    for name, path in paths.items():
        path.parent.mkdir(parents=True)
        path.write_bytes(made[name])
    return paths
