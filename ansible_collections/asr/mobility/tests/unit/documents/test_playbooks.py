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
        *(COLLECTION / "playbooks").rglob("*.yml"),
        *(COLLECTION / "roles").rglob("*.yml"),
        *COLLECTION.glob("*-*.yml"),
        *ROOT.glob("*-*.yml"),
        COLLECTION / "preflight.yml",
        ROOT / "preflight.yml",
    ]
)
WAVE = COLLECTION / "playbooks/tasks/wave.yml"
OURS = "asr.mobility."
ON_THE_CONTROLLER = {
    "ansible.builtin.import_playbook",
    "ansible.builtin.import_role",
    "ansible.builtin.import_tasks",
    "ansible.builtin.set_fact",
    "ansible.builtin.fail",
    "ansible.builtin.meta",
}
"""Nothing else may stand in a task: every other module needs Python on the target."""

KEYWORDS = {"name", "when", "tags", "register", "run_once", "block", "rescue", "hosts", "gather_facts", "tasks"}
KEYWORDS |= {"ignore_unreachable", "serial", "strategy", "vars", "roles"}
PROCEDURES = (
    "install_mobility",
    "update_mobility",
    "uninstall_mobility",
    "register_mobility",
    "mobility_status",
    "collect_logs",
    "preflight",
)


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
    assert "ansible_collections/asr/mobility/playbooks/tasks/wave.yml" in found
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


@pytest.mark.parametrize("path", [path for path in FILES if not {"meta", "defaults"} & set(path.parts)], ids=names)
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
    assert "rescue:" not in text or path == WAVE


def test_the_document_of_the_preflight_is_tried_first_and_written_behind_the_table() -> None:
    written = "asr.mobility.mobility_preflight_report"
    begin = [key for entry in entries(COLLECTION / "playbooks/fleet_begin.yml") for key in entry]
    assert begin.index(written) < begin.index("asr.mobility.mobility_waves")
    end = [key for entry in entries(COLLECTION / "playbooks/fleet_end.yml") for key in entry]
    assert end.index("asr.mobility.mobility_summary") < end.index(written) < end.index("ansible.builtin.fail")


def test_what_is_kept_for_the_table_is_raised_after_it() -> None:
    end = [key for entry in entries(COLLECTION / "playbooks/fleet_end.yml") for key in entry]
    assert end.index("asr.mobility.mobility_summary") < end.index("ansible.builtin.fail")
    kept = [entry for entry in entries(WAVE) if "ansible.builtin.set_fact" in entry]
    assert [list(entry["ansible.builtin.set_fact"]) for entry in kept] == [["asr_mobility_failure"]] * 2


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_procedure_runs_in_the_same_frame(name: str) -> None:
    plays = yaml.safe_load((COLLECTION / f"playbooks/{name}.yml").read_text(encoding="utf-8"))
    begin, work, end = plays
    procedure = work["vars"]["asr_mobility_procedure"]
    assert begin["ansible.builtin.import_playbook"] == "fleet_begin.yml"
    assert end["ansible.builtin.import_playbook"] == "fleet_end.yml"
    assert begin["vars"] == work["vars"] == end["vars"]
    assert work["tags"] == [procedure]
    assert work["roles"] == [{"role": "asr.mobility.waves"}]
    assert (work["hosts"], work["serial"]) == ("{{ waves_hosts }}", "{{ waves_sizes }}")
    assert [task["ansible.builtin.import_tasks"] for task in work["tasks"]] == ["tasks/wave.yml"]
    assert (COLLECTION / "roles" / procedure / "tasks/main.yml").is_file()
    wrapper_name = f"{name.replace('_', '-')}.yml"
    for folder in (ROOT, COLLECTION, *([COLLECTION / "playbooks"] if "_" in name else [])):
        (wrapper,) = yaml.safe_load((folder / wrapper_name).read_text(encoding="utf-8"))
        assert wrapper["ansible.builtin.import_playbook"] == f"asr.mobility.{name}"


def test_the_mirror_is_made_on_the_controller_and_found_by_both_names() -> None:
    (work,) = yaml.safe_load((COLLECTION / "playbooks/mirror_installers.yml").read_text(encoding="utf-8"))
    assert (work["hosts"], work["gather_facts"]) == ("localhost", False)
    assert [task["ansible.builtin.import_role"]["name"] for task in work["tasks"]] == [f"{OURS}installer_repository"]
    for folder in (ROOT, COLLECTION, COLLECTION / "playbooks"):
        (wrapper,) = yaml.safe_load((folder / "mirror-installers.yml").read_text(encoding="utf-8"))
        assert wrapper["ansible.builtin.import_playbook"] == f"{OURS}mirror_installers"


def test_nothing_runs_once_per_host_but_the_role() -> None:
    """A converged fleet costs one task for each host; whatever else stands in the frame runs once, or after trouble."""
    outside = [*entries(COLLECTION / "playbooks/fleet_begin.yml"), *entries(WAVE)]
    outside += list(entries(COLLECTION / "playbooks/fleet_end.yml"))
    tasks = [entry for entry in outside if any(key.startswith(("ansible.", OURS)) for key in entry)]
    per_host = [entry for entry in tasks if not entry.get("run_once") and "ansible.builtin.meta" not in entry]
    actions = [next(key for key in entry if key.startswith(("ansible.", OURS))) for entry in per_host]
    assert sorted(actions) == [
        "ansible.builtin.fail",
        *["ansible.builtin.import_role"] * 2,
        *["ansible.builtin.set_fact"] * 2,
    ]


def test_a_forbidden_task_would_be_seen() -> None:
    play = [{"hosts": "all", "tasks": [{"block": [{"name": "x", "ansible.builtin.copy": {}}], "rescue": []}]}]
    assert any("ansible.builtin.copy" in entry for entry in walk(play))
