# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installed host from before systemd looks like to somebody who does not use the collection."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from testinfra.host import Host

from lab.releases import TAGS

PLATFORMS = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text(encoding="utf-8"))["platforms"]
IMAGES = {platform["name"]: platform["image"] for platform in PLATFORMS}
SCRIPTS = ("vxagent", "uarespawnd", "vConService_linux", "boottimemirroring_phase1", "boottimemirroring_phase2")

testinfra_hosts = [f"podman://{name}" for name in IMAGES]


def test_nothing_here_is_newer_than_the_host_claims_to_be(host: Host) -> None:
    found = [name for name in ("systemctl", "python3", "python", "curl", "xz") if host.exists(name)]
    assert (found, host.file("/run/systemd").exists) == ([], False)
    assert host.process.get(pid=1).comm == "init"


def test_record_names_the_version_the_tag_and_the_place(host: Host) -> None:
    lines = host.file("/usr/local/.vx_version").content_string.splitlines()
    record = dict(line.split("=", 1) for line in lines if "=" in line)
    assert record["BUILD_TAG"].startswith("RELEASE_9.66.0.0_GA_7567")
    assert record["OS_BUILT_FOR"] == TAGS[IMAGES[host.backend.get_hostname()]]
    assert record["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"


def test_every_script_is_in_the_run_levels(host: Host) -> None:
    found = host.check_output("find -L /etc/rc?.d /etc/init.d/rc?.d -perm -100 -type f 2>/dev/null || :").split()
    links = {(Path(link).name[3:], f"{Path(link).name[0]}{Path(link).parent.name[2]}") for link in found}
    assert {(script, level) for script in SCRIPTS for level in ("S2", "S3", "S4", "S5", "K0", "K1", "K6")} <= links


def test_no_unit_was_made(host: Host) -> None:
    assert not host.file("/etc/systemd/system/vxagent.service").exists


def test_driver_of_the_running_kernel_is_in_place(host: Host) -> None:
    release = host.check_output("uname -r")
    assert host.file(f"/lib/modules/{release}/kernel/drivers/char/involflt.ko").is_file
    assert "involflt" in host.check_output("lsmod")


def test_nothing_of_ours_is_left(host: Host) -> None:
    places = "/var/lib/asr-mobility /var/tmp/asr-mobility* /tmp/asr-mobility* /var/run/asr-mobility*"
    assert host.check_output(f"ls -d {places} 2>/dev/null || :") == ""


def test_no_run_is_left(host: Host) -> None:
    assert "asr-mobility" not in host.check_output("ps -eo args")
