"""The arithmetic of the benchmark: medians, ratios, verdicts, and the table; nothing is timed here."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from benchmarks.contestants import CONTESTANTS, FRESH, RERUN
from benchmarks.goals import GOALS, Goal, Quantity, verdicts
from benchmarks.report import BEGIN, END, into_page, lines
from benchmarks.samples import Count, Results, Sample, Spread, append, load

AGAINST_OTHERS = [goal for goal in GOALS if goal.theirs.contestant != "ours"]


def measured(ours: float, theirs: float) -> Results:
    """Everything measured, three runs each: ours around one number, everybody else around another."""
    results = Results()
    for contestant, mode, hosts, step in itertools.product(CONTESTANTS, (FRESH, RERUN), (25, 50), (-1, 0, 1)):
        number = (ours if contestant == "ours" else theirs) * (1 + step / 10)
        results.add(Sample(contestant, mode, hosts, number, number, number))
    return results


def test_the_median_decides_not_the_mean() -> None:
    assert Spread.of([5.0, 1.0, 2.0, 100.0, 3.0]) == Spread(3.0, 1.0, 100.0)


@pytest.mark.parametrize(("ours", "met"), [(0.999, True), (1.0, True), (1.001, False)])
@pytest.mark.parametrize("goal", AGAINST_OTHERS, ids=lambda goal: goal.text)
def test_each_goal_at_its_limit(goal: Goal, ours: float, met: bool) -> None:
    found = {verdict.goal: verdict for verdict in verdicts(measured(goal.limit * ours * 8, 8.0))}[goal]
    assert found.ratio == pytest.approx(goal.limit * ours)
    assert found.met is met or found.ratio == pytest.approx(goal.limit)


def test_scale_compares_ours_with_ours() -> None:
    (goal,) = (goal for goal in GOALS if goal.theirs.contestant == "ours")
    assert (goal.ours.hosts, goal.theirs.hosts) == (50, 25)
    (found,) = (verdict for verdict in verdicts(measured(3.0, 8.0)) if verdict.goal == goal)
    assert (found.ratio, found.met) == (1.0, True)


def test_what_was_not_measured_is_not_met() -> None:
    assert [(verdict.ratio, verdict.met) for verdict in verdicts(Results())] == [(None, False)] * len(GOALS)
    assert Quantity("ours", RERUN, 25, "wall").median(Results()) is None


def test_the_page_shows_every_round_and_says_what_limits_a_missed_goal() -> None:
    results = measured(9.0, 8.0)
    results.add(Count("ours", RERUN, executions=1, transfers=0, modules=0))
    page = list(lines(results))
    assert [line for line in page if line.startswith("--- rerun, 25 hosts")]
    (row,) = [line for line in page[: page.index("--- contestants")] if line.startswith("ours") and "1+0" in line][:1]
    assert row.split() == ["ours", "3", "9.00", "[8.10-9.90]", "9.00", "[8.10-9.90]", "0.0", "1+0", "0"]
    missed = [number for number, line in enumerate(page) if line.startswith("MISSED")]
    assert missed
    assert all("limited by: " in page[number + 1] for number in missed)
    assert [line for line in page if line.startswith("met")]
    assert all("too few runs: 3" in line for line in page if line.startswith(("met", "MISSED")))


def test_numbers_are_kept_and_found_again(tmp_path: Path) -> None:
    kept: list[Sample | Count] = [Sample("ours", FRESH, 25, 1.5, 2.5, 3.0), Count("ours", FRESH, 8, 1, 0)]
    for one in kept:
        append(tmp_path / "kept.jsonl", one)
    found = load([tmp_path / "kept.jsonl"])
    assert [*found.samples, *found.counts] == kept


def test_a_page_keeps_what_is_not_measured() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = into_page(page, "On some machine.", ["one", "two"])
    assert written.startswith(f"before\n{BEGIN}\n\nOn some machine.\n\n```\none\ntwo\n```\n")
    assert written.endswith(f"\n{END}\nafter\n")
    assert "old" not in written
    assert into_page(written, "On some machine.", ["one", "two"]) == written
    with pytest.raises(ValueError, match="no part"):
        into_page("before", "", [])
