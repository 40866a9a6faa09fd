"""The generator of the installer double: names, versions, streams, members, and its closed lists."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from lab.installer_double import FAULTS, DoubleSpec, build
from lab.installer_double.__main__ import main
from lab.installer_double.faults import POINTS

FILES = Path(__file__).parents[2] / "lab" / "installer_double" / "files"
MEMBERS = {
    *("install", "install_vx", "uninstall.sh", "prereq_check_install.sh", "prereq_check_installer.json"),
    *("OS_details.sh", "teleAPIs.sh", "libcommon.sh", "AgentUpgrade.sh", "ApplyCustomChanges.sh", "conf_file"),
    *("Third-Party_Notices.txt", ".vx_version", "supported_kernels", "spv.json", "jq", "csgetfingerprint"),
    *("gencert", "genpassphrase", "inm_list_part", "InMage_VX_9.66.0.0_DEBIAN12-64.tar"),
}


def read(archive: Path, member: str) -> str:
    with tarfile.open(archive, "r:*") as tar:
        stream = tar.extractfile(member)
        assert stream is not None
        return stream.read().decode()


def test_the_archive_is_flat_and_complete(tmp_path: Path) -> None:
    archive = build(DoubleSpec(), tmp_path)
    assert archive.name == "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_release.tar.gz"
    with tarfile.open(archive, "r:gz") as tar:
        names = set(tar.getnames())
    assert names >= MEMBERS
    assert not [name for name in names if "/" in name]


@pytest.mark.parametrize(
    ("compression", "magic"), [("gz", b"\x1f\x8b"), ("xz", b"\xfd7zXZ\x00"), ("lzma", b"\x5d\x00\x00")]
)
def test_the_stream_is_what_was_asked_for(compression: str, magic: bytes, tmp_path: Path) -> None:
    archive = build(DoubleSpec(compression=compression), tmp_path)
    assert archive.name.endswith(".tar.gz")
    assert archive.read_bytes().startswith(magic)


def test_equal_specifications_give_equal_archives(tmp_path: Path) -> None:
    spec = DoubleSpec(kernels=("6.1.0-40-amd64",))
    assert build(spec, tmp_path / "one").read_bytes() == build(spec, tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("version", "build_number", "tag"),
    [
        ("9.66.7567.1", None, "RELEASE_9.66.0.0_GA_7567_Sep_20_2025_INMAGE"),
        ("9.63.0.0", 7187, "RELEASE_9.63.0.0_GA_7187_Sep_20_2025_INMAGE"),
    ],
)
def test_the_build_is_in_the_build_tag_only(version: str, build_number: int | None, tag: str, tmp_path: Path) -> None:
    spec = DoubleSpec(version=version, build=build_number)
    lines = read(build(spec, tmp_path), ".vx_version").splitlines()
    assert f"BUILD_TAG={tag}" in lines
    assert f"VERSION={spec.product_version}" in lines


def test_faults_and_missing_traps_are_in_the_archive(tmp_path: Path) -> None:
    spec = DoubleSpec(faults=("install:exit=164",), without_traps=("asr-suffix",))
    assert read(build(spec, tmp_path), "double.conf").split("\n")[:2] == [
        "without-trap asr-suffix",
        "fault install:exit=164",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"faults": ("install:explode",)},
        {"faults": ("stop:fails=2",)},
        {"faults": ("uninstall:die=lunch",)},
        {"faults": ("install:hang=unregister",)},
        {"without_traps": ("no-such-trap",)},
        {"version": "9.66"},
        {"date": "2025-09-20"},
        {"compression": "zip"},
    ],
)
def test_what_the_tables_do_not_know_is_refused(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        build(dataclasses.replace(DoubleSpec(), **wrong), tmp_path)  # type: ignore[arg-type] # wrong on purpose


def test_the_command_line_prints_the_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path), "--tag", "UBUNTU-22.04-64", "--compression", "xz"]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()


def test_every_fault_is_asked_for_by_a_script() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FILES.rglob("*.sh"))
    built = ("prereq:", "rcm:", "cdpcli:")  # asked for with a variable
    points = (":hang", ":die", ":slow")
    direct = [name for name in FAULTS if not name.startswith(built) and not name.endswith(points)]
    unread = [name for name in direct if name not in text and not name.endswith(":dead")]
    assert unread == []


PROGRAMS = {
    "install": ("archive/install.sh", "archive/install_vx.sh"),
    "configurator": ("payload/bin/UnifiedAgentConfigurator.sh",),
    "uninstall": ("archive/uninstall.sh", "payload/bin/uninstall.sh"),
}


@pytest.mark.parametrize("program", POINTS)
def test_the_points_of_a_program_are_those_of_its_scripts(program: str) -> None:
    text = "\n".join((FILES / name).read_text(encoding="utf-8") for name in PROGRAMS[program])
    called = re.findall(rf"^ *(?:at|fault_point {program}) ([a-z-]+)(?: [a-z]+)?$", text, re.MULTILINE)
    assert set(called) == set(POINTS[program])


def test_the_driver_says_which_version_it_is(tmp_path: Path) -> None:
    archive = build(DoubleSpec(version="9.62.7172.1"), tmp_path)
    with tarfile.open(archive, "r:*") as tar:
        payload = tar.extractfile("InMage_VX_9.62.0.0_DEBIAN12-64.tar")
        assert payload is not None
        with tarfile.open(fileobj=payload) as inner:
            drivers = [member for member in inner if member.name.startswith("bin/drivers/")]
            texts = [stream.read().decode() for one in drivers if (stream := inner.extractfile(one))]
    assert texts
    assert all("\nversion=9,62,1,7172\n" in text for text in texts)


def asked(package: bytes, folder: Path, *arguments: str) -> list[str]:
    """What rpm prints about a package file."""
    (folder / "asked.rpm").write_bytes(package)
    command = ["rpm", "-qp", *arguments, str(folder / "asked.rpm")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not installed here")
@pytest.mark.parametrize(
    ("tag", "driver"), [("RHEL8-64", "bin"), ("OL8-64", "bin/drivers"), ("SLES12-64", "bin/drivers")]
)
def test_an_rpm_family_gets_a_package_that_rpm_can_read(tag: str, driver: str, tmp_path: Path) -> None:
    spec = DoubleSpec(tag=tag, running_kernel="5.14.0-1")
    with tarfile.open(build(spec, tmp_path), "r:gz") as tar:
        stream = tar.extractfile("InMageVx-9.66.0.0-1.x86_64.rpm")
        assert stream is not None
        package = stream.read()
    names = asked(package, tmp_path, "--list")
    assert {"/InMage/Vx/bin/AzureRcmCli", f"/InMage/Vx/{driver}/involflt.ko.5.14.0-1"} <= set(names)
    assert all(name.startswith("/InMage/Vx") for name in names)
    assert asked(package, tmp_path, "--qf", "%{SUMMARY}|%{PREFIXES}|%{FILEUSERNAME}|%{PAYLOADCOMPRESSOR}") == [
        "Inmage Volume Replication Agent|/InMage/Vx|root|gzip"
    ]
    assert asked(package, tmp_path, "--scripts") == []
    # What rpm 4.6 of RHEL 6 and every later one understand.
    assert {line.split()[0] for line in asked(package, tmp_path, "--requires")} <= {
        *("rpmlib(CompressedFileNames)", "rpmlib(FileDigests)", "rpmlib(PayloadFilesHavePrefix)")
    }


@pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not installed here")
def test_equal_packages_are_equal_and_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, built = DoubleSpec(tag="SLES15-64"), []
    for name in ("one", "two"):
        monkeypatch.setenv("ASR_MOBILITY_CACHE", str(tmp_path / name))
        built.append(build(spec, tmp_path / name).read_bytes())
    assert built[0] == built[1]
    monkeypatch.setenv("PATH", "/nowhere")
    assert build(spec, tmp_path / "three").read_bytes() == built[0]


IDENTITIES = [
    ({"oracle-release": "Oracle Linux Server release 9.4"}, "OL9-64"),
    ({"oracle-release": "Oracle Linux Server release 9.7"}, ""),
    ({"redhat-release": "Red Hat Enterprise Linux release 8.10 (Ootpa)"}, "RHEL8-64"),
    ({"redhat-release": "AlmaLinux release 9.4 (Seafoam Ocelot)"}, "RHEL9-64"),
    ({"redhat-release": "Rocky Linux release 10.0 (Red Quartz)"}, "RHEL10-64"),
    ({"redhat-release": "CentOS Linux release 7.9.2009 (Core)"}, "RHEL7-64"),
    ({"redhat-release": "CentOS Stream release 9"}, ""),
    ({"redhat-release": "Fedora release 41 (Forty One)"}, ""),
    ({"os-release": 'NAME="SLES"\nVERSION="15-SP5"'}, "SLES15-64"),
    ({"SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4"}, "SLES11-SP4-64"),
    ({"SuSE-release": "SUSE Linux Enterprise Server 12 (x86_64)\nVERSION = 12\nPATCHLEVEL = 3"}, "SLES12-64"),
    ({"lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04", "debian_version": "trixie/sid"}, "UBUNTU-24.04-64"),
    ({"debian_version": "12.11"}, "DEBIAN12-64"),
    ({"debian_version": "9.13"}, "DEBIAN9-64"),
    ({"debian_version": "13.1"}, ""),
    ({"debian_version": "trixie/sid"}, ""),
    ({}, ""),
]


@pytest.mark.parametrize(("identity", "tag"), IDENTITIES, ids=[f"{text} -> {tag}"[:60] for text, tag in IDENTITIES])
def test_the_system_is_named_as_the_newest_script_names_it(identity: dict[str, str], tag: str, tmp_path: Path) -> None:
    for name, text in identity.items():
        (tmp_path / name).write_text(f"{text}\n", encoding="utf-8")
    script = (FILES / "archive" / "OS_details.sh").read_text(encoding="utf-8").replace("/etc/", f"{tmp_path}/")
    done = subprocess.run(["bash", "-c", script, "bash", "x"], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"{tag}\n"
