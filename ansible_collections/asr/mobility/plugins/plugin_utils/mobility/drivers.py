# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the kernel driver's versions: which are faulty, and which agents an installer removes for it. Pure.

Data, with their sources: data/drivers.yml.
"""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState

_DATA = Path(__file__).parent / "data" / "drivers.yml"
_NUMBERS = re.compile(r"Product Version[^0-9\n]*([0-9]{1,5})[.,]\s*([0-9]{1,5})[.,]\s*([0-9]{1,6})[.,]\s*([0-9]{1,6})")


@functools.cache
def _data() -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", yaml.safe_load(_DATA.read_text(encoding="utf-8")))


def parse_driver_version(text: str | None) -> AgentVersion | None:
    """The version of the loaded driver, from the line "Product Version" that inm_dmit prints; None without one.

    There is another line with numbers, "Driver Version", which tells no releases apart.
    """
    found = _NUMBERS.search(text or "")
    return AgentVersion(*(int(part) for part in found.groups())) if found else None


def is_faulty(driver: AgentVersion | None, tag: str | None) -> bool:
    """True for a driver that Microsoft flags as faulty on this operating system."""
    if driver is None or tag is None:
        return False
    return any(tag.upper() in entry["tags"] and _is_in(driver, entry) for entry in _data()["faulty"])


def _is_in(driver: AgentVersion, entry: t.Mapping[str, t.Any]) -> bool:
    return AgentVersion.parse(entry["from"]) <= driver < AgentVersion.parse(entry["below"])


def driver_of(version: AgentVersion) -> AgentVersion:
    """The version that the driver of an agent shows: its third number is 1 and its fourth the agent's build."""
    return AgentVersion(version.major, version.minor, 1, version.build)


def resync_build() -> int:
    """The build that an agent needs at least before a resync can be triggered on the host."""
    return int(_data()["resync"]["agent_build"])


def is_removed_first(observed: HostState) -> bool:
    """True when the installer of a newer version will remove the installed agent, its registration included."""
    rules = _data()["removed_first"]
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
