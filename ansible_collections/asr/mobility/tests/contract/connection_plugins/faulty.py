# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ssh that loses what it carries, on demand: the contract must never take a loss for success. Test only."""

from __future__ import annotations

from lab.ssh_lookalike import SshLookalike

DOCUMENTATION = """
name: faulty
short_description: ssh that loses standard input or output
description: Test only.
author: the asr.mobility contributors
options: {}
"""


class Connection(SshLookalike):
    """The ssh connection with attributes a test sets.

    lose_input: standard input does not arrive. silent: nothing is executed, return code 0, no output.
    cut: number of bytes of standard output that arrive (None: all), return code 0.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.lose_input = False
        self.silent = False
        self.cut: int | None = None

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Execute, then lose what the test asked for."""
        if self.silent:
            return 0, b"", b""
        if self.lose_input and in_data:
            in_data = b"\n"
        rc, stdout, stderr = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return (rc, stdout, stderr) if self.cut is None else (0, stdout[: self.cut], b"")

    def put_file(self, in_path: str, out_path: str) -> None:
        """Files are lost with silent only."""
        if not self.silent:
            super().put_file(in_path, out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Files are lost with silent only; the file is then empty."""
        if self.silent:
            open(out_path, "wb").close()
        else:
            super().fetch_file(in_path, out_path)
