# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kernel the next boot will use, as far as plain files tell it, and whether a file names it or it is a guess."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts

_PART = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)
_NO_KERNEL = re.compile(
    r"rescue|recovery|-kdump$|\.(?:old|bak|orig|signed)$|\.dpkg-[a-z-]+$|\.rpm(?:new|save|orig)$", re.IGNORECASE
)
"""Beside kernels there are copies of them in /boot, left by package managers and by signing."""
_FLAVOUR = re.compile(r"\+debug|[-+.]rt\b|\brt[0-9]+|-preempt\b|-debug\b|-trace\b")
"""Kernels that are installed beside the usual one, and started only where somebody chose them."""
_IMAGE = "vmlinuz-"


class NextKernel(t.NamedTuple):
    """A release as `uname -r` would say it. named: an entry of the boot loader names it; else it is the newest one."""

    release: str | None
    named: bool


_UNTOLD = NextKernel(None, named=False)


def next_kernel(facts: Facts) -> NextKernel:
    """No release when it cannot be told cheaply."""
    entry = facts.get("kernel.next_entry")
    once = _of_entry(facts, entry) if entry else _UNTOLD
    if once.release:
        return once
    if facts.all("kernel.legacy"):
        return _named(_legacy(facts))
    default = (facts.get("kernel.grub_default") or "0").strip("\"'")
    if default == "saved":
        default = facts.get("kernel.saved_entry") or "0"
    return _of_entry(facts, default)


def _of_entry(facts: Facts, entry: str) -> NextKernel:
    """The kernel of a boot loader entry: the entry's own file, else an installed release that its title holds."""
    if entry == "0":
        return NextKernel(_newest(facts), named=False)
    files = dict(item.split("|", 1) for item in facts.all("kernel.entry") if "|" in item)
    for name in (f"{entry}.conf", entry):
        if name in files:
            return _named(_release(files[name]))
    held = [release for release in _installed(facts) if release in entry]
    return _named(max(held, key=len, default=None))


def _named(release: str | None) -> NextKernel:
    return NextKernel(release, named=release is not None)


def _legacy(facts: Facts) -> str | None:
    """The default counts titles; a title may have no kernel (another system), or a hypervisor before it."""
    wanted = facts.get("kernel.legacy_default") or "0"
    lines = (line.partition("|") for line in facts.all("kernel.legacy"))
    releases = (_release(path) for title, _bar, path in lines if title == wanted)
    installed = _installed(facts)
    return next((release for release in releases if release in installed), None)


def _release(path: str) -> str | None:
    _directory, found, release = path.rpartition(_IMAGE)
    return release or None if found else None


def _newest(facts: Facts) -> str | None:
    """Among special ones where a special one runs, else among the usual ones."""
    running = (facts.get("uname") or "").split()[1:2]
    special = any(map(_is_special, running))
    alike = [release for release in _installed(facts) if _is_special(release) == special]
    return max(alike, key=_order, default=None)


def _is_special(release: str) -> bool:
    return _FLAVOUR.search(release) is not None


def _installed(facts: Facts) -> t.Sequence[str]:
    """Images with modules; a host that shows no modules at all, as a container, tells nothing about those."""
    modules = set(facts.all("kernel.modules"))
    found = [release for release in facts.all("kernel.installed") if release and not _NO_KERNEL.search(release)]
    return [release for release in found if release in modules] if modules else found


def _order(release: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers as numbers; a word sorts before a number, as rpm and dpkg have it for release candidates."""
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in _PART.findall(release))
