# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The POSIX target: the verbs of contract.Target over any Ansible connection that reaches a POSIX shell.

Read channel.py for how a script gets there, uploads.py for how a file does, runs.py for how a detached run stands;
the scripts themselves lie in scripts/.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import secrets
import shlex
import tempfile
import time
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.channel import Channel, connection_lost
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import (
    RunPhase,
    RunStatus,
    Script,
    ScriptResult,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.failures import require_dialect, require_success
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import this_process
from ansible_collections.asr.mobility.plugins.plugin_utils.target.runs import LOCK, UNIT, parse_run_status
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.target.uploads import (
    UploadDirectory,
    fetch_as_login_user,
    is_ours,
)

_FOLLOW_SLICE = 60  # seconds of one connection execution: firewalls forget silent connections
_RETRY_PAUSE = 3  # seconds between attempts to reach a lost host again
# what a lost connection looks like: said by the connection, a script without its end, a script file that did not arrive
_LOST = (Reason.CONNECTION_LOST, Reason.NO_END_MARKER, Reason.TRANSFER_FAILED)
_READ_ONLY = ("follow", "output")
_ANY_RUN = "any"  # in the place of a token, which is hexadecimal
_MANIFEST_KEY = re.compile(r"[A-Za-z0-9_.-]+\Z")


class PosixTarget:
    """Implements contract.Target. One object a task; close() at its end, in a finally clause."""

    dialect = "posix"

    def __init__(self, action: ActionBase) -> None:
        self._action = action
        self._uploads = UploadDirectory(action)
        self._channel = Channel(action, self)
        self._seen: dict[str, str] = {}  # staging -> token of the run that was claimed or looked at last
        self._claimed: dict[str, str] = {}  # staging -> token of the claim this object made
        self._delivery: Script | None = None  # stages a file that was put

    # scripts

    def run(self, script: Script) -> ScriptResult:
        """Run a script as root; see contract.Target."""
        require_dialect(script, self.dialect)
        if self._delivery is None:
            return self._channel.run(script)
        delivery, self._delivery = self._delivery, None
        return self._run_behind(delivery, script)

    def _run_behind(self, delivery: Script, script: Script) -> ScriptResult:
        """Stage what was put, then run the script; a script behind a delivery that failed does not run."""
        both = Script(name=script.name, text=in_turn((), delivery, script))
        result = self._channel.run(both)
        staged, _line_end, rest = result.output.partition("\n")
        if not staged.startswith("upload="):
            require_success(delivery.name, ScriptResult(result.code or 1, result.output))
        if staged == "upload=gone":
            self._uploads.forget()
        return ScriptResult(result.code, rest)

    def put_script(self, source: str) -> str:
        """Put a script file for the channel."""
        return self._uploads.put_script(self._channel, source)

    def reconnect(self) -> None:
        """Let go of the connection that is kept open: the next script opens a new one."""
        self._channel.reconnect()

    # files and directories

    def upload(self, source: Path, name: str) -> str:
        """Put a controller file into the login user's private upload directory; return its path there."""
        return self._uploads.put(self._channel, source, name)

    def stage(self, upload_path: str, destination: str, sha256: str) -> None:
        """Copy an upload as root to `destination` in a private directory, check it there, remove the upload."""
        script = _staging(upload_path, destination, sha256)
        require_success(script.name, self.run(script))

    def deliver(self, source: Path, destination: str, sha256: str) -> None:
        """Put a controller file; the next script begins with staging it, in the same connection execution."""
        upload, last = self._uploads.send(self._channel, source)
        self._delivery = _staging(
            upload, destination, sha256, SIZE=str(source.stat().st_size), LAST="1" if last else ""
        )

    def fetch(self, remote_path: str, destination: Path) -> None:
        """Bring one file to the controller (0600), whoever owns it on the host; complete or not at all."""
        folder = self._uploads.path(self._channel)
        copy = f"fetch-{secrets.token_hex(4)}"
        facts = self._own(("private", "sha256"), ("fetch",), SOURCE=_path(remote_path), UPLOAD=folder, COPY=copy)
        try:
            with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".asr-mobility-") as private:
                local = Path(private) / "file"
                fetch_as_login_user(self._action, f"{folder}/{copy}", str(local))
                local.chmod(0o600)
                _require_content(local, int(facts["size"]), facts["sha256"], remote_path)
                os.replace(local, destination)
        finally:
            self._channel.run_as_login_user("remove_fetched", f"rm -f {folder}/{copy}")

    def make_private_directory(self, path: str) -> None:
        """Make a directory of root (0700); an existing one is taken only when it is ours or private and empty."""
        self._own(("private",), ("make_private_directory",), DIRECTORY=_path(path))

    def remove_directory(self, path: str) -> None:
        """Remove a directory made by make_private_directory; refused while it holds a run."""
        self._own(("private",), ("remove_directory",), DIRECTORY=_path(path))

    def remove_leftovers(self, paths: t.Sequence[str]) -> None:
        """Remove upload directories that uploads.removable_leftovers() named."""
        if not all(is_ours(path) for path in paths):
            raise ValueError(f"not upload directories of ours: {paths!r}")
        self._own((), ("remove_leftovers",), PATHS=" ".join(paths))

    # detached runs

    def claim_run(self, staging: str, manifest: t.Mapping[str, str]) -> None:
        """Take the lock of the run: one claim a staging directory, made atomically."""
        token = secrets.token_hex(8)
        self._own(
            ("private", "process", "run_status"),
            ("make_private_directory", "claim"),
            DIRECTORY=_path(staging),
            STAGING=staging,
            MANIFEST=_manifest_lines(manifest),
            CONTROLLER=str(this_process()),
            TOKEN=token,
        )
        self._seen[staging] = self._claimed[staging] = token

    def start_run(self, staging: str, body: Script, seconds: int = 0) -> RunStatus:
        """Start the body detached from this connection; only the target object that claimed the run may.

        seconds: follow it that long in the same connection execution.
        """
        run = f"{_path(staging)}/run"
        try:
            facts = self._own(
                ("process", "run_status"),
                ("start", "follow") if seconds else ("start",),
                STAGING=staging,
                TOKEN=self._claimed.get(staging, "-"),
                BODY=_body(run, body),
                RUNNER=_runner(run),
                UNIT=UNIT,
                LOCK=LOCK,
                WAIT=str(min(seconds, _FOLLOW_SLICE)),
            )
        except MobilityError as error:
            if not seconds or error.reason not in _LOST:
                raise
            return self._started_after_all(staging, seconds, error)
        return self._status(staging, facts) if seconds else RunStatus(RunPhase.RUNNING)

    def _started_after_all(self, staging: str, seconds: int, lost: MobilityError) -> RunStatus:
        """How a run stands whose start was not answered; raises the loss when it has not begun."""
        status = self.follow_run(staging, seconds)
        if status.phase in (RunPhase.RUNNING, RunPhase.FINISHED, RunPhase.DEAD):
            return status
        raise lost

    def follow_run(self, staging: str, seconds: int) -> RunStatus:
        """Wait on the host for the run to end; a lost connection is tried again until the time is over."""
        until = time.monotonic() + seconds
        while True:
            left = max(0, round(until - time.monotonic()))
            try:
                status = self._follow(staging, min(left, _FOLLOW_SLICE))
            except MobilityError as error:
                _pause_or_raise(error, until)
                continue
            if status.phase is not RunPhase.RUNNING or time.monotonic() >= until - 1:
                return status

    def read_run_output(self, staging: str, limit: int = 65536) -> str:
        """The last `limit` bytes of what the run printed, as text without carriage returns."""
        script = _script((), ("output",), STAGING=_path(staging), LIMIT=str(limit))
        return require_success(script.name, self.run(script)).output

    def release_run(self, staging: str, token: str | None = None, *, with_directory: bool = False) -> None:
        """Remove what a run left; a live run is refused, and so is another run than the one meant.

        token: of the RunStatus that was judged; without it the run this object claimed or looked at last, if any.
        with_directory: remove the staging directory too, as remove_directory() does.
        """
        self._delivery = None
        self._own(
            ("private", "process", "run_status"),
            ("release", "remove_directory") if with_directory else ("release",),
            STAGING=_path(staging),
            DIRECTORY=staging,
            UNIT=UNIT,
            TOKEN=self._seen.get(staging, _ANY_RUN) if token is None else token,
        )
        self._seen.pop(staging, None)
        self._claimed.pop(staging, None)

    def close(self) -> None:
        """Remove the upload directory."""
        self._uploads.remove(self._channel)

    # how the verbs above are built

    def _own(self, libraries: tuple[str, ...], names: tuple[str, ...], **variables: str) -> dict[str, str]:
        """Run some of the target's own scripts in turn; their key=value lines, or the first error that one named."""
        script = _script(libraries, names, **variables)
        return parse_facts(require_success(script.name, self.run(script)).output)

    def _follow(self, staging: str, seconds: int) -> RunStatus:
        return self._status(
            staging, self._own(("process", "run_status"), ("follow",), STAGING=_path(staging), WAIT=str(seconds))
        )

    def _status(self, staging: str, facts: t.Mapping[str, str]) -> RunStatus:
        status = parse_run_status(facts)
        self._seen[staging] = status.token
        return status


