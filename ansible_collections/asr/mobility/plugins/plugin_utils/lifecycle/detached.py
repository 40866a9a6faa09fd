# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out one program of the product detached from the connection: claim, bring, start, follow, read, tidy up.

Installer, configurator and uninstaller all go this way, so only one of them works on a host at a time, a lost
connection harms none of them, and a later task finds the run. Nothing is ever ended by us: a kill while initrd images
are made can leave a machine that does not boot.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError, parse_errors
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.recovery import (
    PUT_BACK,
    recover_text,
    recovered_notes,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.rescue import rescue_text, was_rescued
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

UNPACKING = "unpack"  # what a body writes to the file "step" while it unpacks an archive
_ROUND = 20  # seconds that one connection execution waits on the target
_LOG_LINES = "40"
_DAEMONS = "svagents appservice uarespawndagent"  # what a run may leave behind; it is no work of the run
_ENDED = (RunPhase.FINISHED, RunPhase.DEAD, RunPhase.NONE)
_OUTAGES = (Reason.CONNECTION_LOST, Reason.NO_END_MARKER)
_COLLECT = Path(__file__).parents[1] / "mobility" / "scripts" / "collect.sh"


@dataclass(frozen=True)
class Program:
    """A program of the product as messages call it, and the log on the host that it writes."""

    name: str
    log_file: str


INSTALLER = Program("installer", "/var/log/ua_install.log")
CONFIGURATOR = Program("configurator", "/var/log/ua_install.log")
UNINSTALLER = Program("uninstaller", "/var/log/ua_uninstall.log")


@dataclass(frozen=True)
class Site:
    """Where a run is made: the host, its staging directory, the program, and how many seconds we wait for its end."""

    target: Target
    staging: str
    program: Program
    timeout: int

    @property
    def run_directory(self) -> str:
        """Where the run's own files lie; errors.json there is the program's JSON error file."""
        return f"{self.staging}/run"

    @property
    def errors_file(self) -> str:
        """What the program is told as the place of its JSON error file."""
        return f"{self.run_directory}/errors.json"


@dataclass(frozen=True)
class Run:
    """A run that has ended: how, and everything it left for us to read."""

    exit_code: int  # -1 when it died without one
    step: str = ""  # the last word that the body wrote to the file "step" of the run directory
    errors: t.Sequence[InstallerError] = ()
    output: str = ""
    log: str = ""
    died: bool = False
    program: Program = INSTALLER

    @property
    def put_back(self) -> bool:
        """True for a registration that failed and whose files and daemons are as before: that is a change too."""
        return self.step == PUT_BACK


def carry_out(site: Site, manifest: t.Mapping[str, str], prepare: t.Callable[[str], Script]) -> Run | None:
    """Run a program to its end; raises MobilityError, and then nothing half-brought stays behind. None: see rejoin.

    manifest: what a later task needs to know of this run. prepare: brings what the run needs into the run directory
    it is given, and returns the body.
    """
    target = site.target
    target.claim_run(site.staging, {**manifest, "daemons": _DAEMONS})
    try:
        status = target.start_run(site.staging, prepare(site.run_directory), min(_ROUND, max(1, site.timeout)))
    except MobilityError:
        with contextlib.suppress(MobilityError):  # the next task clears it; the first error is the one to show
            clear_away(target, site.staging)
        raise
    return _ended(site, status if status.phase in _ENDED else _follow(site, status.token))


def rejoin(site: Site) -> Run | None:
    """Follow a run that an earlier task started, as if this task had started it.

    None: another task followed it as well, was the first to read it, and has cleared it away.
    """
    return _ended(site, _follow(site))


def _ended(site: Site, status: RunStatus) -> Run | None:
    run = None if status.phase is RunPhase.NONE else _read(site, status)
    if run is None or run.step != UNPACKING or run.died:
        return run
    clear_away(site.target, site.staging)
    raise _not_unpacked(run)


def clear_away(target: Target, staging: str, token: str | None = None) -> None:
    """Remove what a run left and the staging directory; the target refuses a live run and any but the one of token."""
    target.release_run(staging, token, with_directory=True)


def _follow(site: Site, token: str | None = None) -> RunStatus:
    """How the run stands when it has ended; NONE when another run is in its place by then.

    token: of the run that is meant; None: the one that is seen first.
    """
    deadline = time.monotonic() + site.timeout
    while True:
        left = deadline - time.monotonic()
        status = _one_round(site, max(1, min(_ROUND, int(left))), deadline)
        token = status.token if token is None else token
        if status.phase is not RunPhase.NONE and status.token != token:
            return RunStatus()
        if status.phase in _ENDED:
            return status
        if time.monotonic() >= deadline:
            raise _still_running(site, status)


def _one_round(site: Site, seconds: int, deadline: float) -> RunStatus:
    """How the run stands after some seconds; a lost connection is given until the deadline to come back."""
    while True:
        try:
            return site.target.follow_run(site.staging, seconds)
        except MobilityError as error:
            if error.reason not in _OUTAGES or time.monotonic() >= deadline:
                raise


def _read(site: Site, status: RunStatus) -> Run | None:
    found = site.target.run(
        Script(
            name="collect",
            text=f"{rescue_text()}{recover_text()}{sent_text(_COLLECT)}",
            variables={"ASR_RUN": site.run_directory, "ASR_LOG": site.program.log_file, "ASR_LINES": _LOG_LINES},
            read_only=True,  # as good as: what it may put back is put back once
        )
    )
    was_rescued(found.output, site.run_directory)
    notes = recovered_notes(found.output, site.run_directory)
    lines = found.output.splitlines()
    if "run=present" not in lines:
        return None
    return Run(
        exit_code=status.exit_code if status.exit_code is not None else -1,
        step=next((line.partition("=")[2] for line in lines if line.startswith("step=")), ""),
        errors=tuple(parse_errors(_quoted(lines, "errors"))),
        output="\n".join((_quoted(lines, "output"), *(f"asr-note {note}" for note in notes))),
        log=_quoted(lines, "log"),
        died=status.phase is RunPhase.DEAD,
        program=site.program,
    )


def _quoted(lines: t.Sequence[str], label: str) -> str:
    prefix = f"{label}|"
    return "\n".join(line[len(prefix) :] for line in lines if line.startswith(prefix))


def _still_running(site: Site, status: RunStatus) -> MobilityError:
    return MobilityError(
        Reason.STILL_RUNNING,
        found=f"the {site.program.name} still running after {site.timeout} s ({status.detail or 'no further detail'})",
        expected=f"its end within {site.timeout} s",
        remedy=(
            "It was not ended and goes on. Run the same task again to follow it; its output is "
            f"{site.run_directory}/output, its log {site.program.log_file}."
        ),
    )


def _not_unpacked(run: Run) -> MobilityError:
    words = " ".join(run.output.split())[-400:]
    return MobilityError(
        Reason.INSTALLER_CORRUPT,
        found=f"an archive that could not be unpacked on the target: {words or 'no message'}",
        expected="a whole installer archive and the tools to unpack it",
        remedy="Check free space and the archive, then run the task again.",
    )


def died(run: Run) -> MobilityError:
    """The error of a run that was ended from outside and left the host without what was promised."""
    words = " ".join(run.output.split())[-400:]
    return MobilityError(
        Reason.RUN_DIED,
        found=f"a run of the {run.program.name} that ended without an exit code, and said last: {words or 'nothing'}",
        expected="a program that ends by itself",
        remedy=f"Look in the journal for a restart or a kill, read {run.program.log_file}, then run the task again.",
    )


def read_elsewhere(staging: str) -> MobilityError:
    """The run that was followed is gone, and the host does not show what it should have led to."""
    return MobilityError(
        Reason.RUN_IN_PROGRESS,
        found=f"no run in {staging} any more: another task followed it too, and read its result",
        expected="the wanted state on the host, or the run that was being followed",
        remedy="Look at the result of the other task, or run this one again.",
    )
