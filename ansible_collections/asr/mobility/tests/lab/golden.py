"""Golden files: what a refusal says, word for word, kept where a reviewer reads it.

One YAML file for each case with ``reason``, ``found``, ``expected`` and ``remedy``. What differs from run to run stands
as a placeholder in angle brackets. After a wanted change of words write them anew with
``ASR_MOBILITY_WRITE_GOLDEN=1 make system ARGS='-k bad_input'`` and read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

WRITE_VARIABLE = "ASR_MOBILITY_WRITE_GOLDEN"
KEYS = ("reason", "found", "expected", "remedy")

_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"\b\d+ MiB\b", "<size>"),
    (r"process \d+", "process <pid>"),
    (r"claimed by \S+ \d+ \d+", "claimed by <task>"),
    (r"http://[0-9.]+:\d+/", "<server>/"),
    (r"(/[A-Za-z0-9_.-]+)*/pytest-of-[a-z]+/pytest-\d+(/[A-Za-z0-9_-]+)*", "<folder>"),
    (r"/dev/[a-z0-9]+", "<device>"),
    (r"(?<=not complete )\(.*\)", "(<how>)"),
    (r"(?<=\.tar\.gz: )(gzip|tar): .*", "<the words of gzip and tar>"),
)


def refusal(result: Mapping[str, object], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the four parts of a failed result with placeholders for what differs from run to run.

    Args:
        result: the result of a task.
        names: further text -> placeholder, for example a host's name.

    Raises:
        AssertionError: the result is no refusal with all four parts.
    """
    missing = [key for key in KEYS if not result.get(key)]
    assert not missing, f"the result lacks {', '.join(missing)}: {dict(result)}"
    return {key: _steady(str(result[key]), names or {}) for key in KEYS}


def _steady(text: str, names: Mapping[str, str]) -> str:
    for name, placeholder in names.items():
        text = text.replace(name, placeholder)
    for pattern, placeholder in _PATTERNS:
        text = re.sub(pattern, placeholder, text)
    return text


def check(folder: Path, name: str, said: Mapping[str, str]) -> None:
    """Compare with the golden file ``name``; with ``ASR_MOBILITY_WRITE_GOLDEN`` set, write it.

    Raises:
        AssertionError: another text than the golden one, or no golden file yet.
    """
    path = folder / f"{name}.yml"
    if os.environ.get(WRITE_VARIABLE):
        folder.mkdir(exist_ok=True)
        path.write_text("---\n" + yaml.safe_dump(dict(said), sort_keys=False, width=1000), encoding="utf-8")
    assert path.is_file(), f"no golden file {path.name}; {WRITE_VARIABLE}=1 writes it: {dict(said)}"
    assert dict(said) == yaml.safe_load(path.read_text(encoding="utf-8"))
