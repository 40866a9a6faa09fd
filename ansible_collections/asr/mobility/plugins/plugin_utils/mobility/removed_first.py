# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which agents the installer of a newer version removes before it installs, because their driver was faulty. Pure.

Data, with its source: data/removed_first.yml.
"""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

_DATA = Path(__file__).parent / "data" / "removed_first.yml"


@functools.cache
def _data() -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", yaml.safe_load(_DATA.read_text(encoding="utf-8")))


def is_removed_first(observed: HostState) -> bool:
    """True when the installer of a newer version will remove the installed agent, its registration included."""
    rules = _data()
    version = observed.agent.version
    if version is None:
        return False
    return any(_is_such_an_agent(version, rule) for rule in rules["agents"]) and any(
        _is_such_a_host(observed, rule) for rule in rules["hosts"]
    )


def _is_such_an_agent(version: AgentVersion, rule: t.Mapping[str, t.Any]) -> bool:
    if f"{version.major}.{version.minor}" != rule["release"]:
        return False
    return version.build <= int(rule.get("build_at_most", version.build))


def _is_such_a_host(observed: HostState, rule: t.Mapping[str, t.Any]) -> bool:
    if (observed.tag or "").upper() != rule["tag"]:
        return False
    if rule.get("os_name", "") not in observed.os_name:
        return False
    return _release(observed.kernel_running) >= _release(rule.get("kernel_at_least", "0"))


def _release(kernel: str) -> tuple[int, ...]:
    """Major and minor of a kernel release."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", kernel)[:2])
