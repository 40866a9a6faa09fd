# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Space is summed for each file system, and staging must let programs run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import (
    PREFIX_MINIMUM,
    ROOT_MINIMUM,
    Sizes,
    check_space,
    check_staging,
    space_needed,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Filesystem, HostState
from unit.lifecycle.states import MIB, filesystem, host

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
    [("upload", 100 * MIB), ("staging", 500 * MIB), ("prefix", 400 * MIB), ("root", ROOT_MINIMUM)],
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


def test_an_old_tree_is_packed_into_staging() -> None:
    upgraded = replace(with_free(ONE_DISK), agent=AgentState(tree_bytes=MIB))
    assert check_space(upgraded, SIZES) is not None
    assert space_needed(upgraded, SIZES)["staging"] == 501 * MIB


def test_a_pulled_installer_needs_no_upload_and_unknown_members_are_estimated() -> None:
    needed = space_needed(host(), Sizes(archive=100 * MIB, upload=False))
    assert needed == {"upload": 0, "staging": 500 * MIB, "prefix": 400 * MIB, "root": ROOT_MINIMUM}
    assert space_needed(host(), Sizes(archive=1, extracted=1))["prefix"] == PREFIX_MINIMUM


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
