# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at every member of an installer archive before root unpacks it: nothing may land outside the directory."""

from __future__ import annotations

import enum
import posixpath
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

# Without these the archive is no Mobility service installer (Microsoft's 9.50 installer scripts,
# Azure/AzMigrate-Hydration). .vx_version is lost when people repack with a shell glob, and the upgrade then fails late.
REQUIRED_MEMBERS = (
    "install",
    "install_vx",
    "prereq_check_install.sh",
    "uninstall.sh",
    "OS_details.sh",
    ".vx_version",
)
MOST_MEMBERS = 100_000  # a real installer has about thirty
_PLAIN_NAME = re.compile(r"[ -\[\]-~]+")  # printable ASCII without the backslash


class MemberKind(str, enum.Enum):
    """What a member is, in the words shown to people."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    DEVICE = "device"
    FIFO = "fifo"
    OTHER = "special file"


_LINKS = (MemberKind.SYMLINK, MemberKind.HARDLINK)
_HARMLESS = (MemberKind.FILE, MemberKind.DIRECTORY, *_LINKS)


@dataclass(frozen=True)
class Member:
    """One entry of an archive: name as stored, link_target for links only, size in bytes."""

    name: str
    kind: MemberKind
    link_target: str | None = None
    size: int = 0

    @property
    def path(self) -> str:
        """The name as it lands in the directory: without ./ and a closing slash."""
        return posixpath.normpath(self.name)


def check_members(members: t.Sequence[Member]) -> None:
    """Nothing to return: raises installer_unsafe naming the member, or installer_corrupt for a foreign archive."""
    check_safety(members)
    _refuse_foreign(members)


def check_safety(members: t.Sequence[Member]) -> None:
    """Of that, what every archive must fulfil that root unpacks, whatever it holds."""
    if len(members) > MOST_MEMBERS:
        raise unsafe(f"more than {MOST_MEMBERS} members")
    links = {member.path for member in members if member.kind in _LINKS}
    for member in members:
        complaint = _complaint(member, links)
        if complaint:
            raise unsafe(f"member {member.name!r} {complaint}")
    _refuse_twins(members)


def unsafe(found: str) -> MobilityError:
    """The error for an archive that must not be unpacked as root."""
    return MobilityError(
        Reason.INSTALLER_UNSAFE,
        found=found,
        expected="an archive whose members all stay inside the directory it is unpacked into",
        remedy="Do not use this file; take the installer from Microsoft or from your configuration server again.",
    )


def extracted_bytes(members: t.Iterable[Member]) -> int:
    """The space in bytes that the regular files of an archive take."""
    return sum(member.size for member in members if member.kind is MemberKind.FILE)


def _complaint(member: Member, links: t.AbstractSet[str]) -> str | None:
    """What is wrong with a member: the first of the tests that says something."""
    tests = (
        _PLAIN_NAME.fullmatch(member.name) is None and "has a name with other than plain characters",
        member.kind not in _HARMLESS and f"is a {member.kind.value}",
        member.name.startswith("/") and "has an absolute name",
        ".." in member.name.split("/") and "has a name that climbs out with '..'",
        _passes_link(member.path, links) and "lies behind a link of the same archive",
        member.kind in _LINKS and _link_complaint(member, links),
    )
    return next((test for test in tests if test), None) or None


def _link_complaint(member: Member, links: t.AbstractSet[str]) -> str | None:
    target = member.link_target or ""
    if _PLAIN_NAME.fullmatch(target) is None:
        return f"is a {member.kind.value} to a name with other than plain characters"
    if target.startswith("/") or _climbs_out(member, target):
        return f"is a {member.kind.value} that leads out to {target!r}"
    if _passes_link(_pointed_at(member, target), links):
        return f"is a {member.kind.value} to something behind a link"
    return None


def _pointed_at(member: Member, target: str) -> str:
    """Where a link points, from the top of the tree: a hard link counts from there, a symbolic one from its place."""
    start = posixpath.dirname(member.path) if member.kind is MemberKind.SYMLINK else ""
    return posixpath.normpath(posixpath.join(start, target))


def _climbs_out(member: Member, target: str) -> bool:
    """A hard link counts from the top. A symbolic link may begin with '..' as often as it lies deep, and not later.

    A '..' behind another name could follow a second link and leave the tree although the text of the path stays in.
    """
    parts = [part for part in target.split("/") if part not in ("", ".")]
    leading = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    depth = member.path.count("/") if member.kind is MemberKind.SYMLINK else 0
    return leading > depth or ".." in parts[leading:]


def _passes_link(path: str, links: t.AbstractSet[str]) -> bool:
    parts = path.split("/")
    return any("/".join(parts[:depth]) in links for depth in range(1, len(parts)))


def _refuse_twins(members: t.Iterable[Member]) -> None:
    """The second of two equal names replaces the first: what was checked is then not what is run."""
    seen: dict[str, MemberKind] = {}
    for member in members:
        earlier = seen.get(member.path)
        seen[member.path] = member.kind
        if earlier is not None and {earlier, member.kind} != {MemberKind.DIRECTORY}:
            raise unsafe(f"member {member.name!r} is there twice")


def _refuse_foreign(members: t.Iterable[Member]) -> None:
    present = {member.path for member in members if member.kind is not MemberKind.DIRECTORY}
    missing = [name for name in REQUIRED_MEMBERS if name not in present]
    if missing:
        raise MobilityError(
            Reason.INSTALLER_CORRUPT,
            found=f"not a Mobility service installer: {', '.join(missing)} missing",
            expected=f"an archive with {', '.join(REQUIRED_MEMBERS)} at its top",
            remedy="Use the file as Microsoft publishes it; do not repack it.",
        )
