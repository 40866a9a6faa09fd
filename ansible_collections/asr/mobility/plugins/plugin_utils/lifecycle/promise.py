# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent that a step leads to: a plan promises it, check mode shows it, and a run is judged by it. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Change, Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import package_of
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Presence, Registration


def fresh_agent(desired: Desired, version: AgentVersion, tag: str) -> AgentState:
    """A fresh agent: installed, not registered, not running."""
    return AgentState(
        presence=Presence.INSTALLED,
        version=version.as_recorded,
        tag=tag,
        install_dir=desired.install_dir,
        platform=desired.platform,
        role=desired.role,
        registration=Registration.NO,
        daemons={"svagents": False, "appservice": False},
        driver_loaded=True,
        driver_installed=True,
        record_backup=True,
        package=package_of(tag, version),
    )


def upgraded_agent(
    agent: AgentState,
    desired: Desired,
    version: AgentVersion,
    tag: str,
    changes: t.Collection[Change] = (),
) -> AgentState:
    """The same agent, newer: identity and registration stay, the record is whole, what was running runs again.

    changes: those that the run brings about. An agent that is prepared for another stack or platform is stopped until
    it is configured; one that the installer removes first is a fresh one afterwards.
    """
    if Change.REGISTRATION in changes:
        return fresh_agent(desired, version, tag)
    newer = replace(
        agent,
        presence=Presence.INSTALLED,
        version=version.as_recorded,
        tag=tag or agent.tag,
        record_problem=None,
        record_backup=True,
        configuration_status=None,
        unfinished=False,
        package=package_of(tag, version),
    )
    prepared = tuple(sorted(change.value for change in changes))
    if not prepared and desired.started and agent.registration is Registration.OK and not agent.migrating:
        return replace(newer, daemons=dict.fromkeys(agent.daemons, True))
    if not prepared:
        return newer
    platform = desired.platform if Change.PLATFORM in changes else agent.platform
    return replace(newer, platform=platform, migrating=prepared, daemons=dict.fromkeys(agent.daemons, False))
