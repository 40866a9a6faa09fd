# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passphrase of a configuration server: one line, compared on the target by a salted hash and never shown.

Fact (Microsoft's 9.50 installer scripts in Azure/AzMigrate-Hydration, observed): the configurator copies the file it
is given to /usr/local/InMage/private/connection.passphrase before it asks the server, and leaves it there.
"""

from __future__ import annotations

import hashlib
import secrets

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_LINE_ENDS = "\r\n"


def read_passphrase(raw: bytes) -> str:
    """The passphrase without the end of its line; passphrase_invalid for an empty one or several lines."""
    try:
        text = raw.decode("utf-8-sig").rstrip(_LINE_ENDS)
    except UnicodeDecodeError:
        raise _invalid("a text that is not UTF-8") from None
    if not text.strip():
        raise _invalid("an empty text")
    if any(end in text for end in (*_LINE_ENDS, "\0")):
        raise _invalid("a text of several lines")
    return text


def new_nonce() -> str:
    """A random word for one task: a hash says nothing to whoever sees another task's."""
    return secrets.token_hex(16)


def salted_hash(nonce: str, passphrase: str) -> str:
    """What the probe prints for this passphrase (see scripts/probe.sh)."""
    return hashlib.sha256(f"{nonce}{passphrase}".encode()).hexdigest()


def _invalid(found: str) -> MobilityError:
    return MobilityError(
        Reason.PASSPHRASE_INVALID,
        found=f"{found} as the passphrase",
        expected="one line, as genpassphrase.exe -v prints it on the configuration server",
        remedy="Write the passphrase alone, without anything before or behind it.",
    )
