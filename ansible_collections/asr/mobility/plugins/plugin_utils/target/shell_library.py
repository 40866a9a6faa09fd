# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell side of the POSIX target lies in scripts/*.sh, where shellcheck and several shells can read it."""

from __future__ import annotations

import functools
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"


@functools.cache
def sent_text(path: Path) -> str:
    """A script as it is sent to a host: without blank lines, comment lines and indentation, a third of its size.

    A script travels with every run of every host. No script may therefore hold a string or here-document in which an
    indentation or a line that begins with # means something."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def library(*names: str) -> str:
    """The texts of the named scripts, joined in order: libraries of shell functions first, the script that uses
    them last. names: file names in target/scripts without ".sh"."""
    return "\n".join(sent_text(_FOLDER / f"{name}.sh") for name in names)


def parse_facts(output: str) -> dict[str, str]:
    """The lines `key=value` of a script's output as a mapping; other lines are dropped, the last of equal keys wins."""
    pairs = (line.partition("=") for line in output.splitlines())
    return {key: value for key, separator, value in pairs if separator and key and " " not in key}
