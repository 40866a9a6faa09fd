# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give an agent its registration back when an upgrade was broken off between unpacking and merging.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): an upgrade saves the old drscout.conf
in TEMP of the extracted directory, unpacks the new programs over the old tree, a new drscout.conf among them, and then
merges the old values into it. There is no rollback. The extracted directory is ours to remove, so the saved copy has to
be looked at first.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

_SCRIPT_FILE = Path(__file__).parent / "scripts" / "rescue.sh"


def rescue_text() -> str:
    """The shell text; its variable is ASR_RUN, and was_rescued() reads its output."""
    return sent_text(_SCRIPT_FILE)


def rescue_configuration(target: Target, run_directory: str) -> bool:
    """Put the saved configuration of a broken upgrade back; True when that was needed and worked.

    Raises configuration_not_restored, after which the run directory must be kept: it holds the only copy.
    """
    found = target.run(Script(name="rescue", text=rescue_text(), variables={"ASR_RUN": run_directory}))
    return was_rescued(found.output, run_directory)


def was_rescued(output: str, run_directory: str) -> bool:
    """What the script printed, as rescue_configuration() tells it."""
    lines = output.splitlines()
    if "rescue=failed" in lines:
        raise MobilityError(
            Reason.CONFIGURATION_NOT_RESTORED,
            found="the configuration of the agent overwritten by a broken upgrade, impossible to put back",
            expected="the old drscout.conf beside the agent's programs",
            remedy=(
                f"Make space on the agent's file system, then run the task again. The saved file is "
                f"{run_directory}/extracted/TEMP/drscout.conf; nothing was removed."
            ),
        )
    return "rescue=restored" in lines
