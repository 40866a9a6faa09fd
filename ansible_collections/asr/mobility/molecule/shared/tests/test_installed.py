# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installed host looks like to somebody who does not use the collection: files, units, package, driver."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from testinfra.host import Host

from lab.releases import TAGS

RECORD = "/usr/local/.vx_version"
PLATFORMS = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text(encoding="utf-8"))["platforms"]
IMAGES = {platform["name"]: platform["image"] for platform in PLATFORMS}

SCRIPTS = ("RHEL7-64", "RHEL8-64", "SLES12-64", "UBUNTU-18.04-64")
"""Tags whose agent is started by scripts in /etc/init.d."""

testinfra_hosts = [f"podman://{name}" for name in IMAGES]


def tag(host: Host) -> str:
    """The tag of the installer that serves the platform."""
    return TAGS[IMAGES[host.backend.get_hostname()]]


def record(host: Host) -> dict[str, str]:
    lines = host.file(RECORD).content_string.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_record_names_the_version_the_tag_and_the_place(host: Host) -> None:
    found = record(host)
    assert found["BUILD_TAG"].startswith("RELEASE_9.66.0.0_GA_7567")
    assert found["OS_BUILT_FOR"] == tag(host)
    assert found["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"
    assert found["VM_PLATFORM"] == "VmWare"


def test_the_rpm_database_knows_the_agent_where_there_is_one(host: Host) -> None:
    if not tag(host).startswith(("RHEL", "OL", "SLES")):
        assert not host.exists("rpm")
        return
    assert host.check_output("rpm -qa InMageVx") == "InMageVx-9.66.0.0-1.x86_64"
    verified = [line.split() for line in host.run("rpm -V InMageVx").stdout.splitlines()]
    assert not [line for line in verified if line[0] == "missing"]
    assert {line[-1] for line in verified if line[0][2] == "5"} <= {"/usr/local/ASR/Vx/etc/drscout.conf"}
    assert record(host)["RPM_PACKAGE"] == "InMageVx-9.66.0.0-1"


@pytest.mark.parametrize("unit", ["vxagent", "uarespawnd", "vConService_linux", "involflt_start", "involflt_stop"])
def test_unit_is_enabled(host: Host, unit: str) -> None:
    assert host.service(unit).is_enabled


def test_the_service_is_a_script_or_a_unit_as_its_release_has_it(host: Host) -> None:
    places = ["/etc/init.d/vxagent", "/etc/systemd/system/vxagent.service"]
    assert [host.file(place).exists for place in places] == [tag(host) in SCRIPTS, tag(host) not in SCRIPTS]


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
