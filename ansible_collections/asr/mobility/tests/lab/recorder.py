"""Count what Ansible asks of its connections, with the connection plugin ``recording`` in the place of ssh."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.places import COLLECTION, LAB

CONNECTION: Mapping[str, object] = {"ansible_connection": "recording"}
"""The variables of a host whose connection is recorded, on top of those of ``inventory.ssh``."""


@dataclass(frozen=True)
class Call:
    """One call of a connection.

    kind: ``exec``, ``put`` or ``fetch``. what: the command, or the path on the host. sent: bytes of standard input or
    of the file. module: whether they hold one of Ansible's Python modules. script: the standard input as text.
    """

    host: str
    kind: str
    what: str
    sent: int
    module: bool
    script: str


@dataclass(frozen=True)
class Use:
    """How often a connection was asked to execute, put and fetch, and how many Python modules it carried."""

    executions: int = 0
    uploads: int = 0
    fetches: int = 0
    modules: int = 0


def environment(record: Path) -> dict[str, str]:
    """Return the settings of a run that is recorded in the file ``record``."""
    return {
        "ANSIBLE_CONNECTION_PLUGINS": str(LAB / "connection_plugins"),
        "ASR_MOBILITY_LAB_RECORD": str(record),
        "PYTHONPATH": str(COLLECTION / "tests"),
    }


def calls(record: Path, address: str) -> tuple[Call, ...]:
    """Return every call of the connection to one address, in order."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
    return tuple(call for call in (Call(**json.loads(line)) for line in lines) if call.host == address)


def use(made: tuple[Call, ...]) -> Use:
    """Count calls."""
    kinds = [call.kind for call in made]
    return Use(kinds.count("exec"), kinds.count("put"), kinds.count("fetch"), sum(call.module for call in made))
