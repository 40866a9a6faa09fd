# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install, upgrade or remove the Mobility service: options to a procedure, the engine, its report to a result."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_agent import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import check_proxy
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.admission import Admission
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import Procedure
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import Installation
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Change, Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal import Removal, removal_query
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.removal_plan import RemovalWish
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.supply import Supply
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.converging import ConvergingTask
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import Result

_SOURCES = ("installer_path", "installer_url", "installer_remote_path")


class ActionModule(ConvergingTask):
    """mobility_agent on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Converge one host."""
        return self.converged(_procedure(arguments))


def _procedure(arguments: t.Mapping[str, t.Any]) -> Procedure:
    """Raises MobilityError for everything that is wrong whatever the host."""
    directory_option(arguments["install_dir"])
    supply = _supply(arguments) if any(arguments[source] for source in _SOURCES) else None
    if supply is not None:
        supply.check()
    query = ProbeQuery(
        staging=arguments["staging_dir"],
        prefix=arguments["install_dir"],
        remote_path=arguments["installer_remote_path"],
    )
    if arguments["state"] == "absent":
        wish = RemovalWish(arguments["force"], arguments["protected"], arguments["remove_leftovers"])
        return Removal(wish, supply, removal_query(query, wish), arguments["timeout"])
    if supply is None:
        raise AssertionError("the argument specification asks for a source")
    return Installation(_desired(arguments), supply, query, arguments["timeout"], Admission.of(arguments))


def _desired(arguments: t.Mapping[str, t.Any]) -> Desired:
    version = arguments["version"]
    return Desired(
        stack=Stack(arguments["stack"]),
        platform=arguments["platform"],
        role=arguments["role"],
        install_dir=arguments["install_dir"],
        version=VersionSpec.parse(version) if version else None,
        latest=arguments["state"] == "latest",
        allow_change=frozenset(Change(word) for word in arguments["allow_change"]),
        started=arguments["started"],
        force=arguments["force"],
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
