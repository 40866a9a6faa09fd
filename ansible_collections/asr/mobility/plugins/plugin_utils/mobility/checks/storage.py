# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of free space, file systems and disks.

Facts: Microsoft's 9.50 installer scripts (observed) and the support matrix of Azure Site Recovery, which supports no
multipathing in the guest, no shared disks, no clusters by Pacemaker and no disks with sectors of 4096 bytes. From
inside a machine a shared disk shows only by what uses it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import (
    Finding,
    Judge,
    Subject,
    beside_the_point,
    failed,
    for_agents,
    passed,
    unknown,
    verdict,
    warned,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import (
    ROOT_MINIMUM,
    check_space,
    check_staging,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Filesystem

_MIB = 1024 * 1024
_ROOT_KINDS = ("ext3", "ext4", "xfs", "btrfs")
_BOOT_KINDS = ("ext2", *_ROOT_KINDS)
_OF_CONTAINERS = ("", "overlay", "aufs", "fuse-overlayfs", "tmpfs", "rootfs")  # which say nothing of a machine's disks
_CLUSTER_SERVICES = ("pacemakerd", "corosync")
_MAYBE_SHARED = ("lustre ", "gpfs ", "vxfs ")  # a client of servers, or a file system that serves one machine as well
_MULTIPATHD = "multipathd"
_SECTOR = 512
_CCISS = "cciss"
_NO_DF = "nothing that df tells"
_NO_DISK = "no block device under /, as in a container"


def staging(subject: Subject) -> Finding:
    """Where the installer is unpacked and run."""
    place = subject.host.filesystems.get("staging")
    if place is None:
        return unknown(_NO_DF)
    error = check_staging(subject.host)
    if error is not None:
        return failed(error.found, error.remedy)
    return passed(f"{place.kind or 'a file system'} on {place.device} ({place.path})")


def space(subject: Subject) -> Finding:
    """Everything that an installation needs, file system by file system."""
    root = subject.host.filesystems.get("root")
    if root is None:
        return unknown(_NO_DF)
    error = check_space(subject.host, subject.sizes)
    if error is not None:
        return failed(f"{error.found}, {error.expected} needed", error.remedy)
    return passed(_free(root))


def free_space_on_root(subject: Subject) -> Finding:
    """The installer's own minimum."""
    root = subject.host.filesystems.get("root")
    return verdict(root.free_bytes >= ROOT_MINIMUM, _free(root), _free(root)) if root else unknown(_NO_DF)


@for_agents
def initrd_space(subject: Subject) -> Finding:
    """Each image is made anew beside the old one, and a copy of each old one is kept in /etc/vxagent."""
    sizes = subject.seen.initrd_bytes.values()
    boot, copies = (subject.host.filesystems.get(name) for name in ("boot", "vxagent"))
    if not sizes or boot is None or copies is None:
        return unknown("no initrd images in /boot that could be measured")
    images = f"{len(sizes)} images, {_mib(sum(sizes))} together"
    needs = [(boot, max(sizes)), (copies, sum(sizes))]
    if boot.pool == copies.pool:
        needs = [(boot, max(sizes) + sum(sizes))]
    short = [f"{_free(place)}, {_mib(size)} needed" for place, size in needs if place.free_bytes < size]
    return verdict(not short, images, f"{images}; {'; '.join(short)}")


def _free(place: Filesystem) -> str:
    return f"{_mib(place.free_bytes)} free on {place.device} ({place.path})"


def _mib(size: int) -> str:
    """Rounded up, so that a small need is never none."""
    return f"{-(-size // _MIB)} MiB"


@for_agents
def root_file_system(subject: Subject) -> Finding:
    """The kind of /."""
    return _file_system(subject, "root", _ROOT_KINDS)


@for_agents
def boot_file_system(subject: Subject) -> Finding:
    """The kind of what holds /boot."""
    return _file_system(subject, "boot", _BOOT_KINDS)


def _file_system(subject: Subject, place: str, supported: t.Sequence[str]) -> Finding:
    found = subject.host.filesystems.get(place)
    if found is None or found.kind in _OF_CONTAINERS:
        return unknown(f"{found.kind or 'a file system of no known kind'}, as in a container" if found else _NO_DF)
    if found.kind == "btrfs":
        return _btrfs(subject, place)
    return verdict(found.kind in supported, found.kind, found.kind)


def _btrfs(subject: Subject, place: str) -> Finding:
    """One over several devices is not supported."""
    block = subject.seen.blocks.get(place)
    devices = next((devices for devices in subject.seen.btrfs if block in devices), None)
    if devices is None:
        return unknown("btrfs, on devices that the kernel does not tell")
    return verdict(len(devices) == 1, f"btrfs on {block}", f"btrfs on {', '.join(devices)}")


@for_agents
def directories_writable(subject: Subject) -> Finding:
    """For root that is: their file systems are not mounted read-only."""
    seen = subject.seen.writable
    if not seen or subject.host.uid != 0:
        return unknown("only root can tell")
    closed = [path for path, writable in seen.items() if not writable]
    return verdict(not closed, ", ".join(seen), f"{', '.join(closed)} read-only")


@for_agents
def one_pass_encryption(subject: Subject) -> Finding:
    """Azure Disk Encryption of the first kind, which lists its devices in a file."""
    if subject.wanted.platform != "Azure":
        return beside_the_point("Azure only")
    if subject.host.uid != 0:
        return unknown("only root can tell")
    listed = subject.seen.one_pass_encryption
    return verdict(None if listed is None else not listed, "no device listed", "a device in azure_crypt_mount")


@for_agents
def multipath(subject: Subject) -> Finding:
    """Maps of the device mapper; where an old kernel hides whose they are, the daemon is a sign of them."""
    seen = subject.seen
    if not seen.devices:
        return unknown(_NO_DISK)
    if seen.multipath:
        return failed(", ".join(seen.multipath))
    if not seen.untold_maps:
        return passed("no multipath device")
    untold = f"{', '.join(seen.untold_maps)}, of which the kernel does not tell what they are"
    return warned(f"multipathd runs, and {untold}") if _MULTIPATHD in (seen.services or ()) else unknown(untold)


@for_agents
def cluster(subject: Subject) -> Finding:
    """Daemons of a cluster, and mounted file systems that several machines share, or may."""
    services, mounts = subject.seen.services, subject.seen.cluster_mounts
    if services is None:
        return unknown()
    shared = [mount for mount in mounts if not mount.startswith(_MAYBE_SHARED)]
    found = [*(f"{name} runs" for name in _CLUSTER_SERVICES if name in services), *shared]
    if found or not mounts:
        return verdict(not found, "no daemon and no mount of a cluster", ", ".join(found))
    return warned(f"{', '.join(mounts)}; its disks may be shared")


@for_agents
def disk_sectors(subject: Subject) -> Finding:
    """Logical sectors; a disk that shows 512 bytes and writes 4096 is fine."""
    if not subject.seen.devices or not subject.seen.sectors:
        return unknown(_NO_DISK)
    large = [f"{disk}: {size} bytes" for disk, size in subject.seen.sectors.items() if size != _SECTOR]
    untold = [disk for disk in subject.seen.physical_disks if disk not in subject.seen.sectors]
    if untold and not large:
        return unknown(f"no sector size of {', '.join(untold)}")
    return verdict(not large, ", ".join(subject.seen.sectors), ", ".join(large))


@for_agents
def disk_controller(subject: Subject) -> Finding:
    """Disks whose driver shows them as no SCSI disks."""
    disks = subject.seen.physical_disks
    if not subject.seen.devices or not disks:
        return unknown(_NO_DISK)
    odd = [disk for disk in disks if disk.startswith(_CCISS)]
    return verdict(not odd, ", ".join(disks), ", ".join(odd))


JUDGES: t.Mapping[str, Judge] = {
    "staging": staging,
    "space": space,
    "free_space_on_root": free_space_on_root,
    "initrd_space": initrd_space,
    "root_file_system": root_file_system,
    "boot_file_system": boot_file_system,
    "directories_writable": directories_writable,
    "one_pass_encryption": one_pass_encryption,
    "multipath": multipath,
    "cluster": cluster,
    "disk_sectors": disk_sectors,
    "disk_controller": disk_controller,
}
