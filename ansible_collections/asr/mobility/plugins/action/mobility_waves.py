# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order the hosts of the play in waves; nothing touches a target."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_waves import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.waves import check_limit, plan_waves


class ActionModule(MobilityTask):
    """mobility_waves: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """The plan, from the hosts that the play and --limit leave."""
        check_limit(arguments["max_fail_percentage"])
        canary = _group(arguments["canary"], task_vars["groups"])
        waves = plan_waves(task_vars["ansible_play_hosts_all"], canary, arguments["serial"])
        return {
            "changed": False,
            "waves": [dataclasses.asdict(wave) for wave in waves],
            "hosts": [host for wave in waves for host in wave.hosts],
            "sizes": [len(wave.hosts) for wave in waves],
            "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }


def _group(name: str | None, groups: t.Mapping[str, t.Sequence[str]]) -> frozenset[str]:
    if not name:
        return frozenset()
    if name not in groups:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"no group {name!r} in the inventory",
            expected="a group of the inventory that holds the canary hosts",
            remedy="Correct asr_mobility_canary or the inventory; no host was touched.",
        )
    return frozenset(groups[name])