def _pause_or_raise(error: MobilityError, until: float) -> None:
    """Wait before the next attempt to reach a lost host, or say that it did not come back in time."""
    if error.reason not in _LOST:
        raise error
    if time.monotonic() + _RETRY_PAUSE >= until:
        raise connection_lost("following the run", error) from error
    time.sleep(_RETRY_PAUSE)


def _script(libraries: tuple[str, ...], names: tuple[str, ...], **variables: str) -> Script:
    """Some of the target's own scripts behind the libraries they need; one that fails is the last."""
    read_only = all(name in _READ_ONLY for name in names)
    if len(names) == 1:
        return Script(names[0], library(*libraries, *names), variables, read_only)
    text = in_turn(libraries, *(Script(name, library(name)) for name in names))
    return Script(names[0], text, variables, read_only)


def _staging(upload: str, destination: str, sha256: str, **more: str) -> Script:
    variables = {"UPLOAD": upload, "DESTINATION": _path(destination), "SHA256": sha256.lower(), "SIZE": "", "LAST": ""}
    return Script("stage", library("private", "sha256", "stage"), {**variables, **more})


def in_turn(libraries: tuple[str, ...], *scripts: Script) -> str:
    """The text of several scripts as one: each has its own variables, and the first that fails ends them all."""
    parts = (f"(\n{assignments(one.variables)}{one.text}\n) || exit\n" for one in scripts)
    return "\n".join((library(*libraries), *parts))


