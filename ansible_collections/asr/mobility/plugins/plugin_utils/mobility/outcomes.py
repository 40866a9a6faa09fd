# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an exit code, the error file and the state before and after to one verdict. State decides, codes advise.

The same code means opposite things: 98 is every successful upgrade and also a fresh installation that was refused, 0 is
success and also a printed usage. The tables are data (data/outcomes.yml, data/errors.yml).
"""

from __future__ import annotations

import enum
import functools
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Presence, Registration

INSTALL = "install"
CONFIGURE = "UnifiedAgentConfigurator.sh"
UNINSTALL = "uninstall.sh"
_DATA = Path(__file__).parent / "data"
_RESTART_ERROR = "ASRMobiityServiceInstallerLinuxRecommendedReboot"  # spelled so by Microsoft
_RESTART_REASON = "The agent was upgraded; a restart loads its new driver."
_BUSY_REASON = "The driver is in use; the rest of the agent can be removed after a restart."
_SIGNALS = range(129, 193)  # 128 and the signal's number; larger codes come from other systems
_HAD_AGENT = (Presence.INSTALLED, Presence.RECORD_CORRUPT)
_PROOFS: t.Sequence[tuple[str, t.Callable[[AgentState], bool]]] = (
    ("no link of svagents", lambda agent: agent.svagents_program is not None),
    ("no driver for the running kernel", lambda agent: agent.driver_installed),
    ("no service of the agent", lambda agent: agent.service is not None),
)
_INITRD_UNPROVEN = "nothing that tells whether the initrd images are whole"


class Category(str, enum.Enum):
    """What kind of answer an exit code is."""

    DONE = "done"
    DONE_WITH_WARNING = "done_with_warning"
    PREREQUISITE = "prerequisite"
    ARGUMENT = "argument"
    BUSY = "busy"
    RETRYABLE = "retryable"
    STATE = "state"
    FATAL = "fatal"
    ROLLED_BACK = "rolled_back"


_GOOD = (Category.DONE, Category.DONE_WITH_WARNING)
_REFUSALS = (Category.PREREQUISITE, Category.ARGUMENT, Category.BUSY, Category.STATE)


class Situation(str, enum.Enum):
    """What the states before and after say, as far as it changes the meaning of a code."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    FRESH = "fresh"
    UPGRADE = "upgrade"


@dataclass(frozen=True)
class Entry:
    """One line of an outcome table."""

    code: int | None
    category: Category
    meaning: str
    reason: Reason = Reason.STATE_NOT_REACHED
    consequence: str = ""
    remedy: str = "Read /var/log/ua_install.log."
    situation: frozenset[Situation] = frozenset()
    critical: bool = False
    reboot: bool = False


@dataclass(frozen=True)
class Outcome:
    """The verdict: refusal is None when the host shows what was promised, else the error to raise."""

    code: int
    category: Category
    meaning: str
    consequence: str = ""
    remedy: str = ""
    reboot_required: bool = False
    reboot_reason: str = ""
    errors: t.Sequence[InstallerError] = ()
    refusal: MobilityError | None = None
    program: str = "installer"
    cut_short: bool = False  # ended from outside: nobody knows what it had left to do

    @property
    def success(self) -> bool:
        """True when the host shows what was promised."""
        return self.refusal is None

    @property
    def reason(self) -> Reason | None:
        """Why it failed."""
        return self.refusal.reason if self.refusal else None

    @property
    def may_restart(self) -> bool:
        """False after what may keep the host from starting again."""
        return self.reason is not Reason.INITRD_NOT_RESTORED

    @property
    def warning(self) -> str | None:
        """What a person should know of a success that was not plain: meaning, consequence and remedy of its code."""
        if not self.success or self.category is Category.DONE:
            return None
        parts = [self.meaning, self.consequence] if self.consequence else [self.meaning]
        return f"The {self.program} ended with exit code {self.code}: {'; '.join(parts)}. {self.remedy}".strip()


