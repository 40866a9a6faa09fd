# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions order as numbers, and a placeholder stands for every build of its release."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion, VersionSpec

numbers = st.integers(0, 99_999)
versions = st.builds(AgentVersion, numbers, numbers, numbers, numbers)
close_versions = st.builds(AgentVersion, st.integers(9, 10), st.integers(8, 11), st.integers(0, 2), st.integers(0, 1))


@given(versions)
def test_text_and_value_are_the_same(version: AgentVersion) -> None:
    assert AgentVersion.parse(str(version)) == version


def test_versions_compare_as_numbers_and_not_as_text() -> None:
    assert AgentVersion.parse("9.66.7567.1") > AgentVersion.parse("9.9.9999.9")
    assert AgentVersion.parse("9.100.0.0").newer_than(AgentVersion.parse("9.66.7567.1"))


@given(close_versions, close_versions)
def test_of_two_versions_one_is_newer_or_they_are_the_same_release(one: AgentVersion, other: AgentVersion) -> None:
    verdicts = (one.newer_than(other), other.newer_than(one), one.same_release(other))
    assert verdicts.count(True) == 1
    assert one.same_release(other) == other.same_release(one)


@given(close_versions, close_versions)
def test_a_placeholder_stands_for_every_build_of_its_release(one: AgentVersion, other: AgentVersion) -> None:
    placeholder = AgentVersion(one.major, one.minor)
    assert placeholder.is_placeholder
    assert placeholder.same_release(other) == ((one.major, one.minor) == (other.major, other.minor))


def test_the_fourth_part_tells_no_releases_apart() -> None:
    file_name, record = AgentVersion.parse("9.66.7567.1"), AgentVersion.parse("9.66.7567.0")
    assert file_name.same_release(record)
    assert not file_name.newer_than(record)


@given(close_versions)
def test_a_spec_of_two_numbers_accepts_every_build_and_a_full_one_its_own(version: AgentVersion) -> None:
    assert VersionSpec.parse(f"{version.major}.{version.minor}").accepts(version)
    assert VersionSpec.parse(str(version)).accepts(version)
    assert not VersionSpec.parse(f"{version.major}.{version.minor + 1}").accepts(version)


def test_a_full_spec_refuses_another_build_and_takes_the_placeholder() -> None:
    spec = VersionSpec.parse("9.66.7567.1")
    assert not spec.accepts(AgentVersion.parse("9.66.7604.1"))
    assert spec.accepts(AgentVersion.parse("9.66.0.0"))


@pytest.mark.parametrize("text", ["9.66", "9.66.7567.1", "9.66.0.0"])
def test_a_spec_reads_as_it_was_written(text: str) -> None:
    assert str(VersionSpec.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "9", "9.66.7567", "9.66.7567.1.2", "v9.66", "9.66-1", "latest", "9.66.\u0663.1", "9..1.1"]
)
def test_anything_else_is_no_version(text: str) -> None:
    for parse in (AgentVersion.parse, VersionSpec.parse):
        with pytest.raises(MobilityError) as caught:
            parse(text)
        assert caught.value.reason is Reason.INVALID_ARGUMENT
        assert repr(text) in caught.value.found
