"""Kernel lists and range rules: which list decides, what is unknown, and what a bad directory of lists says."""

from __future__ import annotations

import hashlib
import itertools
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import load_table
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_notation import expand
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import (
    KernelVerdict,
    Support,
    kernel_support,
    load_kernel_lists,
    published_lists,
    shipped_lists,
)

PUBLISHED = Path(__file__).parent / "data" / "published_kernels"
OLDEST, MIDDLE, NEWEST = "9.66.7567.1", "9.66.7604.1", "9.66.7643.1"


def ask(kernel: str, tag: str, version: str | None = None, directory: Path | None = None) -> KernelVerdict:
    agent = AgentVersion.parse(version) if version else None
    return kernel_support(kernel, tag, agent, load_kernel_lists(directory))


def digests() -> t.Iterator[tuple[str, str, int, str]]:
    for line in (PUBLISHED / "digests.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            version, tag, count, digest = line.split()
            yield version, tag, int(count), digest


# --- the shipped data -------------------------------------------------------------------------------------------------


def test_every_published_list_is_shipped_line_by_line() -> None:
    shipped = {(str(entry.version), entry.tag): sorted(entry.lines) for entry in shipped_lists()}
    expected = {(version, tag): (count, digest) for version, tag, count, digest in digests()}
    assert len(expected) == 27
    for key, (count, digest) in expected.items():
        text = "".join(f"{line}\n" for line in shipped[key])
        assert (len(shipped[key]), hashlib.sha256(text.encode()).hexdigest()) == (count, digest), key


def test_a_shipped_list_is_the_published_file() -> None:
    shipped = {(str(entry.version), entry.tag): entry.lines for entry in shipped_lists()}
    published = published_lists(PUBLISHED)
    assert {entry.tag for entry in published} == {"DEBIAN7-64", "DEBIAN8-64"}
    for entry in published:
        assert entry.lines == shipped[str(entry.version), entry.tag]


def test_lists_only_grow_which_is_what_the_verdicts_rely_on() -> None:
    for lists in load_kernel_lists().by_tag.values():
        for older, newer in itertools.pairwise(lists):
            assert older.lines < newer.lines, newer.name


def test_every_tag_has_a_list_or_a_rule() -> None:
    known = load_kernel_lists()
    tags = {rule.tag for file in load_table().files for rule in file.rules}
    assert tags == set(known.by_tag) | set(known.rules)


def test_every_pattern_of_a_rule_has_a_group_for_the_build() -> None:
    for rule in load_kernel_lists().rules.values():
        assert all(pattern.name.groups >= 1 for pattern in rule.patterns), rule.tag


@pytest.mark.parametrize("word", ["5.4.0-[42", "5.4.0-42]", "5.4.0-[]-x", "5.4.0-[1-2-3]", "[1][2]"])
def test_a_word_that_is_no_notation_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(word)):
        list(expand(word))


def test_the_notation_in_full() -> None:
    assert list(expand("a-[7,9-11]-x b")) == ["a-7-x", "a-9-x", "a-10-x", "a-11-x", "b"]


# --- which list decides -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "list_name"),
    [
        (None, NEWEST),
        ("9.66.0.0", NEWEST),
        ("9.66.7643.0", NEWEST),
        ("9.66.7642.1", MIDDLE),
        ("9.66.7604.1", MIDDLE),
        ("9.66.7603.9", OLDEST),
        ("9.67.0.0", NEWEST),
    ],
)
def test_the_newest_list_that_the_agent_can_have_decides(version: str | None, list_name: str) -> None:
    verdict = ask("6.1.0-7-cloud-amd64", "DEBIAN12-64", version)
    assert verdict.support is Support.SUPPORTED
    assert verdict.list_name == f"DEBIAN12-64 of {list_name}"
    assert verdict.newest_list == f"DEBIAN12-64 of {NEWEST}"


