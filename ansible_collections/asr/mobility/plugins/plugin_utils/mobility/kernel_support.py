# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does an agent version support a kernel? By Microsoft's published lists and, where it judges by name, by range rules.

Lists: one per agent version and tag, whole each, and growing: no published list drops a kernel of an older one. A tag
has a new list only in the versions that brought it new kernels. Shipped: data/kernel_lists.yml, which
`make kernel-lists` builds from the published files; a directory of such files extends and overrides it.
"""

from __future__ import annotations

import enum
import functools
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_notation import expand
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_rules import Fit, RangeRule, range_rules

SHIPPED = Path(__file__).parent / "data" / "kernel_lists.yml"
SUFFIX = "_supported_kernels.txt"
_TAG = re.compile(r"^[A-Z][A-Z0-9.]*(-[A-Z0-9.]+)*-64$", re.ASCII)
_LINE = re.compile(r"^[0-9][0-9A-Za-z._+~-]{0,99}(:[0-9]{1,2})?$", re.ASCII)


class Support(str, enum.Enum):
    """Whether the agent supports the kernel; unknown when no list or rule tells."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class KernelVerdict:
    """The answer. reason: one fragment for people; list_name: what decided, newest_list: the newest known; or ""."""

    support: Support
    reason: str
    list_name: str
    newest_list: str


@dataclass(frozen=True)
class KernelList:
    """The published list of one agent version. lines: as published, SLES ones with ":<service pack>" at their end."""

    version: AgentVersion
    tag: str
    lines: frozenset[str]

    @property
    def name(self) -> str:
        """How people are told which list decided."""
        return f"{self.tag} of {self.version}"

    @functools.cached_property
    def kernels(self) -> frozenset[str]:
        """The releases as `uname -r` says them."""
        return frozenset(line.partition(":")[0] for line in self.lines)


@dataclass(frozen=True)
class KernelLists:
    """Every list known, by tag and from the oldest to the newest, and the rules."""

    by_tag: t.Mapping[str, t.Sequence[KernelList]]
    rules: t.Mapping[str, RangeRule]

    @functools.cached_property
    def last(self) -> AgentVersion:
        """The agent of the newest list of any tag; there must be one. Later agents may have lists unknown here."""
        return max((entry.version for entries in self.by_tag.values() for entry in entries), key=_release)

    def of(self, tag: str) -> t.Sequence[KernelList]:
        """The lists of a tag; none for a tag that is judged by a rule alone, or unknown."""
        return self.by_tag.get(tag, ())


def kernel_support(kernel: str, tag: str, version: AgentVersion | None, lists: KernelLists) -> KernelVerdict:
    """Whether that agent supports that kernel (as `uname -r` says it) on an operating system of that tag.

    version: a placeholder (9.66.0.0) means the newest list of its release; None means the newest list of all.
    """
    if not kernel:
        return KernelVerdict(Support.UNKNOWN, "no kernel release is known", "", "")
    known, rule = lists.of(tag), lists.rules.get(tag)
    verdicts = [_by_list(kernel, version, known, lists.last)] if known else []
    verdicts += [_by_rule(kernel, version, rule)] if rule else []
    if not verdicts:
        return KernelVerdict(Support.UNKNOWN, f"no list of kernels is known for {tag}", "", "")
    return next((verdict for verdict in verdicts if verdict.support is Support.SUPPORTED), verdicts[0])


def _by_list(
    kernel: str, version: AgentVersion | None, known: t.Sequence[KernelList], last: AgentVersion
) -> KernelVerdict:
    """known: at least one list, the newest last; last: the agent of the newest list of any tag."""
    newest = known[-1]
    usable = [entry for entry in known if version is None or _release(entry.version) <= _limit(version)]
    used = usable[-1] if usable else None
    if used is not None and kernel in used.kernels:
        return KernelVerdict(Support.SUPPORTED, f"{kernel} is in {used.name}", used.name, newest.name)
    support, reason = _not_listed(kernel, version, used, known, last)
    return KernelVerdict(support, reason, used.name if used else "", newest.name)


def _not_listed(
    kernel: str,
    version: AgentVersion | None,
    used: KernelList | None,
    known: t.Sequence[KernelList],
    last: AgentVersion,
) -> tuple[Support, str]:
    """used: the list of that agent, which lacks the kernel; None when the agent is older than every list."""
    later = known[known.index(used) + 1 :] if used else known
    first = next((entry for entry in later if kernel in entry.kernels), None)
    newest = known[-1]
    if first is not None:
        told = (
            f"{kernel} is first in {first.name}, the list for agent {version} is {used.name if used else 'not known'}"
        )
        support = Support.UNSUPPORTED if _is_of_release(used, version) else Support.UNKNOWN
        return support, f"{told} (newest list known: {newest.name})"
    told = f"{kernel} is not in {newest.name}, the newest list known"
    if version is None:
        return Support.UNSUPPORTED, told
    if (version.major, version.minor) > (newest.version.major, newest.version.minor):
        return Support.UNKNOWN, f"{told}, and agent {version} is of a newer release"
    if _release(version) > _release(last):
        return Support.UNKNOWN, f"{told}, and agent {version} is newer than every list"
    return Support.UNSUPPORTED, told


