# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the Mobility service: options to a request, the engine, its report to a result."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_agent import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import check_proxy
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import Request, converge
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.report import report_result
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ActionModule(MobilityTask):
    """mobility_agent on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Converge one host."""
        request = _request(arguments)
        with self.target() as target:
            try:
                report = converge(target, request, check_mode=self._task.check_mode)
            except MobilityError as error:
                error.facts = report_result(error.facts.get("report"))
                raise
        return report_result(report)


def _request(arguments: t.Mapping[str, t.Any]) -> Request:
    """Raises MobilityError for everything that is wrong whatever the host."""
    directory_option(arguments["install_dir"])
    supply = _supply(arguments)
    supply.check()
    query = ProbeQuery(
        staging=arguments["staging_dir"],
        prefix=arguments["install_dir"],
        remote_path=arguments["installer_remote_path"],
    )
    return Request(_desired(arguments), supply, query, arguments["timeout"])


def _desired(arguments: t.Mapping[str, t.Any]) -> Desired:
    version = arguments["version"]
    return Desired(
        stack=Stack(arguments["stack"]),
        platform=arguments["platform"],
        role=arguments["role"],
        install_dir=arguments["install_dir"],
        version=VersionSpec.parse(version) if version else None,
    )


def _supply(arguments: t.Mapping[str, t.Any]) -> Supply:
    web = Web(
        proxy=check_proxy(arguments["installer_proxy"]),
        validate_certs=arguments["validate_certs"],
        username=arguments["url_username"],
        password=arguments["url_password"],
    )
    return Supply(
        path=arguments["installer_path"],
        url=arguments["installer_url"],
        remote_path=arguments["installer_remote_path"],
        checksum=arguments["checksum"],
        web=web,
    )
