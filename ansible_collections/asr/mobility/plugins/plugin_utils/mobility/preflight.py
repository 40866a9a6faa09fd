# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host needs before an installation or an upgrade, as a list a person can read. Pure: facts in, rows out.

Which checks there are, in which order, what each requires and whether it hinders an upgrade: data/checks.yml. How each
is made: checks/. Every host has the same rows; what is not about it passes as "does not apply".
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks import agent, boot, network, storage, system
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import Judge, Status, Subject
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.system import REQUIRED_TOOLS, WANTED_TOOLS
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState, Presence

__all__ = ["REQUIRED_TOOLS", "WANTED_TOOLS", "Check", "Status", "checks", "hindrances", "rules", "skipped_checks"]

_DATA = Path(__file__).parent / "data" / "checks.yml"
JUDGES: t.Mapping[str, Judge] = {
    **system.JUDGES,
    **boot.JUDGES,
    **storage.JUDGES,
    **network.JUDGES,
    **agent.JUDGES,
}
_UPGRADED = (Presence.INSTALLED, Presence.RECORD_CORRUPT)


@dataclass(frozen=True)
class Rule:
    """One row of data/checks.yml, which explains the fields."""

    name: str
    required: str
    remedy: str
    upgrade: bool
    installer: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True)
class Check:
    """One thing the host needs. found, required: short fragments; remedy: what to do when it is not there."""

    name: str
    status: Status
    found: str
    required: str
    remedy: str = ""


@functools.cache
def rules() -> t.Mapping[str, Rule]:
    """The rows of the table by name, in their order."""
    data: t.Mapping[str, t.Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return {name: Rule(name, **row) for name, row in data.items()}


def checks(subject: Subject, skipped: t.Collection[str] = ()) -> list[Check]:
    """Every check, in the order in which one would correct them. skipped: names that are not judged at all."""
    return [_check(rule, subject, skipped) for rule in rules().values()]


def hindrances(subject: Subject, skipped: t.Collection[str] = ()) -> list[Check]:
    """The failed checks because of which mobility_agent must not begin; those that it refuses anyway are left out."""
    made = [_check(rule, subject, skipped) for rule in rules().values() if not rule.elsewhere]
    return [check for check in made if check.status is Status.FAIL]


def skipped_checks(names: t.Sequence[str]) -> frozenset[str]:
    """The names of checks that the caller wants to skip; an unknown one is an invalid_argument MobilityError."""
    strange = [name for name in names if name not in rules()]
    if strange:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"{', '.join(map(repr, strange))} in skip_checks",
            expected=f"names of checks: {', '.join(rules())}",
            remedy="Correct the name, or leave it out.",
        )
    return frozenset(names)


def _check(rule: Rule, subject: Subject, skipped: t.Collection[str]) -> Check:
    if rule.name in skipped:
        return Check(rule.name, Status.SKIPPED, "not looked at, as asked for", rule.required)
    finding = JUDGES[rule.name](subject)
    status = finding.status
    if status is Status.FAIL and not rule.upgrade and _is_upgrade(subject.host):
        status = Status.WARN
    remedy = finding.remedy or rule.remedy
    return Check(
        rule.name, status, finding.found, rule.required, remedy if status in (Status.FAIL, Status.WARN) else ""
    )


def _is_upgrade(host: HostState) -> bool:
    """True where the installer finds an agent; it makes its own checks on a fresh installation only."""
    return host.agent.presence in _UPGRADED
