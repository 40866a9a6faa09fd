# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of an installer tells which hosts it serves and how new it is; choosing needs nothing else.

The published form is Microsoft-ASR_UA_<version>_<tag>_GA_<ddMonYYYY>_release.<tar.gz|exe>. Files on configuration
servers end in "Release" and download-centre files in "release", and documents, localized pages and people's copies show
blanks for separators, other separators or none (documentation and public issue reports). All of that is read, as long
as version, tag and date stand there: letter case and separators never decide.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

_GAP = "[-_ ]*"
_NAME = re.compile(
    rf"""
    Microsoft {_GAP} ASR {_GAP} UA
    {_GAP} (?P<version>[0-9]{{1,5}}\.[0-9]{{1,5}}\.[0-9]{{1,6}}\.[0-9]{{1,6}})
    {_GAP} (?P<tag>Windows
        | (?P<family>RHELP?|OL|DEBIAN|SLES|UBUNTU) {_GAP} (?P<release>[0-9]{{1,2}}(?:\.[0-9]{{2}})?)
          (?: {_GAP} SP (?P<pack>[0-9]))? {_GAP} 64)
    {_GAP} GA
    {_GAP} (?P<day>[0-9]{{2}})(?P<month>[a-z]{{3}})(?P<year>[0-9]{{4}})
    {_GAP} release
    \.(?P<extension>tar\.gz|exe)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_TAG = re.compile(r"(?:RHEL|OL|DEBIAN)[0-9]{1,2}-64|SLES[0-9]{2}(?:-SP[0-9])?-64|UBUNTU-[0-9]{2}\.[0-9]{2}-64")
_MISPRINTS = {"RHELP": "RHEL"}  # RHELP6-64 on pages of 2015
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WINDOWS = "Windows"
_EXPECTED = "Microsoft-ASR_UA_<version>_<tag>_GA_<ddMonYYYY>_release.<tar.gz|exe>"
_KEEP = "Keep the name under which Microsoft publishes the installer."
# What a name that is refused looks like, what is wrong with it, and what to do; the last one fits every name.
_REFUSALS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"InMage[-_ ]*UA", re.IGNORECASE),
        ", an installer of the predecessor product InMage Scout",
        "Use an installer of the Mobility service; its name begins with Microsoft-ASR_UA.",
    ),
    (
        re.compile(r"Microsoft[-_ ]*ASR[-_ ]*UA(?![-_ ]*[0-9])", re.IGNORECASE),
        " without a version, so it cannot be compared with other installers",
        _KEEP,
    ),
    (re.compile(""), "", _KEEP),
)


@dataclass(frozen=True)
class InstallerName:
    """What a file name says: file_name as found, tag in Microsoft's spelling, extension "tar.gz" or "exe"."""

    file_name: str
    version: AgentVersion
    tag: str
    date: datetime.date
    extension: str

    @property
    def published(self) -> str:
        """The name in the form that the download centre gives it; of two names for one installer it is the same."""
        date = f"{self.date.day:02}{_MONTHS[self.date.month - 1]}{self.date.year:04}"
        return f"Microsoft-ASR_UA_{self.version}_{self.tag}_GA_{date}_release.{self.extension}"


def parse_name(file_name: str) -> InstallerName:
    """The parts of an installer's file name; any other name is an installer_name_unknown MobilityError."""
    name = read_name(file_name)
    if name is None:
        raise _refused(file_name)
    return name


def read_name(file_name: str) -> InstallerName | None:
    """Like parse_name, for directories that hold other files too: None for a name that is no installer's."""
    match = _NAME.fullmatch(file_name)
    if match is None:
        return None
    tag = _spelling(match)
    extension = match["extension"].lower()
    date = _date(match["year"], match["month"], match["day"])
    if tag is None or date is None or (tag == _WINDOWS) != (extension == "exe"):
        return None
    return InstallerName(file_name, AgentVersion.parse(match["version"]), tag, date, extension)


def _refused(file_name: str) -> MobilityError:
    what, remedy = next((what, remedy) for form, what, remedy in _REFUSALS if form.match(file_name))
    return MobilityError(
        Reason.INSTALLER_NAME_UNKNOWN, found=f"file name {file_name!r}{what}", expected=_EXPECTED, remedy=remedy
    )


def _spelling(match: re.Match[str]) -> str | None:
    """The tag as Microsoft writes it; None for parts that make none (UBUNTU18-64, SLES7-64)."""
    if match["family"] is None:
        return _WINDOWS
    family = match["family"].upper()
    family = _MISPRINTS.get(family, family)
    gap = "-" if family == "UBUNTU" else ""
    pack = f"-SP{match['pack']}" if match["pack"] else ""
    tag = f"{family}{gap}{match['release']}{pack}-64"
    return tag if _TAG.fullmatch(tag) else None


def _date(year: str, month: str, day: str) -> datetime.date | None:
    """Months by a table: strptime would follow the controller's language."""
    if month.title() not in _MONTHS:
        return None
    try:
        return datetime.date(int(year), _MONTHS.index(month.title()) + 1, int(day))
    except ValueError:
        return None
