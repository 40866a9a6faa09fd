# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts about installer files lie in scripts/*.sh, where shellcheck and several shells can read them."""

from __future__ import annotations

import functools
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

_FOLDER = Path(__file__).parent / "scripts"


@functools.cache
def script_text(*names: str) -> str:
    """The texts of installers/scripts/<name>.sh, joined in order: a script that follows another one needs it first."""
    return "\n".join(sent_text(_FOLDER / f"{name}.sh") for name in names)
