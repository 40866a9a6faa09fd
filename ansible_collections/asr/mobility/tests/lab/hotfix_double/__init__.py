"""A double of Microsoft's driver packages and of the script that installs them.

It repeats what was read in Azure/Azure-SiteRecovery (MobilityAgent/hotfix_install.sh, June 2026), in own words: works
on the running kernel only, copies nothing and ends 0 while a driver is loaded, needs OS_details.sh beside the package,
may end 0 without a loaded driver, and neither stops the agent nor makes an initrd.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

FILES = Path(__file__).parent / "files"
OS_DETAILS = Path(__file__).parents[1] / "installer_double" / "files" / "archive" / "OS_details.sh"
STAMP = 1_700_000_000


def package(path: Path, drivers: Mapping[str, bytes], more: Mapping[str, bytes] | None = None) -> Path:
    """Write a package: kernel release -> content of its driver; ``more``: further members by their whole names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    members = {f"Drivers/involflt.ko.{release}": content for release, content in drivers.items()} | dict(more or {})
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), 0o644, STAMP
            archive.addfile(info, io.BytesIO(content))
    return path


def scripts(folder: Path) -> Path:
    """Write both scripts into a folder, as a user keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in (("hotfix_install.sh", FILES / "hotfix_install.sh"), ("OS_details.sh", OS_DETAILS)):
        (folder / name).write_text(f"#!/bin/bash\n{source.read_text(encoding='utf-8')}", encoding="utf-8")
    return folder
