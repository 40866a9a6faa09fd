# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that the installer judges by name: RHEL, Oracle Linux, SLES. Pure; the rules are data/kernel_rules.yml."""

from __future__ import annotations

import enum
import functools
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion, VersionSpec

_DATA = Path(__file__).parent / "data" / "kernel_rules.yml"
_Build = tuple[int, ...]


class Fit(enum.Enum):
    """How a rule sees a kernel, as a fragment for people."""

    FITS = "{kernel} fits {rule}"
    NOT_STOCK = "{kernel} is no kernel that {rule} knows"
    TOO_OLD = "{kernel} is older than build {limit}, where {rule} begins"
    BEYOND = "{kernel} is newer than build {limit}, where {rule} ends"
    NEEDS_NEWER_AGENT = "{kernel} needs agent {limit} or newer by {rule}"


@dataclass(frozen=True)
class Pattern:
    """One kind of kernel. first, last: of the build's first number; at_least: smallest build of its first number."""

    name: re.Pattern[str]
    first: int = 0
    last: int | None = None
    at_least: t.Mapping[int, _Build] = field(default_factory=dict)
    agents: t.Mapping[_Build, VersionSpec] = field(default_factory=dict)

    def fit(self, kernel: str, version: AgentVersion | None) -> tuple[Fit, str]:
        """How this kernel is seen, with the limit that decides ("" when it fits). version None: the newest agent."""
        match = self.name.fullmatch(kernel)
        if match is None:
            return Fit.NOT_STOCK, ""
        build = _build(match[1])
        smallest = max((self.first,), self.at_least.get(build[0], ()))
        if build < smallest:
            return Fit.TOO_OLD, _text(smallest)
        if self.last is not None and build[0] > self.last:
            return Fit.BEYOND, str(self.last)
        return self._of_agent(build, version)

    def _of_agent(self, build: _Build, version: AgentVersion | None) -> tuple[Fit, str]:
        for smallest, spec in self.agents.items():
            concerned = build[0] == smallest[0] and build >= smallest
            if concerned and version is not None and (version.major, version.minor) < (spec.major, spec.minor):
                return Fit.NEEDS_NEWER_AGENT, str(spec)
        return Fit.FITS, ""


@dataclass(frozen=True)
class RangeRule:
    """The kernels of one operating system. read_from: the agent release it was read from, None when it is assumed."""

    tag: str
    patterns: t.Sequence[Pattern]
    read_from: VersionSpec | None

    @property
    def name(self) -> str:
        """How people are told which rule decided."""
        return f"range rule {self.tag}"

    def fit(self, kernel: str, version: AgentVersion | None) -> tuple[Fit, str]:
        """What the pattern says that knows the kernel best, with its limit."""
        answers = [pattern.fit(kernel, version) for pattern in self.patterns]
        return next((answer for answer in answers if answer[0] is not Fit.NOT_STOCK), (Fit.NOT_STOCK, ""))

    def knows(self, version: AgentVersion | None) -> bool:
        """True when the upper end of this rule holds for that agent; later agents follow later releases."""
        if version is None or self.read_from is None:
            return False
        return (version.major, version.minor) <= (self.read_from.major, self.read_from.minor)


@functools.cache
def range_rules() -> t.Mapping[str, RangeRule]:
    """The rules that come with the collection, by tag."""
    data: t.Mapping[str, t.Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return {tag: _rule(tag, entry) for tag, entry in data.items()}


def _rule(tag: str, entry: t.Mapping[str, t.Any]) -> RangeRule:
    read_from = entry.get("read_from")
    patterns = [_pattern(kernel) for kernel in entry["kernels"]]
    return RangeRule(tag, patterns, VersionSpec.parse(read_from) if read_from else None)


def _pattern(kernel: t.Mapping[str, t.Any]) -> Pattern:
    at_least = [_build(text) for text in kernel.get("at_least", ())]
    return Pattern(
        name=re.compile(kernel["pattern"], re.ASCII),
        first=kernel.get("from", 0),
        last=kernel.get("to"),
        at_least={build[0]: build for build in at_least},
        agents={_build(build): VersionSpec.parse(agent) for build, agent in kernel.get("agent", {}).items()},
    )


def _build(text: str) -> _Build:
    """305.30.1 as numbers; the letters of a SUSE build (lp152) do not count."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", text)) or (0,)


def _text(build: _Build) -> str:
    return ".".join(str(number) for number in build)
