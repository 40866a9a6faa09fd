# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the engine's types into the plain dictionaries that results and diffs show."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunStatus

if t.TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NOT_FOR_RESULTS = {
    "agent",
    "run",
    "tools",
    "installer_listing",
    "leftovers",
    "daemon_starts",
    "stored_registration",
}


def describe_agent(agent: AgentState) -> dict[str, t.Any]:
    """Every field of the agent, and `running`."""
    return {**_fields(agent), "running": agent.running}


def describe_host(host: HostState) -> dict[str, t.Any]:
    """The host without the agent and without what only the engine needs."""
    return {name: value for name, value in _fields(host).items() if name not in _NOT_FOR_RESULTS}


def describe_run(run: RunStatus) -> dict[str, t.Any]:
    """A detached run of this collection."""
    return _fields(run)


def describe_diff(before: AgentState, after: AgentState) -> dict[str, str]:
    """Ansible's diff: one line per field, so that only what changes stands out."""
    return {
        "before_header": "Mobility service",
        "after_header": "Mobility service",
        "before": _lines(before),
        "after": _lines(after),
    }


def _lines(agent: AgentState) -> str:
    return "".join(f"{name}: {value}\n" for name, value in sorted(describe_agent(agent).items()))


def _fields(value: DataclassInstance) -> dict[str, t.Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _plain(value: object) -> object:
    if isinstance(value, AgentVersion):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, t.Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
