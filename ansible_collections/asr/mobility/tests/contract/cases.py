# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of the target contract: what every connection and every login must give, or refuse with one clear error.

Each case is a function of one Case; it returns text for the test or nothing, and raises when the contract is broken.
"""

from __future__ import annotations

import hashlib
import os
import random
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.posix import PosixTarget

BODY = """
printf 'begin %s\\n' "$WORD"
id -u
if read -r line; then echo "standard input: $line"; fi
tries=0
while [ ! -e "$GO" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
printf 'end'
exit 37
"""
ODD = r"""printf 'tab\tcr\r\nbyte\377 umlaut \303\244 nul%s' "$(printf 'x')"; printf '\001no newline at the end'"""


class Case:
    """What every case works with: the task and its arguments, a target, a staging path, a folder on the controller."""

    def __init__(self, action: ActionBase, staging: str, folder: Path, arguments: t.Mapping[str, t.Any]) -> None:
        self.arguments = arguments
        self.action: t.Any = action
        self.staging = staging
        self.folder = folder
        self.target = PosixTarget(action)

    def run(self, text: str, read_only: bool = False, **variables: str) -> tuple[int, str]:
        """Run a text; return its exit code and output."""
        result = self.target.run(Script("case", text, variables, read_only=read_only))
        return result.code, result.output


def equal(found: object, expected: object) -> None:
    """Assert with both values in the message; pytest does not rewrite this file."""
    if found != expected:
        raise AssertionError(f"found {str(found)[:600]!r}, expected {str(expected)[:600]!r}")


def refused(reason: Reason, action: t.Callable[[], object]) -> MobilityError:
    """The error of a call that must be refused for that reason."""
    try:
        action()
    except MobilityError as error:
        equal(error.reason, reason)
        return error
    raise AssertionError(f"not refused, expected {reason.value}")


def first_script(case: Case) -> None:
    """One read-only script; must come first. Over standard input it costs exactly one connection execution."""
    connection = case.action._connection
    executed: list[str] = []
    original = connection.exec_command

    def counting(*args: object, **kwargs: object) -> object:
        executed.append(str(args[0]))
        return original(*args, **kwargs)

    connection.exec_command = counting
    try:
        equal(case.run("echo hello", read_only=True), (0, "hello\n"))
    finally:
        connection.exec_command = original
    if case.target._channel._over_stdin:
        equal(len(executed), 1)


def exit_codes(case: Case) -> None:
    """Every kind of end: plain codes, a signal, a syntax error, a failing last command, set -e."""
    for code in (0, 1, 70, 127, 255):
        equal(case.run(f"exit {code}"), (code, ""))
    equal(case.run("set -e; false; echo never"), (1, ""))
    equal(case.run("true; (exit 9)"), (9, ""))
    refused(Reason.NO_END_MARKER, lambda: case.run("if then echo syntax"))


def all_exit_codes(case: Case) -> None:
    """All 256, one script each."""
    for code in range(256):
        equal(case.run(f"exit {code}"), (code, ""))


def output(case: Case) -> None:
    """Odd bytes, carriage returns, no newline at the end, both streams, an empty and a large output."""
    expected = "tab\tcr\nbyte\ufffd umlaut \u00e4 nulx\x01no newline at the end"
    equal(case.run(ODD), (0, expected))
    equal(case.run("echo one; echo two >&2; echo three"), (0, "one\ntwo\nthree\n"))
    equal(case.run(":"), (0, ""))
    code, text = case.run("awk 'BEGIN { for (i = 0; i < 16384; i++) printf \"%063d\\n\", i }'")
    equal((code, len(text)), (0, 1024 * 1024))
    equal(text.splitlines(), [f"{number:063d}" for number in range(16384)])


def large_script(case: Case) -> None:
    """300 KiB of script text, in which what is last must have been read."""
    filling = "".join(f": line {number:08d} of a script that is long\n" for number in range(8000))
    equal(len(filling) > 300 * 1024, True)
    equal(case.run(filling + 'printf "%s" "$LAST"', LAST="read to the end"), (0, "read to the end"))


def variables(case: Case) -> None:
    """Values stay values, whatever they hold; standard input is empty."""
    value = "a 'b' \"c\" $HOME `id` $(id) \\ \n!bang %s * ~ \u00e4\n"
    equal(case.run('printf %s "$V"', V=value), (0, value))
    equal(case.run("cat; echo end"), (0, "end\n"))


def environment(case: Case) -> None:
    """Root, umask, LC_ALL and PATH do not depend on the login."""
    text = 'id -u; umask; echo "$LC_ALL"; echo "$PATH"; cd / && pwd'
    equal(case.run(text)[1].split(), ["0", "0077", "C", "/usr/sbin:/usr/bin:/sbin:/bin", "/"])


def files(case: Case) -> None:
    """A random file goes up, is staged as root, and comes back; nothing of it stays in the upload directory."""
    source = case.folder / "source.bin"
    source.write_bytes(random.randbytes(3 * 1024 * 1024 + 17))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    case.target.make_private_directory(case.staging)
    path = case.target.upload(source, "Some_name-1.0.tar.gz")
    modes = 'ls -ldn "$FILE" "${FILE%/*}" | cut -c1-10'
    equal(case.run(modes, FILE=path), (0, "drwx------\n-rw-------\n"))
    destination = f"{case.staging}/staged file"
    refused(Reason.CHECKSUM_MISMATCH, lambda: case.target.stage(path, destination, "0" * 64))
    equal(case.run('ls -A "$D"', D=case.staging), (0, ".asr-mobility\n"))
    case.target.stage(path, destination, digest)
    equal(case.run('ls -ln "$F" | cut -c1-14; [ -e "$U" ] || echo gone', F=destination, U=path)[1].split()[-1], "gone")
    _deliveries(case, source, digest)
    back = case.folder / "back.bin"
    case.target.fetch(destination, back)
    equal(hashlib.sha256(back.read_bytes()).hexdigest(), digest)
    equal(back.stat().st_mode & 0o777, 0o600)
    case.target.remove_directory(case.staging)
    refused(Reason.SCRIPT_FAILED, lambda: case.target.fetch(destination, back))


def _deliveries(case: Case, source: Path, digest: str) -> None:
    """What is delivered is in its place when the next script runs; behind a bad delivery that script does not run."""
    ran, destination = f"{case.staging}/ran", f"{case.staging}/delivered file"
    case.target.deliver(source, destination, "0" * 64)
    refused(Reason.CHECKSUM_MISMATCH, lambda: case.run(': >"$RAN"', RAN=ran))
    equal(case.run('[ -e "$RAN" ] || [ -e "$F" ] || echo neither', RAN=ran, F=destination), (0, "neither\n"))
    case.target.deliver(source, destination, digest)
    text = 'ls -ln "$F" | cut -c1-10; wc -c <"$F" | tr -d " "; printf "upload=none\nend"; exit 9'
    equal(case.run(text, F=destination), (9, f"-rw-------\n{source.stat().st_size}\nupload=none\nend"))


def private_directories(case: Case) -> None:
    """Made once, found again; links, foreign owners, other modes and directories with foreign content are refused."""
    made = case.staging
    case.target.make_private_directory(made)
    case.target.make_private_directory(made)
    equal(
        case.run('ls -ldn "$D"', D=made)[1].split()[0][:10] + case.run('ls -ldn "$D"', D=made)[1].split()[2],
        "drwx------0",
    )
    bad = {
        "link": 'ln -s /tmp "$D"',
        "foreign": 'mkdir -m 700 "$D"; chown 65534 "$D"',
        "open": 'mkdir "$D"; chmod 755 "$D"',
        "filled": 'mkdir -m 700 "$D"; : >"$D/somebody"',
        "file": ': >"$D"',
    }
    for name, text in bad.items():
        path = f"{made}/{name}"
        case.run(text, D=path)
        refused(Reason.STAGING_UNSAFE, lambda path=path: case.target.make_private_directory(path))  # type: ignore[misc]
    refused(Reason.STAGING_UNSAFE, lambda: case.target.make_private_directory(f"{made}/foreign/below"))
    refused(Reason.STAGING_UNSAFE, lambda: case.target.remove_directory(f"{made}/filled"))
    case.target.remove_directory(made)
    case.target.remove_directory(made)


def detached_run(case: Case) -> None:
    """The life of a run: claimed once, started once, followed, its output and code read, released."""
    target, staging = case.target, case.staging
    target.make_private_directory(staging)
    manifest = {"action": "install", "version": "9.65"}
    target.claim_run(staging, manifest)
    other = PosixTarget(case.action)
    refused(Reason.RUN_IN_PROGRESS, lambda: other.claim_run(staging, manifest))
    equal(other.follow_run(staging, 0).phase, RunPhase.PREPARING)
    body = Script("body", BODY, {"WORD": "a 'word'", "GO": f"{staging}/go"})
    refused(Reason.RUN_IN_PROGRESS, lambda: other.start_run(staging, body))
    target.start_run(staging, body)
    refused(Reason.RUN_IN_PROGRESS, lambda: target.start_run(staging, body))
    status = other.follow_run(staging, 0)
    equal((status.phase, dict(status.manifest)), (RunPhase.RUNNING, manifest))
    refused(Reason.STILL_RUNNING, lambda: target.release_run(staging))
    refused(Reason.RUN_IN_PROGRESS, lambda: target.remove_directory(staging))
    case.run(': >"$GO"', GO=f"{staging}/go")
    status = target.follow_run(staging, 30)
    equal((status.phase, status.exit_code), (RunPhase.FINISHED, 37))
    equal(other.read_run_output(staging), "begin a 'word'\n0\nend")
    equal(other.read_run_output(staging, 3), "end")
    target.release_run(staging)
    target.release_run(staging)
    equal(target.follow_run(staging, 0).phase, RunPhase.NONE)
    target.remove_directory(staging)
    other.close()
    _short_run(case)


def _short_run(case: Case) -> None:
    """In few executions: the claim makes the directory, the start follows, the release removes the directory."""
    target, staging = case.target, case.staging
    target.claim_run(staging, {})
    equal(case.run('ls -ldn "$D" | cut -c1-10', D=staging), (0, "drwx------\n"))
    status = target.start_run(staging, Script("body", "echo done; exit 3"), 30)
    equal((status.phase, status.exit_code), (RunPhase.FINISHED, 3))
    equal(target.read_run_output(staging), "done\n")
    target.release_run(staging, with_directory=True)
    equal(case.run('[ -e "$D" ] || echo gone', D=staging), (0, "gone\n"))
    target.claim_run(staging, {})
    wait = 'tries=0; while [ ! -e "$GO" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done'
    equal(target.start_run(staging, Script("body", wait, {"GO": f"{staging}/go"}), 1).phase, RunPhase.RUNNING)
    refused(Reason.STILL_RUNNING, lambda: target.release_run(staging, with_directory=True))
    case.run(': >"$GO"', GO=f"{staging}/go")
    equal(target.follow_run(staging, 30).phase, RunPhase.FINISHED)
    target.release_run(staging, with_directory=True)


def host_name(case: Case) -> str:
    """Which host answered; the test compares them, for shared ssh sockets can lead to the wrong one."""
    return case.run("cat /proc/sys/kernel/hostname")[1].strip()


def nothing_left(case: Case) -> None:
    """After close() neither upload directory nor script file is left, and closing again is fine. Must come last."""
    case.run(":")
    case.target.close()
    case.target.close()
    late = PosixTarget(case.action)
    left = own_upload_directories(late)
    late.close()
    equal(len(left), 0 if late._channel._over_stdin else 1)


def own_upload_directories(target: PosixTarget) -> list[str]:
    """Those on the host that belong to this process; others may be at work there at the same time."""
    text = (
        "for upload in /var/tmp/asr-mobility-upload.* /tmp/asr-mobility-upload.*; do\n"
        'case $(cat "$upload/owner" 2>/dev/null) in *" $PROCESS "*) echo "$upload" ;; esac\ndone'
    )
    script = Script("left", text, {"PROCESS": str(os.getpid())}, read_only=True)
    return target.run(script).output.splitlines()
