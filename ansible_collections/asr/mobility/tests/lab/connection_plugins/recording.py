# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ssh that writes down what it is asked to do, one JSON line a call; ``lab.recorder`` reads them. Test only."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lab.ssh_lookalike import SshLookalike

DOCUMENTATION = """
name: recording
short_description: ssh that writes down what it is asked to do
description: Test only.
author: the asr.mobility contributors
options: {}
"""

_FILE_VARIABLE = "ASR_MOBILITY_LAB_RECORD"
_MODULE = b"_ANSIBALLZ_WRAPPER"  # stands in every Python module that Ansible sends, whichever way it goes


class Connection(SshLookalike):
    """Records every call before it is made, so that a call that fails counts too."""

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Execute; what goes to standard input may be a module."""
        self._record("exec", cmd, in_data or b"")
        result: tuple[int, bytes, bytes] = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return result

    def put_file(self, in_path: str, out_path: str) -> None:
        """Put; the file may be a module."""
        self._record("put", out_path, Path(in_path).read_bytes())
        super().put_file(in_path, out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Fetch."""
        self._record("fetch", in_path, b"")
        super().fetch_file(in_path, out_path)

    def _record(self, kind: str, what: str, content: bytes) -> None:
        line = {
            "host": str(self._play_context.remote_addr),
            "kind": kind,
            "what": str(what),
            "sent": len(content),
            "module": _MODULE in content,
            "script": content.decode("utf-8", "replace") if kind == "exec" else "",
        }
        with open(os.environ[_FILE_VARIABLE], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")  # one write in append mode: workers do not mix their lines
