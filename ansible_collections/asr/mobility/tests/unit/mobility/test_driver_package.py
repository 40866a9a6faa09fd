# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which driver of a package belongs to which kernel, and what the scripts see and do, in three shells."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.driver_package import (
    APPLY_SCRIPT,
    LOOK_SCRIPT,
    DriverFacts,
    DriverFile,
    hash_drivers,
    is_driver,
    kernels,
    member_for,
    read_driver_facts,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library

DEB, RHEL = "6.1.0-28-amd64", "5.14.0-427.13.1.el9_4.x86_64"
SUM, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([f"Drivers/involflt.ko.{DEB}"], f"Drivers/involflt.ko.{DEB}"),
        ([f"./Drivers/involflt.ko.{DEB}"], f"./Drivers/involflt.ko.{DEB}"),
        (
            [f"Drivers/Signed/involflt.ko.{DEB}", f"Drivers/UnSigned/involflt.ko.{DEB}"],
            f"Drivers/UnSigned/involflt.ko.{DEB}",
        ),
        ([f"Drivers/Signed/involflt.ko.{DEB}"], None),
        ([f"Drivers/involflt.ko.{DEB}.old", f"Drivers/x/../involflt.ko.{DEB}", f"involflt.ko.{DEB}"], None),
        ([], None),
    ],
)
def test_the_member_for_a_kernel(members: list[str], found: str | None) -> None:
    assert member_for(DEB, members) == found


def test_what_is_a_driver() -> None:
    assert is_driver(f"Drivers/UnSigned/involflt.ko.{DEB}")
    assert not is_driver("Drivers/readme")


def files(
    running: str, following: str | None, sums: dict[str, str], drivers: dict[str, str] | None
) -> dict[str, DriverFile]:
    found = kernels(running, following, DriverFacts(sums=sums), drivers)
    return {kernel.role: kernel.file for kernel in found}


PACKAGE = {f"Drivers/involflt.ko.{DEB}": SUM, "Drivers/involflt.ko.5.14.0-427.el9.x86_64": ""}


@pytest.mark.parametrize(
    ("running", "following", "sums", "drivers", "found"),
    [
        (DEB, DEB, {}, PACKAGE, {"both": DriverFile.MISSING}),
        (DEB, None, {DEB: SUM}, PACKAGE, {"both": DriverFile.CURRENT}),
        (DEB, "x-1", {DEB: OTHER}, PACKAGE, {"running": DriverFile.OTHER, "next": DriverFile.NOT_IN_PACKAGE}),
        ("x-1", DEB, {}, PACKAGE, {"running": DriverFile.NOT_IN_PACKAGE, "next": DriverFile.MISSING}),
        (RHEL, RHEL, {}, PACKAGE, {"both": DriverFile.FOR_THE_SCRIPT}),
        (RHEL, RHEL, {RHEL: OTHER}, PACKAGE, {"both": DriverFile.CURRENT}),
        (DEB, RHEL, {}, PACKAGE, {"running": DriverFile.MISSING, "next": DriverFile.NOT_IN_PACKAGE}),
        (DEB, "x-1", {DEB: SUM}, None, {"running": DriverFile.PRESENT, "next": DriverFile.ABSENT}),
    ],
)
def test_what_a_host_has_of_a_package(
    running: str,
    following: str | None,
    sums: dict[str, str],
    drivers: dict[str, str] | None,
    found: dict[str, DriverFile],
) -> None:
    assert files(running, following, sums, drivers) == found


def package(path: Path, members: t.Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_only_the_drivers_of_the_wanted_kernels_are_read(tmp_path: Path) -> None:
    path = package(tmp_path / "p", {f"Drivers/involflt.ko.{DEB}": b"one", "Drivers/involflt.ko.x": b"two", "y": b""})
    assert hash_drivers(path, {DEB}) == {
        f"Drivers/involflt.ko.{DEB}": hashlib.sha256(b"one").hexdigest(),
        "Drivers/involflt.ko.x": "",
    }


@pytest.mark.parametrize(
    ("content", "reason"), [(b"<html>", Reason.INSTALLER_CORRUPT), (None, Reason.INSTALLER_NOT_FOUND)]
)
def test_what_is_no_package(tmp_path: Path, content: bytes | None, reason: Reason) -> None:
    path = tmp_path / "p"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MobilityError) as caught:
        hash_drivers(path, {DEB})
    assert caught.value.reason is reason


