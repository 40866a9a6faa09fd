# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked for, and the plan that leads there: a list of named steps, or one refusal with a typed reason."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion, VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Stack

MANIFEST_ACTION = "action"  # of a detached run: the StepName it was started for
MANIFEST_VERSION = "version"  # of its installer


class Change(str, enum.Enum):
    """What an upgrade may change of an installed agent only when the caller allows it by name."""

    STACK = "stack"
    PLATFORM = "platform"
    REGISTRATION = "registration"  # the installer removes some old versions before it installs: registered no more


@dataclass(frozen=True)
class Desired:
    """state=present or latest as the caller wrote it; None means: whatever is there is fine."""

    stack: Stack = Stack.MODERNIZED
    platform: str = "VmWare"  # VmWare | Azure | AzureStackHub
    role: str = "agent"  # agent | master_target
    install_dir: str = "/usr/local/ASR"
    version: VersionSpec | None = None  # major.minor or full
    latest: bool = False  # the highest version that the source offers
    allow_change: frozenset[Change] = frozenset()
    started: bool = False  # a registered agent whose daemons do not run is started
    force: bool = False  # also on a host that was told not to be restarted


@dataclass(frozen=True)
class Offer:
    """The installer that the source has for this host, which plan() may decide to use; where it lies is left out."""

    file_name: str
    version: AgentVersion
    tag: str
    exact: bool  # the caller named this one file (not a directory to choose from)


class StepName(str, enum.Enum):
    """The steps a plan may hold, in the words shown to people."""

    ADOPT_RUN = "adopt_run"  # our own earlier run still goes on, or has ended unread: follow it, then judge
    COLLECT_DEAD_RUN = "collect_dead_run"  # keep its last words, remove it
    INSTALL = "install"
    UPGRADE = "upgrade"
    START = "start"  # the daemons of a registered agent
    UNINSTALL = "uninstall"
    FINISH_REMOVAL = "finish_removal"  # of a half removed agent, with the uninstaller of an archive
    REMOVE_RECORD = "remove_record"  # of an agent whose programs are gone
    REMOVE_LEFTOVERS = "remove_leftovers"  # what a removal leaves behind
    REGISTER = "register"
    MOVE = "move"  # to another configuration server or appliance
    UNREGISTER = "unregister"
    REPLACE_DRIVER = "replace_driver"  # by the one of a driver package


_TIDYING = (StepName.ADOPT_RUN, StepName.COLLECT_DEAD_RUN)
DIRECT = (StepName.START, StepName.REMOVE_RECORD, StepName.REMOVE_LEFTOVERS)  # done at once, without a detached run
REMOVAL_STEPS = (
    StepName.UNINSTALL,
    StepName.FINISH_REMOVAL,
    StepName.REMOVE_RECORD,
    StepName.REMOVE_LEFTOVERS,
)
REGISTRATION_STEPS = (StepName.REGISTER, StepName.MOVE, StepName.UNREGISTER)
_WITH_INSTALLER = (StepName.INSTALL, StepName.UPGRADE, StepName.FINISH_REMOVAL)


@dataclass(frozen=True)
class Step:
    """One named step, the plain values a person wants to see beside it, and the agent it leads to if not the plan's."""

    name: StepName
    details: t.Mapping[str, str] = field(default_factory=dict)
    promised: AgentState | None = None


@dataclass(frozen=True)
class Plan:
    """Either steps (maybe none) with the agent state they lead to, or a refusal. Never both."""

    steps: t.Sequence[Step] = ()
    promised: AgentState | None = None  # the agent as it will be when every step worked
    refusal: MobilityError | None = None
    warnings: t.Sequence[str] = ()

    @property
    def changes(self) -> bool:
        """True when a step would change the host (adopting or tidying up is none, unless it promises an agent)."""
        return any(step.name not in _TIDYING or step.promised is not None for step in self.steps)

    @property
    def uses_installer(self) -> bool:
        """True when a step needs the installer's archive."""
        return any(step.name in _WITH_INSTALLER for step in self.steps)
