# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an installation or an upgrade may begin on a host: the checks of the preflight, as one refusal.

They are made when a plan has something to install, and before anything is claimed or brought.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Plan, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import Subject
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import load_kernel_lists
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import Check, hindrances, skipped_checks
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

_BEGINNINGS = (StepName.INSTALL, StepName.UPGRADE)


@dataclass(frozen=True)
class Admission:
    """What the caller said about the checks. skipped: their names; kernel_lists: a directory, None for our own."""

    skipped: frozenset[str] = frozenset()
    kernel_lists: Path | None = None

    @classmethod
    def of(cls, arguments: t.Mapping[str, t.Any]) -> Admission:
        """From the options skip_checks and kernel_lists; invalid_argument MobilityError for what is none.

        The lists are read when they are needed: a host that is right does not wait for them.
        """
        given = arguments["kernel_lists"]
        directory = Path(given) if given else None
        if directory is not None and not directory.is_dir():
            raise _no_directory(directory)
        return cls(skipped_checks(arguments["skip_checks"]), directory)

    def is_due(self, plan: Plan, observed: HostState) -> bool:
        """True when the plan begins something, and nobody has looked yet whether the host is fit for it."""
        begins = any(step.name in _BEGINNINGS for step in plan.steps)
        return begins and observed.examination is None

    def refusal(self, observed: HostState, wanted: Wanted, version: AgentVersion) -> MobilityError | None:
        """Every check that failed, in one refusal; None when the host may be worked on, or was not examined yet."""
        if observed.examination is None:
            return None
        failed = hindrances(self.subject(observed, wanted, version), self.skipped)
        return not_fit(failed) if failed else None

    def subject(self, observed: HostState, wanted: Wanted, version: AgentVersion | None) -> Subject:
        """What the checks look at."""
        return Subject(observed, wanted, load_kernel_lists(self.kernel_lists), version)


def not_fit(failed: t.Sequence[Check], facts: t.Mapping[str, t.Any] | None = None) -> MobilityError:
    """The refusal of a host. facts: what the failed result shall carry besides."""
    names = ", ".join(check.name for check in failed)
    remedies = dict.fromkeys(check.remedy for check in failed)
    return MobilityError(
        Reason.PREREQUISITE_FAILED,
        found="; ".join(f"{check.name}: {check.found}" for check in failed),
        expected="; ".join(f"{check.name}: {check.required}" for check in failed),
        remedy=f"{' '.join(remedies)} Or take the risk with skip_checks (asr_mobility_skip_checks): [{names}].",
        facts=facts,
    )


def _no_directory(directory: Path) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"kernel_lists {directory}, which is no directory",
        expected="a directory in the layout in which Microsoft publishes its kernel lists",
        remedy="Correct kernel_lists (asr_mobility_kernel_lists), or leave it out.",
    )
