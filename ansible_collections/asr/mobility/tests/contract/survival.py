# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases of one detached run over two tasks: the first is interrupted at a chosen point, the second adopts it."""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, Script
from contract.cases import Case, equal

# Counts its starts and every signal that can be caught; ends when the test says so.
BODY = r"""
echo started >>"$EVENTS"
for name in HUP INT QUIT TERM USR1 USR2 PIPE; do
    # shellcheck disable=SC2064 # the name of now
    trap "echo signal $name >>'$EVENTS'" "$name"
done
tries=0
while [ ! -e "$GO" ] && [ $tries -lt 1200 ]; do sleep 0.1; tries=$((tries + 1)); done
echo finished
exit 37
"""
POINTS = ("claimed", "started", "following", "ended")


def begin(case: Case) -> str:
    """The life of a run as a task leads it, which tells the test where it is and waits there to be interrupted."""
    target, staging = case.target, case.staging
    target.make_private_directory(staging)
    target.claim_run(staging, {"action": "install"})
    _reached(case, "claimed")
    target.start_run(staging, Script("body", BODY, {"EVENTS": f"{staging}/events", "GO": f"{staging}/go"}))
    _reached(case, "started")
    if case.arguments["point"] == "following":
        Path(case.arguments["signal_file"]).write_text("following", encoding="utf-8")
    elif case.arguments["point"] == "ended":
        case.run(': >"$GO"', GO=f"{staging}/go")
    status = target.follow_run(staging, 60)
    equal((status.phase, status.exit_code), (RunPhase.FINISHED, 37))
    _reached(case, "ended")
    return "whole"


def adopt(case: Case) -> str:
    """What a later task sees: first as it is, then after the run was let go to its end; nothing stays behind."""
    target, staging = case.target, case.staging
    first = target.follow_run(staging, 0)
    seen = _describe(case, first)
    if first.phase in (RunPhase.RUNNING, RunPhase.FINISHED):
        case.run(': >"$GO"', GO=f"{staging}/go")
        last = target.follow_run(staging, 60)
        equal((last.phase, last.exit_code), (RunPhase.FINISHED, 37))
        equal(target.read_run_output(staging), "finished\n")
        equal(case.run('cat "$EVENTS"', EVENTS=f"{staging}/events"), (0, "started\n"))
    target.release_run(staging)
    target.remove_directory(staging)
    return seen


def _describe(case: Case, status: RunStatus) -> str:
    equal(dict(status.manifest), {"action": "install"})
    return status.phase.value


def _reached(case: Case, point: str) -> None:
    """At the chosen point: say so in a file of the controller, and stay there for the interruption."""
    if case.arguments["point"] != point:
        return
    Path(case.arguments["signal_file"]).write_text(point, encoding="utf-8")
    time.sleep(float(case.arguments["stay"]))
