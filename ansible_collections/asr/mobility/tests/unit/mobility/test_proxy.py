# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's proxy file: what is believed of it, what is refused, and that nobody else's lines are touched."""

from __future__ import annotations

import os
import subprocess
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.proxy import (
    DEFAULT_PATH,
    ProxyFile,
    ProxySettings,
    ProxyWish,
    look_text,
    plan,
    read_facts,
    wish,
    write_text,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts

WANTED = wish("http://proxy.example.com", 3128, ["appliance.example.com"])
SETTINGS = ProxySettings("http://proxy.example.com", 3128, ("appliance.example.com",))
PARENTS = ("drwxrwxr-x 0 0 /usr/local/InMage/config", "drwxr-xr-x 0 0 /usr/local")
FILE = ProxyFile(DEFAULT_PATH, "file", SETTINGS, traits="-rw------- 0 0", parents=PARENTS, directory=True)


def refused(address: str = "http://p", port: int = 1, bypass: t.Sequence[str] | None = None) -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        wish(address, port, bypass)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    return caught.value


class TestWish:
    """The caller's options."""

    @pytest.mark.parametrize("address", ["http://proxy", "http://proxy.example.com", "http://192.0.2.1", "http://p/"])
    def test_fine(self, address: str) -> None:
        assert wish(address, 8080, None) == ProxyWish(address.rstrip("/"), 8080, None)

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "proxy.example.com",
            "https://proxy.example.com",
            "HTTP//proxy",
            "http://",
            "http://proxy:3128",
            "http://proxy/path",
            "http://proxy?x",
            "http://[::1]",
            "http://a..b",
            "http://-a",
            "http://a;b",
            "http://a\nPort=1",
            f"http://{'a' * 300}",
        ],
    )
    def test_not_fine(self, address: str) -> None:
        refused(address)

    def test_credentials_are_refused_and_not_repeated(self) -> None:
        error = refused("http://user:hunter2@proxy.example.com")
        assert "unauthenticated" in error.expected
        assert "hunter2" not in f"{error} {error.found}"

    @pytest.mark.parametrize("port", [0, -1, 65536])
    def test_ports(self, port: int) -> None:
        refused(port=port)

    @pytest.mark.parametrize("entry", ["*.windows.net", "a,b", "a b", "", "x\n[y]"])
    def test_bypass(self, entry: str) -> None:
        assert "wildcards" in refused(bypass=[entry]).expected

    def test_an_entry_counts_once(self) -> None:
        assert wish("http://p", 1, ["a", "b", "a"]).bypass == ("a", "b")

    @given(st.text(max_size=60))
    def test_whatever_is_written_ends_in_an_answer(self, text: str) -> None:
        try:
            found = wish(f"http://{text}", 1, [text])
        except MobilityError:
            return
        assert found.address is not None
        assert not set(found.address) & set("\r\n @;,=[]'\"")


class TestPlan:
    """From what was found to what is written."""

    @pytest.mark.parametrize(
        "settings",
        [
            SETTINGS,
            replace(SETTINGS, address="http://PROXY.example.com/"),
            replace(SETTINGS, bypass=("Appliance.example.com",)),
        ],
    )
    def test_what_is_right_stays(self, settings: ProxySettings) -> None:
        assert plan(replace(FILE, settings=settings), WANTED) is None

    @pytest.mark.parametrize(
        "found",
        [
            replace(FILE, settings=ProxySettings()),
            replace(FILE, settings=replace(SETTINGS, port=None)),
            replace(FILE, settings=replace(SETTINGS, bypass=())),
            replace(FILE, credentials=True),
            replace(FILE, duplicates=True),
            replace(FILE, kind="missing", settings=ProxySettings(), traits=""),
        ],
    )
    def test_what_is_not_right_is_written(self, found: ProxyFile) -> None:
        assert plan(found, WANTED) == SETTINGS

    def test_the_order_of_the_list_says_nothing(self) -> None:
        two = replace(FILE, settings=replace(SETTINGS, bypass=("b", "a")))
        assert plan(two, replace(WANTED, bypass=("a", "b"))) is None

    def test_without_the_option_the_list_stays(self) -> None:
        found = replace(FILE, settings=replace(SETTINGS, port=1, bypass=("x",)))
        assert plan(found, replace(WANTED, bypass=None)) == replace(SETTINGS, bypass=("x",))

    def test_absent(self) -> None:
        assert plan(FILE, ProxyWish()) == ProxySettings()
        assert plan(replace(FILE, kind="missing", settings=ProxySettings(), traits=""), ProxyWish()) is None

    @pytest.mark.parametrize(
        "found",
        [
            replace(FILE, path="relative"),
            replace(FILE, path="/"),
            replace(FILE, path="/file"),
            replace(FILE, path="/etc/../x/y"),
            replace(FILE, path="/etc/x y"),
            replace(FILE, path="/etc/$(x)/y"),
            replace(FILE, path="/dev/shm/x"),
            replace(FILE, path="/tmp/x"),
            replace(FILE, kind="link"),
            replace(FILE, kind="other"),
            replace(FILE, kind="unknown"),
            replace(FILE, traits="-rw------- 1000 0"),
            replace(FILE, traits=""),
            replace(FILE, parents=("drwxrwxrwx 0 0 /opt",)),
            replace(FILE, parents=("drwxrwxr-x 0 100 /opt",)),
            replace(FILE, parents=("drwxr-xr-x 1000 0 /opt",)),
            replace(FILE, parents=("",)),
        ],
    )
    def test_a_file_that_root_must_not_write(self, found: ProxyFile) -> None:
        for wanted in (WANTED, ProxyWish()):
            with pytest.raises(MobilityError) as caught:
                plan(found, wanted)
            assert caught.value.reason is Reason.PATH_UNSAFE


