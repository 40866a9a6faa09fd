# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe outputs for tests: what a host would print, built from the few lines that matter."""

from __future__ import annotations

import typing as t

RECORD = """VERSION=9.50.0.0
PROD_VERSION=9.50.0.0
PARTNER=inmage
INSTALLATION_DIR=/usr/local/ASR/Vx
AGENT_MODE=host
VERSION_FILE_PARENT_DIR=/usr/local
DEFAULT_UPGRADE_DIR=/usr/local/ASR
BUILD_TAG=RELEASE_9.50.0.0_GA_6409_Jul_20_2022_INMAGE
OS_BUILT_FOR=DEBIAN12-64
CONFIG=release
TAR_FILE_NAME=InMage_VX_9.50.0.0_DEBIAN12-64.tar
INSTALLATION_TIMESTAMP=22_Nov_2026_19_14_49
VM_PLATFORM=VmWare
"""
HOST_ID = "8d3c6f4e-9f5b-4c8e-a6b3-0f6d2a1f7c11"
RECORD_PATH = "/usr/local/.vx_version"
COPY_PATH = "/etc/vxagent/backup/.vx_version"


def file_lines(path: str, content: str) -> list[str]:
    """A file as the probe shows it."""
    return [f"file.{path}|{line}" for line in content.splitlines()]


def output(*lines: str) -> str:
    """A complete output of a Debian 12 host with these lines more."""
    start = ["uid=0", "uname=web01 6.1.0-28-amd64 x86_64", *file_lines("/etc/debian_version", "12.11")]
    return "\n".join([*start, *lines, "probe=complete"]) + "\n"


def installed(record: str = RECORD, **drscout: str) -> list[str]:
    """The lines of a host with an agent; drscout: keys of its configuration."""
    keys = {"HostId": "1234_45466_67689", "CSType": "CSLegacy", "Hostname": "", "Role": "Agent", **drscout}
    return [
        "agent.installation=/usr/local/ASR/Vx",
        "record.exists=1",
        *file_lines(RECORD_PATH, record),
        "agent.tree=1",
        "agent.config_link=1",
        "agent.uninstaller=1",
        "agent.inner_uninstaller=1",
        "drscout.path=/usr/local/ASR/Vx/etc/drscout.conf",
        *(f"drscout.{key}={value}" for key, value in keys.items()),
    ]


def without(lines: t.Iterable[str], *starts: str) -> list[str]:
    """The lines that do not begin so."""
    return [line for line in lines if not line.startswith(starts)]
