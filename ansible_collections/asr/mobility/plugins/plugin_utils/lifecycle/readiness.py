# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first questions of every plan: may anybody work on this host now, and what became of an earlier run. Pure."""

from __future__ import annotations

import enum
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    MANIFEST_VERSION,
    REGISTRATION_STEPS,
    Step,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    initrd_in_doubt,
    not_root,
    other_installer,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase

_ALIVE = (RunPhase.PREPARING, RunPhase.RUNNING)
_OVER = (RunPhase.DEAD, RunPhase.FINISHED)
_REGISTRATIONS = frozenset(name.value for name in REGISTRATION_STEPS)
_ACTIONS = frozenset(name.value for name in StepName)


class EarlierRun(enum.Enum):
    """What to do about a run that is on the host when a plan is made."""

    NONE = enum.auto()
    ADOPT = enum.auto()  # follow it or read it, judge it, go on from there
    COLLECT = enum.auto()  # it is over and no verdict is owed: clear it away, plan from the state
    IN_THE_WAY = enum.auto()  # it works, and not on what is wanted
    UNREAD = enum.auto()  # it began and is over, and only the module that started it knows what its end means


def nobody_may_work(observed: HostState, *, force: bool = False) -> MobilityError | None:
    """Not root, Microsoft's own tools at work (whatever was seen may be wrong the next moment), a host in danger."""
    if observed.uid != 0:
        return not_root(observed)
    if observed.other_installer:
        return other_installer(observed)
    return initrd_in_doubt(observed) if observed.initrd_in_doubt and not force else None


def earlier_run(
    observed: HostState,
    actions: t.Collection[StepName],
    is_wanted: t.Callable[[], bool] = lambda: True,
    *,
    force: bool = False,
) -> EarlierRun:
    """How the run that is there is taken by a module whose runs have these actions.

    is_wanted: whether a live run of such an action leads to what is wanted now; one that has ended is read in any case.
    force: also clear away what another module should have read.
    """
    phase, action = observed.run.phase, observed.run.manifest.get(MANIFEST_ACTION)
    ours = action in {name.value for name in actions}
    if phase is RunPhase.NONE:
        return EarlierRun.NONE
    if phase is RunPhase.ABANDONED:
        return EarlierRun.COLLECT
    if phase in _OVER and action in _ACTIONS and not ours:
        return EarlierRun.COLLECT if force else EarlierRun.UNREAD
    if phase in _OVER:
        return EarlierRun.COLLECT if phase is RunPhase.DEAD else EarlierRun.ADOPT
    return EarlierRun.ADOPT if phase is RunPhase.RUNNING and ours and is_wanted() else EarlierRun.IN_THE_WAY


def is_unfinished_registration(observed: HostState) -> bool:
    """Whether a registration died in the middle: what it changed is put back before anything else is decided."""
    return observed.run.phase is RunPhase.DEAD and observed.run.manifest.get(MANIFEST_ACTION) in _REGISTRATIONS


def is_at_work(observed: HostState) -> bool:
    """True while an earlier run of ours lives."""
    return observed.run.phase in _ALIVE


def run_step(name: StepName, observed: HostState) -> Step:
    """The step that adopts or collects the run that is there."""
    manifest = observed.run.manifest
    return Step(name, {key: manifest[key] for key in (MANIFEST_ACTION, MANIFEST_VERSION) if key in manifest})
