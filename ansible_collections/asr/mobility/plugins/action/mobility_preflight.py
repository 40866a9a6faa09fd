# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a host before anything is copied to it: one look, one more for the way to its servers, then tables decide."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.asr.mobility.plugins.modules.mobility_preflight import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion, VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.admission import Admission, not_fit
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import Status, Subject
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import kernel_support
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import checks
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import (
    Answer,
    Need,
    needs_of_caller,
    needs_of_names,
    needs_of_server,
    parse_answers,
    parse_endpoint,
    reachability_script,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState, Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result, failure
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Target

Arguments = t.Mapping[str, t.Any]


class ActionModule(MobilityTask):
    """mobility_preflight on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: Arguments, task_vars: t.Mapping[str, t.Any]) -> Result:
        """Look at one host and judge it."""
        admission, version, needs = Admission.of(arguments), _version(arguments["version"]), _needs(arguments)
        query = ProbeQuery(
            arguments["staging_dir"], arguments["install_dir"], any_user=True, closely=True, preflight=True
        )
        with self.target() as target:
            observed = observe(target, query)
            answers = _tried(target, observed, needs)
        wanted = _wanted(arguments)
        subject = dataclasses.replace(admission.subject(observed, wanted, version), needs=needs, answers=answers)
        return _judged(subject, admission, arguments)


def _judged(subject: Subject, admission: Admission, arguments: Arguments) -> Result:
    found = checks(subject, admission.skipped)
    failed = [check for check in found if check.status is Status.FAIL]
    result: Result = {
        "changed": False,
        "fit": not failed,
        "checks": [{**dataclasses.asdict(check), "status": check.status.value} for check in found],
        "kernels": [_kernel(kernel, subject) for kernel in arguments["kernels"]],
        "host": _host(subject.host),
    }
    if not failed:
        return result
    refusal = not_fit(failed, result)
    if arguments["enforce"]:
        raise refusal
    return {**failure(refusal), "failed": False}


def _kernel(kernel: str, subject: Subject) -> Result:
    found = kernel_support(kernel, subject.tag, subject.version, subject.lists)
    return {"kernel": kernel, "support": found.support.value, "reason": found.reason, "list": found.list_name}


def _host(observed: HostState) -> Result:
    return {
        "os_name": observed.os_name,
        "tag": observed.tag,
        "kernel_running": observed.kernel_running,
        "kernel_next": observed.kernel_next,
        "agent_version": str(observed.agent.version) if observed.agent.version else None,
    }


def _wanted(arguments: Arguments) -> Desired:
    return Desired(
        stack=Stack(arguments["stack"]),
        platform=arguments["platform"],
        role=arguments["role"],
        install_dir=arguments["install_dir"],
    )


def _version(text: str | None) -> AgentVersion | None:
    """A version without a build stands for the newest of its release."""
    if text is None:
        return None
    spec = VersionSpec.parse(text)
    return AgentVersion(spec.major, spec.minor, spec.build or 0, spec.revision or 0)


def _needs(arguments: Arguments) -> list[Need]:
    """What the host must reach; invalid_argument MobilityError for what is no name, address or endpoint."""
    server = arguments["configuration_server"]
    return [
        *(needs_of_server(parse_endpoint(f"{server}:{arguments['port']}").host, arguments["port"]) if server else []),
        *needs_of_names([parse_endpoint(f"{name}:{arguments['port']}") for name in arguments["appliance"]]),
        *needs_of_caller([parse_endpoint(text) for text in arguments["endpoints"]]),
    ]


def _tried(target: Target, observed: HostState, needs: t.Sequence[Need]) -> t.Sequence[Answer]:
    """One more execution, and only when there is something to try; without root nothing is."""
    if not needs or observed.uid != 0:
        return ()
    return parse_answers(target.run(reachability_script(needs)).output)
