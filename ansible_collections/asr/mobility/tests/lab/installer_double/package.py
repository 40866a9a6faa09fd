"""The payload of an archive for an rpm family: a real package InMageVx, which the host's own rpm installs.

Facts (Microsoft's 9.50 installer scripts, read): name ``InMageVx-<VERSION>-1.x86_64``, summary "Inmage Volume
Replication Agent", relocatable from ``/InMage/Vx``. Scriptlets and dependencies are not known; this package has none.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import typing as t
from collections.abc import Iterable
from pathlib import Path

from lab.places import cache

if t.TYPE_CHECKING:
    from lab.installer_double.archive import Member

NAME = "InMageVx"
TREE = "/InMage/Vx"
"""Where the package's files lie before rpm relocates them to the prefix."""

BUILD_TIMEOUT = 120
"""Seconds; a tenth of one is usual."""

SPEC = f"""\
Name: {NAME}
Version: %{{agent_version}}
Release: 1
Summary: Inmage Volume Replication Agent
License: GPL-3.0-or-later
Prefix: {TREE}
AutoReqProv: no

%description
STAND-IN of the asr.mobility lab, not Microsoft's package.

%install
cp -a %{{agent_tree}}/. %{{buildroot}}/

%files
%defattr(-,root,root,-)
{TREE}
"""

MACROS: dict[str, str] = {
    # What rpm 4.6 (RHEL 6) can read as well: neither zstd nor xz.
    "_binary_payload": "w6.gzdio",
    "_build_id_links": "none",
    "__os_install_post": "%{nil}",
    "debug_package": "%{nil}",
    # Equal content gives an equal package.
    "_buildhost": "asr-mobility-lab",
    "use_source_date_epoch_as_buildtime": "1",
    "clamp_mtime_to_source_date_epoch": "1",
}


def package(version: str, members: Iterable[Member], stamp: int) -> bytes:
    """Return the package of that version with the members below ``/InMage/Vx``; kept in the cache by its content.

    Args:
        version: four numbers, for example ``9.66.0.0``.
        members: files by their names below the tree.
        stamp: time of the build and of every file, in seconds since the epoch.

    Raises:
        RuntimeError: rpmbuild failed; its words are in the text.
    """
    content = list(members)
    key = hashlib.sha256(repr((SPEC, MACROS, version, content, stamp)).encode()).hexdigest()[:24]
    kept = cache() / "packages" / f"{key}.rpm"
    if not kept.is_file():
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(_built(version, content, stamp))
        part.replace(kept)
    return kept.read_bytes()


def _built(version: str, members: Iterable[Member], stamp: int) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for member in members:
            _write(folder / f"tree{TREE}" / member.name, member)
        spec = folder / "agent.spec"
        spec.write_text(SPEC, encoding="utf-8")
        _rpmbuild(spec, {"agent_version": version, "agent_tree": str(folder / "tree"), **_places(folder)}, stamp)
        return next((folder / "built").glob("*/*.rpm")).read_bytes()


def _write(path: Path, member: Member) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(member.content)
    path.chmod(member.mode)


def _places(folder: Path) -> dict[str, str]:
    return {"_topdir": str(folder / "top"), "_rpmdir": str(folder / "built"), "_dbpath": str(folder / "database")}


def _rpmbuild(spec: Path, macros: dict[str, str], stamp: int) -> None:
    defined = [part for key, value in {**MACROS, **macros}.items() for part in ("--define", f"{key} {value}")]
    done = subprocess.run(
        ["rpmbuild", "-bb", "--quiet", "--nodeps", "--target", "x86_64", *defined, str(spec)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(stamp), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"rpmbuild ended {done.returncode}:\n{done.stderr[-2000:]}")
