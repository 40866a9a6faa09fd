# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One readable line per host at the end of a playbook, whatever happened to it."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import (
    Fleet,
    HostResult,
    in_trouble,
    is_unfit,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.identities import KINDS, shared_identities
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.readiness import (
    readiness,
    readiness_details,
    readiness_row,
)

_INSTALL_HEADER = ("host", "result", "agent", "registration", "note")
_PREFLIGHT_HEADER = ("host", "result", "failed", "warned")
_STATUS_HEADER = ("host", "agent", "registration", "daemons", "note")
_STEP_WORDS = {
    "install": ("installed", "would install"),
    "upgrade": ("upgraded", "would upgrade"),
    "uninstall": ("removed", "would remove"),
    "finish_removal": ("removed", "would remove"),
    "remove_record": ("removed", "would remove"),
    "remove_leftovers": ("tidied", "would tidy"),
    "register": ("registered", "would register"),
    "move": ("moved", "would move"),
    "unregister": ("unregistered", "would unregister"),
    "collect": ("collected", "would collect"),
    "start": ("started", "would start"),
}
_PROCEDURE_STEPS = {
    "install": "install",
    "update": "upgrade",
    "uninstall": "uninstall",
    "register": "register",
    "logs": "collect",
}
"""What a change was when none of its steps has a word of its own."""
_UNREACHABLE = "unreachable"
_NO_RESULT = "no task of this collection ended on the host"


def change_summary(fleet: Fleet, procedure: str, *, check_mode: bool) -> list[str]:
    """Lines of a table: what the procedure did on each host, and why it did not."""
    rows = [_change_row(host, result, procedure, check_mode) for host, result in sorted(fleet.items())]
    return [*_table([_INSTALL_HEADER, *rows]), _count(row[1] for row in rows)]


def troubles(fleet: Fleet, *, unfit: bool = True) -> dict[str, str]:
    """Host -> message, for every host because of which the run must not end well.

    unfit: also one that its checks found not fit, although no task failed for that.
    """
    return {
        host: (result or {}).get("msg") or _NO_RESULT
        for host, result in fleet.items()
        if in_trouble(result) or (unfit and is_unfit(result))
    }


def status_summary(fleet: Fleet) -> list[str]:
    """Lines of a table: the agent of each host; then every identity that more than one host claims."""
    rows = [_status_row(host, result) for host, result in sorted(fleet.items())]
    return [*_table([_STATUS_HEADER, *rows]), *duplicate_lines(fleet)]


def preflight_summary(fleet: Fleet) -> list[str]:
    """Lines of a table: the checks that failed or warned on each host, what to do, and how many hosts are fit."""
    rows = [readiness_row(host, result) for host, result in sorted(fleet.items())]
    words = _count(readiness(result) for result in fleet.values())
    return [*_table([_PREFLIGHT_HEADER, *rows]), *readiness_details(fleet), words]


def duplicate_lines(fleet: Fleet) -> list[str]:
    """A warning for each HostId or BIOS id that is seen on several hosts (cloned machines cannot both be protected)."""
    return [
        f"WARNING: {kind} {identity} is used by {', '.join(hosts)}"
        for kind in KINDS
        for identity, hosts in shared_identities(fleet, kind).items()
    ]


def _change_row(host: str, result: HostResult | None, procedure: str, check_mode: bool) -> tuple[str, ...]:
    trouble = _trouble(result)
    after = (result or {}).get("after") or {}
    word = trouble[0] if trouble else _done(result or {}, procedure, check_mode)
    note = trouble[1] if trouble else _note(result or {})
    return (host, word, _agent(after), str(after.get("registration") or "-"), note)


def _status_row(host: str, result: HostResult | None) -> tuple[str, ...]:
    trouble = _trouble(result)
    if trouble:
        return (host, trouble[0], "-", "-", trouble[1])
    agent = (result or {}).get("agent") or {}
    return (host, _agent(agent), str(agent.get("registration") or "-"), _daemons(agent), _note(result or {}))


def _trouble(result: HostResult | None) -> tuple[str, str] | None:
    if result is None:
        return ("failed", _NO_RESULT)
    if result.get("not_attempted"):
        return ("not attempted", _one_line(result.get("msg")))
    if result.get("unreachable"):
        return (_UNREACHABLE, _one_line(result.get("msg")))
    if result.get("failed"):
        reason = result.get("reason")
        return ("failed", f"{reason}: {_one_line(result.get('msg'))}" if reason else _one_line(result.get("msg")))
    return None


def _done(result: HostResult, procedure: str, check_mode: bool) -> str:
    steps = result.get("steps") or []
    if result.get("changed"):
        steps = [*steps, _PROCEDURE_STEPS[procedure]]
    words = [_STEP_WORDS[step] for step in steps if step in _STEP_WORDS]
    return words[0][1 if check_mode else 0] if words else "ok"


def _agent(agent: HostResult) -> str:
    return str(agent.get("version") or agent.get("presence") or "-")


def _daemons(agent: HostResult) -> str:
    if agent.get("presence") != "installed":
        return "-"
    return "running" if agent.get("running") else "stopped"


def _note(result: HostResult) -> str:
    notes = list(result.get("warnings") or [])
    if result.get("path"):
        notes.insert(0, result["path"])
    if result.get("reboot_required"):
        notes.insert(0, f"restart: {result.get('reboot_reason')}")
    return _one_line("; ".join(str(note) for note in notes))


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())


def _count(words: t.Iterable[str]) -> str:
    totals: dict[str, int] = {}
    for word in words:
        totals[word] = totals.get(word, 0) + 1
    return ", ".join(f"{number} {word}" for word, number in sorted(totals.items()))


def _table(rows: t.Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
