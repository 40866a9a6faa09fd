# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index says what is there, what is missing and what no server carries; the same content gives the same text."""

from __future__ import annotations

import json

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import load_links
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import Contents, Held
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import Content
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.index import Index, by_hand
from unit.installers.repository.shelf import RHEL, name

OLDER, OTHER = name("RHEL8-64", "9.9.0.0"), name("DEBIAN7-64")


def index(*names: str, needed: tuple[str, ...] = ()) -> Index:
    held = {one: Held(parse_name(one), Content(f"{number:064x}", 1024 * 1024)) for number, one in enumerate(names)}
    return Index(Contents(held, {"bad": "an HTML page"}), needed, {"RHEL8-64", "DEBIAN7-64", "OL9-64"})


def test_versions_are_sorted_as_numbers_and_the_new_come_first() -> None:
    assert index(OLDER, RHEL, OTHER).versions == {"DEBIAN7-64": ["9.66.7567.1"], "RHEL8-64": ["9.66.7567.1", "9.9.0.0"]}


def test_what_the_inventory_lacks_has_a_reason() -> None:
    assert index(RHEL, needed=("RHEL8-64", "OL9-64", "RHEL10-64")).lacking == {
        "OL9-64": "not mirrored",
        "RHEL10-64": "the source has no installer for it",
    }


def test_the_page_is_readable() -> None:
    page = index(RHEL, needed=("OL9-64",)).files()["INDEX.md"]
    assert f"| RHEL8-64 | 9.66.7567.1 | 2025-09-20 | 1.0 MiB | {RHEL} |" in page.splitlines()
    assert "| OL9-64 | not mirrored |" in page.splitlines()
    assert "| bad | an HTML page |" in page.splitlines()
    assert "RHEL5-64 (from 9.36)" in page
    assert "Lacking" not in index(RHEL).files()["INDEX.md"]


def test_the_same_content_gives_the_same_files() -> None:
    one, other = index(RHEL, OTHER, needed=("OL9-64", "RHEL10-64")), index(RHEL, OTHER, needed=("RHEL10-64", "OL9-64"))
    assert one.files() == other.files()
    data = json.loads(one.files()["index.json"])
    assert [row["file"] for row in data["installers"]] == [OTHER, RHEL]
    assert data["not_on_configuration_servers"] == [row.tag for row in by_hand()]


def test_old_distributions_are_tags_that_can_be_downloaded() -> None:
    published = {link.name.tag for link in load_links()}
    tags = [row.tag for row in by_hand()]
    assert set(tags) <= published
    assert tags == sorted(set(tags))
