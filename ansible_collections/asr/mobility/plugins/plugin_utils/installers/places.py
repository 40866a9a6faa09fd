# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse addresses and paths of users that must not reach a shell, a log or a web server as they are."""

from __future__ import annotations

import posixpath
import re
import urllib.parse

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_SCHEMES = ("http", "https")
_URL_CHARACTERS = re.compile(
    r"[A-Za-z0-9._~:/?#\[\]@%+,=-]+", re.ASCII
)  # of RFC 3986, those without a meaning in shells


def check_url(url: str) -> str:
    """The address, unchanged, when it may be used; otherwise an invalid_argument MobilityError.

    No user, password or query: command lines, logs and error messages show addresses, and queries carry tokens.
    """
    parts = _split(url, "URL")
    if parts.query or parts.fragment:
        raise _invalid(
            f"a URL on {parts.hostname} with a query or a fragment",
            "a URL without ? and #, because messages show it and queries often carry access tokens",
            "Download the file to the controller and name it with installer_path.",
        )
    return url


def check_proxy(proxy: str | None) -> str | None:
    """The proxy, unchanged, when it is none or scheme, host and maybe port; otherwise an invalid_argument error."""
    if proxy is None or not proxy:
        return None
    parts = _split(proxy, "proxy")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _invalid("a proxy with a path", "http://host:port", "Give only scheme, host and port of the proxy.")
    return proxy


def check_remote_path(path: str) -> str:
    """A path on the target, normalised; it must be absolute, without '..' and without control characters."""
    bad = next((text for failed, text in _path_tests(path) if failed), None)
    if bad:
        raise _invalid(f"path {path!r} {bad}", "an absolute path on the target", "Correct the path.")
    return posixpath.normpath("/" + path.lstrip("/"))


def last_component(url_or_path: str) -> str:
    """The name behind the last slash, percent-decoded for addresses; empty for a folder written with a slash."""
    if url_or_path.startswith("/"):
        return url_or_path.rpartition("/")[2]
    return urllib.parse.unquote(urllib.parse.urlsplit(url_or_path).path.rpartition("/")[2])


def is_url(place: str) -> bool:
    """True for what is written as a web address."""
    return place.lower().startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def _path_tests(path: str) -> tuple[tuple[bool, str], ...]:
    return (
        (not path.isprintable() or "\\" in path, "holds control characters or a backslash"),
        (not path.startswith("/"), "is not absolute"),
        (".." in path.split("/"), "climbs with '..'"),
    )


def _split(url: str, what: str) -> urllib.parse.SplitResult:
    """The parts of an address whose scheme, host, port and characters are fine. Messages never show a user part."""
    remedy = f"Correct the {what}."
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise _invalid(
            f"a {what} with a user name or password in it",
            f"a {what} without them, because logs and command lines show it",
            "Use the options for user name and password, or a server that needs none.",
        )
    if _URL_CHARACTERS.fullmatch(url) is None:
        raise _invalid(f"{what} {url!r} with characters that no address has", "an http or https address", remedy)
    try:
        parts = urllib.parse.urlsplit(url)
        fine = parts.scheme.lower() in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise _invalid(f"{what} {url!r}", "an http or https address with a host", remedy)
    return parts


def _invalid(found: str, expected: str, remedy: str) -> MobilityError:
    return MobilityError(Reason.INVALID_ARGUMENT, found=found, expected=expected, remedy=remedy)
