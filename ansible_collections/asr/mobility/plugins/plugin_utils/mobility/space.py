# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Will it fit? Every byte that an installation needs, summed for each file system, before one is moved.

Facts: the installer wants 1 GiB free on / and 256000 KiB in its directory (Microsoft's 9.50 installer scripts,
observed), and on an upgrade it packs the whole old program tree into its extracted directory. The numbers, with their
reasons, are data (data/space.yml).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Filesystem, HostState, Presence

_MIB = 1024 * 1024
_DATA: t.Mapping[str, t.Mapping[str, int]] = yaml_load(
    (Path(__file__).parent / "data" / "space.yml").read_text(encoding="utf-8")
)
MINIMUM: t.Mapping[str, int] = {place: size * _MIB for place, size in _DATA["minimum"].items()}
ROOT_MINIMUM = MINIMUM["root"]
PREFIX_MINIMUM = MINIMUM["prefix"]
UNKNOWN_ARCHIVE = _DATA["unknown"]["archive"] * _MIB
UNKNOWN_UNPACKED = _DATA["unknown"]["unpacked"] * _MIB
_UNPACKED_TIMES = 4  # of the archive, while its members are not known
_USED_UP_BEFORE = ("upload", "staging")  # the installer starts
_PACKED_ON_UPGRADE = (Presence.INSTALLED, Presence.RECORD_CORRUPT)
_ELSEWHERE = (("staging", "staging_dir"), ("prefix", "install_dir"))  # place -> the option that moves it
_VOLATILE = ("tmpfs", "ramfs", "devtmpfs")


@dataclass(frozen=True)
class Sizes:
    """What is known of the installer, in bytes: archive, its members unpacked (None: not known yet), and whether it
    comes by way of the upload directory."""

    archive: int | None
    extracted: int | None = None
    upload: bool = True

    @property
    def packed(self) -> int:
        """The size of the archive, a guess while it is not known."""
        return UNKNOWN_ARCHIVE if self.archive is None else self.archive

    @property
    def unpacked(self) -> int:
        """The size of the members, estimated while it is not known."""
        if self.extracted is not None:
            return self.extracted
        return UNKNOWN_UNPACKED if self.archive is None else self.archive * _UNPACKED_TIMES


def space_needed(observed: HostState, sizes: Sizes) -> dict[str, int]:
    """Bytes needed for each file system name of HostState.filesystems, were each of them alone."""
    return {
        "upload": sizes.packed if sizes.upload else 0,
        "staging": sizes.packed + sizes.unpacked + _backup(observed, sizes),
        "prefix": max(MINIMUM["prefix"], sizes.unpacked),
        **{place: size for place, size in MINIMUM.items() if place != "prefix"},
    }


def _backup(observed: HostState, sizes: Sizes) -> int:
    """The old program tree; while it is not measured it counts as much as the new one unpacked."""
    agent = observed.agent
    if agent.presence not in _PACKED_ON_UPGRADE:
        return 0
    return sizes.unpacked if agent.tree_bytes is None else agent.tree_bytes


def check_space(observed: HostState, sizes: Sizes) -> MobilityError | None:
    """The no_space error of the first file system that is too small, or None."""
    return next((_no_space(*item) for item in _pools(observed, sizes) if _is_short(*item)), None)


def _pools(observed: HostState, sizes: Sizes) -> list[tuple[dict[str, Filesystem], int]]:
    """The places that share a file system, and what they need together.

    Upload and staging are used up before the installer looks for its minimum on /; its own files, the initrd images
    and their copies are written after that.
    """
    needed = space_needed(observed, sizes)
    pools: dict[str, list[str]] = {}
    for name in needed:
        if name in observed.filesystems:
            pools.setdefault(observed.filesystems[name].pool, []).append(name)
    return [
        ({name: observed.filesystems[name] for name in names}, _together(names, needed)) for names in pools.values()
    ]


def _together(names: t.Sequence[str], needed: t.Mapping[str, int]) -> int:
    used_up = sum(needed[name] for name in names if name in _USED_UP_BEFORE)
    written = sum(needed[name] for name in names if name not in (*_USED_UP_BEFORE, "root"))
    return used_up + max(written, needed["root"] if "root" in names else 0)


def _is_short(places: t.Mapping[str, Filesystem], needed: int) -> bool:
    return min(place.free_bytes for place in places.values()) < needed


def _no_space(places: t.Mapping[str, Filesystem], needed: int) -> MobilityError:
    free = min(place.free_bytes for place in places.values())
    paths = ", ".join(dict.fromkeys(place.path for place in places.values()))
    device = next(iter(places.values())).device
    options = " or ".join(option for name, option in _ELSEWHERE if name in places)
    return MobilityError(
        Reason.NO_SPACE,
        found=f"{_mib(free)} free on {device} ({paths})",
        expected=_mib(needed),
        remedy=f"Free space on {device}" + (f", or set {options} to a larger file system." if options else "."),
    )


def _mib(size: int) -> str:
    return f"{size // _MIB} MiB"


def check_staging(observed: HostState, *, runs_programs: bool = True) -> MobilityError | None:
    """The error of a staging directory that loses a run's files at a restart, or where it cannot run, or None.

    runs_programs: from there, as an installer; a registration only keeps files in it.
    """
    place = observed.filesystems.get("staging")
    if place is None:
        return None
    where = f"{place.path} on {place.device}"
    if place.kind in _VOLATILE:
        return _unfit(Reason.STAGING_TMPFS, f"{where}, a {place.kind}", "a file system on a disk")
    if place.read_only:
        return _unfit(Reason.STAGING_UNSAFE, f"{where}, mounted read-only", "a file system mounted writable")
    if place.noexec and runs_programs:
        return _unfit(Reason.STAGING_NOEXEC, f"{where}, mounted noexec", "a file system that lets programs run")
    return None


def _unfit(reason: Reason, found: str, expected: str) -> MobilityError:
    return MobilityError(reason, found=found, expected=expected, remedy="Set staging_dir to a directory elsewhere.")
