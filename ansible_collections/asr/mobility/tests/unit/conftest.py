"""What the unit tests share: the shells that every script must run under, and time enough."""

from __future__ import annotations

import typing as t

import hypothesis
import pytest

from unit.shells import SHELLS, words

# The machine is shared by everything that runs at the same time: how long one example takes says nothing.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

FIRST, *OTHERS = SHELLS


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell, as the words that stand for /bin/sh."""
    return words(request.param)


def pytest_collection_modifyitems(items: t.Sequence[pytest.Item]) -> None:
    """Mark the tests that another one repeats under the first shell, so that a run can leave them out."""
    for item in items:
        if any(value in OTHERS for value in _parameters(item)):
            item.add_marker("without_core")


def _parameters(item: pytest.Item) -> list[str]:
    """The parameters of a test that are words."""
    call = getattr(item, "callspec", None)
    return [value for value in call.params.values() if isinstance(value, str)] if call else []
