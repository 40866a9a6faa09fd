# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put back the registration that a run had half changed when it died, was killed, or could not put it back itself.

The run directory then holds the only copies, so whoever reads a run, or clears one away unread, does this first; the
run itself says whether there is anything to put back, so any run may be asked.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.bodies import notes_of
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, sent_text

PUT_BACK = "put_back"  # a note, and the last step of a run whose registration was put back
_SCRIPTS = Path(__file__).parents[1] / "scripts"


def recover_text() -> str:
    """The shell text; its variable is ASR_RUN, and recovered_notes() reads its output."""
    parts = ("registration_keep", "registration_recover")
    return "".join((library("process"), *(sent_text(_SCRIPTS / f"{name}.sh") for name in parts)))


def recover_registration(target: Target, run_directory: str) -> tuple[str, ...]:
    """What was put back, in notes of a body; none when there was nothing to do.

    Raises registration_not_restored, after which the run directory must be kept: it holds the only copies.
    """
    found = target.run(Script(name="recover", text=recover_text(), variables={"ASR_RUN": run_directory}))
    if found.code != 0:
        raise _not_restored(run_directory, f"its script ended with {found.code}")
    return recovered_notes(found.output, run_directory)


def recovered_notes(output: str, run_directory: str) -> tuple[str, ...]:
    """What the script printed, as recover_registration() tells it."""
    notes = notes_of(output)
    if "not_put_back" in notes:
        raise _not_restored(run_directory, "a file cannot be written")
    return notes


def _not_restored(run_directory: str, why: str) -> MobilityError:
    return MobilityError(
        Reason.REGISTRATION_NOT_RESTORED,
        found=f"the registration of the agent changed by a run that failed, and impossible to put back: {why}",
        expected="the files of the registration as they were before the run",
        remedy=(
            "Make space on the file systems of the agent and of /usr/local, then run the task again. The saved files "
            f"are in {run_directory}/kept; nothing was removed. The agent was not started."
        ),
    )
