# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback of the lab: append every task result as one JSON line to the file a test named.

The values are those the screen callbacks receive, so what Ansible hides (``no_log``) is hidden here too.
"""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: lab_results
type: notification
short_description: Write task results as JSON lines for the tests of asr.mobility
description:
  - Does nothing unless the environment variable E(ASR_MOBILITY_LAB_RESULTS) names a file.
author:
  - the asr.mobility contributors
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Write one line for each finished task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "lab_results"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, status: str, result: object, ignored: bool = False) -> None:
        path = os.environ.get("ASR_MOBILITY_LAB_RESULTS")
        if not path:
            return
        task, host = result._task, result._host  # type: ignore[attr-defined]
        values = json.loads(json.dumps(result._result, default=str))  # type: ignore[attr-defined]
        line = {
            "host": host.get_name(),
            "task": task.get_name(),
            "action": task.resolved_action or task.action,
            "status": status,
            "ignored": ignored,
            "result": values,
        }
        with open(path, "a", encoding="utf-8") as handle:
            handle.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result: object) -> None:
        """Record a task that succeeded."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result: object, ignore_errors: bool = False) -> None:
        """Record a task that failed."""
        self._write("failed", result, bool(ignore_errors))

    def v2_runner_on_skipped(self, result: object) -> None:
        """Record a task that was skipped."""
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: object) -> None:
        """Record a host that could not be reached."""
        self._write("unreachable", result)
