# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the logs of a host: options to a request, the engine, its bundle to a result."""

from __future__ import annotations

import typing as t
from dataclasses import asdict
from pathlib import Path

from ansible_collections.asr.mobility.plugins.modules.mobility_logs import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.support_bundle import (
    Bundle,
    Request,
    collect,
    list_logs,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.logs import MIB, Limits
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result

_MOST_MIB = 1024


class ActionModule(MobilityTask):
    """mobility_logs on one host."""

    specification = ARGUMENT_SPEC

    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Collect from one host, or tell what there is."""
        request = Request(
            host=str(task_vars.get("inventory_hostname", "host")),
            staging=arguments["staging_dir"],
            folder=Path(arguments["dest"]).expanduser().absolute(),
            limits=Limits(_bytes("max_file_size", arguments), _bytes("max_size", arguments)),
        )
        with self.target() as target:
            bundle = list_logs(target, request) if self._task.check_mode else collect(target, request)
        return _result(bundle)


def _bytes(name: str, arguments: t.Mapping[str, t.Any]) -> int:
    size: int = arguments[name]
    if not 1 <= size <= _MOST_MIB:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"{name} {size}",
            expected=f"1 to {_MOST_MIB} MiB",
            remedy=f"Correct the option {name}.",
        )
    return size * MIB


def _result(bundle: Bundle) -> Result:
    return {
        "changed": True,
        "path": str(bundle.path) if bundle.path else None,
        "files": [asdict(one) for one in bundle.kept],
        "sources": [piece.name for piece in bundle.gathered.pieces],
        "cut": _cut(bundle),
        "masked": sum(one.masked for one in bundle.kept),
    }


def _cut(bundle: Bundle) -> list[str]:
    """One line for each file of which only the end, or nothing, was taken."""
    ends = [f"{one.source}: its last bytes, of {one.size_on_host}" for one in bundle.kept if one.truncated]
    return ends + [f"{name}: left out, {why}" for name, why in bundle.gathered.skipped.items()]
