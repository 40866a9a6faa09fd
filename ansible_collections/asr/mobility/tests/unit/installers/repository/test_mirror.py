# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory is filled from a real server: whole files only, each once, and an interrupted run is gone on with."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository import transfer
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import Reader
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.mirror import (
    Mirror,
    Progress,
    Wish,
    foresee,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.origins import folder_origins
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import ControllerSource
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from lab.web import Mistake
from unit.installers.repository.shelf import DEBIAN, RHEL, WINDOWS, Shelf, name, packed, program, sha256

WRITTEN = ["INDEX.md", "SHA256SUMS", "index.json"]
CUT = Mistake(cut=1_000_000)


def refusal(shelf: Shelf, reason: Reason, **options: object) -> MobilityError:
    with pytest.raises(MobilityError) as caught:
        shelf.mirror(30.0, **options)
    assert caught.value.reason is reason, caught.value
    return caught.value


def test_a_directory_is_built_and_the_second_run_asks_for_nothing(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN, WINDOWS)
    first = shelf.mirror()
    assert (first.changed, sorted(first.brought), first.failures) == (True, sorted([RHEL, DEBIAN, WINDOWS]), {})
    assert shelf.is_whole(RHEL, DEBIAN, WINDOWS)
    assert shelf.left() == sorted([RHEL, DEBIAN, WINDOWS, *WRITTEN])
    before = {path: path.stat().st_mtime_ns for path in [shelf.directory, *shelf.directory.iterdir()]}
    asked = shelf.asked()
    second = shelf.mirror()
    assert (second.changed, list(second.brought), sorted(second.kept)) == (False, [], sorted([RHEL, DEBIAN, WINDOWS]))
    assert shelf.asked() == asked
    assert {path: path.stat().st_mtime_ns for path in [shelf.directory, *shelf.directory.iterdir()]} == before


def test_the_sums_are_such_that_sha256sum_agrees(shelf: Shelf) -> None:
    shelf.put(RHEL, WINDOWS)
    shelf.mirror()
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=shelf.directory, capture_output=True, check=True
    )
    assert checked.stdout.decode().count(": OK") == 2


def test_every_host_finds_its_installer_in_what_was_mirrored(shelf: Shelf) -> None:
    older = name("RHEL8-64", "9.65.0.0")
    shelf.put(RHEL, DEBIAN, older)
    shelf.mirror(versions=[VersionSpec.parse("9.66"), VersionSpec.parse("9.65")])
    source = ControllerSource(shelf.directory)
    assert source.offer("RHEL8-64", None).location == str(shelf.directory / RHEL)
    assert source.offer("RHEL8-64", VersionSpec.parse("9.65")).name.file_name == older
    assert source.offer("DEBIAN12-64", None).name.file_name == DEBIAN


def test_only_what_was_asked_for_is_fetched(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN, name("RHEL8-64", "9.65.0.0"))
    assert list(shelf.mirror(tags=["RHEL8-64"]).brought) == [RHEL]
    assert list(shelf.mirror(needed=["DEBIAN12-64", "RHEL10-64"]).brought) == [DEBIAN]
    assert shelf.asked() == [(RHEL, 0), (DEBIAN, 0)]


def test_check_mode_asks_nobody_and_leaves_nothing(shelf: Shelf) -> None:
    shelf.put(RHEL)
    outcome = foresee(shelf.directory, shelf.wish(needed=["RHEL8-64", "RHEL10-64"]))
    assert (outcome.changed, list(outcome.brought), list(outcome.index.lacking)) == (True, [RHEL], ["RHEL10-64"])
    assert not shelf.directory.exists()
    assert shelf.asked() == []
    shelf.mirror()
    assert not foresee(shelf.directory, shelf.wish()).changed


# --- interrupted, and gone on with


def test_a_line_that_breaks_costs_only_the_rest(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, CUT)
    shelf.mirror()
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(RHEL, 0), (RHEL, 1_000_000), (RHEL, 2_000_000)]


