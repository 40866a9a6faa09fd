# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line is a passphrase, whatever ends it; the hash of a task tells nothing in another."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.passphrase import (
    new_nonce,
    read_passphrase,
    salted_hash,
)


@pytest.mark.parametrize("raw", [b"pass phrase", b"pass phrase\n", b"pass phrase\r\n", b"\xef\xbb\xbfpass phrase\n\n"])
def test_the_end_of_the_line_is_no_part_of_it(raw: bytes) -> None:
    assert read_passphrase(raw) == "pass phrase"


@pytest.mark.parametrize("raw", [b"", b"\n", b"  ", b"hunter2\nsecond", b"hunter2\0", "hunter2".encode("utf-16")])
def test_what_is_no_passphrase_is_refused_without_showing_it(raw: bytes) -> None:
    with pytest.raises(MobilityError) as caught:
        read_passphrase(raw)
    assert caught.value.reason is Reason.PASSPHRASE_INVALID
    assert "hunter2" not in str(caught.value)


def test_the_hash_depends_on_task_and_passphrase() -> None:
    one, other = new_nonce(), new_nonce()
    assert one != other
    hashes = {salted_hash(nonce, word) for nonce in (one, other) for word in ("a", "b")}
    assert len(hashes) == 4
