# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle: what the script gathers in three shells, how it is taken apart, and the archive that is kept."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.logs import (
    MIB,
    Gathered,
    Limits,
    Piece,
    bundle_name,
    gather_script,
    parse_gathered,
    unpack,
    write_archive,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.redaction import MASK
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library

LIMITS = Limits(file=1000, total=100_000)


class Host:
    """A folder that stands for a host: its staging, an agent's record and configuration, and one shell."""

    def __init__(self, shell: list[str], root: Path) -> None:
        self.shell = shell
        self.staging = root / "staging"
        self.directory = root / "staging-logs"
        self.record = root / "record"
        self.passphrase = root / "private" / "connection.passphrase"
        self.installation = root / "ASR" / "Vx"
        for folder in (self.staging / "run", self.directory, self.passphrase.parent, self.installation / "etc"):
            folder.mkdir(parents=True)
        self.record.write_text(f"VERSION=9.66.0.0\nINSTALLATION_DIR={self.installation}\n")

    def gather(self, limits: Limits = LIMITS, only_list: bool = False) -> Gathered:
        """Run the script; commands that look at the machine are left in, they must not break it."""
        script = gather_script(str(self.directory), str(self.staging), limits, only_list=only_list)
        variables = {**script.variables, "ASR_RECORD": str(self.record), "ASR_PASSPHRASE": str(self.passphrase)}
        text = f"{library('prologue')}\n{assignments(variables)}{script.text}"
        done = subprocess.run([*self.shell, "-s"], input=text, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return parse_gathered(done.stdout)

    def contents(self, gathered: Gathered, limits: Limits = LIMITS) -> dict[str, bytes]:
        """Name -> content of what was gathered."""
        raw = self.directory / ("bundle.gz" if gathered.compressed else "bundle")
        return {piece.name: content for piece, content in unpack(raw, gathered, limits)}


@pytest.fixture
def host(shell: list[str], tmp_path: Path) -> Host:
    return Host(shell, tmp_path)


def test_files_and_commands_are_gathered(host: Host) -> None:
    (host.staging / "run" / "output").write_bytes(b"one\ntwo\x00\xff")
    (host.installation / "etc" / "drscout.conf").write_text("HostId=1\n")
    (host.installation / "etc" / "SourceConfig.json").write_text("{}")
    gathered = host.gather()
    contents = host.contents(gathered)
    assert contents[f"{host.staging}/run/output"] == b"one\ntwo\x00\xff"
    assert contents[f"{host.installation}/etc/drscout.conf"] == b"HostId=1\n"
    assert b"Linux" in contents["command:system"]
    assert contents["command:disks"].startswith(b"Filesystem")
    assert not [name for name in contents if "SourceConfig" in name]


def test_the_end_of_a_long_file_and_what_does_not_fit(host: Host) -> None:
    (host.staging / "run" / "manifest").write_bytes(b"m" * 700)
    (host.staging / "run" / "errors.json").write_bytes(b"e" * 5000 + b"END")
    (host.staging / "run" / "output").write_bytes(b"o" * 50)
    limits = Limits(file=1000, total=1500)
    gathered = host.gather(limits)
    contents = host.contents(gathered, limits)
    assert contents[f"{host.staging}/run/errors.json"].endswith(b"END")
    by_name = {piece.name: piece for piece in gathered.pieces}
    errors = by_name[f"{host.staging}/run/errors.json"]
    assert (errors.there, errors.truncated) == (5003, True)
    assert sum(piece.taken for piece in gathered.pieces) <= limits.total
    assert gathered.skipped[f"{host.staging}/run/output"] == "the bundle was full"
    assert "command:disks" in gathered.skipped


@pytest.mark.parametrize("name", ["private/connection.passphrase", "private/x", "certs/ps.crt", "SourceConfig.json"])
def test_a_link_to_a_secret_is_not_followed(host: Host, name: str) -> None:
    secret = host.staging / "run" / name
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("Hidden4711")
    (host.staging / "run" / "output").symlink_to(secret)
    gathered = host.gather()
    assert "leads to secrets" in gathered.skipped[f"{host.staging}/run/output"]
    assert b"Hidden4711" not in b"".join(host.contents(gathered).values())


def test_a_link_out_is_not_followed(host: Host, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("Hidden4711")
    (host.staging / "run" / "output").symlink_to(tmp_path / "elsewhere")
    assert f"{host.staging}/run/output" in host.gather().skipped


def test_the_passphrase_is_replaced_on_the_host(host: Host) -> None:
    host.passphrase.write_text("Hid.den*47\\11\n")
    text = "a Hid.den*47\\11 b Hid.den*47\\11\nHidXden*47\\11 stays\n"
    (host.staging / "run" / "output").write_text(text)
    content = host.contents(host.gather())[f"{host.staging}/run/output"].decode()
    assert content == f"a {MASK} b {MASK}\nHidXden*47\\11 stays\n"


@pytest.mark.parametrize("secret", ["", "ab", "\n"])
def test_a_passphrase_that_is_none_replaces_nothing(host: Host, secret: str) -> None:
    host.passphrase.write_text(secret)
    (host.staging / "run" / "output").write_text("abcab\n")
    assert host.contents(host.gather())[f"{host.staging}/run/output"] == b"abcab\n"


def test_without_an_agent_and_without_a_run(host: Host) -> None:
    host.record.unlink()
    (host.staging / "run").rmdir()
    gathered = host.gather()
    assert "command:system" in host.contents(gathered)
    assert not [piece for piece in gathered.pieces if "drscout" in piece.name]


def test_a_list_writes_nothing(host: Host) -> None:
    (host.staging / "run" / "output").write_text("abc")
    gathered = host.gather(only_list=True)
    assert Piece(f"{host.staging}/run/output", 3, 3) in gathered.pieces
    assert os.listdir(host.directory) == []


def test_what_the_script_says_is_not_believed_blindly() -> None:
    for name in ("/var/../etc/x", "relative", "command:../x", "/a b"):
        with pytest.raises(MobilityError) as caught:
            parse_gathered(f"member=1|1|{name}")
        assert caught.value.reason is Reason.TRANSFER_FAILED
    assert parse_gathered("noise\nmember=x|1|/a\n") == Gathered()


TWO = Gathered((Piece("/var/log/a", 3, 9), Piece("command:disks", 2, 0)))


@pytest.mark.parametrize("compressed", [True, False])
def test_pieces_are_cut_where_they_end(tmp_path: Path, compressed: bool) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(gzip.compress(b"abcde") if compressed else b"abcde")
    found = [content for _piece, content in unpack(raw, replace(TWO, compressed=compressed), LIMITS)]
    assert found == [b"abc", b"de"]


@pytest.mark.parametrize("content", [b"abcd", b"abcdef", b""])
def test_another_size_is_an_error(tmp_path: Path, content: bytes) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(content)
    with pytest.raises(MobilityError) as caught:
        list(unpack(raw, TWO, LIMITS))
    assert caught.value.reason is Reason.TRANSFER_FAILED


def test_damaged_compression_and_too_much_are_errors(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(gzip.compress(b"abcde")[:-9])
    for gathered in (replace(TWO, compressed=True), Gathered((Piece("/a", 3 * MIB, 1),))):
        with pytest.raises(MobilityError):
            list(unpack(raw, gathered, LIMITS))


def test_the_archive_holds_no_secret_and_its_manifest_tells_everything() -> None:
    stream = io.BytesIO()
    contents = [(TWO.pieces[0], b"password=Hidden4711\n"), (TWO.pieces[1], b"ok")]
    kept = write_archive(stream, contents, {"host": "web1"})
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        members = {member.name: member for member in archive}
        texts = {name: t.cast("t.IO[bytes]", archive.extractfile(member)).read() for name, member in members.items()}
    assert list(members) == ["files/var/log/a", "commands/disks.txt", "manifest.json"]
    assert {member.mode for member in members.values()} == {0o600}
    assert b"Hidden4711" not in b"".join(texts.values())
    manifest = json.loads(texts["manifest.json"])
    assert manifest["host"] == "web1"
    first = manifest["files"][0]
    assert (first["source"], first["size_on_host"], first["truncated"], first["masked"]) == ("/var/log/a", 9, True, 1)
    assert first["size"] == kept[0].size == len(texts["files/var/log/a"])


@pytest.mark.parametrize(
    ("host_name", "start"),
    [("web1", "web1-"), ("../../etc/x", "_.._etc_x-"), ("", "host-"), ("a b", "a_b-"), ("x" * 300, "x" * 100 + "-")],
)
def test_the_name_stays_in_its_directory(host_name: str, start: str) -> None:
    name = bundle_name(host_name, 0)
    assert name == f"{start}19700101T000000Z.tar.gz"
    assert "/" not in name
