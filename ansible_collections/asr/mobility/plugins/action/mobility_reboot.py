# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a host in an orderly way and wait until it is back."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_reboot import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.reboot import check_may_reboot, reboot
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_reboot on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Look whether it may be restarted, then do it."""
        with self.target() as target:
            check_may_reboot(observe(target, ProbeQuery(arguments["staging_dir"], arguments["install_dir"])))
        if self._task.check_mode:
            return {"changed": True, "rebooted": False}
        reboot(self.target, arguments["timeout"])
        return {"changed": True, "rebooted": True}
