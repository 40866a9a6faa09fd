# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observe: one probe, one connection execution, the whole state of a host."""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import (
    SCRIPT_FILE as EXAMINATION_FILE,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import examination
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.host import host_state
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import (
    SCRIPT_FILE,
    Facts,
    ProbeQuery,
    parse_facts,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.runs import parse_run_status
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, sent_text
from ansible_collections.asr.mobility.plugins.plugin_utils.target.uploads import removable_leftovers

__all__ = ["ProbeQuery", "observe", "observe_more", "probe_script"]


def probe_script(query: ProbeQuery) -> Script:
    """The probe of this query: the target's words about our own run first, then the product's."""
    asked = sent_text(EXAMINATION_FILE) if query.preflight else ""
    text = library("process", "run_status", "leftovers") + "\n" + asked + sent_text(SCRIPT_FILE)
    return Script(name="probe", text=text, variables=query.variables, read_only=True, any_user=query.any_user)


def observe(target: Target, query: ProbeQuery) -> HostState:
    """The state of the host; script_failed when the probe did not run to its end."""
    return observe_more(target, query, "", {})[0]


def observe_more(
    target: Target, query: ProbeQuery, text: str, variables: t.Mapping[str, str]
) -> tuple[HostState, Facts]:
    """The state of the host, and all facts, those included that another script prints before the probe.

    text: reads only, prints lines key=value. variables: its values.
    """
    probe = probe_script(query)
    script = replace(probe, text=f"{text}\n{probe.text}", variables={**variables, **probe.variables})
    result = target.run(script)
    if result.code != 0:
        raise MobilityError(
            Reason.SCRIPT_FAILED,
            found=f"exit code {result.code} of the probe: {' '.join(result.output.split())[-200:] or 'no output'}",
            expected="a probe that ends with 0",
            remedy="Run the task with -vvv to see what the target answered.",
        )
    facts = parse_facts(result.output)
    run = {key: facts.get(key) or "" for key in facts.values if key.startswith("run.")}
    state = host_state(facts, query.staging, parse_run_status(run))
    left = {key: facts.get(key) or "" for key in facts.values if key.startswith("leftover.")}
    examined = examination(facts, time.time())
    return replace(state, leftovers=tuple(removable_leftovers(left)), examination=examined), facts
