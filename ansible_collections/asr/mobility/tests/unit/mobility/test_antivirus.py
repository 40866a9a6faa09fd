# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reminder about endpoint protection names what is seen and what must be left alone, and is silent otherwise."""

from __future__ import annotations

import re

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.antivirus import (
    LINUX_FOLDERS,
    PROCESSES,
    WINDOWS_FOLDERS,
    linux_folders,
    products,
    reminder,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import SCRIPT_FILE


def test_names_can_be_those_of_processes() -> None:
    assert PROCESSES
    assert [name for name in PROCESSES if len(name) > 15 or name != name.strip()] == []


def test_both_documented_folders_are_there() -> None:
    assert len(WINDOWS_FOLDERS) == 2
    assert all(folder.startswith("/") for folder in LINUX_FOLDERS)


def test_a_product_is_named_once() -> None:
    assert products(["sshd", "wdavdaemon", "mdatp", "falcon-sensor"]) == (
        "CrowdStrike Falcon",
        "Microsoft Defender for Endpoint",
    )


def test_the_sentence_names_product_and_folders() -> None:
    sentence = reminder(["ds_agent"], "/opt/ASR") or ""
    assert "Trend Micro" in sentence
    assert all(folder in sentence for folder in ("/opt/ASR", "/usr/local/InMage", "/etc/vxagent"))
    assert linux_folders() == LINUX_FOLDERS


def test_without_a_product_there_is_nothing_to_say() -> None:
    assert reminder(["sshd", "systemd", "svagents"]) is None


def test_the_probe_looks_for_every_process_of_the_table() -> None:
    text = SCRIPT_FILE.read_text(encoding="utf-8")
    (names,) = re.findall(r"\n +(wdavdaemon[^)]*)\)", text)
    assert set(re.split(r"[\s|\\]+", names)) == set(PROCESSES)
    assert all(len(name) <= 15 for name in PROCESSES)  # the kernel cuts names there
