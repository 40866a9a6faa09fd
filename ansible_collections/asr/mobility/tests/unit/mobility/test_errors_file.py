# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installer's error file is read however damaged it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.errors_file import InstallerError, parse_errors

WHOLE = """{
    "Errors":
    [
        {
            "error_name":"ASRMobilityServiceKernelNotSupported",
            "error_params":{"KernelVersion":"6.1.0-99-amd64"},
            "default_message":"Kernel 6.1.0-99-amd64 is not supported by this build."
        },
        {
            "error_name":"ASRMobilityServiceDhcpClientNotAvailable",
            "error_params":{"Package":"isc-dhcp-client"},
            "default_message":"No DHCP client."
        }
    ]
}
""".replace("    ", "\t")
KERNEL = InstallerError(
    "ASRMobilityServiceKernelNotSupported",
    {"KernelVersion": "6.1.0-99-amd64"},
    "Kernel 6.1.0-99-amd64 is not supported by this build.",
)
DHCP = InstallerError("ASRMobilityServiceDhcpClientNotAvailable", {"Package": "isc-dhcp-client"}, "No DHCP client.")


def test_a_whole_file() -> None:
    assert parse_errors(WHOLE) == [KERNEL, DHCP]


def test_quotes_and_backslashes_that_nobody_escaped() -> None:
    odd = WHOLE.replace("isc-dhcp-client", 'a "b" \\c').replace("No DHCP client.", 'No "DHCP" \\client.')
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(odd)
    expected = InstallerError(
        "ASRMobilityServiceDhcpClientNotAvailable", {"Package": 'a "b" \\c'}, 'No "DHCP" \\client.'
    )
    assert parse_errors(odd) == [KERNEL, expected]


@pytest.mark.parametrize(
    "text", ["", " ", "[]", "{}", '{"Errors": 1}', '{"Errors": [1, {}, {"error_name": 2}]}', "null"]
)
def test_nothing_usable_is_nothing(text: str) -> None:
    assert parse_errors(text) == []


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_a_cut_file_gives_what_is_left(cut: int) -> None:
    names = [error.name for error in parse_errors(WHOLE[:cut])]
    assert names == [KERNEL.name, DHCP.name][: len(names)]
    if cut > WHOLE.index("DhcpClient"):
        assert parse_errors(WHOLE[:cut])[0] == KERNEL


@given(st.text())
def test_no_text_crashes_it(text: str) -> None:
    parse_errors(text)
    parse_errors(WHOLE[:300] + text)


def test_missing_values_are_empty() -> None:
    assert parse_errors('{"Errors":[{"error_name":"A","error_params":[],"default_message":null}]}') == [
        InstallerError("A")
    ]