@pytest.mark.parametrize(
    ("kernel", "version", "support", "list_name", "told"),
    [
        ("6.1.0-41-amd64", NEWEST, Support.SUPPORTED, NEWEST, f"is in DEBIAN12-64 of {NEWEST}"),
        ("6.1.0-41-amd64", MIDDLE, Support.UNSUPPORTED, MIDDLE, f"first in DEBIAN12-64 of {NEWEST}"),
        ("6.1.0-99-amd64", OLDEST, Support.UNSUPPORTED, OLDEST, f"not in DEBIAN12-64 of {NEWEST}"),
        ("6.1.0-99-amd64", None, Support.UNSUPPORTED, NEWEST, "the newest list known"),
        ("6.1.0-99-amd64", "9.66.7700.1", Support.UNKNOWN, NEWEST, "9.66.7700.1 is newer than every list"),
        ("6.1.0-99-amd64", "9.66.7643.9", Support.UNSUPPORTED, NEWEST, "the newest list known"),
        ("6.1.0-99-amd64", "9.66.0.0", Support.UNSUPPORTED, NEWEST, "the newest list known"),
        ("6.1.0-99-amd64", "9.67.0.0", Support.UNKNOWN, NEWEST, "agent 9.67.0.0 is of a newer release"),
        ("6.1.0-41-amd64", "9.65.7417.1", Support.UNKNOWN, "", f"newest list known: DEBIAN12-64 of {NEWEST}"),
        ("6.1.0-99-amd64", "9.65.7417.1", Support.UNSUPPORTED, "", "the newest list known"),
        ("6.1.0-41-AMD64", None, Support.UNSUPPORTED, NEWEST, "the newest list known"),
    ],
)
def test_what_a_list_says(kernel: str, version: str | None, support: Support, list_name: str, told: str) -> None:
    verdict = ask(kernel, "DEBIAN12-64", version)
    assert verdict.support is support
    assert verdict.list_name == (f"DEBIAN12-64 of {list_name}" if list_name else "")
    assert told in verdict.reason
    assert kernel in verdict.reason


def test_a_tag_without_a_newer_list_keeps_its_old_one() -> None:
    assert ask("4.19.0-27-amd64", "DEBIAN10-64", NEWEST).list_name == f"DEBIAN10-64 of {OLDEST}"


def test_a_tag_without_a_newer_list_is_judged_as_far_as_the_lists_of_others_go() -> None:
    assert ask("4.19.0-99-amd64", "DEBIAN10-64", NEWEST).support is Support.UNSUPPORTED
    assert ask("4.19.0-99-amd64", "DEBIAN10-64", "9.66.7644.1").support is Support.UNKNOWN


