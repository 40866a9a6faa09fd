"""What every unit test of a script shares: the shells it must run under."""

from __future__ import annotations

import pytest

from unit.shells import SHELLS, words


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell, as the words that stand for /bin/sh."""
    return words(request.param)
