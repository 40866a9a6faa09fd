# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host, many files: choose the installer for a tag, by version as numbers and then by date."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName, read_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec


def choose(names: t.Iterable[str], tag: str, spec: VersionSpec | None = None) -> InstallerName:
    """The file for that tag with the highest version that was asked for.

    names: file names as a directory or a listing shows them; those that are no installers are ignored and counted.
    Raises installer_not_found, version_not_found or installer_ambiguous.
    """
    distinct = sorted(set(names))
    installers = [name for name in map(read_name, distinct) if name is not None]
    ignored = len(distinct) - len(installers)
    fitting = [name for name in installers if name.tag == tag]
    if not fitting:
        raise _no_such_tag(tag, installers, ignored)
    wanted = [name for name in fitting if spec is None or spec.accepts(name.version)]
    if spec is not None and not wanted:
        raise version_not_found(spec, tag, fitting)
    return _newest(wanted)


def version_not_found(spec: VersionSpec, tag: str, offered: t.Sequence[InstallerName]) -> MobilityError:
    """The error for a version that the source does not have, naming those it has for that tag."""
    versions = ", ".join(str(version) for version in sorted({name.version for name in offered}))
    return MobilityError(
        Reason.VERSION_NOT_FOUND,
        found=f"for {tag} only {versions}",
        expected=f"version {spec}",
        remedy="Ask for a version that the source has, or add the installer to it.",
    )


def _newest(names: t.Sequence[InstallerName]) -> InstallerName:
    best = max((name.version, name.date) for name in names)
    top = [name for name in names if (name.version, name.date) == best]
    if len(top) > 1:
        raise MobilityError(
            Reason.INSTALLER_AMBIGUOUS,
            found=" and ".join(name.file_name for name in top),
            expected="one file of the highest version for the host",
            remedy="Remove all but one of these files, or name the one to use.",
        )
    return top[0]


def _no_such_tag(tag: str, installers: t.Sequence[InstallerName], ignored: int) -> MobilityError:
    tags = ", ".join(sorted({name.tag for name in installers}))
    others = f"; {ignored} other names were ignored" if ignored else ""
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=(f"installers for {tags}" if tags else "no installer") + others,
        expected=f"an installer for {tag}",
        remedy="Add the file that Microsoft publishes for this operating system, under its published name.",
    )
