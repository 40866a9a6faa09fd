"""The table and the verdicts as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.contestants import CONTESTANTS
from benchmarks.goals import ENOUGH, Verdict, verdicts
from benchmarks.samples import Results, Spread

BEGIN, END = "<!-- measured: make benchmark writes this part -->", "<!-- end of what was measured -->"
_HEADER = ("", "n", "wall s", "controller CPU s", "kB to a host", "exec+put", "modules")
_WIDTHS = (8, 3, 22, 22, 14, 10, 8)


def lines(results: Results) -> Iterator[str]:
    """Everything that is printed."""
    for hosts, mode in results.rounds():
        yield f"--- {mode}, {hosts} host{'s' if hosts > 1 else ''}: median [least-most]"
        yield _row(_HEADER)
        yield from (_row(cells) for cells in _cells(results, mode, hosts))
    yield "--- contestants"
    yield from (f"{one.name:8}  {one.about}" for one in CONTESTANTS.values())
    yield "--- goals (ratio of medians)"
    for verdict in verdicts(results):
        yield from _words(verdict)


def into_page(page: str, machine: str, shown: Sequence[str]) -> str:
    """The page with its measured part replaced.

    Raises:
        ValueError: the page has no such part.
    """
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no part between {BEGIN} and {END}")
    part = "\n".join(("", "", machine, "", "```", *shown, "```", "", ""))
    return f"{before}{begin}{part}{end}{after}"


def _cells(results: Results, mode: str, hosts: int) -> Iterator[tuple[str, ...]]:
    for name in CONTESTANTS:
        wall, cpu = (results.spread(name, mode, hosts, what) for what in ("wall", "cpu"))
        received = results.spread(name, mode, hosts, "received")
        if wall is None or cpu is None or received is None:
            continue
        count = results.count(name, mode)
        counted = (f"{count.executions}+{count.transfers}", str(count.modules)) if count else ("", "")
        number = len(results.of(name, mode, hosts))
        yield name, str(number), _seconds(wall), _seconds(cpu), f"{received.median / 1000:.1f}", *counted


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.2f} [{spread.least:.2f}-{spread.most:.2f}]"


def _row(cells: tuple[str, ...]) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def _words(verdict: Verdict) -> Iterator[str]:
    if verdict.ratio is None:
        yield f"not measured       {verdict.goal.text}"
        return
    few = "" if verdict.runs >= ENOUGH else f" (too few runs: {verdict.runs})"
    compared = f"{verdict.ratio:.3f} against {verdict.goal.limit:.3f}{few}"
    yield f"{'met' if verdict.met else 'MISSED':6}  {verdict.goal.text}: {compared}"
    if not verdict.met:
        yield f"        limited by: {verdict.goal.limited_by}"
