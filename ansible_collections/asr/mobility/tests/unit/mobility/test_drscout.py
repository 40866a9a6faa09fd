# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registered or not, from the agent's own configuration: each observed situation and each contradiction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drscout import (
    NEVER_CONFIGURED,
    Configuration,
    evidence,
    platform_name,
    registration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Registration, Stack
from unit.mobility.outputs import HOST_ID

OK, NO, UNKNOWN = Registration.OK, Registration.NO, Registration.UNKNOWN


@pytest.mark.parametrize(
    ("values", "source_config", "status", "expected"),
    [
        ((NEVER_CONFIGURED, "CSLegacy", ""), False, None, NO),  # fresh
        ((NEVER_CONFIGURED, "CSPrime", ""), True, "Succeeded", NO),  # nothing outweighs the default identity
        (("", "CSPrime", ""), False, "Succeeded", NO),  # unconfigured: the status is stale
        ((HOST_ID, "CSPrime", ""), True, "Succeeded", OK),
        ((HOST_ID, "CSPrime", ""), True, None, OK),  # after an upgrade
        ((HOST_ID, "CSPrime", ""), False, "Succeeded", OK),
        ((HOST_ID, "CSPrime", ""), True, "Failed", NO),
        ((HOST_ID, "CSPrime", ""), False, None, UNKNOWN),  # the appliance answered once; no sign of success
        ((HOST_ID, "CSLegacy", "10.0.0.1"), False, "Succeeded", OK),
        ((HOST_ID, "CSLegacy", "10.0.0.1"), False, None, OK),  # after an upgrade
        ((HOST_ID, "CSLegacy", ""), False, None, NO),  # server not reached
        ((HOST_ID, "CSLegacy", ""), False, "Failed", NO),
        ((HOST_ID, "CSLegacy", "10.0.0.1"), False, "Failed", NO),
        ((HOST_ID, "CSLegacy", ""), False, "Succeeded", UNKNOWN),  # contradiction
        ((HOST_ID, "", ""), False, "Succeeded", UNKNOWN),
        ((HOST_ID, "", "10.0.0.1"), False, None, OK),  # from before there was a CSType
        ((HOST_ID, "CSOther", "x"), True, "Succeeded", UNKNOWN),
    ],
)
def test_registered_or_not(
    values: tuple[str, str, str], source_config: bool, status: str | None, expected: Registration
) -> None:
    keys = dict(zip(("HostId", "CSType", "Hostname"), (f" {value} " for value in values), strict=True))
    configuration = Configuration(keys, source_config)
    assert registration(configuration, status) is expected
    assert evidence(configuration, status)["drscout.conf"] == "read"


@pytest.mark.parametrize("keys", [None, {}, {"CSType": "CSPrime"}])
def test_without_the_file_or_its_first_key_nobody_knows(keys: dict[str, str] | None) -> None:
    assert registration(Configuration(keys), "Succeeded") is UNKNOWN


@given(st.dictionaries(st.sampled_from(["HostId", "CSType", "Hostname"]), st.text()), st.none() | st.text())
def test_the_status_alone_is_never_proof(keys: dict[str, str], status: str | None) -> None:
    configuration = Configuration(keys)
    if configuration.host_id is None:
        assert registration(configuration, status) is not OK


def test_values() -> None:
    configuration = Configuration(
        {"HostId": NEVER_CONFIGURED, "Role": "MasterTarget", "Port": " 443", "CSType": "CSPrime"}
    )
    assert (configuration.host_id, configuration.role, configuration.port) == (None, "master_target", 443)
    assert configuration.stack is Stack.MODERNIZED
    assert Configuration({"Hostname": "10.0.0.1"}).stack is Stack.CLASSIC
    assert Configuration({"CSType": "CSOther", "Hostname": "10.0.0.1"}).stack is None
    assert Configuration({}).stack is None
    assert evidence(configuration, None)["HostId"] == f"{NEVER_CONFIGURED} (never configured)"
    assert Configuration({"Role": "Odd", "Port": "many"}).role == "Odd"
    assert Configuration({"Port": "many"}).port is None


@pytest.mark.parametrize(
    ("keys", "migrating"),
    [
        ({}, ()),
        ({"PlatformChange": "None", "PlatformChangeToCSPrime": "false"}, ()),
        ({"PlatformChange": "VmWareToAzure"}, ("platform",)),
        ({"PlatformChangeToCSPrime": "true"}, ("stack",)),
        ({"PlatformChange": "VmWareToAzure", "PlatformChangeToCSPrime": "true"}, ("stack", "platform")),
    ],
)
def test_migration(keys: dict[str, str], migrating: tuple[str, ...]) -> None:
    assert Configuration(keys).migrating == migrating


@pytest.mark.parametrize(("text", "name"), [("vmware", "VmWare"), ("AZURE", "Azure"), (None, None), ("New", "New")])
def test_platform_names(text: str | None, name: str | None) -> None:
    assert platform_name(text) == name
