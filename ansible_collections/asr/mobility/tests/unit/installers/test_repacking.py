"""An archive is packed again for hosts that cannot unpack it, once for all, and stays what was checked."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import read_members
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import Compression
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repacking import Repacked, repack_once
from lab.installer_double import DoubleSpec, build


@pytest.fixture(autouse=True)
def local_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that Ansible makes for one run."""
    folder = tmp_path / "local"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
    return folder


@pytest.mark.parametrize(("packing", "compression"), [("xz", Compression.XZ), ("lzma", Compression.LZMA)])
def test_the_content_is_the_same(packing: str, compression: Compression, tmp_path: Path) -> None:
    archive = build(DoubleSpec(compression=packing), tmp_path)
    before = read_members(archive)
    made = repack_once(archive, compression, before.sha256)
    after = read_members(Path(made.path))
    assert after.compression is Compression.GZIP
    assert after.members == before.members
    assert (made.sha256, made.size) == (after.sha256, after.size)


def _ask(archive: Path) -> Repacked:
    return repack_once(archive, Compression.XZ, hashlib.sha256(archive.read_bytes()).hexdigest())


def test_workers_that_ask_at_once_get_one_file(tmp_path: Path, local_tmp: Path) -> None:
    archive = build(DoubleSpec(compression="xz", payload_size=2), tmp_path)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = set(pool.map(_ask, [archive] * 8))
    assert len(made) == 1
    assert len(list(local_tmp.glob("*-gzip"))) == 1
    written = Path(made.pop().path).stat()
    assert Path(_ask(archive).path).stat() == written


def test_a_file_that_was_changed_meanwhile_is_refused(tmp_path: Path, local_tmp: Path) -> None:
    archive = build(DoubleSpec(compression="xz"), tmp_path)
    with pytest.raises(MobilityError) as caught:
        repack_once(archive, Compression.XZ, "0" * 64)
    assert caught.value.reason is Reason.INSTALLER_CORRUPT
    assert [path.suffix for path in local_tmp.iterdir()] == [".lock"]


@pytest.mark.parametrize("packing", ["xz", "lzma", "gz"])
@pytest.mark.parametrize("damage", [lambda whole: whole[:-100], lambda whole: whole[:60] + bytes(60) + whole[120:]])
def test_a_file_that_was_cut_or_damaged_meanwhile_is_refused(
    tmp_path: Path, local_tmp: Path, packing: str, damage: Callable[[bytes], bytes]
) -> None:
    archive = build(DoubleSpec(compression=packing), tmp_path)
    before = read_members(archive)
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(MobilityError, match="was changed while it was read") as caught:
        repack_once(archive, before.compression, before.sha256)
    assert caught.value.reason is Reason.INSTALLER_CORRUPT
    assert [path.suffix for path in local_tmp.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, local_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = build(DoubleSpec(compression="xz"), tmp_path)
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(local_tmp / "nowhere"))
    with pytest.raises(MobilityError) as caught:
        repack_once(archive, Compression.XZ, "0" * 64)
    assert caught.value.reason is Reason.TRANSFER_FAILED
    assert "nowhere" in caught.value.found
