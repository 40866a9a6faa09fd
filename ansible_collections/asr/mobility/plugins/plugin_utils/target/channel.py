# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways a script reaches a POSIX host, and the one place where a connection executes anything.

Over standard input it costs one connection execution and leaves no file, but some connections and sudo policies lose
standard input and still report success. Put as a file it always works. The first script of a task only reads; if
its begin marker is missing on the first way, the rest of the task uses the second.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t
from pathlib import Path

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, ScriptResult
from ansible_collections.asr.mobility.plugins.plugin_utils.target.failures import tail
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import (
    Frame,
    Token,
    frame_command,
    frame_script,
    new_token,
    parse,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library

_CONTACT = Script(name="contact", text=":", read_only=True)


class Scripts(t.Protocol):
    """Where script files go when they cannot go over standard input."""

    def put_script(self, source: str) -> str:
        """Put a controller file for one run; return its path on the host."""


class Channel:
    """Runs framed scripts as root and framed one-line commands as the login user."""

    def __init__(self, action: ActionBase, files: Scripts) -> None:
        self._action = action
        self._files = files
        self._over_stdin: bool | None = None  # None: not known yet
        self._contacted = False

    def run(self, script: Script) -> ScriptResult:
        """Run a script as root (unless any_user). Only a script that changes nothing is ever sent twice."""
        if self._over_stdin is None:
            self._choose_way(script)
        if self._over_stdin is None and not script.read_only:
            self.run(_CONTACT)
        if self._over_stdin is False:
            return self._run_file(script)
        return self._run_stdin(script)

    def run_as_login_user(self, name: str, text: str) -> ScriptResult:
        """Run one line of shell without privilege."""
        token = new_token()
        raw = self._execute(name, frame_command(text, token), privileged=False)
        frame = self._parse(raw, token)
        return _complete(name, frame, raw)

    def reconnect(self) -> None:
        """Let go of the connection that is kept open; one that keeps none open has nothing to let go of."""
        connection = self._action._connection
        if type(connection).reset is not ConnectionBase.reset:
            with contextlib.suppress(AnsibleError):
                connection.reset()

    def _choose_way(self, script: Script) -> None:
        if not self._action._is_pipelining_enabled("new"):
            self._over_stdin = False

    def _run_stdin(self, script: Script) -> ScriptResult:
        token = new_token()
        text = _script_text(script, token)
        with _sent_once(self._action, script):
            raw = self._execute(script.name, "/bin/sh -s", in_data=text, privileged=True)
        frame = self._parse(raw, token)
        if not frame.begun and self._over_stdin is None:
            self._over_stdin = False
            return self._run_file(script)
        self._over_stdin = True
        return _complete_as_wanted(script, frame, raw)

    def _run_file(self, script: Script) -> ScriptResult:
        token = new_token()
        with _local_file(_script_text(script, token)) as source:
            path = self._files.put_script(source)
        with _sent_once(self._action, script):
            raw = self._execute(script.name, f"/bin/sh {path}", privileged=True)
        return _complete_as_wanted(script, self._parse(raw, token), raw)

    def _parse(self, raw: t.Mapping[str, t.Any], token: Token) -> Frame:
        frame = parse(raw["stdout"], token)
        self._contacted = self._contacted or frame.begun
        return frame

    def _execute(
        self, name: str, command: str, *, privileged: bool, in_data: bytes | None = None
    ) -> t.Mapping[str, t.Any]:
        """One connection execution. The first one may find the host unreachable, which is Ansible's own result."""
        try:
            result: t.Mapping[str, t.Any] = self._action._low_level_execute_command(
                command, sudoable=privileged, in_data=in_data
            )
        except AnsibleConnectionFailure as error:
            if not self._contacted:
                raise
            raise connection_lost(name, error) from error
        return result


def connection_lost(what: str, error: Exception) -> MobilityError:
    """The connection ended while something was under way; what it did is seen by the next task."""
    return MobilityError(
        Reason.CONNECTION_LOST,
        found=f"the connection was lost during {what}: {tail(str(error))}",
        expected="a connection that lasts for the task",
        remedy="Run again: a run that was started goes on by itself and is adopted.",
    )


def _script_text(script: Script, token: Token) -> bytes:
    text = frame_script(library("prologue"), script.text, script.variables, token, script.any_user)
    return text.encode("utf-8", "surrogateescape")


def _complete(name: str, frame: Frame, raw: t.Mapping[str, t.Any]) -> ScriptResult:
    """The result inside a frame; without its end nothing that was printed is believed."""
    if frame.code is None:
        seen = tail(f"{raw['stderr']} {frame.output if frame.begun else raw['stdout']}")
        missing = "end" if frame.begun else "begin"
        raise MobilityError(
            Reason.NO_END_MARKER,
            found=f"no {missing} marker from script {name} (return code {raw['rc']}): {seen or 'no output'}",
            expected="a script that runs to its end on the host",
            remedy="Check the connection and the privilege escalation (ansible_become, its password, sudoers).",
        )
    return ScriptResult(code=frame.code, output=frame.output)


def _complete_as_wanted(script: Script, frame: Frame, raw: t.Mapping[str, t.Any]) -> ScriptResult:
    """The result of a script that ran as root, or as whoever we are when that is enough for it."""
    result = _complete(script.name, frame, raw)
    if frame.uid != 0 and not script.any_user:
        raise MobilityError(
            Reason.NOT_ROOT,
            found=f"user id {frame.uid}",
            expected="user id 0",
            remedy="Set ansible_become (and its method, user and password) for this host in the inventory.",
        )
    return result


@contextlib.contextmanager
def _sent_once(action: ActionBase, script: Script) -> t.Iterator[None]:
    """Ansible's ssh connection sends a command again after a lost connection when retries are configured.

    For a script that changes something that would be a second run, so the retries are off while it runs.
    """
    connection = action._connection
    try:
        retries = connection.get_option("reconnection_retries")
    except (KeyError, AttributeError):
        retries = 0
    if script.read_only or not retries:
        yield
        return
    connection.set_option("reconnection_retries", 0)
    try:
        yield
    finally:
        connection.set_option("reconnection_retries", retries)


@contextlib.contextmanager
def _local_file(content: bytes) -> t.Iterator[str]:
    """A controller file (0600) for as long as it takes to put it."""
    handle, name = tempfile.mkstemp(dir=constants.DEFAULT_LOCAL_TMP)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        yield name
    finally:
        Path(name).unlink()
