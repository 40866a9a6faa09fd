# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON document of a run: what a pipeline reads instead of the screen. docs/report.schema.json describes it.

A document is written when the run begins, with every host not attempted, and replaced when it ends: so one that is
found afterwards is never that of an earlier run.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import Fleet, HostResult, is_unfit
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.masking import mask

SCHEMA_VERSION = 1
OUTCOMES = ("unchanged", "changed", "would_change", "failed", "unreachable", "not_attempted")
NOT_FINISHED = "run_not_finished"
NO_RESULT = "no_result"
_REASONS = {"failed": "task_failed", "unreachable": "unreachable", "not_attempted": NOT_FINISHED}
"""Outcomes that have a reason, and which when none was given: what failed may be no module of this collection."""

_COLLECTION = Path(__file__).parents[3]
_TEXTS = ("found", "expected", "remedy", "reboot_reason", "installer")
_NO_RESULT_MESSAGE = "No task of this collection ended on the host."
_NOT_FINISHED_MESSAGE = "The run has not come to its end."


@dataclass(frozen=True)
class Run:
    """What is true of the run as a whole. started, ended: UTC, as RFC 3339 writes it; ended is None while it lasts."""

    procedure: str
    check_mode: bool
    started: str | None
    ended: str | None
    waves: t.Mapping[str, int]  # host -> number of its wave
    secrets: t.Collection[str] = ()  # to be taken out of every text that a task or an inventory wrote


def begun(run: Run, hosts: t.Iterable[str]) -> dict[str, t.Any]:
    """The document of a run that has begun: nothing is known of any host."""
    return document(run, unfinished(hosts))


def unfinished(hosts: t.Iterable[str]) -> Fleet:
    """The results of hosts of which nothing is known as long as the run has not ended."""
    unknown = {"not_attempted": True, "reason": NOT_FINISHED, "msg": _NOT_FINISHED_MESSAGE}
    return dict.fromkeys(hosts, unknown)


def document(run: Run, fleet: Fleet) -> dict[str, t.Any]:
    """The whole document."""
    hosts = [_host(name, result, run) for name, result in fleet.items()]
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": collection_version(),
        "action": run.procedure,
        "check_mode": run.check_mode,
        "started": run.started,
        "ended": run.ended,
        "totals": _totals(hosts),
        "hosts": hosts,
    }


def outcome(result: HostResult | None, *, check_mode: bool) -> str:
    """One word of OUTCOMES."""
    if result is None:
        return "failed"
    for word in ("not_attempted", "unreachable", "failed"):
        if result.get(word):
            return word
    if is_unfit(result):
        return "failed"
    if not result.get("changed"):
        return "unchanged"
    return "would_change" if check_mode else "changed"


def write_document(path: Path, content: t.Mapping[str, t.Any]) -> None:
    """Put the document at its path at once and readable by its owner only; a reader never sees half of it."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _not_written(path, error) from error


def collection_version() -> str:
    """The version of this collection: from its manifest when it is installed, from galaxy.yml in a checkout."""
    manifest = _COLLECTION / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    found = re.search(r"^version: *(\S+)", (_COLLECTION / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"


def _host(name: str, result: HostResult | None, run: Run) -> dict[str, t.Any]:
    given = result if result is not None else {"reason": NO_RESULT, "msg": _NO_RESULT_MESSAGE}
    word = outcome(result, check_mode=run.check_mode)
    told = {
        **{key: _text(given.get(key)) for key in _TEXTS},
        "message": _text(given.get("msg")) if word in _REASONS else None,
        "before": given.get("before") or given.get("agent"),
        "after": given.get("after") or given.get("agent"),
        "warnings": [str(warning) for warning in given.get("warnings") or []],
    }
    return {
        "host": name,
        "wave": run.waves.get(name),
        "outcome": word,
        "reason": str(given.get("reason") or _REASONS[word]) if word in _REASONS else None,
        "changed": bool(given.get("changed")),
        "steps": [str(step) for step in given.get("steps") or []],
        "exit_code": given.get("exit_code"),
        "reboot_required": bool(given.get("reboot_required")),
        "rebooted": bool(given.get("rebooted")),
        "healthy": given.get("healthy"),
        "duration": given.get("duration"),
        **t.cast("dict[str, t.Any]", mask(told, run.secrets)),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _totals(hosts: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, int]:
    counted = {word: sum(host["outcome"] == word for host in hosts) for word in OUTCOMES}
    waiting = sum(host["reboot_required"] for host in hosts)
    return {"hosts": len(hosts), **counted, "reboot_required": waiting}


def _not_written(path: Path, error: OSError) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"{path}: {error.strerror or error}",
        expected="a file that can be written, in a directory that exists",
        remedy="Correct the path of the report (asr_mobility_report_path).",
    )
