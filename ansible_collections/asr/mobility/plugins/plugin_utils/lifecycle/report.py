# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task did to a host, or in check mode would do; the one thing that a procedure hands to the reporting layer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import Run
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import Outcome
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState


@dataclass(frozen=True)
class Report:
    """What happened on the host, or in check mode what would."""

    before: AgentState
    after: AgentState
    steps: t.Sequence[StepName] = ()
    changed: bool = False
    installer: str | None = None
    run: Run | None = None
    outcome: Outcome | None = None
    warnings: t.Sequence[str] = ()

    def warned(self, *notes: str) -> Report:
        """The same report with further warnings."""
        return replace(self, warnings=(*self.warnings, *notes)) if notes else self


def joined(first: Report, rest: Report) -> Report:
    """One report of what came first and of what came after it; a restart that either recommends is recommended."""
    outcome, warnings = rest.outcome or first.outcome, first.warnings
    if first.outcome is not None and rest.outcome is not None:
        warnings = (*warnings, *filter(None, [first.outcome.warning]))
        if first.outcome.reboot_required and rest.outcome.may_restart and not rest.outcome.reboot_required:
            outcome = replace(rest.outcome, reboot_required=True, reboot_reason=first.outcome.reboot_reason)
    return replace(
        rest,
        before=first.before,
        steps=(*first.steps, *rest.steps),
        changed=first.changed or rest.changed,
        installer=rest.installer or first.installer,
        run=rest.run or first.run,
        outcome=outcome,
        warnings=(*warnings, *rest.warnings),
    )
