# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a support bundle: gather in a private directory of root, fetch, take the secrets out, keep only that.

What comes from the host lies on the controller only in a directory of the task's own (0700), is read once, and is
removed whatever happens. Nothing stays on the host.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.logs import (
    Gathered,
    Kept,
    Limits,
    bundle_name,
    gather_script,
    parse_gathered,
    unpack,
    write_archive,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.failures import require_success


@dataclass(frozen=True)
class Bundle:
    """What was kept (path None: nothing, in check mode) and what there was on the host."""

    gathered: Gathered
    kept: t.Sequence[Kept] = ()
    path: Path | None = None


@dataclass(frozen=True)
class Request:
    """Whose logs, from where, where to, and how much."""

    host: str
    staging: str
    folder: Path
    limits: Limits

    @property
    def directory(self) -> str:
        """Where root gathers on the host: beside staging, because a run may be under way in that."""
        return f"{self.staging}-logs"


def list_logs(target: Target, request: Request) -> Bundle:
    """What would be gathered."""
    return Bundle(_gather(target, gather_script(request.directory, request.staging, request.limits, only_list=True)))


def collect(target: Target, request: Request) -> Bundle:
    """Gather, fetch, mask, keep."""
    folder = _folder(request.folder)
    with tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP, prefix="asr-mobility-logs-") as private:
        raw = Path(private) / "bundle"
        gathered = _bring(target, request, raw)
        path = folder / bundle_name(request.host, time.time())
        facts = {
            "format": 1,
            "host": request.host,
            "collected": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "skipped": dict(gathered.skipped),
        }
        kept = _keep(path, raw, gathered, request.limits, facts)
    return Bundle(gathered, kept, path)


def _bring(target: Target, request: Request, raw: Path) -> Gathered:
    """The gathered file at raw; what was made on the host is removed."""
    script = gather_script(request.directory, request.staging, request.limits, only_list=False)
    target.remove_directory(request.directory)  # of a task that was interrupted
    target.make_private_directory(request.directory)
    try:
        gathered = _gather(target, script)
        target.fetch(f"{request.directory}/bundle{'.gz' if gathered.compressed else ''}", raw)
    except MobilityError:
        with contextlib.suppress(MobilityError):  # the first error is the one to show; the next task clears it
            target.remove_directory(request.directory)
        raise
    target.remove_directory(request.directory)
    return gathered


def _gather(target: Target, script: Script) -> Gathered:
    return parse_gathered(require_success(script.name, target.run(script)).output)


def _folder(folder: Path) -> Path:
    """The directory for bundles; one that is made is private."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error
    return folder


def _keep(path: Path, raw: Path, gathered: Gathered, limits: Limits, facts: t.Mapping[str, t.Any]) -> t.Sequence[Kept]:
    """Write the archive beside its place (0600), then put it there whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            kept = write_archive(stream, unpack(raw, gathered, limits), facts)
        os.replace(part, path)
    except OSError as error:
        raise _not_writable(path, error) from error
    finally:
        part.unlink(missing_ok=True)
    return kept


def _not_writable(path: Path, error: OSError) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"{path}: {error.strerror or error}",
        expected="a directory on the controller that can be written to",
        remedy="Correct the option dest.",
    )
