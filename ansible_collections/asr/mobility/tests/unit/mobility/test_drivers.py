# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which agents an installer removes before it installs: by version, system and kernel."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import is_removed_first
from unit.lifecycle.states import host, registered


@pytest.mark.parametrize(
    ("number", "tag", "kernel", "os_name", "removed"),
    [
        ("9.47.6219.0", "UBUNTU-20.04-64", "5.8.0-1", "Ubuntu 20.04", True),
        ("9.48.6308.0", "UBUNTU-20.04-64", "5.15.0-1", "Ubuntu 20.04", True),
        ("9.48.6309.0", "UBUNTU-20.04-64", "5.15.0-1", "Ubuntu 20.04", False),
        ("9.49.6395.0", "UBUNTU-20.04-64", "5.15.0-1", "Ubuntu 20.04", False),
        ("9.46.6149.0", "UBUNTU-20.04-64", "5.15.0-1", "Ubuntu 20.04", False),
        ("9.47.6219.0", "UBUNTU-20.04-64", "5.4.0-190", "Ubuntu 20.04", False),
        ("9.47.6219.0", "UBUNTU-20.04-64", "6.1.0", "Ubuntu 20.04", True),
        ("9.47.6219.0", "ubuntu-20.04-64", "5.10.0", "Ubuntu 20.04", True),
        ("9.47.6219.0", "UBUNTU-18.04-64", "5.8.0", "Ubuntu 18.04", False),
        ("9.47.6219.0", "DEBIAN10-64", "5.10.0-0.bpo", "Debian 10", True),
        ("9.47.6219.0", "DEBIAN10-64", "4.19.0-27", "Debian 10", False),
        ("9.47.6219.0", "SLES15-64", "5.3.18", "SUSE Linux Enterprise Server 15 SP3", True),
        ("9.47.6219.0", "SLES15-64", "5.14.21", "SUSE Linux Enterprise Server 15 SP4", False),
        ("9.47.6219.0", "UBUNTU-20.04-64", "", "Ubuntu 20.04", False),
    ],
)
def test_which_agents_are_removed_first(number: str, tag: str, kernel: str, os_name: str, removed: bool) -> None:
    observed = host(registered(number, tag=tag), tag=tag, kernel_running=kernel, os_name=os_name)
    assert is_removed_first(observed) is removed


def test_an_unknown_version_is_not_removed_first() -> None:
    assert not is_removed_first(host(registered(version=None), tag="UBUNTU-20.04-64", kernel_running="5.15.0"))
