# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every "no" of a registration's plan in one place: reason, what was found, what was expected, what to do."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import MANIFEST_ACTION
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState


def agent_missing(agent: AgentState) -> MobilityError:
    """Nothing to register."""
    half = agent.presence.value.replace("_", " ")
    return MobilityError(
        Reason.AGENT_MISSING,
        found=f"no installed agent ({half})",
        expected="an installed Mobility service",
        remedy="Install it with asr.mobility.mobility_agent first.",
    )


def another_run(observed: HostState) -> MobilityError:
    """A run of ours with another purpose, or one whose task is still bringing files."""
    run = observed.run
    action = run.manifest.get(MANIFEST_ACTION, "a task")
    return MobilityError(
        Reason.RUN_IN_PROGRESS,
        found=f"{action}, {run.phase.value} ({run.detail or 'no further detail'})",
        expected="no run, or one that leads to this registration",
        remedy="Wait until it has ended, then run the task again. It is never ended by this collection.",
    )


def on_azure(agent: AgentState) -> MobilityError:
    """The Azure platform is registered by Azure itself."""
    return MobilityError(
        Reason.PLATFORM_CHANGE,
        found=f"an agent of the platform {agent.platform}",
        expected="VmWare",
        remedy="An agent that was installed for Azure is registered by Azure Site Recovery itself.",
    )


def duplicate_identity(hosts: t.Sequence[str]) -> MobilityError:
    """Two machines under one identity: the second registration takes the first one's place."""
    return MobilityError(
        Reason.DUPLICATE_IDENTITY,
        found=f"the HostId or BIOS id of this host on {', '.join(hosts)} too",
        expected="an identity that no other machine has",
        remedy=(
            "Give a cloned machine a BIOS id of its own. Where its agent was cloned too, unregister it with "
            "state: absent or remove it, and then register it."
        ),
    )


def registered_elsewhere(found: str, wanted: str) -> MobilityError:
    """The configurator would end with 13, or silently take the agent away from where it is."""
    return MobilityError(
        Reason.REGISTERED_ELSEWHERE,
        found=f"an agent registered with {found}",
        expected=f"no registration, or one with {wanted}",
        remedy="Disable replication of the machine there, then run the task with allow_move: true.",
    )


def maybe_registered(agent: AgentState, wanted: str) -> MobilityError:
    """An upgrade drops the status, and without the appliance's file nothing tells where the agent is."""
    known = ", ".join(f"{key} {value}" for key, value in sorted(agent.registration_evidence.items()))
    return MobilityError(
        Reason.REGISTERED_ELSEWHERE,
        found=f"an agent that may be registered, at a place that the host does not tell ({known or 'HostId is set'})",
        expected=f"no registration, or one that is known to be with {wanted}",
        remedy=(
            "When this machine is not replicated elsewhere, or may leave where it is, run the task with "
            "allow_move: true."
        ),
    )


def takes_over_modernized() -> MobilityError:
    """The configurator accepts it and turns the agent into a classic one without a word."""
    return MobilityError(
        Reason.STACK_CHANGE,
        found="an agent that is registered with an appliance (modernized)",
        expected="an agent of a configuration server (classic), or one that is not registered",
        remedy="Disable replication and unregister the agent with state: absent before it is registered as classic.",
    )


def needs_migration(agent: AgentState) -> MobilityError:
    """The configurator ends with 97 while Hostname is set and no migration was prepared."""
    return MobilityError(
        Reason.STACK_CHANGE,
        found=f"an agent registered with the configuration server {agent.configuration_server} (classic)",
        expected="an agent that an upgrade has prepared for the modernized stack, or one that is not registered",
        remedy=(
            "Move the replicated item to the modernized stack and upgrade the agent for it first, or unregister it "
            "with state: absent and stack: classic."
        ),
    )


def prepared_for_modernized() -> MobilityError:
    """A migration that was begun is finished, not turned back."""
    return MobilityError(
        Reason.STACK_CHANGE,
        found="an agent that an upgrade has prepared for the modernized stack",
        expected="an agent of the classic stack",
        remedy="Register it with stack: modernized, which ends the migration.",
    )


def too_old(agent: AgentState) -> MobilityError:
    """Agents from before the appliance existed."""
    return MobilityError(
        Reason.AGENT_TOO_OLD,
        found=f"version {agent.version}",
        expected="version 9.43 or newer, which knows appliances",
        remedy="Upgrade the agent with asr.mobility.mobility_agent first.",
    )
