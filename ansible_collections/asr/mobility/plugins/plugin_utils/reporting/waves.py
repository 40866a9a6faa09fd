# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts are worked on together, which go first, and whether the next ones may be touched at all.

Plain decisions over host names and results; nothing here knows Ansible.
"""

from __future__ import annotations

import enum
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_SIZE = re.compile(r"([0-9]+)(%?)\Z")


class Stop(str, enum.Enum):
    """Why hosts were not touched; pipelines may rely on these words."""

    CANARY_FAILED = "canary_failed"
    TOO_MANY_FAILED = "too_many_failed"


@dataclass(frozen=True)
class Wave:
    """Hosts that are worked on together, numbered from 1."""

    number: int
    hosts: t.Sequence[str]
    canary: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a wave may start; if not, why."""

    proceed: bool
    reason: Stop | None = None
    message: str = ""


def plan_waves(hosts: t.Sequence[str], canary: t.Collection[str], serial: t.Sequence[str]) -> list[Wave]:
    """The waves in their order: the canary hosts by themselves, then the others in groups of the sizes of serial.

    serial: numbers, or percentages of the hosts that are no canaries; the last one repeats; none means all at once.
    """
    first = tuple(host for host in hosts if host in canary)
    rest = [host for host in hosts if host not in canary]
    groups = [first] if first else []
    for size in _sizes(serial, len(rest)):
        groups.append(tuple(rest[:size]))
        rest = rest[size:]
    return [Wave(number, group, bool(first) and number == 1) for number, group in enumerate(groups, start=1)]


def judge_wave(wave: Wave, troubled: t.Sequence[str], max_fail_percentage: float | None) -> Verdict:
    """Whether the run goes on after this wave. troubled: its hosts that failed or could not be reached."""
    if wave.canary and troubled:
        return Verdict(False, Stop.CANARY_FAILED, f"{_of(troubled, wave)} canary hosts failed: {_names(troubled)}")
    if max_fail_percentage is None or 100 * len(troubled) <= max_fail_percentage * len(wave.hosts):
        return Verdict(True)
    told = f"{_of(troubled, wave)} hosts of wave {wave.number} failed, more than {max_fail_percentage:g} percent"
    return Verdict(False, Stop.TOO_MANY_FAILED, f"{told}: {_names(troubled)}")


def check_limit(max_fail_percentage: float | None) -> None:
    """Refuse a percentage that is none."""
    if max_fail_percentage is not None and not 0 <= max_fail_percentage <= 100:
        raise _refused(f"max_fail_percentage {max_fail_percentage:g}", "a number from 0 to 100")


def _sizes(serial: t.Sequence[str], total: int) -> t.Iterator[int]:
    sizes = [_size(text, total) for text in serial] or [total]
    taken, place = 0, 0
    while taken < total:
        size = sizes[min(place, len(sizes) - 1)]
        yield size
        taken, place = taken + size, place + 1


def _size(text: str, total: int) -> int:
    found = _SIZE.match(str(text).strip())
    if found is None or not int(found[1]):
        raise _refused(f"serial {text!r}", "a number of hosts from 1, or a percentage such as 25%")
    if not found[2]:
        return int(found[1])
    return max(1, total * int(found[1]) // 100)


def _refused(found: str, expected: str) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT, found=found, expected=expected, remedy="Correct the variable; no host was touched."
    )


def _of(troubled: t.Sequence[str], wave: Wave) -> str:
    return f"{len(troubled)} of {len(wave.hosts)}"


def _names(hosts: t.Sequence[str], shown: int = 10) -> str:
    more = f" and {len(hosts) - shown} more" if len(hosts) > shown else ""
    return ", ".join(hosts[:shown]) + more