def test_a_list_of_an_older_release_cannot_refuse_what_a_newer_one_has(tmp_path: Path) -> None:
    publish(tmp_path, "9.64.7374.1", "DEBIAN12-64", "6.1.0-1-amd64\n")
    verdict = ask("6.1.0-41-amd64", "DEBIAN12-64", "9.65.7417.1", tmp_path)
    assert (verdict.support, verdict.list_name) == (Support.UNKNOWN, "DEBIAN12-64 of 9.64.7374.1")


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "tag", "version", "support"),
    [
        ("2.6.18-398.el5", "RHEL5-64", None, Support.SUPPORTED),
        ("2.6.18-92.1.22.el5xen", "RHEL5-64", None, Support.SUPPORTED),
        ("2.6.18-398.el5PAE", "RHEL5-64", None, Support.UNSUPPORTED),
        ("2.6.32-71.el6.x86_64", "RHEL6-64", None, Support.SUPPORTED),
        ("2.6.32-70.el6.x86_64", "RHEL6-64", None, Support.UNSUPPORTED),
        ("2.6.32-754.35.1.el6.x86_64", "RHEL6-64", None, Support.SUPPORTED),
        ("2.6.32-754.35.1.el6.centos.plus.x86_64", "RHEL6-64", None, Support.SUPPORTED),
        ("2.6.32-755.el6.x86_64", "RHEL6-64", "9.50.6419.1", Support.UNSUPPORTED),
        ("3.10.0-1160.119.1.el7.x86_64", "RHEL7-64", None, Support.SUPPORTED),
        ("3.10.0-1160.119.1.rt56.1.el7.x86_64", "RHEL7-64", None, Support.UNSUPPORTED),
        ("5.4.274-1.el7.elrepo.x86_64", "RHEL7-64", None, Support.UNSUPPORTED),
        ("4.18.0-80.el8.x86_64", "RHEL8-64", None, Support.SUPPORTED),
        ("4.18.0-305.el8.x86_64", "RHEL8-64", None, Support.UNSUPPORTED),
        ("4.18.0-305.30.el8_4.x86_64", "RHEL8-64", None, Support.UNSUPPORTED),
        ("4.18.0-305.30.1.el8_4.x86_64", "RHEL8-64", None, Support.SUPPORTED),
        ("4.18.0-305.40.1.el8_4.x86_64", "RHEL8-64", None, Support.SUPPORTED),
        ("4.18.0-305.148.1.el8_4.x86_64", "RHEL8-64", "9.64.7374.1", Support.UNSUPPORTED),
        ("4.18.0-305.148.1.el8_4.x86_64", "RHEL8-64", "9.65.0.0", Support.SUPPORTED),
        ("4.18.0-305.148.1.el8_4.x86_64", "RHEL8-64", None, Support.SUPPORTED),
        ("4.18.0-348.2.1.el8_5.x86_64", "RHEL8-64", None, Support.UNSUPPORTED),
        ("4.18.0-348.5.1.el8_5.x86_64", "RHEL8-64", None, Support.SUPPORTED),
        ("4.18.0-553.16.1.el8_10.x86_64", "RHEL8-64", "9.64.0.0", Support.SUPPORTED),
        ("4.18.0-553.16.1.el8_10.x86_64+debug", "RHEL8-64", None, Support.UNSUPPORTED),
        ("6.9.1-1.el8.elrepo.x86_64", "RHEL8-64", None, Support.UNSUPPORTED),
        ("5.14.0-503.11.1.el9_5.x86_64", "RHEL9-64", None, Support.SUPPORTED),
        ("5.14.0-503.11.1.el9_5.x86_64", "RHEL8-64", None, Support.UNSUPPORTED),
        ("6.12.0-55.9.1.el10_0.x86_64", "RHEL10-64", None, Support.SUPPORTED),
        ("2.6.32-358.el6.x86_64", "OL6-64", None, Support.SUPPORTED),
        ("2.6.32-357.el6.x86_64", "OL6-64", None, Support.UNSUPPORTED),
        ("3.8.13-16.2.1.el6uek.x86_64", "OL6-64", None, Support.SUPPORTED),
        ("2.6.39-400.17.1.el6uek.x86_64", "OL6-64", None, Support.UNSUPPORTED),
        ("4.14.35-1902.300.11.el7uek.x86_64", "OL7-64", None, Support.SUPPORTED),
        ("4.18.0-80.7.2.el8_0.x86_64", "OL8-64", None, Support.SUPPORTED),
        ("4.18.0-348.el8.x86_64", "OL8-64", None, Support.UNSUPPORTED),
        ("4.18.0-348.7.1.el8_5.x86_64", "OL8-64", "9.50.6419.1", Support.SUPPORTED),
        ("4.18.0-372.9.1.el8.x86_64", "OL8-64", "9.50.6419.1", Support.UNSUPPORTED),
        ("4.18.0-372.9.1.el8.x86_64", "OL8-64", "9.51.0.0", Support.UNKNOWN),
        ("5.15.0-200.131.27.el8uek.x86_64", "OL8-64", None, Support.SUPPORTED),
        ("5.15.0-200.131.27.el9uek.x86_64", "OL9-64", None, Support.SUPPORTED),
        ("6.12.0-100.28.2.el10uek.x86_64", "OL10-64", None, Support.SUPPORTED),
        ("3.0.101-108.71-default", "SLES11-SP4-64", None, Support.SUPPORTED),
        ("3.0.76-0.11-xen", "SLES11-SP3-64", None, Support.SUPPORTED),
        ("3.0.101-108.71-trace", "SLES11-SP4-64", None, Support.UNSUPPORTED),
        ("6.4.0-150700.99.1-default", "SLES15-64", None, Support.SUPPORTED),
        ("4.12.14-lp151.28.91-default", "SLES15-64", None, Support.SUPPORTED),
        ("6.4.0-150700.99.1-azure", "SLES15-64", None, Support.UNSUPPORTED),
        ("6.4.0-150700.20.15-azure", "SLES15-64", NEWEST, Support.SUPPORTED),
        ("4.4.138-4.7-azure", "SLES12-64", None, Support.SUPPORTED),
        ("4.4.138-4.7-azure:3", "SLES12-64", None, Support.UNSUPPORTED),
    ],
)
def test_what_the_rules_say(kernel: str, tag: str, version: str | None, support: Support) -> None:
    verdict = ask(kernel, tag, version)
    assert verdict.support is support, verdict
    assert kernel in verdict.reason
    assert tag in verdict.list_name


def test_a_rule_is_named_with_the_installer_it_was_read_from() -> None:
    verdict = ask("4.18.0-305.el8.x86_64", "RHEL8-64")
    assert verdict.list_name == verdict.newest_list == "range rule RHEL8-64"
    assert "older than build 305.30.1" in verdict.reason
    assert "read from the installer of 9.50" in verdict.reason


