# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a detached run was started for, written beside it, so that a later task judges it as the first one would have.

The host in the middle of a run shows neither the state before nor the state that was promised: an upgrade has stopped
the agent, a fresh installation has no record yet. So both go into the manifest, as plain values and without secrets.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    MANIFEST_VERSION,
    Change,
    Desired,
    Offer,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.promise import fresh_agent, upgraded_agent
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Presence,
    Registration,
    Stack,
)

_DAEMONS = ("svagents", "appservice")
_YES_NO = {True: "yes", False: "no"}
_RUNNING = {"yes": True, "no": False}


@dataclass(frozen=True)
class RunIntent:
    """What a run was started for: action, installer, settings, and what was there before.

    before: the fields that a verdict needs (presence, version, registration, running, install_dir), no others.
    """

    action: StepName  # INSTALL or UPGRADE
    offer: Offer
    desired: Desired
    before: AgentState
    changes: frozenset[Change] = frozenset()

    def promised(self, seen: AgentState | None = None) -> AgentState:
        """The agent the run leads to. seen: what the host shows now, for the fields that an upgrade leaves alone."""
        if self.action is StepName.INSTALL:
            return fresh_agent(self.desired, self.offer.version, self.offer.tag)
        return upgraded_agent(self.before_of(seen), self.desired, self.offer.version, self.offer.tag, self.changes)

    def before_of(self, seen: AgentState | None) -> AgentState:
        """The agent before the run, completed by what the host shows now of the fields that no upgrade changes."""
        if seen is None or self.action is StepName.INSTALL:
            return self.before
        return replace(
            seen,
            presence=self.before.presence,
            version=self.before.version,
            registration=self.before.registration,
            install_dir=self.before.install_dir,
            daemons=self.before.daemons,
        )

    def differences(self, desired: Desired) -> tuple[str, ...]:
        """The settings in which the run differs from what is wanted, in words; the version is a question apart."""
        pairs = (
            ("stack", self.desired.stack.value, desired.stack.value),
            ("platform", self.desired.platform, desired.platform),
            ("role", self.desired.role, desired.role),
            ("install_dir", self.desired.install_dir, desired.install_dir),
        )
        return tuple(f"{name} {mine}, not {wanted}" for name, mine, wanted in pairs if mine != wanted)


def write_manifest(
    action: StepName,
    offer: Offer,
    desired: Desired,
    before: AgentState,
    changes: t.Collection[Change] = (),
) -> dict[str, str]:
    """The lines of a run's manifest; read_manifest() is its inverse."""
    return {
        MANIFEST_ACTION: action.value,
        "installer": offer.file_name,
        MANIFEST_VERSION: str(offer.version),
        "tag": offer.tag,
        "stack": desired.stack.value,
        "platform": desired.platform,
        "role": desired.role,
        "install_dir": desired.install_dir,
        **agent_before(before),
        "changes": ",".join(sorted(change.value for change in changes)),
    }


def agent_before(agent: AgentState) -> dict[str, str]:
    """The lines that tell the agent before a run; read_agent_before() is the inverse."""
    return {
        "before_presence": agent.presence.value,
        "before_version": str(agent.version) if agent.version else "",
        "before_registration": agent.registration.value,
        "before_running": _YES_NO[agent.running],
        "before_install_dir": agent.install_dir or "",
    }


def read_agent_before(manifest: t.Mapping[str, str]) -> AgentState | None:
    """The agent before a run, as far as a verdict needs it; None when the manifest does not tell."""
    try:
        return _before(manifest)
    except (KeyError, ValueError, MobilityError):
        return None


def read_manifest(manifest: t.Mapping[str, str]) -> RunIntent | None:
    """What a run was started for; None when the manifest is not one that write_manifest() wrote."""
    try:
        return _intent(manifest)
    except (KeyError, ValueError, MobilityError):
        return None


def _intent(manifest: t.Mapping[str, str]) -> RunIntent:
    action = StepName(manifest[MANIFEST_ACTION])
    if action not in (StepName.INSTALL, StepName.UPGRADE):
        raise ValueError(action)
    return RunIntent(
        action=action,
        offer=Offer(
            manifest["installer"], AgentVersion.parse(manifest[MANIFEST_VERSION]), manifest["tag"], exact=False
        ),
        desired=Desired(
            stack=Stack(manifest["stack"]),
            platform=manifest["platform"],
            role=manifest["role"],
            install_dir=manifest["install_dir"],
        ),
        before=_before(manifest),
        changes=frozenset(Change(word) for word in manifest["changes"].split(",") if word),
    )


def _before(manifest: t.Mapping[str, str]) -> AgentState:
    presence = Presence(manifest["before_presence"])
    version = manifest["before_version"]
    running = _RUNNING[manifest["before_running"]]
    return AgentState(
        presence=presence,
        version=AgentVersion.parse(version) if version else None,
        registration=Registration(manifest["before_registration"]),
        install_dir=manifest["before_install_dir"] or None,
        daemons={} if presence is Presence.ABSENT else dict.fromkeys(_DAEMONS, running),
    )
