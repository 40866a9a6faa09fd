"""An archive is read by one worker for all; another content under the same name is read again."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest
from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers import inspection
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import ArchiveFacts, read_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.inspection import inspect_once
from lab.installer_double import DoubleSpec, build

WORKERS = 4


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with one line for each time an archive was really read, whichever process did it."""
    count = tmp_path / "reads"
    count.touch()

    def counting(path: Path) -> ArchiveFacts:
        with count.open("a") as stream:
            stream.write("read\n")
        return read_members(path)

    folder = tmp_path / "local"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
    monkeypatch.setattr(inspection, "read_members", counting)
    return count


def number(reads: Path) -> int:
    return len(reads.read_text(encoding="ascii").splitlines())


def test_workers_that_ask_at_once_share_one_reading(reads: Path, tmp_path: Path) -> None:
    archive = build(DoubleSpec(payload_size=2), tmp_path / "installers")
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        found = pool.map(inspect_once, [archive] * WORKERS * 2)
    assert found == [read_members(archive)] * WORKERS * 2
    assert number(reads) == 1


def test_another_content_is_read_again_also_when_it_looks_alike(reads: Path, tmp_path: Path) -> None:
    archive = build(DoubleSpec(), tmp_path)
    first = inspect_once(archive)
    whole, before = archive.read_bytes(), archive.stat()
    archive.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(archive, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(MobilityError) as caught:
        inspect_once(archive)
    assert caught.value.reason is Reason.INSTALLER_CORRUPT
    archive.write_bytes(whole)
    assert inspect_once(archive) == first
    assert number(reads) == 3


def test_without_a_folder_to_remember_in_it_is_read_each_time(
    reads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = build(DoubleSpec(), tmp_path)
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "nowhere"))
    assert inspect_once(archive) == inspect_once(archive)
    assert number(reads) == 2


def test_a_file_that_is_not_there_is_refused_as_ever(reads: Path, tmp_path: Path) -> None:
    with pytest.raises(MobilityError) as caught:
        inspect_once(tmp_path / "none")
    assert caught.value.reason is Reason.INSTALLER_NOT_FOUND
