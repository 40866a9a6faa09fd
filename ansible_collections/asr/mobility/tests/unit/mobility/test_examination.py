# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight's script prints becomes typed facts; what it does not print stays unknown."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, probe_script
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import (
    SCRIPT_FILE,
    Examination,
    examination,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import SCRIPT_FILE as PROBE_FILE
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts, parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text
from unit.mobility.outputs import output

DONE = "preflight=complete"


def seen(*lines: str, received: float = 1000.0) -> Examination:
    found = examination(parse_facts(output(*lines, DONE)), received)
    assert found is not None
    return found


def test_without_its_last_word_there_is_no_examination() -> None:
    assert examination(parse_facts(output("clock=1000")), 1000.0) is None


def test_nothing_told_is_nothing_known() -> None:
    assert seen() == Examination(dhcp_clients=frozenset())


def test_every_fact() -> None:
    found = seen(
        "clock=1060",
        "locale.c=0",
        "run_level=3",
        "rpm.code=0",
        "physical=sda",
        "mapper_untold=dm-4",
        "processes=1",
        "service=fapolicyd",
        "selinux=1",
        "reboot.file=/run/reboot-required",
        "writable=/|1",
        "writable=/boot|0",
        "secure_boot=enabled",
        "grub.file=/boot/grub/grub.cfg",
        "grub.device=root=/dev/sda1",
        "grub.volume=vg/a|b|0",
        "acpi.looked=1",
        "acpi.word=acpi=0",
        "kernel.directory=1",
        "initrd=/boot/initrd.img-1|4096",
        "initrd=/boot/initrd.img-2|x",
        "lis=0",
        "device.root=/dev/mapper/vg-root",
        "block.root=dm-0",
        "disk.root=sda",
        "disk.root=sdb",
        "mapper.root=LVM-x",
        "sector=sda|512",
        "sector=sdb|",
        "multipath=dm-3",
        "btrfs=sda1 sdb1",
        "fstab.looked=1",
        "shared=gfs2 on /s",
        "azure_crypt=1",
        "interface=eth0",
        "ipv4.looked=1",
        "ipv4.address=eth0|192.0.2.1",
        "hosts.looked=1",
        "dhcp=dhclient",
    )
    assert found == Examination(
        clock_offset=60.0,
        c_locale=False,
        run_level="3",
        rpm_error="",
        services=frozenset(["fapolicyd"]),
        selinux="enforcing",
        restart_files=("/run/reboot-required",),
        writable={"/": True, "/boot": False},
        secure_boot="enabled",
        boot_loader_files=("/boot/grub/grub.cfg",),
        boot_devices=("root=/dev/sda1",),
        boot_volumes={"vg/a|b": False},
        acpi_words=("acpi=0",),
        kernel_directory=True,
        initrd_bytes={"/boot/initrd.img-1": 4096},
        integration_services=False,
        devices={"root": "/dev/mapper/vg-root"},
        blocks={"root": "dm-0"},
        disks={"root": ("sda", "sdb")},
        mapped={"root": "LVM-x"},
        physical_disks=("sda",),
        sectors={"sda": 512},
        multipath=("dm-3",),
        untold_maps=("dm-4",),
        btrfs=(("sda1", "sdb1"),),
        boot_in_fstab=False,
        cluster_mounts=("gfs2 on /s",),
        one_pass_encryption=True,
        interfaces=("eth0",),
        addresses=(("eth0", "192.0.2.1"),),
        hosts_addresses=(),
        dhcp_clients=frozenset(["dhclient"]),
    )
    defaults = Examination()
    same = [name for name, value in dataclasses.asdict(found).items() if value == getattr(defaults, name)]
    assert not same, "a fact that the case above does not set"


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], None),
        (["rpm.code=0"], ""),
        (["rpm.code=0", "rpm.words=error: rpmdb damaged"], "error: rpmdb damaged"),
        (["rpm.code=1"], "rpm -qa ended with 1"),
        (["rpm.code=1", "rpm.words=error: rpmdb damaged"], "error: rpmdb damaged"),
        (["rpm.code=124"], None),
        (["rpm.code=124", "rpm.words=error: interrupted"], None),
    ],
)
def test_what_rpm_said(lines: list[str], error: str | None) -> None:
    assert seen(*lines).rpm_error == error


def test_only_a_preflight_sends_the_script() -> None:
    assert "asr_preflight()" not in probe_script(ProbeQuery("/srv")).text
    assert sent_text(SCRIPT_FILE) in probe_script(ProbeQuery("/srv", preflight=True)).text


def test_the_whole_examination_runs_to_its_end_on_this_machine(shell: list[str], tmp_path: Path) -> None:
    facts = _run(shell, "", tmp_path)
    found = examination(facts, 0.0)
    assert found is not None
    assert found.clock_offset is not None
    assert found.kernel_directory is not None
    assert found.services is not None
    assert found.writable


@pytest.mark.parametrize("path", [PROBE_FILE, SCRIPT_FILE], ids=lambda path: path.stem)
def test_no_output_is_sent_to_a_file(path: Path) -> None:
    assert re.findall(r"(?<![-=a-z])>.*", re.sub(r">(?:/dev/null|&[12])", "", sent_text(path))) == []


def test_only_the_words_that_a_check_asks_for_leave_the_boot_loaders_files(shell: list[str], tmp_path: Path) -> None:
    file = tmp_path / "grub.cfg"
    file.write_text(
        "# root=/dev/sdz1\nset root='hd0,msdos1'\n\tlinux /vmlinuz root=/dev/sda1 ro password=hunter2 quiet\n"
        'GRUB_CMDLINE_LINUX="resume=/dev/vg/swap rd.lvm.lv=vg/root rd_LVM_LV=vg/swap crashkernel=auto"\n'
    )
    script = f"{sent_text(SCRIPT_FILE)}\npreflight_words '{file}'\n"
    done = subprocess.run(shell, input=script, text=True, capture_output=True, timeout=60, check=True)
    assert done.stdout.split() == [
        "root=/dev/sda1",
        "resume=/dev/vg/swap",
        "rd.lvm.lv=vg/root",
        "rd_LVM_LV=vg/swap",
    ]


def _run(shell: list[str], more: str, staging: Path) -> Facts:
    text = sent_text(PROBE_FILE).replace("printf 'probe=complete\\n'", f"{more}printf 'probe=complete\\n'")
    script = f"LC_ALL=C\nexport LC_ALL\nASR_STAGING='{staging}'\n{sent_text(SCRIPT_FILE)}{text}"
    done = subprocess.run(shell, input=script, text=True, capture_output=True, timeout=60, check=True)
    assert done.stderr.replace("Terminated", "").strip() == ""
    return parse_facts(done.stdout)
