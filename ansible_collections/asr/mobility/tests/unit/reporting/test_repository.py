# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run on a repository tells: every file, every gap, and what no configuration server carries."""

from __future__ import annotations

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import parse_name
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import Contents, Held
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import Content
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.index import Index
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.mirror import Outcome
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting import repository

DEBIAN_7 = "Microsoft-ASR_UA_9.66.7567.1_DEBIAN7-64_GA_20Sep2025_release.tar.gz"
RHEL_8 = "Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz"
TWIN = RHEL_8.replace("release", "Release")
PATH = "/srv/installers"


def contents(*names: str) -> Contents:
    return Contents({name: Held(parse_name(name), Content("0" * 64, 1)) for name in names}, {"x": "an HTML page"})


def error(reason: Reason) -> MobilityError:
    return MobilityError(reason, found=f"{reason.value} happened", expected="a file", remedy="Try again.")


OUTCOME = Outcome(
    before=contents(DEBIAN_7),
    index=Index(contents(DEBIAN_7, RHEL_8, TWIN), {"OL9-64", "RHEL8-64"}, {"RHEL8-64"}),
    brought=[RHEL_8],
    kept=[DEBIAN_7],
    failures={"a": error(Reason.CHECKSUM_MISMATCH), "b": error(Reason.DOWNLOAD_FAILED)},
)


def test_the_lines_name_what_is_there_and_what_is_not() -> None:
    lines = repository.lines(OUTCOME, PATH)
    assert lines[:3] == [
        f"{PATH}: 1 mirrored, 1 already there, 2 failed",
        "DEBIAN7-64: 9.66.7567.1",
        "RHEL8-64: 9.66.7567.1",
    ]
    assert "lacking for the inventory: OL9-64 (the source has no installer for it)" in lines
    assert "damaged: x (an HTML page)" in lines
    assert lines[-2] == "no configuration server carries, held here: DEBIAN7-64 (from 9.36)"
    assert lines[-1].startswith("no configuration server carries, not held here: DEBIAN8-64, DEBIAN9-64 (from 9.52), ")


def test_the_result_warns_of_twins_and_shows_the_difference() -> None:
    result = repository.result(OUTCOME, PATH)
    assert (result["changed"], result["mirrored"], result["kept"]) == (True, [RHEL_8], [DEBIAN_7])
    assert result["failed_files"] == {"a": "checksum_mismatch happened", "b": "download_failed happened"}
    assert result["warnings"] == [f"{TWIN} and {RHEL_8} are one installer; remove one."]
    assert result["diff"]["before"] == f"{DEBIAN_7}\n"
    assert result["diff"]["after"].splitlines() == sorted([DEBIAN_7, RHEL_8, TWIN])


def test_a_run_that_missed_a_file_fails_with_the_first_reason_and_all_facts() -> None:
    failed = repository.failed(OUTCOME, PATH)
    assert failed.reason is Reason.CHECKSUM_MISMATCH
    assert failed.found == "checksum_mismatch happened; 1 more failed, see failed_files"
    assert failed.facts["mirrored"] == [RHEL_8]
