# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as a preflight sees them: one that passes everything, and for each check hosts on which it ends otherwise."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Desired
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import Status, Subject
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import Examination
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import KernelList, KernelLists
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import (
    Answer,
    Endpoint,
    needs_of_server,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import Sizes
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Stack
from unit.lifecycle.states import TAG, filesystem, host, registered, version

Fields = t.Mapping[str, t.Any]
MIB = 1024 * 1024
KERNEL = "6.1.0-28-amd64"
OLD_KERNEL = "4.18.0-305.el8.x86_64"
CONTROL, DATA = Endpoint("cs.example.com", 443), Endpoint("cs.example.com", 9443)
LISTED = KernelLists({TAG: [KernelList(AgentVersion(9, 66, 7567, 1), TAG, frozenset([KERNEL]))]}, {})

EXAMINED = Examination(
    clock_offset=-2.5,
    c_locale=True,
    run_level="systemd",
    rpm_error="",
    services=frozenset(),
    selinux="none",
    writable=dict.fromkeys(("/", "/boot", "/etc", "/var"), True),
    secure_boot="disabled",
    boot_loader_files=("/boot/grub/grub.cfg",),
    boot_devices=("root=/dev/mapper/vg-root",),
    boot_volumes={"vg/root": True},
    acpi_words=(),
    kernel_directory=True,
    initrd_bytes={f"/boot/initrd.img-{KERNEL}": 40 * MIB},
    integration_services=True,
    devices={"root": "/dev/mapper/vg-root", "boot": "/dev/sda1"},
    blocks={"root": "dm-0", "boot": "sda1"},
    disks={"root": ("sda", "sdb"), "boot": ("sda",)},
    mapped={"root": "LVM-abc"},
    physical_disks=("sda", "sdb"),
    sectors={"sda": 512, "sdb": 512},
    boot_in_fstab=True,
    one_pass_encryption=False,
    interfaces=("ens192",),
    addresses=(("ens192", "192.0.2.7"), ("docker0", "172.17.0.1")),
    hosts_addresses=("192.0.2.7",),
    dhcp_clients=frozenset(["dhclient"]),
)
FIT = Subject(
    host=host(
        registered("9.65.7400.0", driver_version=version("9.65.1.7400")),
        examination=EXAMINED,
        filesystems={**host().filesystems, "boot": filesystem("/boot", device="/dev/sda1")},
        tools={**host().tools, "vgdisplay": True},
    ),
    wanted=Desired(),
    lists=LISTED,
    version=AgentVersion(9, 66, 7567, 1),
    needs=needs_of_server("cs.example.com", 443),
    answers=(Answer(CONTROL, True, "reached"), Answer(DATA, True, "reached")),
)
"""An upgrade: so nothing passes only because there is no agent."""

BARE = replace(FIT, host=replace(FIT.host, agent=AgentState()))


@dataclass(frozen=True)
class Case:
    """A subject that differs from a fit one in few fields, how a check ends there, and a fragment of what it finds.

    seen, host, wanted, fields: fields of the examination, the host, the wanted state, the subject itself. upgrade:
    the host has an agent; the others have none, where every check shows its full severity.
    """

    status: Status
    found: str = ""
    seen: Fields = field(default_factory=dict)
    host: Fields = field(default_factory=dict)
    wanted: Fields = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    upgrade: bool = False

    @property
    def subject(self) -> Subject:
        """The subject."""
        base = FIT if self.upgrade else BARE
        changed = replace(base.host, **{"examination": replace(EXAMINED, **self.seen), **self.host})
        return replace(base, host=changed, wanted=replace(Desired(), **self.wanted), **self.fields)


fails = functools.partial(Case, Status.FAIL)
warns = functools.partial(Case, Status.WARN)
passes = functools.partial(Case, Status.PASS)
untold = functools.partial(Case, Status.UNKNOWN)

MASTER_TARGET: Fields = {"role": "master_target"}
RHEL8: Fields = {"tag": "RHEL8-64", "kernel_running": OLD_KERNEL, "kernel_next": OLD_KERNEL}
TINY = filesystem("/boot", free=MIB, device="/dev/sda1")
SMALL = {**FIT.host.filesystems, "boot": filesystem("/boot", free=39 * MIB, device="/dev/sda2")}
SHARED = dict.fromkeys(FIT.host.filesystems, filesystem(free=79 * MIB))
NOTHING: Fields = {"examination": Examination()}


def kind(name: str, place: str = "root") -> Fields:
    """A host whose place has a file system of that kind."""
    return {"filesystems": {**FIT.host.filesystems, place: replace(filesystem(), kind=name)}}


CASES: t.Mapping[str, t.Sequence[Case]] = {
    "root": [fails("uid 1000", host={"uid": 1000})],
    "architecture": [fails("aarch64", host={"architecture": "aarch64"}), untold("uname", host={"architecture": ""})],
    "tag": [fails("says '13'", host={"tag": None, "tag_reason": "says '13'"})],
    "install_dir": [fails("/opt", wanted={"install_dir": "/opt"})],
    "install_lock": [fails("AgentUpgrade.sh", host={"other_installer": "AgentUpgrade.sh (process 7)"})],
    "staging": [
        fails("tmpfs", host=kind("tmpfs", "staging")),
        fails("noexec", host={"filesystems": {"staging": replace(filesystem(), noexec=True)}}),
        untold("df", host={"filesystems": {}}),
    ],
    "space": [
        fails("1 MiB free", host={"filesystems": {"boot": TINY, "root": filesystem()}}),
        fails("needed", fields={"sizes": Sizes(archive=1 << 50)}),
        untold("df", host={"filesystems": {}}),
    ],
    "free_space_on_root": [
        fails("1023 MiB free", host={"filesystems": {"root": filesystem(free=1023 * MIB)}}),
        passes("1024 MiB", host={"filesystems": {"root": filesystem(free=1024 * MIB)}}),
        untold("df", host={"filesystems": {}}),
    ],
    "initrd_space": [
        fails("39 MiB free on /dev/sda2 (/boot), 40 MiB needed", host={"filesystems": SMALL}),
        fails("80 MiB needed", host={"filesystems": SHARED}),
        untold("no initrd", seen={"initrd_bytes": {}}),
        passes("does not apply", wanted=MASTER_TARGET),
    ],
    "tools": [
        fails("no bash", host={"tools": {"bash": False}}),
        untold("not all", host={"tools": {}}),
    ],
    "optional_tools": [
        warns("no xz", host={"tools": {"xz": False}}),
        untold("not all", host={"tools": {}}),
    ],
    "c_locale": [fails("no C", seen={"c_locale": False}), untold("", host=NOTHING)],
    "host_name": [fails("no host name", host={"host_name": "(none)"}), fails("no host", host={"host_name": ""})],
    "run_level": [
        fails("stopping", seen={"run_level": "stopping"}),
        fails("run level 1", seen={"run_level": "1"}),
        passes("5", seen={"run_level": "5"}),
        untold("no run level", seen={"run_level": "unknown"}),
    ],
    "rpm_database": [
        fails("error: rpmdb", host={"tag": "RHEL8-64"}, seen={"rpm_error": "error: rpmdb open failed"}),
        passes("without errors", host={"tag": "RHEL8-64"}),
        untold("", host={"tag": "RHEL8-64"}, seen={"rpm_error": None}),
        passes("does not apply", seen={"rpm_error": None}),
    ],
    "directories_writable": [
        fails("/boot read-only", seen={"writable": {"/": True, "/boot": False}}),
        untold("only root", host={"uid": 1000}),
    ],
    "kernel_supported": [
        fails("newest list known", host={"kernel_running": "6.12.1"}),
        untold("no list", host=RHEL8),
        passes("does not apply", wanted=MASTER_TARGET, host={"kernel_running": "6.12.1"}),
        untold("no tag", host={"tag": None}),
    ],
    "next_kernel_supported": [
        fails("6.12.1 is not in", host={"kernel_next": "6.12.1"}),
        warns("may choose another", host={"kernel_next": "6.12.1", "kernel_next_named": False}),
        passes("is in", host={"kernel_next": KERNEL, "kernel_next_named": False}),
        untold("plain files", host={"kernel_next": None}),
    ],
    "kernel_directory": [
        fails(f"no /lib/modules/{KERNEL}", seen={"kernel_directory": False}),
        untold("", host=NOTHING),
    ],
    "mt_kernel": [
        fails("4.4.0-21", wanted=MASTER_TARGET, host={"tag": "UBUNTU-16.04-64", "kernel_running": "4.4.0-21-generic"}),
        passes("4.15.0", wanted=MASTER_TARGET, host={"tag": "UBUNTU-16.04-64", "kernel_running": "4.15.0-1-generic"}),
    ],
    "lis_drivers": [
        fails("no hv_storvsc", host={"tag": "RHEL6-64"}, seen={"integration_services": False}),
        passes("hv_storvsc", host={"tag": "RHEL6-64"}),
        untold("", host={"tag": "RHEL6-64"}, seen={"integration_services": None}),
        passes("does not apply", seen={"integration_services": False}),
    ],
    "pending_reboot": [
        warns("asks for a restart", seen={"restart_files": ("/var/run/reboot-required",)}),
        warns("6.12.1 is the kernel of the next boot", host={"kernel_next": "6.12.1"}),
        warns("6.12.1 may be the kernel", host={"kernel_next": "6.12.1", "kernel_next_named": False}),
        untold("no mark", host={"kernel_next": None}),
    ],
    "secure_boot": [fails("enabled", seen={"secure_boot": "enabled"}), untold("", host=NOTHING)],
    "acpi_off": [
        fails("acpi=0", seen={"acpi_words": ("acpi=0",)}),
        passes("acpi=force", seen={"acpi_words": ("acpi=force",)}),
        untold("boot loader", seen={"acpi_words": ("acpi=0",), "boot_loader_files": ()}),
    ],
    "grub_device_exists": [
        fails("no vg/swap", seen={"boot_volumes": {"vg/root": True, "vg/swap": False}}),
        untold("boot loader", seen={"boot_loader_files": ()}),
        untold("only root", host={"uid": 1000}),
    ],
    "grub_device_name": [
        fails("root=/dev/sda1", seen={"boot_devices": ("root=/dev/sda1",)}),
        fails("resume=/dev/xvdb", seen={"boot_devices": ("resume=/dev/xvdb",)}),
        passes("by order", seen={"boot_devices": ("root=/dev/vg/root", "resume=/dev/disk/by-uuid/1")}),
        untold("boot loader", seen={"boot_loader_files": ()}),
        untold("only root", host={"uid": 1000}),
    ],
    "boot_disk": [
        fails("no disk below /dev/loop0", seen={"devices": {"boot": "/dev/loop0"}, "disks": {}}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "boot_partition_mounted": [
        fails("not mounted", host={"filesystems": {"boot": filesystem("/")}}),
        passes("no entry", seen={"boot_in_fstab": False}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "boot_on_lvm_of_several_disks": [
        fails("sda, sdb", seen={"mapped": {"boot": "LVM-x"}, "disks": {"boot": ("sda", "sdb")}}),
        passes("on sda", seen={"mapped": {"boot": "LVM-x"}}),
        untold("does not tell", seen={"mapped": {}, "blocks": {"boot": "dm-0"}}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "lvm_package": [
        fails("no vgdisplay", host={"tools": {"vgdisplay": False}}),
        passes("does not apply", host={"tools": {"vgdisplay": False}}, seen={"mapped": {}, "blocks": {"root": "sda1"}}),
        untold("does not tell", seen={"mapped": {}}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "root_file_system": [
        fails("zfs", host=kind("zfs")),
        fails("sda1, sdb1", host=kind("btrfs"), seen={"btrfs": (("sda1", "sdb1"),), "blocks": {"root": "sdb1"}}),
        passes("btrfs", host=kind("btrfs"), seen={"btrfs": (("sdc1",), ("sdb1",)), "blocks": {"root": "sdb1"}}),
        untold("btrfs", host=kind("btrfs")),
        untold("overlay", host=kind("overlay")),
        fails("ext2", host=kind("ext2")),
    ],
    "boot_file_system": [
        fails("vfat", host=kind("vfat", "boot")),
        passes("ext2", host=kind("ext2", "boot")),
        untold("overlay", host=kind("overlay", "boot")),
        untold("df", host={"filesystems": {}}),
    ],
    "one_pass_encryption": [
        fails("azure_crypt_mount", wanted={"platform": "Azure"}, seen={"one_pass_encryption": True}),
        passes("no device", wanted={"platform": "Azure"}),
        untold("only root", wanted={"platform": "Azure"}, host={"uid": 1000}),
        passes("does not apply", seen={"one_pass_encryption": True}),
    ],
    "multipath": [
        fails("dm-3", seen={"multipath": ("dm-3",)}),
        untold("as in a container", seen={"devices": {}, "multipath": ("dm-3",)}),
        untold("dm-0", seen={"untold_maps": ("dm-0",)}),
        warns("multipathd runs", seen={"untold_maps": ("dm-0",), "services": {"multipathd"}}),
        passes("no multipath", seen={"services": {"multipathd"}}),  # some distributions always start it
    ],
    "cluster": [
        fails("pacemakerd runs", seen={"services": {"pacemakerd"}}),
        fails("gfs2 on /shared", seen={"cluster_mounts": ("lustre on /l", "gfs2 on /shared")}),
        warns("lustre on /l", seen={"cluster_mounts": ("lustre on /l",)}),
        fails("corosync runs", seen={"services": {"corosync"}, "cluster_mounts": ("vxfs on /v",)}),
        untold("", host=NOTHING),
    ],
    "disk_sectors": [
        fails("sdb: 4096 bytes", seen={"sectors": {"sda": 512, "sdb": 4096}}),
        untold("size of sdb", seen={"sectors": {"sda": 512}}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "disk_controller": [
        fails("cciss!c0d0", seen={"physical_disks": ("cciss!c0d0",), "sectors": {}}),
        untold("as in a container", seen={"devices": {}}),
    ],
    "dhcp_client": [
        fails("no dhclient", host={"tag": "DEBIAN10-64"}, seen={"dhcp_clients": frozenset()}),
        fails("no wickedd-dhcp4", host={"tag": "SLES15-64"}),
        warns("no dhclient", seen={"dhcp_clients": frozenset()}),
        warns("no dhclient", host={"tag": "DEBIAN11-64"}, seen={"dhcp_clients": frozenset()}),
        passes("dhcpcd", host={"tag": "SLES11-SP4-64"}, seen={"dhcp_clients": {"dhcpcd"}}),
        untold("", host=NOTHING),
    ],
    "ipv4": [
        fails("no IPv4 address on ens192", seen={"addresses": ()}),
        warns("IPv4 on bond0.5 only", seen={"addresses": (("bond0.5", "192.0.2.7"),)}),
        untold("as in a container", seen={"interfaces": ()}),
        untold("", host=NOTHING),
    ],
    "network_interfaces": [
        warns(
            "ens192, ens224",
            seen={
                "interfaces": ("ens192", "ens224", "ens256"),
                "addresses": (("ens192", "192.0.2.7"), ("ens192", "192.0.2.8"), ("ens224", "198.51.100.7")),
            },
        ),
        untold("as in a container", seen={"interfaces": ()}),
        untold("no address on", seen={"addresses": (("bond0.5", "192.0.2.7"),)}),
    ],
    "hosts_entry": [warns("no line for web01", seen={"hosts_addresses": ()}), untold("", host=NOTHING)],
    "server_reachable": [
        fails(
            "cs.example.com:9443", fields={"answers": (FIT.answers[0], Answer(DATA, False, "the connection timed out"))}
        ),
        untold("no server", fields={"needs": (), "answers": ()}),
        untold("not tried", fields={"answers": ()}),
    ],
    "clock": [
        fails("901 s ahead", seen={"clock_offset": 901.0}, wanted={"stack": Stack.CLASSIC}),
        warns("901 s behind", seen={"clock_offset": -901.0}),
        passes("899 s ahead", seen={"clock_offset": 899.0}, wanted={"stack": Stack.CLASSIC}),
        untold("", host=NOTHING),
    ],
    "selinux": [
        warns("enforcing", seen={"selinux": "enforcing"}),
        passes("permissive", seen={"selinux": "permissive"}),
    ],
    "fapolicyd": [warns("fapolicyd runs", seen={"services": {"fapolicyd"}}), untold("", host=NOTHING)],
    "upgrade_distance": [
        fails("9.60.7000.0", upgrade=True, host={"agent": registered("9.60.7000.0")}),
        untold("no version named", upgrade=True, fields={"version": None}),
        passes("does not apply"),
    ],
    "restart_distance": [
        fails("9.60.1.7000", upgrade=True, host={"agent": registered(driver_version=version("9.60.1.7000"))}),
        untold("no version of the loaded driver", upgrade=True, host={"agent": registered()}),
        passes("does not apply"),
    ],
    "faulty_driver": [
        warns("9.66.1.7700", upgrade=True, host={"agent": registered(driver_version=version("9.66.1.7700"))}),
        warns("9.66.1.7700", fields={"version": AgentVersion(9, 66, 7700, 1)}),
        untold("no driver", fields={"version": None}),
        untold("did not tell", upgrade=True, host={"agent": registered()}),
        untold("of which the build is open", fields={"version": AgentVersion(9, 66, 0, 0)}),
        untold("of which the build is open", upgrade=True, fields={"version": AgentVersion(9, 66, 0, 0)}),
    ],
}
"""Check name -> hosts on which it does not simply pass."""