def test_a_run_that_gave_up_is_gone_on_with_by_the_next(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.err(RHEL, CUT, Mistake(status=503), Mistake(status=503))
    outcome = shelf.mirror()
    assert (list(outcome.brought), list(outcome.failures)) == ([DEBIAN], [RHEL])
    assert outcome.failures[RHEL].reason is Reason.DOWNLOAD_FAILED
    assert not (shelf.directory / RHEL).exists()
    assert f".incoming/{RHEL}.part" in shelf.left()
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(DEBIAN, 0), (RHEL, 0), (RHEL, 1_000_000)]
    assert shelf.left() == sorted([RHEL, DEBIAN, *WRITTEN])


def test_a_killed_controller_is_gone_on_with_at_once(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, Mistake(pause=0.02))
    killed = multiprocessing.get_context("fork").Process(target=shelf.mirror)
    killed.start()
    part = shelf.directory / ".incoming" / f"{RHEL}.part"
    while not (part.exists() and part.stat().st_size):
        time.sleep(0.01)
    assert killed.pid
    os.kill(killed.pid, signal.SIGKILL)
    killed.join(10)
    have = part.stat().st_size
    begun = time.monotonic()
    shelf.mirror(stale_after=600)
    assert time.monotonic() - begun < 30
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(RHEL, 0), (RHEL, have)]
    assert f"left by process {killed.pid}" in " ".join(shelf.said)
    assert shelf.left() == sorted([RHEL, *WRITTEN])


def test_a_part_of_a_file_that_was_replaced_meanwhile_is_begun_anew(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    shelf.put(RHEL)
    shelf.mirror()
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(RHEL, 0), (RHEL, 0)]


