# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the kernel, of what boots it, and of the disk that it boots from.

A container has neither boot loader nor boot disk of its own; there these checks are unknown.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import (
    Finding,
    Judge,
    Status,
    Subject,
    beside_the_point,
    for_agents,
    passed,
    unknown,
    verdict,
    warned,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import Support, kernel_support

_NAMED_BY_ORDER = re.compile(r"(?:root|resume)=/dev/(?:sd|hd|vd|xvd)[a-z]+[0-9]*\Z")
_ACPI_OFF = "acpi=0"
_MT_TAG, _MT_KERNEL = "UBUNTU-16.04-64", "4.15."
_MAY_LACK_LIS = ("RHEL5-64", "RHEL6-64")
_LOGICAL_VOLUME = "LVM-"
_NO_DISK = "no block device under /boot, as in a container"
_NO_LOADER = "no configuration of a boot loader"
_NOT_ROOT = "only root reads every file of the boot loader"
_UNTOLD = "a mapped device of which the kernel does not tell whether it is a logical volume"


def kernel_supported(subject: Subject) -> Finding:
    """The running kernel."""
    return _supported(subject, subject.host.kernel_running)


def next_kernel_supported(subject: Subject) -> Finding:
    """The kernel of the next boot: with another one the agent would stop working then. A guess hinders nobody."""
    kernel = subject.host.kernel_next
    if not kernel:
        return unknown("no kernel of the next boot that plain files tell")
    found = _supported(subject, kernel)
    if found.status is not Status.FAIL or subject.host.kernel_next_named:
        return found
    return warned(f"{found.found}; it is the newest one in /boot, and the boot loader may choose another")


def _supported(subject: Subject, kernel: str) -> Finding:
    if not subject.is_agent:
        return beside_the_point("a master target")
    if not subject.tag:
        return unknown("no tag, so no list of kernels")
    found = kernel_support(kernel, subject.tag, subject.version, subject.lists)
    fact = {Support.SUPPORTED: True, Support.UNSUPPORTED: False}.get(found.support)
    return verdict(fact, found.reason, found.reason) if fact is not None else unknown(found.reason)


@for_agents
def kernel_directory(subject: Subject) -> Finding:
    """Where the driver goes; it is missing when the package of the running kernel was removed."""
    kernel = subject.host.kernel_running
    return verdict(subject.seen.kernel_directory, f"that of {kernel}", f"no /lib/modules/{kernel}/kernel/drivers/char")


def mt_kernel(subject: Subject) -> Finding:
    """A master target of Ubuntu 16.04 needs one kernel."""
    if subject.is_agent or subject.tag != _MT_TAG:
        return beside_the_point("no master target of Ubuntu 16.04")
    kernel = subject.host.kernel_running
    return verdict(kernel.startswith(_MT_KERNEL), kernel, kernel)


@for_agents
def lis_drivers(subject: Subject) -> Finding:
    """Old kernels start on Azure only with the drivers of Hyper-V in their initrd image."""
    if subject.tag not in _MAY_LACK_LIS or subject.wanted.platform != "VmWare":
        return beside_the_point("RHEL and CentOS 5 and 6 outside Azure only")
    return verdict(subject.seen.integration_services, "hv_storvsc", "no hv_storvsc in the initrd image")


@for_agents
def secure_boot(subject: Subject) -> Finding:
    """The driver is not signed. The installer asks mokutil only; the firmware is asked here where there is none."""
    state = subject.seen.secure_boot
    return verdict(None if state is None else state != "enabled", f"Secure Boot: {state}", "Secure Boot enabled")


@for_agents
def acpi_off(subject: Subject) -> Finding:
    """Of the running kernel."""
    words = subject.seen.acpi_words
    if words is None or not subject.seen.boot_loader_files:
        return unknown(_NO_LOADER)
    return verdict(_ACPI_OFF not in words, " ".join(words) or "no acpi= on the command line", _ACPI_OFF)


@for_agents
def grub_device_exists(subject: Subject) -> Finding:
    """Logical volumes by rd.lvm.lv and rd_LVM_LV."""
    if subject.host.uid != 0:
        return unknown(_NOT_ROOT)
    if not subject.seen.boot_loader_files:
        return unknown(_NO_LOADER)
    volumes = subject.seen.boot_volumes
    missing = sorted(volume for volume, exists in volumes.items() if not exists)
    return verdict(not missing, ", ".join(volumes) or "no logical volume named", f"no {', no '.join(missing)}")


@for_agents
def grub_device_name(subject: Subject) -> Finding:
    """Names given in the order of discovery change in Azure."""
    if subject.host.uid != 0:
        return unknown(_NOT_ROOT)
    if not subject.seen.boot_loader_files:
        return unknown(_NO_LOADER)
    named = [device for device in subject.seen.boot_devices if _NAMED_BY_ORDER.match(device)]
    return verdict(not named, "no device named by order", ", ".join(named))


@for_agents
def boot_disk(subject: Subject) -> Finding:
    """The disks below the device of /boot."""
    if "boot" not in subject.seen.devices:
        return unknown(_NO_DISK)
    device, disks = subject.seen.devices["boot"], subject.seen.disks.get("boot", ())
    return verdict(bool(disks), f"{', '.join(disks)} below {device}", f"no disk below {device}")


@for_agents
def boot_partition_mounted(subject: Subject) -> Finding:
    """As near as plain files tell: /etc/fstab has an entry for /boot, and it is not mounted."""
    place, wanted = subject.host.filesystems.get("boot"), subject.seen.boot_in_fstab
    if "boot" not in subject.seen.devices or place is None or wanted is None:
        return unknown(_NO_DISK)
    if not wanted:
        return passed("no entry for /boot in /etc/fstab")
    return verdict(place.mount_point == "/boot", f"/boot on {place.device}", "an entry in /etc/fstab, not mounted")


@for_agents
def boot_on_lvm_of_several_disks(subject: Subject) -> Finding:
    """The boot loader in Azure finds one disk."""
    if "boot" not in subject.seen.devices:
        return unknown(_NO_DISK)
    if _is_untold(subject, "boot"):
        return unknown(_UNTOLD)
    if not subject.seen.mapped.get("boot", "").startswith(_LOGICAL_VOLUME):
        return beside_the_point("/boot is on no logical volume")
    found = f"{subject.seen.devices['boot']} on {', '.join(subject.seen.disks.get('boot', ()))}"
    return verdict(len(subject.seen.disks.get("boot", ())) <= 1, found, found)


@for_agents
def lvm_package(subject: Subject) -> Finding:
    """The installer asks LVM where / is."""
    if "root" not in subject.seen.devices:
        return unknown("no block device under /, as in a container")
    if _is_untold(subject, "root"):
        return unknown(_UNTOLD)
    if not subject.seen.mapped.get("root", "").startswith(_LOGICAL_VOLUME):
        return beside_the_point("/ is on no logical volume")
    return verdict(subject.host.tools.get("vgdisplay"), "vgdisplay", "no vgdisplay")


def _is_untold(subject: Subject, place: str) -> bool:
    """A device of the device mapper, on a kernel that is too old to say whose (RHEL 5)."""
    return subject.seen.blocks.get(place, "").startswith("dm-") and place not in subject.seen.mapped


JUDGES: t.Mapping[str, Judge] = {
    "kernel_supported": kernel_supported,
    "next_kernel_supported": next_kernel_supported,
    "kernel_directory": kernel_directory,
    "mt_kernel": mt_kernel,
    "lis_drivers": lis_drivers,
    "secure_boot": secure_boot,
    "acpi_off": acpi_off,
    "grub_device_exists": grub_device_exists,
    "grub_device_name": grub_device_name,
    "boot_disk": boot_disk,
    "boot_partition_mounted": boot_partition_mounted,
    "boot_on_lvm_of_several_disks": boot_on_lvm_of_several_disks,
    "lvm_package": lvm_package,
}
