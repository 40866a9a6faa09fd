# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build or refresh a directory of installers on the controller; nothing touches a target."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.modules.installer_repository import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.download import Web
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import LINKS_FILE, Link, load_links
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.mirror import Mirror, Wish, foresee
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.origins import (
    Origin,
    folder_origins,
    web_origins,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.transfer import Retries
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.trust import login_host, trusted_sums
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import load_table
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting import repository as report
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import MobilityTask, Result

Arguments = t.Mapping[str, t.Any]


class ActionModule(MobilityTask):
    """installer_repository: controller only."""

    specification = ARGUMENT_SPEC
    _requires_connection = False

    def answer(self, arguments: Arguments, task_vars: t.Mapping[str, t.Any]) -> Result:
        """Read the options, bring what is missing, tell what there is."""
        path = Path(arguments["path"])
        wish = _wish(arguments)
        if self._task.check_mode:
            outcome = foresee(path, wish)
        else:
            outcome = Mirror(path, wish, self._say).refresh()
        if outcome.failures:
            raise report.failed(outcome, str(path))
        return {**report.result(outcome, str(path)), "_ansible_verbose_always": True}

    def _say(self, text: str) -> None:
        """A mirror run takes minutes: people see what it does while it does it."""
        self._display.display(f"installer_repository: {text}")


def _wish(arguments: Arguments) -> Wish:
    links = _links(arguments)
    web = Web(
        proxy=arguments["installer_proxy"],
        validate_certs=arguments["validate_certs"],
        timeout=arguments["timeout"],
        **_login(arguments, links),
    )
    origins = _origins(arguments, links, web)
    wish = Wish(
        origins=origins,
        tags=arguments["tags"],
        versions=[VersionSpec.parse(version) for version in arguments["versions"]],
        needed=arguments["needed_tags"],
        sums=_sums(arguments, web),
    )
    _refuse_unknown_tags(wish)
    return wish


def _links(arguments: Arguments) -> t.Sequence[Link]:
    if arguments["source"]:
        return ()
    return load_links(Path(arguments["links"]) if arguments["links"] else LINKS_FILE)


def _login(arguments: Arguments, links: t.Sequence[Link]) -> dict[str, str | None]:
    """For a server of one's own: Microsoft's are asked without, whatever stands in the inventory."""
    if not arguments["links"] or arguments["url_username"] is None:
        return {}
    places = [*(link.url for link in links), arguments["checksums"] or ""]
    return {
        "username": arguments["url_username"],
        "password": arguments["url_password"],
        "login_host": login_host(places, arguments["login_host"]),
    }


def _origins(arguments: Arguments, links: t.Sequence[Link], web: Web) -> list[Origin]:
    if arguments["source"]:
        return folder_origins(Path(arguments["source"]))
    retries = Retries(attempts=arguments["attempts"])
    return web_origins(links, web, retries, insecure=arguments["allow_http"])


def _sums(arguments: Arguments, web: Web) -> t.Mapping[str, str] | None:
    """What the files must be. Where nobody vouches for the server, somebody must vouch for the files."""
    place = arguments["checksums"]
    if place:
        return trusted_sums(place, web)
    if not arguments["source"] and (arguments["allow_http"] or not arguments["validate_certs"]):
        raise MobilityError(
            Reason.CHECKSUM_REQUIRED,
            found="a server that need not prove who it is, and no checksums",
            expected="checksums: the path or URL of a file of SHA-256 sums",
            remedy="Give checksums from a place you trust, or keep allow_http off and validate_certs on.",
        )
    return None


def _refuse_unknown_tags(wish: Wish) -> None:
    """A slip in a tag would otherwise look like a system without an installer."""
    known = wish.offered | {rule.tag for file in load_table().files for rule in file.rules} | {"Windows"}
    unknown = sorted({*wish.tags, *wish.needed} - known)
    if unknown:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"no such tag: {', '.join(unknown)}",
            expected=f"some of {', '.join(sorted(known))}",
            remedy="Correct tags or needed_tags.",
        )
