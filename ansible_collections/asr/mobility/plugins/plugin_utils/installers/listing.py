# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Understand what `tar -tvf -` prints on a target: archives that never were on the controller are checked too."""

from __future__ import annotations

import re

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import Member, MemberKind, unsafe

# GNU tar prints "-rwxr-xr-x root/root 12 2025-09-20 10:00 name", busybox the same with seconds. Under LC_ALL=C GNU tar
# writes special characters of names with a backslash, which check_members refuses; so it needs no decoding.
_LINE = re.compile(
    r"(?P<kind>[-dlhbcpsC])[-rwxsStT]{9}[.+]?"
    r" +[^ /]+/[^ /]+"
    r" +(?:(?P<size>[0-9]+)|[0-9]+, *[0-9]+)"
    r" +[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r" (?P<name>.+)",
    re.ASCII,
)
_KINDS = {
    "-": MemberKind.FILE,
    "C": MemberKind.FILE,
    "d": MemberKind.DIRECTORY,
    "l": MemberKind.SYMLINK,
    "h": MemberKind.HARDLINK,
    "b": MemberKind.DEVICE,
    "c": MemberKind.DEVICE,
    "p": MemberKind.FIFO,
}
_ARROW = " -> "
_LINK_TO = " link to "


def parse_listing(text: str) -> list[Member]:
    """The members of a listing by GNU tar or busybox made under LC_ALL=C.

    Strict: a line that is not understood is an installer_unsafe MobilityError (a name may hold a line feed).
    """
    return [_member(line) for line in text.split("\n") if line]


def complaints(text: str) -> str:
    """What the tools said beside the members of a listing, on one line: the reason why it could not be made."""
    return " ".join(word for line in text.split("\n") if _LINE.fullmatch(line) is None for word in line.split())


def _member(line: str) -> Member:
    match = _LINE.fullmatch(line)
    if match is None:
        raise _not_understood(line)
    kind = _KINDS.get(match["kind"], MemberKind.OTHER)
    name, target = match["name"], None
    separator = _LINK_TO if kind is MemberKind.HARDLINK else _ARROW
    if kind in (MemberKind.SYMLINK, MemberKind.HARDLINK) or separator in name:
        name, target = _split(name, separator, line)
        kind = kind if kind is not MemberKind.FILE else MemberKind.HARDLINK  # busybox shows hard links so
    return Member(name, kind, target, int(match["size"] or 0))


def _split(text: str, separator: str, line: str) -> tuple[str, str]:
    parts = text.split(separator)
    if len(parts) != 2 or not all(parts):
        raise _not_understood(line)
    return parts[0], parts[1]


def _not_understood(line: str) -> Exception:
    return unsafe(f"the line {line[:200]!r} in the listing of the archive")
