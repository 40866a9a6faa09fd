# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the network: what the machine needs after a failover, and what its agent must reach before."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import (
    Finding,
    Judge,
    Subject,
    failed,
    for_agents,
    passed,
    unknown,
    verdict,
    warned,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import judge_answers

_CLIENTS = Path(__file__).parents[1] / "data" / "dhcp_clients.yml"


@functools.cache
def _clients() -> t.Sequence[t.Mapping[str, t.Any]]:
    return t.cast("t.Sequence[t.Mapping[str, t.Any]]", yaml.safe_load(_CLIENTS.read_text(encoding="utf-8")))


@for_agents
def dhcp_client(subject: Subject) -> Finding:
    """By the table of data/dhcp_clients.yml."""
    found, rule = subject.seen.dhcp_clients, _rule(subject.tag)
    if found is None or rule is None:
        return unknown()
    program, package = rule["program"], rule["package"]
    if program in found:
        return passed(program)
    remedy = f"Install {package}."
    if rule.get("guessed"):
        return warned(f"no {program}, which older installers ask for", remedy)
    return failed(f"no {program}", remedy)


def _rule(tag: str) -> t.Mapping[str, t.Any] | None:
    return next((rule for rule in _clients() if tag.startswith(rule["tag"])), None)


def ipv4(subject: Subject) -> Finding:
    """An address on an interface with hardware, or on what lies upon such a one (bond, bridge, VLAN).

    Not every kernel tells what lies upon what, so an address elsewhere is a warning.
    """
    addresses, interfaces = subject.seen.addresses, subject.seen.interfaces
    if addresses is None:
        return unknown()
    if not interfaces:
        return unknown("no interface with hardware, as in a container")
    good = [f"{address} on {name}" for name, address in addresses if name in interfaces]
    if good:
        return passed(", ".join(good))
    if addresses:
        names = ", ".join(dict.fromkeys(name for name, _address in addresses))
        return warned(f"IPv4 on {names} only, and no hardware is seen below")
    return failed(f"no IPv4 address on {', '.join(interfaces)}")


def network_interfaces(subject: Subject) -> Finding:
    """Several interfaces with an address: the agent takes one of them, and the servers must be reached from it."""
    addresses, interfaces = subject.seen.addresses, subject.seen.interfaces
    if addresses is None or not interfaces:
        return unknown("no interface with hardware, as in a container" if addresses is not None else "no program ip")
    used = dict.fromkeys(name for name, _address in addresses if name in interfaces)
    if not used:
        return unknown("no address on an interface with hardware")
    return warned(", ".join(used)) if len(used) > 1 else passed(", ".join(used))


def hosts_entry(subject: Subject) -> Finding:
    """Push installation asks for it, and programs that look for their own address take it from there."""
    addresses = subject.seen.hosts_addresses
    if addresses is None:
        return unknown()
    name = subject.host.host_name
    return passed(f"{name} is {', '.join(addresses)}") if addresses else warned(f"no line for {name}")


def server_reachable(subject: Subject) -> Finding:
    """Every name and port that the caller's server or appliance has; at one of several addresses of an appliance."""
    if not subject.needs:
        return unknown("no server, appliance or endpoint was named")
    refusal, warnings = judge_answers(subject.needs, subject.answers)
    if refusal is not None:
        return failed(refusal.found)
    if warnings and not any(answer.reached for answer in subject.answers):
        return unknown(" ".join(warnings))
    reached = ", ".join(str(answer.endpoint) for answer in subject.answers if answer.reached)
    return warned(" ".join(warnings)) if warnings else verdict(True, reached, "")


JUDGES: t.Mapping[str, Judge] = {
    "dhcp_client": dhcp_client,
    "ipv4": ipv4,
    "network_interfaces": network_interfaces,
    "hosts_entry": hosts_entry,
    "server_reachable": server_reachable,
}
