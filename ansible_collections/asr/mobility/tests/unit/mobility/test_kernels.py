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
                "kernel.legacy_default=1",
                "kernel.legacy=/vmlinuz-2.6.32-754.el6",
                "kernel.legacy=/boot/vmlinuz-2.6.32-71.el6",
            ),
            "2.6.32-71.el6",
        ),
        (("kernel.legacy_default=7", "kernel.legacy=/vmlinuz-2.6.32-754.el6"), None),
        (("kernel.legacy=/xen.gz",), None),
    ],
)
def test_next_kernel(lines: tuple[str, ...], kernel: str | None) -> None:
    assert next_kernel(parse_facts(output(*lines))) == kernel
