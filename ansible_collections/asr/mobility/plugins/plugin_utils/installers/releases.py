# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far two versions of the agent lie apart, counted in releases and not in numbers. Data: data/releases.yml."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

_DATA = Path(__file__).parent / "data" / "releases.yml"


@functools.cache
def _data() -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", yaml.safe_load(_DATA.read_text(encoding="utf-8")))


def span() -> int:
    """Over how many releases one upgrade may go."""
    return int(_data()["span"])


def is_within_reach(older: AgentVersion, newer: AgentVersion, stack: str | None = None) -> bool:
    """True when one upgrade, or the time between two restarts, may span these two versions."""
    return older.major == newer.major and distance(older, newer, stack) <= span()


def distance(older: AgentVersion, newer: AgentVersion, stack: str | None = None) -> int:
    """Released minor versions after the older one, the newer one included; 0 when it is not newer.

    stack: modernized or classic, whose releases are counted; for None a release of any stack counts.
    """
    skipped = _data()["skipped"]
    never = set(skipped[stack]) if stack else set.intersection(*map(set, skipped.values()))
    between = range(older.minor + 1, newer.minor + 1)
    return sum(f"{newer.major}.{minor}" not in never for minor in between)


def allows_stack_change(version: AgentVersion) -> bool:
    """True for an agent that can be moved to the modernized stack."""
    major, minor = (int(part) for part in _data()["stack_change_from"].split("."))
    return (version.major, version.minor) >= (major, minor)
