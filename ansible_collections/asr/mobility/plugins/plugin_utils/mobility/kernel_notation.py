# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short way in which kernel lists are stored: 5.4.0-[42,47-48]-generic stands for three kernel releases."""

from __future__ import annotations

import re
import typing as t

_GROUP = re.compile(r"^(?P<head>[^\[\]]*)\[(?P<numbers>[0-9,-]+)\](?P<tail>[^\[\]]*)$", re.ASCII)
_RANGE = re.compile(r"^([0-9]{1,6})(?:-([0-9]{1,6}))?$", re.ASCII)


def expand(text: str) -> t.Iterator[str]:
    """Every line that a text of words stands for; a word that is not in this notation is a ValueError."""
    for word in text.split():
        yield from _word(word)


def _word(word: str) -> t.Iterator[str]:
    group = _GROUP.match(word)
    if group is None:
        if "[" in word or "]" in word:
            raise ValueError(f"{word!r} is not a kernel release with one [numbers]")
        yield word
        return
    for part in group["numbers"].split(","):
        for number in _numbers(part, word):
            yield f"{group['head']}{number}{group['tail']}"


def _numbers(part: str, word: str) -> range:
    """The numbers of 47 or of 47-48."""
    match = _RANGE.match(part)
    if match is None:
        raise ValueError(f"{part!r} in {word!r} is not a number or two numbers with a hyphen")
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, last + 1)
