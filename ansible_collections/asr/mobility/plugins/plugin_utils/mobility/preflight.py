# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host needs before an installation, as a list a person can read; pure, the facts are those of one probe.

Tools: those that Microsoft's 9.50 installer scripts (Azure/AzMigrate-Hydration, read) call without asking first.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import (
    ROOT_MINIMUM,
    Sizes,
    check_space,
    check_staging,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

REQUIRED_TOOLS = ("bash", "tar", "gzip", "sha256sum", "awk", "sed", "ps", "df", "mount", "hostname", "locale")
WANTED_TOOLS = ("xz", "lsmod", "modprobe", "depmod", "blkid", "sfdisk")
_ARCHITECTURE = "x86_64"
_MIB = 1024 * 1024


class Status(str, enum.Enum):
    """How a check ended; unknown when the probe could not tell."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing the host needs. found, required: short fragments; remedy: what to do when it is not there."""

    name: str
    status: Status
    found: str
    required: str
    remedy: str = ""


class Wanted(t.Protocol):
    """The part of the wanted state that a host can be unfit for."""

    @property
    def install_dir(self) -> str:
        """The prefix."""


def checks(observed: HostState, desired: Wanted, sizes: Sizes | None = None) -> list[Check]:
    """Every check, in the order in which one would correct them.

    sizes: of the installer; without them only the installer's own minimum is required.
    """
    return [
        _root(observed),
        _architecture(observed),
        _tag(observed),
        _install_dir(desired),
        _staging(observed),
        _space(observed, sizes or Sizes(archive=0, extracted=0)),
        _tools("tools", observed, REQUIRED_TOOLS, Status.FAIL),
        _tools("optional_tools", observed, WANTED_TOOLS, Status.WARN),
    ]


def _verdict(fit: bool) -> Status:
    return Status.PASS if fit else Status.FAIL


def _root(observed: HostState) -> Check:
    remedy = "Set ansible_become (and its method, user and password) for the host in the inventory."
    return Check("root", _verdict(observed.uid == 0), f"uid {observed.uid}", "uid 0", remedy)


def _architecture(observed: HostState) -> Check:
    found = observed.architecture
    remedy = "The Mobility service exists for x86_64 only."
    status = _verdict(found == _ARCHITECTURE) if found else Status.UNKNOWN
    return Check("architecture", status, found or "nothing", _ARCHITECTURE, remedy)


def _tag(observed: HostState) -> Check:
    found = f"{observed.tag or 'no tag'} ({observed.tag_reason or observed.os_name})"
    remedy = "See the support matrix of Azure Site Recovery."
    return Check("tag", _verdict(observed.tag is not None), found, "an operating system with an installer", remedy)


def _install_dir(desired: Wanted) -> Check:
    required = "/usr/local/ASR or an absolute path that ends in /ASR"
    try:
        directory_option(desired.install_dir)
    except MobilityError as error:
        return Check("install_dir", Status.FAIL, error.found, error.expected, error.remedy)
    return Check("install_dir", Status.PASS, desired.install_dir, required)


def _staging(observed: HostState) -> Check:
    required = "a writable file system on a disk that lets programs run"
    place = observed.filesystems.get("staging")
    if place is None:
        return Check("staging", Status.UNKNOWN, "nothing that df tells", required, "Check staging_dir on the host.")
    error = check_staging(observed)
    found = error.found if error else f"{place.kind or 'a file system'} on {place.device} ({place.path})"
    return Check("staging", _verdict(error is None), found, required, error.remedy if error else "")


def _space(observed: HostState, sizes: Sizes) -> Check:
    if "root" not in observed.filesystems:
        return Check(
            "space", Status.UNKNOWN, "nothing that df tells", _mib(ROOT_MINIMUM), "Check df -Pk / on the host."
        )
    error = check_space(observed, sizes)
    if error is not None:
        return Check("space", Status.FAIL, error.found, error.expected, error.remedy)
    root = observed.filesystems["root"]
    return Check("space", Status.PASS, f"{_mib(root.free_bytes)} free on {root.device} (/)", _mib(ROOT_MINIMUM))


def _mib(size: int) -> str:
    return f"{size // _MIB} MiB"


def _tools(name: str, observed: HostState, needed: t.Sequence[str], otherwise: Status) -> Check:
    missing = [tool for tool in needed if observed.tools.get(tool) is False]
    required = ", ".join(needed)
    if not missing:
        known = all(tool in observed.tools for tool in needed)
        return Check(name, Status.PASS if known else Status.UNKNOWN, "all" if known else "not all asked for", required)
    return Check(name, otherwise, f"no {', no '.join(missing)}", required, f"Install {', '.join(missing)}.")
