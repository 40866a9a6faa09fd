# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One readable line per host at the end of a playbook, whatever happened to it."""

from __future__ import annotations

import typing as t

HostResult = t.Mapping[str, t.Any]
Fleet = t.Mapping[str, HostResult | None]  # host -> its result; None when no task of ours ended on it

_INSTALL_HEADER = ("host", "result", "agent", "registration", "note")
_STATUS_HEADER = ("host", "agent", "registration", "daemons", "note")
_STEP_WORDS = {"install": ("installed", "would install"), "upgrade": ("upgraded", "would upgrade")}
_UNREACHABLE = "unreachable"


def install_summary(fleet: Fleet, *, check_mode: bool) -> list[str]:
    """Lines of a table: what the installation did on each host, and why it did not."""
    rows = [_install_row(host, result, check_mode) for host, result in sorted(fleet.items())]
    return [*_table([_INSTALL_HEADER, *rows]), _count(row[1] for row in rows)]


def status_summary(fleet: Fleet) -> list[str]:
    """Lines of a table: the agent of each host; then every identity that more than one host claims."""
    rows = [_status_row(host, result) for host, result in sorted(fleet.items())]
    return [*_table([_STATUS_HEADER, *rows]), *duplicate_lines(fleet)]


def duplicate_lines(fleet: Fleet) -> list[str]:
    """A warning for each HostId or BIOS id that is seen on several hosts (cloned machines cannot both be protected)."""
    lines = []
    for label, path in (("HostId", ("agent", "host_id")), ("BIOS id", ("host", "bios_id"))):
        for identity, hosts in sorted(_shared(fleet, path).items()):
            lines.append(f"WARNING: {label} {identity} is used by {', '.join(hosts)}")
    return lines


def _shared(fleet: Fleet, path: tuple[str, str]) -> dict[str, list[str]]:
    seen: dict[str, list[str]] = {}
    for host, result in sorted(fleet.items()):
        identity = ((result or {}).get(path[0]) or {}).get(path[1])
        if identity:
            seen.setdefault(str(identity).lower(), []).append(host)
    return {identity: hosts for identity, hosts in seen.items() if len(hosts) > 1}


def _install_row(host: str, result: HostResult | None, check_mode: bool) -> tuple[str, ...]:
    trouble = _trouble(result)
    after = (result or {}).get("after") or {}
    word = trouble[0] if trouble else _done(result or {}, check_mode)
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
        return ("failed", "no task of this collection ended on the host")
    if result.get("unreachable"):
        return (_UNREACHABLE, _one_line(result.get("msg")))
    if result.get("failed"):
        reason = result.get("reason")
        return ("failed", f"{reason}: {_one_line(result.get('msg'))}" if reason else _one_line(result.get("msg")))
    return None


def _done(result: HostResult, check_mode: bool) -> str:
    for step in result.get("steps") or []:
        if step in _STEP_WORDS:
            return _STEP_WORDS[step][1 if check_mode else 0]
    return "changed" if result.get("changed") else "ok"


def _agent(agent: HostResult) -> str:
    return str(agent.get("version") or agent.get("presence") or "-")


def _daemons(agent: HostResult) -> str:
    if agent.get("presence") != "installed":
        return "-"
    return "running" if agent.get("running") else "stopped"


def _note(result: HostResult) -> str:
    notes = list(result.get("warnings") or [])
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
