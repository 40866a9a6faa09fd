# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preflight found on a fleet: a table that a person reads, and a document for a program.

docs/preflight.schema.json describes the document.
"""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.evidence import (
    collection_version,
    outcome,
    unfinished,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import Fleet, HostResult
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.masking import mask

SCHEMA_VERSION = 1
OUTCOMES = ("fit", "unfit", "failed", "unreachable", "not_attempted")
SHOWN = ("fail", "warn")
"""The checks that a person is shown, a column each."""

_WIDTH = 70
_NO_RESULT = "No task of this collection ended on the host."
_KEYS = ("name", "status", "found", "required", "remedy")


def readiness(result: HostResult | None) -> str:
    """One word of OUTCOMES. unfit: checks failed, whether that failed the task or not; failed: they were not made."""
    if result is not None and "fit" in result:
        return "fit" if result["fit"] else "unfit"
    word = outcome(result, check_mode=False)
    return word if word in OUTCOMES else "failed"


def readiness_row(host: str, result: HostResult | None) -> tuple[str, ...]:
    """Host, result, the names of the checks that failed, and of those that warned."""
    names = [[check["name"] for check in _checks(result) if check["status"] == status] for status in SHOWN]
    return (host, readiness(result), *(", ".join(found) or "-" for found in names))


def readiness_details(fleet: Fleet) -> list[str]:
    """What was found and what to do: check by check, because many hosts need the same; then hosts without checks.

    The lines are short enough for Ansible not to break them.
    """
    lines: list[str] = []
    for status in SHOWN:
        for (name, remedy), found in _by_remedy(fleet, status).items():
            lines += [f"{name} ({status})", *_indented(found), *_indented([f"-> {remedy}"])]
    silent = [(host, result) for host, result in sorted(fleet.items()) if not _checks(result)]
    return [*lines, *(line for host, result in silent for line in (host, *_indented([_message(result)])))]


def _by_remedy(fleet: Fleet, status: str) -> dict[tuple[str, str], list[str]]:
    """(Check, remedy) -> "host: what was found", in the order in which one would correct them."""
    found: dict[tuple[str, str], list[str]] = {}
    for host, result in sorted(fleet.items()):
        for check in _checks(result):
            if check["status"] == status:
                found.setdefault((check["name"], _one_line(check["remedy"])), []).append(f"{host}: {check['found']}")
    return found


def _indented(texts: t.Iterable[str]) -> t.Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(_one_line(text), _WIDTH, initial_indent="    ", subsequent_indent="      ")


def preflight_begun(hosts: t.Iterable[str], secrets: t.Collection[str]) -> dict[str, t.Any]:
    """The document of a run that has begun, so that a place that cannot be written to is known before the work."""
    return preflight_document(unfinished(hosts), None, secrets)


def preflight_document(fleet: Fleet, ended: str | None, secrets: t.Collection[str]) -> dict[str, t.Any]:
    """The whole document.

    ended: UTC, as RFC 3339 writes it, None as long as the run goes on; secrets: to be taken out of every text.
    """
    hosts = [_host(name, result) for name, result in fleet.items()]
    words = [host["outcome"] for host in hosts]
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": collection_version(),
        "ended": ended,
        "totals": {"hosts": len(hosts), **{word: words.count(word) for word in OUTCOMES}},
        "hosts": [t.cast("dict[str, t.Any]", mask(host, secrets)) for host in hosts],
    }


def _host(name: str, result: HostResult | None) -> dict[str, t.Any]:
    given, word = result or {}, readiness(result)
    about = given.get("host") or {}
    return {
        "host": name,
        "outcome": word,
        "message": None if word in ("fit", "unfit") else _message(result),
        "os_name": about.get("os_name"),
        "tag": about.get("tag"),
        "kernel_running": about.get("kernel_running"),
        "kernel_next": about.get("kernel_next"),
        "agent_version": about.get("agent_version"),
        "checks": [{key: str(check.get(key, "")) for key in _KEYS} for check in _checks(result)],
        "kernels": [dict(kernel) for kernel in given.get("kernels") or []],
    }


def _checks(result: HostResult | None) -> t.Sequence[t.Mapping[str, t.Any]]:
    return (result or {}).get("checks") or []


def _message(result: HostResult | None) -> str:
    return str((result or {}).get("msg") or _NO_RESULT)


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())
