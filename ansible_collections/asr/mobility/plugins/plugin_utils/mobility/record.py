# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the installer's own record on the host, /usr/local/.vx_version, with whole keys only.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): KEY=value lines; the key
VERSION_FILE_PARENT_DIR begins with VERSION too. VERSION names the release, the build is the fourth field of BUILD_TAG's
value, and the installed version is VERSION with that build as its third number.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

RECORD_PATH = "/usr/local/.vx_version"
COPY_PATH = "/etc/vxagent/backup/.vx_version"  # the installer repairs a damaged record from it
_LINE = re.compile(r"^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$")
_BUILD_FIELD = 3  # RELEASE_9.50.0.0_GA_6409_Jul_20_2022_INMAGE
_TREE = "/Vx"
_RPM_TAGS = ("RHEL", "OL", "SLES")


@dataclass(frozen=True)
class Record:
    """What the record says. problem tells why it cannot be used; the other fields are then what could be read."""

    version: AgentVersion | None = None
    tag: str | None = None
    prefix: str | None = None  # INSTALLATION_DIR without /Vx
    platform: str | None = None
    configuration_status: str | None = None  # Succeeded or Failed; an upgrade removes it
    package: str | None = None  # rpm families only
    problem: str | None = None


def parse_record(content: str) -> Record:
    """The record of a file's content; never raises, a damaged one carries its problem."""
    keys = _keys(content)
    version, problem = _version(keys)
    directory = keys.get("INSTALLATION_DIR", "")
    if problem is None and not directory.startswith("/"):
        problem = f"INSTALLATION_DIR is {directory!r}" if directory else "no INSTALLATION_DIR"
    return Record(
        version=version,
        tag=keys.get("OS_BUILT_FOR"),
        prefix=prefix_of(directory) if directory.startswith("/") else None,
        platform=keys.get("VM_PLATFORM"),
        configuration_status=keys.get("AGENT_CONFIGURATION_STATUS"),
        package=keys.get("RPM_PACKAGE"),
        problem=problem,
    )


def prefix_of(installation: str) -> str:
    """The prefix of an INSTALLATION_DIR: /usr/local/ASR for /usr/local/ASR/Vx."""
    installation = installation.rstrip("/") or "/"
    return installation[: -len(_TREE)] or "/" if installation.endswith(_TREE) else installation


def is_rpm_family(tag: str) -> bool:
    """Whether the agent is an rpm package on systems of that tag."""
    return tag.upper().startswith(_RPM_TAGS)


def package_of(tag: str, version: AgentVersion) -> str | None:
    """RPM_PACKAGE as the installer of that tag and version records it; None for the families that have no package.

    As in 9.50's scripts. Since 9.64 the name of an installer's archive carries the build; whether the package's name
    does is not known, so this is what check mode foretells and no measure of success.
    """
    return f"InMageVx-{version.major}.{version.minor}.0.0-1" if is_rpm_family(tag) else None


def _keys(content: str) -> t.Mapping[str, str]:
    matches = (_LINE.match(line) for line in content.splitlines())
    return {match[1]: match[2] for match in matches if match and match[2]}


def _version(keys: t.Mapping[str, str]) -> tuple[AgentVersion | None, str | None]:
    """The installed version, or the reason why there is none."""
    if not keys:
        return None, "it is empty"
    text = keys.get("VERSION")
    if text is None:
        return None, "no VERSION"
    try:
        version = AgentVersion.parse(text)
    except MobilityError:
        return None, f"VERSION is {text[:40]!r}"
    fields = keys.get("BUILD_TAG", "").split("_")
    build = fields[_BUILD_FIELD] if len(fields) > _BUILD_FIELD else ""
    if re.fullmatch(r"[0-9]{1,6}", build):
        version = AgentVersion(version.major, version.minor, int(build), version.revision)
    return version, None
