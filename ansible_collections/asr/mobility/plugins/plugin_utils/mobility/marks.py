# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remember on the host what the host itself does not show, and the next task must know.

An installer that ended with 163 left broken initrd images, and the agent may look whole. One that broke off after it
had written the record looks finished, and its units or initrd images were never made. The first mark counts until the
host has been restarted all the same, or until somebody who has put the images back removes it; the second until an
installer ended well.
"""

from __future__ import annotations

import enum
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

_SCRIPTS = Path(__file__).parent / "scripts"


class Mark(str, enum.Enum):
    """The marks, by the files that the probe looks for."""

    DO_NOT_RESTART = "/etc/vxagent/asr-mobility.do-not-restart"  # beside orig_initrd_images
    UNFINISHED = "/etc/vxagent/asr-mobility.unfinished"


_WORDS = {
    Mark.DO_NOT_RESTART: (
        "Do not restart this host: an installer of the Mobility service could not put the initrd images back.\n"
        "Copy the images from /etc/vxagent/orig_initrd_images back to /boot, then remove this file."
    ),
    Mark.UNFINISHED: (
        "An installer of the Mobility service broke off after it had written its record.\n"
        "The next run of mobility_agent runs the installer again and removes this file."
    ),
}


def leave_mark(target: Target, mark: Mark) -> None:
    """Write a mark, with the boot it belongs to and words for a person who finds it; complete or not at all."""
    _run(target, "leave_mark", {"ASR_MARK": mark.value, "ASR_WORDS": _WORDS[mark]})


def remove_mark(target: Target, mark: Mark) -> None:
    """Remove a mark; absent is fine."""
    _run(target, "remove_mark", {"ASR_MARK": mark.value})


def _run(target: Target, name: str, variables: dict[str, str]) -> None:
    text = sent_text(_SCRIPTS / f"{name}.sh")
    result = target.run(Script(name=name, text=text, variables=variables))
    if result.code != 0:
        raise MobilityError(
            Reason.SCRIPT_FAILED,
            found=f"{name} of {variables['ASR_MARK']}: {' '.join(result.output.split())[-200:] or 'no message'}",
            expected="a file that can be written there",
            remedy="Free space on the file system of /etc, then run the task again.",
        )
