# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A script's output is believed only inside its own frame: a random begin marker, and an end marker with the exit code.

Login shells greet, sudo prompts, terminals echo and connections lose bytes; some connections then still report
success. So the frame, never the return code, says whether a script ran to its end.
"""

from __future__ import annotations

import re
import secrets
import shlex
import typing as t
from dataclasses import dataclass

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Token:
    """The random word of one run. Scripts print it in two halves, so an echoed script never looks like a marker."""

    first: str
    second: str

    @property
    def word(self) -> str:
        """The word as it stands in printed markers."""
        return self.first + self.second


@dataclass(frozen=True)
class Frame:
    """What was found of a frame: uid from the begin marker, exit code from the end marker, the text between them.

    uid is None when there is no begin marker; code is None when there is no end marker after it.
    """

    uid: int | None = None
    code: int | None = None
    output: str = ""

    @property
    def begun(self) -> bool:
        """Whether the script began to run at all."""
        return self.uid is not None


def new_token() -> Token:
    """A word nobody can guess or print by chance: 128 random bits."""
    return Token(f"asr-{secrets.token_hex(8)}", secrets.token_hex(8))


def parse(raw: str, token: Token) -> Frame:
    """Find the frame in everything a connection returned; text outside it and carriage returns are dropped.

    Both markers close with a semicolon, so a number that was cut in the middle is no marker.
    """
    text = raw.replace("\r", "")
    word = re.escape(token.word)
    begin = re.search(word + r"B([0-9]+);", text)
    if begin is None:
        return Frame()
    uid = int(begin[1])
    end = re.compile(word + r"E([0-9]{1,3});").search(text, begin.end())
    if end is None:
        return Frame(uid=uid, output=_readable(text[begin.end() :]))
    return Frame(uid=uid, code=int(end[1]), output=_readable(text[begin.end() : end.start()]))


def _readable(text: str) -> str:
    """Text that can be written as JSON: bytes that were not UTF-8 (lone surrogates from Ansible) become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def assignments(variables: t.Mapping[str, str]) -> str:
    """The variables as quoted shell assignments, one a line; whatever they hold, it stays a value."""
    lines = []
    for name, value in variables.items():
        if not _VARIABLE_NAME.match(name):
            raise ValueError(f"not a shell variable name: {name!r}")
        if "\0" in value:
            raise MobilityError(
                Reason.INVALID_ARGUMENT,
                found=f"a NUL character in {name}",
                expected="text without NUL characters",
                remedy="Correct the value.",
            )
        lines.append(f"{name}={shlex.quote(value)}\n")
    return "".join(lines)


# All of it is one compound command: a shell reads it to the closing brace before it runs any of it, so a script that
# was cut on the way does nothing. The body's standard input is /dev/null: nothing in it waits for an answer.
_SCRIPT = """\
{{
{prologue}
asr_uid=$(id -u)
printf '%s%sB%s;' '{first}' '{second}' "$asr_uid"
asr_code=126
if {allowed}; then
(
{assignments}{text}
) </dev/null 2>&1
asr_code=$?
fi
printf '%s%sE%s;\\n' '{first}' '{second}' "$asr_code"
exit 0
}}
"""


def frame_script(prologue: str, text: str, variables: t.Mapping[str, str], token: Token, any_user: bool = False) -> str:
    """A complete POSIX script: environment, begin marker with the uid, the body when that uid is root, end marker.

    any_user: the body whatever the uid is.
    """
    return _SCRIPT.format(
        prologue=prologue,
        first=token.first,
        second=token.second,
        allowed=":" if any_user else '[ "$asr_uid" -eq 0 ]',
        assignments=assignments(variables),
        text=text,
    )


def frame_command(text: str, token: Token) -> str:
    """One framed line for the login user, plain enough that every login shell hands it to /bin/sh unchanged.

    No line break (tcsh), no backslash (fish), no exclamation mark (tcsh) may stand in it.
    """
    if re.search(r"[\n\\!]", text):
        raise ValueError(f"not safe for every login shell: {text!r}")
    halves = f"{token.first} {token.second}"
    return (
        f'LC_ALL=C; export LC_ALL; umask 077; printf "%s%sB%s;" {halves} "$(id -u)"; '
        f'( {text} ) 2>&1 </dev/null; printf "%s%sE%s;" {halves} $?'
    )
