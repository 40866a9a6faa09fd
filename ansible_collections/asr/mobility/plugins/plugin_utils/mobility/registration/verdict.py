# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the configurator's exit code and the state after it to one verdict. State decides, codes advise. Pure.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): 0 does not prove that the daemons
run; 98 is a failure, although the installer's 98 is a success; 14 means an unreachable server or a wrong passphrase;
every failure of a modernized registration ends 97.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import (
    CONFIGURE,
    Category,
    Entry,
    Outcome,
    Situation,
    describe_error,
    error_table,
    find_entry,
    outcome_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.bodies import NOT_KEPT, NOT_WRITTEN
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Registration, Stack

_PUT_BACK = "put_back"
_NOTES: t.Mapping[str, str] = {
    "put_back": "the registration that was there before was put back",
    "left": (
        "the server or vault it was registered with may have forgotten this machine already: register it there again "
        "where it shall stay"
    ),
    "started_again": "the agent was started again",
    "was_stopped": "the agent did not run before and was not started",
    "not_told": "the configuration server was not told that the agent leaves",
    "not_kept": "the files of the registration could not be copied, so nothing was touched",
}
_WRONG_PASSPHRASE = Entry(
    14,
    Category.RETRYABLE,
    "the configuration server was reached and did not accept the passphrase, as it seems",
    Reason.WRONG_PASSPHRASE,
    remedy="Read the passphrase again on the configuration server (genpassphrase.exe -v) and run the task again.",
)
_NOT_GONE = Entry(
    0,
    Category.FATAL,
    "the configurator ended without an error and the agent is still registered",
    Reason.REGISTRATION_FAILED,
    remedy="Read /var/log/ua_install.log and /var/log/AzureRcmCli.log.",
)
_NO_COPIES = Entry(
    NOT_KEPT,
    Category.FATAL,
    "the run could not copy what a registration may change",
    Reason.NO_SPACE,
    remedy="Free space on the file system of the staging directory, then run the task again.",
)
_NO_FILE = Entry(
    NOT_WRITTEN,
    Category.FATAL,
    "a file of the agent could not be written",
    Reason.NO_SPACE,
    remedy="Free space on the agent's file system, then run the task again.",
)
_OWN_CODES = {NOT_KEPT: _NO_COPIES, NOT_WRITTEN: _NO_FILE}


@dataclass(frozen=True)
class Ending:
    """How a run of the configurator ended.

    notes: words of its body. reachable: the server was reached before, so a failure has another cause. present: it
    was meant to register, not to unregister.
    """

    code: int
    errors: t.Sequence[InstallerError] = ()
    notes: t.Sequence[str] = ()
    reachable: bool = False
    present: bool = True


def judge_registration(ending: Ending, before: AgentState, after: AgentState, gaps: t.Sequence[str]) -> Outcome:
    """The verdict. gaps: what the host does not show of the wanted registration, in words."""
    failed = bool(gaps) or _PUT_BACK in ending.notes
    entry = _entry(ending, failed)
    outcome = outcome_of(entry, ending.code, ending.errors, "configurator")
    return replace(outcome, refusal=_refusal(entry, ending, before, after, gaps)) if failed else outcome


def _entry(ending: Ending, failed: bool) -> Entry:
    if failed and ending.code in _OWN_CODES:
        return _OWN_CODES[ending.code]
    if failed and ending.code == 14 and ending.reachable:
        return _WRONG_PASSPHRASE
    if failed and ending.code == 0 and not ending.present:
        return _NOT_GONE
    return find_entry(CONFIGURE, ending.code, {Situation.NOT_REACHED if failed else Situation.REACHED})


def shortfalls(after: AgentState, stack: Stack | None, *, present: bool) -> list[str]:
    """What an agent lacks of a registration of that stack (None: of any), or has of it when it should have none."""
    if not present:
        return ["the agent still registered"] if after.registration is Registration.OK else []
    if after.registration is not Registration.OK:
        return [f"the agent not registered ({after.registration.value})"]
    if stack is not None and after.stack is not stack:
        return [f"the agent registered as {after.stack.value if after.stack else 'an unknown stack'}"]
    return [f"{name} not running" for name, runs in sorted(after.daemons.items()) if not runs]


def warnings_of(ending: Ending, after: AgentState) -> list[str]:
    """What a person should know of a success."""
    told = [f"{_sentence(_NOTES[note])}" for note in ending.notes if note == "not_told"]
    if ending.present and after.registration_evidence.get("CloudPairingStatus", "").lower() == "incomplete":
        told.append("The agent is registered, but its appliance is not paired with the vault yet.")
    return told


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _refusal(
    entry: Entry, ending: Ending, before: AgentState, after: AgentState, gaps: t.Sequence[str]
) -> MobilityError:
    known = [error_table()[error.name] for error in ending.errors if error.name in error_table()]
    parts = [f"exit code {ending.code}: {entry.meaning}", *map(describe_error, ending.errors)]
    if gaps:
        parts.append(f"on the host: {', '.join(gaps)}")
    parts.extend(_NOTES[note] for note in ending.notes if note in _NOTES)
    parts.append(_how_it_is_now(before, after))
    general = entry.reason in (Reason.STATE_NOT_REACHED, Reason.INSTALLER_FAILED)
    reason = Reason.REGISTRATION_FAILED if general else entry.reason
    remedies = dict.fromkeys([entry.remedy, *(item.remedy for item in known)])
    return MobilityError(
        reason,
        found="; ".join(filter(None, parts)),
        expected="a registered and running agent" if ending.present else "an agent that is not registered",
        remedy=" ".join(text for text in remedies if text),
    )


def _how_it_is_now(before: AgentState, after: AgentState) -> str:
    """Whether the agent works as it did before, or why it does not."""
    if after.running or not before.running:
        return ""
    why = "its start failed" if after.registration is Registration.OK else "its registration is not whole any more"
    return f"the agent ran before and is stopped now, because {why}"
