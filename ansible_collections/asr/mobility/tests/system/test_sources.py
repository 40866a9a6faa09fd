"""Every place an installer can come from, each on a host of its own, all in one play; then who fetched what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import web, witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host
from lab.snapshot import changes

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
LOGIN = ("reader", "lab-only-Pa55 word")
XZ = ("/usr/bin/xz", "/usr/bin/unxz", "/usr/bin/unlzma", "/usr/bin/lzma")


@dataclass(frozen=True)
class Outcome:
    """What the one play did, and the two servers it could ask."""

    run: AnsibleRun
    hosts: Mapping[str, Host]
    open_server: web.WebServer
    closed_server: web.WebServer


PLACES = (
    "path-file",
    "path-directory",
    "url-file",
    "url-directory",
    "url-without-tools",
    "url-with-password",
    "remote-file",
    "remote-directory",
    "xz",
    "lzma",
)


@pytest.fixture(scope="module")
def hosts(module_host: Callable[..., Host]) -> dict[str, Host]:
    started = {place: module_host("debian:12") for place in PLACES}
    without_tools(started["url-without-tools"])
    return started


@pytest.fixture(scope="module")
def closed_folder(make_installer: Callable[..., Path]) -> Path:
    """What the server with a password has: a file that no other server has, so that it must be asked."""
    return make_installer(date="21Sep2025").parent


@pytest.fixture(scope="module")
def sums(installers: Path, closed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("sums") / "SHA256SUMS"
    files = [*installers.iterdir(), *closed_folder.iterdir()]
    written.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def packed(make_installer: Callable[..., Path]) -> dict[str, Path]:
    """Archives whose name says .tar.gz and whose content is packed otherwise."""
    return {packing: make_installer(options=("--compression", packing)) for packing in ("xz", "lzma")}


@pytest.fixture(scope="module")
def outcome(
    hosts: dict[str, Host], closed_folder: Path, sums: Path, packed: dict[str, Path], request: pytest.FixtureRequest
) -> Iterator[Outcome]:
    play: Play = request.getfixturevalue("play")
    installers: Path = request.getfixturevalue("installers")
    newest: Path = request.getfixturevalue("new_installer")
    for place in ("remote-file", "remote-directory"):
        hosts[place].copy_in(installers, "/srv/installers")
    with (
        web.serving(installers, web.gateway()) as open_server,
        web.serving(closed_folder, web.gateway(), LOGIN) as closed_server,
    ):
        source = {
            "path-file": {"installer_path": str(newest)},
            "path-directory": {"installer_path": f"{installers}/"},
            "url-file": {"installer_url": open_server.url + newest.name, "checksum": sha256(newest)},
            "url-directory": {"installer_url": open_server.url, "checksum": str(sums)},
            "url-without-tools": {"installer_url": open_server.url.rstrip("/"), "checksum": str(sums)},
            "url-with-password": {
                "installer_url": closed_server.url,
                "checksum": str(sums),
                "url_username": LOGIN[0],
                "url_password": LOGIN[1],
            },
            "remote-file": {"installer_remote_path": f"/srv/installers/{newest.name}"},
            "remote-directory": {"installer_remote_path": "/srv/installers"},
            "xz": {"installer_path": str(packed["xz"])},
            "lzma": {"installer_path": str(packed["lzma"])},
        }
        each = {
            hosts[place]: {f"asr_mobility_{key}": value for key, value in source[place].items()} for place in PLACES
        }
        cache = {"env": {"XDG_CACHE_HOME": str(sums.parent / "cache")}}
        run = play("install-mobility.yml", *hosts.values(), each=each, arguments=("-vvv", "-f", "10"), options=cache)
        yield Outcome(run, hosts, open_server, closed_server)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def without_tools(host: Host) -> None:
    """Take away what could download, as on a small system."""
    host.sh("rm -f /usr/bin/curl /usr/bin/wget; ! command -v curl; ! command -v wget")


@pytest.mark.parametrize("place", PLACES)
def test_the_newest_installer_for_the_host_was_installed(place: str, outcome: Outcome) -> None:
    host = outcome.hosts[place]
    record = witness.record(host)
    assert record.get("VERSION") == "9.66.0.0", str(outcome.run.of(host.name))
    assert "GA_7567" in record["BUILD_TAG"]
    assert len(witness.starts(host)) == 1
    assert witness.leftovers(host) == []
    result = outcome.run.only(AGENT, host.name).result
    assert str(result["installer"]).startswith("Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_")
    assert witness.summary_line(outcome.run, host)[1] == "installed"


def test_the_play_ended_well(outcome: Outcome) -> None:
    assert outcome.run.rc == 0, str(outcome.run)


def test_targets_download_themselves_where_they_can(outcome: Outcome, new_installer: Path) -> None:
    wanted = f"/{new_installer.name}"
    fetched = {one.client: one.agent for one in outcome.open_server.asked if one.path == wanted}
    pulling = {outcome.hosts[place].address for place in ("url-file", "url-directory")}
    assert pulling <= fetched.keys()
    assert all(fetched[address].startswith("curl") for address in pulling)
    # the third one is the controller, for the host without tools; nobody else asked
    assert len(fetched.keys() - pulling) == 1
    assert outcome.hosts["url-without-tools"].address not in fetched


@pytest.mark.parametrize("place", ["url-file", "url-directory", "remote-file", "remote-directory"])
def test_no_byte_of_it_goes_through_the_controller(place: str, outcome: Outcome) -> None:
    assert witness.connection_use(outcome.run, outcome.hosts[place].address).puts == 0


@pytest.mark.parametrize("place", ["url-without-tools", "url-with-password"])
def test_the_controller_steps_in_without_tools_or_with_a_password(place: str, outcome: Outcome) -> None:
    assert witness.connection_use(outcome.run, outcome.hosts[place].address).puts == 1


def test_the_password_goes_to_the_server_only(outcome: Outcome, closed_folder: Path) -> None:
    host = outcome.hosts["url-with-password"]
    (only,) = closed_folder.iterdir()
    assert outcome.closed_server.clients(f"/{only.name}") == {web.gateway()}
    assert "Sep_21_2025" in witness.record(host)["BUILD_TAG"]
    assert LOGIN[1] not in str(outcome.run)
    assert LOGIN[1] not in str(outcome.run.of(host.name))
    found = host.exec("grep", "-rslF", LOGIN[1], "/var", "/etc", "/root", "/usr/local", "/tmp", check=False)
    assert found.stdout == b""


def test_the_users_own_file_on_the_target_stays(outcome: Outcome, new_installer: Path) -> None:
    for place in ("remote-file", "remote-directory"):
        assert sha256(new_installer) in outcome.hosts[place].sh(f"sha256sum /srv/installers/{new_installer.name}")


def test_the_packings_were_what_they_are_called(packed: dict[str, Path]) -> None:
    assert packed["xz"].read_bytes()[:6] == b"\xfd7zXZ\x00"
    assert packed["lzma"].read_bytes()[:3] == b"\x5d\x00\x00"


def test_a_packing_the_host_has_no_tool_for_comes_packed_again_from_the_controller_only(
    fresh: Host, install: Play, packed: dict[str, Path]
) -> None:
    fresh.sh(f"rm -f {' '.join(XZ)}")
    fresh.copy_in(packed["xz"], "/srv/")
    before = fresh.filesystem_snapshot()
    refused = install(fresh, installer_remote_path=f"/srv/{packed['xz'].name}")
    assert refused.only(AGENT).result["reason"] == "tool_missing"
    assert changes(before, fresh.filesystem_snapshot()) == []
    run = install(fresh, installer_path=str(packed["xz"]))
    assert (run.rc, witness.record(fresh).get("VERSION")) == (0, "9.66.0.0"), str(run)
    assert witness.leftovers(fresh) == []
