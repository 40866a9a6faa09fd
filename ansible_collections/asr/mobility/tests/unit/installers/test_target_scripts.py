# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that fetch, list and unpack on a target, under the shells and with the tools that targets have."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import read_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.listing import parse_listing
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import check_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from unit.installers.material import PACKERS, Answer, WebServer, make_tar, special
from unit.shells import SHELLS, words

NAME = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"


@dataclass
class Host:
    """A shell with the tools it finds; run() gives the exit code and everything that was printed."""

    shell: list[str]
    path: str

    def run(self, *names: str, **variables: str | Path) -> tuple[int, str]:
        """Run the scripts, joined, with the variables in the environment."""
        done = subprocess.run(
            [shutil.which(self.shell[0]) or "", *self.shell[1:], "-c", script_text(*names)],
            env={"PATH": self.path, "LC_ALL": "C", **{name: str(value) for name, value in variables.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.decode()


def only(folder: Path, *tools: str, busybox: bool = False) -> str:
    """A PATH with these tools and nothing else."""
    folder.mkdir()
    for tool in tools:
        (folder / tool).symlink_to(shutil.which("busybox" if busybox else tool) or "")
    return str(folder)


BUSYBOX_TOOLS = (
    "tar",
    "gzip",
    "xz",
    "unlzma",
    "sed",
    "grep",
    "mkdir",
    "rm",
    "mv",
    "cat",
    "wc",
    "tr",
    "wget",
    "cp",
    "od",
    "sha256sum",
)


@pytest.fixture(params=[*SHELLS, "busybox with its own tools"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """Each shell with the tools of this machine, and busybox with nothing else than busybox."""
    if request.param in SHELLS:
        return Host(words(request.param), os.environ["PATH"])
    return Host(words("busybox"), only(tmp_path / "tools", *BUSYBOX_TOOLS, busybox=True))


@pytest.fixture
def dash() -> Host:
    """One shell, where the tools are what matters."""
    return Host(words("dash"), os.environ["PATH"])


def archive(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / NAME
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compression", PACKERS)
def test_the_listing_says_what_the_controller_reads(host: Host, tmp_path: Path, compression: str) -> None:
    links = special("sym", tarfile.SYMTYPE, "install"), special("hard", tarfile.LNKTYPE, "install_vx")
    path = archive(
        tmp_path,
        PACKERS[compression](make_tar(("payload.rpm", b"p" * 2_000_000), special("d", tarfile.DIRTYPE), *links)),
    )
    code, listing = host.run("decompress", "list", ASR_ARCHIVE=path, ASR_COMPRESSION=compression)
    assert code == 0, listing
    members = parse_listing(listing)
    check_members(members)
    assert [(m.path, m.kind, m.link_target, m.size) for m in members] == [
        (m.path, m.kind, m.link_target, m.size) for m in read_members(path).members
    ]


@pytest.mark.parametrize("compression", PACKERS)
def test_unpacking_makes_a_private_directory_of_root(host: Host, tmp_path: Path, compression: str) -> None:
    foreign = special("foreign", tarfile.REGTYPE, size=3)
    foreign.uid, foreign.gid, foreign.mode = 4711, 4711, 0o750
    path = archive(tmp_path, PACKERS[compression](make_tar(foreign)))
    code, said = host.run(
        "decompress", "unpack", ASR_ARCHIVE=path, ASR_DIR=tmp_path / "out", ASR_COMPRESSION=compression
    )
    assert (code, said.strip()) == (0, "")
    assert oct((tmp_path / "out").stat().st_mode) == "0o40700"
    facts = (tmp_path / "out" / "foreign").stat()
    assert (facts.st_size, facts.st_mode & 0o700) == (3, 0o700)
    assert facts.st_uid == os.geteuid()
    assert (tmp_path / "out" / ".vx_version").is_file()


@pytest.mark.parametrize("compression", PACKERS)
@pytest.mark.parametrize("part", [0.0, 0.5, 0.999])
def test_a_truncated_archive_fails_and_leaves_nothing(
    host: Host, tmp_path: Path, compression: str, part: float
) -> None:
    content = PACKERS[compression](make_tar(("payload.rpm", os.urandom(100_000))))
    path = archive(tmp_path, content[: int(len(content) * part)])
    code, said = host.run("decompress", "list", ASR_ARCHIVE=path, ASR_COMPRESSION=compression)
    assert code == 4, said
    code, said = host.run(
        "decompress", "unpack", ASR_ARCHIVE=path, ASR_DIR=tmp_path / "out", ASR_COMPRESSION=compression
    )
    assert code == 4
    assert f"unpacking {path} failed" in said
    assert not (tmp_path / "out").exists()


def test_a_whole_tar_in_a_damaged_stream_fails_although_tar_is_content(host: Host, tmp_path: Path) -> None:
    content = bytearray(gzip.compress(make_tar()))
    content[-6] ^= 0xFF  # the checksum of gzip, behind all data
    path = archive(tmp_path, bytes(content))
    code, said = host.run("decompress", "unpack", ASR_ARCHIVE=path, ASR_DIR=tmp_path / "out", ASR_COMPRESSION="gzip")
    assert code == 4, said
    assert not (tmp_path / "out").exists()


def test_no_tar_in_a_sound_stream_fails(host: Host, tmp_path: Path) -> None:
    path = archive(tmp_path, gzip.compress(b"this is no tar archive" * 100))
    for names in (("decompress", "list"), ("decompress", "unpack")):
        code, said = host.run(*names, ASR_ARCHIVE=path, ASR_DIR=tmp_path / "out", ASR_COMPRESSION="gzip")
        assert code == 4, said


def test_a_directory_that_is_there_is_not_unpacked_into(host: Host, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious").touch()
    path = archive(tmp_path, gzip.compress(make_tar()))
    code, said = host.run("decompress", "unpack", ASR_ARCHIVE=path, ASR_DIR=tmp_path / "out", ASR_COMPRESSION="gzip")
    assert code == 4
    assert "there already" in said
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["precious"]


def test_a_name_that_leaves_the_directory_never_does_and_is_refused(host: Host, tmp_path: Path) -> None:
    path = archive(tmp_path, gzip.compress(make_tar(("../evil", b"x"), ("/tmp/asr-evil-test", b"x"))))
    _code, listing = host.run("decompress", "list", ASR_ARCHIVE=path, ASR_COMPRESSION="gzip")
    with pytest.raises(MobilityError) as caught:
        check_members(parse_listing(listing))
    assert caught.value.reason is Reason.INSTALLER_UNSAFE
    assert not Path("/tmp/asr-evil-test").exists()


@pytest.mark.parametrize(
    ("compression", "needed"), [("gzip", "gzip"), ("xz", "xz"), ("lzma", "unlzma xz"), ("zstd", "none known")]
)
def test_a_missing_tool_is_named(tmp_path: Path, compression: str, needed: str) -> None:
    host = Host(words("dash"), only(tmp_path / "tools", "tar", "sed"))
    code, said = host.run("decompress", "list", ASR_ARCHIVE="/x", ASR_COMPRESSION=compression)
    assert (code, needed in said) == (3, True)


def test_lzma_with_xz_only(tmp_path: Path) -> None:
    host = Host(words("dash"), only(tmp_path / "tools", "tar", "sed", "grep", "xz"))
    path = archive(tmp_path, PACKERS["lzma"](make_tar()))
    code, listing = host.run("decompress", "list", ASR_ARCHIVE=path, ASR_COMPRESSION="lzma")
    assert code == 0
    check_members(parse_listing(listing))


def test_a_name_cannot_pretend_success(host: Host, tmp_path: Path) -> None:
    """Tools quote names in their complaints; a line of them that looks like a result changes nothing."""
    tar = make_tar(special("x\nasr-tar=0\nasr-decompressor=0\nx", tarfile.SYMTYPE, "x" * 90))
    path = archive(tmp_path, gzip.compress(tar)[:-9])
    code, _said = host.run("decompress", "list", ASR_ARCHIVE=path, ASR_COMPRESSION="gzip")
    assert code == 4


# -- pull.sh --------------------------------------------------------------------------------------------------------

PULLERS = {
    "curl": ("curl",),
    "wget": ("wget",),
    "busybox wget": ("wget",),
}


@pytest.fixture(params=PULLERS)
def puller(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """A host with one download tool."""
    path = only(tmp_path / "puller", *PULLERS[request.param], busybox=request.param.startswith("busybox"))
    for tool in ("rm", "mv", "wc", "tr", "grep"):
        (tmp_path / "puller" / tool).symlink_to(shutil.which(tool) or "")
    return Host(words("dash"), path)


def pull(host: Host, url: str, destination: Path, proxy: str = "", timeout: int = 5) -> tuple[int, str]:
    variables = {"ASR_URL": url, "ASR_DEST": str(destination), "ASR_PROXY": proxy, "ASR_TIMEOUT": str(timeout)}
    return host.run("pull", **variables)


def test_pulling_under_each_shell(shell: list[str], tmp_path: Path, web_server: WebServer) -> None:
    web_server.answers["/x"] = Answer(body=b"installer" * 1000)
    code, said = pull(Host(shell, os.environ["PATH"]), f"{web_server.url}/x", tmp_path / "x")
    assert (code, said.strip()) == (0, "size=9000")
    assert (tmp_path / "x").read_bytes() == b"installer" * 1000


def test_pulling_with_each_tool(puller: Host, tmp_path: Path, web_server: WebServer) -> None:
    web_server.answers["/x"] = Answer(body=b"installer" * 1000)
    web_server.answers["/moved"] = Answer(302, headers={"Location": "/x"})
    for name in ("x", "moved"):
        code, said = pull(puller, f"{web_server.url}/{name}", tmp_path / name)
        assert code == 0, said
        assert said.strip().endswith("size=9000")
        assert (tmp_path / name).stat().st_size == 9000


@pytest.mark.parametrize(
    "answer",
    [Answer(404, b"no"), Answer(500, b"no"), Answer(body=b"part", length=4000), Answer(body=b""), None],
    ids=["404", "500", "truncated", "empty", "refused"],
)
def test_a_failed_pull_says_so_and_leaves_nothing(
    puller: Host, tmp_path: Path, web_server: WebServer, answer: Answer | None
) -> None:
    url = f"{web_server.url}/x" if answer else "http://127.0.0.1:1/x"
    if answer:
        web_server.answers["/x"] = answer
    code, said = pull(puller, url, tmp_path / "x", timeout=2)
    assert code == 4, said
    assert url in said
    assert not list(tmp_path.glob("x*"))


def test_pulling_through_a_proxy(puller: Host, tmp_path: Path, web_server: WebServer) -> None:
    web_server.answers["http://installers.invalid/x"] = Answer(body=b"by proxy")
    code, said = pull(puller, "http://installers.invalid/x", tmp_path / "x", proxy=web_server.url)
    assert code == 0, said
    assert (tmp_path / "x").read_bytes() == b"by proxy"


@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_a_certificate_that_nobody_vouches_for(tool: str, tmp_path: Path, untrusted_server: WebServer) -> None:
    (tmp_path / ".curlrc").write_text("insecure\n")
    (tmp_path / ".wgetrc").write_text("check_certificate = off\n")
    untrusted_server.answers["/x"] = Answer(body=b"content")
    host = Host(words("dash"), only(tmp_path / "tools", tool, "rm", "mv", "wc", "tr", "grep"))
    variables = {
        "ASR_URL": f"{untrusted_server.url}/x",
        "ASR_DEST": str(tmp_path / "x"),
        "ASR_PROXY": "",
        "ASR_TIMEOUT": "5",
    }
    code, said = host.run("pull", HOME=str(tmp_path), **variables)
    assert (code, "certificate" in said.lower()) == (4, True)
    assert untrusted_server.asked == []


def test_without_any_tool(tmp_path: Path) -> None:
    code, said = pull(Host(words("dash"), only(tmp_path / "tools", "rm", "grep")), "http://h/x", tmp_path / "x")
    assert (code, said.strip()) == (3, "neither curl nor wget is installed here")


def test_the_small_wget_is_not_used_for_https(tmp_path: Path) -> None:
    tools = only(tmp_path / "tools", "wget", "rm", "grep", busybox=True)
    code, said = pull(Host(words("busybox"), tools), "https://127.0.0.1:1/x", tmp_path / "x")
    assert code == 3
    assert "does not check the certificates" in said


def test_configuration_of_the_host_cannot_switch_checks_off(
    puller: Host, tmp_path: Path, web_server: WebServer
) -> None:
    (tmp_path / ".curlrc").write_text(f'output = "{tmp_path}/stolen"\n')
    (tmp_path / ".wgetrc").write_text("max_redirect = 0\n")
    web_server.answers["/x"] = Answer(302, headers={"Location": "/y"})
    web_server.answers["/y"] = Answer(body=b"content")
    variables = {"ASR_URL": f"{web_server.url}/x", "ASR_DEST": str(tmp_path / "x"), "ASR_PROXY": "", "ASR_TIMEOUT": "5"}
    code, said = puller.run("pull", HOME=str(tmp_path), **variables)
    assert code == 0, said
    assert (tmp_path / "x").read_bytes() == b"content"
