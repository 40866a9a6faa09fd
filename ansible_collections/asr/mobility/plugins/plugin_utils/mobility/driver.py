# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of the kernel driver: which one runs, which one the next start loads, and whether one is known to be faulty.

Facts (Azure/Azure-SiteRecovery, trigger_resync.sh and hotfix_install.sh, June 2026): the program inm_dmit tells the
version of the loaded driver as `Product Version` with commas, the build last (9,66,1,7691 is 9.66.7691.1). A driver is
replaced by a restart only. The faulty versions are data (data/driver.yml).
"""

from __future__ import annotations

import enum
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

_DATA: t.Mapping[str, t.Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "driver.yml").read_text(encoding="utf-8")
)
_PRODUCT_VERSION = re.compile(
    r"^[ \t]*Product Version\b[^0-9\n]*(\d{1,5}) *, *(\d{1,5}) *, *(\d{1,6}) *, *(\d{1,6})[ \t]*$",
    re.ASCII | re.MULTILINE,
)


class DriverHealth(str, enum.Enum):
    """What the versions of the driver mean for the host."""

    OK = "ok"
    FAULTY = "faulty"  # the loaded driver, or the one of the next start, is known to be faulty
    REBOOT_PENDING = "reboot_pending"  # the next start loads another driver than the one that runs
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FaultyRange:
    """Versions from (included) to below (not included)."""

    start: AgentVersion
    below: AgentVersion

    def holds(self, version: AgentVersion) -> bool:
        """Whether that version is one of them; the fourth number tells no drivers apart."""
        return self.start.as_recorded <= version.as_recorded < self.below.as_recorded


FAULTY: t.Sequence[FaultyRange] = tuple(
    FaultyRange(AgentVersion.parse(entry["from"]), AgentVersion.parse(entry["below"])) for entry in _DATA["faulty"]
)
RESYNC_BUILD: int = _DATA["resync"]["agent_build"]


def parse_driver_version(output: str) -> AgentVersion | None:
    """The version that `inm_dmit --op=get_driver_version` printed; None when it printed something else."""
    found = _PRODUCT_VERSION.search(output)
    if found is None:
        return None
    major, minor, revision, build = (int(number) for number in found.groups())
    return AgentVersion(major, minor, build, revision)


def is_faulty(version: AgentVersion | None) -> bool:
    """Whether a version is one of those known to be faulty."""
    return version is not None and any(faulty.holds(version) for faulty in FAULTY)


def driver_health(
    loaded: AgentVersion | None, installed: AgentVersion | None, same: bool | None = None
) -> DriverHealth:
    """From the loaded driver and the one that the next start loads to one word.

    None: not known. same: whether both are the same build, where something better than the two versions tells it.
    """
    if is_faulty(loaded) or is_faulty(installed):
        return DriverHealth.FAULTY
    if same is None and loaded is not None and installed is not None:
        same = loaded.as_recorded == installed.as_recorded
    if same is None:
        return DriverHealth.UNKNOWN
    return DriverHealth.OK if same else DriverHealth.REBOOT_PENDING


def resync_hindrance(agent: AgentVersion | None, loaded: AgentVersion | None) -> str | None:
    """Why a resync cannot be triggered on the host now, in words; None when nothing published speaks against it."""
    if is_faulty(loaded):
        return f"the loaded driver {loaded} is faulty: restart the host first"
    if agent is None:
        return "the version of the agent is not known"
    if agent.build < RESYNC_BUILD:
        return f"the agent has build {agent.build}, and a resync needs build {RESYNC_BUILD} or later: upgrade it first"
    return None
