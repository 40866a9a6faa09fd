"""``make benchmark``: measure, print the table, and say which goals are met.

The contestants of a round run in turn, each time beginning with another one, so a busy machine slows all of them.
Every number is about hosts that were looked at from outside after each fresh run. Nothing here is a test: a machine
that is slow is no defect.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fleet, report
from benchmarks.contestants import CONTESTANTS, FRESH, RERUN, Contestant
from benchmarks.fleet import Fleet
from benchmarks.measure import Material, count, sample
from benchmarks.samples import Count, Results, Sample, append, load
from lab import web
from lab.installer_double.archive import build
from lab.installer_double.spec import DoubleSpec

RUNS = 5
PAYLOAD = 12
"""MiB of ballast in the installer: with it the archive is about as large as a small one of Microsoft's."""


@dataclass(frozen=True)
class Round:
    """What is measured together: contestants in turn on so many hosts."""

    hosts: int
    mode: str
    contestants: Sequence[Contestant]


SCALE = ("ssh", "raw", "ours")
"""With many hosts only what a goal compares: the others would take hours and say nothing new."""
MANY = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, or load it; print; 0 whether goals were met or not."""
    options = _options(arguments)
    results = load(options.load)
    if not options.load:
        measure(rounds(options), options, results)
    shown = list(report.lines(results))
    print("\n".join(shown))
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(report.into_page(page, machine(), shown), encoding="utf-8")
    return 0


def machine() -> str:
    """When and on what: the numbers mean nothing without it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    today = datetime.date.today().isoformat()
    return f"Measured on {today} with {os.cpu_count()} processors and {memory:.0f} GiB, shared by controller and hosts."


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--hosts", type=_numbers, default=[1, 25, MANY], help="numbers of hosts, as in 1,25,50")
    parser.add_argument("--modes", type=_words, default=[RERUN, FRESH], help=f"{RERUN}, {FRESH} or both")
    parser.add_argument("--contestants", type=_words, default=[], help=f"some of {','.join(CONTESTANTS)}")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each (default: %(default)s)")
    parser.add_argument("--payload", type=int, default=PAYLOAD, help="MiB in the installer (default: %(default)s)")
    parser.add_argument("--save", type=Path, help="append every number to this file")
    parser.add_argument("--load", type=Path, nargs="*", default=[], help="measure nothing, print what these files hold")
    parser.add_argument("--page", type=Path, help="write the result into this page, between its two marks")
    parser.add_argument("--quick", action="store_true", help="one run on one host: whether everything still works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.hosts, options.runs, options.payload = [1], 1, 1
    return options


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _words(text: str) -> list[str]:
    return text.split(",")


def rounds(options: argparse.Namespace) -> list[Round]:
    """Every round that was asked for; of many hosts without naming contestants only the cheap ones, as a rerun."""
    made = [_round(options, hosts, mode) for hosts in options.hosts for mode in options.modes]
    return [one for one in made if one.contestants]


def _round(options: argparse.Namespace, hosts: int, mode: str) -> Round:
    names = options.contestants or (SCALE if hosts >= MANY else CONTESTANTS)
    skipped = hosts >= MANY and mode == FRESH and not options.contestants
    able = [CONTESTANTS[name] for name in names if mode in CONTESTANTS[name].modes and not skipped]
    return Round(hosts, mode, able)


def measure(wanted: Sequence[Round], options: argparse.Namespace, results: Results) -> None:
    """Start the hosts, carry out every round, remove the hosts."""
    with fleet.running(max(one.hosts for one in wanted)) as all_hosts, _material(options.payload) as material:
        for one in wanted:
            _say(f"{one.mode} on {one.hosts}: {', '.join(contestant.name for contestant in one.contestants)}")
            _carry_out(one, all_hosts.first(one.hosts), material, options, results)


def _carry_out(one: Round, hosts: Fleet, material: Material, options: argparse.Namespace, results: Results) -> None:
    hosts.reset()
    if one.mode == RERUN:
        _converge(one.contestants, hosts, material)
    for contestant in one.contestants:
        if results.count(contestant.name, one.mode) is None:
            _keep(count(contestant, one.mode, hosts, material), options.save, results)
        if one.mode == FRESH:
            hosts.reset()
    for number in range(options.runs):
        for contestant in _rotated(one.contestants, number):
            measured = sample(contestant, one.mode, hosts, material)
            _keep(measured, options.save, results)
            _say(f"  {number + 1} {contestant.name:8}{measured.wall:8.2f} s")
            if one.mode == FRESH:
                hosts.reset()


def _converge(contestants: Sequence[Contestant], hosts: Fleet, material: Material) -> None:
    """Install everywhere; then each contestant once, so that what it leaves behind for its next run is there."""
    sample(CONTESTANTS["ours"], FRESH, hosts, material)
    for contestant in contestants:
        sample(contestant, RERUN, hosts, material)


def _rotated(contestants: Sequence[Contestant], number: int) -> list[Contestant]:
    """Each run begins with the next contestant, so that none always follows the same one."""
    start = number % len(contestants)
    return [*contestants[start:], *contestants[:start]]


@contextmanager
def _material(payload: int) -> Iterator[Material]:
    spec = DoubleSpec(payload_size=payload)
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as name:
        archive = build(spec, Path(name))
        with web.serving(Path(name), web.gateway()) as server:
            yield Material(archive, spec.build_tag, server.url + archive.name)


def _keep(new: Sample | Count, path: Path | None, results: Results) -> None:
    results.add(new)
    if path is not None:
        append(path, new)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
