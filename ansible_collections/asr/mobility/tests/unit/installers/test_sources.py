# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three kinds of places with installers, asked in one way."""

from __future__ import annotations

import functools
import http.server
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.places import check_url
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import (
    ControllerSource,
    RemoteSource,
    Source,
    SourceKind,
    UrlSource,
    installer_checksum,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from unit.installers.material import Answer, WebServer

NEW = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"
OLD = "Microsoft-ASR_UA_9.65.0.0_RHEL8-64_GA_23Apr2025_Release.tar.gz"
OTHER = "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_release.tar.gz"
NAMES = [NEW, OLD, OTHER, "README"]
SUM = "a1" * 32
WEB = Web(timeout=5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).touch()
    (tmp_path / NEW.replace("9.66", "9.99")).mkdir()
    return tmp_path


@pytest.fixture
def listing(folder: Path) -> t.Iterator[str]:
    """The address of the folder as Python's own web server shows it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(folder.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{folder.name}"
        server.shutdown()
        thread.join(10)


@pytest.fixture(params=["controller", "url", "url with slash", "remote"])
def source(request: pytest.FixtureRequest, folder: Path, listing: str) -> Source:
    makers: dict[str, t.Callable[[], Source]] = {
        "controller": lambda: ControllerSource(folder),
        "url": lambda: UrlSource(listing, SUM, WEB),
        "url with slash": lambda: UrlSource(listing + "/", SUM, WEB),
        "remote": lambda: RemoteSource(str(folder), NAMES, "directory"),
    }
    return makers[request.param]()


def refusal(source: Source, tag: str = "RHEL8-64", spec: str | None = None) -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        source.offer(tag, VersionSpec.parse(spec) if spec else None)
    return caught.value


def test_a_folder_offers_its_best_file(source: Source) -> None:
    found = source.offer("RHEL8-64", None)
    assert (found.name.file_name, found.exact, source.exact) == (NEW, False, False)
    assert found.location.endswith(f"/{NEW}")
    assert "//" not in found.location.removeprefix("http://")
    assert source.offer("RHEL8-64", VersionSpec.parse("9.65")).name.file_name == OLD


def test_a_name_with_blanks_becomes_an_address_that_can_be_asked_for(web_server: WebServer) -> None:
    blank = NEW.replace("_", " ")
    page = f'<a href="{blank.replace(" ", "%20")}">installer</a>'.encode()
    web_server.answers["/folder/"] = Answer(body=page, kind="text/html")
    found = UrlSource(f"{web_server.url}/folder", SUM, WEB).offer("RHEL8-64", None)
    assert found.name.file_name == blank
    assert found.location == check_url(f"{web_server.url}/folder/{blank.replace(' ', '%20')}")


def test_a_folder_without_a_fitting_file(source: Source) -> None:
    assert refusal(source, "SLES15-64").reason is Reason.INSTALLER_NOT_FOUND
    assert refusal(source, spec="9.64").reason is Reason.VERSION_NOT_FOUND


def named(folder: Path, name: str) -> list[Source]:
    (folder / name).touch()
    return [
        ControllerSource(folder / name),
        UrlSource(f"https://h.invalid/{name}", SUM),
        RemoteSource(f"/srv/{name}", [name], "file"),
    ]


def test_a_named_file_is_taken_for_any_host_and_nobody_is_asked(folder: Path) -> None:
    for source in named(folder, OLD):
        found = source.offer("DEBIAN12-64", None)
        assert (found.name.tag, found.exact, source.exact) == ("RHEL8-64", True, True)
        assert found.location.endswith(OLD)


def test_a_named_file_of_another_version_than_asked_for(folder: Path) -> None:
    for source in named(folder, OLD):
        error = refusal(source, spec="9.66")
        assert (error.reason, "9.65.0.0" in error.found) == (Reason.VERSION_NOT_FOUND, True)


def test_a_named_file_that_is_no_installer(folder: Path) -> None:
    for source in named(folder, "InMage_UA_8.0.1.0_RHEL7-64_GA_06Oct2016_release.tar.gz"):
        assert refusal(source).reason is Reason.INSTALLER_NAME_UNKNOWN


def test_the_kinds() -> None:
    kinds = [ControllerSource(Path("/x")).kind, UrlSource("http://h/", SUM).kind, RemoteSource("/x", []).kind]
    assert kinds == list(SourceKind)


def test_places_that_are_not_there(folder: Path, web_server: WebServer) -> None:
    for source in (ControllerSource(folder / "absent"), RemoteSource("/absent", [], "missing")):
        error = refusal(source)
        assert error.reason is Reason.INSTALLER_NOT_FOUND
        assert "absent: " in error.found
    assert refusal(UrlSource(f"{web_server.url}/absent/", SUM, WEB)).reason is Reason.DOWNLOAD_FAILED
    assert refusal(RemoteSource("/empty", [])).reason is Reason.INSTALLER_NOT_FOUND


def test_a_remote_path_without_the_word_of_the_probe() -> None:
    assert RemoteSource(f"/srv/{NEW}", [NEW]).exact
    assert not RemoteSource("/srv/installers", [NEW]).exact


def test_bad_places_are_refused_before_anything_else() -> None:
    for make in (
        lambda: UrlSource("ftp://h/x", SUM),
        lambda: UrlSource("https://me:pw@h/x", SUM),
        lambda: RemoteSource("relative", []),
    ):
        with pytest.raises(MobilityError) as caught:
            make()
        assert caught.value.reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize("url", ["http://h/x/", "https://h/x/"])
def test_web_servers_need_a_checksum(url: str) -> None:
    with pytest.raises(MobilityError) as caught:
        UrlSource(url, None)
    assert caught.value.reason is Reason.CHECKSUM_REQUIRED


def test_sums_from_a_path_and_from_an_address(tmp_path: Path, web_server: WebServer) -> None:
    text = f"{SUM}  {NEW}\n"
    (tmp_path / "SHA256SUMS").write_text(text)
    web_server.answers["/SHA256SUMS"] = Answer(body=text.encode())
    for place in (str(tmp_path / "SHA256SUMS"), f"{web_server.url}/SHA256SUMS"):
        assert installer_checksum(place, NEW, WEB) == SUM
    assert installer_checksum(SUM.upper(), NEW, WEB) == SUM
    assert installer_checksum(None, NEW, WEB) is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_of_sums_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "sums").write_bytes(content)
    with pytest.raises(MobilityError, match="cannot be read as a file") as caught:
        installer_checksum(str(tmp_path / "sums"), NEW, WEB)
    assert caught.value.reason is Reason.INVALID_ARGUMENT


def test_a_file_of_sums_that_is_a_page(web_server: WebServer) -> None:
    web_server.answers["/sums"] = Answer(body=b"<html>login</html>")
    with pytest.raises(MobilityError, match="line 1 of"):
        installer_checksum(f"{web_server.url}/sums", NEW, WEB)
