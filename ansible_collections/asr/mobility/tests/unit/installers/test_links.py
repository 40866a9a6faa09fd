# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of links is read strictly, and what is asked for is found in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import Link, load_links, select
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec

URL = "https://download.example.com/a/Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "links.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    text = f"\ufeff# mine\r\n\r\n  {URL}  \r\n{URL.replace('RHEL8', 'RHEL9').replace('_GA_', '%20GA%20')}\n"
    first, second = load_links(written(tmp_path, text))
    assert (first.url, first.name.tag) == (URL, "RHEL8-64")
    assert second.name.published == parse_name(URL.rpartition("/")[2]).published.replace("RHEL8", "RHEL9")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no address in"),
        ("# nothing\n", "no address in"),
        (f"{URL}\n{URL[:-7]}.zip\n", "line 2 of"),
        (f"{URL}\nsee below\n", "line 2 of"),
        (f"{URL}?sig=secret\n", "line 1 of"),
        (f"{URL}\n\n{URL.replace('/a/', '/b/').replace('_release', '_Release')}\n", "line 3 of"),
        ("https://download.example.com/InMage_UA_8.0.1.0_RHEL7-64_GA_06Oct2016_release.tar.gz", "predecessor product"),
    ],
)
def test_a_mistake_in_a_list_is_refused_and_the_line_named(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(MobilityError) as caught:
        load_links(written(tmp_path, text))
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert found in caught.value.found
    assert "secret" not in str(caught.value)


def test_a_list_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("absent", "binary"):
        with pytest.raises(MobilityError, match=name):
            load_links(tmp_path / name)


def chosen(tags: list[str], *versions: str) -> list[tuple[str, str]]:
    found: list[Link] = select(load_links(), tags, [VersionSpec.parse(version) for version in versions])
    return [(link.name.tag, str(link.name.version)) for link in found]


def test_without_versions_the_newest_of_each_tag_is_meant() -> None:
    newest = chosen([])
    assert len(newest) == 26
    assert set(version for _tag, version in newest) == {"9.66.7567.1", "9.66.7569.1"}
    assert chosen(["RHEL6-64"]) == [("RHEL6-64", "9.66.7569.1")]


def test_versions_and_tags_choose_and_the_new_come_first() -> None:
    assert chosen(["RHEL8-64", "OL9-64"], "9.65", "9.64", "9.10") == [
        ("OL9-64", "9.65.0.0"),
        ("OL9-64", "9.64.7374.1"),
        ("RHEL8-64", "9.65.0.0"),
        ("RHEL8-64", "9.64.7374.1"),
    ]
    assert chosen(["RHEL8-64"], "9.65.7400.1") == [("RHEL8-64", "9.65.0.0")]
    assert chosen(["RHEL10-64"]) == []
