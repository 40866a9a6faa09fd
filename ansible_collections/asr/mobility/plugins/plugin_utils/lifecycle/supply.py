# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options about the installer to an offer for one host, and to the way in which that offer is delivered."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import expected_sha256
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import (
    Web,
    default_cache_directory,
    download,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.sources import (
    Chosen,
    ControllerSource,
    RemoteSource,
    Source,
    SourceKind,
    UrlSource,
    installer_checksum,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.delivery import (
    ControllerDelivery,
    Delivery,
    DownloadDelivery,
    OnTargetDelivery,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import Offer
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script

_PULL_SILENCE = "120"  # seconds without a byte after which a download on the target is given up


@dataclass(frozen=True)
class Supply:
    """The options about the installer: exactly one of path, url and remote_path is set."""

    path: str | None = None
    url: str | None = None
    remote_path: str | None = None
    checksum: str | None = None
    web: Web = field(default_factory=Web)

    def check(self) -> None:
        """Refuse what can be refused without a host: bad addresses and paths, a missing or malformed checksum."""
        self.source(None)
        if self.checksum and not _is_place(self.checksum):
            expected_sha256(self.checksum, "", lambda place: "")

    def source(self, observed: HostState | None) -> Source:
        """The place with the installers, as this host sees it."""
        if self.path is not None:
            return ControllerSource(Path(self.path))
        if self.url is not None:
            return UrlSource(self.url, self.checksum, self.web)
        listing = observed.installer_listing if observed else ()
        return RemoteSource(self.remote_path or "", listing, observed.installer_place if observed else None)

    def choose(self, observed: HostState, spec: VersionSpec | None) -> Chosen:
        """The installer for this host; raises what hinders choosing."""
        return self.source(observed).offer(observed.tag or "", spec)

    def delivery(self, chosen: Chosen, observed: HostState) -> Delivery:
        """How the chosen installer gets to this host."""
        offer = offer_of(chosen)
        sha256 = installer_checksum(self.checksum, chosen.name.file_name, self.web)
        return _DELIVERIES[self._way(observed)](self, offer, chosen.location, sha256, observed)

    def _way(self, observed: HostState) -> str:
        """A web server is asked by the target itself, where it can and no password is needed."""
        kind = self.source(observed).kind
        if kind is SourceKind.URL:
            can_pull = observed.tools.get("curl") or observed.tools.get("wget")
            return "pull" if can_pull and not self.web.password and self.web.validate_certs else "download"
        return str(kind.value)


def offer_of(chosen: Chosen) -> Offer:
    """What the plan needs to know of a chosen installer."""
    return Offer(chosen.name.file_name, chosen.name.version, chosen.name.tag, chosen.exact)


def _from_controller(supply: Supply, offer: Offer, location: str, sha256: str | None, observed: HostState) -> Delivery:
    return ControllerDelivery(offer, Path(location), sha256)


def _downloaded(supply: Supply, offer: Offer, location: str, sha256: str | None, observed: HostState) -> Delivery:
    if sha256 is None:
        raise _checksum_required(location)
    fetch = functools.partial(download, location, default_cache_directory(), sha256, supply.web)
    return DownloadDelivery(offer, fetch, sha256)


def _pulled(supply: Supply, offer: Offer, location: str, sha256: str | None, observed: HostState) -> Delivery:
    if sha256 is None:
        raise _checksum_required(location)
    variables = {"ASR_URL": location, "ASR_PROXY": supply.web.proxy or "", "ASR_TIMEOUT": _PULL_SILENCE}
    fetch = Script(name="pull", text=script_text("pull"), variables=variables)
    return OnTargetDelivery(offer, fetch, Reason.DOWNLOAD_FAILED, sha256, None)


def _copied(supply: Supply, offer: Offer, location: str, sha256: str | None, observed: HostState) -> Delivery:
    fetch = Script(name="copy", text=script_text("copy"), variables={"ASR_SOURCE": location})
    size = observed.installer_sizes.get(offer.file_name)
    return OnTargetDelivery(offer, fetch, Reason.INSTALLER_NOT_FOUND, sha256, size)


_Maker = t.Callable[[Supply, Offer, str, str | None, HostState], Delivery]
_DELIVERIES: t.Mapping[str, _Maker] = {
    SourceKind.CONTROLLER.value: _from_controller,
    SourceKind.REMOTE.value: _copied,
    "download": _downloaded,
    "pull": _pulled,
}


def _is_place(checksum: str) -> bool:
    """True for the path or address of a file of sums, which is only read when an installer has been chosen."""
    return "/" in checksum or "." in checksum


def _checksum_required(location: str) -> MobilityError:
    return MobilityError(
        Reason.CHECKSUM_REQUIRED,
        found=f"no checksum for {location}",
        expected="the SHA-256 of the installer",
        remedy="Add it to the option checksum or to the file of sums.",
    )
