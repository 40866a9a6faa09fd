"""The table of variables, the roles' argument specifications and the modules' defaults must say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.asr.mobility.plugins.modules import mobility_agent, mobility_preflight

COLLECTION = Path(__file__).parents[3]
ROWS = re.findall(
    r"^\| `(asr_mobility_\w+)` \| ([\w, ]+) \| (.+) \| (.*) ?\|$",
    (COLLECTION / "docs/variables.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
ROLES: dict[str, Any] = {
    "install": mobility_agent.ARGUMENT_SPEC["argument_spec"],
    "preflight": mobility_preflight.ARGUMENT_SPEC["argument_spec"],
}


def role_options(role: str) -> dict[str, dict[str, Any]]:
    text = (COLLECTION / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8")
    options: dict[str, dict[str, Any]] = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return options


def module_option(role: str, variable: str) -> str:
    name = variable.removeprefix("asr_mobility_")
    return name if name in ROLES[role] else name.removeprefix(f"{role}_")


@pytest.mark.parametrize("role", ROLES)
def test_table_lists_exactly_the_variables_of_the_role(role: str) -> None:
    assert {name for name, users, *_rest in ROWS if role in users} == set(role_options(role))


@pytest.mark.parametrize("role", ROLES)
def test_role_offers_every_option_of_its_module_and_no_default_of_its_own(role: str) -> None:
    options = role_options(role)
    assert {module_option(role, name) for name in options} == set(ROLES[role]) - {"state"}
    assert not [name for name, option in options.items() if "default" in option]


@pytest.mark.parametrize("role", ROLES)
def test_types_choices_and_secrecy_agree_with_the_module(role: str) -> None:
    for name, option in role_options(role).items():
        wanted = ROLES[role][module_option(role, name)]
        assert option["type"] == {"path": "str"}.get(wanted["type"], wanted["type"]), name
        assert option.get("choices") == wanted.get("choices"), name
        assert bool(option.get("no_log")) == bool(wanted.get("no_log")), name


def test_defaults_of_the_table_are_those_of_the_module() -> None:
    for name, users, _meaning, default in ROWS:
        role = "install" if "install" in users else "preflight"
        if name in ("asr_mobility_hosts", "asr_mobility_version"):
            continue
        declared = ROLES[role][module_option(role, name)].get("default")
        shown = default.strip().strip("`")
        assert shown == ("" if declared is None else json.dumps(declared).strip('"')), name
