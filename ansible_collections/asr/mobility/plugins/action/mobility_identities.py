# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find hosts of the play that show the same identity; nothing touches a target."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_identities import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.fleet import play_variables
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.identities import hosts_of_the_same_identity
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_identities: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Compare what was seen on the hosts so far."""
        seen = {host: variables.get(arguments["variable"]) for host, variables in play_variables(task_vars).items()}
        return {"changed": False, "shared": hosts_of_the_same_identity(seen)}
