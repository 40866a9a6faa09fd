# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whom to believe: where sums may come from, and which one server gets to see the password."""

from __future__ import annotations

import typing as t
import urllib.parse
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import read_sums
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import is_url
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import sums_text


def trusted_sums(place: str, web: Web) -> dict[str, str]:
    """File name -> sha256 of the file of sums at that path or URL.

    Sums vouch for servers that do not prove who they are, so their own server always must, whatever web says. Raises
    invalid_argument, download_failed.
    """
    if is_url(place) and urllib.parse.urlsplit(place).scheme.lower() != "https":
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"checksums from {place}",
            expected="a path or an https URL, because anyone on the way could change sums that come over http",
            remedy="Copy the file of sums to the controller by a way that you trust, or use https.",
        )
    return read_sums(sums_text(place, replace(web, validate_certs=True)), place)


def login_host(places: t.Iterable[str], named: str | None) -> str:
    """The one host (with its port, where one is written) that gets user name and password.

    places: addresses that will be asked, among paths that are not. named: the host that the caller chose, where there
    are several. Raises invalid_argument when the host cannot be told.
    """
    hosts = sorted({urllib.parse.urlsplit(place).netloc.lower() for place in places if is_url(place)})
    wanted = named.lower() if named else None
    if wanted in hosts or (wanted is None and len(hosts) == 1):
        return wanted or hosts[0]
    raise MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"a login for {named or 'one server'}, and addresses on {', '.join(hosts)}",
        expected="one server that the login is for",
        remedy="Name it with login_host as it stands in the addresses; the others are asked without the login.",
    )
