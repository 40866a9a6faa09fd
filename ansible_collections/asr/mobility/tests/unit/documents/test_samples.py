"""The samples for pipelines are what their services accept, and name only playbooks and variables that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.places import COLLECTION

SAMPLES = COLLECTION / "docs/samples"
CHECKS = {
    "github-actions.yml": ("--builtin-schema", "vendor.github-workflows"),
    "azure-pipelines.yml": (
        *("--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
        *("--regex-variant", "python"),  # this schema holds patterns that the default does not read
    ),
}
"""Sample -> the schema of its service; the schemas come with the package, nothing is fetched."""

PAGES = [COLLECTION / "docs/pipelines.md"]


def check(name: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", *CHECKS[name], str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def scripts(value: object) -> Iterator[str]:
    """Every shell text of a sample."""
    if isinstance(value, dict):
        yield from (text for key, text in value.items() if key in ("run", "script") and isinstance(text, str))
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from scripts(inside)


def sample(name: str) -> object:
    return yaml.safe_load((SAMPLES / name).read_text(encoding="utf-8"))


def test_every_sample_is_checked() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(CHECKS)


@pytest.mark.without_core
@pytest.mark.parametrize("name", CHECKS)
def test_its_service_accepts_it(name: str, tmp_path: Path) -> None:
    good = check(name, SAMPLES / name)
    assert good.returncode == 0, good.stdout
    broken = tmp_path / name
    broken.write_text((SAMPLES / name).read_text(encoding="utf-8").replace("steps:", "stepps:"), encoding="utf-8")
    assert check(name, broken).returncode == 1


@pytest.mark.parametrize("name", CHECKS)
def test_its_shell_texts_are_sound(name: str) -> None:
    found = list(scripts(sample(name)))
    assert len(found) >= 5
    for text in found:
        done = subprocess.run(
            ["shellcheck", "-s", "bash", "-"], input=text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}"


@pytest.mark.parametrize("path", [*(SAMPLES / name for name in CHECKS), *PAGES], ids=lambda path: path.name)
def test_playbooks_and_variables_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    listed = (COLLECTION / "docs/variables.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\basr_mobility_[a-z_]+", text)) - {"asr_mobility_result"}
    assert {name for name in used if f"| `{name}` |" not in listed} == set()
    assert {"asr_mobility_report_path", "asr_mobility_canary"} <= used
    playbooks = set(re.findall(r"ansible-playbook (?:-i \S+ )?(\S+)", text))
    assert playbooks
    for playbook in playbooks:
        file = playbook.removeprefix("asr.mobility.").removesuffix(".yml")
        assert (COLLECTION / f"playbooks/{file}.yml").is_file(), playbook


@pytest.mark.parametrize("name", CHECKS)
def test_the_report_is_kept_also_when_the_run_failed(name: str) -> None:
    kept = [step for step in steps(sample(name)) if "publish" in step or "upload-artifact" in str(step.get("uses"))]
    assert len(kept) == 2
    assert all((step.get("if") or step.get("condition")) == "always()" for step in kept)


def steps(value: object) -> Iterator[dict[str, Any]]:
    """Every step of every job of a sample."""
    if isinstance(value, dict):
        yield from value.get("steps") or []
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from steps(inside)
