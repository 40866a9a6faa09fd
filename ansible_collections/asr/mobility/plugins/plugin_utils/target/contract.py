# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every target offers: few verbs, no product knowledge; one contract test suite covers each dialect.

Nothing above this layer touches a connection. A target runs a script and hands back what that script framed,
puts a file, and starts work that outlives the connection. It knows neither agent nor installer.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Script:
    """A script of this collection and the plain values it works with.

    text: the script in the target's dialect. variables: NAME -> value, quoted by the target and set before the text;
    never a secret, because command texts appear in verbose output. read_only: it changes nothing on the host, so a
    target that finds its first way of running scripts closed may send it again another way; any other script is
    sent once.
    """

    name: str
    text: str
    variables: t.Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    any_user: bool = False  # for a probe that tells the uid itself: without root it runs all the same
    dialect: str = "posix"  # a target refuses a script of another dialect before it sends a byte


@dataclass(frozen=True)
class ScriptResult:
    """What stood between the begin and the end marker: text without carriage returns, and the script's exit code.

    output: what the script wrote to standard output and to standard error, in that order of writing; bytes that are
    not UTF-8 are shown as U+FFFD (bring a file with fetch() where every byte matters).
    """

    code: int
    output: str


class RunPhase(str, enum.Enum):
    """Where a detached run stands, as seen on the target."""

    NONE = "none"  # no run directory
    PREPARING = "preparing"  # claimed, not started: files are being brought
    RUNNING = "running"  # it or what it started lives, also when its exit code is there already (detail says so)
    FINISHED = "finished"  # ended, nothing of it lives, exit code known, result not yet collected
    DEAD = "dead"  # started, not alive any more, no exit code (power cut, killed)
    ABANDONED = "abandoned"  # claimed by a controller that is gone, never started


@dataclass(frozen=True)
class RunStatus:
    """A detached run: its phase, what it was started for (manifest), and its exit code once it has ended.

    token: names this one run, so that a release never removes another run that has been claimed meanwhile.
    """

    phase: RunPhase = RunPhase.NONE
    manifest: t.Mapping[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    detail: str = ""
    token: str = ""


class Target(t.Protocol):
    """The verbs. Every method raises MobilityError for what the target did, never returns a guess."""

    dialect: str  # "posix" or "windows"

    def run(self, script: Script) -> ScriptResult:
        """Run a script as root (any_user: as who we are). A missing end marker is an error whatever rc says."""

    def upload(self, source: Path, name: str) -> str:
        """Put a controller file into the login user's private upload directory (0700, file 0600); return its path."""

    def stage(self, upload_path: str, destination: str, sha256: str) -> None:
        """Copy an upload as root into a private directory, check its sha256 there, then remove the upload."""

    def deliver(self, source: Path, destination: str, sha256: str) -> None:
        """Put a controller file as upload() does; the next script begins with staging it as stage() does.

        So the two cost one connection execution, and that script raises what stage() would raise. It must need root.
        """

    def fetch(self, remote_path: str, destination: Path) -> None:
        """Bring one file of the target to the controller (0600), whoever owns it there."""

    def make_private_directory(self, path: str) -> None:
        """Make a directory owned by root, mode 0700, refusing links and foreign owners."""

    def remove_directory(self, path: str) -> None:
        """Remove a directory made by make_private_directory, with its content; absent is fine."""

    def remove_leftovers(self, paths: t.Sequence[str]) -> None:
        """Remove upload directories that interrupted tasks of this controller left behind."""

    def claim_run(self, staging: str, manifest: t.Mapping[str, str]) -> None:
        """Take the host-wide lock: make <staging>/run atomically and write the manifest (plain values, no secrets).

        The staging directory is made as make_private_directory() makes it.
        """

    def start_run(self, staging: str, body: Script, seconds: int = 0) -> RunStatus:
        """Start the body inside <staging>/run, detached from this connection; a second start is refused.

        seconds: follow it up to that long in the same connection execution, and return how it stands. When the
        connection is lost meanwhile, the run is looked for as follow_run() does, and never started again.
        """

    def follow_run(self, staging: str, seconds: int) -> RunStatus:
        """Wait up to that many seconds on the target for the run to end; return how it stands."""

    def read_run_output(self, staging: str, limit: int = 65536) -> str:
        """The last `limit` bytes of what the run printed."""

    def release_run(self, staging: str, token: str | None = None, *, with_directory: bool = False) -> None:
        """Remove <staging>/run of a run that is not alive; a live run is refused, nothing is ever killed.

        with_directory: then remove the staging directory as remove_directory() does, in the same execution.

        token: RunStatus.token of the run that was judged. Another run in its place is refused (run_in_progress).
        """

    def close(self) -> None:
        """Remove what this target object put on the host for itself (upload directory, script files)."""
