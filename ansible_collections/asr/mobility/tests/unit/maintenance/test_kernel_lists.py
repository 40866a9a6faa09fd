"""The compact kernel lists expand to exactly what was published, and the command that builds them says what it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_notation import expand
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import (
    SHIPPED,
    KernelList,
    shipped_lists,
)
from maintenance import kernel_lists

KERNELS = st.from_regex(
    r"[0-9]\.[0-9]{1,2}\.[0-9]{1,3}-[0-9a-z.]{1,8}[0-9]{1,4}(-(cloud-)?(amd64|azure|default))?(:[0-9])?", fullmatch=True
)


def published(directory: Path, version: str, tag: str, *kernels: str) -> None:
    file = directory / version / f"{tag}_supported_kernels.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(kernels), encoding="utf-8")


@given(st.sets(KERNELS, max_size=60))
def test_compact_words_expand_to_exactly_the_lines(lines: set[str]) -> None:
    expanded = list(expand(" ".join(kernel_lists.compact(lines))))
    assert set(expanded) == lines
    assert len(expanded) == len(lines)


def test_a_long_run_of_numbers_becomes_several_words_that_fit_a_line() -> None:
    lines = {f"5.4.0-{number}-generic" for number in range(1, 400, 2)}
    words = kernel_lists.compact(lines)
    assert set(expand(" ".join(words))) == lines
    assert 1 < len(words) < 20
    assert max(map(len, words)) <= 118


def test_numbers_with_leading_zeros_stay_as_they_are() -> None:
    assert set(expand(" ".join(kernel_lists.compact({"5.4.0-042-x", "5.4.0-42-x"})))) == {"5.4.0-042-x", "5.4.0-42-x"}


def test_a_directory_makes_the_round_trip(tmp_path: Path) -> None:
    source, target = tmp_path / "SupportedKernels", tmp_path / "lists.yml"
    source.mkdir()
    published(source, "9.66.7604.1", "SLES15-64", "6.4.0-150600.23.70-default:6", "6.4.0-150600.23.73-default:6")
    published(source, "9.66.7567.1", "DEBIAN12-64", "6.1.0-7-amd64", "6.1.0-9-amd64", "6.1.0-10-amd64")
    published(source, "9.66.10000.1", "DEBIAN12-64", "6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-11-amd64")
    told = kernel_lists.build(source, target)
    assert told.startswith("lists.yml: 3 lists, the newest of 9.66.10000.1")
    text = target.read_text(encoding="utf-8")
    assert "added: >-\n      6.1.0-11-amd64\n" in text
    assert "dropped: >-\n      6.1.0-7-amd64\n" in text
    assert {(str(entry.version), entry.tag): len(entry.lines) for entry in shipped_lists(target)} == {
        ("9.66.7604.1", "SLES15-64"): 2,
        ("9.66.7567.1", "DEBIAN12-64"): 3,
        ("9.66.10000.1", "DEBIAN12-64"): 3,
    }


def test_the_shipped_file_is_what_the_command_would_write() -> None:
    assert kernel_lists.render(shipped_lists()) == SHIPPED.read_text(encoding="utf-8")


def test_an_unchanged_list_of_a_newer_version_is_kept(tmp_path: Path) -> None:
    lines = frozenset({"6.1.0-7-amd64"})
    both = [KernelList(AgentVersion.parse(version), "DEBIAN12-64", lines) for version in ("9.66.1.1", "9.67.1.1")]
    target = tmp_path / "lists.yml"
    target.write_text(kernel_lists.render(both), encoding="utf-8")
    assert list(shipped_lists(target)) == both


def test_the_command_refuses_what_is_no_such_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = SHIPPED.read_bytes()
    assert kernel_lists.main([str(tmp_path)]) == 2
    assert "no such file in it" in capsys.readouterr().err
    assert kernel_lists.main([""]) == 2
    assert "make kernel-lists DIR=" in capsys.readouterr().err
    assert SHIPPED.read_bytes() == before
