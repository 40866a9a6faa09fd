"""Builds one archive of the installer double from the scripts in ``files/`` and a specification."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.installer_double.faults import check_faults
from lab.installer_double.package import package
from lab.installer_double.spec import DoubleSpec
from lab.installer_double.traps import check_traps

FILES = Path(__file__).parent / "files"
BASH = "#!/bin/bash\n"
POSIX = "#!/bin/sh\n"
STAMP = 1_700_000_000
"""Modification time of every member, so that equal specifications give equal archives."""


@dataclass(frozen=True)
class Member:
    """One file of a tar: its name there, its text or bytes, and its mode."""

    name: str
    content: bytes
    mode: int = 0o755


def script(source: str, shebang: str = BASH) -> bytes:
    """A script of ``files/``, with the interpreter line the stored text does without."""
    return (shebang + (FILES / source).read_text(encoding="utf-8")).encode()


ARCHIVE_SCRIPTS = {
    "install": "archive/install.sh",
    "install_vx": "archive/install_vx.sh",
    "uninstall.sh": "archive/uninstall.sh",
    "prereq_check_install.sh": "archive/prereq_check_install.sh",
    "OS_details.sh": "archive/OS_details.sh",
    "teleAPIs.sh": "archive/teleAPIs.sh",
    "libcommon.sh": "archive/libcommon.sh",
    "AgentUpgrade.sh": "archive/AgentUpgrade.sh",
    "ApplyCustomChanges.sh": "archive/ApplyCustomChanges.sh",
    "jq": "archive/jq.sh",
    "csgetfingerprint": "archive/csgetfingerprint.sh",
    "gencert": "archive/gencert.sh",
    "genpassphrase": "archive/genpassphrase.sh",
    "inm_list_part": "archive/inm_list_part.sh",
    "double.sh": "archive/double.sh",
}
ARCHIVE_TEXTS = {
    "prereq_check_installer.json": "archive/prereq_check_installer.json",
    "conf_file": "archive/conf_file",
    "Third-Party_Notices.txt": "archive/Third-Party_Notices.txt",
}
PAYLOAD_SCRIPTS = {
    "bin/UnifiedAgentConfigurator.sh": "payload/bin/UnifiedAgentConfigurator.sh",
    "bin/AzureRcmCli": "payload/bin/AzureRcmCli.sh",
    "bin/cdpcli": "payload/bin/cdpcli.sh",
    "bin/start": "payload/bin/start.sh",
    "bin/stop": "payload/bin/stop.sh",
    "bin/status": "payload/bin/status.sh",
    "bin/uninstall": "payload/bin/uninstall.sh",
    "bin/unregister": "payload/bin/unregister.sh",
    "bin/unregagent": "payload/bin/unregagent.sh",
    "bin/uarespawndagent": "payload/bin/uarespawndagent.sh",
    "bin/inm_dmit": "payload/bin/inm_dmit.sh",
    "bin/vxagent": "payload/hostbin/vxagent.sh",
    "bin/uarespawnd": "payload/hostbin/uarespawnd.sh",
    "bin/involflt.sh": "payload/hostbin/involflt.sh",
    "bin/libcommon.sh": "archive/libcommon.sh",
    "bin/teleAPIs.sh": "archive/teleAPIs.sh",
    "bin/csgetfingerprint": "archive/csgetfingerprint.sh",
    "bin/gencert": "archive/gencert.sh",
    "bin/genpassphrase": "archive/genpassphrase.sh",
    "bin/inm_list_part": "archive/inm_list_part.sh",
    "bin/jq": "archive/jq.sh",
    "hostbin/vxagent": "payload/hostbin/vxagent.sh",
    "hostbin/uarespawnd": "payload/hostbin/uarespawnd.sh",
    "hostbin/vConService_linux": "payload/hostbin/vConService_linux.sh",
    "hostbin/involflt.sh": "payload/hostbin/involflt.sh",
    "scripts/boottimemirroring_phase1": "payload/scripts/boottimemirroring.sh",
    "scripts/boottimemirroring_phase2": "payload/scripts/boottimemirroring.sh",
    "scripts/initrd/install.sh": "payload/scripts/initrd/install.sh",
    "scripts/vCon/OS_details.sh": "archive/OS_details.sh",
    "scripts/double/double.sh": "archive/double.sh",
}
DAEMONS = ("svagentsV2A", "svagentsA2A", "appservice")
COMPILED = (
    "s2V2A s2A2A AzureRecoveryUtil cxcli cxpsclient dataprotection DataProtectionSyncRcm EsxUtil evtcollforw "
    "FailoverCommandUtil hostconfigcli inm_scsi_id inmexec inmshutnotify ScoutTuning vacp check_drivers.sh "
    "collect_support_materials.sh"
).split()
UNITS = ("vxagent", "uarespawnd", "vConService_linux", "involflt_start", "involflt_stop")


def double_conf(spec: DoubleSpec) -> bytes:
    """Traps switched off and faults built in; read by ``double.sh`` on the target."""
    lines = [f"without-trap {name}" for name in spec.without_traps] + [f"fault {name}" for name in spec.faults]
    return "".join(f"{line}\n" for line in lines).encode()


def version_template(spec: DoubleSpec) -> bytes:
    """The hidden ``.vx_version`` of the archive; the installer fills in the directory, time and platform."""
    package = (
        [f"RPM_PACKAGE=InMageVx-{spec.product_version}-1", f"RPM_NAME={spec.payload_name}"]
        if spec.is_rpm
        else [f"TAR_FILE_NAME={spec.payload_name}"]
    )
    lines = [
        f"VERSION={spec.product_version}",
        f"PROD_VERSION={spec.product_version}",
        "PARTNER=inmage",
        "INSTALLATION_DIR=",
        "AGENT_MODE=host",
        "VERSION_FILE_PARENT_DIR=/usr/local",
        "DEFAULT_UPGRADE_DIR=",
        f"BUILD_TAG={spec.build_tag}",
        f"OS_BUILT_FOR={spec.tag}",
        f"CONFIG={spec.config.lower()}",
        *package,
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def previous_versions(spec: DoubleSpec) -> bytes:
    """``spv.json``: the four earlier minor versions an upgrade is supported from."""
    major, minor = (int(part) for part in spec.version.split(".")[:2])
    earlier = [f"{major}.{minor - step}" for step in range(1, 5) if minor >= step]
    return json.dumps({spec.tag: {"SupportedPreviousVersions": earlier, "RebootRequired": True}}).encode()


def driver(spec: DoubleSpec, kernel: str) -> bytes:
    """A kernel module; its version is what the driver says of itself once it is loaded."""
    return f"stand-in driver for {kernel}\nversion={spec.driver_version}\n".encode()


def payload_members(spec: DoubleSpec) -> Iterable[Member]:
    """The content of ``<prefix>/Vx``."""
    for name, source in PAYLOAD_SCRIPTS.items():
        yield Member(name, script(source))
    for name in DAEMONS:
        yield Member(f"bin/{name}", script("payload/bin/daemon.sh", POSIX))
    for name in COMPILED:
        yield Member(f"bin/{name}", script("payload/bin/program.sh", POSIX))
    for unit in UNITS:
        yield Member(f"units/{unit}.service", (FILES / f"payload/units/{unit}.service").read_bytes(), 0o644)
    for kernel in spec.all_kernels:
        yield Member(f"{spec.driver_folder}/involflt.ko.{kernel}", driver(spec, kernel), 0o644)
    yield Member("etc/drscout.conf", (FILES / "payload/etc/drscout.conf").read_bytes(), 0o644)
    yield Member("scripts/double/double.conf", double_conf(spec), 0o644)
    yield Member("transport/readme", b"empty in the double\n", 0o644)
    if spec.payload_size:
        yield Member("bin/ballast", random.Random(0).randbytes(spec.payload_size * 2**20), 0o644)


def payload(spec: DoubleSpec) -> bytes:
    """The tar or the package that the installer puts into ``<prefix>/Vx``."""
    if spec.is_rpm:
        return package(spec.product_version, payload_members(spec), STAMP)
    return pack(payload_members(spec))


def archive_members(spec: DoubleSpec) -> Iterable[Member]:
    """The flat content of the archive itself."""
    yield Member(spec.payload_name, payload(spec), 0o644)
    for name, source in ARCHIVE_SCRIPTS.items():
        yield Member(name, script(source).replace(b"@OS_BUILT_FOR@", spec.tag.encode()))
    for name, source in ARCHIVE_TEXTS.items():
        yield Member(name, (FILES / source).read_bytes(), 0o644)
    yield Member(".vx_version", version_template(spec), 0o644)
    yield Member("supported_kernels", "".join(f"{kernel}\n" for kernel in spec.all_kernels).encode(), 0o644)
    yield Member("spv.json", previous_versions(spec), 0o644)
    yield Member("double.conf", double_conf(spec), 0o644)


def pack(members: Iterable[Member]) -> bytes:
    """An uncompressed tar with fixed times and owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size, info.mode, info.mtime = len(member.content), member.mode, STAMP
            tar.addfile(info, io.BytesIO(member.content))
    return buffer.getvalue()


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, compresslevel=6, mtime=0),
    "xz": lambda data: lzma.compress(data, format=lzma.FORMAT_XZ, preset=1),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE, preset=1),
}


def build(spec: DoubleSpec, directory: Path) -> Path:
    """Write the archive of ``spec`` into ``directory`` and return its path.

    ValueError: an unknown fault or trap name.
    """
    check_faults(spec.faults)
    check_traps(spec.without_traps)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / spec.file_name
    path.write_bytes(COMPRESSORS[spec.compression](pack(archive_members(spec))))
    return path
