"""A conformance case: one observed fact about the installer, as a function that fails when the fact does not hold."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from conformance.bench import Bench
from lab.installer_double.spec import RPM_FAMILIES


class Needs(enum.Enum):
    """Why a case cannot run against a real archive; the value is the reason a skipped test shows."""

    FAULTS = "needs an injected failure, which only the double offers"
    REGISTRATION = "needs a server that accepts the agent, which only the double pretends to have"
    VERSIONS = "needs archives of several versions or tags, which are only generated for the double"


class Family(enum.Enum):
    """What the payload of an archive is; the value is the tag of the double that stands for the family."""

    TAR = "DEBIAN12-64"
    RPM = "RHEL9-64"

    @classmethod
    def of(cls, tag: str) -> Family:
        """The family of an archive's tag."""
        return cls.RPM if tag.startswith(RPM_FAMILIES) else cls.TAR


@dataclass(frozen=True)
class Case:
    """name: dotted id. fact: what is observed. traps: traps of the double this case must notice when switched off.

    family: the one the fact is about; None for a fact about all of them.
    """

    name: str
    fact: str
    run: Callable[[Bench], None]
    traps: tuple[str, ...] = ()
    needs: Needs | None = None
    family: Family | None = None


CASES: dict[str, Case] = {}


def case(
    name: str, *, traps: tuple[str, ...] = (), needs: Needs | None = None, family: Family | None = None
) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register the decorated function as a case; its docstring is the fact."""

    def register(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        if name in CASES:
            raise ValueError(f"two cases are called {name}")
        CASES[name] = Case(name, (run.__doc__ or "").strip(), run, traps, needs, family)
        return run

    return register
