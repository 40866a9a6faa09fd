# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of the detached runs that register, move and unregister an agent; the parts lie in scripts/.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): a failed registration leaves a
healthy agent stopped, with another passphrase and, for some failures, without its configuration server. So the body
itself, which no lost connection can hold up, puts back what was there and starts the agent again.

Inferred, because the product has no command for it: a classic agent leaves its server by bin/stop, bin/unregister and
an empty Hostname, which is what the configurator compares; unregistered, HostId is emptied too, as the product does for
a modernized agent. An agent reaches another appliance of its vault by its new file alone; for another vault it is
unconfigured first.
"""

from __future__ import annotations

import functools
import shlex
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.configurator import (
    Files,
    Registering,
    installation,
    register_command,
    unregister_command,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Registration, Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

NOT_KEPT = 70  # exit code of a body that could not make its copies, and touched nothing
NOT_WRITTEN = 71  # of one that could not write a file of the agent
_SCRIPTS = Path(__file__).parents[1] / "scripts"
_OR_NOTHING = f"|| {{ asr_note not_kept; asr_fail_with {NOT_KEPT}; }}"
_KEEP = f"asr_keep {_OR_NOTHING}"
_TAKE_SECRET = f"asr_take_secret {_OR_NOTHING}"
_TOUCH = f"asr_reached touched {_OR_NOTHING}"
_MOVE_FROM_SERVER = ("asr_stop", "asr_leave_for_another", "asr_tell_server", "asr_blank Hostname")
_LEAVE_SERVER = ("asr_stop", "asr_leave", "asr_tell_server", "asr_blank Hostname", "asr_blank HostId")
_MUST_BE_FILLED = {Stack.CLASSIC: "Hostname", Stack.MODERNIZED: "HostId"}


@dataclass(frozen=True)
class Ground:
    """What every body needs to know: the run directory, the log of the configurator, the agent before the run."""

    run_directory: str
    log: str
    agent: AgentState

    @property
    def files(self) -> Files:
        """What the configurator reads and writes; the run takes the secret file `given` from what was staged."""
        run = self.run_directory
        return Files(secret=f"{run}/given", errors=f"{run}/errors.json", log=self.log)

    @property
    def variables(self) -> dict[str, str]:
        """What the scripts' parts read."""
        agent = self.agent
        return {
            "ASR_RUN": self.run_directory,
            "ASR_INSTALLATION": installation(agent),
            "ASR_WAS_RUNNING": "1" if agent.running else "0",
            "ASR_WAS_REGISTERED": "0" if agent.registration is Registration.NO else "1",
        }


def register_body(ground: Ground, wanted: Registering) -> Script:
    """Register an agent where it is, or one that is nowhere."""
    return _body("register", ground, [_KEEP, _TAKE_SECRET, _TOUCH, _configure(ground, wanted)])


def move_body(ground: Ground, wanted: Registering, *, leave_vault: bool) -> Script:
    """Register an agent elsewhere. leave_vault: modernized, and the vault is another one."""
    leave: t.Sequence[str] = ()
    if wanted.stack is Stack.CLASSIC:
        leave = _MOVE_FROM_SERVER
    elif leave_vault:
        leave = ["asr_leave_for_another", f"{_unconfigure(ground)} || asr_fail_with $?"]
    return _body("move", ground, [_KEEP, _TAKE_SECRET, _TOUCH, *leave, _configure(ground, wanted)])


def unregister_body(ground: Ground, stack: Stack) -> Script:
    """Make an agent nobody's."""
    leave: t.Sequence[str] = ("asr_leave", f"{_unconfigure(ground)} || asr_fail_with $?")
    if stack is Stack.CLASSIC:
        leave = _LEAVE_SERVER
    return _body("unregister", ground, [_KEEP, _TOUCH, *leave, "asr_end_with unregistered"])


def notes_of(output: str) -> tuple[str, ...]:
    """The words that a body left for the task that reads its output, each once."""
    words = (line.split() for line in output.splitlines() if line.startswith("asr-note "))
    return tuple(dict.fromkeys(line[1] for line in words if len(line) == 2))


def _body(step: str, ground: Ground, lines: t.Sequence[str]) -> Script:
    text = "\n".join(
        (_part("registration_keep"), _part("registration_steps"), f"asr_reached {step}", *lines, "exit 0\n")
    )
    return Script(name=step, text=text, variables=ground.variables)


def _configure(ground: Ground, wanted: Registering) -> str:
    words = register_command(ground.agent, wanted, ground.files)
    return f"asr_configure {_MUST_BE_FILLED[wanted.stack]} {shlex.join(words)}"


def _unconfigure(ground: Ground) -> str:
    return f"{shlex.join(unregister_command(ground.agent, ground.files))} </dev/null"


@functools.cache
def _part(name: str) -> str:
    return sent_text(_SCRIPTS / f"{name}.sh")