class Host:
    """A folder that stands for a host, and one shell for its scripts."""

    def __init__(self, shell: list[str], root: Path) -> None:
        self.shell = shell
        self.root = root
        self.file = root / "config" / "ProxyInfo.conf"
        root.chmod(0o755)

    def look(self) -> ProxyFile:
        """What the script that reads shows; the folders above the test's own are left out."""
        variables = {
            "ASR_RECORD": str(self.root / "record"),
            "ASR_CONFIG": str(self.root / "drscout.conf"),
            "ASR_DEFAULT": str(self.file),
        }
        code, output = self.run(look_text(), variables)
        assert code == 0, output
        found = read_facts(parse_facts(output))
        own = tuple(line for line in found.parents if str(self.root) in line)
        return replace(found, path=found.path if found.path != DEFAULT_PATH else str(self.file), parents=own)

    def plan(self, wanted: ProxyWish) -> ProxySettings | None:
        """What is decided about the file, were it where it belongs (a test's own place is no place for it)."""
        return plan(replace(self.look(), path=DEFAULT_PATH), wanted)

    def write(self, found: ProxyFile, settings: ProxySettings, keep: bool = False) -> tuple[int, str]:
        """Run the script that writes."""
        variables = {
            "ASR_PATH": found.path,
            "ASR_SHA256": found.sha256,
            "ASR_ADDRESS": settings.address or "",
            "ASR_PORT": str(settings.port or ""),
            "ASR_BYPASS": ",".join(settings.bypass),
            "ASR_KEEP_BYPASS": "1" if keep else "0",
        }
        return self.run(write_text(), variables)

    def run(self, text: str, variables: t.Mapping[str, str]) -> tuple[int, str]:
        """One script, with the prologue every script gets."""
        script = f"{library('prologue')}\n{assignments(variables)}{text}"
        done = subprocess.run(
            [*self.shell, "-s"], input=script, capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def put(self, text: str, mode: int = 0o600) -> None:
        """Write the proxy file."""
        self.file.parent.mkdir(exist_ok=True, mode=0o755)
        self.file.write_bytes(text.encode())
        self.file.chmod(mode)


@pytest.fixture
def host(shell: list[str], tmp_path: Path) -> Host:
    if os.geteuid() != 0:
        pytest.skip("the scripts give files to root")
    return Host(shell, tmp_path)


FOREIGN = "; head\n[other]\nPort=1\nAddress=x\n\n[proxy]\n# mine\nAddress = http://old\nTimeout=5\nPort=8080\n\n\n[last]\na=b\n"


def test_a_host_without_anything(host: Host) -> None:
    found = host.look()
    assert (found.kind, found.agent, found.directory, found.settings) == ("missing", False, False, ProxySettings())
    assert host.write(found, SETTINGS) == (0, "")
    assert host.file.read_text() == (
        "[proxy]\nAddress=http://proxy.example.com\nPort=3128\nBypassList=appliance.example.com\n"
    )
    assert host.file.stat().st_mode & 0o7777 == 0o600
    assert host.file.parent.stat().st_mode & 0o7777 == 0o755
    assert host.plan(WANTED) is None
    assert os.listdir(host.file.parent) == [host.file.name]


def test_foreign_lines_stay_and_the_mode_too(host: Host) -> None:
    host.put(FOREIGN, 0o640)
    found = host.look()
    assert found.settings == ProxySettings("http://old", 8080)
    assert found.traits.startswith("-rw-r-----")
    assert host.write(found, SETTINGS) == (0, "")
    assert host.file.read_text() == FOREIGN.replace("Address = http://old", "Address=http://proxy.example.com").replace(
        "Port=8080\n", "Port=3128\nBypassList=appliance.example.com\n"
    )
    assert host.file.stat().st_mode & 0o7777 == 0o640
    assert host.plan(WANTED) is None


def test_absent_keeps_what_is_not_ours(host: Host) -> None:
    host.put(FOREIGN)
    assert host.write(host.look(), ProxySettings()) == (0, "")
    assert host.file.read_text() == FOREIGN.replace("Address = http://old\n", "").replace("Port=8080\n", "")
    assert host.plan(ProxyWish()) is None


@pytest.mark.parametrize("text", ["[proxy]\nAddress=http://old\nPort=1\n", " [PROXY] \r\naddress=http://old\r\n\n", ""])
def test_absent_removes_a_file_in_which_nothing_is_left(host: Host, text: str) -> None:
    host.put(text)
    assert host.write(host.look(), ProxySettings()) == (0, "")
    assert not host.file.exists()


ODD = {
    "no line end": "[proxy]\nAddress=http://old",
    "another editor": "[Proxy]\r\nADDRESS = http://old \r\n\tport\t=\t1\r\n",
    "twice": "[proxy]\nAddress=http://a\nAddress=http://proxy.example.com\nPort=3128\nBypassList=appliance.example.com\n",
    "keys outside": "Address=http://proxy.example.com\nPort=3128\n",
    "no section": "# only a comment\n",
    "backslash": "[proxy]\nx=a\\nb\\\nAddress=http://old\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_files_end_as_wanted(host: Host, text: str) -> None:
    host.put(text)
    settings = host.plan(WANTED)
    assert settings is not None
    assert host.write(host.look(), settings) == (0, "")
    assert host.plan(WANTED) is None
    ours = ("address", "port", "bypasslist", "[proxy")
    kept = [line for line in text.splitlines() if line.strip() and not line.strip().lower().startswith(ours)]
    assert [line for line in kept if line not in host.file.read_text().splitlines()] == []


def test_the_list_is_left_alone_when_asked(host: Host) -> None:
    host.put("[proxy]\nBypassList= a, b\nPort=1\n")
    assert host.look().settings.bypass == ("a", "b")
    assert host.write(host.look(), replace(SETTINGS, bypass=("a", "b")), keep=True) == (0, "")
    assert host.file.read_text() == "[proxy]\nBypassList= a, b\nPort=3128\nAddress=http://proxy.example.com\n"


def test_an_empty_list_removes_the_key(host: Host) -> None:
    host.put("[proxy]\nBypassList=a\n")
    assert host.write(host.look(), replace(SETTINGS, bypass=())) == (0, "")
    assert "BypassList" not in host.file.read_text()


def test_credentials_are_neither_shown_nor_kept(host: Host) -> None:
    host.put("[proxy]\nAddress=http://user:hunter2@proxy.example.com\nPort=3128\nBypassList=appliance.example.com\n")
    variables = {"ASR_RECORD": "/x", "ASR_CONFIG": "/x", "ASR_DEFAULT": str(host.file)}
    assert "hunter2" not in host.run(look_text(), variables)[1]
    found = host.look()
    assert (found.settings, found.credentials) == (SETTINGS, True)
    assert host.plan(WANTED) == SETTINGS
    host.write(found, SETTINGS)
    assert "hunter2" not in host.file.read_text()


def test_a_file_that_changed_meanwhile_is_not_replaced(host: Host) -> None:
    host.put(FOREIGN)
    found = host.look()
    host.put("[proxy]\n")
    code, output = host.write(found, SETTINGS)
    assert code != 0
    assert "error=changed" in output
    assert host.file.read_text() == "[proxy]\n"


def test_the_agents_configuration_names_the_file(host: Host) -> None:
    installation = host.root / "ASR" / "Vx"
    (installation / "etc").mkdir(parents=True)
    (host.root / "record").write_text(f"VERSION_FILE_PARENT_DIR=/x\nINSTALLATION_DIR={installation}\n")
    (installation / "etc" / "drscout.conf").write_text(f"[vxagent]\n ProxySettingsPath = {host.root}/other/P.conf \n")
    (host.root / "other").mkdir()
    (host.root / "other" / "P.conf").write_text("[proxy]\nAddress=http://named\n")
    found = host.look()
    assert (found.path, found.agent, found.installation) == (f"{host.root}/other/P.conf", True, str(installation))
    assert found.settings.address == "http://named"


@pytest.mark.parametrize("kind", ["link", "other"])
def test_links_and_directories_are_told(host: Host, kind: str) -> None:
    host.file.parent.mkdir()
    host.file.symlink_to("/etc/passwd") if kind == "link" else host.file.mkdir()
    assert host.look().kind == kind
