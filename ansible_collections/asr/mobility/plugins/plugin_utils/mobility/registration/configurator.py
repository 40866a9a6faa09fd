# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of Microsoft's configurator. Every value is given, so it never has a reason to ask, and a run of
it that takes long is at work and not stuck at a question: nothing of ours ever ends it.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): a missing value is asked for without
end when standard input is closed. CSPrime needs -q; classic is silent with -i and -P. -D takes a value in 9.50 and is
documented as a bare word too: as the last words of the line, -D true is right under either reading. -U acts with
-c CSPrime only. -f names the JSON error file, and is appended to. The default of -c has changed from CSLegacy to
CSPrime; the documentation knows the option since about 9.43.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Stack

FIRST_WITH_STACKS = (9, 43)
_CSTYPES = {Stack.MODERNIZED: "CSPrime", Stack.CLASSIC: "CSLegacy"}


@dataclass(frozen=True)
class Files:
    """Absolute paths on the host: what the configurator reads (secret), and what it writes."""

    secret: str
    errors: str
    log: str


class Registering(t.Protocol):
    """The part of a wanted registration that the command line needs."""

    @property
    def stack(self) -> Stack:
        """Which side registers the agent."""

    @property
    def server(self) -> str | None:
        """Classic: the configuration server."""

    @property
    def port(self) -> int:
        """Classic: its port."""

    @property
    def external_ip(self) -> str | None:
        """Classic: the address under which the server sees this machine."""

    @property
    def credential_less(self) -> bool:
        """Modernized: whether the appliance has no credentials for this machine."""


def register_command(agent: AgentState, wanted: Registering, files: Files) -> list[str]:
    """The configurator's words to register an agent."""
    words = _classic(wanted, files) if wanted.stack is Stack.CLASSIC else ["-S", files.secret, "-q"]
    last = ["-D", "true"] if wanted.stack is Stack.MODERNIZED and wanted.credential_less else []
    return [_program(agent), *words, *_stack_option(agent, wanted.stack), *_outputs(files), *last]


def unregister_command(agent: AgentState, files: Files) -> list[str]:
    """The configurator's words to take back a modernized registration; for a classic one it has none."""
    return [_program(agent), *_stack_option(agent, Stack.MODERNIZED), "-q", *_outputs(files), "-U", "true"]


def installation(agent: AgentState) -> str:
    """INSTALLATION_DIR of an agent that is there."""
    return f"{agent.install_dir}/Vx"


def knows_stacks(agent: AgentState) -> bool:
    """False for an agent from before the option -c; one without a readable version is taken for a newer one."""
    return agent.version is None or (agent.version.major, agent.version.minor) >= FIRST_WITH_STACKS


def _program(agent: AgentState) -> str:
    return f"{installation(agent)}/bin/UnifiedAgentConfigurator.sh"


def _classic(wanted: Registering, files: Files) -> list[str]:
    external = ["-e", wanted.external_ip] if wanted.external_ip else []
    return ["-i", str(wanted.server), "-P", files.secret, "-p", str(wanted.port), *external]


def _stack_option(agent: AgentState, stack: Stack) -> list[str]:
    return ["-c", _CSTYPES[stack]] if knows_stacks(agent) else []


def _outputs(files: Files) -> list[str]:
    return ["-l", files.log, "-f", files.errors]
