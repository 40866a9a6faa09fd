# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of installer files: compression by the first bytes, members before they are unpacked as root."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers import archive as archive_module
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import read_members, sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import (
    Compression,
    looks_like_html,
    sniff,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import (
    REQUIRED_MEMBERS,
    Member,
    MemberKind,
    check_members,
)
from unit.installers.material import PACKERS, make_tar, special

NAME = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"


def put(folder: Path, content: bytes) -> Path:
    path = folder / NAME
    path.write_bytes(content)
    return path


def refusal(path: Path) -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        check_members(read_members(path).members)
    return caught.value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html>\n<html><title>Sign in</title>", "an HTML page"),
        (b"\xef\xbb\xbf\n <HTML>", "an HTML page"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"BZh91AY", "a bzip2 file"),
        (b"\x28\xb5\x2f\xfd\x00", "a zstd file"),
        (b"MZ\x90\x00", "a Windows program"),
        (b"\x7fELF\x02", "a Linux program"),
        ("Zugriff verweigert: gr\u00fc\u00df Gott\n".encode(), "plain text"),
        (b"x", "plain text"),
        (bytes(range(128, 256)), "of no known format"),
        (b"\x1f", "of no known format"),
    ],
)
def test_what_is_no_compressed_archive_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    error = refusal(put(tmp_path, content))
    assert error.reason is Reason.INSTALLER_CORRUPT
    assert f"{NAME} is {found}" in error.found


def test_a_tar_without_compression_is_named(tmp_path: Path) -> None:
    assert "a tar archive without compression" in refusal(put(tmp_path, make_tar())).found


def test_the_first_bytes_of_each_compression() -> None:
    for name, pack in PACKERS.items():
        assert sniff(pack(b"some content")[:512]) is Compression(name)


def test_a_page_is_told_from_an_archive() -> None:
    assert looks_like_html(b"  <!doctype HTML><body>")
    assert not looks_like_html(gzip.compress(b"<html>"))


@pytest.mark.parametrize("compression", PACKERS)
def test_the_facts_of_an_archive_whatever_its_suffix_says(tmp_path: Path, compression: str) -> None:
    content = PACKERS[compression](make_tar(("payload.rpm", b"p" * 3_000_000), special("dir", tarfile.DIRTYPE)))
    path = put(tmp_path, content)
    facts = read_members(path)
    check_members(facts.members)
    assert facts.compression is Compression(compression)
    assert facts.size == len(content)
    assert facts.sha256 == hashlib.sha256(content).hexdigest() == sha256_of(path)
    assert facts.extracted_bytes == 3_000_000 + 10 * len(REQUIRED_MEMBERS)
    assert Member("payload.rpm", MemberKind.FILE, None, 3_000_000) in facts.members


