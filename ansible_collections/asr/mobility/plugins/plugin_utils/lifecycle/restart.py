# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart the agent with its own programs, and believe only the processes that run afterwards.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): bin/stop waits up to 180 seconds and
ends 2 when processes are left; bin/start ends 0 whatever happens; the unit stays active when the daemons are dead.
"""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts, sent_text

_SCRIPT = Path(__file__).parents[1] / "mobility" / "scripts" / "agent_restart.sh"
_SETTLE_SECONDS = 30
_PAUSE = 1.0


def restart_agent(target: Target, installation: str, query: ProbeQuery) -> AgentState:
    """The agent after a restart that worked; state_not_reached when a daemon does not run.

    installation: INSTALLATION_DIR, such as /usr/local/ASR/Vx.
    """
    text = f"{library('process')}\n{sent_text(_SCRIPT)}"
    output = target.run(Script("agent_restart", text, {"ASR_INSTALLATION": installation})).output
    codes = parse_facts(output)
    agent = _settled(target, query)
    if not agent.running:
        raise _not_running(agent, installation, codes.get("stop", "?"), codes.get("start", "?"))
    return agent


def _settled(target: Target, query: ProbeQuery) -> AgentState:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        agent = observe(target, query).agent
        if agent.running or time.monotonic() >= deadline:
            return agent
        time.sleep(_PAUSE)


def _not_running(agent: AgentState, installation: str, stop: str, start: str) -> MobilityError:
    dead = ", ".join(name for name, alive in agent.daemons.items() if not alive) or "the daemons"
    return MobilityError(
        Reason.STATE_NOT_REACHED,
        found=f"{dead} not running after {installation}/bin/stop ended {stop} and bin/start ended {start}",
        expected="both daemons of the agent to run",
        remedy="Read /var/log/svagents_curr_*.log on the host, then start the agent with its own bin/start.",
    )
