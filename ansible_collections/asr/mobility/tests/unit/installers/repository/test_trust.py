# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums come from where nobody can change them on the way, and a password reaches the one server it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web, fetch_text
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.trust import login_host, trusted_sums
from unit.installers.material import Answer, WebServer
from unit.installers.repository.shelf import RHEL, Shelf

LINE = f"{'0' * 64}  {RHEL}\n"
UNVERIFIED = Web(timeout=5, validate_certs=False)


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_sums_over_http_are_refused_before_anything_is_asked(web_server: WebServer, scheme: str) -> None:
    web_server.answers["/sums"] = Answer(body=LINE.encode())
    with pytest.raises(MobilityError) as caught:
        trusted_sums(f"{web_server.url}/sums".replace("http", scheme, 1), UNVERIFIED)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert web_server.asked == []


def test_sums_are_fetched_with_verification_also_where_files_are_not(untrusted_server: WebServer) -> None:
    untrusted_server.answers["/sums"] = Answer(body=LINE.encode())
    with pytest.raises(MobilityError, match=r"(?i)certificate") as caught:
        trusted_sums(f"{untrusted_server.url}/sums", UNVERIFIED)
    assert caught.value.reason is Reason.DOWNLOAD_FAILED
    assert untrusted_server.asked == []


def test_sums_of_a_path_and_of_a_server_that_proves_who_it_is(shelf: Shelf, tmp_path: Path) -> None:
    for path in (tmp_path / "sums", shelf.served / "sums"):
        path.write_text(LINE)
    for place in (str(tmp_path / "sums"), f"{shelf.server.url}sums"):
        assert trusted_sums(place, UNVERIFIED) == {RHEL: "0" * 64}


def test_the_login_is_for_one_host() -> None:
    places = ["https://Mine:8443/a", "HTTPS://mine:8443/b", "/path/of/sums", ""]
    assert login_host(places, None) == "mine:8443"
    assert login_host([*places, "https://theirs/c"], "MINE:8443") == "mine:8443"


@pytest.mark.parametrize("named", [None, "mine", "other"])
def test_a_login_for_nobody_in_particular_is_refused(named: str | None) -> None:
    with pytest.raises(MobilityError) as caught:
        login_host(["https://mine:8443/a", "https://theirs/c"], named)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert "mine:8443, theirs" in caught.value.found
    assert "login_host" in caught.value.remedy


def test_the_other_servers_never_see_the_password(web_server: WebServer) -> None:
    web_server.answers["/sums"] = Answer(body=b"")
    mine = web_server.url.removeprefix("http://")
    theirs = web_server.url.replace("127.0.0.1", "localhost")
    web = Web(timeout=5, username="me", password="TOPSECRET", login_host=mine)
    for server in (web_server.url, theirs):
        fetch_text(f"{server}/sums", web)
    assert [("Authorization" in headers) for headers in web_server.headers] == [True, False]
