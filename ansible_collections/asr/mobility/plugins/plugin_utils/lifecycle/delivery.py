# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one installer into staging: from the controller, pulled by the target, or copied where it already lies.

Whatever the way, the archive that is unpacked as root has been checked: its SHA-256 when one is known, and every
member. What can be known before a transfer is checked before it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import (
    Compression,
    Member,
    check_members,
    complaints,
    extracted_bytes,
    parse_listing,
    sniff,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import check_sha256
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.inspection import inspect_once
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repacking import repack_once
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Offer
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.space import Sizes, check_space, check_staging
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target

_TOOLS = {Compression.GZIP: ("gzip",), Compression.XZ: ("xz",), Compression.LZMA: ("xz", "unlzma")}
_DAMAGED = (
    Reason.INSTALLER_CORRUPT,
    "a whole tar archive compressed with gzip, xz or lzma",
    "Download or copy the installer again.",
)
_NOT_COPIED = 5  # of copy.sh; pull.sh has another meaning for 4
_NO_TOOL = (
    Reason.TOOL_MISSING,
    "the tools to unpack it",
    "Install the tool on the host, or let the controller bring the installer (installer_path): it packs it again.",
)
_FAILURES = {3: _NO_TOOL}  # of decompress.sh


@dataclass(frozen=True)
class Package:
    """What is known of an installer on its way; sizes in bytes, None while unknown."""

    offer: Offer
    sha256: str | None = None
    size: int | None = None
    extracted_bytes: int | None = None
    compression: Compression | None = None
    staged_path: str | None = None


Check = t.Callable[[t.Sequence[Member]], None]  # raises for an archive that must not be unpacked


class Delivery(t.Protocol):
    """One way to bring one installer to one host."""

    def inspect(self, observed: HostState) -> Package:
        """Everything that can be known and refused before a byte reaches the host."""

    def foresee(self, observed: HostState) -> None:
        """Of that, everything that needs no transfer anywhere, for check mode."""

    def bring(self, target: Target, run_directory: str, observed: HostState) -> Package:
        """Put the installer into the run directory, checked and ready to be unpacked."""


class ControllerDelivery:
    """A file of the controller: checked there, uploaded by the login user, copied into staging by root.

    For a host without a tool for its compression it is packed again with gzip before it is uploaded.
    """

    def __init__(self, offer: Offer, path: Path, sha256: str | None, check: Check = check_members) -> None:
        self._path = path
        self._check = check
        self._package = Package(offer, sha256=sha256)

    def inspect(self, observed: HostState) -> Package:
        """Read the archive once: checksum, members, sizes; then the room on the host, and what it can unpack."""
        self._read(observed)
        self._repack_for(observed)
        return self._package

    def _read(self, observed: HostState) -> None:
        facts = inspect_once(self._path)
        check_sha256(facts.sha256, self._package.sha256, self._package.offer.file_name)
        self._check(facts.members)
        self._package = replace(
            self._package,
            sha256=facts.sha256,
            size=facts.size,
            extracted_bytes=facts.extracted_bytes,
            compression=facts.compression,
        )
        _require_fitness(observed, self._package, upload=True)

    def _repack_for(self, observed: HostState) -> None:
        compression, sha256 = self._package.compression, self._package.sha256
        if compression is None or sha256 is None or _can_unpack(observed, _TOOLS[compression]):
            return
        made = repack_once(self._path, compression, sha256)
        self._path = Path(made.path)
        self._package = replace(self._package, sha256=made.sha256, size=made.size, compression=Compression.GZIP)
        _require_fitness(observed, self._package, upload=True)

    def foresee(self, observed: HostState) -> None:
        """The file lies here, so all of it; it is not packed again for that."""
        self._read(observed)

    def bring(self, target: Target, run_directory: str, observed: HostState) -> Package:
        """Upload; the look at the host that comes next begins with staging."""
        staged = f"{run_directory}/installer"
        target.deliver(self._path, staged, str(self._package.sha256))
        return replace(self._package, staged_path=staged)


class DownloadDelivery(ControllerDelivery):
    """A file of a web server that the controller downloads, once for all hosts, and then delivers as its own."""

    def __init__(self, offer: Offer, download: t.Callable[[], Path], sha256: str) -> None:
        super().__init__(offer, Path(), sha256)
        self._download = download

    def inspect(self, observed: HostState) -> Package:
        """Download, then inspect the file; a staging directory that cannot be used is refused before."""
        self.foresee(observed)
        self._path = self._download()
        return super().inspect(observed)

    def foresee(self, observed: HostState) -> None:
        """The staging directory; the file is not downloaded for it."""
        _require_fitness(observed, self._package, upload=True)


class OnTargetDelivery:
    """A file that reaches staging without the controller: a script fetches it there, then it is examined there.

    fetch: the script that writes the file to ASR_DEST; reason: what a failure of it is called.
    """

    def __init__(
        self,
        offer: Offer,
        fetch: Script,
        reason: Reason,
        sha256: str | None,
        size: int | None,
        *,
        check: Check = check_members,
    ) -> None:
        self._fetch = fetch
        self._check = check
        self._reason = reason
        self._package = Package(offer, sha256=sha256, size=size)

    def inspect(self, observed: HostState) -> Package:
        """The content is not known yet: the room for what is known, and a staging directory that can be used."""
        _require_fitness(observed, self._package, upload=False)
        return self._package

    def foresee(self, observed: HostState) -> None:
        """What is known before it is fetched."""
        self.inspect(observed)

    def bring(self, target: Target, run_directory: str, observed: HostState) -> Package:
        """Fetch on the target, then check what came: checksum, compression, members, room."""
        staged = f"{run_directory}/installer"
        self._run_fetch(target, staged)
        package = _examined(target, self._package, staged, self._check)
        _require_fitness(observed, package, upload=False)
        return package

    def _run_fetch(self, target: Target, staged: str) -> None:
        variables = {**self._fetch.variables, "ASR_DEST": staged}
        found = target.run(replace(self._fetch, variables=variables))
        if found.code != 0:
            raise MobilityError(
                Reason.TRANSFER_FAILED if found.code == _NOT_COPIED else self._reason,
                found=" ".join(found.output.split())[-400:] or f"exit code {found.code} of {self._fetch.name}",
                expected=f"the installer {self._package.offer.file_name} on the target",
                remedy="Check that the target can reach and read it, or use installer_path on the controller.",
            )


def _examined(target: Target, package: Package, staged: str, check: Check) -> Package:
    """What the file on the target really is."""
    facts = _key_values(_on_target(target, ("examine",), {"ASR_ARCHIVE": staged}, package))
    check_sha256(facts["sha256"], package.sha256, package.offer.file_name)
    compression = _compression(facts["magic"], package)
    listing = _on_target(
        target, ("decompress", "list"), {"ASR_ARCHIVE": staged, "ASR_COMPRESSION": compression.value}, package
    )
    members = parse_listing(listing)
    check(members)
    return replace(
        package,
        sha256=facts["sha256"],
        size=int(facts["size"]),
        extracted_bytes=extracted_bytes(members),
        compression=compression,
        staged_path=staged,
    )


def _on_target(target: Target, names: tuple[str, ...], variables: t.Mapping[str, str], package: Package) -> str:
    """Run one of the read-only scripts about the file and return what it printed."""
    found = target.run(Script(name=names[-1], text=script_text(*names), variables=variables, read_only=True))
    if found.code != 0:
        reason, expected, remedy = _FAILURES.get(found.code, _DAMAGED)
        words = complaints(found.output)[-400:] or names[-1]
        raise MobilityError(reason, found=f"{package.offer.file_name}: {words}", expected=expected, remedy=remedy)
    return found.output


def _key_values(output: str) -> dict[str, str]:
    return {key: value for key, _separator, value in (line.partition("=") for line in output.splitlines())}


def _compression(magic: str, package: Package) -> Compression:
    try:
        first_bytes = bytes.fromhex(magic)
    except ValueError:
        first_bytes = b""
    return sniff(first_bytes, package.offer.file_name)


def _require_fitness(observed: HostState, package: Package, *, upload: bool) -> None:
    """Staging that can be used, tools to unpack with, and room for everything that is known by now."""
    sizes = Sizes(archive=package.size, extracted=package.extracted_bytes, upload=upload)
    missing = _missing_tool(observed, package, repackable=upload)
    for refusal in (check_staging(observed), missing, check_space(observed, sizes)):
        if refusal is not None:
            raise refusal


def _can_unpack(observed: HostState, tools: t.Sequence[str]) -> bool:
    return any(observed.tools.get(tool) for tool in tools)


def _missing_tool(observed: HostState, package: Package, *, repackable: bool) -> MobilityError | None:
    """repackable: the file lies on the controller, which packs it for what the host has."""
    if package.compression is None:
        return None
    tools = _TOOLS[package.compression]
    if _can_unpack(observed, (*tools, *_TOOLS[Compression.GZIP]) if repackable else tools):
        return None
    names = " or ".join(tools)
    return MobilityError(
        Reason.TOOL_MISSING,
        found=f"{package.offer.file_name} packed with {package.compression.value}, and no {names} on the host",
        expected=f"{names} to unpack it",
        remedy="Install the tool, or let the controller bring the installer (installer_path): it packs it again.",
    )
