"""What an installer double looks like from outside: its version, tag, date and the names that follow from them.

Source of the rules: Microsoft's 9.50 installer scripts (observed) and the names of the published archives.
"""

from __future__ import annotations

import datetime
import platform
import re
from dataclasses import dataclass, field

PLACEHOLDER_BUILD = 7000
"""Build of an archive whose name ends in ``.0.0`` and whose build was not given."""

COMPRESSIONS = ("gz", "xz", "lzma")
CONFIGS = ("release", "Release", "debug")
RPM_FAMILIES = ("RHEL", "OL", "SLES")


@dataclass(frozen=True)
class DoubleSpec:
    """Everything that decides the content of one archive.

    version: four numbers as in the file name. ``9.66.7567.1`` carries its build, ``9.63.0.0`` takes ``build``.
    faults: names of ``faults.FAULTS``, with ``=value`` where the table says so.
    without_traps: names of ``traps.TRAPS``.
    kernels: releases beside the running one. payload_size: MiB of ballast in the payload.
    """

    version: str = "9.66.7567.1"
    tag: str = "DEBIAN12-64"
    date: str = "20Sep2025"
    build: int | None = None
    compression: str = "gz"
    config: str = "release"
    faults: tuple[str, ...] = ()
    without_traps: tuple[str, ...] = ()
    kernels: tuple[str, ...] = ()
    payload_size: int = 0
    running_kernel: str = field(default_factory=platform.release)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d+(\.\d+){3}", self.version):
            raise ValueError(f"a version has four numbers: {self.version!r}")
        if self.compression not in COMPRESSIONS:
            raise ValueError(f"compression is one of {', '.join(COMPRESSIONS)}: {self.compression!r}")
        if self.config not in CONFIGS:
            raise ValueError(f"config is one of {', '.join(CONFIGS)}: {self.config!r}")
        self.released()

    def released(self) -> datetime.date:
        """The date of the file name; ValueError when it is not ddMonYYYY."""
        return datetime.datetime.strptime(self.date, "%d%b%Y").date()

    @property
    def file_name(self) -> str:
        return f"Microsoft-ASR_UA_{self.version}_{self.tag}_GA_{self.date}_{self.config}.tar.gz"

    @property
    def product_version(self) -> str:
        """What the agent calls its version: major and minor, then zeros; the build is in the build tag only."""
        major, minor = self.version.split(".")[:2]
        return f"{major}.{minor}.0.0"

    @property
    def build_number(self) -> int:
        named = int(self.version.split(".")[2])
        return self.build or named or PLACEHOLDER_BUILD

    @property
    def driver_version(self) -> str:
        """What the loaded driver calls its version, with commas: major, minor, 1, build."""
        major, minor = self.version.split(".")[:2]
        return f"{major},{minor},1,{self.build_number}"

    @property
    def build_tag(self) -> str:
        day = self.released().strftime("%b_%d_%Y")
        return f"RELEASE_{self.product_version}_GA_{self.build_number}_{day}_INMAGE"

    @property
    def is_rpm(self) -> bool:
        return self.tag.startswith(RPM_FAMILIES)

    @property
    def driver_folder(self) -> str:
        """Where the payload keeps the drivers: beside the programs for Red Hat's releases, else in a folder (read)."""
        return "bin" if self.tag.startswith("RHEL") else "bin/drivers"

    @property
    def payload_name(self) -> str:
        if self.is_rpm:
            return f"InMageVx-{self.product_version}-1.x86_64.rpm"
        return f"InMage_VX_{self.product_version}_{self.tag}.tar"

    @property
    def all_kernels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.running_kernel, *self.kernels)))
