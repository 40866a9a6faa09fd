"""The table at the end must tell apart what happened to each host, failures and unreachable hosts included."""

from __future__ import annotations

from typing import Any

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import (
    duplicate_lines,
    install_summary,
    status_summary,
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
    }
    lines = install_summary(fleet, check_mode=False)
    assert "installed" in cells(lines, "fresh")
    assert "upgraded" in cells(lines, "newer")
    assert "restart: driver" in cells(lines, "newer")
    assert cells(lines, "right").split()[1] == "ok"
    assert "failed" in cells(lines, "refused")
    assert "no_space: Found 1 MiB expected 2" in cells(lines, "refused")
    assert "unreachable" in cells(lines, "gone")
    assert "failed" in cells(lines, "silent")
    assert lines[-1] == "2 failed, 1 installed, 1 ok, 1 unreachable, 1 upgraded"


def test_check_mode_says_would() -> None:
    lines = install_summary({"fresh": {"changed": True, "steps": ["install"], "after": INSTALLED}}, check_mode=True)
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
