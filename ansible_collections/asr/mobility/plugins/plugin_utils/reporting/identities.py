# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities that more than one host of a play shows: cloned machines, which cannot both be protected."""

from __future__ import annotations

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import Fleet

KINDS = {"HostId": ("agent", "host_id"), "BIOS id": ("host", "bios_id")}
"""What is compared -> where a result of mobility_agent_info has it."""

_NO_IDENTITY = {"", "0" * 8 + "-0000-0000-0000-" + "0" * 12, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, "not settable"}
"""What firmware without a BIOS id of its own says; it proves nothing."""

_SHOWN = 10  # of the other hosts


def shared_identities(fleet: Fleet, kind: str) -> dict[str, list[str]]:
    """Identity -> the hosts that show it, in order, for each that more than one shows. One pass over the fleet."""
    part, key = KINDS[kind]
    seen: dict[str, list[str]] = {}
    for host, result in sorted(fleet.items()):
        identity = str(((result or {}).get(part) or {}).get(key) or "").strip().lower()
        if identity not in _NO_IDENTITY:
            seen.setdefault(identity, []).append(host)
    return {identity: hosts for identity, hosts in sorted(seen.items()) if len(hosts) > 1}


def hosts_of_the_same_identity(fleet: Fleet) -> dict[str, list[str]]:
    """Host -> the other hosts that show its HostId or BIOS id; hosts of their own identity are left out.

    Only the first others are named: a thousand clones of one machine must not make a million names.
    """
    found: dict[str, list[str]] = {}
    for hosts in (group for kind in KINDS for group in shared_identities(fleet, kind).values()):
        for host in hosts:
            others = found.setdefault(host, [])
            others += [other for other in hosts[: _SHOWN + 1] if other != host and other not in others]
    return {host: sorted(others)[:_SHOWN] for host, others in found.items()}
