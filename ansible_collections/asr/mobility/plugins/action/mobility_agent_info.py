# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show everything that one probe sees of a host and its Mobility service."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_agent_info import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.config_input import read_config_input
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.describe import (
    describe_agent,
    describe_host,
    describe_run,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_agent_info on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Probe one host."""
        with self.target() as target:
            observed = observe(target, ProbeQuery(arguments["staging_dir"], arguments["install_dir"]))
            result: Result = {
                "changed": False,
                "agent": describe_agent(observed.agent),
                "host": describe_host(observed),
                "run": describe_run(observed.run),
            }
            if arguments["agent_config_input"]:
                result["agent_config_input"] = read_config_input(target, observed.agent)
        return result
