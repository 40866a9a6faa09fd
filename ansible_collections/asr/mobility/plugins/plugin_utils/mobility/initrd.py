# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remember on the host that it must not be restarted: an installer ended with 163 and left broken initrd images.

The next task, of whoever it is, must know that; the agent itself may look whole. The mark counts until the host has
been restarted all the same, or until somebody who has put the images back removes it.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target

MARK = "/etc/vxagent/asr-mobility.do-not-restart"  # beside orig_initrd_images; the probe reads it
_SCRIPT_FILE = Path(__file__).parent / "scripts" / "mark_in_doubt.sh"


def mark_in_doubt(target: Target) -> None:
    """Write the mark, with the boot it belongs to and a sentence for a person who finds it."""
    script = Script(name="mark_in_doubt", text=_SCRIPT_FILE.read_text(encoding="utf-8"), variables={"ASR_MARK": MARK})
    target.run(script)
