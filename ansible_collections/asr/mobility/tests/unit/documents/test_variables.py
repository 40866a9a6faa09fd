"""The table of variables, the roles' argument specifications and the modules' defaults must say the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ansible_collections.asr.mobility.plugins.modules import (
    installer_repository,
    mobility_agent,
    mobility_agent_info,
    mobility_health,
    mobility_logs,
    mobility_preflight,
    mobility_reboot,
    mobility_registration,
)
from lab.places import COLLECTION, ROOT


def without(options: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The options of a module but for some."""
    return {name: option for name, option in options.items() if name not in names}


ROWS = re.findall(
    r"^\| `(asr_mobility_\w+)` \| ([\w, ]+) \| (.+) \| (.*) ?\|$",
    (COLLECTION / "docs/variables.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
REGISTRATION: Any = mobility_registration.ARGUMENT_SPEC["argument_spec"]
AGENT: Any = mobility_agent.ARGUMENT_SPEC["argument_spec"]
ONLY_FOR_REMOVAL = {"protected", "remove_leftovers"}
ONLY_FOR_INSTALLATION = {
    "version",
    "stack",
    "platform",
    "role",
    "allow_change",
    "started",
    "skip_checks",
    "kernel_lists",
}
ROLES: dict[str, Any] = {
    "install": without(AGENT, ONLY_FOR_REMOVAL),
    "update": without(AGENT, ONLY_FOR_REMOVAL),
    "uninstall": without(AGENT, ONLY_FOR_INSTALLATION),
    "preflight": mobility_preflight.ARGUMENT_SPEC["argument_spec"],
    "register": without(REGISTRATION, {"same_identity_as"}),
    "logs": mobility_logs.ARGUMENT_SPEC["argument_spec"],
    "status": mobility_agent_info.ARGUMENT_SPEC["argument_spec"],
    "installer_repository": installer_repository.ARGUMENT_SPEC["argument_spec"],
}
"""Roles that are one task: they offer what its module does."""

FRAME = {
    "asr_mobility_hosts": "all",
    "asr_mobility_serial": "all at once",
    "asr_mobility_canary": "",
    "asr_mobility_max_fail_percentage": "",
    "asr_mobility_report_path": "",
    "asr_mobility_preflight_path": "",
}
"""Variables of the playbooks themselves -> the default in the table."""

REBOOT: Any = mobility_reboot.ARGUMENT_SPEC["argument_spec"]
HEALTH: Any = mobility_health.ARGUMENT_SPEC["argument_spec"]
OF_SETTLE = {
    "asr_mobility_reboot": "never",
    "asr_mobility_reboot_timeout": REBOOT["timeout"]["default"],
    "asr_mobility_verify_after": 0,
}
"""Variables of the role settle, which joins two modules -> their defaults."""
OF_PREFLIGHT = {"asr_mobility_preflight_enforce"}
"""What the role preflight reads; its playbook enforces at its end instead."""


def role_options(role: str) -> dict[str, dict[str, Any]]:
    text = (COLLECTION / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8")
    options: dict[str, dict[str, Any]] = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return options


def module_option(role: str, variable: str) -> str:
    name = variable.removeprefix("asr_mobility_")
    return name if name in ROLES[role] else name.removeprefix(f"{role}_")


@pytest.mark.parametrize("role", [*ROLES, "settle"])
def test_table_lists_exactly_the_variables_of_the_role(role: str) -> None:
    listed = {name for name, users, *_rest in ROWS if role in users.split(", ")}
    assert listed == set(role_options(role)) - {"asr_mobility_result"}


def test_every_user_in_the_table_is_a_role_or_the_playbooks() -> None:
    users = {user for _name, users, *_rest in ROWS for user in users.split(", ")}
    assert users == {*ROLES, "settle", "playbooks"}
    assert users - {"playbooks"} == {path.name for path in (COLLECTION / "roles").iterdir()} - {"waves"}


def test_playbooks_use_exactly_the_variables_the_table_gives_them() -> None:
    """Besides those that a role reads, and those that carry results from one task to the next."""
    used: set[str] = set()
    for path in [*(COLLECTION / "playbooks").rglob("*.yml"), *ROOT.glob("*-mobility.yml")]:
        used |= set(re.findall(r"asr_mobility_[a-z_]+", path.read_text(encoding="utf-8")))
    internal = {"failure", "gate", "procedure", "result", "summary", "waves"}
    assert used - {f"asr_mobility_{name}" for name in internal} - set(OF_SETTLE) - OF_PREFLIGHT == set(FRAME)
    assert {name for name, users, *_rest in ROWS if users == "playbooks"} == set(FRAME)


@pytest.mark.parametrize("role", ROLES)
def test_role_offers_every_option_of_its_module_and_no_default_of_its_own(role: str) -> None:
    options = role_options(role)
    assert {module_option(role, name) for name in options} == set(ROLES[role]) - {"state"}
    assert not [name for name, option in options.items() if "default" in option]


@pytest.mark.parametrize("role", ROLES)
def test_types_choices_and_secrecy_agree_with_the_module(role: str) -> None:
    for name, option in role_options(role).items():
        wanted = ROLES[role][module_option(role, name)]
        assert option.get("elements") == wanted.get("elements"), name
        assert option["type"] == {"path": "str"}.get(wanted["type"], wanted["type"]), name
        assert option.get("choices") == wanted.get("choices"), name
        assert bool(option.get("no_log")) == bool(wanted.get("no_log")), name


def test_defaults_of_the_table_are_those_of_the_modules() -> None:
    for name, users, _meaning, default in ROWS:
        assert default.strip().strip("`") == shown_default(name, users.split(", ")[0]), name


def shown_default(name: str, role: str) -> str:
    if name == "asr_mobility_version":
        return "highest that the source has"
    known = {**FRAME, **OF_SETTLE}
    declared = known[name] if name in known else ROLES[role][module_option(role, name)].get("default")
    return "" if declared in (None, []) else json.dumps(declared).strip('"')


def test_the_health_check_waits_as_long_as_the_documentation_advises() -> None:
    assert f"`{HEALTH['after']['default']}` is a good value" in (COLLECTION / "docs/variables.md").read_text(
        encoding="utf-8"
    )
