"""A script of another dialect must not reach a host: its shell would run parts of it."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.failures import require_dialect


def test_another_dialect_is_refused() -> None:
    with pytest.raises(MobilityError) as refused:
        require_dialect(Script("probe", "ver", dialect="windows"), "posix")
    assert refused.value.reason is Reason.UNSUPPORTED_OS


def test_the_own_dialect_passes() -> None:
    require_dialect(Script("probe", "true"), "posix")
