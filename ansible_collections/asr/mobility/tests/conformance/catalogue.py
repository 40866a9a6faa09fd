"""All cases: importing this module registers them."""

from __future__ import annotations

from conformance import (  # noqa: F401 - imported for the registration of their cases
    cases_checks,
    cases_classic,
    cases_fresh,
    cases_modernized,
    cases_options,
    cases_uninstall,
    cases_upgrade,
)
from conformance.case import CASES

__all__ = ["CASES"]
