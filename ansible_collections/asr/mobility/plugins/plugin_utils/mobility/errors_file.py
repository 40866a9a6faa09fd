# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the JSON error file of the installer, which its writer does not escape and a killed run leaves half written.

Facts (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): one object with the key Errors, a
list of objects with error_name, error_params (texts), default_message; no quote or backslash in a value is escaped.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

_NAME = re.compile(r'\s*:\s*"([A-Za-z0-9_.-]+)"')
_PARAMS = re.compile(r'"error_params"\s*:\s*\{(.*?)\}\s*(?:,|$)', re.DOTALL)
_PARAM = re.compile(r'"([A-Za-z0-9_]+)"\s*:\s*"(.*?)"\s*(?=,\s*"[A-Za-z0-9_]+"\s*:|\s*$)', re.DOTALL)
_MESSAGE = re.compile(r'"default_message"\s*:\s*"(.*)', re.DOTALL)
_MESSAGE_END = re.compile(r'"\s*(?:\}[\s,\]}]*)?$')


@dataclass(frozen=True)
class InstallerError:
    """One structured error of the installer: its identifier, its values, and the message Microsoft wrote for it."""

    name: str
    params: t.Mapping[str, str] = field(default_factory=dict)
    message: str = ""


def parse_errors(text: str) -> list[InstallerError]:
    """Every error that can be made out; an empty, foreign or cut text gives what is left of it, never an exception."""
    try:
        return _from_json(json.loads(text))
    except (ValueError, RecursionError):
        return _from_fragments(text)


def _from_json(data: object) -> list[InstallerError]:
    entries = data.get("Errors") if isinstance(data, dict) else None
    found = [_entry(entry) for entry in entries] if isinstance(entries, list) else []
    return [error for error in found if error is not None]


def _entry(entry: object) -> InstallerError | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("error_name"), str):
        return None
    params = entry.get("error_params")
    values = {str(key): str(value) for key, value in params.items()} if isinstance(params, dict) else {}
    return InstallerError(entry["error_name"], values, str(entry.get("default_message") or ""))


def _from_fragments(text: str) -> list[InstallerError]:
    """Each error begins with its name; what stands until the next one belongs to it."""
    parts = text.split('"error_name"')[1:]
    named = [(_NAME.match(part), part) for part in parts]
    return [_fragment(name[1], part[name.end() :]) for name, part in named if name]


def _fragment(name: str, rest: str) -> InstallerError:
    params = _PARAMS.search(rest)
    values = dict(_PARAM.findall(params[1].strip())) if params else {}
    message = _MESSAGE.search(rest)
    words = message[1].rstrip().rstrip(",{ \t\n") if message else ""
    return InstallerError(name, values, _MESSAGE_END.sub("", words).strip())