def judge_install(
    code: int,
    before: AgentState,
    after: AgentState,
    errors: t.Sequence[InstallerError],
    promised: AgentState | None = None,
) -> Outcome:
    """The verdict on an installation or upgrade.

    before, after: the agent as probed before and after the run. promised: the state the plan led to; without it an
    installed agent that the run has changed is taken for success.
    """
    gaps = shortfalls(after, promised) if promised else _unpromised(code, before, after)
    kind = Situation.UPGRADE if before.presence in _HAD_AGENT else Situation.FRESH
    if not gaps:
        gaps = _unproven(code, kind, after)
    entry = find_entry(INSTALL, code, {Situation.NOT_REACHED if gaps else Situation.REACHED, kind})
    failed = bool(gaps) or entry.critical
    reboot = not failed and (entry.reboot or _upgraded(before, after) or any(e.name == _RESTART_ERROR for e in errors))
    return replace(
        outcome_of(entry, code, errors, "installer"),
        reboot_required=reboot,
        reboot_reason=_RESTART_REASON if reboot else "",
        refusal=_refusal(entry, code, gaps, errors) if failed else None,
        cut_short=_is_cut_short(entry, code),
    )


def outcome_of(entry: Entry, code: int, errors: t.Sequence[InstallerError], program: str) -> Outcome:
    """What a line of a table says of a code, before anything is known of the host."""
    return Outcome(
        code=code,
        category=entry.category,
        meaning=entry.meaning,
        consequence=entry.consequence,
        remedy=entry.remedy,
        errors=tuple(errors),
        program=program,
    )


def leaves_programs_alone(code: int) -> bool:
    """True for a code with which the installer refuses an upgrade before it has touched the old programs."""
    entry = find_entry(INSTALL, code, {Situation.NOT_REACHED, Situation.UPGRADE})
    return entry.code is not None and entry.category in _REFUSALS


def judge_removal(code: int, after: AgentState, errors: t.Sequence[InstallerError] = ()) -> Outcome:
    """The verdict on an uninstallation: done when the host shows no agent, whatever the code says."""
    gaps = shortfalls(after, AgentState())
    entry = find_entry(UNINSTALL, code, {Situation.NOT_REACHED if gaps else Situation.REACHED})
    reboot = bool(gaps) and entry.reboot and after.presence is Presence.HALF_REMOVED
    return replace(
        outcome_of(entry, code, errors, "uninstaller"),
        reboot_required=reboot,
        reboot_reason=_BUSY_REASON if reboot else "",
        refusal=_refusal(entry, code, gaps, errors, expected="no agent on the host") if gaps else None,
    )


def _is_cut_short(entry: Entry, code: int) -> bool:
    return entry.code is None and (code in _SIGNALS or code < 0)


def _unproven(code: int, kind: Situation, after: AgentState) -> list[str]:
    """What a code that is no success still leaves open when presence, version and place are as promised, in words.

    Those three are there early in a fresh installation: links, driver and service must be there too. An installer that
    was ended from outside may have been in the middle of an initrd image; only the agent's start comes after those.
    """
    entry = find_entry(INSTALL, code, {Situation.REACHED, kind})
    if _is_cut_short(entry, code) and not after.running:
        return [_INITRD_UNPROVEN]
    if kind is Situation.UPGRADE or (entry.code is not None and entry.category in _GOOD):
        return []
    return [words for words, shown in _PROOFS if not shown(after)]


def shortfalls(after: AgentState, promised: AgentState) -> list[str]:
    """What the host does not show of a promised state, in words; empty when it was reached."""
    if promised.presence is Presence.ABSENT and promised.version is None:
        return [] if after.presence is Presence.ABSENT else [_PRESENCE_WORDS[after.presence]]
    if after.presence is not Presence.INSTALLED:
        return [_PRESENCE_WORDS[after.presence]]
    gaps = []
    if promised.version and not (after.version and promised.version.same_release(after.version)):
        gaps.append(f"version {after.version}")
    if promised.install_dir and after.install_dir != promised.install_dir:
        gaps.append(f"the agent in {after.install_dir}")
    if promised.registration is Registration.OK and after.registration is Registration.NO:
        gaps.append("the registration lost")
    gaps.extend(f"not prepared for another {word}" for word in promised.migrating if word not in after.migrating)
    if promised.running and promised.registration is not Registration.NO:
        gaps.extend(f"{name} not running" for name, runs in sorted(after.daemons.items()) if not runs)
    return gaps


def _unpromised(code: int, before: AgentState, after: AgentState) -> list[str]:
    """Without a promise: the state must be an installed agent, and a failure code must have changed something."""
    was_running = before.running and before.registration is Registration.OK
    gaps = shortfalls(after, AgentState(presence=Presence.INSTALLED))
    if was_running and not after.running:
        gaps.append("the agent stopped")
    done = any(e.category in _GOOD for e in table()[INSTALL] if e.code == code)
    if not done and before.presence is Presence.INSTALLED and after.version == before.version:
        gaps.append(f"version {after.version} as before")
    return gaps


