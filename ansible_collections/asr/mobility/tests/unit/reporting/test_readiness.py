# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the document of a preflight show every host, whatever became of it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.evidence import outcome
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.readiness import (
    preflight_begun,
    preflight_document,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.summary import preflight_summary, troubles
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


def test_the_table_shows_every_host_and_what_to_do() -> None:
    assert preflight_summary(FLEET) == [
        "host       result         failed  warned",
        "bad        unfit          clock   selinux",
        "gone       unreachable    -       -",
        "good       fit            -       -",
        "lenient    unfit          clock   selinux",
        "odd        failed         -       -",
        "silent     failed         -       -",
        "untouched  not_attempted  -       -",
        "clock (fail)",
        "    bad: that of clock and more",
        "    lenient: that of clock and more",
        "    -> Set it.",
        "selinux (warn)",
        "    bad: that of selinux and more",
        "    lenient: that of selinux and more",
        "    -> Try it.",
        "gone",
        "    Failed to connect with s3cret",
        "odd",
        "    no end marker",
        "silent",
        "    No task of this collection ended on the host.",
        "untouched",
        "    The canary failed.",
        "2 failed, 1 fit, 1 not_attempted, 2 unfit, 1 unreachable",
    ]


def test_no_line_of_the_details_is_so_long_that_it_is_broken_again() -> None:
    long = [{**check("space", "fail", "Free " * 40), "found": "little " * 40}]
    lines = preflight_summary({"web": {"fit": False, "checks": long}})
    assert max(len(line) for line in lines) <= 70
    assert len(lines) > 8


def test_an_unfit_host_is_in_trouble_unless_that_shall_not_count() -> None:
    enforced = troubles(FLEET)
    assert set(enforced) == set(FLEET) - {"good"}
    assert set(troubles(FLEET, unfit=False)) == set(enforced) - {"lenient"}
    assert outcome(FLEET["lenient"], check_mode=False) == "failed"
    assert outcome(FLEET["good"], check_mode=False) == "unchanged"


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


def test_the_document_of_a_run_that_has_begun_fits_the_schema() -> None:
    document = json.loads(json.dumps(preflight_begun(FLEET, {"s3cret"})))
    VALIDATOR.validate(document)
    assert document["ended"] is None
    assert (document["totals"]["hosts"], document["totals"]["not_attempted"]) == (7, 7)


def test_the_schema_refuses_another_word() -> None:
    document = preflight_document(FLEET, NOW, ())
    document["hosts"][0]["outcome"] = "fine"
    assert not VALIDATOR.is_valid(document)
