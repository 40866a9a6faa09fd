# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of an installer tells which hosts it serves and how new it is; choosing needs nothing else.

The published form is Microsoft-ASR_UA_<version>_<tag>_GA_<ddMonYYYY>_release.<tar.gz|exe>. Files on configuration
servers end in "Release" and download-centre files in "release" (documentation and public issue reports), so letter
case never decides.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

_PUBLISHED = re.compile(
    r"""
    Microsoft-ASR_UA
    _(?P<version>[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,6}\.[0-9]{1,6})
    _(?P<tag>Windows|(?:RHEL|OL|DEBIAN)[0-9]{1,2}-64|SLES[0-9]{2}(?:-SP[0-9])?-64|UBUNTU-[0-9]{2}\.[0-9]{2}-64)
    _GA
    _(?P<day>[0-9]{2})(?P<month>[a-z]{3})(?P<year>[0-9]{4})
    _release
    \.(?P<extension>tar\.gz|exe)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WINDOWS = "Windows"
_EXPECTED = "Microsoft-ASR_UA_<version>_<tag>_GA_<ddMonYYYY>_release.<tar.gz|exe>"


@dataclass(frozen=True)
class InstallerName:
    """What a file name says: file_name as found, tag in Microsoft's spelling, extension "tar.gz" or "exe"."""

    file_name: str
    version: AgentVersion
    tag: str
    date: datetime.date
    extension: str


def parse_name(file_name: str) -> InstallerName:
    """The parts of a published file name; any other name is an installer_name_unknown MobilityError."""
    name = read_name(file_name)
    if name is None:
        raise MobilityError(
            Reason.INSTALLER_NAME_UNKNOWN,
            found=f"file name {file_name!r}",
            expected=_EXPECTED,
            remedy="Keep the name under which Microsoft publishes the installer.",
        )
    return name


def read_name(file_name: str) -> InstallerName | None:
    """Like parse_name, for directories that hold other files too: None for a name that is no installer's."""
    match = _PUBLISHED.fullmatch(file_name)
    if match is None:
        return None
    tag = _spelling(match["tag"])
    extension = match["extension"].lower()
    date = _date(match["year"], match["month"], match["day"])
    if date is None or (tag == _WINDOWS) != (extension == "exe"):
        return None
    return InstallerName(file_name, AgentVersion.parse(match["version"]), tag, date, extension)


def _spelling(tag: str) -> str:
    return _WINDOWS if tag.lower() == _WINDOWS.lower() else tag.upper()


def _date(year: str, month: str, day: str) -> datetime.date | None:
    """Months by a table: strptime would follow the controller's language."""
    if month.lower() not in _MONTHS:
        return None
    try:
        return datetime.date(int(year), _MONTHS.index(month.lower()) + 1, int(day))
    except ValueError:
        return None
