# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight's list: each check passes on a fit host and names what is wrong on any other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import Status, checks
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import Sizes
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from unit.lifecycle.states import filesystem, host

NAMES = ["root", "architecture", "tag", "install_dir", "staging", "space", "tools", "optional_tools"]


def statuses(observed: HostState, desired: Desired | None = None, sizes: Sizes | None = None) -> dict[str, Status]:
    """Check name -> status."""
    found = checks(observed, desired or Desired(), sizes)
    assert all(check.found and check.required for check in found)
    assert all(check.remedy for check in found if check.status in (Status.FAIL, Status.WARN))
    return {check.name: check.status for check in found}


def test_a_fit_host_passes_everything() -> None:
    assert statuses(host()) == dict.fromkeys(NAMES, Status.PASS)


@pytest.mark.parametrize(
    ("observed", "name", "status"),
    [
        (replace(host(), uid=1000), "root", Status.FAIL),
        (replace(host(), architecture="aarch64"), "architecture", Status.FAIL),
        (replace(host(), architecture=""), "architecture", Status.UNKNOWN),
        (replace(host(), tag=None, tag_reason="says '13'"), "tag", Status.FAIL),
        (replace(host(), filesystems={}), "staging", Status.UNKNOWN),
        (replace(host(), filesystems={}), "space", Status.UNKNOWN),
        (replace(host(), filesystems={"root": filesystem(free=1)}), "space", Status.FAIL),
        (replace(host(), filesystems={"staging": replace(filesystem(), noexec=True)}), "staging", Status.FAIL),
        (replace(host(), tools={}), "tools", Status.UNKNOWN),
        (replace(host(), tools={"bash": False}), "tools", Status.FAIL),
        (replace(host(), tools={"xz": False}), "optional_tools", Status.WARN),
    ],
)
def test_what_is_wrong_is_said(observed: HostState, name: str, status: Status) -> None:
    assert statuses(observed)[name] is status


def test_directory_and_sizes() -> None:
    assert statuses(host(), Desired(install_dir="/opt"))["install_dir"] is Status.FAIL
    assert statuses(host(), sizes=Sizes(archive=1 << 50))["space"] is Status.FAIL
