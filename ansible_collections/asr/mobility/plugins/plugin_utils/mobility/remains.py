# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove what is left of an agent: a record that nothing stands behind, and what the uninstaller leaves behind.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): after a clean removal the empty
prefix, /usr/local/InMage, the logs and /var/scst/vdisk stay. With a record whose programs are gone the installer would
upgrade; without one it installs afresh. The saved initrd images are never removed. In the rpm families the agent is
the package InMageVx (read): an installation or removal that broke off leaves it in the rpm database.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import DEFAULT_DIRECTORY, is_plain_prefix
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

_SCRIPTS = Path(__file__).parent / "scripts"
_REFUSED = 3  # exit code of a removing script that refused before it removed anything


def remove_record(target: Target, agent: AgentState) -> None:
    """Remove the record and the links beside it. The script refuses when programs are there after all."""
    _remove(target, "remove_record", agent)


def remove_leftovers(target: Target, agent: AgentState, prefix: str) -> None:
    """Remove programs without a record, logs, empty directories. prefix: where to look when the agent names none."""
    _remove(target, "remove_leftovers_of_agent", agent, prefix)


def script_text(name: str) -> str:
    """The text of a removing script, behind the functions that it calls."""
    return f"{sent_text(_SCRIPTS / 'forget_package.sh')}{sent_text(_SCRIPTS / f'{name}.sh')}"


def lock_of_removal(prefix: str) -> str:
    """The lock of the uninstaller in that prefix; one that was killed leaves it behind."""
    return f"{prefix}/.uninstall.lck"


def lock_text() -> str:
    """The shell text that removes the lock of a dead uninstaller; variable ASR_LOCK."""
    return sent_text(_SCRIPTS / "drop_stale_lock.sh")


def _remove(target: Target, name: str, agent: AgentState, prefix: str = DEFAULT_DIRECTORY) -> None:
    directory = agent.install_dir or prefix
    if not is_plain_prefix(directory):
        raise _not_removed(f"an agent in {directory!r}", refused=True)
    result = target.run(Script(name=name, text=script_text(name), variables={"ASR_INSTALL_DIR": directory}))
    if result.code != 0:
        said = " ".join(result.output.split())[-300:]
        raise _not_removed(said or f"exit code {result.code} of {name}", refused=result.code == _REFUSED)


def _not_removed(found: str, *, refused: bool) -> MobilityError:
    """refused: beforehand; otherwise a part may be gone already."""
    done = "This step removed nothing." if refused else "A part may be removed already."
    return MobilityError(
        Reason.LEFTOVERS_NOT_REMOVED,
        found=found,
        expected="files, and in the rpm families a package, of an agent that can be removed",
        remedy=f"{done} Look on the host at what is named, set it right, then run the task again.",
    )
