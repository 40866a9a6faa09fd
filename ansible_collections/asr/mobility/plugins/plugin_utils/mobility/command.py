# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of Microsoft's installer: every mandatory option written out, because its defaults change.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): any -d other than the literal
/usr/local/ASR gets /ASR appended. Without -r a fresh silent installation ends 98 and installs nothing. Without -v the
platform is guessed wrongly on Azure. The default of -c has changed from CSLegacy to CSPrime. An installed agent that
was never configured counts as CSLegacy: -c CSPrime is accepted for it with -a Install only. A registered classic
agent is prepared for the modernized stack by -c CSPrime -a Install, and refused with -a Upgrade.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Presence,
    Registration,
    Stack,
)

DEFAULT_DIRECTORY = "/usr/local/ASR"
_SUFFIX = "/ASR"
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_+@:-][A-Za-z0-9._+@:-]*)+\Z")
_CSTYPES = {Stack.MODERNIZED: "CSPrime", Stack.CLASSIC: "CSLegacy"}
_ROLES = {"agent": "MS", "master_target": "MT"}
_KEEPS_ITS_SETTINGS = (Presence.INSTALLED, Presence.RECORD_CORRUPT)


class Wanted(t.Protocol):
    """The part of the wanted state that the command line needs, and that a host can be unfit for."""

    @property
    def stack(self) -> Stack:
        """The stack the agent is meant for."""

    @property
    def platform(self) -> str:
        """The product's word for the platform."""

    @property
    def role(self) -> str:
        """agent or master_target."""

    @property
    def install_dir(self) -> str:
        """The prefix, which ends in /ASR."""


def install_command(
    agent: AgentState, wanted: Wanted, *, errors_file: str, log_file: str, changes: t.Collection[str] = ()
) -> list[str]:
    """The installer's words for a fresh installation or an upgrade, to be run inside its extracted directory.

    agent: what is installed, whose stack, platform, role and place win over the wanted ones.
    changes: stack, platform: what the upgrade is to change all the same.
    errors_file, log_file: absolute paths on the host.
    """
    keeps = agent.presence in _KEEPS_ITS_SETTINGS
    platform = agent.platform if keeps and agent.platform and "platform" not in changes else wanted.platform
    role = agent.role if keeps and agent.role else wanted.role
    stack, action = (wanted.stack, "Install")
    if keeps and "stack" not in changes:
        stack, action = _stack_and_action(agent, wanted)
    return [
        "./install",
        "-q",
        *("-d", _directory(agent, wanted) if keeps else directory_option(wanted.install_dir)),
        *("-r", _ROLES.get(role, "MS")),
        *("-v", platform),
        *("-c", _CSTYPES[stack]),
        *("-a", action),
        *("-l", log_file),
        *("-e", errors_file),
    ]


def _stack_and_action(agent: AgentState, wanted: Wanted) -> tuple[Stack, str]:
    """For an unregistered agent the wanted stack; -a Install with another one would move a registered agent there."""
    if agent.registration is Registration.NO:
        return wanted.stack, "Install"
    return agent.stack or wanted.stack, "Upgrade"


def _directory(agent: AgentState, wanted: Wanted) -> str:
    """The installer ignores -d on an upgrade, but it must still be an absolute path."""
    installed = agent.install_dir or DEFAULT_DIRECTORY
    return directory_option(installed) if installation_of(installed) == installed else installed


def directory_option(install_dir: str) -> str:
    """What to pass as -d so that the installer installs into install_dir and nowhere else.

    Raises install_dir_not_possible with what the installer would make of it.
    """
    if install_dir == DEFAULT_DIRECTORY:
        return install_dir
    if not _PLAIN_PATH.match(install_dir):
        raise _not_possible(install_dir, f"install_dir {install_dir!r}", "an absolute plain path that ends in /ASR")
    parent = install_dir[: -len(_SUFFIX)] if install_dir.endswith(_SUFFIX) else ""
    if not parent or parent == DEFAULT_DIRECTORY:
        raise _not_possible(
            install_dir,
            f"install_dir {install_dir!r}, from which the installer would make {_would_become(install_dir)!r}",
            f"{DEFAULT_DIRECTORY} or a path that ends in {_SUFFIX}",
        )
    return parent


def installation_of(install_dir: str) -> str | None:
    """The prefix that results from install_dir; None when it is not possible. The same path, or nothing."""
    try:
        directory_option(install_dir)
    except MobilityError:
        return None
    return install_dir


def _would_become(install_dir: str) -> str:
    if install_dir == f"{DEFAULT_DIRECTORY}{_SUFFIX}":
        return DEFAULT_DIRECTORY
    return f"{install_dir}{_SUFFIX}"


def _not_possible(install_dir: str, found: str, expected: str) -> MobilityError:
    stripped = install_dir.rstrip("/")
    fitting = stripped if stripped.endswith(_SUFFIX) else f"{stripped}{_SUFFIX}"
    proposal = fitting if installation_of_plain(fitting) else DEFAULT_DIRECTORY
    return MobilityError(
        Reason.INSTALL_DIR_NOT_POSSIBLE,
        found=found,
        expected=expected,
        remedy=f"Write install_dir: {proposal}.",
    )


def is_plain_prefix(path: str) -> bool:
    """True for a directory that can only be a prefix of the product: plain, and ending in /ASR."""
    return bool(_PLAIN_PATH.match(path)) and path.endswith(_SUFFIX)


def uninstall_command(prefix: str, *, log_file: str) -> list[str]:
    """The uninstaller's words. By absolute path: after a relative call its lock stays in the caller's directory."""
    return [f"{prefix}/uninstall.sh", "-Y", "-L", log_file]


def installation_of_plain(path: str) -> bool:
    """True for a path that can be proposed: plain, below a directory, and not the one the installer misreads."""
    return bool(_PLAIN_PATH.match(path)) and path.count("/") > 1 and path != f"{DEFAULT_DIRECTORY}{_SUFFIX}"
