# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent versions compare as numbers, and a placeholder such as 9.63.0.0 stands for any build of 9.63.

Facts: file names of older releases carry major.minor.0.0 while the installed agent has a build, and the fourth part
differs between file name (9.66.7567.1) and Linux record (9.66.7567.0): only the first three parts tell releases apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_FULL = re.compile(r"^(\d{1,5})\.(\d{1,5})\.(\d{1,6})\.(\d{1,6})$", re.ASCII)
_SPEC = re.compile(r"^(\d{1,5})\.(\d{1,5})(?:\.(\d{1,6})\.(\d{1,6}))?$", re.ASCII)


@dataclass(frozen=True, order=True)
class AgentVersion:
    """major.minor.build.revision, ordered as numbers."""

    major: int
    minor: int
    build: int = 0
    revision: int = 0

    @classmethod
    def parse(cls, text: str) -> AgentVersion:
        """Four numbers with dots; anything else is an invalid_argument MobilityError."""
        match = _FULL.match(text.strip())
        if match is None:
            raise _not_a_version(text, "four numbers such as 9.66.7567.1")
        return cls(*(int(part) for part in match.groups()))

    @property
    def is_placeholder(self) -> bool:
        """True for major.minor.0.0, which names a release and not a build."""
        return self.build == 0 and self.revision == 0

    @property
    def as_recorded(self) -> AgentVersion:
        """How an installed agent shows this version: its record has no fourth number."""
        return AgentVersion(self.major, self.minor, self.build)

    def same_release(self, other: AgentVersion) -> bool:
        """True when both name the same build, or one is a placeholder of the other's major.minor."""
        if (self.major, self.minor) != (other.major, other.minor):
            return False
        return self.is_placeholder or other.is_placeholder or self.build == other.build

    def newer_than(self, other: AgentVersion) -> bool:
        """True when this is a later release; a placeholder is never newer than a build of the same major.minor."""
        if self.same_release(other):
            return False
        return (self.major, self.minor, self.build) > (other.major, other.minor, other.build)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.build}.{self.revision}"


@dataclass(frozen=True)
class VersionSpec:
    """The version option: major.minor accepts any build of it, four numbers accept that build only."""

    major: int
    minor: int
    build: int | None = None
    revision: int | None = None

    @classmethod
    def parse(cls, text: str) -> VersionSpec:
        """Two or four numbers with dots; anything else is an invalid_argument MobilityError."""
        match = _SPEC.match(text.strip())
        if match is None:
            raise _not_a_version(text, "major.minor such as 9.66, or four numbers such as 9.66.7567.1")
        major, minor, build, revision = match.groups()
        return cls(int(major), int(minor), int(build) if build else None, int(revision) if revision else None)

    def accepts(self, version: AgentVersion) -> bool:
        """True when that version is what was asked for (a placeholder counts as any build of its major.minor)."""
        wanted = AgentVersion(self.major, self.minor, self.build or 0, self.revision or 0)
        return wanted.same_release(version)

    def __str__(self) -> str:
        if self.build is None:
            return f"{self.major}.{self.minor}"
        return f"{self.major}.{self.minor}.{self.build}.{self.revision}"


def _not_a_version(text: str, expected: str) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"version {text!r}",
        expected=expected,
        remedy="Write the version as it stands in the installer's file name.",
    )
