# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and agents for tests: one fit host and one healthy agent, to be changed with dataclasses.replace."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Offer
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import REQUIRED_TOOLS, WANTED_TOOLS
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Filesystem,
    HostState,
    Presence,
    Registration,
    Stack,
)

MIB = 1024 * 1024
TAG = "DEBIAN12-64"
PLACES = ("root", "prefix", "boot", "vxagent", "staging", "upload")
RUNNING = {"svagents": True, "appservice": True}
STOPPED = {"svagents": False, "appservice": False}


def version(text: str) -> AgentVersion:
    """9.66.7567.1, or 9.66 for the placeholder."""
    return AgentVersion(*(int(part) for part in text.split(".")))


def filesystem(path: str = "/", free: int = 100_000 * MIB, device: str = "/dev/sda1") -> Filesystem:
    """A disk with room."""
    return Filesystem(path, free, device, "ext4", mount_point=path)


def host(agent: AgentState | None = None, **more: object) -> HostState:
    """A fit Debian 12 host."""
    fit = HostState(
        uid=0,
        host_name="web01",
        architecture="x86_64",
        os_name="Debian GNU/Linux 12 (bookworm)",
        tag=TAG,
        kernel_running="6.1.0-28-amd64",
        kernel_next="6.1.0-28-amd64",
        agent=agent or AgentState(),
        filesystems={name: filesystem() for name in PLACES},
        tools=dict.fromkeys((*REQUIRED_TOOLS, *WANTED_TOOLS), True),
    )
    fields: dict[str, t.Any] = dict(more)
    return replace(fit, **fields)


def installed(number: str = "9.60.7100.0", **more: object) -> AgentState:
    """An agent that was never registered."""
    agent = AgentState(
        presence=Presence.INSTALLED,
        version=version(number),
        tag=TAG,
        install_dir="/usr/local/ASR",
        platform="VmWare",
        role="agent",
        daemons=STOPPED,
        driver_installed=True,
        record_backup=True,
    )
    fields: dict[str, t.Any] = dict(more)
    return replace(agent, **fields)


def registered(number: str = "9.60.7100.0", **more: object) -> AgentState:
    """A healthy agent."""
    healthy = installed(number, registration=Registration.OK, stack=Stack.MODERNIZED, daemons=RUNNING, host_id="guid")
    fields: dict[str, t.Any] = dict(more)
    return replace(healthy, **fields)


def offer(number: str = "9.60.7100.1", tag: str = TAG, exact: bool = True) -> Offer:
    """An installer of the source."""
    name = f"Microsoft-ASR_UA_{number}_{tag}_GA_20Sep2025_release.tar.gz"
    return Offer(name, version(number), tag, exact)
