# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real identity files lead to the tag that Microsoft's own script gives, near misses to none."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import TABLE_FILE, detect_tag, load_table

RELEASES: list[dict[str, t.Any]] = yaml.safe_load((Path(__file__).parent / "data" / "identities.yml").read_text())


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: str(release["release"]))
def test_a_release_has_its_tag_or_none(release: dict[str, t.Any]) -> None:
    found = detect_tag(release["files"], release.get("architecture", "x86_64"))
    assert found.tag == release["tag"]
    assert found.os_name == release.get("os_name", found.os_name)
    assert found.os_name
    assert found.reason


def test_enough_releases_are_tried_and_every_tag_of_the_table_among_them() -> None:
    tags = {release["tag"] for release in RELEASES} - {None}
    assert len([release for release in RELEASES if release["files"]]) >= 45
    assert len({release["release"] for release in RELEASES}) == len(RELEASES)
    assert tags == {rule.tag for file in load_table().files for rule in file.rules}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: str(release["release"]))
def test_the_files_of_a_real_release_contradict_each_other_nowhere(release: dict[str, t.Any]) -> None:
    assert "although" not in detect_tag(release["files"], "x86_64").reason


RHEL_7 = "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n"


@pytest.mark.parametrize(
    ("files", "tag", "reason"),
    [
        (
            {"/etc/redhat-release": RHEL_7, "/etc/os-release": 'VERSION_ID="9.4"\n'},
            "RHEL7-64",
            f"/etc/redhat-release says {RHEL_7.strip()!r} and decides, although /etc/os-release says '9.4'",
        ),
        (
            {"/etc/oracle-release": "Oracle Linux Server release 8.9\n", "/etc/redhat-release": RHEL_7},
            "OL8-64",
            f"'Oracle Linux Server release 8.9' and decides, although /etc/redhat-release says {RHEL_7.strip()!r}",
        ),
        (
            {"/etc/lsb-release": "DISTRIB_RELEASE=22.04\n", "/etc/os-release": "VERSION_ID='24.04'\n"},
            "UBUNTU-22.04-64",
            "although /etc/os-release says '24.04'",
        ),
        (
            {"/etc/lsb-release": "DISTRIB_RELEASE=22.04\n", "/etc/debian_version": "12.5\n"},
            "UBUNTU-22.04-64",
            "although /etc/debian_version says '12.5'",
        ),
        (
            {"/etc/redhat-release": RHEL_7, "/etc/os-release": "VERSION_ID=8\n", "/etc/debian_version": "12.5\n"},
            "RHEL7-64",
            "although /etc/os-release says '8' and /etc/debian_version says '12.5'",
        ),
    ],
)
def test_the_first_file_decides_and_the_contradiction_is_told(files: dict[str, str], tag: str, reason: str) -> None:
    found = detect_tag(files, "x86_64")
    assert found.tag == tag
    assert found.reason.endswith(reason)


def test_a_file_that_cannot_be_read_is_not_taken_for_absent() -> None:
    files = {"/etc/debian_version": "12.5\n", "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'}
    found = detect_tag(files, "x86_64", unreadable=["/etc/lsb-release"])
    assert (found.tag, found.os_name) == (None, "Debian GNU/Linux 12 (bookworm)")
    assert found.reason == "/etc/lsb-release is there and cannot be read; repair it first"


def test_a_file_that_is_never_asked_may_be_unreadable() -> None:
    files = {"/etc/redhat-release": RHEL_7}
    assert detect_tag(files, "x86_64", unreadable=["/etc/os-release", "/etc/debian_version"]).tag == "RHEL7-64"


def test_every_tag_of_the_table_is_one_that_file_names_can_carry() -> None:
    for tag in {rule.tag for file in load_table().files for rule in file.rules}:
        assert read_name(f"Microsoft-ASR_UA_9.66.7567.1_{tag}_GA_20Sep2025_release.tar.gz")


@pytest.mark.parametrize("architecture", ["i686", "aarch64", "ppc64le", "s390x", ""])
def test_only_x86_64_has_installers(architecture: str) -> None:
    found = detect_tag({"/etc/debian_version": "12.5\n"}, architecture)
    assert found.tag is None
    assert repr(architecture) in found.reason


def test_an_unknown_system_is_told_with_the_text_that_was_found() -> None:
    found = detect_tag({"/etc/debian_version": "13.1\n"}, "x86_64")
    assert found.reason == "/etc/debian_version says '13.1', which no published installer serves"
    assert detect_tag({}, "x86_64").reason == "none of the files that identify a supported operating system"


def test_line_ends_of_another_system_do_no_harm() -> None:
    identity = {"/etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\r\nVERSION = 11\r\nPATCHLEVEL = 4\r\n"}
    assert detect_tag(identity, "x86_64").tag == "SLES11-SP4-64"


def test_the_probe_learns_which_files_to_bring() -> None:
    paths = load_table().paths
    assert paths[0] == "/etc/oracle-release"
    assert len(set(paths)) == len(paths) == 6


def test_a_new_distribution_is_one_line_in_a_table_of_ones_own(tmp_path: Path) -> None:
    data = yaml.safe_load(TABLE_FILE.read_text(encoding="utf-8"))
    debian = next(file for file in data["files"] if file["path"] == "/etc/debian_version")
    debian["rules"].append({"tag": "DEBIAN13-64", "pattern": r"\A13(?![0-9])"})
    own = tmp_path / "tags.yml"
    own.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert detect_tag({"/etc/debian_version": "13.1\n"}, "x86_64", load_table(own)).tag == "DEBIAN13-64"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is not a mapping"),
        ("[1, 2]", "the file is not a mapping"),
        ("files: []", "has the keys ['files']"),
        ("{architectures: [], files: []}", "architectures is not a list with entries"),
        ("{architectures: [x], files: {}}", "files is not a list with entries"),
        ("{architectures: [1], files: [x]}", "architectures is not a text: 1"),
        ("{architectures: [x], files: [x]}", "files[0] is not a mapping"),
        ("{architectures: [x], files: [{path: x, rules: [1]}]}", "files[0].path is not absolute"),
        ("{architectures: [x], files: [{path: /x, rules: [1]}]}", "files[0].rules[0] is not a mapping"),
        ("{architectures: [x], files: [{path: /x, rules: [{tag: a, pattern: '('}]}]}", "rules[0].pattern is not a reg"),
        (
            "{architectures: [x], files: [{path: /x, rules: [{tag: a, pattern: a}], when: 3}]}",
            "files[0].when is not a text",
        ),
        ("{architectures: [x], files: [{path: /x, rules: [{tag: a, pattern: a}], wen: a}]}", "files[0] has the keys"),
        ("a: [", "while parsing"),
        ("\x00", "characters are not allowed"),
    ],
)
def test_a_table_with_a_mistake_is_refused_and_the_place_named(tmp_path: Path, text: str, complaint: str) -> None:
    own = tmp_path / "tags.yml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(MobilityError) as caught:
        load_table(own)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert complaint in caught.value.found
    assert str(own) in caught.value.found


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MobilityError, match="No such file"):
        load_table(tmp_path / "absent.yml")


@given(st.dictionaries(st.sampled_from(load_table().paths), st.text()), st.text(max_size=8))
def test_no_content_makes_it_crash(identity: dict[str, str], architecture: str) -> None:
    assert detect_tag(identity, architecture).reason
    assert detect_tag(identity, "x86_64").os_name
