# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take secrets out of everything that leaves a task, however deep they lie and however they are encoded."""

from __future__ import annotations

import base64
import json
import typing as t
import urllib.parse

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_SHORTEST = 3  # shorter "secrets" would mask ordinary words and tell nothing anyway


def secret_values(argument_spec: t.Mapping[str, t.Any], arguments: t.Mapping[str, t.Any]) -> frozenset[str]:
    """The texts of every no_log option, nested options included."""
    found: set[str] = set()
    for name, option in argument_spec.items():
        value = arguments.get(name)
        if value is None:
            continue
        if option.get("no_log"):
            found.update(_texts(value))
        elif "options" in option:
            for part in value if isinstance(value, list) else [value]:
                found.update(secret_values(option["options"], part))
    return frozenset(text for text in found if len(text) >= _SHORTEST)


def mask(value: object, secrets: t.Iterable[str]) -> object:
    """A copy of value in plain JSON types, every secret and every common encoding of it replaced by MASK."""
    needles = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    return _mask(value, needles)


def _mask(value: object, needles: t.Sequence[str]) -> object:
    if isinstance(value, str):
        return _mask_text(value, needles)
    if isinstance(value, t.Mapping):
        return {_mask_text(str(key), needles): _mask(item, needles) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_mask(item, needles) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _mask_text(str(value), needles)


def _mask_text(text: str, needles: t.Sequence[str]) -> str:
    plain = str.__str__(text)  # Enums and tagged strings become plain text
    for needle in needles:
        plain = plain.replace(needle, MASK)
    return plain


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    return {
        secret,
        base64.b64encode(raw).decode("ascii"),
        base64.b64encode(raw).decode("ascii").rstrip("="),
        base64.urlsafe_b64encode(raw).decode("ascii"),
        urllib.parse.quote(raw, safe=""),
        urllib.parse.quote(raw),
        urllib.parse.quote_plus(raw),
        json.dumps(secret)[1:-1],
        secret.replace("'", "'\"'\"'"),
    }


def _texts(value: object) -> set[str]:
    if isinstance(value, t.Mapping):
        return set().union(*(_texts(item) for item in value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*(_texts(item) for item in value))
    return {str(value)}