def _is_of_release(used: KernelList | None, version: AgentVersion | None) -> bool:
    if used is None or version is None:
        return False
    return (used.version.major, used.version.minor) == (version.major, version.minor)


def _release(version: AgentVersion) -> tuple[int, int, int]:
    """What tells two lists apart; the fourth number differs between a file's name and an agent's record."""
    return version.major, version.minor, version.build


def _limit(version: AgentVersion) -> tuple[int, int, float]:
    """The newest list that this agent can have: any of its release when only that is known."""
    return version.major, version.minor, float("inf") if version.is_placeholder else version.build


def _by_rule(kernel: str, version: AgentVersion | None, rule: RangeRule) -> KernelVerdict:
    fit, limit = rule.fit(kernel, version)
    support = Support.UNSUPPORTED
    if fit is Fit.FITS:
        support = Support.SUPPORTED
    elif fit is Fit.BEYOND and not rule.knows(version):
        support = Support.UNKNOWN
    reason = fit.value.format(kernel=kernel, rule=rule.name, limit=limit)
    return KernelVerdict(support, f"{reason}, {_origin(rule)}", rule.name, rule.name)


def _origin(rule: RangeRule) -> str:
    if rule.read_from is None:
        return "which asks for the distribution's own kernel only, because nothing is published for it"
    return f"which was read from the installer of {rule.read_from}"


@functools.cache
def load_kernel_lists(directory: Path | None = None) -> KernelLists:
    """The lists that come with the collection, and those of a directory, which win for the same version and tag.

    directory: holds <agent version>/<tag>_supported_kernels.txt as Microsoft publishes them. One that is not so, or
    cannot be read, is one invalid_argument MobilityError.
    """
    found = {(entry.tag, _release(entry.version)): entry for entry in shipped_lists()}
    if directory is not None:
        found.update({(entry.tag, _release(entry.version)): entry for entry in published_lists(directory)})
    by_tag: dict[str, list[KernelList]] = {}
    for entry in sorted(found.values(), key=lambda entry: _release(entry.version)):
        by_tag.setdefault(entry.tag, []).append(entry)
    return KernelLists(by_tag, range_rules())


def shipped_lists(path: Path = SHIPPED) -> t.Iterator[KernelList]:
    """The lists of a compact file. Each version of a tag says what it adds to the one before it and what it drops."""
    data: t.Mapping[str, t.Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for tag, versions in data.items():
        lines: set[str] = set()
        for version, change in versions.items():
            changes = change or {}
            lines |= set(expand(changes.get("added", "")))
            lines -= set(expand(changes.get("dropped", "")))
            yield KernelList(AgentVersion.parse(version), tag, frozenset(lines))


def published_lists(directory: Path) -> t.Sequence[KernelList]:
    """The lists of a directory in the published layout; at least one, else it is an invalid_argument MobilityError."""
    try:
        lists = [_published(path) for path in sorted(directory.glob(f"*/*{SUFFIX}"))]
        if not lists:
            raise ValueError("no such file in it" if directory.is_dir() else "not a directory")
    except (OSError, ValueError, MobilityError) as error:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"kernel lists in {directory}: {error.found if isinstance(error, MobilityError) else error}",
            expected=f"files such as 9.66.7643.1/DEBIAN12-64{SUFFIX} with one kernel release a line",
            remedy="Copy the folder SupportedKernels of Azure/Azure-SiteRecovery as it is, and name that copy.",
        ) from error
    return lists


def _published(path: Path) -> KernelList:
    """One published file; ValueError with the place when it is not such a list."""
    tag = path.name[: -len(SUFFIX)]
    if not _TAG.match(tag):
        raise ValueError(f"{path.name} does not begin with a tag")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    wrong = next((line for line in lines if not _LINE.match(line)), None)
    if wrong is not None or not lines:
        what = f"{wrong[:60]!r} is not a kernel release" if wrong else "the file is empty"
        raise ValueError(f"{path.parent.name}/{path.name}: {what}")
    return KernelList(AgentVersion.parse(path.parent.name), tag, frozenset(lines))
