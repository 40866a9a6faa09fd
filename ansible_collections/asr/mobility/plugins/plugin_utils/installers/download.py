# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch from web servers on the controller: a folder's page, a file of sums, and an installer once for all hosts."""

from __future__ import annotations

import contextlib
import email.message
import errno
import fcntl
import hashlib
import http.client
import os
import ssl
import stat
import typing as t
import urllib.error
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.urls import ConnectionError as AnsibleConnectionError
from ansible.module_utils.urls import open_url

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import check_sha256
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import (
    CHUNK,
    SNIFF_BYTES,
    looks_like_html,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import (
    check_proxy,
    check_url,
    last_component,
)

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST_TEXT = 4 * CHUNK
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_BYPASS_VARIABLES = ("no_proxy", "NO_PROXY")
_TROUBLE = (OSError, http.client.HTTPException, AnsibleConnectionError, ValueError)
_PASSING_STATUSES = (408, 425, 429)  # of the client's errors, those that ask for another try


class Response(t.Protocol):
    """What open_url returns, as far as it is used here."""

    headers: email.message.Message
    status: int

    def read(self, size: int) -> bytes:
        """At most that many bytes; none at the end."""

    def close(self) -> None:
        """Give the connection back."""


@dataclass(frozen=True)
class Web:
    """How to reach web servers. proxy: None means the environment's; timeout: seconds of silence; password: secret.

    login_host: the only host (and port, as written in addresses) that gets user name and password; None means that
    whichever server the address names does.
    """

    proxy: str | None = None
    validate_certs: bool = True
    timeout: int = 60
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    login_host: str | None = None

    def __post_init__(self) -> None:
        check_proxy(self.proxy)

    def knows(self, host: str) -> bool:
        """True for a host that may see the password."""
        return self.username is not None and self.login_host in (None, host.lower())


class DownloadError(MobilityError):
    """download_failed. passing: the same request may succeed later, because a network or a server was in trouble.

    status: of HTTP, where the server answered with an error.
    """

    def __init__(self, *, found: str, expected: str, remedy: str, passing: bool, status: int | None) -> None:
        super().__init__(Reason.DOWNLOAD_FAILED, found=found, expected=expected, remedy=remedy)
        self.passing = passing
        self.status = status


def default_cache_directory() -> Path:
    """Where downloads are kept between tasks: a directory of this user on the controller."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "asr.mobility"


def fetch_text(url: str, web: Web) -> str:
    """A small text (a folder's page, a file of sums) of a web server. Raises download_failed."""
    with opened(url, web) as response:
        data = read(response, url, _LONGEST_TEXT + 1)
    if len(data) > _LONGEST_TEXT:
        raise failed(url, f"more than {_LONGEST_TEXT} bytes", "a page with file names or a file of sums")
    return data.decode("utf-8", "replace")


def download(url: str, directory: Path, sha256: str, web: Web | None = None) -> Path:
    """The installer of that address as a file on this controller, verified; fetched once however many forks ask.

    directory: a cache of this user, made when absent. sha256: lower case hex; the file lies in a folder of that name,
    so another content under the same file name never gets in the way. Raises download_failed, checksum_mismatch,
    no_space, invalid_argument.
    """
    check_url(url)
    folder = directory / sha256
    target = folder / last_component(url)
    if read_name(target.name) is None:
        raise failed(url, f"a file name {target.name!r}", "the published name of an installer")
    try:
        _make_private(directory)
        folder.mkdir(mode=0o700, exist_ok=True)
        with _locked(directory / f"{sha256}.lock"):
            if not (target.is_file() and sha256_of(target) == sha256):
                _fetch(url, target, sha256, web or Web())
    except OSError as error:
        raise _cannot_keep(directory, error) from error
    return target


def failed(
    url: str, found: str, expected: str = "the file", *, passing: bool = False, status: int | None = None
) -> DownloadError:
    """The error for whatever a web server or the way to it did."""
    return DownloadError(
        found=f"{found} for {url}",
        expected=expected,
        remedy="Check the address, the proxy and the certificates from this controller, or use installer_path.",
        passing=passing,
        status=status,
    )


def _fetch(url: str, target: Path, sha256: str, web: Web) -> None:
    """Only the holder of the lock comes here, so one name for the unfinished file is enough."""
    partial = target.with_name(target.name + ".partial")
    try:
        with partial.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            found = _receive(url, file, web)
        check_sha256(found, sha256, target.name)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _receive(url: str, file: t.BinaryIO, web: Web) -> str:
    """Write the body to the file; return its sha256. A body shorter than announced is an error, not a mismatch."""
    digest, received = hashlib.sha256(), 0
    with opened(url, web) as response:
        announced = response.headers.get("Content-Length")
        while chunk := read(response, url, CHUNK):
            if not received and looks_like_html(chunk[:SNIFF_BYTES]):
                raise failed(url, "an HTML page (an error or login page?)", "an installer")
            file.write(chunk)
            digest.update(chunk)
            received += len(chunk)
    if announced is not None and announced.isdecimal() and received != int(announced):
        raise failed(url, f"{received} of {announced} bytes, then the connection ended", "the whole file")
    return digest.hexdigest()


def read(response: Response, url: str, size: int) -> bytes:
    """Read apart from writing: an OSError here is the network's (download_failed), there it is the disk's."""
    try:
        return response.read(size)
    except _TROUBLE as error:
        raise failed(url, _words(error), "the whole file", passing=True) from error


@contextlib.contextmanager
def opened(url: str, web: Web, headers: t.Mapping[str, str] | None = None) -> t.Iterator[Response]:
    """The answer to a GET, redirects followed by hand: each goes through the same checks, none from https to http."""
    with _proxy_environment(web.proxy), contextlib.closing(_follow(check_url(url), web, headers or {})) as response:
        yield response


def _follow(url: str, web: Web, headers: t.Mapping[str, str]) -> Response:
    address = url
    for _hop in range(_MOST_REDIRECTS + 1):
        answer = _get(address, url, web, headers)
        if not isinstance(answer, str):
            return answer
        address = _checked_redirect(url, address, answer)
    raise failed(url, f"more than {_MOST_REDIRECTS} redirects")


def _get(address: str, url: str, web: Web, headers: t.Mapping[str, str]) -> Response | str:
    """The response, or where it redirects to. The password goes only to the server it was given for."""
    here, asked = urllib.parse.urlsplit(address), urllib.parse.urlsplit(url)
    login = here[:2] == asked[:2] and web.knows(here.netloc)
    try:
        response: Response = open_url(
            address,
            headers=dict(headers),
            timeout=web.timeout,
            validate_certs=web.validate_certs,
            follow_redirects="none",
            url_username=web.username if login else None,
            url_password=web.password if login else None,
            force_basic_auth=login,
            decompress=False,
        )
    except urllib.error.HTTPError as error:
        error.close()
        location = error.headers.get("Location")
        if error.code in _REDIRECTS and location:
            return urllib.parse.urljoin(address, location)
        passing = error.code >= 500 or error.code in _PASSING_STATUSES
        found = f"HTTP status {error.code} {error.reason or ''}".rstrip()
        raise failed(url, found, passing=passing, status=error.code) from error
    except _TROUBLE as error:
        raise failed(url, _words(error), passing=not _is_distrust(error)) from error
    return response


def _checked_redirect(url: str, address: str, next_address: str) -> str:
    parts = urllib.parse.urlsplit(next_address)
    if urllib.parse.urlsplit(address).scheme == "https" and parts.scheme != "https":
        raise failed(url, f"a redirect from https to {parts.scheme}", "an address that stays with https")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise failed(url, "a redirect to something else than a web address")
    return next_address


def _is_distrust(error: BaseException) -> bool:
    """True for a certificate that nobody vouches for: it does not get better by asking again."""
    return isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError) or isinstance(error, ValueError)


def _words(error: BaseException) -> str:
    """The cause in one line; urllib wraps the interesting one."""
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return "no answer within the time limit"
    return " ".join(str(reason).split()) or type(reason).__name__


@contextlib.contextmanager
def _proxy_environment(proxy: str | None) -> t.Iterator[None]:
    """open_url takes its proxy from the environment only; a fork of Ansible works for one task, so it may be set."""
    if not proxy:
        yield
        return
    names = _PROXY_VARIABLES + _BYPASS_VARIABLES
    before = {name: os.environ.get(name) for name in names}
    for name in names:
        os.environ.pop(name, None)
    os.environ.update({name: proxy for name in _PROXY_VARIABLES})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _make_private(directory: Path) -> None:
    """A cache that somebody else can write to could be changed between the check and the use of a file."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = directory.stat()
    if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o022:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"{directory} belongs to, or can be written by, somebody else",
            expected="a directory for downloads that only this user can write to",
            remedy="Correct its owner and mode, or set XDG_CACHE_HOME to another place.",
        )


@contextlib.contextmanager
def _locked(path: Path) -> t.Iterator[None]:
    """The lock ends with its process, so a killed controller leaves none behind."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _cannot_keep(directory: Path, error: OSError) -> MobilityError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return MobilityError(
        Reason.NO_SPACE if full else Reason.DOWNLOAD_FAILED,
        found=f"{error.strerror or error} in {directory} on the controller",
        expected="room for the installer in the controller's cache directory",
        remedy="Make room there, or set XDG_CACHE_HOME to another place.",
    )
