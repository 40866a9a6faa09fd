# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell people and programs what a repository holds and lacks: the same content gives the same text, without a time."""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import write_sums
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import (
    SUMS_FILE,
    Contents,
    Held,
)

PAGE_FILE = "INDEX.md"
DATA_FILE = "index.json"
_BY_HAND = Path(__file__).parents[1] / "data" / "by_hand.yml"
_MIB = 1024 * 1024


@dataclass(frozen=True)
class ByHand:
    """A tag that a configuration server does not carry; since: from which version on, None where that is not told."""

    tag: str
    since: str | None

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.tag} (from {self.since})" if self.since else self.tag


@functools.cache
def by_hand() -> tuple[ByHand, ...]:
    """The old distributions, sorted by tag."""
    return tuple(ByHand(**row) for row in yaml.safe_load(_BY_HAND.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Index:
    """What stands in the index.

    needed: tags that the inventory has. offered: tags for which the source has an installer. coming: tags whose
    installers are not there yet, but would be outside check mode.
    """

    contents: Contents
    needed: t.Collection[str]
    offered: t.Collection[str]
    coming: t.Collection[str] = ()

    @property
    def held(self) -> list[Held]:
        """Sorted by tag, then from new to old."""
        newest_first = sorted(self.contents.held.values(), key=lambda one: _age(one.name), reverse=True)
        return sorted(newest_first, key=lambda one: one.name.tag)

    @property
    def versions(self) -> dict[str, list[str]]:
        """Tag -> versions, from new to old."""
        found: dict[str, dict[str, None]] = {}
        for one in self.held:
            found.setdefault(one.name.tag, {})[str(one.name.version)] = None
        return {tag: list(versions) for tag, versions in found.items()}

    @property
    def lacking(self) -> dict[str, str]:
        """Tag that the inventory has and this directory has not -> why."""
        return {
            tag: "not mirrored" if tag in self.offered else "the source has no installer for it"
            for tag in sorted(set(self.needed) - self.versions.keys() - set(self.coming))
        }

    def as_data(self) -> dict[str, t.Any]:
        """In plain types, as index.json holds it."""
        return {
            "installers": [_row(one) for one in self.held],
            "versions": self.versions,
            "needed": sorted(set(self.needed)),
            "lacking": self.lacking,
            "not_on_configuration_servers": [row.tag for row in by_hand()],
            "damaged": dict(sorted(self.contents.damaged.items())),
        }

    def files(self) -> dict[str, str]:
        """File name -> text of everything that is written beside the installers."""
        return {
            SUMS_FILE: write_sums(self.contents.proven_sums),
            DATA_FILE: json.dumps(self.as_data(), indent=2) + "\n",
            PAGE_FILE: self._page(),
        }

    def _page(self) -> str:
        rows = [
            [row["tag"], row["version"], row["date"], _size(row["size"]), row["file"]] for row in map(_row, self.held)
        ]
        lacking = [[tag, why] for tag, why in self.lacking.items()]
        damaged = [[name, what] for name, what in sorted(self.contents.damaged.items())]
        return "\n".join(
            [
                "# Installers of the Mobility service",
                "",
                f"One directory for all hosts: `asr_mobility_installer_path`. Their SHA-256 stand in {SUMS_FILE}.",
                *_table("", ["tag", "version", "published", "size", "file"], rows),
                *_table("Lacking, of what the inventory needs", ["tag", "why"], lacking),
                *_table("Damaged or no installer", ["file", "what is wrong"], damaged),
                "",
                "## Not on a configuration server",
                "",
                "A configuration server does not carry these; there they are put in place by hand.",
                "",
                ", ".join(row.words for row in by_hand()),
                "",
            ]
        )


def _age(name: InstallerName) -> tuple[t.Any, ...]:
    return (name.version, name.date)


def _row(held: Held) -> dict[str, t.Any]:
    return {
        "tag": held.name.tag,
        "version": str(held.name.version),
        "date": held.name.date.isoformat(),
        "file": held.name.file_name,
        "size": held.content.size,
        "sha256": held.content.sha256,
    }


def _size(size: int) -> str:
    return f"{size / _MIB:.1f} MiB"


def _table(title: str, head: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """A heading and a table in Markdown; nothing for no rows."""
    if not rows:
        return []
    lines = [head, ["---"] * len(head), *rows]
    return [*(["", f"## {title}"] if title else []), "", *(f"| {' | '.join(line)} |" for line in lines)]
