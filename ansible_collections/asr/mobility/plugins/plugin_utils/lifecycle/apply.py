# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out an installation: bring the installer, start it detached, follow it, read what it left, tidy up.

The installer is never ended by us: a kill while it rebuilds the initrd can leave a machine that does not boot.
"""

from __future__ import annotations

import contextlib
import shlex
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.delivery import Delivery, Package
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import write_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired, Step
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import other_installer
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import install_command
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError, parse_errors
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus, Script, Target

INSTALLER_LOG = "/var/log/ua_install.log"
_ROUND = 20  # seconds that one connection execution waits on the target
_LOG_LINES = "40"
_OUTAGES = (Reason.CONNECTION_LOST, Reason.NO_END_MARKER)
_DECISIVE = ("presence", "version", "install_dir", "registration", "platform", "role")  # of an agent, for a plan
_COLLECT = Path(__file__).parents[1] / "mobility" / "scripts" / "collect.sh"


@dataclass(frozen=True)
class Run:
    """An installer run that has ended: how, and everything it left for us to read."""

    exit_code: int  # -1 when it died without one
    step: str  # "unpack" or "install": how far the run came
    errors: t.Sequence[InstallerError] = ()
    output: str = ""
    log: str = ""
    died: bool = False


@dataclass(frozen=True)
class Work:
    """Where and for what a run is made: the host, its staging directory, the wanted state, seconds to wait."""

    target: Target
    observed: HostState
    desired: Desired
    query: ProbeQuery
    timeout: int

    @property
    def staging(self) -> str:
        """The directory of root in which a run is made."""
        return self.query.staging


def install(work: Work, delivery: Delivery, step: Step) -> Run | None:
    """Install or upgrade; raises MobilityError, and then nothing half-brought stays behind. None: see rejoin."""
    target, run_directory = work.target, f"{work.staging}/run"
    package = delivery.inspect(work.observed)
    target.make_private_directory(work.staging)
    target.claim_run(work.staging, _manifest(work, package, step))
    try:
        staged = delivery.bring(target, run_directory, work.observed)
        _require_unchanged(work)
        target.start_run(work.staging, _body(run_directory, staged, work))
    except MobilityError:
        with contextlib.suppress(MobilityError):  # the next task clears it; the first error is the one to show
            clear_away(target, work.staging)
        raise
    return _finish(work, step.name.value)


def rejoin(work: Work) -> Run | None:
    """Follow a run that an earlier task started, as if this task had started it.

    None: another task followed it as well, was the first to read it, and has cleared it away.
    """
    return _finish(work, work.observed.run.manifest.get("action", "run"))


def _require_unchanged(work: Work) -> None:
    """A transfer may take long: look again before the start, so that no plan is carried out on another state."""
    now = observe(work.target, work.query)
    if now.other_installer:
        raise other_installer(now)
    before, after = (tuple(getattr(agent, name) for name in _DECISIVE) for agent in (work.observed.agent, now.agent))
    if before != after:
        raise _changed_meanwhile(work.observed.agent, now.agent)


def clear_away(target: Target, staging: str, token: str | None = None) -> None:
    """Remove what a run left and the staging directory; the target refuses a live run and any but the one of token."""
    target.release_run(staging, token)
    target.remove_directory(staging)


def _finish(work: Work, action: str) -> Run | None:
    target, staging = work.target, work.staging
    status = _follow(target, staging, work.timeout)
    run = None if status.phase is RunPhase.NONE else _read(target, staging, status)
    if run is not None and run.step != "install" and not run.died:
        clear_away(target, staging)
        raise _not_unpacked(run)
    return run


def _follow(target: Target, staging: str, timeout: int) -> RunStatus:
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        status = _one_round(target, staging, max(1, min(_ROUND, int(left))), deadline)
        if status.phase in (RunPhase.FINISHED, RunPhase.DEAD, RunPhase.NONE):
            return status
        if time.monotonic() >= deadline:
            raise _still_running(staging, timeout, status)


def _one_round(target: Target, staging: str, seconds: int, deadline: float) -> RunStatus:
    """How the run stands after some seconds; a lost connection is given until the deadline to come back."""
    while True:
        try:
            return target.follow_run(staging, seconds)
        except MobilityError as error:
            if error.reason not in _OUTAGES or time.monotonic() >= deadline:
                raise


def _read(target: Target, staging: str, status: RunStatus) -> Run | None:
    run_directory = f"{staging}/run"
    found = target.run(
        Script(
            name="collect",
            text=_COLLECT.read_text(encoding="utf-8"),
            variables={"ASR_RUN": run_directory, "ASR_LOG": INSTALLER_LOG, "ASR_LINES": _LOG_LINES},
            read_only=True,
        )
    )
    output = target.read_run_output(staging, 4096)
    lines = found.output.splitlines()
    if "run=present" not in lines:
        return None
    return Run(
        exit_code=status.exit_code if status.exit_code is not None else -1,
        step=next((line.partition("=")[2] for line in lines if line.startswith("step=")), ""),
        errors=tuple(parse_errors(_quoted(lines, "errors"))),
        output=output,
        log=_quoted(lines, "log"),
        died=status.phase is RunPhase.DEAD,
    )


def _quoted(lines: t.Sequence[str], label: str) -> str:
    prefix = f"{label}|"
    return "\n".join(line[len(prefix) :] for line in lines if line.startswith(prefix))


def _manifest(work: Work, package: Package, step: Step) -> dict[str, str]:
    """What a later task needs to know of this run, the state before it included."""
    return write_manifest(step.name, package.offer, work.desired, work.observed.agent)


def _body(run_directory: str, package: Package, work: Work) -> Script:
    """Unpack and run the installer from inside its own directory, without standard input, as its scripts demand."""
    command = install_command(
        work.observed.agent,
        work.desired,
        errors_file=f"{run_directory}/errors.json",
        log_file=INSTALLER_LOG,
    )
    extracted = f"{run_directory}/extracted"
    text = "\n".join(
        (
            'echo unpack >"$ASR_RUN/step"',
            "(",
            script_text("decompress", "unpack").rstrip("\n"),
            ") || exit 1",
            'echo install >"$ASR_RUN/step"',
            'cd "$ASR_DIR" || exit 1',
            f"{shlex.join(command)} </dev/null",
        )
    )
    variables = {
        "ASR_RUN": run_directory,
        "ASR_ARCHIVE": package.staged_path or "",
        "ASR_DIR": extracted,
        "ASR_COMPRESSION": package.compression.value if package.compression else "",
    }
    return Script(name="install", text=text + "\n", variables=variables)


def _still_running(staging: str, timeout: int, status: RunStatus) -> MobilityError:
    return MobilityError(
        Reason.STILL_RUNNING,
        found=f"the installer still running after {timeout} s ({status.detail or 'no further detail'})",
        expected=f"its end within {timeout} s",
        remedy=(
            "It was not ended and goes on. Run the same task again to follow it; its output is "
            f"{staging}/run/output, its log {INSTALLER_LOG}."
        ),
    )


def died(run: Run) -> MobilityError:
    """The error of a run that was ended from outside and left the host without what was promised."""
    words = " ".join(run.output.split())[-400:]
    return MobilityError(
        Reason.RUN_DIED,
        found=f"an installer run that ended without an exit code; its output ended: {words or 'nothing'}",
        expected="an installer that ends by itself",
        remedy=f"Look in the journal for a restart or a kill, read {INSTALLER_LOG}, then run the task again.",
    )


def _changed_meanwhile(before: AgentState, now: AgentState) -> MobilityError:
    return MobilityError(
        Reason.STATE_CHANGED,
        found=f"the agent changed while the installer was brought: {_words(before)} before, {_words(now)} now",
        expected="the state that the plan was made for",
        remedy="Nothing was started. Run the task again; it plans from the new state.",
    )


def _words(agent: AgentState) -> str:
    return f"{agent.presence.value} {agent.version or ''} (registration {agent.registration.value})".replace("  ", " ")


def read_elsewhere(staging: str) -> MobilityError:
    """The run that was followed is gone, and the host does not show what it should have led to."""
    return MobilityError(
        Reason.RUN_IN_PROGRESS,
        found=f"no run in {staging} any more: another task followed it too, and read its result",
        expected="the wanted state on the host, or the run that was being followed",
        remedy="Look at the result of the other task, or run this one again.",
    )


def _not_unpacked(run: Run) -> MobilityError:
    words = " ".join(run.output.split())[-400:]
    return MobilityError(
        Reason.INSTALLER_CORRUPT,
        found=f"an archive that could not be unpacked on the target: {words or 'no message'}",
        expected="a whole installer archive and the tools to unpack it",
        remedy="Check free space and the archive, then run the task again.",
    )
