"""Who is touched with whom, and when nobody is touched any more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.waves import (
    Stop,
    Wave,
    check_limit,
    judge_wave,
    plan_waves,
)

TEN = [f"h{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("canary", "serial", "sizes"),
    [
        ([], [], [10]),
        ([], ["3"], [3, 3, 3, 1]),
        ([], ["1", "4"], [1, 4, 4, 1]),
        ([], ["1", "50%", "100%"], [1, 5, 4]),
        ([], ["1%"], [1] * 10),
        ([], ["30"], [10]),
        (["h9", "h4"], [], [2, 8]),
        (["h9", "h4"], ["50%"], [2, 4, 4]),
        (["elsewhere"], ["5"], [5, 5]),
        (TEN, ["5"], [10]),
    ],
)
def test_sizes(canary: list[str], serial: list[str], sizes: list[int]) -> None:
    assert [len(wave.hosts) for wave in plan_waves(TEN, canary, serial)] == sizes


def test_canaries_go_first_and_by_themselves_in_the_order_of_the_inventory() -> None:
    first, *others = plan_waves(TEN, ["h9", "h4"], ["4"])
    assert (first.hosts, first.canary, first.number) == (("h4", "h9"), True, 1)
    assert [wave.hosts[0] for wave in others] == ["h0", "h5"]
    assert not any(wave.canary for wave in others)


@given(
    st.lists(st.integers(0, 400).map(str), unique=True, max_size=60),
    st.sets(st.integers(0, 400).map(str), max_size=20),
    st.lists(st.one_of(st.integers(1, 50).map(str), st.integers(1, 100).map(lambda part: f"{part}%")), max_size=4),
)
def test_every_host_is_in_one_wave(hosts: list[str], canary: set[str], serial: list[str]) -> None:
    waves = plan_waves(hosts, canary, serial)
    assert sorted(host for wave in waves for host in wave.hosts) == sorted(hosts)
    assert all(wave.hosts for wave in waves)
    assert [wave.number for wave in waves] == list(range(1, len(waves) + 1))


@pytest.mark.parametrize("serial", ["0", "-1", "1.5", "ten", "", "0%", "25 %", "1e3"])
def test_a_size_that_is_none_is_refused(serial: str) -> None:
    with pytest.raises(MobilityError) as caught:
        plan_waves(TEN, [], [serial])
    assert caught.value.reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("troubled", "limit", "proceed"),
    [(0, None, True), (10, None, True), (0, 0, True), (1, 0, False), (2, 20, True), (3, 20, False), (10, 100, True)],
)
def test_percentage(troubled: int, limit: float | None, proceed: bool) -> None:
    verdict = judge_wave(Wave(2, TEN), TEN[:troubled], limit)
    assert verdict.proceed is proceed
    assert (verdict.reason is Stop.TOO_MANY_FAILED) is not proceed


@pytest.mark.parametrize("limit", [None, 100.0])
def test_one_canary_stops_whatever_the_percentage(limit: float | None) -> None:
    verdict = judge_wave(Wave(1, TEN, canary=True), ["h3"], limit)
    assert (verdict.proceed, verdict.reason) == (False, Stop.CANARY_FAILED)
    assert verdict.message == "1 of 10 canary hosts failed: h3"
    assert judge_wave(Wave(1, TEN, canary=True), [], limit).proceed


def test_a_long_list_of_names_is_cut() -> None:
    many = [f"h{number}" for number in range(500)]
    assert judge_wave(Wave(1, many), many, 10).message.endswith("h9 and 490 more")


@pytest.mark.parametrize("limit", [-1, 100.5])
def test_a_percentage_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(MobilityError):
        check_limit(limit)
