# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installed host looks like to somebody who does not use the collection: files, units, kernel module."""

from __future__ import annotations

import pytest
from testinfra.host import Host

RECORD = "/usr/local/.vx_version"


def record(host: Host) -> dict[str, str]:
    lines = host.file(RECORD).content_string.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_record_names_the_version_the_tag_and_the_place(host: Host) -> None:
    release = host.file("/etc/debian_version").content_string.split(".")[0]
    found = record(host)
    assert found["BUILD_TAG"].startswith("RELEASE_9.66.0.0_GA_7567")
    assert found["OS_BUILT_FOR"] == f"DEBIAN{release}-64"
    assert found["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"
    assert found["VM_PLATFORM"] == "VmWare"


@pytest.mark.parametrize("unit", ["vxagent", "uarespawnd", "vConService_linux", "involflt_start", "involflt_stop"])
def test_unit_is_enabled(host: Host, unit: str) -> None:
    assert host.service(unit).is_enabled


@pytest.mark.parametrize("path", ["Vx/bin/UnifiedAgentConfigurator.sh", "Vx/bin/AzureRcmCli", "uninstall.sh"])
def test_program_is_there(host: Host, path: str) -> None:
    assert host.file(f"/usr/local/ASR/{path}").is_file


def test_driver_of_the_running_kernel_is_in_place(host: Host) -> None:
    release = host.check_output("uname -r")
    assert host.file(f"/lib/modules/{release}/kernel/drivers/char/involflt.ko").is_file
    assert "involflt" in host.check_output("lsmod")


def test_nothing_of_ours_is_left(host: Host) -> None:
    left = host.check_output("ls -d /var/lib/asr-mobility /var/tmp/asr-mobility* /tmp/asr-mobility* 2>/dev/null || :")
    assert left == ""


def test_no_run_is_left(host: Host) -> None:
    assert "asr-mobility" not in host.check_output("systemctl list-units --all --plain --no-legend")
