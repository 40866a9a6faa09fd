# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that change a host share: a procedure goes in, the result of its report comes out."""

from __future__ import annotations

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.converge import Procedure, converge
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.report import report_result
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result


class ConvergingTask(MobilityTask):
    """An action whose whole work is one procedure."""

    def converged(self, procedure: Procedure) -> Result:
        """Bring the host to the state the procedure leads to; a failure carries the same keys as a success."""
        with self.target() as target:
            try:
                report = converge(target, procedure, check_mode=self._task.check_mode)
            except MobilityError as error:
                error.facts = report_result(error.facts.get("report"))
                raise
        return report_result(report)
