# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far two versions lie apart is counted in releases that a machine of that stack could have had."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.releases import (
    allows_stack_change,
    distance,
    is_within_reach,
    span,
)
from unit.lifecycle.states import version

minors = st.integers(0, 70)
stacks = st.sampled_from([None, "modernized", "classic"])


@pytest.mark.parametrize(
    ("older", "newer", "stack", "releases"),
    [
        ("9.60", "9.60", None, 0),
        ("9.61", "9.60", None, 0),
        ("9.60", "9.64", "modernized", 4),
        ("9.55", "9.60", "modernized", 3),  # 9.58 was withdrawn, 9.59 is classic only
        ("9.55", "9.60", "classic", 3),  # 9.56 is modernized only, 9.58 was withdrawn
        ("9.55", "9.60", None, 4),  # only what no stack has had is left out
        ("9.57", "9.62", "modernized", 3),
    ],
)
def test_distance(older: str, newer: str, stack: str | None, releases: int) -> None:
    assert distance(version(older), version(newer), stack) == releases


@pytest.mark.parametrize(
    ("older", "newer", "stack", "reachable"),
    [
        ("9.60", "9.64", "modernized", True),
        ("9.60", "9.65", "modernized", False),
        ("9.56", "9.62", "modernized", True),
        ("9.56", "9.63", "modernized", False),
        ("9.54", "9.60", "classic", True),
        ("9.53", "9.60", "classic", False),
        ("9.66", "10.0", None, False),
    ],
)
def test_an_upgrade_spans_four_releases(older: str, newer: str, stack: str | None, reachable: bool) -> None:
    assert span() == 4
    assert is_within_reach(version(older), version(newer), stack) is reachable


@given(minors, minors, stacks)
def test_a_release_that_nobody_had_never_makes_a_way_longer(older: int, newer: int, stack: str | None) -> None:
    found = distance(version(f"9.{older}"), version(f"9.{newer}"), stack)
    assert 0 <= found <= max(0, newer - older)
    assert found <= distance(version(f"9.{older}"), version(f"9.{newer}"))


@given(minors, minors, minors, stacks)
def test_a_way_is_as_long_as_its_parts(first: int, second: int, third: int, stack: str | None) -> None:
    low, middle, high = (version(f"9.{minor}") for minor in sorted((first, second, third)))
    assert distance(low, high, stack) == distance(low, middle, stack) + distance(middle, high, stack)


@pytest.mark.parametrize(
    ("number", "allowed"), [("9.49", False), ("9.50", True), ("9.50.6409.0", True), ("9.66", True), ("10.0", True)]
)
def test_the_stack_can_be_changed_from_9_50_on(number: str, allowed: bool) -> None:
    assert allows_stack_change(version(number)) is allowed
