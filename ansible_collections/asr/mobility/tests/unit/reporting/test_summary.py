"""The table at the end must tell apart what happened to each host, failures and unreachable hosts included."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import (
    change_summary,
    duplicate_lines,
    status_summary,
    troubles,
)

INSTALLED = {"presence": "installed", "version": "9.66.7567.0", "registration": "no", "running": False}


def cells(lines: list[str], host: str) -> str:
    return next(line for line in lines if line.split()[0] == host)


def test_every_outcome_has_its_own_word() -> None:
    fleet: dict[str, Any] = {
        "fresh": {"changed": True, "steps": ["install"], "after": INSTALLED},
        "newer": {
            "changed": True,
            "steps": ["upgrade"],
            "after": INSTALLED,
            "reboot_required": True,
            "reboot_reason": "driver",
        },
        "right": {"changed": False, "steps": [], "after": INSTALLED},
        "refused": {"failed": True, "reason": "no_space", "msg": "Found 1 MiB\n expected 2"},
        "gone": {"unreachable": True, "msg": "ssh: no route"},
        "silent": None,
        "spared": {"not_attempted": True, "reason": "canary_failed", "msg": "Not touched, because"},
    }
    lines = change_summary(fleet, "install", check_mode=False)
    assert "installed" in cells(lines, "fresh")
    assert "upgraded" in cells(lines, "newer")
    assert "restart: driver" in cells(lines, "newer")
    assert cells(lines, "right").split()[1] == "ok"
    assert "failed" in cells(lines, "refused")
    assert "no_space: Found 1 MiB expected 2" in cells(lines, "refused")
    assert "unreachable" in cells(lines, "gone")
    assert "failed" in cells(lines, "silent")
    assert "not attempted" in cells(lines, "spared")
    assert lines[-1] == "2 failed, 1 installed, 1 not attempted, 1 ok, 1 unreachable, 1 upgraded"
    assert set(troubles(fleet)) == {"refused", "gone", "silent", "spared"}


def test_check_mode_says_would() -> None:
    fleet: dict[str, Any] = {"fresh": {"changed": True, "steps": ["install"], "after": INSTALLED}}
    lines = change_summary(fleet, "install", check_mode=True)
    assert "would install" in cells(lines, "fresh")


def test_status_shows_daemons_only_where_an_agent_is() -> None:
    fleet: dict[str, Any] = {
        "up": {"agent": {**INSTALLED, "running": True}, "host": {}},
        "down": {"agent": INSTALLED, "host": {}},
        "none": {"agent": {"presence": "absent"}, "host": {}},
        "gone": {"unreachable": True, "msg": "ssh"},
    }
    lines = status_summary(fleet)
    assert "running" in cells(lines, "up")
    assert "stopped" in cells(lines, "down")
    assert cells(lines, "none").split()[1:4] == ["absent", "-", "-"]
    assert "unreachable" in cells(lines, "gone")


def test_cloned_machines_are_named() -> None:
    fleet: dict[str, Any] = {
        "a": {"agent": {"host_id": "ABC"}, "host": {"bios_id": "x"}},
        "b": {"agent": {"host_id": "abc"}, "host": {"bios_id": "y"}},
        "c": {"agent": {"host_id": None}, "host": {"bios_id": "Y"}},
        "d": None,
    }
    assert duplicate_lines(fleet) == ["WARNING: HostId abc is used by a, b", "WARNING: BIOS id y is used by b, c"]


@pytest.mark.parametrize(
    ("procedure", "words"),
    [
        ("install", ("installed", "would install")),
        ("update", ("upgraded", "would upgrade")),
        ("uninstall", ("removed", "would remove")),
        ("register", ("registered", "would register")),
    ],
)
def test_a_change_without_a_known_step_is_called_by_the_procedure(procedure: str, words: tuple[str, str]) -> None:
    fleet: dict[str, Any] = {"one": {"changed": True, "steps": ["something"], "after": INSTALLED}}
    for check_mode, word in zip((False, True), words, strict=True):
        assert f"  {word}  " in cells(change_summary(fleet, procedure, check_mode=check_mode), "one")
