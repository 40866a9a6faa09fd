# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection plugin needs to be Ansible's ssh in everything but its name."""

from __future__ import annotations

import typing as t

from ansible.plugins.connection.ssh import Connection as SshConnection
from ansible.plugins.loader import connection_loader


class SshLookalike(SshConnection):  # type: ignore[misc]  # ansible-core publishes no types
    """The ssh connection under another name, with the options of ssh."""

    transport = "ssh"

    def __getattribute__(self, name: str) -> t.Any:  # noqa: ANN401  # an attribute may be anything
        """Options are looked up under ``_load_name``, which the loader sets on classes and on objects alike."""
        return "ssh" if name == "_load_name" else super().__getattribute__(name)

    def __init__(self, *args: object, **kwargs: object) -> None:
        connection_loader.get("ansible.builtin.ssh", class_only=True)  # makes the options of ssh known
        super().__init__(*args, **kwargs)
