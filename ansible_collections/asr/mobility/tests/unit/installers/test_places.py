# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and paths that must not reach a shell or a log are refused; pages of folders yield plain names only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.folder_page import names_on_page
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import (
    check_proxy,
    check_remote_path,
    check_url,
    is_url,
    last_component,
)

ONE = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"
TWO = "Microsoft-ASR_UA_9.65.0.0_RHEL8-64_GA_23Apr2025_release.tar.gz"

NGINX = f"""<html>
<head><title>Index of /asr/</title></head>
<body>
<h1>Index of /asr/</h1><hr><pre><a href="../">../</a>
<a href="old/">old/</a>                                               20-Sep-2025 10:00                   -
<a href="{ONE}">Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep20..&gt;</a> 20-Sep-2025 10:00           104857600
<a href="{TWO}">Microsoft-ASR_UA_9.65.0.0_RHEL8-64_GA_23Apr2025_..&gt;</a> 23-Apr-2025 10:00           104857600
<a href="SHA256SUMS">SHA256SUMS</a>                                         20-Sep-2025 10:00                 195
</pre><hr></body>
</html>
"""
APACHE = f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /asr</title></head><body><h1>Index of /asr</h1>
<table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th>
<th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td valign="top"><img src="/icons/back.gif"></td><td><a href="/">Parent Directory</a></td></tr>
<tr><td><img src="/icons/compressed.gif"></td><td><a href="{ONE}">Microsoft-ASR_UA_9.66..&gt;</a></td></tr>
<tr><td><img src="/icons/compressed.gif"></td><td><A HREF='{TWO}'>Microsoft-ASR_UA_9.65..&gt;</A></td></tr>
<tr><td><a href="SHA256SUMS">SHA256SUMS</a></td></tr></table></body></html>
"""
PYTHON = f"""<!DOCTYPE HTML>
<html lang="en"><head><meta charset="utf-8"><title>Directory listing for /asr/</title></head>
<body><h1>Directory listing for /asr/</h1><hr><ul>
<li><a href="{ONE.replace("-", "%2D")}">{ONE}</a></li>
<li><a href="{TWO}">{TWO}</a></li>
<li><a href="SHA256SUMS">SHA256SUMS</a></li>
<li><a href="old/">old/</a></li></ul><hr></body></html>
"""


@pytest.mark.parametrize("page", [NGINX, APACHE, PYTHON], ids=["nginx", "apache", "python"])
def test_the_pages_of_known_servers(page: str) -> None:
    assert names_on_page(page) == [ONE, TWO, "SHA256SUMS"]


@pytest.mark.parametrize(
    "target",
    [
        "/x",
        "a/b",
        "a%2Fb",
        "..%2fx",
        "..",
        ".",
        "../",
        "//host/x",
        "https://host/x",
        "mailto:x",
        "?C=N",
        "#x",
        "a%0Ab",
        "",
    ],
)
def test_links_to_elsewhere_are_no_names(target: str) -> None:
    assert names_on_page(f'<a href="{target}">x</a><a name=y>y</a><link href="z">') == []


def test_a_name_once_however_often_it_is_linked() -> None:
    assert names_on_page('<a href="./a">a</a><a href="a"><img></a><a href="a%20b&amp;c">') == ["a", "a b&c"]


@given(st.text())
def test_no_page_makes_it_crash(page: str) -> None:
    for text in (page, f'<a href="{page}">', NGINX.replace("SHA", page)):
        assert all("/" not in name and name.isprintable() for name in names_on_page(text))


@pytest.mark.parametrize(
    "url",
    ["http://h/x.tar.gz", "https://host.example.com:8443/a/b/", "HTTPS://h", "http://[::1]:80/x", "http://h/a%20b"],
)
def test_addresses_that_may_be_used(url: str) -> None:
    assert check_url(url) == url
    assert is_url(url)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("ftp://h/x", "URL 'ftp://h/x'"),
        ("file:///etc/passwd", "URL"),
        ("h/x", "URL"),
        ("", "URL"),
        ("http:///x", "URL"),
        ("http://h:port/x", "URL"),
        ("http://h:0/x", "URL"),
        ("http://h:99999/x", "URL"),
        ("http://[::1/x", "URL"),
        ("http://h/a b", "characters"),
        ("http://h/a\nb", "characters"),
        ("http://h/a\x00b", "characters"),
        ("http://h/'$(id)'", "characters"),
        ("http://h/\\x", "URL"),
        ("http://h/\u00fc", "characters"),
        ("http://h/\u212a", "characters"),  # its lower case is a plain k
        ("http://h/x?sig=TOPSECRET", "query"),
        ("http://h/x#part", "fragment"),
    ],
)
def test_addresses_that_are_refused(url: str, found: str) -> None:
    with pytest.raises(MobilityError) as caught:
        check_url(url)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert found in caught.value.found
    assert "TOPSECRET" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://user:TOPSECRET@h/x", "http://TOPSECRET@h", "https://a:TOPSECRET @h/x"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    for check in (check_url, check_proxy):
        with pytest.raises(MobilityError, match="user name or password") as caught:
            check(url)
        assert "TOPSECRET" not in str(caught.value)


def test_proxies() -> None:
    assert check_proxy(None) is None
    assert check_proxy("") is None
    assert check_proxy("http://proxy:3128") == "http://proxy:3128"
    for bad in ("proxy:3128", "socks5://proxy", "http://proxy/path", "http://proxy:3128/?x", "http://pro xy"):
        with pytest.raises(MobilityError) as caught:
            check_proxy(bad)
        assert caught.value.reason is Reason.INVALID_ARGUMENT


def test_paths_on_the_target() -> None:
    assert check_remote_path("/srv//asr/./x.tar.gz") == "/srv/asr/x.tar.gz"
    assert check_remote_path("//srv/asr/") == "/srv/asr"
    assert check_remote_path("/srv/with space and 'quote'") == "/srv/with space and 'quote'"


@pytest.mark.parametrize(
    "path", ["", "relative", "~/x", "/a/../b", "/a\nb", "/a\x00", "/a\x1bb", "/a\\b", "..", "\ud800"]
)
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(MobilityError) as caught:
        check_remote_path(path)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert caught.value.found.isprintable()


def test_the_last_component() -> None:
    assert last_component("/srv/a%20b") == "a%20b"
    assert last_component("http://h/a/b%20c") == "b c"
    assert last_component("http://h") == last_component("http://h/a/") == last_component("/srv/") == ""


@given(st.text())
def test_no_address_makes_it_crash(text: str) -> None:
    for check in (check_url, check_proxy, check_remote_path):
        for value in (text, f"http://{text}", f"https://h/{text}", f"/{text}"):
            try:
                check(value)
            except MobilityError as error:
                assert error.reason is Reason.INVALID_ARGUMENT
