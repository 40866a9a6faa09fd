# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the daemons of an installed agent with its own bin/start.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): bin/start ends 0 whatever happens, so
only the daemons tell; a failed registration and some failed upgrades leave the agent stopped, with a file that keeps
its watchdog from starting it.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, sent_text

_SCRIPT_FILE = Path(__file__).parent / "scripts" / "start.sh"


def start_agent(target: Target, agent: AgentState) -> None:
    """Ask the agent to start; whether it did is for the next look at the host to tell."""
    variables = {"ASR_INSTALL_DIR": agent.install_dir or "/usr/local/ASR"}
    text = f"{library('process')}\n{sent_text(_SCRIPT_FILE)}"
    target.run(Script(name="start", text=text, variables=variables))
