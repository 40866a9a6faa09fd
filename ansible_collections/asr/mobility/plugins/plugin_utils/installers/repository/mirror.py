# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build or refresh a directory of installers: look, plan, bring what is missing, write the sums and the index.

Several controllers may do this to one directory at the same time: each file is brought by whoever claims it first, and
the sums and the index are written under a claim of their own from what then lies there. Whatever is not proven stays in
the folder .incoming, so a host never finds half a file.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.checksum import check_sha256
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.links import select
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.names import InstallerName
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.claim import (
    GUARD,
    STALE_AFTER,
    Claim,
    Say,
    claimed,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import Contents, Held, Reader
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.form import Content, examine
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.index import Index
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.origins import Origin
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import VersionSpec

INCOMING = ".incoming"
_MIB = 1024 * 1024
_SPEAK_EVERY = 10.0  # seconds
# Of one file; the others are brought all the same. Anything else (no room, a disk) ends the run.
_OF_ONE_FILE = (
    Reason.DOWNLOAD_FAILED,
    Reason.CHECKSUM_MISMATCH,
    Reason.INSTALLER_CORRUPT,
    Reason.INSTALLER_UNSAFE,
    Reason.INSTALLER_NOT_FOUND,
)


@dataclass(frozen=True)
class Wish:
    """What the repository should hold.

    origins: everything that can be had. tags: those to bring; none: the needed ones, or all when none is needed.
    versions: those to bring; none: the newest of each tag. needed: the tags of the inventory. sums: file name ->
    sha256 from a place that is trusted, None when there is none.
    """

    origins: t.Sequence[Origin]
    tags: t.Collection[str] = ()
    versions: t.Sequence[VersionSpec] = ()
    needed: t.Collection[str] = ()
    sums: t.Mapping[str, str] | None = None

    @property
    def offered(self) -> set[str]:
        """The tags that can be had."""
        return {origin.name.tag for origin in self.origins}

    def chosen(self) -> list[Origin]:
        """What to bring. Raises invalid_argument for a name without a sum.

        A tag or version that was asked for and gives nothing is installer_not_found: it would be a quiet gap. What is
        only needed is told as lacking.
        """
        chosen = select(self.origins, self.tags or self.needed, self.versions)
        unmet = [tag for tag in self.tags if all(one.name.tag != tag for one in chosen)]
        unmet += [str(spec) for spec in self.versions if not any(spec.accepts(one.name.version) for one in chosen)]
        if unmet or not chosen:
            raise _nothing(self, unmet)
        without = [] if self.sums is None else [one.name.file_name for one in chosen if self.sum_of(one.name) is None]
        if without:
            raise _no_sum(without)
        return chosen

    def sum_of(self, name: InstallerName) -> str | None:
        """The sha256 that this installer must have, under the name it has or the published one."""
        sums = self.sums or {}
        return sums.get(name.file_name) or sums.get(name.published)


@dataclass(frozen=True)
class Outcome:
    """What was done, or in check mode would be: brought and kept are file names, failures file name -> error."""

    before: Contents
    index: Index
    brought: t.Sequence[str] = ()
    kept: t.Sequence[str] = ()
    failures: t.Mapping[str, MobilityError] = field(default_factory=dict)
    written: t.Sequence[str] = ()

    @property
    def changed(self) -> bool:
        """True when any file of the directory is another one now."""
        return bool(self.brought or self.written)


def missing(wish: Wish, contents: Contents) -> list[Origin]:
    """Of what was chosen, that which the directory does not hold whole and with the right sum; pure."""
    return [origin for origin in wish.chosen() if not _is_held(wish, contents, origin.name)]


def foresee(directory: Path, wish: Wish) -> Outcome:
    """Check mode: nothing is fetched or written. What would be brought stands in the index without its content."""
    with _disk_trouble(directory):
        contents = Reader(directory).read()
    wanted = [contents.place_of(origin.name) for origin in missing(wish, contents)]
    index = Index(contents, wish.needed, wish.offered, coming={name.tag for name in wanted})
    written = [] if wanted else _differing(directory, index)
    brought = [name.file_name for name in wanted]
    return Outcome(contents, index, brought, _kept(wish, contents), written=written)


class Mirror:
    """One run on one directory. say: is told what happens, for people who wait."""

    def __init__(self, directory: Path, wish: Wish, say: Say, stale_after: float = STALE_AFTER) -> None:
        self._directory = directory
        self._incoming = directory / INCOMING
        self._wish = wish
        self._say = say
        self._stale_after = stale_after
        self._reader = Reader(directory)

    def refresh(self) -> Outcome:
        """Bring what is missing and write the index. Raises what hinders the whole run; no_space for a full disk."""
        with _disk_trouble(self._directory):
            before = self._reader.read()
        wanted, kept = missing(self._wish, before), _kept(self._wish, before)
        index = Index(before, self._wish.needed, self._wish.offered)
        if not wanted and not _differing(self._directory, index):
            return Outcome(before, index, kept=kept)  # a directory that is right may be read-only
        with _disk_trouble(self._directory):
            self._incoming.mkdir(parents=True, exist_ok=True)
            try:
                brought, failures = self._bring_all(wanted)
            finally:
                index, written = self._write_index()
                self._tidy()
        return Outcome(before, index, brought, kept, failures, written)

    def _bring_all(self, wanted: t.Sequence[Origin]) -> tuple[list[str], dict[str, MobilityError]]:
        brought: list[str] = []
        failures: dict[str, MobilityError] = {}
        for number, origin in enumerate(wanted, start=1):
            name = origin.name.published
            self._say(f"{number} of {len(wanted)}: {name} from {origin.location}")
            try:
                if published := self._bring(origin):
                    brought.append(published)
            except MobilityError as error:
                if error.reason not in _OF_ONE_FILE:
                    raise
                failures[name] = error
                self._say(f"{name}: {error.found}")
        return brought, failures

    def _bring(self, origin: Origin) -> str | None:
        """The file name that it got; None when another controller has brought it meanwhile."""
        name = origin.name.published
        with claimed(self._incoming / f"{name}.claim", self._say, self._stale_after) as claim:
            contents = self._reader.read()
            if _is_held(self._wish, contents, origin.name):
                self._say(f"{name}: another controller has brought it")
                return None
            part = self._incoming / f"{name}.part"
            if claim.of_a_sleeper:
                _detach(part)
            origin.bring(part, _Watched(claim, origin.name, Progress(name, self._say)).report)
            return self._publish(origin, part, claim, contents)

    def _publish(self, origin: Origin, part: Path, claim: Claim, contents: Contents) -> str:
        """Only a proven file gets its name; anything else is forgotten, so the next run begins it anew."""
        name = contents.place_of(origin.name)
        _require(claim, name)
        try:
            content = examine(part, name)
            self._compare(content, origin.name, contents.sums.get(name.file_name))
        except MobilityError:
            if claim.holds:
                origin.forget(part)
            raise
        _require(claim, name)
        part.chmod(0o644)
        part.replace(self._directory / name.file_name)
        origin.forget(part)
        self._reader.remember(Held(name, content))
        if contents.sums.get(name.file_name) not in (None, content.sha256):
            self._write_index()  # now: a run that is ended before its end must not leave a line that is wrong
        return name.file_name

    def _compare(self, content: Content, name: InstallerName, before: str | None) -> None:
        """Sums that were given decide; without them the directory's own line does, because nothing else vouches."""
        given = self._wish.sum_of(name)
        check_sha256(content.sha256, given, name.file_name)
        if given is None and before not in (None, content.sha256):
            raise _another_content(name, content.sha256, str(before))

    def _write_index(self) -> tuple[Index, list[str]]:
        with claimed(self._incoming / "index.claim", self._say, self._stale_after):
            index = Index(self._reader.read(), self._wish.needed, self._wish.offered)
            differing = _differing(self._directory, index)
            for name in differing:
                _write(self._directory / name, index.files()[name])
        return index, differing

    def _tidy(self) -> None:
        """Parts stay for the next run; a claim is that of somebody at work, and then the folder stays too."""
        with contextlib.suppress(OSError):
            if all(path.suffix == GUARD for path in self._incoming.iterdir()):
                for guard in self._incoming.glob(f"*{GUARD}"):
                    guard.unlink(missing_ok=True)
                self._incoming.rmdir()


@dataclass(frozen=True)
class _Watched:
    """Progress that ends the transfer once another controller has taken over: two would write one part."""

    claim: Claim
    name: InstallerName
    progress: Progress

    def report(self, have: int, total: int | None) -> None:
        """As Progress.report."""
        _require(self.claim, self.name)
        self.progress.report(have, total)


class Progress:
    """Tells how far a long transfer is, at most every ten seconds."""

    def __init__(self, name: str, say: Say, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._say = say
        self._clock = clock
        self._spoken = clock()
        self._have: int | None = None

    def report(self, have: int, total: int | None) -> None:
        """have, total: bytes; total None where the server does not tell it."""
        now = self._clock()
        if self._have is None:
            self._have = have
        if now - self._spoken < _SPEAK_EVERY:
            return
        speed = (have - self._have) / (now - self._spoken) / _MIB
        of_all = f" of {total / _MIB:.0f} MiB ({100 * have // total} %)" if total else " MiB"
        self._say(f"{self._name}: {have / _MIB:.0f}{of_all}, {speed:.1f} MiB/s")
        self._spoken, self._have = now, have


def _require(claim: Claim, name: InstallerName) -> None:
    if not claim.holds:
        raise _overtaken(name)


def _detach(part: Path) -> None:
    """Go on with a copy: the one who slept may wake up and write on, and what it has open is then no longer ours."""
    copy = part.with_suffix(".copy")
    if part.exists():
        shutil.copyfile(part, copy)
        copy.replace(part)


def _is_held(wish: Wish, contents: Contents, name: InstallerName) -> bool:
    held, wanted = contents.of(name), wish.sum_of(name)
    return held is not None and wanted in (None, held.content.sha256)


def _kept(wish: Wish, contents: Contents) -> list[str]:
    """The names under which the directory already holds what was chosen."""
    held = [contents.of(origin.name) for origin in wish.chosen() if _is_held(wish, contents, origin.name)]
    return [one.name.file_name for one in held if one]


def _differing(directory: Path, index: Index) -> list[str]:
    return [name for name, text in index.files().items() if _read(directory / name) != text]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    """At once: a host or another controller never reads half of it."""
    part = path.parent / INCOMING / f"{path.name}.new"
    part.write_text(text, encoding="utf-8")
    part.chmod(0o644)
    part.replace(path)


@contextlib.contextmanager
def _disk_trouble(directory: Path) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise MobilityError(
            Reason.NO_SPACE if full else Reason.INVALID_ARGUMENT,
            found=f"{error.strerror or error} in {directory} on the controller",
            expected="a directory with room that this user can write to",
            remedy="Make room or correct its owner and mode; what was downloaded is kept.",
        ) from error


def _nothing(wish: Wish, unmet: t.Sequence[str]) -> MobilityError:
    asked = wish.tags or wish.needed
    names = [origin.name for origin in wish.origins]
    offered = [name for name in names if name.tag in asked] or names
    versions = ", ".join(map(str, sorted({name.version for name in offered})))
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found=f"for {', '.join(sorted({name.tag for name in offered}))} only {versions}",
        expected=f"an installer for {', '.join(unmet or sorted(asked))}",
        remedy="Ask for tags and versions that the source has.",
    )


def _no_sum(names: t.Sequence[str]) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=f"no checksum for {', '.join(names)}",
        expected="a line for every installer that is mirrored",
        remedy="Complete the file of checksums, or mirror only what it names.",
    )


def _another_content(name: InstallerName, found: str, before: str) -> MobilityError:
    return MobilityError(
        Reason.CHECKSUM_MISMATCH,
        found=f"{name.file_name} has sha256 {found} at its source",
        expected=f"sha256 {before}, as SHA256SUMS of the directory says of the file before",
        remedy="Find out why the source changed it. If the change is wanted remove the line from SHA256SUMS.",
    )


def _overtaken(name: InstallerName) -> MobilityError:
    return MobilityError(
        Reason.DOWNLOAD_FAILED,
        found=f"another controller took over {name.file_name} while this one stood still",
        expected="one controller at a time for each file",
        remedy="Run the playbook again.",
    )
