# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell from the agent's own configuration whether it is registered; the record's status alone proves nothing.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): a new agent has the HostId
1234_45466_67689, an unconfigured one an empty HostId. CSType stays CSLegacy until the first successful contact with an
appliance. A failed registration blanks Hostname and writes the status Failed. An upgrade removes the status of a
registered agent, and an unconfigured agent keeps Succeeded: the status is wrong in both directions.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Registration, Stack

NEVER_CONFIGURED = "1234_45466_67689"
_STACKS = {"CSPrime": Stack.MODERNIZED, "CSLegacy": Stack.CLASSIC}
_ROLES = {"agent": "agent", "mastertarget": "master_target"}
_PLATFORMS = {name.lower(): name for name in ("VmWare", "Azure", "AzureStackHub")}
_EVIDENCE_KEYS = ("HostId", "CSType", "Hostname", "CloudPairingStatus")


@dataclass(frozen=True)
class Configuration:
    """The whitelisted keys of drscout.conf, and whether etc/SourceConfig.json lies beside it; None: no such file."""

    keys: t.Mapping[str, str] | None
    source_config: bool = False

    def get(self, key: str) -> str | None:
        """A key's value without the spaces around it and without quotes; None when missing or empty."""
        return ((self.keys or {}).get(key) or "").strip().strip("\"'") or None

    @property
    def host_id(self) -> str | None:
        """The identity the agent is registered under; the value of a new agent is none."""
        value = self.get("HostId")
        return None if value == NEVER_CONFIGURED else value

    @property
    def stack(self) -> Stack | None:
        """The stack of CSType; meaningful for a registered agent only.

        Agents from before that key existed knew the configuration server only, whose address is Hostname.
        """
        named = self.get("CSType")
        if named is None and self.get("Hostname"):
            return Stack.CLASSIC
        return _STACKS.get(named or "")

    @property
    def role(self) -> str | None:
        """The role in the collection's words; an unknown one as it stands there."""
        value = self.get("Role")
        return _ROLES.get(value.lower(), value) if value else None

    @property
    def migrating(self) -> tuple[str, ...]:
        """stack, platform: what an upgrade has prepared a change of; the agent is stopped until it is configured."""
        to_prime = (self.get("PlatformChangeToCSPrime") or "").lower() in ("true", "1")
        to_azure = (self.get("PlatformChange") or "None").lower() != "none"
        return (*(["stack"] if to_prime else []), *(["platform"] if to_azure else []))

    @property
    def port(self) -> int | None:
        """The port of the configuration server."""
        value = self.get("Port") or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 5 else None


def platform_name(text: str | None) -> str | None:
    """The product's spelling of a platform; the installer takes any letter case."""
    return _PLATFORMS.get(text.lower(), text) if text else None


def registration(configuration: Configuration, status: str | None) -> Registration:
    """ok, no or unknown.

    status: AGENT_CONFIGURATION_STATUS of the record. unknown: the file is missing, or what it says contradicts itself.
    """
    if configuration.keys is None or "HostId" not in configuration.keys:
        return Registration.UNKNOWN
    if configuration.host_id is None or status == "Failed":
        return Registration.NO
    judge = _BY_STACK.get(configuration.stack)
    return judge(configuration, status) if judge else Registration.UNKNOWN


def _modernized(configuration: Configuration, status: str | None) -> Registration:
    if configuration.source_config or status == "Succeeded":
        return Registration.OK
    return Registration.UNKNOWN  # reached the appliance once, but neither its file nor a status tells of success


def _classic(configuration: Configuration, status: str | None) -> Registration:
    if configuration.get("Hostname"):
        return Registration.OK
    return Registration.UNKNOWN if status == "Succeeded" else Registration.NO


_BY_STACK: t.Mapping[Stack | None, t.Callable[[Configuration, str | None], Registration]] = {
    Stack.MODERNIZED: _modernized,
    Stack.CLASSIC: _classic,
}


def evidence(configuration: Configuration, status: str | None) -> dict[str, str]:
    """The facts behind registration(), in plain words; nothing here is secret."""
    facts = {key: configuration.get(key) or "empty" for key in _EVIDENCE_KEYS if key in (configuration.keys or {})}
    if facts.get("HostId") == NEVER_CONFIGURED:
        facts["HostId"] += " (never configured)"
    facts["drscout.conf"] = "missing" if configuration.keys is None else "read"
    facts["SourceConfig.json"] = "present" if configuration.source_config else "absent"
    facts["AGENT_CONFIGURATION_STATUS"] = status or "absent"
    return facts
