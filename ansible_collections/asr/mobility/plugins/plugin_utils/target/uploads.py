# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upload directory: the only place on a host that belongs to the login user, because files arrive as that user.

It is made when the first file is put and removed when the task ends. Its owner file names the controller process, so
what an interrupted task left behind can be told from what a live one still needs.
"""

from __future__ import annotations

import re
import secrets
import shlex
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import ScriptResult
from ansible_collections.asr.mobility.plugins.plugin_utils.target.failures import require_success, tail
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import (
    Controller,
    parse_controller,
    this_process,
)

PREFIX = "asr-mobility-upload."
_BASES = ("/var/tmp", "/tmp")
_DELIVERED = "delivered"
_OURS = re.compile(r"(?:/var)?/tmp/asr-mobility-upload\.[0-9a-f]{16}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}\Z")


class LoginShell(t.Protocol):
    """Runs one line of shell as the login user."""

    def run_as_login_user(self, name: str, text: str) -> ScriptResult:
        """Run the line; see Channel."""


class UploadDirectory:
    """A private directory of the login user (0700) with files only that user and root can read (0600)."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action
        self._path: str | None = None
        self._places: list[str] = []  # where it may be: known before the host has answered, or when its answer is lost
        self._scripts = self._files = 0

    def path(self, shell: LoginShell) -> str:
        """The directory, made when it is first needed."""
        if self._path is None:
            self._path = self._make(shell)
        return self._path

    def put_script(self, shell: LoginShell, source: str) -> str:
        """Put a script file; a script that was cut on the way does nothing, so its size is not asked."""
        self._scripts += 1
        destination = f"{self.path(shell)}/script-{self._scripts}.sh"
        self._put(source, destination)
        return destination

    def put(self, shell: LoginShell, source: Path, name: str) -> str:
        """Put a controller file under that name and check that it arrived whole."""
        if not _NAME.match(name) or name == "owner":
            raise ValueError(f"not a plain file name: {name!r}")
        destination = f"{self.path(shell)}/{name}"
        self._files += 1
        self._put(str(source), destination)
        size = self._size(shell, destination)
        if size != source.stat().st_size:
            raise MobilityError(
                Reason.TRANSFER_FAILED,
                found=f"{size} bytes of {name} on the host",
                expected=f"{source.stat().st_size} bytes",
                remedy="Check the free space of /var/tmp and the connection's transfer method, then run again.",
            )
        return destination

    def send(self, shell: LoginShell, source: Path) -> tuple[str, bool]:
        """Put a controller file that is checked where it is staged; its path, and whether it is alone in the directory.

        It is made empty with the directory, so that it is nobody else's to read before its first byte arrives.
        """
        if self._path is None:
            self._path = self._make(shell, f'&& : > "$d/{_DELIVERED}" ')
        destination = f"{self._path}/{_DELIVERED}"
        self._put(str(source), destination)
        return destination, self._scripts == self._files == 0

    def forget(self) -> None:
        """The directory was removed on the host."""
        self._path, self._places = None, []

    def remove(self, shell: LoginShell) -> None:
        """Remove the directory with all files in it; nothing to do when no file was ever put."""
        if not self._places:
            return
        require_success("remove_upload", shell.run_as_login_user("remove_upload", "rm -rf " + " ".join(self._places)))
        self.forget()

    def _make(self, shell: LoginShell, also: str = "") -> str:
        name = PREFIX + secrets.token_hex(8)
        places = [f"{base}/{name}" for base in _BASES]
        self._places += places
        wanted, owner = " ".join(places), shlex.quote(str(this_process()))
        text = (
            f'for d in {wanted}; do mkdir -m 700 "$d" 2>/dev/null && echo {owner} > "$d/owner" '
            f"{also}"
            '&& printf %s "$d" && exit 0; done; exit 1'
        )
        result = shell.run_as_login_user("make_upload", text)
        if result.code != 0 or not is_ours(result.output):
            raise MobilityError(
                Reason.TRANSFER_FAILED,
                found=f"no upload directory: {tail(result.output) or 'mkdir failed'}",
                expected=f"room for the login user in {' or '.join(_BASES)}",
                remedy="Free space there or correct the mode of these directories.",
            )
        return result.output

    def _size(self, shell: LoginShell, path: str) -> int:
        text = f"chmod 600 {path} && wc -c < {path}"
        result = require_success("check_upload", shell.run_as_login_user("check_upload", text))
        return int(result.output.strip() or -1)

    def _put(self, source: str, destination: str) -> None:
        try:
            self._action._transfer_file(source, destination)
        except AnsibleError as error:
            raise _transfer_failed(f"putting {destination}", error) from error


def fetch_as_login_user(action: ActionBase, remote: str, local: str) -> None:
    """Bring a file the login user can read."""
    try:
        action._connection.fetch_file(remote, local)
    except AnsibleError as error:
        raise _transfer_failed(f"fetching {remote}", error) from error


def _transfer_failed(what: str, error: Exception) -> MobilityError:
    return MobilityError(
        Reason.TRANSFER_FAILED,
        found=f"{what}: {tail(str(error))}",
        expected="a complete transfer",
        remedy="Check the connection and its transfer method (ansible_ssh_transfer_method), then run again.",
    )


def is_ours(path: str) -> bool:
    """Whether a path can only be an upload directory of this collection."""
    return _OURS.match(path) is not None


def removable_leftovers(facts: t.Mapping[str, str], here: Controller | None = None) -> list[str]:
    """The upload directories nobody needs any more, from the lines leftover.N.KEY=VALUE of scripts/leftovers.sh.

    Those of a dead process of this controller, and those that are older than a day, whoever made them.
    """
    here = here or this_process()
    numbers = (key.split(".")[1] for key in facts if key.startswith("leftover.") and key.endswith(".path"))
    return [facts[f"leftover.{number}.path"] for number in numbers if _is_removable(facts, number, here)]


def _is_removable(facts: t.Mapping[str, str], number: str, here: Controller) -> bool:
    if not is_ours(facts[f"leftover.{number}.path"]):
        return False
    owner = parse_controller(facts.get(f"leftover.{number}.owner", ""))
    gone = owner.is_gone(here) if owner else None
    return gone is True or (gone is None and facts.get(f"leftover.{number}.old") == "1")
