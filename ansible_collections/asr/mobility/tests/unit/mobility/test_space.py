# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Space is summed for each file system, and staging must let programs run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import (
    MINIMUM,
    PREFIX_MINIMUM,
    ROOT_MINIMUM,
    UNKNOWN_ARCHIVE,
    UNKNOWN_UNPACKED,
    Sizes,
    check_space,
    check_staging,
    space_needed,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Filesystem, HostState, Presence
from unit.lifecycle.states import MIB, filesystem, host, installed

SIZES = Sizes(archive=100 * MIB, extracted=400 * MIB)
ONE_DISK = ROOT_MINIMUM + (100 + 100 + 400) * MIB


def with_free(free: int, **others: Filesystem) -> HostState:
    """A host whose places lie on one disk with that many bytes free."""
    names = ("root", "prefix", "boot", "vxagent", "staging", "upload")
    return replace(host(), filesystems={**{name: filesystem(free=free) for name in names}, **others})


@pytest.mark.parametrize(("free", "fits"), [(ONE_DISK, True), (ONE_DISK - 1, False), (0, False)])
def test_one_disk_must_hold_everything_at_once(free: int, fits: bool) -> None:
    error = check_space(with_free(free), SIZES)
    assert (error is None) is fits
    if error is not None:
        assert error.reason is Reason.NO_SPACE
        assert "/dev/sda1 (/" in error.found


@pytest.mark.parametrize(
    ("place", "needed"),
    [
        ("upload", 100 * MIB),
        ("staging", 500 * MIB),
        ("prefix", 400 * MIB),
        ("root", ROOT_MINIMUM),
        ("boot", 64 * MIB),
        ("vxagent", 128 * MIB),
    ],
)
def test_each_place_on_its_own_disk(place: str, needed: int) -> None:
    alone = filesystem(f"/{place}", free=needed, device="/dev/sdb1")
    assert check_space(with_free(10 * ONE_DISK, **{place: alone}), SIZES) is None
    small = check_space(with_free(10 * ONE_DISK, **{place: replace(alone, free_bytes=needed - 1)}), SIZES)
    assert small is not None
    assert f"/dev/sdb1 (/{place})" in small.found


def test_two_tmpfs_do_not_share_their_space() -> None:
    small = {
        "upload": filesystem("/var/tmp", free=100 * MIB, device="tmpfs"),
        "staging": filesystem("/srv", free=500 * MIB, device="tmpfs"),
    }
    assert check_space(with_free(ROOT_MINIMUM, **small), SIZES) is None


def test_what_is_written_to_one_disk_beside_root_is_added() -> None:
    shared = {
        name: filesystem(f"/{name}", free=(400 + 64 + 128) * MIB, device="/dev/sdb1")
        for name in ("prefix", "boot", "vxagent")
    }
    assert check_space(with_free(10 * ONE_DISK, **shared), SIZES) is None
    small = {name: replace(place, free_bytes=place.free_bytes - 1) for name, place in shared.items()}
    assert check_space(with_free(10 * ONE_DISK, **small), SIZES) is not None


@pytest.mark.parametrize("presence", [Presence.INSTALLED, Presence.RECORD_CORRUPT])
def test_an_old_tree_is_packed_into_staging(presence: Presence) -> None:
    upgraded = replace(with_free(ONE_DISK), agent=installed(presence=presence, tree_bytes=MIB))
    assert check_space(upgraded, SIZES) is not None
    assert space_needed(upgraded, SIZES)["staging"] == 501 * MIB


def test_an_old_tree_that_is_not_measured_counts_as_the_new_one() -> None:
    assert space_needed(host(installed()), SIZES)["staging"] == (500 + 400) * MIB
    half = host(installed(presence=Presence.HALF_INSTALLED, tree_bytes=MIB))
    assert space_needed(half, SIZES)["staging"] == 500 * MIB


def test_a_pulled_installer_needs_no_upload_and_unknown_members_are_estimated() -> None:
    needed = space_needed(host(), Sizes(archive=100 * MIB, upload=False))
    assert needed == {**MINIMUM, "upload": 0, "staging": 500 * MIB, "prefix": 400 * MIB}
    assert space_needed(host(), Sizes(archive=1, extracted=1))["prefix"] == PREFIX_MINIMUM


def test_an_archive_of_unknown_size_is_never_taken_for_nothing() -> None:
    unknown = space_needed(host(), Sizes(archive=None, upload=False))
    assert unknown["staging"] == UNKNOWN_ARCHIVE + UNKNOWN_UNPACKED
    assert unknown["prefix"] == UNKNOWN_UNPACKED
    assert space_needed(host(), Sizes(archive=None))["upload"] == UNKNOWN_ARCHIVE


def test_a_place_that_df_does_not_tell_is_not_judged() -> None:
    unknown = replace(host(), filesystems={})
    assert check_space(unknown, SIZES) is None
    assert check_staging(unknown) is None


@pytest.mark.parametrize(
    ("staging", "reason"),
    [
        (filesystem("/srv"), None),
        (replace(filesystem("/srv"), kind="tmpfs", noexec=True), Reason.STAGING_TMPFS),
        (replace(filesystem("/srv"), kind="ramfs"), Reason.STAGING_TMPFS),
        (replace(filesystem("/srv"), noexec=True), Reason.STAGING_NOEXEC),
        (replace(filesystem("/srv"), read_only=True, noexec=True), Reason.STAGING_UNSAFE),
    ],
)
def test_staging(staging: Filesystem, reason: Reason | None) -> None:
    error = check_staging(with_free(0, staging=staging))
    assert (error.reason if error else None) is reason
