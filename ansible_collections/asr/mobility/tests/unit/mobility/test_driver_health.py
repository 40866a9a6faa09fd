# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the versions of the driver mean: unknown stays unknown, and a faulty one is named before anything else."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.driver_health import (
    DriverHealth,
    driver_health,
    resync_hindrance,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import parse_driver_version, resync_build

TAG = "DEBIAN12-64"
OK, FAULTY, PENDING, UNKNOWN = (
    DriverHealth.OK,
    DriverHealth.FAULTY,
    DriverHealth.REBOOT_PENDING,
    DriverHealth.UNKNOWN,
)


def driver(build: int, minor: int = 66) -> AgentVersion:
    return AgentVersion(9, minor, 1, build)


@pytest.mark.parametrize(
    ("loaded", "installed", "same", "health"),
    [
        (driver(7567), driver(7567), None, OK),
        (driver(7567), driver(7604), None, PENDING),
        (driver(7604), driver(7567), None, PENDING),
        (driver(7567), None, None, UNKNOWN),
        (None, driver(7567), None, UNKNOWN),
        (None, None, None, UNKNOWN),
        (None, None, True, OK),
        (driver(7567), None, False, PENDING),
        (driver(7567), driver(7604), True, OK),
        (driver(7700), driver(7760), None, FAULTY),
        (driver(7691), None, True, FAULTY),
        (driver(7567), driver(7749), False, FAULTY),
        (None, driver(7700), None, FAULTY),
        (driver(7750), driver(7750), None, OK),
        (driver(7690), driver(7690), None, OK),
    ],
)
def test_health(
    loaded: AgentVersion | None, installed: AgentVersion | None, same: bool | None, health: DriverHealth
) -> None:
    assert driver_health(loaded, installed, TAG, same) is health


def test_faults_are_known_for_some_systems_only() -> None:
    assert driver_health(driver(7700), driver(7700), "DEBIAN10-64") is OK


def test_what_hinders_a_resync() -> None:
    build = resync_build()
    fit = AgentVersion(9, 67, build)
    assert "restart" in (resync_hindrance(fit, driver(7700), TAG) or "")
    assert f"build {build}" in (resync_hindrance(AgentVersion(9, 67, build - 1), driver(7567), TAG) or "")
    assert resync_hindrance(None, None, TAG) == "no agent whose version is known"
    assert resync_hindrance(fit, None, TAG) is None


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("Product Version 9,66,1,7691\n", driver(7691)),
        ("Driver Version : 1, 0, 0, 2\nProduct Version : 9, 66, 1, 7567 \n", driver(7567)),
        ("Driver Version 9,66,1,7691\n", None),
        ("Product Version 9,66,1\n", None),
        ("", None),
        (None, None),
    ],
)
def test_the_programs_words_become_a_version(output: str | None, found: AgentVersion | None) -> None:
    assert parse_driver_version(output) == found
