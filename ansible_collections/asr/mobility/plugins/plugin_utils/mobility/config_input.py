# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the installed agent for the text from which the appliance makes this machine's registration file.

Fact (a public script of January 2026, not documented by Microsoft): AzureRcmCli --getagentconfiginput prints the text,
with or without the label "getagentconfiginput:" before it.
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

_SCRIPT_FILE = Path(__file__).parent / "scripts" / "config_input.sh"
_SECONDS = 60  # how long the answer may take; the connection waits for it
_TEXT = re.compile(r"^(?:getagentconfiginput:)?\s*([A-Za-z0-9+/]{16,}={0,2})\s*$", re.MULTILINE)


def read_config_input(target: Target, agent: AgentState) -> str | None:
    """The text, base64 as printed; None where no agent is installed. Raises script_failed when there is none."""
    if agent.presence is not Presence.INSTALLED or agent.install_dir is None:
        return None
    variables = {"ASR_INSTALL_DIR": agent.install_dir, "ASR_SECONDS": str(_SECONDS)}
    script = Script(name="config_input", text=sent_text(_SCRIPT_FILE), variables=variables)
    result = target.run(script)
    return parse_config_input(result.code, result.output)


def parse_config_input(code: int, output: str) -> str:
    """The text in the program's output; an error when the program failed or printed something else."""
    found = _TEXT.search(output)
    if code != 0 or found is None:
        raise MobilityError(
            Reason.SCRIPT_FAILED,
            found=f"exit code {code} of AzureRcmCli: {' '.join(output.split())[-200:] or 'no output'}",
            expected="exit code 0 of --getagentconfiginput and one line of base64 text",
            remedy="Read /var/log/AzureRcmCli.log on the host.",
        )
    return found[1]
