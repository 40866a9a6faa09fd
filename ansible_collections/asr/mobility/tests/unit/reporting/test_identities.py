"""Clones are found in one pass over the fleet, and firmware without an identity makes nobody a clone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.identities import hosts_of_the_same_identity


def seen(host_id: str | None, bios_id: str | None) -> dict[str, Any]:
    return {"agent": {"host_id": host_id}, "host": {"bios_id": bios_id}}


def test_each_clone_is_told_the_others() -> None:
    fleet = {"a": seen("ID", "1"), "b": seen("id", "2"), "c": seen(None, "2 "), "d": seen(None, "4"), "e": None}
    assert hosts_of_the_same_identity(fleet) == {"a": ["b"], "b": ["a", "c"], "c": ["b"]}


@pytest.mark.parametrize(
    "nothing",
    [None, "", "Not Settable", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
)
def test_no_identity_is_shared_by_nobody(nothing: str | None) -> None:
    assert hosts_of_the_same_identity({"a": seen(nothing, nothing), "b": seen(nothing, nothing)}) == {}


@pytest.mark.parametrize("clones", [1, 5000])
def test_five_thousand_hosts_are_no_burden(clones: int) -> None:
    """Also when all of them are clones of one machine: the answer stays linear."""
    fleet = {f"h{number}": seen(str(number // clones), f"b{number}") for number in range(5000)}
    begun = time.process_time()
    shared = hosts_of_the_same_identity(fleet)
    assert time.process_time() - begun < 2
    assert len(shared) == (5000 if clones > 1 else 0)
    assert all(len(others) == 10 for others in shared.values())
