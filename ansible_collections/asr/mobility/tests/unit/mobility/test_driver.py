# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver's versions: read as the program prints them, compared, and the faulty ones known."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.driver import (
    RESYNC_BUILD,
    DriverHealth,
    driver_health,
    is_faulty,
    parse_driver_version,
    resync_hindrance,
)


def version(build: int, minor: int = 66, revision: int = 1) -> AgentVersion:
    return AgentVersion(9, minor, build, revision)


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("Product Version 9,66,1,7691\n", version(7691)),
        ("Driver Version : 1, 0, 0, 2\nProduct Version : 9, 66, 1, 7567 \n", version(7567)),
        ("  Product Version:\t9,50,0,0\n", AgentVersion(9, 50, 0, 0)),
        ("Driver Version 9,66,1,7691\n", None),
        ("Product Version 9,66,1\n", None),
        ("Product Version 9,66,1,7691,3\n", None),
        ("", None),
    ],
)
def test_the_programs_words_become_a_version(output: str, found: AgentVersion | None) -> None:
    assert parse_driver_version(output) == found


@pytest.mark.parametrize(
    ("build", "minor", "faulty"),
    [(7690, 66, False), (7691, 66, True), (7749, 66, True), (7750, 66, False), (7700, 65, False), (7700, 67, False)],
)
def test_the_faulty_range_has_its_published_bounds(build: int, minor: int, faulty: bool) -> None:
    assert is_faulty(version(build, minor)) is faulty
    assert is_faulty(version(build, minor, revision=0)) is faulty  # as an agent's record writes it


def test_no_version_is_not_faulty() -> None:
    assert not is_faulty(None)


OK, FAULTY, PENDING, UNKNOWN = (
    DriverHealth.OK,
    DriverHealth.FAULTY,
    DriverHealth.REBOOT_PENDING,
    DriverHealth.UNKNOWN,
)


@pytest.mark.parametrize(
    ("loaded", "installed", "same", "health"),
    [
        (version(7567), version(7567), None, OK),
        (version(7567), version(7567, revision=0), None, OK),
        (version(7567), version(7604), None, PENDING),
        (version(7604), version(7567), None, PENDING),
        (version(7567), None, None, UNKNOWN),
        (None, version(7567), None, UNKNOWN),
        (None, None, None, UNKNOWN),
        (None, None, True, OK),
        (version(7567), None, False, PENDING),
        (version(7567), version(7604), True, OK),
        (version(7700), version(7760), None, FAULTY),
        (version(7700), None, True, FAULTY),
        (version(7567), version(7700), False, FAULTY),
        (None, version(7700), None, FAULTY),
    ],
)
def test_health(
    loaded: AgentVersion | None, installed: AgentVersion | None, same: bool | None, health: DriverHealth
) -> None:
    assert driver_health(loaded, installed, same) is health


def test_what_hinders_a_resync() -> None:
    assert "restart" in (resync_hindrance(version(7800, 67), version(7700)) or "")
    assert f"build {RESYNC_BUILD}" in (resync_hindrance(version(RESYNC_BUILD - 1, 67), version(7567)) or "")
    assert resync_hindrance(None, None) == "the version of the agent is not known"
    assert resync_hindrance(version(RESYNC_BUILD, 67), None) is None
