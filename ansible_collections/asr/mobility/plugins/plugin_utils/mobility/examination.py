# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preflight saw of a host beside its state: the one place that knows the keys of scripts/preflight.sh.

A host whose tools are missing tells less. What it did not tell is None, or an empty collection beside a flag that says
whether somebody looked; a check of such a fact is unknown.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts

SCRIPT_FILE = Path(__file__).parent / "scripts" / "preflight.sh"
_COMPLETE = "complete"
_TOO_SLOW = "124"


@dataclass(frozen=True)
class Examination:
    """The facts of one preflight. Places are "root" (/) and "boot" (/boot)."""

    clock_offset: float | None = None  # seconds that the host's clock is ahead of the controller's
    c_locale: bool | None = None
    run_level: str | None = None  # systemd, stopping, or a number
    rpm_error: str | None = None  # empty: the database was read
    services: t.Collection[str] | None = None  # of fapolicyd, pacemakerd, corosync, multipathd: those that run
    selinux: str | None = None  # enforcing, permissive, none
    restart_files: t.Sequence[str] = ()  # with which a distribution says that it wants to be restarted
    writable: t.Mapping[str, bool] = field(default_factory=dict)  # directory -> whether it is
    secure_boot: str | None = None  # enabled, disabled, bios
    boot_loader_files: t.Sequence[str] = ()
    boot_devices: t.Sequence[str] = ()  # root=/dev/sda1, resume=/dev/sda2 in those files
    boot_volumes: t.Mapping[str, bool] = field(default_factory=dict)  # VG/LV named there -> whether it exists
    acpi_words: t.Sequence[str] | None = None  # acpi=... of the running kernel's command line
    kernel_directory: bool | None = None  # drivers/char of the running kernel
    initrd_bytes: t.Mapping[str, int] = field(default_factory=dict)  # path -> size
    integration_services: bool | None = None  # hv_storvsc in the initrd; RHEL 5 and 6 only
    devices: t.Mapping[str, str] = field(default_factory=dict)  # place -> block device of its file system
    blocks: t.Mapping[str, str] = field(default_factory=dict)  # place -> name of that device in the kernel
    disks: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)  # place -> the disks below that device
    mapped: t.Mapping[str, str] = field(default_factory=dict)  # place -> its id for the device mapper, LVM-...
    physical_disks: t.Sequence[str] = ()
    sectors: t.Mapping[str, int] = field(default_factory=dict)  # disk -> bytes of a logical sector
    multipath: t.Sequence[str] = ()
    untold_maps: t.Sequence[str] = ()  # devices of the mapper of which an old kernel does not tell whose they are
    btrfs: t.Sequence[t.Sequence[str]] = ()  # the devices of each btrfs
    boot_in_fstab: bool | None = None
    cluster_mounts: t.Sequence[str] = ()
    one_pass_encryption: bool | None = None
    interfaces: t.Sequence[str] = ()  # with hardware below them
    addresses: t.Sequence[tuple[str, str]] | None = None  # interface, IPv4 address
    hosts_addresses: t.Sequence[str] | None = None  # those of the host's own name in /etc/hosts
    dhcp_clients: t.Collection[str] | None = None


def examination(facts: Facts, received: float) -> Examination | None:
    """From the facts of a probe; None when the preflight was not asked for.

    received: seconds since the epoch on the controller when the facts arrived.
    """
    if facts.get("preflight") != _COMPLETE:
        return None
    clock = _number(facts.get("clock"))
    return Examination(
        clock_offset=None if clock is None else clock - received,
        c_locale=_flag(facts, "locale.c"),
        run_level=facts.get("run_level"),
        rpm_error=_rpm_error(facts),
        services=frozenset(facts.all("service")) if facts.flag("processes") else None,
        selinux={"1": "enforcing", "0": "permissive"}.get(facts.get("selinux") or "", facts.get("selinux")),
        restart_files=facts.all("reboot.file"),
        writable={path: value == "1" for path, value in _pairs(facts, "writable")},
        secure_boot=facts.get("secure_boot"),
        boot_loader_files=facts.all("grub.file"),
        boot_devices=facts.all("grub.device"),
        boot_volumes={volume: value == "1" for volume, value in _pairs(facts, "grub.volume")},
        acpi_words=facts.all("acpi.word") if facts.flag("acpi.looked") else None,
        kernel_directory=_flag(facts, "kernel.directory"),
        initrd_bytes={path: size for path, text in _pairs(facts, "initrd") if (size := _number(text)) is not None},
        integration_services=_flag(facts, "lis"),
        devices=facts.under("device"),
        blocks=facts.under("block"),
        disks={place: facts.all(f"disk.{place}") for place in facts.under("disk")},
        mapped=facts.under("mapper"),
        physical_disks=facts.all("physical"),
        sectors={disk: size for disk, text in _pairs(facts, "sector") if (size := _number(text)) is not None},
        multipath=facts.all("multipath"),
        untold_maps=facts.all("mapper_untold"),
        btrfs=tuple(tuple(line.split()) for line in facts.all("btrfs")),
        boot_in_fstab=facts.flag("fstab.boot") if facts.flag("fstab.looked") else None,
        cluster_mounts=facts.all("shared"),
        one_pass_encryption=_flag(facts, "azure_crypt"),
        interfaces=facts.all("interface"),
        addresses=_pairs(facts, "ipv4.address") if facts.flag("ipv4.looked") else None,
        hosts_addresses=facts.all("hosts.address") if facts.flag("hosts.looked") else None,
        dhcp_clients=frozenset(facts.all("dhcp")),
    )


def _flag(facts: Facts, key: str) -> bool | None:
    return {"1": True, "0": False}.get(facts.get(key) or "")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _pairs(facts: Facts, key: str) -> tuple[tuple[str, str], ...]:
    """Values "name|value", of which the last bar counts."""
    return tuple((name, value) for name, _bar, value in (item.rpartition("|") for item in facts.all(key)))


def _rpm_error(facts: Facts) -> str | None:
    """What rpm complained of. A database that another program holds, or none, is no fact, nor is a query too slow."""
    code = facts.get("rpm.code")
    if code in (None, _TOO_SLOW):
        return None
    words = facts.get("rpm.words") or ""
    return words if code == "0" else words or f"rpm -qa ended with {code}"
