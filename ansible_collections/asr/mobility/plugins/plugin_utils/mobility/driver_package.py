# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package of kernel drivers: which of its drivers belongs to which kernel of a host, and what the host has of them.

Facts (Azure/Azure-SiteRecovery, MobilityAgent/KernelModuleDownloadLinks.md and hotfix_install.sh, June 2026): a package
is a gzip tar with Drivers/involflt.ko.<kernel>; for SLES the unsigned drivers, which VMware machines take, are in
Drivers/UnSigned. For Red Hat's kernels one driver serves many, and only Microsoft's script knows which; it never
replaces one there. A package goes with agents of its own major and minor version only.
"""

from __future__ import annotations

import enum
import hashlib
import re
import tarfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts

_HERE = Path(__file__).parent
_FOLDERS = ("Drivers", "Drivers/UnSigned")
_DRIVER = re.compile(r"(?:\./)?(?P<folder>Drivers(?:/UnSigned)?)/involflt\.ko\.(?P<kernel>[A-Za-z0-9._+~-]+)", re.ASCII)
_CHUNK = 1024 * 1024
LOOK_SCRIPT = _HERE / "scripts" / "driver_look.sh"
APPLY_SCRIPT = _HERE / "scripts" / "driver_apply.sh"


class DriverFile(str, enum.Enum):
    """What a host has of the driver for one kernel, compared with a package."""

    CURRENT = "current"  # the package's driver is there
    MISSING = "missing"  # there is none, the package has one
    OTHER = "other"  # there is another one than the package's
    FOR_THE_SCRIPT = "for_the_script"  # there is none, and only Microsoft's script can choose one of the package
    NOT_IN_PACKAGE = "not_in_package"
    PRESENT = "present"  # no package was named: there is one
    ABSENT = "absent"  # no package was named: there is none


PLACEABLE = (DriverFile.MISSING, DriverFile.OTHER)


@dataclass(frozen=True)
class DriverFacts:
    """What driver_look.sh printed. Mappings are kernel -> value."""

    kernels: t.Sequence[str] = ()
    sums: t.Mapping[str, str] = field(default_factory=dict)  # sha256 of the driver that is there
    sources: t.Mapping[str, str] = field(default_factory=dict)  # its srcversion, where modinfo tells it
    shipped: t.Mapping[str, str] = field(default_factory=dict)  # sha256 of the one that the agent brought
    loaded_source: str | None = None
    package_kind: str | None = None  # of a package on the host: file or missing
    package_drivers: t.Mapping[str, str] = field(default_factory=dict)  # member -> sha256


@dataclass(frozen=True)
class Kernel:
    """One kernel that matters: the running one or the one of the next start."""

    release: str
    role: str  # running, next, or both
    file: DriverFile
    member: str | None = None  # the package's driver for it
    sha256: str | None = None  # of the driver that is there


def read_driver_facts(facts: Facts) -> DriverFacts:
    """The facts that driver_look.sh printed before the probe."""
    files = [[*value.split("|"), "", ""][:3] for value in facts.all("involflt.file")]
    return DriverFacts(
        kernels=tuple(facts.all("involflt.kernel")),
        sums={kernel: checksum for kernel, checksum, _source in files if checksum},
        sources={kernel: source for kernel, _checksum, source in files if source},
        shipped=dict(_pair(value) for value in facts.all("involflt.shipped")),
        loaded_source=facts.get("involflt.srcversion"),
        package_kind=facts.get("package.kind"),
        package_drivers=dict(_pair(value) for value in facts.all("package.driver")),
    )


def kernels(
    running: str, following: str | None, facts: DriverFacts, drivers: t.Mapping[str, str] | None
) -> tuple[Kernel, ...]:
    """The kernels that matter. drivers: member -> sha256 ("" when it was not read) of a package; None: no package."""
    roles = {running: "both" if following in (None, running) else "running"}
    if following is not None:
        roles.setdefault(following, "next")
    return tuple(_kernel(release, role, facts, drivers) for release, role in roles.items() if release)


def member_for(release: str, members: t.Iterable[str]) -> str | None:
    """The member with the driver of that kernel; of two folders the first of _FOLDERS."""
    found = {
        match["folder"]: match[0] for match in map(_DRIVER.fullmatch, members) if match and match["kernel"] == release
    }
    return next((found[folder] for folder in _FOLDERS if folder in found), None)


def is_driver(member: str) -> bool:
    """Whether a member is a driver at a place where Microsoft's script looks for it."""
    return _DRIVER.fullmatch(member) is not None


def hash_drivers(path: Path, releases: t.Collection[str]) -> dict[str, str]:
    """Member -> sha256 of a package on the controller; "" for drivers of other kernels, which are not read."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(path, "r|*") as archive:
            for info in archive:
                match = _DRIVER.fullmatch(info.name) if info.isreg() else None
                if match is not None:
                    stream = archive.extractfile(info) if match["kernel"] in releases else None
                    found[info.name] = _digest(stream) if stream else ""
    except (OSError, tarfile.TarError, EOFError) as error:
        lost = isinstance(error, OSError) and error.errno is not None
        raise MobilityError(
            Reason.INSTALLER_NOT_FOUND if lost else Reason.INSTALLER_CORRUPT,
            found=f"{path}: {error}",
            expected="a driver package of Microsoft, a whole tar archive packed with gzip",
            remedy="Download the package again; the option names its path.",
        ) from error
    return found


def _digest(stream: t.IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _kernel(release: str, role: str, facts: DriverFacts, drivers: t.Mapping[str, str] | None) -> Kernel:
    present = facts.sums.get(release)
    if drivers is None:
        return Kernel(release, role, DriverFile.PRESENT if present else DriverFile.ABSENT, sha256=present)
    member = member_for(release, drivers)
    if member is None:
        return Kernel(release, role, _without_member(release, role, present, drivers), sha256=present)
    if present is None:
        return Kernel(release, role, DriverFile.MISSING, member)
    file = DriverFile.CURRENT if present == drivers[member] else DriverFile.OTHER
    return Kernel(release, role, file, member, present)


def _without_member(release: str, role: str, present: str | None, drivers: t.Mapping[str, str]) -> DriverFile:
    """Red Hat's kernels: a driver named after another release of the same series may serve this one."""
    series = f"involflt.ko.{release.partition('-')[0]}-"
    related = ".el" in release and any(series in member for member in drivers)
    if not related or role == "next":
        return DriverFile.NOT_IN_PACKAGE
    return DriverFile.CURRENT if present else DriverFile.FOR_THE_SCRIPT


def _pair(value: str) -> tuple[str, str]:
    first, _separator, second = value.partition("|")
    return first, second
