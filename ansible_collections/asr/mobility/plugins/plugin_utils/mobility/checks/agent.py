# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of an agent that is there already: how far the next version is, and what its driver is."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.releases import distance, is_within_reach
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import (
    Finding,
    Judge,
    Subject,
    beside_the_point,
    passed,
    unknown,
    verdict,
    warned,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import driver_of, is_faulty
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Presence

_NO_AGENT = "no agent is installed"


def upgrade_distance(subject: Subject) -> Finding:
    """From the installed version to the one that shall be installed."""
    agent = subject.host.agent
    if agent.presence is Presence.ABSENT:
        return beside_the_point(_NO_AGENT)
    return _distance(agent.version, subject.version, "installed", agent.stack.value if agent.stack else None)


def restart_distance(subject: Subject) -> Finding:
    """From the loaded driver, which tells the version at the last start."""
    if subject.host.agent.presence is Presence.ABSENT:
        return beside_the_point(_NO_AGENT)
    return _distance(subject.host.agent.driver_version, subject.version, "the loaded driver", None)


def _distance(older: AgentVersion | None, newer: AgentVersion | None, what: str, stack: str | None) -> Finding:
    if older is None:
        return unknown(f"no version of {what}" if what.startswith("the") else f"no version {what}")
    if newer is None:
        return unknown(f"{older} {what}, and no version named that shall be installed")
    found = f"{newer}, {distance(older, newer, stack)} versions after {older} ({what})"
    return verdict(is_within_reach(older, newer, stack), found, found)


def faulty_driver(subject: Subject) -> Finding:
    """The loaded one, and the one that the new version brings."""
    host, version = subject.host, subject.version
    brought = driver_of(version) if version and not version.is_placeholder else None
    drivers = [driver for driver in (host.agent.driver_version, brought) if driver is not None]
    faulty = [str(driver) for driver in drivers if is_faulty(driver, host.tag)]
    if faulty:
        return warned(f"{', '.join(faulty)}, flagged as faulty")
    if host.agent.presence is not Presence.ABSENT and host.agent.driver_version is None:
        return unknown("a driver that did not tell its version")
    if version and version.is_placeholder:
        return unknown(f"{version}, of which the build is open")
    return passed(", ".join(map(str, drivers))) if drivers else unknown("no driver loaded, and no version named")


JUDGES: t.Mapping[str, Judge] = {
    "upgrade_distance": upgrade_distance,
    "restart_distance": restart_distance,
    "faulty_driver": faulty_driver,
}
