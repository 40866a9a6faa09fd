# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the versions of the kernel driver to one word about the host, and to what hinders a resync. Pure.

Versions are the driver's own (drivers.driver_of gives that of an agent's): 9.66.1.7691 is build 7691 of 9.66.
"""

from __future__ import annotations

import enum

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import is_faulty, resync_build


class DriverHealth(str, enum.Enum):
    """What the versions of the driver mean for the host."""

    OK = "ok"
    FAULTY = "faulty"  # the loaded driver, or the one of the next start, is known to be faulty
    REBOOT_PENDING = "reboot_pending"  # the next start loads another driver than the one that runs
    UNKNOWN = "unknown"


def driver_health(
    loaded: AgentVersion | None, installed: AgentVersion | None, tag: str | None = None, same: bool | None = None
) -> DriverHealth:
    """From the loaded driver and the one that the next start loads to one word.

    None: not known. tag: of the host; faults are known for some systems only. same: whether both are the same build,
    where something better than the two versions tells it.
    """
    if is_faulty(loaded, tag) or is_faulty(installed, tag):
        return DriverHealth.FAULTY
    if same is None and loaded is not None and installed is not None:
        same = loaded == installed
    if same is None:
        return DriverHealth.UNKNOWN
    return DriverHealth.OK if same else DriverHealth.REBOOT_PENDING


def resync_hindrance(agent: AgentVersion | None, loaded: AgentVersion | None, tag: str | None) -> str | None:
    """Why a resync cannot be triggered on the host now, in words; None when nothing published speaks against it."""
    if is_faulty(loaded, tag):
        return f"the loaded driver {loaded} is faulty: restart the host first"
    if agent is None:
        return "no agent whose version is known"
    needed = resync_build()
    if agent.build < needed:
        return f"the agent has build {agent.build}, and a resync needs build {needed} or later: upgrade it first"
    return None
