# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kernel the next boot will use, as far as plain files tell it; a wrong guess would be worse than none."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts

_PART = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)
_NO_KERNEL = re.compile(r"rescue|recovery|\.old$|\.bak$|-kdump$", re.IGNORECASE)
_IMAGE = "vmlinuz-"


def next_kernel(facts: Facts) -> str | None:
    """The release (as uname -r would say), or None when it cannot be told cheaply."""
    once = _named(facts, facts.get("kernel.next_entry"))
    if once:
        return once
    if facts.all("kernel.legacy"):
        return _legacy(facts)
    default = (facts.get("kernel.grub_default") or "0").strip("\"'")
    if default == "saved" and facts.get("kernel.saved_entry"):
        return _named(facts, facts.get("kernel.saved_entry"))
    return _newest(facts) if default in ("0", "saved") else _named(facts, default)


def _named(facts: Facts, entry: str | None) -> str | None:
    """The kernel of a boot loader entry: the entry's own file, else an installed release that its title holds."""
    if not entry:
        return None
    if entry == "0":
        return _newest(facts)
    files = dict(item.split("|", 1) for item in facts.all("kernel.entry") if "|" in item)
    for name in (f"{entry}.conf", entry):
        if name in files:
            return _release(files[name])
    held = [release for release in _installed(facts) if release in entry]
    return max(held, key=len, default=None)


def _legacy(facts: Facts) -> str | None:
    index = facts.get("kernel.legacy_default") or "0"
    kernels = facts.all("kernel.legacy")
    return _release(kernels[int(index)]) if index.isdecimal() and int(index) < len(kernels) else None


def _release(path: str) -> str | None:
    _directory, found, release = path.rpartition(_IMAGE)
    return release or None if found else None


def _newest(facts: Facts) -> str | None:
    return max(_installed(facts), key=_order, default=None)


def _installed(facts: Facts) -> t.Sequence[str]:
    return [release for release in facts.all("kernel.installed") if release and not _NO_KERNEL.search(release)]


def _order(release: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers as numbers; a word sorts before a number, as rpm and dpkg have it for release candidates."""
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in _PART.findall(release))
