# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One probe is one script execution: what to ask for, and its output as a mapping before anyone interprets it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

SCRIPT_FILE = Path(__file__).parent / "scripts" / "probe.sh"
_COMPLETE = "probe=complete"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WRITTEN = {"n": "\n", "\\": "\\"}


@dataclass(frozen=True)
class ProbeQuery:
    """What a probe is asked: where this task would work, and what costs extra."""

    staging: str
    prefix: str = "/usr/local/ASR"  # the wanted install_dir
    remote_path: str | None = None  # installer_remote_path: list what lies there
    any_user: bool = False  # look without root too: what needs it is then missing, and the uid tells
    closely: bool = False  # measure the installed program tree (an upgrade backs it up), ask the loaded driver
    remains: bool = False  # list what a removal leaves behind
    preflight: bool = False  # examine what an installation needs (scripts/preflight.sh, sent then only)
    nonce: str = ""  # look at the stored registration too, its passphrase only as a hash salted with this word

    @property
    def variables(self) -> t.Mapping[str, str]:
        """The values that stand before the script's text."""
        return {
            "ASR_STAGING": self.staging,
            "ASR_PREFIX": self.prefix,
            "ASR_REMOTE_PATH": self.remote_path or "",
            "ASR_CLOSELY": "1" if self.closely else "0",
            "ASR_REMAINS": "1" if self.remains else "0",
            "ASR_NONCE": self.nonce,
        }


@dataclass(frozen=True)
class Facts:
    """The probe's output: key -> values in order, and the files it brought: path -> content."""

    values: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    files: t.Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str) -> str | None:
        """The last value of a key; None when it is missing or empty."""
        return (self.values.get(key) or [""])[-1] or None

    def all(self, key: str) -> t.Sequence[str]:
        """Every value of a key that may come several times."""
        return tuple(self.values.get(key, ()))

    def flag(self, key: str) -> bool:
        """True for 1; a missing flag is False."""
        return self.get(key) == "1"

    def under(self, prefix: str) -> dict[str, str]:
        """The last values of all keys that begin with prefix and a dot, without both."""
        start = f"{prefix}."
        return {key[len(start) :]: values[-1] for key, values in self.values.items() if key.startswith(start)}


def parse_facts(output: str) -> Facts:
    """The facts of a complete output; one that was cut is a script_failed MobilityError, never half a state."""
    lines = output.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[-1] != _COMPLETE:
        raise _cut(lines)
    values: dict[str, list[str]] = {}
    files: dict[str, list[str]] = {}
    for line in lines[:-1]:
        _sort(line, values, files)
    return Facts(values, {path: "\n".join(content) + "\n" for path, content in files.items()})


def _sort(line: str, values: dict[str, list[str]], files: dict[str, list[str]]) -> None:
    if line.startswith("file./"):
        path, _separator, content = line[len("file.") :].partition("|")
        files.setdefault(path, []).append(content)
        return
    key, separator, value = line.partition("=")
    if separator:
        values.setdefault(key, []).append(_ESCAPED.sub(_unescape, value))


def _unescape(match: re.Match[str]) -> str:
    return _WRITTEN.get(match[1], match[0])


def _cut(lines: t.Sequence[str]) -> MobilityError:
    return MobilityError(
        Reason.SCRIPT_FAILED,
        found=f"a probe of {len(lines)} lines without its last line",
        expected=f"{_COMPLETE!r} as the last line",
        remedy="Run the task with -vvv to see what the target answered.",
    )
