# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the document of a preflight show every host, whatever became of it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.readiness import preflight_document
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import preflight_summary
from lab.places import COLLECTION

SCHEMA = json.loads((COLLECTION / "docs/preflight.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NOW = "2026-01-01T00:00:00+00:00"
ABOUT = {"os_name": "Debian 12", "tag": "DEBIAN12-64", "kernel_running": "6.1", "kernel_next": None}
KERNEL = {"kernel": "6.2", "support": "unknown", "reason": "no list", "list": ""}


def check(name: str, status: str, remedy: str = "") -> dict[str, str]:
    return {
        "name": name,
        "status": status,
        "found": f"that of {name}\nand more",
        "required": "better",
        "remedy": remedy,
    }


CHECKS = [
    check("root", "pass"),
    check("selinux", "warn", "Try it."),
    check("clock", "fail", "Set it."),
    check("ipv4", "unknown"),
]
FLEET: dict[str, dict[str, Any] | None] = {
    "bad": {"fit": False, "checks": CHECKS, "host": ABOUT, "kernels": [KERNEL], "failed": True, "msg": "Found"},
    "gone": {"unreachable": True, "msg": "Failed to connect with s3cret"},
    "good": {"fit": True, "checks": [check("root", "pass")], "host": ABOUT, "kernels": []},
    "lenient": {"fit": False, "checks": CHECKS, "host": ABOUT, "kernels": []},
    "odd": {"failed": True, "msg": "no end marker"},
    "silent": None,
    "untouched": {"not_attempted": True, "msg": "The canary failed."},
}


def test_the_table_shows_what_is_wrong_and_every_host() -> None:
    lines = [line.split("  ") for line in preflight_summary(FLEET)]
    shown = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert shown[0] == ["host", "result", "check", "found", "remedy"]
    assert shown[1] == ["bad", "unfit", "clock (fail)", "that of clock and more", "Set it."]
    assert shown[2] == ["bad", "unfit", "selinux (warn)", "that of selinux and more", "Try it."]
    assert [line[:2] for line in shown[3:-1]] == [
        ["gone", "unreachable"],
        ["good", "fit"],
        ["lenient", "unfit"],
        ["lenient", "unfit"],
        ["odd", "failed"],
        ["silent", "failed"],
        ["untouched", "not_attempted"],
    ]
    assert shown[-1] == ["2 failed, 1 fit, 1 not_attempted, 2 unfit, 1 unreachable"]


def test_the_document_fits_its_schema_and_counts_every_host() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(json.dumps(preflight_document(FLEET, NOW, {"s3cret"})))
    VALIDATOR.validate(document)
    assert document["totals"] == {
        "hosts": 7,
        "fit": 1,
        "unfit": 2,
        "failed": 2,
        "unreachable": 1,
        "not_attempted": 1,
    }
    hosts = {host["host"]: host for host in document["hosts"]}
    assert [found["name"] for found in hosts["bad"]["checks"]] == ["root", "selinux", "clock", "ipv4"]
    assert hosts["bad"]["kernels"] == [KERNEL]
    assert hosts["bad"]["message"] is None
    assert "s3cret" not in json.dumps(document)
    assert "Failed to connect" in hosts["gone"]["message"]


def test_the_schema_refuses_another_word() -> None:
    document = preflight_document(FLEET, NOW, ())
    document["hosts"][0]["outcome"] = "fine"
    assert not VALIDATOR.is_valid(document)
