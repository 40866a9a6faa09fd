# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the file names out of the page a web server shows for a folder (nginx, Apache httpd, Python's http.server)."""

from __future__ import annotations

import html.parser
import typing as t
import urllib.parse


def names_on_page(page: str) -> list[str]:
    """The plain file names that the page links to, percent-decoded, each once, in the order of the page.

    Links to other folders, other servers, the parent folder and sort orders are dropped: a name has no slash.
    """
    collector = _Links()
    collector.feed(page)
    collector.close()
    return [name for name in dict.fromkeys(map(_plain_name, collector.targets)) if name]


def _plain_name(target: str) -> str:
    """The decoded name, or nothing."""
    if target.startswith(("?", "#")) or ":" in target:
        return ""
    name = urllib.parse.unquote(target.strip().removeprefix("./"))
    is_plain = "/" not in name and name.isprintable() and name not in ("", ".", "..")
    return name if is_plain else ""


class _Links(html.parser.HTMLParser):
    """Collects what <a href=...> points to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: t.Sequence[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets.extend(value for name, value in attrs if name == "href" and value)
