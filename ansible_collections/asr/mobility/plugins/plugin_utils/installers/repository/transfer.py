# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download one large file piece by piece: what an interrupted run has got is kept and only the rest asked for again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import CHUNK, SNIFF_BYTES
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import (
    DownloadError,
    Response,
    Web,
    failed,
    opened,
    read,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import Link
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import check_beginning

_PARTIAL_CONTENT = 206
_REFUSALS_OF_PARTS = (400, 403, 416, 501)  # what servers and proxies say to a Range that they do not take
_CONTENT_RANGE = re.compile(r"bytes (?P<start>[0-9]+)-[0-9]+/(?P<total>[0-9]+)", re.IGNORECASE)
_LONGEST_PAUSE = 30.0

Report = t.Callable[[int, "int | None"], None]
"""Called with the bytes that are there and the bytes of the whole file, where they are known, before anything is
written; what it raises ends the transfer."""


@dataclass(frozen=True)
class Retries:
    """How often to try, and how many seconds to wait before the second try; each wait is twice as long."""

    attempts: int = 5
    pause: float = 2.0

    def wait(self, attempt: int) -> float:
        """The seconds after that many failed tries."""
        return min(self.pause * 2.0 ** (attempt - 1), _LONGEST_PAUSE)


class _RestRefused(Exception):
    """The server does not hand out the rest that was asked for."""


@dataclass(frozen=True)
class _Origin:
    """What a part was begun from; with it the server tells whether the rest still belongs to the beginning."""

    url: str
    validator: str | None
    total: int | None


@dataclass(frozen=True)
class _Span:
    """Of an answer: at which byte of the file it begins, and the bytes of the whole file, where they are told."""

    start: int
    total: int | None


def transfer(link: Link, part: Path, web: Web, retries: Retries, report: Report) -> None:
    """Bring the whole file to the path `part`, going on with what is there of it already.

    After a failure the part stays for the next run, unless it is known to be no beginning of an installer. Raises
    download_failed, installer_corrupt (a page in place of the file), no_space; OSError for what the disk does.
    """
    for attempt in range(1, retries.attempts + 1):
        try:
            return _attempt(link, part, web, report)
        except DownloadError as error:
            if not error.passing or attempt == retries.attempts:
                raise
            time.sleep(retries.wait(attempt))
    raise failed(link.url, f"nothing after {retries.attempts} tries")


def forget(part: Path) -> None:
    """Remove a part and what is known of it."""
    for path in (part, _origin_file(part)):
        path.unlink(missing_ok=True)


def _attempt(link: Link, part: Path, web: Web, report: Report) -> None:
    """Go on with the part, or begin anew at once where its rest is refused: it would be refused for ever."""
    origin = _known_origin(link, part)
    have = part.stat().st_size if origin else 0
    report(have, origin.total if origin else None)
    if origin and have == origin.total:
        return
    try:
        _ask(link, part, web, report, origin)
    except _RestRefused:
        report(0, None)
        forget(part)
        _ask(link, part, web, report, None)


def _ask(link: Link, part: Path, web: Web, report: Report, origin: _Origin | None) -> None:
    """One request: for what the part of that origin lacks, or without one for the whole file."""
    have = part.stat().st_size if origin else 0
    headers = _range_headers(origin, have) if origin else {}
    with _answered(link, web, headers) as response:
        span = _span(response, link, have)
        report(span.start, span.total)
        if origin and span.start and span.total != origin.total:
            forget(part)
            found = f"{span.total} bytes in all, before {origin.total}"
            raise failed(link.url, found, "one and the same file", passing=True)
        if span.start == 0:
            _write_origin(part, _Origin(link.url, _validator(response), span.total))
        _require_room(part, span)
        have = _receive(response, link, part, span, report)
    if span.total is not None and have != span.total:
        found = f"{have} of {span.total} bytes, then the connection ended"
        raise failed(link.url, found, "the whole file", passing=True)


@contextlib.contextmanager
def _answered(link: Link, web: Web, headers: t.Mapping[str, str]) -> t.Iterator[Response]:
    try:
        with opened(link.url, web, headers) as response:
            yield response
    except DownloadError as error:
        if headers and error.status in _REFUSALS_OF_PARTS:
            raise _RestRefused from error
        raise


def _range_headers(origin: _Origin, have: int) -> dict[str, str]:
    condition = {"If-Range": origin.validator} if origin.validator else {}
    return {"Range": f"bytes={have}-", **condition}


def _span(response: Response, link: Link, have: int) -> _Span:
    """What the answer to a request for the bytes from `have` on brings."""
    if response.status != _PARTIAL_CONTENT:
        return _Span(0, _announced(response, link))
    match = _CONTENT_RANGE.fullmatch((response.headers.get("Content-Range") or "").strip())
    if match is None or int(match["start"]) != have:
        if have:
            raise _RestRefused
        raise failed(link.url, "a part of the file that nobody asked for")
    return _Span(have, int(match["total"]))


def _announced(response: Response, link: Link) -> int | None:
    """The length, where it is told; a connection that breaks is then noticed, as in an answer that comes in chunks.

    Without either only an archive shows whether it is whole: of a program anything behind its signature could lack.
    """
    length = response.headers.get("Content-Length") or ""
    if length.isdecimal():
        return int(length)
    if link.name.extension == "exe" and not response.headers.get("Transfer-Encoding"):
        raise failed(link.url, "a program and not how long it is", "a server that tells the length")
    return None


def _receive(response: Response, link: Link, part: Path, span: _Span, report: Report) -> int:
    """Write the body behind what is there; return how many bytes there are now."""
    have = span.start
    with part.open("r+b" if span.start else "wb") as file:
        file.seek(span.start)
        file.truncate()
        while chunk := read(response, link.url, CHUNK):
            if have == 0:
                _check_beginning(chunk, link, part)
            file.write(chunk)
            have += len(chunk)
            report(have, span.total)
        file.flush()
        os.fsync(file.fileno())
    return have


def _check_beginning(chunk: bytes, link: Link, part: Path) -> None:
    try:
        check_beginning(chunk[:SNIFF_BYTES], link.name)
    except MobilityError:
        forget(part)
        raise


def _require_room(part: Path, span: _Span) -> None:
    free = shutil.disk_usage(part.parent).free
    if span.total is not None and span.total - span.start > free:
        raise MobilityError(
            Reason.NO_SPACE,
            found=f"{free} bytes free in {part.parent} on the controller",
            expected=f"{span.total - span.start} bytes more for {part.stem}",
            remedy="Make room there, or mirror fewer tags or versions; what was downloaded is kept.",
        )


def _validator(response: Response) -> str | None:
    """A strong ETag, else the date of the last change; a weak ETag says nothing about bytes."""
    etag = response.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _known_origin(link: Link, part: Path) -> _Origin | None:
    """None when there is nothing to go on with: no part, one from another address, or one that nothing vouches for."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        origin = _Origin(**json.loads(_origin_file(part).read_text(encoding="utf-8")))
        have = part.stat().st_size
        vouched_for = origin.validator is not None or origin.total is not None
        fits = origin.total is None or have <= origin.total
        if origin.url == link.url and have and vouched_for and fits:
            return origin
    return None


def _write_origin(part: Path, origin: _Origin) -> None:
    """Before the first byte of the part: whatever was there belongs to another download."""
    part.unlink(missing_ok=True)
    _origin_file(part).write_text(json.dumps(asdict(origin)), encoding="utf-8")


def _origin_file(part: Path) -> Path:
    return part.with_suffix(".from")
