# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a run left in the variables of its hosts, read once for the table, the report and the gate.

Every host ends with one result: what its module returned, a failure that was kept for the end, or the note that the
run was stopped before it came to the host.
"""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleError

HostResult = t.Mapping[str, t.Any]
Fleet = t.Mapping[str, HostResult | None]  # host -> its result; None when no task of ours ended on it
Variables = t.Mapping[str, t.Any]

FAILURE_VARIABLE = "asr_mobility_failure"  # what the playbooks' rescue kept
GATE_VARIABLE = "asr_mobility_gate"  # the verdict on the host's wave
WAVES_VARIABLE = "asr_mobility_waves"  # the plan of the run
REBOOT_VARIABLE = "settle_reboot_result"
HEALTH_VARIABLE = "settle_health_result"
_SECRET = re.compile(r"(pass|password|passwd|passphrase|secret|token|private_key|asr_mobility_config)\Z", re.IGNORECASE)
_SHORTEST_SECRET = 3

AFTER_A_CHANGE = (REBOOT_VARIABLE, HEALTH_VARIABLE)


def play_variables(task_vars: Variables) -> dict[str, Variables]:
    """The variables of every host of the play, those of other batches included; costly, so ask once."""
    hostvars = task_vars["hostvars"]
    return {host: hostvars[host] for host in task_vars["ansible_play_hosts_all"]}


def read_fleet(hosts: t.Mapping[str, Variables], variable: str) -> Fleet:
    """The result of every host. variable: where the procedure left it."""
    return {host: host_result(variables, variable) for host, variables in hosts.items()}


def host_result(variables: Variables, variable: str) -> HostResult | None:
    """The one result of a host, with the keys not_attempted, rebooted and healthy added where they apply."""
    registered = variables.get(variable)
    failed = variables.get(FAILURE_VARIABLE)
    gate = variables.get(GATE_VARIABLE)
    if registered is None and failed is None:
        return _not_attempted(gate) if gate and gate.get("proceed") is False else None
    result = {**(registered or {}), **_settled(variables)}
    if failed and not result.get("failed"):
        result = {**result, **failed, "changed": bool(result.get("changed") or failed.get("changed")), "failed": True}
    return {**result, "duration": _seconds([registered or failed, *map(variables.get, AFTER_A_CHANGE)])}


def in_trouble(result: HostResult | None) -> bool:
    """True when the run must not end well because of this host."""
    return result is None or any(result.get(key) for key in ("failed", "unreachable", "not_attempted"))


def is_unfit(result: HostResult | None) -> bool:
    """True for a host whose checks failed, whether that failed its task or not."""
    return result is not None and result.get("fit") is False


def _not_attempted(gate: Variables) -> HostResult:
    return {"not_attempted": True, "reason": gate.get("reason"), "msg": gate.get("msg")}


def _settled(variables: Variables) -> dict[str, t.Any]:
    """What was done after the change: a restart that was carried out is not required any more."""
    found: dict[str, t.Any] = {}
    reboot, health = variables.get(REBOOT_VARIABLE) or {}, variables.get(HEALTH_VARIABLE) or {}
    if reboot.get("rebooted"):
        found.update(rebooted=True, reboot_required=False)
    if "healthy" in health:
        found["healthy"] = health["healthy"]
    return found


def _seconds(results: t.Iterable[object]) -> float | None:
    """The measured seconds of all tasks together; None when none was measured."""
    measured = [result["duration"] for result in results if isinstance(result, t.Mapping) and "duration" in result]
    return round(sum(measured), 3) if measured else None


def secret_values(hosts: t.Mapping[str, Variables]) -> frozenset[str]:
    """The values of every variable whose name tells that it is a secret."""
    found = set()
    for variables in hosts.values():
        for name in filter(_SECRET.search, variables):
            found |= {value for value in [_value(variables, name)] if len(value) >= _SHORTEST_SECRET}
    return frozenset(found)


def _value(variables: Variables, name: str) -> str:
    """As text; one that cannot be resolved was used nowhere."""
    try:
        return str(variables[name] or "")
    except AnsibleError:
        return ""
