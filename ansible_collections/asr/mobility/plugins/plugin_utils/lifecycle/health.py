# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the daemons of the agent stay alive: the same processes at two looks, because a restart loop is alive too."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.host import DAEMONS
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

_PAUSE = 2
_REMEDY = "Read /var/log/svagents_curr_*.log, /var/log/appservice*.log and /var/log/uarespawnd.log on the host."


def first_look(look: t.Callable[[], HostState], patience: float) -> HostState:
    """The host as soon as both daemons run; after a restart they need some seconds."""
    until = time.monotonic() + patience
    while True:
        observed = look()
        missing = [name for name in DAEMONS if name not in observed.daemon_starts]
        if not missing:
            return observed
        if time.monotonic() >= until:
            raise _unhealthy(f"{' and '.join(missing)} not running", "both daemons of the agent running")
        time.sleep(_PAUSE)


def compare(before: t.Mapping[str, str], observed: HostState) -> None:
    """agent_not_healthy unless the very processes of the first look still run."""
    after = observed.daemon_starts
    gone = [name for name in DAEMONS if name not in after]
    if gone:
        raise _unhealthy(f"{' and '.join(gone)} ended meanwhile", "both daemons of the agent running")
    started = [name for name in DAEMONS if after[name] != before.get(name)]
    if started:
        raise _unhealthy(f"{' and '.join(started)} started again meanwhile", "the same processes as at the first look")


def _unhealthy(found: str, expected: str) -> MobilityError:
    return MobilityError(
        Reason.AGENT_NOT_HEALTHY, found=found, expected=expected, remedy=_REMEDY, facts={"healthy": False}
    )