class Host:
    """A folder with kernels, and one shell."""

    def __init__(self, shell: list[str], root: Path) -> None:
        self.shell = shell
        self.root = root
        self.modules = root / "modules"

    def kernel(self, release: str, content: str | None = None) -> None:
        """A kernel, maybe with a driver."""
        folder = self.modules / release / "kernel" / "drivers" / "char"
        folder.mkdir(parents=True)
        if content is not None:
            (folder / "involflt.ko").write_text(content)

    def look(self, package: Path | None = None) -> DriverFacts:
        """What the script that reads shows."""
        variables = {
            "ASR_RECORD": str(self.root / "record"),
            "ASR_MODULES": str(self.modules),
            "ASR_SYSFS": str(self.root / "sysfs"),
            "ASR_PACKAGE": str(package) if package else "",
        }
        output = self.run(LOOK_SCRIPT.read_text(encoding="utf-8"), variables)
        return read_driver_facts(parse_facts(f"{output}probe=complete\n"))

    def run(self, text: str, variables: t.Mapping[str, str]) -> str:
        """One script; it must say nothing on standard error."""
        script = f"{library('prologue')}\n{assignments(variables)}{text}"
        done = subprocess.run(
            [*self.shell, "-s"], input=script, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        return done.stdout


@pytest.fixture
def host(shell: list[str], tmp_path: Path) -> Host:
    return Host(shell, tmp_path)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_script_sees_kernels_files_and_what_the_agent_brought(host: Host) -> None:
    host.kernel(DEB, "mine")
    host.kernel("without")
    (host.root / "record").write_text(f"INSTALLATION_DIR={host.root}/Vx\n")
    shipped = host.root / "Vx" / "bin" / "drivers" / f"involflt.ko.{DEB}"
    shipped.parent.mkdir(parents=True)
    shipped.write_text("shipped")
    (host.root / "sysfs").mkdir()
    (host.root / "sysfs" / "srcversion").write_text("ABC123\n")
    facts = host.look()
    assert sorted(facts.kernels) == sorted([DEB, "without"])
    assert facts.sums == {DEB: digest("mine")}
    assert facts.shipped == {DEB: digest("shipped")}
    assert (facts.loaded_source, facts.package_kind) == ("ABC123", None)


def test_the_script_reads_a_package_on_the_host(host: Host, tmp_path: Path) -> None:
    host.kernel(DEB)
    host.kernel("1.2+3")
    members = {f"Drivers/involflt.ko.{DEB}": b"one", f"Drivers/involflt.ko.{DEB}x": b"two", "Drivers/readme": b""}
    facts = host.look(package(tmp_path / "p.tar.gz", members))
    assert (facts.package_kind, facts.package_drivers) == ("file", {f"Drivers/involflt.ko.{DEB}": digest("one")})
    assert host.look(tmp_path / "none").package_kind == "missing"


def test_a_bare_host_is_no_trouble(host: Host) -> None:
    assert host.look() == DriverFacts()


def test_the_script_that_writes_names_a_kernel_that_is_not_there(host: Host) -> None:
    """Everything else of it needs /lib/modules and is shown on real hosts."""
    if os.geteuid() != 0:
        pytest.skip("it writes to /lib/modules")
    member = host.root / "driver"
    member.write_text("x")
    variables = {
        "ASR_RUN": str(host.root),
        "ASR_FILES": f"no-such-kernel|{member}",
        "ASR_LOAD": "0",
        "ASR_INSTALLATION": "",
        "ASR_WAS_RUNNING": "0",
    }
    text = APPLY_SCRIPT.read_text(encoding="utf-8").replace("depmod", ":")
    output = host.run(text, variables)
    assert "failed: the driver for no-such-kernel could not be put" in output
    assert not Path("/lib/modules/no-such-kernel").exists()
