# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See that the daemons of the agent are alive, and with a second look that they are still the same."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_health import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.health import compare, first_look
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_health on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """The first look, or the second when there was one."""
        query = ProbeQuery(arguments["staging_dir"], arguments["install_dir"])
        since = arguments["since"]
        if since is not None:
            # Only the rest of the time: all hosts of a batch had their first look before any has its second.
            time.sleep(max(0.0, since["looked_at"] + arguments["after"] - time.time()))
        with self.target() as target:
            if since is None:
                return _answer(first_look(lambda: observe(target, query), arguments["patience"]))
            observed = observe(target, query)
        compare(since["daemons"], observed)
        return _answer(observed)


def _answer(observed: HostState) -> Result:
    return {"changed": False, "healthy": True, "daemons": dict(observed.daemon_starts), "looked_at": time.time()}
