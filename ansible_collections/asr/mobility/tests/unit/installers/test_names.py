# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All published names are read; everything else is refused in full."""

from __future__ import annotations

import datetime
import locale
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, parse_name, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

PUBLISHED = [
    line
    for line in (Path(__file__).parent / "data" / "published-names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_every_published_name_is_read() -> None:
    assert len(PUBLISHED) == 78
    tags = {parse_name(name).tag for name in PUBLISHED}
    assert len(tags) == 26
    for name in PUBLISHED:
        parsed = parse_name(name)
        assert f"_{parsed.version}_{parsed.tag}_GA_" in name
        assert name.endswith(f".{parsed.extension}")


def test_the_parts_of_a_name() -> None:
    assert parse_name("Microsoft-ASR_UA_9.66.7567.1_UBUNTU-22.04-64_GA_20Sep2025_release.tar.gz") == InstallerName(
        file_name="Microsoft-ASR_UA_9.66.7567.1_UBUNTU-22.04-64_GA_20Sep2025_release.tar.gz",
        version=AgentVersion(9, 66, 7567, 1),
        tag="UBUNTU-22.04-64",
        date=datetime.date(2025, 9, 20),
        extension="tar.gz",
    )


# Names of older releases as public documentation and issue reports show them; some servers change the case.
@pytest.mark.parametrize(
    ("file_name", "tag"),
    [
        ("Microsoft-ASR_UA_9.55.0.0_RHEL7-64_GA_11Jul2023_Release.tar.gz", "RHEL7-64"),
        ("Microsoft-ASR_UA_9.48.0.0_Windows_GA_24Feb2022_Release.exe", "Windows"),
        ("microsoft-asr_ua_9.63.0.0_rhel8-64_ga_21oct2024_release.tar.gz", "RHEL8-64"),
        ("MICROSOFT-ASR_UA_9.63.0.0_WINDOWS_GA_21OCT2024_RELEASE.EXE", "Windows"),
        ("Microsoft-ASR_UA_9.64.7374.1_sles11-sp4-64_GA_11Mar2025_release.tar.gz", "SLES11-SP4-64"),
        ("Microsoft-ASR_UA_9.64.7374.1_ubuntu-18.04-64_GA_11Mar2025_release.TAR.GZ", "UBUNTU-18.04-64"),
    ],
)
def test_letter_case_never_decides_and_the_tag_gets_its_spelling(file_name: str, tag: str) -> None:
    name = parse_name(file_name)
    assert name.tag == tag
    assert name.file_name == file_name


@pytest.mark.parametrize(
    "file_name",
    [
        "",
        "InMage_UA_8.0.1.0_RHEL7-64_GA_06Oct2016_release.tar.gz",  # the predecessor product
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-32_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_DIT_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_debug.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_31Feb2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Okt2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep0000_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_release.exe",
        "Microsoft-ASR_UA_9.66.7567.1_Windows_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_release.tar.gz.part",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_release.tar.gz\n",
        "../Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567_RHEL7-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.\u0661_RHEL7-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.1234567.1_RHEL7-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UARHEL6-64release.tar.gz",
    ],
)
def test_other_names_are_refused_and_named(file_name: str) -> None:
    assert read_name(file_name) is None
    with pytest.raises(MobilityError) as caught:
        parse_name(file_name)
    assert caught.value.reason is Reason.INSTALLER_NAME_UNKNOWN
    assert repr(file_name) in caught.value.found


def test_months_are_english_whatever_the_language_of_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    try:
        locale.setlocale(locale.LC_TIME, "")
    except locale.Error:
        pass  # the language is not installed here; the table of months does not ask for it anyway
    try:
        assert parse_name("Microsoft-ASR_UA_9.63.0.0_RHEL8-64_GA_21Oct2024_Release.tar.gz").date.month == 10
    finally:
        locale.setlocale(locale.LC_TIME, "C")


@given(st.data())
def test_a_damaged_name_is_read_in_full_or_not_at_all(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(PUBLISHED))
    at = data.draw(st.integers(0, len(name)))
    damaged = name[:at] + data.draw(st.text(max_size=3)) + name[at + data.draw(st.integers(0, 2)) :]
    found: t.Any = read_name(damaged)
    assert found is None or (found.file_name == damaged and f"_{found.tag}_".lower() in damaged.lower())
