# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checksums are given in few forms; every other form is refused rather than ignored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import (
    check_sha256,
    expected_sha256,
    require_checksum,
)

NAME = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"
ONE, TWO = "a1" * 32, "b2" * 32


def look_up(text: str, option: str = "/srv/SHA256SUMS") -> str | None:
    return expected_sha256(option, NAME, lambda place: text if place == option else "")


def unread(place: str) -> str:
    raise AssertionError(f"{place} was read")


def refusal(option: str, text: str = "") -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        look_up(text, option)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    return caught.value


@pytest.mark.parametrize("option", [ONE, ONE.upper(), f"sha256:{ONE}", f"SHA256:{ONE.upper()}", f"  {ONE}\n"])
def test_a_sum_as_it_is(option: str) -> None:
    assert expected_sha256(option, NAME, unread) == ONE


@pytest.mark.parametrize("option", [None, "", "  "])
def test_no_sum(option: str | None) -> None:
    assert expected_sha256(option, NAME, unread) is None


@pytest.mark.parametrize("line", [f"{ONE}  {NAME}", f"{ONE} *{NAME}", f"{ONE.upper()}  ./{NAME}", f"{ONE}  {NAME}\r\n"])
def test_a_sum_from_a_file_of_sums(line: str) -> None:
    assert look_up(f"\ufeff{TWO}  other name.tar.gz\n\n{line}\n{line}\n") == ONE
    assert look_up(line, "https://example.com/SHA256SUMS") == ONE


def test_a_name_that_is_not_in_the_file_of_sums() -> None:
    error = refusal("/srv/SHA256SUMS", f"{ONE}  {NAME}.old\n{TWO}  {NAME.lower()}\n")
    assert error.found == f"no line for {NAME} in /srv/SHA256SUMS"


def test_two_different_sums_for_one_name() -> None:
    assert "2 different sums" in refusal("sums", f"{ONE}  {NAME}\n{TWO}  {NAME}\n").found


@pytest.mark.parametrize(
    "line",
    [
        ONE,
        f"{ONE} {NAME}",
        f"{ONE[:-1]}  {NAME}",
        f"{ONE}0  {NAME}",
        f"d41d8cd98f00b204e9800998ecf8427e  {NAME}",
        f"SHA256 ({NAME}) = {ONE}",
        "\\" + f"{ONE}  a\\\\nb",
        f"{ONE}  sub/{NAME}",
        "# a comment",
        "<html>",
    ],
)
def test_a_malformed_line_is_named(line: str) -> None:
    error = refusal("sums", f"{ONE}  {NAME}\n{line}\n")
    assert error.found.startswith("line 2 of sums: ")


@pytest.mark.parametrize(
    "option",
    [
        "d41d8cd98f00b204e9800998ecf8427e",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        f"sha1:{'a' * 40}",
        f"sha512:{'a' * 128}",
        "a" * 128,
        f"sha256:{ONE[:-1]}",
        "sha256:https://example.com/sums",
        "md5=abc",
    ],
)
def test_other_checksums_are_refused(option: str) -> None:
    error = refusal(option)
    assert "64 hexadecimal digits" in error.expected


def test_web_servers_need_a_checksum() -> None:
    require_checksum(ONE, "https://example.com/x")
    for missing in (None, "", " "):
        with pytest.raises(MobilityError) as caught:
            require_checksum(missing, "https://example.com/x")
        assert caught.value.reason is Reason.CHECKSUM_REQUIRED
        assert "https://example.com/x" in caught.value.found


def test_sums_are_compared() -> None:
    check_sha256(ONE, ONE, NAME)
    check_sha256(ONE, None, NAME)
    with pytest.raises(MobilityError) as caught:
        check_sha256(ONE, TWO, NAME)
    assert caught.value.reason is Reason.CHECKSUM_MISMATCH
    assert (ONE in caught.value.found, TWO in caught.value.expected) == (True, True)


@given(st.text(), st.text())
def test_no_text_makes_it_crash(option: str, text: str) -> None:
    try:
        found = expected_sha256(option, NAME, lambda place: text)
    except MobilityError as error:
        assert error.reason is Reason.INVALID_ARGUMENT
    else:
        assert found is None or len(found) == 64