def test_a_file_that_became_shorter_than_the_part_is_begun_anew(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    origin = shelf.directory / ".incoming" / f"{RHEL}.from"
    origin.write_text(json.dumps({**json.loads(origin.read_text()), "validator": None}))
    shelf.put(RHEL, content=packed(10_000))
    shelf.mirror()
    assert shelf.is_whole(RHEL)


@pytest.mark.parametrize("status", [400, 403, 416, 501])
def test_a_part_whose_rest_is_refused_is_begun_anew_by_the_same_try(shelf: Shelf, status: int) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    shelf.err(RHEL, Mistake(status=status))
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.asked() == [(RHEL, 0), (RHEL, 0)]


def test_another_part_than_the_one_asked_for_is_begun_anew(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    answers = [re.compile("never")]  # as if the server had told another range, once
    spans = transfer._CONTENT_RANGE
    pattern = type("Once", (), {"fullmatch": lambda _self, text: (answers.pop() if answers else spans).fullmatch(text)})
    monkeypatch.setattr(transfer, "_CONTENT_RANGE", pattern())
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.is_whole(RHEL)


def test_a_server_that_knows_no_parts_sends_it_all_again(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(deaf=True))
    shelf.mirror()
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(RHEL, 0), (RHEL, 0)]


# --- servers that send something else


@pytest.mark.parametrize(
    ("mistakes", "reason", "found"),
    [
        ([Mistake(page=True)], Reason.INSTALLER_CORRUPT, "an HTML page"),
        ([Mistake(redirect="http://127.0.0.1:1/x")], Reason.DOWNLOAD_FAILED, "a redirect from https to http"),
        ([Mistake(status=404)], Reason.DOWNLOAD_FAILED, "HTTP status 404"),
        ([Mistake(status=500)] * 3, Reason.DOWNLOAD_FAILED, "HTTP status 500"),
    ],
)
def test_what_is_no_installer_is_not_kept(shelf: Shelf, mistakes: list[Mistake], reason: Reason, found: str) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.err(RHEL, *mistakes)
    outcome = shelf.mirror()
    assert outcome.failures[RHEL].reason is reason
    assert found in outcome.failures[RHEL].found
    assert shelf.left() == sorted([DEBIAN, *WRITTEN])
    assert list(shelf.mirror().brought) == [RHEL]


def test_an_announced_length_that_never_comes(shelf: Shelf) -> None:
    shelf.put(RHEL)
    size = (shelf.served / RHEL).stat().st_size
    shelf.err(RHEL, *[Mistake(longer=10)] * 5)
    outcome = shelf.mirror()
    assert outcome.failures[RHEL].reason is Reason.DOWNLOAD_FAILED
    assert not (shelf.directory / RHEL).exists()
    assert str(size) in outcome.failures[RHEL].found or "416" in outcome.failures[RHEL].found
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.is_whole(RHEL)


@pytest.mark.parametrize("content", [packed()[:2_000_000], b"\x1f\x8b\x08" + bytes(1000), b"", b"MZ" + bytes(5000)])
def test_a_file_that_is_damaged_on_the_server_is_not_kept(shelf: Shelf, content: bytes) -> None:
    shelf.put(DEBIAN)
    (shelf.served / RHEL).write_bytes(content)
    (shelf.served / WINDOWS).write_bytes(content or b"MZ")
    outcome = shelf.mirror()
    assert {outcome.failures[name].reason for name in (RHEL, WINDOWS)} == {Reason.INSTALLER_CORRUPT}
    assert shelf.left() == sorted([DEBIAN, *WRITTEN])


@pytest.mark.parametrize("lost", [1, 400, 2000, 3900, 4800])
def test_a_program_that_was_cut_is_not_kept(shelf: Shelf, tmp_path: Path, lost: int) -> None:
    """Of the signature, of what it carries, of its section, of its headers."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / WINDOWS).write_bytes(program()[:-lost])
    outcome = Mirror(shelf.directory, Wish(folder_origins(folder)), shelf.said.append).refresh()
    assert outcome.failures[WINDOWS].reason is Reason.INSTALLER_CORRUPT
    assert "no whole Windows program" in outcome.failures[WINDOWS].found
    assert shelf.left() == sorted(WRITTEN)


# --- sums


def test_sums_that_agree_and_sums_that_disagree(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    right = sha256((shelf.served / RHEL).read_bytes())
    outcome = shelf.mirror(sums={RHEL: right, DEBIAN: "0" * 64})
    assert list(outcome.brought) == [RHEL]
    assert outcome.failures[DEBIAN].reason is Reason.CHECKSUM_MISMATCH
    assert shelf.left() == sorted([RHEL, *WRITTEN])


def test_a_file_that_is_there_already_must_have_the_sum_too(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.mirror()
    shelf.put(RHEL)
    assert list(shelf.mirror(sums={RHEL: sha256((shelf.served / RHEL).read_bytes())}).brought) == [RHEL]
    assert shelf.is_whole(RHEL)
    assert sha256((shelf.served / RHEL).read_bytes()) in (shelf.directory / "SHA256SUMS").read_text()


def test_sums_without_a_file_are_refused_before_anything_is_fetched(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    error = refusal(shelf, Reason.INVALID_ARGUMENT, sums={RHEL: "0" * 64})
    assert DEBIAN in error.found
    assert shelf.asked() == []


def test_a_file_of_sums_in_the_directory_that_is_none_stops_the_run(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.mirror()
    (shelf.directory / "SHA256SUMS").write_text("not a sum\n")
    assert "line 1 of" in refusal(shelf, Reason.INVALID_ARGUMENT).found


def test_a_damaged_file_is_fetched_again(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.mirror()
    (shelf.directory / RHEL).write_bytes(packed())
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.is_whole(RHEL)


def test_a_damaged_file_is_not_replaced_by_another_content_without_a_word(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.mirror()
    line = f"{sha256((shelf.served / RHEL).read_bytes())}  {RHEL}\n"
    (shelf.directory / RHEL).write_bytes(b"damaged")
    shelf.put(RHEL)
    error = shelf.mirror().failures[RHEL]
    assert error.reason is Reason.CHECKSUM_MISMATCH
    assert "remove the line" in error.remedy
    assert (shelf.directory / RHEL).read_bytes() == b"damaged"
    sums = shelf.directory / "SHA256SUMS"
    assert line in sums.read_text()
    sums.write_text(sums.read_text().replace(line, ""))
    assert list(shelf.mirror().brought) == [RHEL]
    assert shelf.is_whole(RHEL)


def test_a_damaged_file_is_repaired_under_the_name_it_has(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.directory.mkdir()
    other = RHEL.replace("release", "Release")
    (shelf.directory / other).write_text("damaged")
    assert other in foresee(shelf.directory, shelf.wish()).brought
    assert sorted(shelf.mirror().brought) == sorted([DEBIAN, other])
    assert (shelf.directory / other).read_bytes() == (shelf.served / RHEL).read_bytes()
    assert ControllerSource(shelf.directory).offer("RHEL8-64", None).name.file_name == other


def test_a_file_that_vanishes_while_the_directory_is_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.mirror()
    listed = Reader._file_names

    def list_and_lose(reader: Reader) -> set[str]:
        names = listed(reader)
        (shelf.directory / RHEL).unlink(missing_ok=True)
        return names

    monkeypatch.setattr(Reader, "_file_names", list_and_lose)
    contents = Reader(shelf.directory).read()
    assert (list(contents.held), contents.damaged) == ([DEBIAN], {})


def test_a_reader_judges_anew_when_the_sum_is_another_one(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.mirror()
    reader, sums = Reader(shelf.directory), shelf.directory / "SHA256SUMS"
    assert list(reader.read().held) == [RHEL]
    sums.write_text(f"{'0' * 64}  {RHEL}\n")
    assert list(reader.read().damaged) == [RHEL]


def test_a_disk_that_fails_in_check_mode_is_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_reader: Reader) -> None:
        raise OSError(5, "Input/output error")

    shelf.put(RHEL)
    monkeypatch.setattr(Reader, "read", fail)
    with pytest.raises(MobilityError, match="Input/output error"):
        foresee(shelf.directory, shelf.wish())


def test_a_damaged_file_that_cannot_be_had_is_told_and_stays_known(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.mirror()
    (shelf.directory / RHEL).write_bytes(packed())
    for _run in range(2):
        outcome = shelf.mirror(tags=["DEBIAN12-64"])
        assert "sha256" in outcome.index.contents.damaged[RHEL]
        assert RHEL in (shelf.directory / "INDEX.md").read_text()


def test_a_file_that_somebody_put_there_is_taken_when_it_is_one(shelf: Shelf) -> None:
    shelf.put(RHEL, DEBIAN)
    shelf.directory.mkdir()
    (shelf.directory / RHEL.replace("release", "Release")).write_bytes((shelf.served / RHEL).read_bytes())
    (shelf.directory / DEBIAN).write_text("<html>Sign in</html>")
    outcome = shelf.mirror()
    assert (list(outcome.brought), list(outcome.kept)) == ([DEBIAN], [RHEL.replace("release", "Release")])
    assert shelf.is_whole(DEBIAN)


def test_two_names_of_one_installer_are_told(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.mirror()
    other = RHEL.replace("release", "Release")
    (shelf.directory / other).write_bytes((shelf.served / RHEL).read_bytes())
    assert shelf.mirror().index.contents.twins == [sorted([RHEL, other])]
    (shelf.directory / other).write_text("damaged")
    assert shelf.mirror().index.contents.twins == [sorted([RHEL, other])]


# --- several controllers


def test_two_controllers_fill_one_directory_and_fetch_each_file_once(shelf: Shelf) -> None:
    names = [RHEL, DEBIAN, name("OL9-64"), name("SLES15-64")]
    shelf.put(*names, content=packed(500_000))
    for one in names:
        shelf.err(one, Mistake(pause=0.02))
    controllers = [multiprocessing.get_context("fork").Process(target=shelf.mirror) for _controller in range(2)]
    for controller in controllers:
        controller.start()
    for controller in controllers:
        controller.join(60)
    assert [controller.exitcode for controller in controllers] == [0, 0]
    assert sorted(shelf.asked()) == sorted((one, 0) for one in names)
    assert shelf.is_whole(*names)
    assert shelf.left() == sorted([*names, *WRITTEN])
    assert {row["file"] for row in json.loads((shelf.directory / "index.json").read_text())["installers"]} == set(names)
    assert not shelf.mirror().changed


@dataclass(frozen=True)
class Sleeper:
    """An origin whose controller stands still so long that another one takes its claim."""

    name: InstallerName
    location: str = "somewhere"

    def bring(self, part: Path, _report: object) -> None:
        part.write_bytes(packed(1000))
        part.with_suffix(".claim").write_text("another controller's")

    def forget(self, part: Path) -> None:
        part.unlink(missing_ok=True)


def test_a_controller_that_was_overtaken_leaves_the_file_to_the_other(shelf: Shelf) -> None:
    outcome = Mirror(shelf.directory, Wish([Sleeper(parse_name(RHEL))]), shelf.said.append).refresh()
    assert "another controller took over" in outcome.failures[RHEL].found
    assert not (shelf.directory / RHEL).exists()
    assert f".incoming/{RHEL}.claim" in shelf.left()


def test_a_controller_that_was_overtaken_stops_writing(shelf: Shelf) -> None:
    """The claim is taken after the first piece; what the other one then has is not touched again."""
    shelf.put(RHEL)
    shelf.err(RHEL, Mistake(pause=0.02))
    incoming = shelf.directory / ".incoming"
    part, claim = incoming / f"{RHEL}.part", incoming / f"{RHEL}.claim"

    def overtake() -> None:
        while not (part.exists() and part.stat().st_size):
            time.sleep(0.005)
        claim.write_text("another controller's")
        part.unlink()
        part.write_bytes(b"of the other one")

    other = threading.Thread(target=overtake)
    other.start()
    outcome = shelf.mirror()
    other.join()
    assert "another controller took over" in outcome.failures[RHEL].found
    assert part.read_bytes() == b"of the other one"
    assert claim.read_text() == "another controller's"


def test_who_takes_over_from_a_sleeper_goes_on_with_a_copy(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    part = shelf.directory / ".incoming" / f"{RHEL}.part"
    part.with_suffix(".claim").write_text("of a sleeper")
    with part.open("r+b") as asleep:
        asleep.seek(0, os.SEEK_END)
        shelf.mirror(stale_after=1.0)
        asleep.write(b"what the sleeper writes when it wakes up")
    assert shelf.is_whole(RHEL)
    assert shelf.asked() == [(RHEL, 0), (RHEL, 1_000_000)]


# --- folders


def test_a_folder_off_a_server_is_taken_over_under_published_names(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "Microsoft-ASR_UA_9.63.0.0_RHEL8-64_GA_21Oct2024_Release.tar.gz").write_bytes(packed())
    (folder / "Microsoft ASR_UA_9.63.0.0_RHEL9 - 64_GA_21Oct2024_Release.tar.gz").write_bytes(packed())
    (folder / "Microsoft-ASR_UA_9.63.0.0_OL8-64_GA_21Oct2024_Release.tar.gz").write_text("cut")
    (folder / "readme.txt").touch()
    outcome = Mirror(shelf.directory, Wish(folder_origins(folder)), shelf.said.append).refresh()
    published = [f"Microsoft-ASR_UA_9.63.0.0_RHEL{release}-64_GA_21Oct2024_release.tar.gz" for release in (8, 9)]
    assert list(outcome.brought) == published
    assert [error.reason for error in outcome.failures.values()] == [Reason.INSTALLER_CORRUPT]
    assert shelf.left() == sorted([*published, *WRITTEN])
    again = Mirror(shelf.directory, Wish(folder_origins(folder), tags=["RHEL8-64"]), shelf.said.append).refresh()
    assert not again.brought


def test_a_file_of_sums_in_the_folder_vouches_for_its_files(shelf: Shelf, tmp_path: Path) -> None:
    folder, lines = tmp_path / "folder", list[str]()
    folder.mkdir()
    for one in (RHEL, DEBIAN):
        (folder / one).write_bytes(packed(1000))
        lines.append(f"{sha256((folder / one).read_bytes())}  {one}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    (folder / RHEL).write_bytes(packed(1000))
    (folder / WINDOWS).write_bytes(program())
    outcome = Mirror(shelf.directory, Wish(folder_origins(folder)), shelf.said.append).refresh()
    assert sorted(outcome.brought) == sorted([DEBIAN, WINDOWS])
    assert outcome.failures[RHEL].reason is Reason.CHECKSUM_MISMATCH
    assert shelf.left() == sorted([DEBIAN, WINDOWS, *WRITTEN])


def test_a_source_file_that_cannot_be_read_costs_itself_only(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, opened = tmp_path / "folder", Path.open
    folder.mkdir()
    for one in (RHEL, DEBIAN):
        (folder / one).write_bytes(packed(1000))

    def refuse(path: Path, mode: str = "r", **more: str) -> object:
        if path == folder / RHEL:
            raise PermissionError(13, "Permission denied")
        return opened(path, mode, **more)  # type: ignore[call-overload]  # encoding and errors, where there are some

    monkeypatch.setattr(Path, "open", refuse)
    outcome = Mirror(shelf.directory, Wish(folder_origins(folder)), shelf.said.append).refresh()
    assert list(outcome.brought) == [DEBIAN]
    assert outcome.failures[RHEL].reason is Reason.INSTALLER_NOT_FOUND
    assert str(folder / RHEL) in outcome.failures[RHEL].found
    assert shelf.left() == sorted([DEBIAN, *WRITTEN])


def test_folders_that_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("absent", "empty"):
        with pytest.raises(MobilityError, match=folder) as caught:
            folder_origins(tmp_path / folder)
        assert caught.value.reason is Reason.INSTALLER_NOT_FOUND
    for one in (RHEL, RHEL.replace("release", "Release")):
        (tmp_path / one).touch()
    with pytest.raises(MobilityError) as caught:
        folder_origins(tmp_path)
    assert caught.value.reason is Reason.INSTALLER_AMBIGUOUS


# --- what ends a whole run


@pytest.mark.parametrize(
    ("options", "found", "expected"),
    [
        ({"tags": ["OL9-64"]}, "for DEBIAN12-64, RHEL8-64 only 9.65.0.0, 9.66.7567.1", "OL9-64"),
        ({"tags": ["RHEL8-64", "OL9-64"]}, "for RHEL8-64 only 9.65.0.0, 9.66.7567.1", "OL9-64"),
        ({"needed": ["OL9-64"]}, "for DEBIAN12-64, RHEL8-64 only 9.65.0.0, 9.66.7567.1", "OL9-64"),
        ({"versions": ["9.66", "9.9"]}, "for DEBIAN12-64, RHEL8-64 only 9.65.0.0, 9.66.7567.1", "9.9"),
        ({"tags": ["DEBIAN12-64"], "versions": ["9.65"]}, "for DEBIAN12-64 only 9.66.7567.1", "DEBIAN12-64, 9.65"),
    ],
)
def test_nothing_for_what_was_asked_is_no_quiet_gap(
    shelf: Shelf, options: dict[str, list[str]], found: str, expected: str
) -> None:
    shelf.put(RHEL, DEBIAN, name("RHEL8-64", "9.65.0.0"), content=b"never asked for")
    versions = [VersionSpec.parse(version) for version in options.pop("versions", [])]
    error = refusal(shelf, Reason.INSTALLER_NOT_FOUND, versions=versions, **options)
    assert (error.found, error.expected) == (found, f"an installer for {expected}")
    assert shelf.asked() == []


def test_a_disk_without_room_ends_the_run_and_keeps_what_came(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put(RHEL)
    shelf.err(RHEL, CUT, Mistake(status=404))
    shelf.mirror()
    full = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: full)
    assert "1000 bytes free" in refusal(shelf, Reason.NO_SPACE).found
    monkeypatch.undo()
    assert (shelf.directory / ".incoming" / f"{RHEL}.part").stat().st_size == 1_000_000


def test_a_directory_that_is_a_file(shelf: Shelf) -> None:
    shelf.put(RHEL)
    shelf.directory.write_text("")
    refusal(shelf, Reason.INSTALLER_NOT_FOUND)


def test_progress_is_told_from_time_to_time() -> None:
    now, said = [0.0], list[str]()
    progress = Progress("x", said.append, lambda: now[0])
    for second in range(0, 31):
        now[0] = float(second)
        progress.report(second * 1024 * 1024, 100 * 1024 * 1024)
    progress.report(0, None)
    assert said == [f"x: {at} of 100 MiB ({at} %), 1.0 MiB/s" for at in (10, 20, 30)]


def test_published_names_are_their_own_published_names() -> None:
    assert parse_name(RHEL).published == RHEL
