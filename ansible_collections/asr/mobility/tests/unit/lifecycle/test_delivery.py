"""An installer is checked wherever it lies, and before a byte is moved where that is possible."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.compression import Compression
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import REQUIRED_MEMBERS
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.delivery import (
    ControllerDelivery,
    DownloadDelivery,
    OnTargetDelivery,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, ScriptResult
from lab.installer_double import DoubleSpec, build
from unit.lifecycle.recording import STAGING, RecordingTarget, refusal_of
from unit.lifecycle.states import MIB, filesystem, host, offer

RUN = f"{STAGING}/run"
GZIP, SUM = "1f8b0800" + "00" * 8, "a" * 64
OFFER = offer("9.66.7567.1")
LISTING = "".join(f"-rwxr-xr-x root/root 4096 2025-09-20 10:00 {name}\n" for name in (*REQUIRED_MEMBERS, "spv.json"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(DoubleSpec(), tmp_path_factory.mktemp("installers"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cramped() -> HostState:
    """A host with room for nothing."""
    places = {name: filesystem(free=MIB) for name in host().filesystems}
    return replace(host(), filesystems=places)


def test_a_file_of_the_controller_is_read_here_and_checked_there(archive: Path) -> None:
    target = RecordingTarget([host()])
    delivery = ControllerDelivery(OFFER, archive, None)
    package = delivery.inspect(host())
    assert (package.sha256, package.size) == (digest(archive), archive.stat().st_size)
    assert package.extracted_bytes is not None
    assert package.extracted_bytes > 0
    assert target.calls == []
    assert delivery.bring(target, RUN, host()).staged_path == f"{RUN}/installer"
    assert target.calls == ["deliver"]


@pytest.mark.parametrize("packing", ["xz", "lzma"])
def test_a_host_without_a_tool_for_it_gets_it_packed_again(packing: str, tmp_path: Path) -> None:
    archive = build(DoubleSpec(compression=packing), tmp_path)
    bare = host(tools={**host().tools, "xz": False, "unlzma": False})
    target = RecordingTarget([bare])
    delivery = ControllerDelivery(OFFER, archive, digest(archive))
    delivery.foresee(bare)
    package = delivery.inspect(bare)
    assert package.compression is Compression.GZIP
    assert package.sha256 not in (None, digest(archive))
    assert replace(delivery.bring(target, RUN, bare), staged_path=None) == package
    assert target.calls == ["deliver"]


def test_a_host_with_neither_tool_is_refused(tmp_path: Path) -> None:
    archive = build(DoubleSpec(compression="xz"), tmp_path)
    bare = host(tools={**host().tools, "xz": False, "unlzma": False, "gzip": False})
    delivery = ControllerDelivery(OFFER, archive, None)
    assert refusal_of(lambda: delivery.foresee(bare)).reason is Reason.TOOL_MISSING


def test_the_wrong_checksum_is_told_before_anything_is_copied(archive: Path) -> None:
    refusal = refusal_of(lambda: ControllerDelivery(OFFER, archive, SUM).inspect(host()))
    assert refusal.reason is Reason.CHECKSUM_MISMATCH


def test_room_is_asked_for_before_anything_is_copied(archive: Path) -> None:
    assert refusal_of(lambda: ControllerDelivery(OFFER, archive, None).inspect(cramped())).reason is Reason.NO_SPACE


def test_a_download_waits_for_a_host_that_can_take_it(archive: Path) -> None:
    asked: list[str] = []

    def download() -> Path:
        asked.append("download")
        return archive

    delivery = DownloadDelivery(OFFER, download, digest(archive))
    assert refusal_of(lambda: delivery.inspect(cramped())).reason is Reason.NO_SPACE
    delivery.foresee(host())
    assert asked == []
    assert delivery.inspect(host()).size == archive.stat().st_size
    assert asked == ["download"]


def examined(magic: str = GZIP, sha256: str = SUM) -> ScriptResult:
    return ScriptResult(0, f"size=1000\nsha256={sha256}\nmagic={magic}\n")


def on_target(wanted: str | None = None, reason: Reason = Reason.DOWNLOAD_FAILED) -> OnTargetDelivery:
    return OnTargetDelivery(OFFER, Script("pull", "text", {"ASR_URL": "https://x/"}), reason, wanted, None)


def test_a_file_the_target_fetched_is_examined_there() -> None:
    answers = {"examine": examined(), "list": ScriptResult(0, LISTING)}
    target = RecordingTarget([host()], answers=answers)
    package = on_target(SUM).bring(target, RUN, host())
    assert target.calls == ["pull", "examine", "list"]
    assert target.scripts[0].variables == {"ASR_URL": "https://x/", "ASR_DEST": f"{RUN}/installer"}
    assert (package.sha256, package.size, package.staged_path) == (SUM, 1000, f"{RUN}/installer")


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"pull": ScriptResult(4, "curl: (22) 404")}, Reason.DOWNLOAD_FAILED),
        ({"pull": ScriptResult(5, "cp: No space left on device")}, Reason.TRANSFER_FAILED),
        ({"examine": examined(sha256="b" * 64)}, Reason.CHECKSUM_MISMATCH),
        ({"examine": examined(magic="3c68746d6c3e")}, Reason.INSTALLER_CORRUPT),
        ({"examine": examined(magic="zz")}, Reason.INSTALLER_CORRUPT),
        ({"examine": ScriptResult(1, "there is no file")}, Reason.INSTALLER_CORRUPT),
        ({"list": ScriptResult(3, "no tool here")}, Reason.TOOL_MISSING),
        ({"list": ScriptResult(4, "gzip: unexpected end of file")}, Reason.INSTALLER_CORRUPT),
        ({"list": ScriptResult(0, LISTING.replace("spv.json", "../spv.json"))}, Reason.INSTALLER_UNSAFE),
        ({"list": ScriptResult(0, LISTING + "something else\n")}, Reason.INSTALLER_UNSAFE),
    ],
)
def test_what_can_be_wrong_with_it(answers: dict[str, ScriptResult], reason: Reason) -> None:
    target = RecordingTarget([host()], answers={"examine": examined(), "list": ScriptResult(0, LISTING), **answers})
    assert refusal_of(lambda: on_target(SUM).bring(target, RUN, host())).reason is reason


def test_room_is_asked_for_again_when_the_size_is_known() -> None:
    huge = LISTING.replace(" 4096 ", f" {10**15} ")
    target = RecordingTarget([host()], answers={"examine": examined(), "list": ScriptResult(0, huge)})
    assert refusal_of(lambda: on_target(SUM).bring(target, RUN, host())).reason is Reason.NO_SPACE
