# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight's list: each check passes on a fit host and says what is wrong on any other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import Status, Subject
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.preflight import (
    JUDGES,
    Check,
    checks,
    hindrances,
    rules,
    skipped_checks,
)
from lab.places import COLLECTION
from unit.mobility.subjects import BARE, CASES, FIT, NOTHING, Case

WRONG = (Status.FAIL, Status.WARN)
MICROSOFTS = {
    "CLocaleAvailable",
    "HostNameSet",
    "SecureBoot",
    "FreeSpaceOnRoot",
    "LisDriversAvailable",
    "KernelSupported",
    "KernelDirectoryExists",
    "BootDiskAvailable",
    "LVMPackageInstalled",
    "BootOnLVMFromMultipleDisks",
    "BootPartitionMounted",
    "IsRootFsSupported",
    "IsBootFsSupported",
    "DirsWritable",
    "AcpiEqualsToZeroSet",
    "DeviceExistInGrubFiles",
    "GrubDeviceNameChange",
    "DhcpClientAvailable",
    "CheckMTKernelVersion",
    "OldOnePassEncryption",
    "RunlevelCommandCheck",
}
"""The list that the installer ships (9.50, observed)."""


def by_name(subject: Subject) -> dict[str, Check]:
    return {check.name: check for check in checks(subject)}


def test_there_is_one_row_for_each_of_microsofts_checks() -> None:
    assert sorted(rule.installer for rule in rules().values() if rule.installer) == sorted(MICROSOFTS)
    assert rules().keys() == JUDGES.keys()


@pytest.mark.parametrize("subject", [FIT, BARE], ids=["upgrade", "installation"])
def test_a_fit_host_passes_everything(subject: Subject) -> None:
    found = by_name(subject)
    assert {name: check.status for name, check in found.items()} == dict.fromkeys(rules(), Status.PASS), found
    assert list(found) == list(rules())
    assert not hindrances(subject)


@pytest.mark.parametrize("name", rules())
def test_every_check_has_a_host_on_which_it_does_not_pass(name: str) -> None:
    assert any(case.status in WRONG for case in CASES.get(name, ())), f"no fixture on which {name} fails or warns"


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases])
def test_what_is_wrong_is_said(name: str, case: Case) -> None:
    check = by_name(case.subject)[name]
    assert check.status is case.status, check
    assert case.found in check.found
    assert check.required
    assert bool(check.remedy) == (case.status in WRONG)


def test_without_facts_nothing_fails_that_only_a_preflight_could_tell() -> None:
    untold = replace(BARE, host=replace(BARE.host, **NOTHING))
    assert not [check for check in checks(untold) if check.status in WRONG]
    assert len([check for check in checks(untold) if check.status is Status.UNKNOWN]) > 15


def test_what_does_not_hinder_an_upgrade_only_warns_there() -> None:
    for name, cases in CASES.items():
        for case in cases:
            if case.status is not Status.FAIL or "agent" in case.host:
                continue
            subject = case.subject
            upgraded = by_name(replace(subject, host=replace(subject.host, agent=FIT.host.agent)))[name]
            assert upgraded.status is (Status.FAIL if rules()[name].upgrade else Status.WARN), name


def test_a_skipped_check_is_shown_as_such() -> None:
    case = CASES["secure_boot"][0]
    (check,) = [check for check in checks(case.subject, {"secure_boot"}) if check.name == "secure_boot"]
    assert check.status is Status.SKIPPED
    assert not check.remedy
    assert [check.name for check in hindrances(case.subject)] == ["secure_boot"]
    assert not hindrances(case.subject, {"secure_boot"})


def test_what_is_refused_elsewhere_hinders_nothing_here() -> None:
    assert not hindrances(CASES["root"][0].subject)


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    assert skipped_checks(["clock", "root"]) == {"clock", "root"}
    with pytest.raises(MobilityError) as caught:
        skipped_checks(["clock", "secureboot"])
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert "'secureboot'" in caught.value.found
    assert "'clock'" not in caught.value.found
    assert "secure_boot" in caught.value.expected


def test_the_documentation_lists_every_check() -> None:
    text = (COLLECTION / "docs/preflight.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")]
    assert [row for row in rows if row in rules()] == list(rules())
