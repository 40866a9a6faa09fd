# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record is read by whole keys, its version is the one with the build, and damage is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import parse_record, prefix_of
from unit.mobility.outputs import RECORD


def test_a_whole_record() -> None:
    record = parse_record(RECORD + "AGENT_CONFIGURATION_STATUS=Succeeded\n")
    assert record.version == AgentVersion(9, 50, 6409, 0)
    assert (record.tag, record.prefix, record.platform) == ("DEBIAN12-64", "/usr/local/ASR", "VmWare")
    assert (record.configuration_status, record.package, record.problem) == ("Succeeded", None, None)


def test_the_key_that_begins_with_version_is_not_the_version() -> None:
    moved = "VERSION_FILE_PARENT_DIR=/usr/local\n" + RECORD.replace("VERSION_FILE_PARENT_DIR=/usr/local\n", "")
    assert parse_record(moved).version == AgentVersion(9, 50, 6409, 0)
    assert parse_record(RECORD.replace("VERSION=9.50.0.0\n", "", 1).replace("PROD_", "X")).problem == "no VERSION"


def test_spaces_around_the_equals_sign() -> None:
    assert parse_record(RECORD.replace("=", " = ")) == parse_record(RECORD)


def test_a_version_that_holds_its_build_already() -> None:
    text = RECORD.replace("9.50.0.0", "9.66.7567.1").replace("6409", "7567")
    assert parse_record(text).version == AgentVersion(9, 66, 7567, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("\x00\x00\n", "it is empty"),
        ("VERSION=\nINSTALLATION_DIR=/x\n", "no VERSION"),
        ("VERSION=nine\nINSTALLATION_DIR=/x\n", "VERSION is 'nine'"),
        (RECORD.replace("INSTALLATION_DIR", "X"), "no INSTALLATION_DIR"),
        (RECORD.replace("=/usr/local/ASR/Vx", "=ASR/Vx"), "INSTALLATION_DIR is 'ASR/Vx'"),
    ],
)
def test_damage_is_named(text: str, problem: str) -> None:
    assert parse_record(text).problem == problem


def test_a_missing_build_leaves_the_version_as_it_stands() -> None:
    assert parse_record(RECORD.replace("BUILD_TAG", "X")).version == AgentVersion(9, 50, 0, 0)


@pytest.mark.parametrize(
    ("directory", "prefix"),
    [("/usr/local/ASR/Vx", "/usr/local/ASR"), ("/opt/ASR/Vx/", "/opt/ASR"), ("/opt/other", "/opt/other"), ("/Vx", "/")],
)
def test_the_prefix(directory: str, prefix: str) -> None:
    assert prefix_of(directory) == prefix


@given(st.text())
def test_no_text_crashes_it(text: str) -> None:
    parse_record(text)
