# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait a little for a package manager: most of its work is a query of a second, which is no reason to refuse a host."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import package_database
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState, PackageDatabase

_PATIENCE = 30.0  # seconds
_PAUSE = 3.0


def when_free(seen: HostState, look: t.Callable[[], HostState]) -> HostState:
    """The host as it was seen, or as it is seen when no package manager works there any more, or after 30 seconds.

    Only where the agent is an rpm package. look: sees the host again.
    """
    deadline = time.monotonic() + _PATIENCE
    while _is_taken(seen) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        seen = look()
    return seen


def _is_taken(seen: HostState) -> bool:
    return seen.package_database is PackageDatabase.BUSY and package_database(seen) is not None
