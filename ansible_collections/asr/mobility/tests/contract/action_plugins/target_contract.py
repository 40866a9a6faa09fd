# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run cases of the target contract against one host, inside a real Ansible task: the only place a target lives.

Test only. Arguments: cases (names of CASES). Result: cases, a mapping name -> {ok, detail, seconds}.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
import typing as t
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from contract import cases, faults, survival
from contract.cases import Case

CASES: dict[str, t.Callable[[Case], object]] = {
    function.__name__: function
    for function in (
        cases.first_script,
        cases.exit_codes,
        cases.all_exit_codes,
        cases.output,
        cases.large_script,
        cases.variables,
        cases.environment,
        cases.files,
        cases.private_directories,
        cases.detached_run,
        cases.host_name,
        cases.nothing_left,
        faults.lost_input,
        faults.silent,
        faults.cut_output,
        survival.begin,
        survival.adopt,
    )
}


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Runs the named cases in order; a failed one does not stop the others."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """See the module's text."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        staging = self._task.args.get("staging") or f"/var/lib/asr-mobility-test-{os.getpid()}"
        with tempfile.TemporaryDirectory(prefix="asr-mobility-contract-") as folder:
            case = Case(self, staging, Path(folder), self._task.args)
            result["cases"] = {name: _outcome(CASES[name], case) for name in self._task.args["cases"]}
            _close(case)
        result["changed"] = False
        return result


def _outcome(function: t.Callable[[Case], object], case: Case) -> dict[str, t.Any]:
    began = time.monotonic()
    try:
        detail, ok = str(function(case) or ""), True
    except AnsibleConnectionFailure:
        raise
    except MobilityError as error:
        detail, ok = str(error), False
    except Exception:
        detail, ok = traceback.format_exc(), False
    return {"ok": ok, "detail": detail, "seconds": round(time.monotonic() - began, 2)}


def _close(case: Case) -> None:
    """What a failed case may have left; errors were reported by the cases."""
    try:
        case.target.close()
    except MobilityError:
        return
