# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Out of a folder comes the newest file for the host, or an error that says what the folder has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.choose import choose
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec


def name(version: str, tag: str = "RHEL8-64", date: str = "20Sep2025", end: str = "release") -> str:
    return f"Microsoft-ASR_UA_{version}_{tag}_GA_{date}_{end}.tar.gz"


FOLDER = [
    name("9.9.0.0"),
    name("9.66.7567.1"),
    name("9.66.7569.1", "RHEL6-64", "22Sep2025"),
    name("9.65.0.0", date="23Apr2025"),
    name("9.64.7374.1", date="11Mar2025", end="Release"),
    "README.txt",
    "SHA256SUMS",
]


def test_the_highest_version_of_the_tag_is_chosen_as_a_number() -> None:
    assert choose(FOLDER, "RHEL8-64").file_name == name("9.66.7567.1")
    assert choose(FOLDER, "RHEL6-64").file_name == name("9.66.7569.1", "RHEL6-64", "22Sep2025")


def test_of_equal_versions_the_later_date_is_chosen() -> None:
    early, late = name("9.65.0.0", date="23Apr2025"), name("9.65.0.0", date="02May2025")
    assert choose([early, late], "RHEL8-64").file_name == late


def test_a_build_is_better_than_its_placeholder() -> None:
    assert choose([name("9.65.0.0", date="23Dec2025"), name("9.65.7400.1")], "RHEL8-64").version.build == 7400


@pytest.mark.parametrize(
    ("spec", "version"), [("9.64", "9.64.7374.1"), ("9.65", "9.65.0.0"), ("9.65.7400.1", "9.65.0.0")]
)
def test_the_version_that_was_asked_for(spec: str, version: str) -> None:
    assert str(choose(FOLDER, "RHEL8-64", VersionSpec.parse(spec)).version) == version


def test_a_version_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(MobilityError) as caught:
        choose(FOLDER, "RHEL8-64", VersionSpec.parse("9.63"))
    assert caught.value.reason is Reason.VERSION_NOT_FOUND
    assert caught.value.found == "for RHEL8-64 only 9.9.0.0, 9.64.7374.1, 9.65.0.0, 9.66.7567.1"
    assert caught.value.expected == "version 9.63"


def test_a_tag_that_is_not_there_names_those_that_are_and_counts_the_rest() -> None:
    with pytest.raises(MobilityError) as caught:
        choose(FOLDER, "DEBIAN12-64")
    assert caught.value.reason is Reason.INSTALLER_NOT_FOUND
    assert caught.value.found == "installers for RHEL6-64, RHEL8-64; 2 other names were ignored"
    assert "DEBIAN12-64" in caught.value.expected


@pytest.mark.parametrize(
    ("names", "found"), [([], "no installer"), (["a", "b"], "no installer; 2 other names were ignored")]
)
def test_a_folder_without_installers(names: list[str], found: str) -> None:
    with pytest.raises(MobilityError) as caught:
        choose(names, "RHEL8-64")
    assert caught.value.reason is Reason.INSTALLER_NOT_FOUND
    assert caught.value.found == found


def test_two_best_files_are_ambiguous_and_both_are_named() -> None:
    twins = [name("9.66.7567.1"), name("9.66.7567.1", end="Release")]
    with pytest.raises(MobilityError) as caught:
        choose([*FOLDER, *twins], "RHEL8-64")
    assert caught.value.reason is Reason.INSTALLER_AMBIGUOUS
    assert all(twin in caught.value.found for twin in twins)
    assert choose([*FOLDER, *twins], "RHEL8-64", VersionSpec.parse("9.65")).version.minor == 65


def test_one_name_listed_twice_is_one_file() -> None:
    assert choose([name("9.66.7567.1")] * 2, "RHEL8-64").version.minor == 66


@given(
    st.lists(
        st.builds(lambda m, b, d: name(f"9.{m}.{b}.1", date=f"{d:02}Sep2025"), *[st.integers(1, 30)] * 3), min_size=1
    )
)
def test_nothing_in_the_folder_is_better_than_what_is_chosen(names: list[str]) -> None:
    chosen = choose(names, "RHEL8-64")
    assert all((chosen.version, chosen.date) >= (other.version, other.date) for other in map(parse_name, names))