_PRESENCE_WORDS = {
    Presence.ABSENT: "no agent on the host",
    Presence.INSTALLED: "an installed agent",
    Presence.HALF_INSTALLED: "program files without the installer's record",
    Presence.HALF_REMOVED: "the installer's record without its program files",
    Presence.RECORD_CORRUPT: "a damaged record of the installer",
}


def _upgraded(before: AgentState, after: AgentState) -> bool:
    return before.version is not None and after.version is not None and after.version.newer_than(before.version)


def _refusal(
    entry: Entry,
    code: int,
    gaps: t.Sequence[str],
    errors: t.Sequence[InstallerError],
    expected: str = "an installed agent of the wanted version",
) -> MobilityError:
    """The error of a failed run: exit code and meaning, what the installer named, what the host shows."""
    named = [error for error in errors if error.name != _RESTART_ERROR]
    decided = entry.reason is Reason.INITRD_NOT_RESTORED  # nothing that is named beside it is as urgent
    reasons = [reason for reason in (_known(error).reason for error in named) if reason and not decided]
    parts = [f"exit code {code}: {entry.meaning}", *map(describe_error, named)]
    if gaps:
        parts.append(f"on the host: {', '.join(gaps)}")
    if entry.consequence:
        parts.append(entry.consequence)
    remedies = dict.fromkeys([entry.remedy, *(_known(error).remedy for error in named)])
    return MobilityError(
        reasons[0] if reasons else entry.reason,
        found="; ".join(parts),
        expected=expected,
        remedy=" ".join(text for text in remedies if text),
    )


def describe_error(error: InstallerError) -> str:
    """One error of the installer as a fragment: its name, its values, and its message when the name is not known."""
    values = ", ".join(f"{key}={value}" for key, value in error.params.items())
    text = f"{error.name} ({values})" if values else error.name
    return text if error.name in error_table() or not error.message else f"{text}: {error.message}"


@dataclass(frozen=True)
class KnownError:
    """What is known about an error identifier."""

    remedy: str = ""
    reason: Reason | None = None


def _known(error: InstallerError) -> KnownError:
    return error_table().get(error.name, KnownError())


def find_entry(program: str, code: int, situations: t.AbstractSet[Situation]) -> Entry:
    """The line of a program's table for a code in these situations; unknown codes and signals get one too."""
    for entry in table()[program]:
        if entry.code == code and entry.situation <= situations:
            return entry
    if code < 0:
        return _NO_CODE
    return _signal(code) if code in _SIGNALS else _unknown(code, situations)


_NO_CODE = Entry(
    None,
    Category.FATAL,
    "the program ended without an exit code",
    Reason.RUN_DIED,
    remedy="Look in the journal for a restart or a kill, read /var/log/ua_install.log, then run the task again.",
)


def _signal(code: int) -> Entry:
    return Entry(
        None,
        Category.FATAL,
        f"the program was ended from outside by signal {code - 128}",
        Reason.INSTALLER_FAILED,
        remedy="Find out what ended it. Check the initrd images in /boot before a restart, then run the task again.",
    )


def _unknown(code: int, situations: t.AbstractSet[Situation]) -> Entry:
    if Situation.REACHED in situations:
        return Entry(None, Category.DONE_WITH_WARNING, f"done, with the unknown exit code {code}")
    return Entry(None, Category.FATAL, "a code that is not known", Reason.INSTALLER_FAILED)


@functools.cache
def table() -> t.Mapping[str, t.Sequence[Entry]]:
    """Program -> its lines, in the order of the data file."""
    data = yaml_load((_DATA / "outcomes.yml").read_text(encoding="utf-8"))
    return {program: tuple(_entry(item) for item in items) for program, items in data.items()}


def _entry(item: t.Mapping[str, t.Any]) -> Entry:
    typed: dict[str, t.Any] = {**item, "category": Category(item["category"])}
    typed["situation"] = frozenset(Situation(word) for word in item.get("situation", ()))
    if "reason" in item:
        typed["reason"] = Reason(item["reason"])
    return Entry(**typed)


@functools.cache
def error_table() -> t.Mapping[str, KnownError]:
    """Error identifier -> what is known about it."""
    data = yaml_load((_DATA / "errors.yml").read_text(encoding="utf-8"))
    return {
        name: KnownError(item["remedy"], Reason(item["reason"]) if "reason" in item else None)
        for name, item in data.items()
    }