def test_an_archive_made_by_tar_itself_is_read(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in REQUIRED_MEMBERS:
        (source / name).write_text("x")
    (source / ("long" * 40)).write_text("x")
    (source / "link").symlink_to("install")
    path = tmp_path / "repacked.tar.gz"
    assert os.spawnlp(os.P_WAIT, "tar", "tar", "-C", str(source), "-czf", str(path), ".") == 0
    facts = read_members(path)
    check_members(facts.members)
    assert len(facts.members) == len(REQUIRED_MEMBERS) + 3


@pytest.mark.parametrize("compression", PACKERS)
def test_a_truncated_file_is_corrupt_wherever_it_ends(tmp_path: Path, compression: str) -> None:
    content = PACKERS[compression](make_tar(("payload.rpm", os.urandom(5000))))
    for end in (*range(1, 40), len(content) // 2, *range(len(content) - 24, len(content))):
        error = refusal(put(tmp_path, content[:end]))
        assert error.reason is Reason.INSTALLER_CORRUPT, end


@pytest.mark.parametrize("compression", PACKERS)
@pytest.mark.parametrize("garbage", [b"garbage", b"\0\0\0garbage", b"<html>"])
def test_data_behind_the_end_is_corrupt(tmp_path: Path, compression: str, garbage: bytes) -> None:
    error = refusal(put(tmp_path, PACKERS[compression](make_tar()) + garbage))
    assert error.reason is Reason.INSTALLER_CORRUPT


@pytest.mark.parametrize("compression", ["gzip", "xz"])
def test_zeros_behind_the_end_and_streams_in_a_row_are_fine(tmp_path: Path, compression: str) -> None:
    pack, tar = PACKERS[compression], make_tar()
    whole = put(tmp_path, pack(tar[:700]) + pack(tar[700:]) + b"\0" * 1024)
    facts = read_members(whole)
    check_members(facts.members)
    assert facts.size == whole.stat().st_size


@pytest.mark.parametrize("compression", ["gzip", "xz"])  # lzma has no checksum of its own
def test_a_changed_byte_is_noticed(tmp_path: Path, compression: str) -> None:
    content = bytearray(PACKERS[compression](make_tar(("payload.rpm", os.urandom(5000)))))
    content[2500] ^= 0x10
    assert refusal(put(tmp_path, bytes(content))).reason is Reason.INSTALLER_CORRUPT


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    tar = bytearray(make_tar(("../evil", b"x")))
    tar[1024:1034] = b"\xff" * 10  # the header of the second member: tar on the target would go on behind it
    error = refusal(put(tmp_path, gzip.compress(bytes(tar))))
    assert error.reason is Reason.INSTALLER_CORRUPT
    assert "damaged or not complete" in error.found


@pytest.mark.parametrize("zeros", [512, 1024, 10240])
def test_members_behind_the_end_of_the_archive_are_not_overlooked(tmp_path: Path, zeros: int) -> None:
    one = make_tar().rstrip(b"\0")
    one += b"\0" * (-len(one) % 512 + zeros)
    error = refusal(put(tmp_path, gzip.compress(one + make_tar(("../evil", b"x"), required=False))))
    assert error.reason is Reason.INSTALLER_CORRUPT


def test_an_archive_without_the_closing_zeros_is_read(tmp_path: Path) -> None:
    tar = make_tar().rstrip(b"\0")
    check_members(read_members(put(tmp_path, gzip.compress(tar + b"\0" * (-len(tar) % 512)))).members)


@pytest.mark.parametrize("size", [-1, 1 << 40])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_an_impossible_size_takes_no_memory(tmp_path: Path, kind: bytes, size: int) -> None:
    info = special("x", kind)
    info.size = size
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert refusal(put(tmp_path, gzip.compress(header + b"\0" * 2048))).reason is Reason.INSTALLER_CORRUPT


def test_a_chain_of_long_names_is_corrupt(tmp_path: Path) -> None:
    link = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    link.size = 5
    chain = (link.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")) * 2000
    assert refusal(put(tmp_path, gzip.compress(chain))).reason is Reason.INSTALLER_CORRUPT


def test_a_header_that_asks_for_gigabytes_of_dictionary_is_corrupt(tmp_path: Path) -> None:
    content = b"\x5d" + (0xFFFFFFFF).to_bytes(4, "little") + b"\xff" * 8 + b"\0" * 600
    assert refusal(put(tmp_path, content)).reason is Reason.INSTALLER_CORRUPT


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (read_members, sha256_of):
        with pytest.raises(MobilityError, match="No such file") as caught:
            read(tmp_path / NAME)
        assert caught.value.reason is Reason.INSTALLER_NOT_FOUND


UNSAFE: dict[str, tuple[str | tarfile.TarInfo, str]] = {
    "absolute": ("/etc/cron.d/evil", "has an absolute name"),
    "climbing": ("../evil", "climbs out"),
    "climbing inside": ("a/../../evil", "climbs out"),
    "line feed": ("a\nb", "other than plain characters"),
    "control character": ("a\x1b[2Jb", "other than plain characters"),
    "backslash": ("a\\b", "other than plain characters"),
    "not ASCII": ("\u00fc", "other than plain characters"),
    "fifo": (special("pipe", tarfile.FIFOTYPE), "is a fifo"),
    "character device": (special("null", tarfile.CHRTYPE), "is a device"),
    "block device": (special("disk", tarfile.BLKTYPE), "is a device"),
    "absolute symbolic link": (special("l", tarfile.SYMTYPE, "/etc"), "leads out to '/etc'"),
    "climbing symbolic link": (special("l", tarfile.SYMTYPE, ".."), "leads out to '..'"),
    "climbing symbolic link deep": (special("a/l", tarfile.SYMTYPE, "../../x"), "leads out"),
    "symbolic link with a late climb": (special("a/l", tarfile.SYMTYPE, "b/../.."), "leads out"),
    "symbolic link to nothing": (special("l", tarfile.SYMTYPE, ""), "other than plain characters"),
    "hard link out": (special("h", tarfile.LNKTYPE, "../../etc/shadow"), "is a hard link that leads out"),
    "hard link absolute": (special("h", tarfile.LNKTYPE, "/etc/shadow"), "is a hard link that leads out"),
    "hard link to a strange name": (special("h", tarfile.LNKTYPE, "a\nb"), "other than plain characters"),
    "twice": ("install", "is there twice"),
    "twice as a link": (special("./install", tarfile.SYMTYPE, "install_vx"), "is there twice"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_a_member_that_could_leave_the_directory_is_refused_and_named(tmp_path: Path, case: str) -> None:
    entry, complaint = UNSAFE[case]
    member = (entry, b"x") if isinstance(entry, str) else entry
    error = refusal(put(tmp_path, gzip.compress(make_tar(member))))
    assert error.reason is Reason.INSTALLER_UNSAFE
    assert complaint in error.found
    assert repr(entry if isinstance(entry, str) else entry.name) in error.found


def test_nothing_may_lie_or_point_behind_a_link(tmp_path: Path) -> None:
    link = special("sub", tarfile.SYMTYPE, ".")
    through = refusal(put(tmp_path, gzip.compress(make_tar(link, ("sub/file", b"x")))))
    hard = refusal(put(tmp_path, gzip.compress(make_tar(link, special("h", tarfile.LNKTYPE, "sub/install")))))
    assert "'sub/file' lies behind a link" in through.found
    assert "behind a link" in hard.found


def test_links_that_stay_inside_are_fine(tmp_path: Path) -> None:
    members = (
        special("d", tarfile.DIRTYPE),
        special("d", tarfile.DIRTYPE),
        special("d/up", tarfile.SYMTYPE, "../install"),
        special("same", tarfile.SYMTYPE, "./install_vx"),
        special("hard", tarfile.LNKTYPE, "install"),
    )
    check_members(read_members(put(tmp_path, gzip.compress(make_tar(*members)))).members)


@pytest.mark.parametrize("missing", REQUIRED_MEMBERS)
def test_an_archive_of_something_else_is_no_installer(missing: str) -> None:
    members = [Member(name, MemberKind.FILE) for name in REQUIRED_MEMBERS if name != missing]
    with pytest.raises(MobilityError, match="not a Mobility service installer") as caught:
        check_members(members)
    assert caught.value.reason is Reason.INSTALLER_CORRUPT
    assert missing in caught.value.found


def test_an_endless_archive_is_refused() -> None:
    member = Member("install", MemberKind.FILE)
    with pytest.raises(MobilityError, match="more than"):
        check_members([member] * 100_001)


def test_an_archive_with_too_many_members_is_given_up_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MOST_MEMBERS", 3)
    error = refusal(put(tmp_path, gzip.compress(make_tar())))
    assert (error.reason, error.found) == (Reason.INSTALLER_UNSAFE, "more than 3 members")


def test_reading_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = put(tmp_path, gzip.compress(make_tar(("payload.rpm", b"\0" * 60_000_000)), 1))
    tracemalloc.start()
    try:
        read_members(path)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def mutated(data: st.DataObject, content: bytes) -> bytes:
    changed = bytearray(content)
    for _step in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    return bytes(changed)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from([*PACKERS, "tar"]))
def test_no_damage_makes_it_crash(tmp_path: Path, data: st.DataObject, where: str) -> None:
    """Damage to the packed bytes, and damage to the tar inside sound packing."""
    tar = make_tar(("d/" + "long" * 40, b"x"), special("l", tarfile.SYMTYPE, "install"))
    content = gzip.compress(mutated(data, tar), 1) if where == "tar" else mutated(data, PACKERS[where](tar))
    try:
        check_members(read_members(put(tmp_path, content)).members)
    except MobilityError as error:
        assert error.reason in (Reason.INSTALLER_CORRUPT, Reason.INSTALLER_UNSAFE)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"\x5d\x00\x00\x00\x01\xff\xff\xff\xff"]),
)
def test_no_content_makes_it_crash(tmp_path: Path, content: bytes, magic: bytes) -> None:
    with pytest.raises(MobilityError):
        check_members(read_members(put(tmp_path, magic + content)).members)


NAMES = st.lists(st.sampled_from(["a", "b", "c", "..", ".", ""]), min_size=1, max_size=4).map("/".join)


@settings(max_examples=60, deadline=None)
@example(entries=[("a", b"2", "a//a")])
@given(st.lists(st.tuples(NAMES, st.sampled_from([b"0", b"5", b"2", b"1"]), NAMES), max_size=4))
def test_what_is_accepted_stays_inside_when_it_is_unpacked(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, bytes, str]]
) -> None:
    """Unpacked by the real tar: nothing appears outside, and no link of the tree resolves to a place outside."""
    infos: list[t.Any] = [special(name or "x", kind, target) for name, kind, target in entries]
    outside = tmp_path_factory.mktemp("outside")
    archive, inside = outside / "x.tar", outside / "inside"
    archive.write_bytes(gzip.compress(make_tar(*infos), 1))
    try:
        check_members(read_members(archive).members)
    except MobilityError:
        return
    inside.mkdir()
    os.spawnlp(os.P_WAIT, "tar", "tar", "-C", str(inside), "-xzof", str(archive))
    assert sorted(path.name for path in outside.iterdir()) == ["inside", "x.tar"]
    for path in inside.rglob("*"):
        assert Path(os.path.realpath(path)).is_relative_to(inside), path
