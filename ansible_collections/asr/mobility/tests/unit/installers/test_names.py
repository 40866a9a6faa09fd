# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All published names are read; everything else is refused in full."""

from __future__ import annotations

import datetime
import locale
import re
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import load_links
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, parse_name, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion

LINKS = load_links()
PUBLISHED = [link.name.file_name for link in LINKS]
IRREGULAR: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "data" / "irregular-names.yml").read_text())


def test_every_published_name_is_read() -> None:
    assert len(set(PUBLISHED)) == 78
    assert len({link.name.tag for link in LINKS}) == 26
    for link in LINKS:
        assert f"_{link.name.version}_{link.name.tag}_GA_" in link.url
        assert link.url.endswith(f"/{link.name.published}")


def test_the_parts_of_a_name() -> None:
    assert parse_name("Microsoft-ASR_UA_9.66.7567.1_UBUNTU-22.04-64_GA_20Sep2025_release.tar.gz") == InstallerName(
        file_name="Microsoft-ASR_UA_9.66.7567.1_UBUNTU-22.04-64_GA_20Sep2025_release.tar.gz",
        version=AgentVersion(9, 66, 7567, 1),
        tag="UBUNTU-22.04-64",
        date=datetime.date(2025, 9, 20),
        extension="tar.gz",
    )


@pytest.mark.parametrize("case", [case for case in IRREGULAR if "tag" in case], ids=lambda case: case["name"])
def test_case_and_separators_never_decide_and_the_tag_gets_its_spelling(case: dict[str, str]) -> None:
    name = parse_name(case["name"])
    assert (name.tag, str(name.version), name.file_name) == (case["tag"], case["version"], case["name"])
    assert parse_name(name.published) == replace(name, file_name=name.published)


@pytest.mark.parametrize("case", [case for case in IRREGULAR if "refused" in case], ids=lambda case: case["name"])
def test_a_name_without_a_clear_meaning_is_refused_with_the_reason(case: dict[str, str]) -> None:
    with pytest.raises(MobilityError) as caught:
        parse_name(case["name"])
    assert caught.value.reason is Reason.INSTALLER_NAME_UNKNOWN
    assert case["refused"] in caught.value.found


@pytest.mark.parametrize("case", [case for case in IRREGULAR if "tag" in case], ids=lambda case: case["name"])
def test_a_placeholder_stands_for_every_build_of_its_release(case: dict[str, str]) -> None:
    version = parse_name(case["name"]).version
    build = replace(version, build=6765, revision=1)
    assert version.same_release(build) == version.is_placeholder
    assert version.newer_than(replace(build, minor=build.minor - 1))


@pytest.mark.parametrize(
    "file_name",
    [
        "",
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
        "Microsoft-ASR_UA_9.66.7567 .1_RHEL7-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7.9-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_UBUNTU-22-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-SP1-64_GA_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_20Sep2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20 Sep 2025_release.tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64_GA_20Sep2025_release (1).tar.gz",
        "Microsoft-ASR_UA_9.66.7567.1_RHEL7-64\t_GA_20Sep2025_release.tar.gz",
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
    """What is read always leads to a published form, in which letters and digits are those of the damaged name."""
    name = data.draw(st.sampled_from(PUBLISHED))
    at = data.draw(st.integers(0, len(name)))
    damaged = name[:at] + data.draw(st.text(max_size=3)) + name[at + data.draw(st.integers(0, 2)) :]
    found: t.Any = read_name(damaged)
    assert found is None or (found.file_name == damaged and bare(found.published) == bare(damaged))


def bare(name: str) -> str:
    """A name without its separators and letter case; what is printed RHELP is RHEL; numbers begin with no zero."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", re.sub("[-_ ]", "", name.lower()).replace("rhelp", "rhel"))
