"""All cases: importing this module registers them."""

from __future__ import annotations

from conformance import (
    cases_checks,
    cases_classic,
    cases_fresh,
    cases_killed,
    cases_modernized,
    cases_options,
    cases_rpm,
    cases_server,
    cases_uninstall,
    cases_upgrade,
)
from conformance.case import CASES

__all__ = ["CASES", "FILES"]

FILES = (
    *(cases_checks, cases_classic, cases_fresh, cases_killed, cases_modernized),
    *(cases_options, cases_rpm, cases_server, cases_uninstall, cases_upgrade),
)
"""The files whose cases are registered by now."""
