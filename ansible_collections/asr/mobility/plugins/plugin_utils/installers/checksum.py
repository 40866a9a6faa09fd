# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Know the SHA-256 an installer must have: given as it is, or looked up in a file of sums."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_HEX = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE | re.ASCII)
_OTHER_HASH = re.compile(r"(?:(?P<name>[a-z0-9-]+):)?(?P<digits>[0-9a-f]+)", re.IGNORECASE | re.ASCII)
_SUMS_LINE = re.compile(r"(?P<sum>[0-9a-f]{64}) [ *](?:\./)?(?P<name>[^/\\]+)", re.IGNORECASE | re.ASCII)
_FORMS = "sha256:<64 hexadecimal digits>, 64 hexadecimal digits, or the path or URL of a file of SHA-256 sums"
_SUMS_FORM = "lines of a SHA-256 sum, two characters and a file name, as sha256sum writes them"


def expected_sha256(option: str | None, file_name: str, read_text: t.Callable[[str], str]) -> str | None:
    """The sum in lower case hex, or None when no checksum was given.

    option: as the caller wrote it. read_text: brings the text of a path or URL. Raises invalid_argument for an option
    or a file of sums that is not what it should be, and for a file of sums without this file name.
    """
    if option is None or not option.strip():
        return None
    option = option.strip()
    match = _HEX.fullmatch(option)
    if match:
        return match[1].lower()
    _refuse_other_hashes(option)
    return _look_up(read_text(option), option, file_name)


def require_checksum(option: str | None, url: str) -> None:
    """An installer from a web server runs as root: refuse to take it unchecked, before anything is fetched."""
    if option is None or not option.strip():
        raise MobilityError(
            Reason.CHECKSUM_REQUIRED,
            found=f"{url} without a checksum",
            expected=f"checksum: {_FORMS}",
            remedy="Give the checksum of the installer, taken from a place you trust.",
        )


def check_sha256(found: str, wanted: str | None, file_name: str) -> None:
    """Compare sums (lower case hex); without a wanted one there is nothing to compare."""
    if wanted is not None and found != wanted:
        raise MobilityError(
            Reason.CHECKSUM_MISMATCH,
            found=f"{file_name} has sha256 {found}",
            expected=f"sha256 {wanted}",
            remedy="Copy or download the installer again, or correct the checksum.",
        )


def read_sums(text: str, place: str) -> dict[str, str]:
    """File name -> sha256 of a file of sums; place is named in errors. Raises invalid_argument, as above."""
    sums: dict[str, str] = {}
    for name, sum_ in _entries(text, place):
        if sums.setdefault(name, sum_) != sum_:
            raise _invalid(f"2 different sums for {name} in {place}", "one sum for each file")
    return sums


def write_sums(sums: t.Mapping[str, str]) -> str:
    """The text of a file of sums, sorted by name, as sha256sum writes it."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))


def _refuse_other_hashes(option: str) -> None:
    """A word of hexadecimal digits, or one with the name of an algorithm, is a checksum and no path."""
    match = _OTHER_HASH.fullmatch(option)
    if match and (match["name"] or len(match["digits"]) in (32, 40, 56, 96, 128)):
        raise _invalid(f"{match['name'] or 'a checksum'} of {len(match['digits'])} digits", _FORMS)
    if re.match(r"(md5|sha[0-9]+)[:=]", option, re.IGNORECASE):
        raise _invalid(f"checksum {option[:90]!r}", _FORMS)


def _look_up(text: str, place: str, file_name: str) -> str:
    sums = {sum_ for name, sum_ in _entries(text, place) if name == file_name}
    if len(sums) == 1:
        return sums.pop()
    if sums:
        raise _invalid(f"{len(sums)} different sums for {file_name} in {place}", "one sum for each file")
    raise _invalid(f"no line for {file_name} in {place}", f"a line for {file_name}")


def _entries(text: str, place: str) -> t.Iterator[tuple[str, str]]:
    """Every line is read strictly: a damaged file of sums must not look like one without this name."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = _SUMS_LINE.fullmatch(line)
        if match is None:
            raise _invalid(f"line {number} of {place}: {line[:90]!r}", _SUMS_FORM)
        yield match["name"], match["sum"].lower()


def _invalid(found: str, expected: str) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT, found=found, expected=expected, remedy="Correct the option checksum or its file."
    )
