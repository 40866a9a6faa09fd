# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads on the controller: verified, once for all forks, and every failure named."""

from __future__ import annotations

import base64
import errno
import hashlib
import http.client
import multiprocessing
import multiprocessing.queues
import os
import socket
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers import download as download_module
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import (
    Web,
    default_cache_directory,
    download,
    fetch_text,
)
from unit.installers.material import Answer, WebServer

NAME = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"
CONTENT = b"\x1f\x8b\x08" + os.urandom(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WEB = Web(timeout=5)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def left_over(cache: Path) -> list[str]:
    return [path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def refusal(
    url: str, cache: Path, reason: Reason = Reason.DOWNLOAD_FAILED, sha256: str = SHA256, web: Web = WEB
) -> str:
    """The found-text of the error that a download must end with; nothing may be left of it."""
    with pytest.raises(MobilityError) as caught:
        download(url, cache, sha256, web)
    assert caught.value.reason is reason, caught.value
    assert left_over(cache) == []
    return caught.value.found


def test_a_file_is_downloaded_once_and_is_private(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/asr/{NAME}"] = Answer(body=CONTENT)
    url = f"{web_server.url}/asr/{NAME}"
    first, second = download(url, cache, SHA256, WEB), download(url, cache, SHA256)
    assert first == second
    assert first.name == NAME
    assert first.read_bytes() == CONTENT
    assert web_server.asked == [f"/asr/{NAME}"]
    assert (first.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_was_changed_or_cut_is_downloaded_again(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    path = download(f"{web_server.url}/{NAME}", cache, SHA256, WEB)
    path.write_bytes(CONTENT[:-1])
    path.with_name(NAME + ".partial").write_bytes(b"of a killed controller")
    assert download(f"{web_server.url}/{NAME}", cache, SHA256, WEB).read_bytes() == CONTENT
    assert left_over(cache) == [NAME]


def test_two_contents_under_one_name_do_not_disturb_each_other(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/a/{NAME}"] = Answer(body=CONTENT)
    web_server.answers[f"/b/{NAME}"] = Answer(body=b"other")
    one = download(f"{web_server.url}/a/{NAME}", cache, SHA256, WEB)
    other = download(f"{web_server.url}/b/{NAME}", cache, hashlib.sha256(b"other").hexdigest(), WEB)
    assert (one.read_bytes(), other.read_bytes()) == (CONTENT, b"other")


def _download_in_fork(url: str, cache: Path, results: multiprocessing.queues.Queue[str]) -> None:
    results.put(str(download(url, cache, SHA256, WEB)))


def test_many_forks_ask_the_server_once(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    arguments = (f"{web_server.url}/{NAME}", cache, results)
    forks = [context.Process(target=_download_in_fork, args=arguments) for _fork in range(6)]
    for fork in forks:
        fork.start()
    paths = {results.get(timeout=30) for _fork in forks}
    for fork in forks:
        fork.join(10)
    assert len(paths) == 1
    assert Path(paths.pop()).read_bytes() == CONTENT
    assert web_server.asked == [f"/{NAME}"]


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_the_status_of_the_server_is_told(web_server: WebServer, cache: Path, status: int) -> None:
    web_server.answers[f"/{NAME}"] = Answer(status, b"<html>sorry</html>", "text/html")
    found = refusal(f"{web_server.url}/{NAME}", cache)
    assert f"HTTP status {status}" in found
    assert f"{web_server.url}/{NAME}" in found


def test_a_page_in_place_of_the_archive(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=b"\n<!DOCTYPE html><title>Sign in</title>", kind="text/html")
    assert "an HTML page" in refusal(f"{web_server.url}/{NAME}", cache)


def test_another_content_than_expected(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    assert SHA256 in refusal(f"{web_server.url}/{NAME}", cache, Reason.CHECKSUM_MISMATCH, sha256="0" * 64)


def test_a_connection_that_ends_early_is_no_wrong_checksum(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT[:2_000_000], length=len(CONTENT))
    refusal(f"{web_server.url}/{NAME}", cache)


def test_a_server_that_names_no_length_is_fine(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT, chunked=True)
    assert download(f"{web_server.url}/{NAME}", cache, SHA256, WEB).read_bytes() == CONTENT


def test_an_archive_is_kept_as_it_is_whatever_the_server_calls_its_encoding(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT, headers={"Content-Encoding": "gzip"})
    assert download(f"{web_server.url}/{NAME}", cache, SHA256, WEB).read_bytes() == CONTENT


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(web_server: WebServer, cache: Path, code: int) -> None:
    web_server.answers[f"/{NAME}"] = Answer(code, headers={"Location": "/elsewhere"})
    web_server.answers["/elsewhere"] = Answer(body=CONTENT)
    assert download(f"{web_server.url}/{NAME}", cache, SHA256, WEB).name == NAME


@pytest.mark.parametrize("target", ["ftp://host/x", "file:///etc/passwd", "http://user:pw@127.0.0.1/x", "http://"])
def test_redirects_to_elsewhere_are_not(web_server: WebServer, cache: Path, target: str) -> None:
    web_server.answers[f"/{NAME}"] = Answer(302, headers={"Location": target})
    refusal(f"{web_server.url}/{NAME}", cache)


def test_an_endless_redirect_ends(web_server: WebServer, cache: Path) -> None:
    web_server.answers[f"/{NAME}"] = Answer(302, headers={"Location": f"/{NAME}"})
    assert "more than 5 redirects" in refusal(f"{web_server.url}/{NAME}", cache)
    assert len(web_server.asked) == 6


def test_nobody_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert "refused" in refusal(f"http://127.0.0.1:1/{NAME}", cache).lower()


def test_a_certificate_that_nobody_vouches_for(untrusted_server: WebServer, cache: Path) -> None:
    untrusted_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    url = f"{untrusted_server.url}/{NAME}"
    assert "certificate" in refusal(url, cache).lower()
    assert untrusted_server.asked == []
    assert download(url, cache, SHA256, Web(timeout=5, validate_certs=False)).read_bytes() == CONTENT


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_a_redirect_from_https_to_http(untrusted_server: WebServer, cache: Path, scheme: str) -> None:
    untrusted_server.answers[f"/{NAME}"] = Answer(302, headers={"Location": "http://127.0.0.1:1/x"})
    web = Web(timeout=5, validate_certs=False)
    url = f"{untrusted_server.url}/{NAME}".replace("https", scheme, 1)
    assert "a redirect from https to http" in refusal(url, cache, web=web)


def test_a_server_that_never_answers(cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = refusal(f"http://127.0.0.1:{silent.getsockname()[1]}/{NAME}", cache, web=Web(timeout=1))
    assert "no answer within the time limit" in found


def test_a_connection_that_breaks(web_server: WebServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> bytes:
        raise http.client.IncompleteRead(b"")

    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    monkeypatch.setattr(http.client.HTTPResponse, "read", broken)
    assert "IncompleteRead" in refusal(f"{web_server.url}/{NAME}", cache)


def test_a_password_goes_to_its_server_only(web_server: WebServer, cache: Path) -> None:
    elsewhere = web_server.url.replace("127.0.0.1", "localhost")
    web_server.answers[f"/{NAME}"] = Answer(302, headers={"Location": f"{elsewhere}/other"})
    web_server.answers["/other"] = Answer(404)
    web = Web(timeout=5, username="me", password="TOPSECRET")
    with pytest.raises(MobilityError) as caught:
        download(f"{web_server.url}/{NAME}", cache, SHA256, web)
    expected = "Basic " + base64.b64encode(b"me:TOPSECRET").decode()
    assert [headers.get("Authorization") for headers in web_server.headers] == [expected, None]
    assert "TOPSECRET" not in f"{caught.value} {web}"


def test_a_proxy_is_used_and_forgotten(web_server: WebServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    web_server.answers[f"http://installers.invalid/{NAME}"] = Answer(body=CONTENT)
    web = Web(timeout=5, proxy=web_server.url)
    assert download(f"http://installers.invalid/{NAME}", cache, SHA256, web).read_bytes() == CONTENT
    assert (os.environ["no_proxy"], os.environ["http_proxy"]) == ("*", "http://127.0.0.1:1")
    assert "https_proxy" not in os.environ


def test_a_proxy_with_a_password_is_refused() -> None:
    with pytest.raises(MobilityError, match="user name or password"):
        Web(proxy="http://me:pw@proxy:3128")


def test_the_proxy_of_the_environment_is_used(
    web_server: WebServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", web_server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    web_server.answers[f"http://installers.invalid/{NAME}"] = Answer(body=CONTENT)
    assert download(f"http://installers.invalid/{NAME}", cache, SHA256, WEB).name == NAME


@pytest.mark.parametrize("url", ["ftp://h/x", f"http://u:p@h/{NAME}", f"http://h/{NAME}?sig=x"])
def test_addresses_are_checked_first(cache: Path, url: str) -> None:
    with pytest.raises(MobilityError) as caught:
        download(url, cache, SHA256, WEB)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert not cache.exists()


@pytest.mark.parametrize("path", ["/agent.tar.gz", "/", "/..%2f..%2fetc%2fpasswd"])
def test_only_an_installers_name_becomes_a_file(web_server: WebServer, cache: Path, path: str) -> None:
    assert "a file name" in refusal(web_server.url + path, cache)
    assert web_server.asked == []


def test_a_cache_that_others_can_write_to_is_not_trusted(web_server: WebServer, cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    assert "somebody else" in refusal(f"{web_server.url}/{NAME}", cache, Reason.INVALID_ARGUMENT)


@pytest.mark.parametrize(("number", "reason"), [(errno.ENOSPC, Reason.NO_SPACE), (errno.EIO, Reason.DOWNLOAD_FAILED)])
def test_a_disk_that_takes_nothing(
    web_server: WebServer, cache: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: Reason
) -> None:
    def refuse(*_arguments: object) -> str:
        raise OSError(number, os.strerror(number))

    web_server.answers[f"/{NAME}"] = Answer(body=CONTENT)
    monkeypatch.setattr(download_module, "_receive", refuse)
    assert os.strerror(number) in refusal(f"{web_server.url}/{NAME}", cache, reason)


def test_the_cache_lies_with_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert default_cache_directory() == Path("/var/cache/me/asr.mobility")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_cache_directory() == Path("/home/me/.cache/asr.mobility")


def test_texts(web_server: WebServer) -> None:
    web_server.answers["/sums"] = Answer(body="gr\u00fc\u00dfe".encode())
    web_server.answers["/big"] = Answer(body=b"x" * (4 * 1024 * 1024 + 1))
    assert fetch_text(f"{web_server.url}/sums", WEB) == "gr\u00fc\u00dfe"
    for path, found in (("/big", "more than"), ("/absent", "HTTP status 404")):
        with pytest.raises(MobilityError, match=found) as caught:
            fetch_text(web_server.url + path, WEB)
        assert caught.value.reason is Reason.DOWNLOAD_FAILED
