# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel of the next boot, for the boot loaders of the supported systems; when in doubt, none."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernels import next_kernel
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import parse_facts
from unit.mobility.outputs import output

TWO = ("kernel.installed=6.1.0-9-amd64", "kernel.installed=6.1.0-28-amd64")
EL = (
    "kernel.installed=5.14.0-427.el9.x86_64",
    "kernel.installed=5.14.0-503.el9.x86_64",
    "kernel.installed=0-rescue-4c4c4544",
    "kernel.grub_default=saved",
)
EL6 = ("kernel.installed=2.6.32-71.el6", "kernel.installed=2.6.32-754.el6")
LEGACY = "kernel.legacy=2|/vmlinuz-2.6.32-754.el6"
ENTRY = "kernel.entry=4c4c-5.14.0-427.el9.x86_64.conf|/boot/vmlinuz-5.14.0-427.el9.x86_64"


@pytest.mark.parametrize(
    ("lines", "kernel"),
    [
        ((), None),
        (TWO, "6.1.0-28-amd64"),
        ((*TWO, "kernel.grub_default=0"), "6.1.0-28-amd64"),
        ((*TWO, 'kernel.grub_default="1>2"'), None),
        ((*TWO, "kernel.grub_default='gnulinux-6.1.0-9-amd64-advanced-1'"), "6.1.0-9-amd64"),
        ((*TWO, "kernel.saved_entry=gnulinux-6.1.0-9-amd64"), "6.1.0-28-amd64"),  # not asked for by the default 0
        ((*TWO, "kernel.next_entry=gnulinux-6.1.0-9-amd64"), "6.1.0-9-amd64"),
        (EL, "5.14.0-503.el9.x86_64"),
        ((*EL, ENTRY, "kernel.saved_entry=4c4c-5.14.0-427.el9.x86_64"), "5.14.0-427.el9.x86_64"),
        ((*EL, "kernel.saved_entry=CentOS Linux (5.14.0-427.el9.x86_64) 7 (Core)"), "5.14.0-427.el9.x86_64"),
        ((*EL, "kernel.saved_entry=0"), "5.14.0-503.el9.x86_64"),
        ((*EL, "kernel.saved_entry=something else"), None),
        (
            (
                *EL6,
                "kernel.legacy_default=1",
                "kernel.legacy=0|/vmlinuz-2.6.32-754.el6",
                "kernel.legacy=1|/boot/vmlinuz-2.6.32-71.el6",
            ),
            "2.6.32-71.el6",
        ),
        ((*EL6, "kernel.legacy_default=2", "kernel.legacy=0|/vmlinuz-2.6.32-71.el6", LEGACY), "2.6.32-754.el6"),
        ((*EL6, "kernel.legacy_default=1", LEGACY), None),  # a title without a kernel
        ((*EL6, "kernel.legacy_default=7", "kernel.legacy=0|/vmlinuz-2.6.32-754.el6"), None),
        (("kernel.legacy=0|/vmlinuz-2.6.32-754.el6",), None),  # which is not installed any more
        (("kernel.legacy=0|/xen.gz",), None),
        ((*EL6, "kernel.legacy=0|/xen.gz", "kernel.legacy=0|/vmlinuz-2.6.32-71.el6"), "2.6.32-71.el6"),
    ],
)
def test_next_kernel(lines: tuple[str, ...], kernel: str | None) -> None:
    assert next_kernel(parse_facts(output(*lines))).release == kernel


@pytest.mark.parametrize(
    "left",
    [
        *("6.1.0-99-amd64.efi.signed", "6.1.0-99-amd64.signed", "6.1.0-99-amd64.dpkg-bak", "6.1.0-99-amd64.dpkg-new"),
        *("6.1.0-99-amd64.rpmsave", "6.1.0-99-amd64.orig", "6.1.0-99-amd64.old", "6.1.0-99-rt-amd64"),
        *("6.1.0-99.el9.x86_64+debug", "6.1.0-99.el9.x86_64+rt", "6.1.0-99.rt56.1.el7.x86_64", "6.1.0-99-preempt"),
    ],
)
def test_what_is_no_usual_kernel_is_not_the_newest(left: str) -> None:
    assert next_kernel(parse_facts(output(*TWO, f"kernel.installed={left}"))).release == "6.1.0-28-amd64"


def test_a_special_kernel_is_followed_by_its_kind() -> None:
    lines = (*TWO, "kernel.installed=6.1.0-12-rt-amd64", "kernel.installed=6.1.0-9-rt-amd64")
    assert next_kernel(parse_facts(output(*lines, "uname=web 6.1.0-9-rt-amd64 x86_64"))).release == "6.1.0-12-rt-amd64"
    assert next_kernel(parse_facts(output(*lines, "uname=web-rt 6.1.0-9-amd64 x86_64"))).release == "6.1.0-28-amd64"


def test_an_image_without_modules_is_a_leftover() -> None:
    lines = (*TWO, "kernel.installed=6.1.0-99-amd64", "kernel.modules=6.1.0-28-amd64", "kernel.modules=6.1.0-9-amd64")
    assert next_kernel(parse_facts(output(*lines))).release == "6.1.0-28-amd64"


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ((), False),
        (TWO, False),
        ((*TWO, "kernel.next_entry=0"), False),
        ((*TWO, "kernel.next_entry=something else"), False),
        ((*EL, "kernel.saved_entry=0"), False),
        ((*EL, "kernel.saved_entry=something else"), False),
        ((*EL, ENTRY, "kernel.saved_entry=4c4c-5.14.0-427.el9.x86_64"), True),
        ((*TWO, "kernel.next_entry=gnulinux-6.1.0-9-amd64"), True),
        ((*TWO, "kernel.grub_default='gnulinux-6.1.0-9-amd64-advanced-1'"), True),
        ((*EL6, "kernel.legacy=0|/vmlinuz-2.6.32-71.el6"), True),
    ],
)
def test_only_an_entry_names_a_kernel(lines: tuple[str, ...], named: bool) -> None:
    assert next_kernel(parse_facts(output(*lines))).named is named
