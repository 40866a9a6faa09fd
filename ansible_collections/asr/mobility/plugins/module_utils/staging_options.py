# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every module about a host takes; their defaults live here and nowhere else."""

from __future__ import annotations

STAGING_OPTIONS = {
    "staging_dir": {"type": "str", "default": "/var/lib/asr-mobility"},
    "install_dir": {"type": "str", "default": "/usr/local/ASR"},
}
