# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options about the checks before an installation; their defaults live here and nowhere else."""

from __future__ import annotations

CHECK_OPTIONS = {
    "skip_checks": {"type": "list", "elements": "str", "default": []},
    "kernel_lists": {"type": "path"},
}
