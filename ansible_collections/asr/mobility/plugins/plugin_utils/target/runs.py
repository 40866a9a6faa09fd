# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a detached run stands, decided from the facts of scripts/run_status.sh; pure, so every case is tested."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import (
    Controller,
    parse_controller,
    this_process,
)

UNIT = "asr-mobility-run"  # the name of the unit is the lock of the host where systemd manages it
LOCK = "/var/run/asr-mobility-run.lock"  # the lock elsewhere; /var/run is on every Linux, also where /run is not
_MANIFEST = "run.manifest."


def parse_run_status(facts: t.Mapping[str, str], here: Controller | None = None) -> RunStatus:
    """Read the lines run.KEY=VALUE of asr_run_status (other keys are ignored).

    facts: KEY -> value as printed by a probe. here: the process that asks, by default this one.
    """
    if facts.get("run.present") != "1":
        return RunStatus()
    code = facts.get("run.code", "")
    phase = _phase(facts, here or this_process())
    return RunStatus(
        phase=phase,
        manifest={key[len(_MANIFEST) :]: value for key, value in facts.items() if key.startswith(_MANIFEST)},
        exit_code=int(code) if phase is RunPhase.FINISHED else None,
        detail=_detail(facts),
        token=facts.get("run.claim.token", ""),
    )


def _phase(facts: t.Mapping[str, str], here: Controller) -> RunPhase:
    """What lives wins over an exit code: a program that was killed may leave others behind that are still at work."""
    if facts.get("run.alive") == "1":
        return RunPhase.RUNNING
    if facts.get("run.code", "").isdigit():
        return RunPhase.FINISHED
    if facts.get("run.started") == "1":
        return RunPhase.DEAD
    return RunPhase.ABANDONED if _is_abandoned(facts, here) else RunPhase.PREPARING


def _is_abandoned(facts: t.Mapping[str, str], here: Controller) -> bool:
    """A claim of this controller lasts as long as its process; any other one as long as its files change (30 min)."""
    owner = parse_controller(facts.get("run.claim.controller", ""))
    gone = owner.is_gone(here) if owner else None
    return facts.get("run.recent") != "1" if gone is None else gone


def _detail(facts: t.Mapping[str, str]) -> str:
    """Where the run is, who claimed it, and what of it goes on after its end, for messages."""
    claimed, working = facts.get("run.claim.controller"), facts.get("run.working")
    parts = [facts.get("run.directory", "")]
    parts += [f"claimed by {claimed}"] if claimed else []
    parts += [f"ended with {facts.get('run.code') or 'no exit code'}, but process {working} goes on"] if working else []
    return ", ".join(parts)
