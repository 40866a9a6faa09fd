# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the target's own scripts may say no to: one word in shell, one reason with one sentence of advice here."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, ScriptResult
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import parse_facts


class _Failure(t.NamedTuple):
    reason: Reason
    expected: str
    remedy: str


# word of asr_fail (scripts/*.sh) -> what it means to the user
_FAILURES: t.Mapping[str, _Failure] = {
    "unsafe": _Failure(
        Reason.STAGING_UNSAFE,
        "a directory of root alone (mode 0700), not a link, empty or made by this collection, below directories that"
        " only root can change",
        "Choose another directory or correct its owner and mode.",
    ),
    "in_use": _Failure(Reason.RUN_IN_PROGRESS, "no run in this directory", "Wait for the run to end, then run again."),
    "claimed": _Failure(
        Reason.RUN_IN_PROGRESS,
        "no other run of this collection on the host",
        "Wait for it to end, then run again; the next task adopts it or collects what it left.",
    ),
    "alive": _Failure(Reason.STILL_RUNNING, "a run that has ended", "Run again later; the run goes on by itself."),
    "space": _Failure(Reason.NO_SPACE, "room for the file", "Free space there, then run again."),
    "cut": _Failure(
        Reason.TRANSFER_FAILED,
        "the whole file of the controller",
        "Check the free space of /var/tmp and the connection's transfer method, then run again.",
    ),
    "checksum": _Failure(Reason.CHECKSUM_MISMATCH, "the sha256 of the controller's file", "Run again."),
    "tool": _Failure(Reason.TOOL_MISSING, "sha256sum (coreutils) on the host", "Install coreutils on the host."),
    "missing": _Failure(Reason.SCRIPT_FAILED, "this file or directory on the host", "Run again; nothing was changed."),
}


def require_dialect(script: Script, dialect: str) -> None:
    """A script in another dialect is refused before a byte is sent: a foreign shell would run parts of it."""
    if script.dialect != dialect:
        raise MobilityError(
            Reason.UNSUPPORTED_OS,
            found=f"the {script.dialect} script {script.name} for a {dialect} target",
            expected=f"a script in the {dialect} dialect",
            remedy="Report this as a defect of the collection.",
        )


def require_success(name: str, result: ScriptResult) -> ScriptResult:
    """The result of one of the target's own scripts, or MobilityError for a "no" and for any other end than 0."""
    if result.code == 0:
        return result
    facts = parse_facts(result.output)
    failure = _FAILURES.get(facts.get("error", ""))
    if failure is not None:
        raise MobilityError(
            failure.reason, found=facts.get("found", ""), expected=failure.expected, remedy=failure.remedy
        )
    raise MobilityError(
        Reason.SCRIPT_FAILED,
        found=f"script {name} ended with {result.code}: {facts.get('found') or tail(result.output)}",
        expected="exit code 0",
        remedy="Look at the message; -vvv shows every step on the connection.",
    )


def tail(text: str, limit: int = 300) -> str:
    """The end of a text on one line, short enough for an error message."""
    words = " ".join(text.split())
    return words if len(words) <= limit else "..." + words[-limit:]