def _path(path: str) -> str:
    """An absolute, normal path without control characters: what is removed later is what was made."""
    if not path.startswith("/") or posixpath.normpath(path) != path or path == "/" or not path.isprintable():
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"path {path!r}",
            expected="an absolute path without '..', '.', doubled or trailing slashes",
            remedy="Correct the path.",
        )
    return path


def _manifest_lines(manifest: t.Mapping[str, str]) -> str:
    """key=value lines; neither part may hold a line break."""
    for key, value in manifest.items():
        if not _MANIFEST_KEY.match(key) or not value.isprintable():
            raise ValueError(f"not a manifest entry: {key!r}={value!r}")
    return "".join(f"{key}={value}\n" for key, value in manifest.items())


def _body(run: str, body: Script) -> str:
    """The body's file: environment, its own identity, the text in a subshell, and its exit code when that has ended.

    So it counts as alive and its exit code is kept also when the runner is gone.
    """
    record = f"asr_record_process {shlex.quote(run + '/body')}\n"
    text = f"(\n{assignments(body.variables)}{body.text}\n)\n"
    end = f'asr_code=$?\nasr_record_code "$asr_code" {shlex.quote(run + "/status")}\nexit "$asr_code"\n'
    return "\n".join((library("prologue", "process"), record, text, end))


def _runner(run: str) -> str:
    return "\n".join((library("prologue", "process"), assignments({"RUN": run, "LOCK": LOCK}), library("runner")))


def _require_content(local: Path, size: int, sha256: str, remote: str) -> None:
    """Check a fetched file. With the piped transfer method a login shell's greeting may precede the content."""
    content = local.read_bytes()
    if len(content) > size:
        content = content[len(content) - size :]
        local.write_bytes(content)
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        raise MobilityError(
            Reason.TRANSFER_FAILED,
            found=f"{len(content)} bytes of {remote} with another sha256",
            expected=f"{size} bytes with sha256 {sha256}",
            remedy="Check the connection's transfer method (ansible_ssh_transfer_method), then run again.",
        )
