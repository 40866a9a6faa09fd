# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take secrets out of logs, by what they look like: nobody knows their values on the controller.

Rather too much than too little: behind a word such as "password" the rest of the line goes. Every rule is one line of a
table, so a new kind of secret is a new line. The text is read as bytes, because logs are cut anywhere and may hold any.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

MASK = "***masked***"  # logs_gather.sh writes the same for the passphrase, which it replaces on the host
_MASK = MASK.encode()
_BASE64 = rb"[A-Za-z0-9+/=_-]"
# The end of a name, such as ClientCertificate or AZURE_SAS_TOKEN_1: what stands before it stays as it is anyway.
_WORDS = (
    *(b"passphrase", b"pass phrase", b"password", b"passwd", b"pwd", b"secret", b"privatekey", b"private_key"),
    *(b"accountkey", b"account_key", b"accesskey", b"access_key", b"apikey", b"api_key", b"encryptionkey"),
    *(b"certificate", b"clientcert", b"client_cert", b"certdata", b"thumbprint", b"credential", b"connectionstring"),
    *(b"connection_string", b"authorization", b"cookie", b"token", b"assertion", b"signature", b"sasuri", b"sasurl"),
    *(b"sas_uri", b"sas_url", b"saskey", b"sas_key"),
)
_WORD = re.compile(b"|".join((*_WORDS, rb"(?<![a-z0-9])sas(?![a-z0-9])")))  # in text of lower case
_END = rb"[A-Za-z0-9_.-]{0,40}"
_NOT_MASKED = rb"(?![ \t\"'\\]*" + re.escape(_MASK) + rb")"
# What stands behind such a word when a value follows: JSON and JSON inside a text, whose value ends where its quotes
# end; then key = value and key: value, whose value is the rest of the line.
_TAILS = (
    re.compile(_END + rb'"[ \t]*:[ \t]*"(?P<value>(?:\\.|[^"\\\n])+)'),
    re.compile(_END + rb'\\"[ \t]*:[ \t]*\\"(?P<value>(?:(?!\\").)+)'),
    re.compile(_END + rb"[\"']?[ \t]*(?:=|:(?!//)|%3[dD])" + _NOT_MASKED + rb"(?P<value>[^\r\n]*[^\s])"),
)
_ELEMENT = re.compile(rb"<[A-Za-z0-9:_.-]{0,60}\Z")
_ELEMENT_TAIL = re.compile(_END + rb"(?:\s[^<>\n]{0,200})?>(?P<value>[^<]+)")
_OPTION = re.compile(rb"(?:\A|\s)--?[A-Za-z-]{0,40}\Z")
_LONGEST_BEFORE = 64
_OPTION_TAIL = re.compile(_END + rb"[ \t]+(?P<value>[^\s-]\S*)")


@dataclass(frozen=True)
class Redacted:
    """A text without secrets, and how many were taken out."""

    content: bytes
    count: int


class _Rule(t.NamedTuple):
    """What is found by pattern becomes replacement; the pattern's groups keep what is no secret."""

    pattern: re.Pattern[bytes]
    replacement: bytes


def _rule(pattern: bytes, replacement: bytes = b"%s") -> _Rule:
    return _Rule(re.compile(pattern), replacement.replace(b"%s", _MASK))


_RULES: t.Sequence[_Rule] = (
    # PEM, also with \n written out, cut at its end, or (the next one) at its beginning
    _rule(rb"-----BEGIN [A-Z0-9 ]+-----(?s:.)*?(?:-----END [A-Z0-9 ]+-----|\Z)"),
    _rule(rb"\A[A-Za-z0-9+/=\s\\]*-----END [A-Z0-9 ]+-----"),
    # addresses: user and password before the host
    _rule(rb"(://)[^\s\"'<>/@]{0,200}:[^\s\"'<>]{0,400}@", rb"\1%s@"),
    # signatures and keys of a query
    _rule(rb"(\b(?i:sig|code)(?:=|%3[dD]))[^\s&;\"'<>,]+", rb"\1%s"),
    # headers and tokens
    _rule(rb"(\b(?i:bearer|basic|sharedkey(?:lite)?|sharedaccesssignature)\s+)[^\s\"',]{6,}", rb"\1%s"),
    _rule(rb"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"),
    # what has no name beside it: certificates and keys as base64
    _rule(rb"(?<!" + _BASE64 + rb")(?:MII|TUlJ)" + _BASE64 + rb"{40,}"),
    _rule(rb"(?<!" + _BASE64 + rb")[A-Za-z0-9+/]{86}=="),
    _rule(rb"(?<!" + _BASE64 + rb")" + _BASE64 + rb"{200,}"),
)


def redact(content: bytes) -> Redacted:
    """The content without what looks like a secret."""
    count = content.count(_MASK)  # done on the host
    for rule in _RULES:
        content, found = rule.pattern.subn(rule.replacement, content)
        count += found
    content, found = _named(content)
    return Redacted(content, count + found)


def _named(content: bytes) -> tuple[bytes, int]:
    """What has a name of a secret before it. The names are looked for first: that is fast, and they are rare."""
    parts, done, count = [], 0, 0
    for word in _WORD.finditer(content.lower()):
        value = _value(content, word) if word.start() >= done else None
        if value is not None:
            parts += [content[done : value[0]], _MASK]
            done, count = value[1], count + 1
    return b"".join((*parts, content[done:])), count


def _value(content: bytes, word: re.Match[bytes]) -> tuple[int, int] | None:
    """Where the value behind a name begins and ends; None when none follows."""
    tails = list(_TAILS)
    for before, tail in ((_ELEMENT, _ELEMENT_TAIL), (_OPTION, _OPTION_TAIL)):
        if before.search(content, max(0, word.start() - _LONGEST_BEFORE), word.start()):
            tails.append(tail)
    for tail in tails:
        found = tail.match(content, word.end())
        if found is not None and found["value"] != _MASK:
            return found.span("value")
    return None
