# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases over the connection `faulty`: whatever it loses, a verb ends in an error or has done its work, once."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.posix import PosixTarget
from contract.cases import Case, equal, own_upload_directories, refused

COUNT = 'echo x >>"$D/count"; echo done'
BODY = Script("body", 'echo x >>"$D/count"; exit 37')
TOKEN_LENGTH = 36
Fault = t.Callable[[Case], None]


def lost_input(case: Case) -> None:
    """Lost from the start: the file way is taken. Lost later: a script that changes something is not sent again."""
    connection: t.Any = case.action._connection
    case.target = PosixTarget(case.action)
    connection.lose_input = True
    equal(case.run("echo hello", read_only=True), (0, "hello\n"))
    equal(case.target._channel._over_stdin, False)
    case.target.make_private_directory(case.staging)
    equal(case.run(COUNT, D=case.staging), (0, "done\n"))
    connection.lose_input = False
    late = PosixTarget(case.action)
    equal(late.run(Script("probe", "echo hello", read_only=True)).output, "hello\n")
    connection.lose_input = True
    refused(Reason.NO_END_MARKER, lambda: late.run(Script("count", COUNT, {"D": case.staging})))
    connection.lose_input = False
    equal(_count(case), 1)
    case.target.close()
    case.target.remove_directory(case.staging)


def silent(case: Case) -> None:
    """Return code 0 and no output: no verb takes it for success."""
    connection: t.Any = case.action._connection
    target = case.target = PosixTarget(case.action)
    target.make_private_directory(case.staging)
    target.claim_run(case.staging, {})
    upload = target.upload(_small_file(case), "small")
    verbs: tuple[t.Callable[[], object], ...] = (
        lambda: target.run(Script("read", ":", read_only=True)),
        lambda: target.run(Script("write", ":")),
        lambda: PosixTarget(case.action).run(Script("first", ":", read_only=True)),
        lambda: PosixTarget(case.action).run(Script("first", ":")),
        lambda: target.upload(_small_file(case), "other"),
        lambda: target.stage(upload, f"{case.staging}/file", "0" * 64),
        lambda: target.fetch("/etc/hostname", case.folder / "fetched"),
        lambda: target.make_private_directory(case.staging),
        lambda: target.remove_directory(case.staging),
        lambda: PosixTarget(case.action).claim_run(case.staging, {}),
        lambda: target.start_run(case.staging, BODY),
        lambda: target.follow_run(case.staging, 0),
        lambda: target.read_run_output(case.staging),
        lambda: target.release_run(case.staging),
        target.close,
    )
    connection.silent = True
    answers = [_answer(verb) for verb in verbs]
    connection.silent = False
    equal([answer for answer in answers if answer is None], [])
    equal(target.follow_run(case.staging, 0).phase, RunPhase.PREPARING)
    target.release_run(case.staging)
    target.remove_directory(case.staging)
    for upload in own_upload_directories(case.target):  # what nobody was told of
        case.run('rm -rf "$UPLOAD"', UPLOAD=upload)


def cut_output(case: Case) -> None:
    """Output that ends at every tenth byte."""
    case.target = PosixTarget(case.action)
    case.target.make_private_directory(case.staging)
    attempts = _until_whole(case, lambda: equal(case.run(COUNT, D=case.staging), (0, "done\n")))
    equal(_count(case), attempts)
    _until_whole(case, lambda: _upload_once(case))
    _until_whole(case, lambda: case.target.fetch("/etc/hostname", case.folder / "fetched"))
    equal((case.folder / "fetched").stat().st_size > 0, True)
    case.run('rm -f "$D/count"', D=case.staging)
    runs = _until_whole(case, lambda: case.target.start_run(case.staging, _body(case)), before=_claim, after=_finish)
    equal(_count(case), runs)
    _claim(case)
    case.target.start_run(case.staging, _body(case))
    case.target.follow_run(case.staging, 30)
    _until_whole(case, lambda: equal(case.target.follow_run(case.staging, 0).phase, RunPhase.FINISHED))
    case.target.release_run(case.staging)
    case.target.close()
    case.target.remove_directory(case.staging)
    equal(own_upload_directories(case.target), [])


def _until_whole(
    case: Case,
    verb: t.Callable[[], object],
    before: t.Callable[[Case], object] = lambda case: None,
    after: t.Callable[[Case], object] = lambda case: None,
) -> int:
    """Let ever more output through, ten bytes at a time, until the verb succeeds; return how often it was called."""
    connection: t.Any = case.action._connection
    for attempt in range(200):
        before(case)
        connection.cut = attempt * 10
        try:
            verb()
        except MobilityError:
            whole = False
        else:
            whole = True
        finally:
            connection.cut = None
        after(case)
        if whole:
            equal(attempt * 10 >= TOKEN_LENGTH, True)
            return attempt + 1
    raise AssertionError("no success with 2000 bytes")


def _claim(case: Case) -> None:
    case.target.claim_run(case.staging, {})


def _finish(case: Case) -> None:
    status = case.target.follow_run(case.staging, 30)
    equal((status.phase, status.exit_code), (RunPhase.FINISHED, 37))
    case.target.release_run(case.staging)


def _body(case: Case) -> Script:
    return Script("body", BODY.text, {"D": case.staging})


def _upload_once(case: Case) -> None:
    """A fresh target, whose upload directory goes whatever happened while it was made."""
    connection: t.Any = case.action._connection
    target = PosixTarget(case.action)
    try:
        target.upload(_small_file(case), "small")
    finally:
        cut, connection.cut = connection.cut, None
        target.close()
        connection.cut = cut


def _small_file(case: Case) -> Path:
    path = case.folder / "small"
    path.write_bytes(b"content")
    return path


def _count(case: Case) -> int:
    return int(case.run('wc -l <"$D/count"', D=case.staging)[1])


def _answer(verb: t.Callable[[], object]) -> Reason | None:
    try:
        verb()
    except MobilityError as error:
        return error.reason
    return None
