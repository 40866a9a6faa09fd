# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check looks at, and what it may answer."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import Examination
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import KernelLists
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import Answer, Need
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import Sizes
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

AGENT_ROLE = "agent"


class Status(str, enum.Enum):
    """How a check ended; unknown when its facts could not be had, skipped when the caller said so."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Subject:
    """One host, what shall be installed on it, and what is known of the product.

    version: of the agent that is about to be installed, None when that is open. needs, answers: what the host must
    reach, and what came of trying; empty where no server was named. sizes: of the installer.
    """

    host: HostState
    wanted: Wanted
    lists: KernelLists
    version: AgentVersion | None = None
    needs: t.Sequence[Need] = ()
    answers: t.Sequence[Answer] = ()
    sizes: Sizes = field(default_factory=lambda: Sizes(archive=0, extracted=0))

    @property
    def seen(self) -> Examination:
        """The facts that only a preflight brings; without one, nothing is known."""
        return self.host.examination or Examination()

    @property
    def tag(self) -> str:
        """Microsoft's tag of the operating system, or empty."""
        return self.host.tag or ""

    @property
    def is_agent(self) -> bool:
        """True for a machine to protect, which most checks are about; False for a master target."""
        return self.wanted.role == AGENT_ROLE


class Finding(t.NamedTuple):
    """The answer of one check. remedy: instead of the one that the table of checks has."""

    status: Status
    found: str
    remedy: str | None = None


Judge = t.Callable[[Subject], Finding]


def passed(found: str) -> Finding:
    """It is as it should be."""
    return Finding(Status.PASS, found)


def warned(found: str, remedy: str | None = None) -> Finding:
    """It is not, and may do harm."""
    return Finding(Status.WARN, found, remedy)


def failed(found: str, remedy: str | None = None) -> Finding:
    """It is not, and the agent does not work so."""
    return Finding(Status.FAIL, found, remedy)


def unknown(found: str = "nothing that the host told") -> Finding:
    """Nobody could tell."""
    return Finding(Status.UNKNOWN, found)


def beside_the_point(why: str) -> Finding:
    """The check is not about this host. It passes, so that every host of a fleet has the same rows."""
    return Finding(Status.PASS, f"does not apply: {why}")


def verdict(fact: bool | None, good: str, bad: str) -> Finding:
    """Pass, fail or unknown, with what was found then."""
    if fact is None:
        return unknown()
    return passed(good) if fact else failed(bad)


NOT_AN_AGENT = "a master target"


def for_agents(judge: Judge) -> Judge:
    """A check that Microsoft's installer makes only of machines to protect."""

    def judged(subject: Subject) -> Finding:
        return judge(subject) if subject.is_agent else beside_the_point(NOT_AN_AGENT)

    return judged
