# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of installers, from a list that anyone can replace without a release, and the choice among them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import check_url, last_component
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec

LINKS_FILE = Path(__file__).parent / "data" / "links.txt"


class Named(t.Protocol):
    """Anything that is an installer by its name: a link, a file."""

    @property
    def name(self) -> InstallerName:
        """What the file name says."""


NamedT = t.TypeVar("NamedT", bound=Named)


@dataclass(frozen=True)
class Link:
    """The address of one installer and what its last part says."""

    url: str
    name: InstallerName


def load_links(path: Path = LINKS_FILE) -> tuple[Link, ...]:
    """The links of a list, in its order; a file that is no such list is an invalid_argument MobilityError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _not_a_list(f"{path}: {error}") from error
    links = tuple(_links(text, path))
    if not links:
        raise _not_a_list(f"no address in {path}")
    return links


def select(offered: t.Iterable[NamedT], tags: t.Collection[str], versions: t.Sequence[VersionSpec]) -> list[NamedT]:
    """Those for the tags (none given: every tag) that a version accepts (none given: the newest of each tag).

    Sorted by tag, then from new to old.
    """
    of_tag: dict[str, list[NamedT]] = {}
    for one in offered:
        if not tags or one.name.tag in tags:
            of_tag.setdefault(one.name.tag, []).append(one)
    return [one for tag in sorted(of_tag) for one in _of_one_tag(of_tag[tag], versions)]


def _of_one_tag(offered: t.Iterable[NamedT], versions: t.Sequence[VersionSpec]) -> list[NamedT]:
    ordered = sorted(offered, key=lambda one: (one.name.version, one.name.date), reverse=True)
    if not versions:
        return ordered[:1]
    return [one for one in ordered if any(spec.accepts(one.name.version) for spec in versions)]


def _links(text: str, path: Path) -> t.Iterator[Link]:
    seen: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        link = _link(url, f"line {number} of {path}")
        earlier = seen.setdefault(link.name.published, number)
        if earlier != number:
            raise _not_a_list(f"line {number} of {path} names the installer of line {earlier} again")
        yield link


def _link(url: str, where: str) -> Link:
    try:
        return Link(url, parse_name(last_component(check_url(url))))
    except MobilityError as error:
        raise _not_a_list(f"{where}: {error.found}") from error


def _not_a_list(found: str) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=found,
        expected="one address of an installer a line, each installer once; # begins a line that says nothing",
        remedy="Correct the list of links; the one that comes with the collection shows the form.",
    )