@pytest.mark.parametrize("tag", ["RHEL9-64", "RHEL10-64", "OL9-64", "OL10-64"])
def test_a_rule_that_is_published_nowhere_says_so(tag: str) -> None:
    assert "nothing is published for it" in ask("1.2.3", tag).reason


def test_a_kernel_that_both_list_and_rule_know_is_named_by_the_list() -> None:
    assert ask("6.4.0-150600.23.73-default", "SLES15-64").list_name == f"SLES15-64 of {NEWEST}"
    assert ask("6.4.0-150700.99.1-default", "SLES15-64").list_name == "range rule SLES15-64"


@pytest.mark.parametrize(("kernel", "tag"), [("6.1.0-41-amd64", "DEBIAN13-64"), ("", "DEBIAN12-64")])
def test_without_a_list_or_a_kernel_nothing_is_known(kernel: str, tag: str) -> None:
    verdict = ask(kernel, tag)
    assert (verdict.support, verdict.list_name, verdict.newest_list) == (Support.UNKNOWN, "", "")
    assert verdict.reason


# --- a directory of lists ---------------------------------------------------------------------------------------------


def publish(directory: Path, version: str, tag: str, text: str) -> None:
    file = directory / version / f"{tag}_supported_kernels.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_directory_adds_a_newer_list_and_replaces_one_of_the_same_version(tmp_path: Path) -> None:
    publish(tmp_path, "9.67.7789.1", "DEBIAN12-64", "6.1.0-99-amd64\r\n\r\n")
    publish(tmp_path, NEWEST, "DEBIAN11-64", "5.10.0-99-amd64")
    assert ask("6.1.0-99-amd64", "DEBIAN12-64", None, tmp_path).list_name == "DEBIAN12-64 of 9.67.7789.1"
    assert ask("5.10.0-99-amd64", "DEBIAN11-64", NEWEST, tmp_path).support is Support.SUPPORTED
    assert ask("5.10.0-36-amd64", "DEBIAN11-64", NEWEST, tmp_path).support is Support.UNSUPPORTED
    assert ask("5.10.0-36-amd64", "DEBIAN11-64", MIDDLE, tmp_path).support is Support.SUPPORTED
    assert ask("6.1.0-99-amd64", "DEBIAN12-64").support is Support.UNSUPPORTED


def test_a_directory_may_bring_lists_for_a_tag_that_has_a_rule(tmp_path: Path) -> None:
    publish(tmp_path, "9.67.7789.1", "RHEL9-64", "5.14.0-999.el9.x86_64\n")
    assert ask("5.14.0-999.el9.x86_64", "RHEL9-64", None, tmp_path).list_name == "RHEL9-64 of 9.67.7789.1"


@pytest.mark.parametrize(
    ("version", "tag", "text", "told"),
    [
        (NEWEST, "DEBIAN12-64", "<!DOCTYPE html>\n", "'<!DOCTYPE html>' is not a kernel release"),
        (NEWEST, "DEBIAN12-64", "404: Not Found", "is not a kernel release"),
        (NEWEST, "DEBIAN12-64", "6.1.0-7-amd64 6.1.0-9-amd64\n", "is not a kernel release"),
        (NEWEST, "DEBIAN12-64", "\n", "the file is empty"),
        ("9.66", "DEBIAN12-64", "6.1.0-7-amd64\n", "version '9.66'"),
        (NEWEST, "debian;12", "6.1.0-7-amd64\n", "does not begin with a tag"),
        (".", "DEBIAN12-64", "6.1.0-7-amd64\n", "no such file in it"),
    ],
)
def test_a_directory_that_is_not_so_is_one_error(tmp_path: Path, version: str, tag: str, text: str, told: str) -> None:
    publish(tmp_path, version, tag, text)
    with pytest.raises(MobilityError) as caught:
        load_kernel_lists(tmp_path)
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert told in caught.value.found
    assert str(tmp_path) in caught.value.found


def test_a_directory_that_is_not_there_or_holds_bytes_that_are_no_text_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(MobilityError, match="not a directory"):
        load_kernel_lists(tmp_path / "missing")
    publish(tmp_path, NEWEST, "DEBIAN12-64", "")
    (tmp_path / NEWEST / "DEBIAN12-64_supported_kernels.txt").write_bytes(b"\xff\xfe6.1.0")
    with pytest.raises(MobilityError, match="utf-8"):
        load_kernel_lists(tmp_path)
