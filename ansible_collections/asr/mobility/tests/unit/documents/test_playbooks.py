"""What the playbooks and roles must never do, whoever edits them: it would break hosts they do not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.places import COLLECTION, ROOT

FILES = sorted(
    [
        *(COLLECTION / "playbooks").glob("*.yml"),
        *(COLLECTION / "roles").rglob("*.yml"),
        *COLLECTION.glob("*-*.yml"),
        *ROOT.glob("*-*.yml"),
    ]
)
OURS = "asr.mobility."
ON_THE_CONTROLLER = {
    "ansible.builtin.import_playbook",
    "ansible.builtin.include_role",
    "ansible.builtin.set_fact",
    "ansible.builtin.fail",
}
"""Nothing else may stand in a task: every other module needs Python on the target."""

KEYWORDS = {"name", "when", "tags", "register", "run_once", "block", "rescue", "hosts", "gather_facts", "tasks"}
KEYWORDS |= {"ignore_unreachable"}


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Every play and task of a file, those inside blocks and plays included."""
    yield from walk(yaml.safe_load(path.read_text(encoding="utf-8")))


def walk(value: object) -> Iterator[dict[str, Any]]:
    for entry in value if isinstance(value, list) else []:
        yield entry
        for inside in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from walk(entry.get(inside))


def test_there_is_something_to_look_at() -> None:
    found = [names(path) for path in FILES]
    assert "install-mobility.yml" in found
    assert "ansible_collections/asr/mobility/roles/install/tasks/main.yml" in found
    assert "ansible_collections/asr/mobility/playbooks/install_mobility.yml" in found
    assert sum(any(key.startswith(OURS) for key in entry) for path in FILES for entry in entries(path)) >= 4


@pytest.mark.parametrize("path", FILES, ids=names)
def test_privilege_is_left_to_the_inventory(path: Path) -> None:
    assert "become" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=names)
def test_no_facts_are_gathered(path: Path) -> None:
    for entry in entries(path):
        if "hosts" in entry:
            assert entry.get("gather_facts") is False, entry["name"]
    assert "ansible_facts" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in FILES if "meta" not in path.parts], ids=names)
def test_tasks_are_ours_or_stay_on_the_controller(path: Path) -> None:
    for entry in entries(path):
        actions = entry.keys() - KEYWORDS
        foreign = {action for action in actions if not action.startswith(OURS)}
        assert foreign <= ON_THE_CONTROLLER, entry


@pytest.mark.parametrize("path", FILES, ids=names)
def test_no_failure_is_swallowed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "ignore_errors" not in text
    assert "failed_when" not in text
    if "rescue:" in text:
        assert "ansible.builtin.fail:" in text  # what was rescued for the table is raised after it


def test_a_forbidden_task_would_be_seen() -> None:
    play = [{"hosts": "all", "tasks": [{"block": [{"name": "x", "ansible.builtin.copy": {}}], "rescue": []}]}]
    assert any("ansible.builtin.copy" in entry for entry in walk(play))
