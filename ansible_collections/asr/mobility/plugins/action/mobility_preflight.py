# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a host before anything is copied to it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_preflight import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import Check, Status, checks
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_preflight on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Probe one host and judge it."""
        with self.target() as target:
            observed = observe(target, ProbeQuery(arguments["staging_dir"], arguments["install_dir"], any_user=True))
        found = checks(observed, Desired(install_dir=arguments["install_dir"]))
        failed = [check for check in found if check.status is Status.FAIL]
        result: Result = {
            "changed": False,
            "fit": not failed,
            "checks": [{**dataclasses.asdict(check), "status": check.status.value} for check in found],
        }
        if failed and arguments["enforce"]:
            raise _not_fit(failed, result)
        return result


def _not_fit(failed: t.Sequence[Check], result: Result) -> MobilityError:
    return MobilityError(
        Reason.PREREQUISITE_FAILED,
        found="; ".join(f"{check.name}: {check.found}" for check in failed),
        expected="; ".join(f"{check.name}: {check.required}" for check in failed),
        remedy=" ".join(check.remedy for check in failed),
        facts=result,
    )
