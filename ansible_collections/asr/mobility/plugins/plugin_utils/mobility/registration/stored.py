# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what a probe shows of etc/SourceConfig.json: single pairs of key and value, without the nesting around them."""

from __future__ import annotations

import json
import typing as t

_APPLIANCE_KEYS = ("Id", "FriendlyName", "IpAddresses", "NatIpAddress", "Port")
_APPLIANCE = "RcmProxyTransportSettings"


def source_config(pairs: t.Iterable[str]) -> dict[str, t.Any]:
    """The pairs in the shape of the file they came from, as place_of() reads it. Of equal keys the first counts.

    pairs: texts such as `"Port": 443`. What is not such a pair is dropped.
    """
    known: dict[str, t.Any] = {}
    for pair in pairs:
        for key, value in _parsed(pair).items():
            known.setdefault(key, value)
    if not known:
        return {}
    settings = {key: known.pop(key) for key in _APPLIANCE_KEYS if key in known}
    return {**known, _APPLIANCE: settings}


def _parsed(pair: str) -> dict[str, t.Any]:
    try:
        data = json.loads(f"{{{pair}}}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
