"""Build the collection's kernel lists from Microsoft's published files: ``make kernel-lists DIR=/path``.

DIR is the folder MobilityAgent/OnPremiseToAzure/SupportedKernels of a checkout of Azure/Azure-SiteRecovery. The file is
built from DIR alone, so a version that is no longer published leaves the collection with it.
"""

from __future__ import annotations

import re
import sys
import textwrap
import typing as t
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernel_support import (
    SHIPPED,
    KernelList,
    published_lists,
    shipped_lists,
)

_NUMBERED = re.compile(r"^(?P<head>.*?[.-])(?P<number>0|[1-9][0-9]{0,5})(?P<tail>(?:-[a-z].*)?)$", re.ASCII)
_WIDTH = 118
_GROUP_WIDTH = 90
_HEADER = """\
---
# Kernels that the agent supports, by tag and by the agent version that brought them. Generated: do not edit, see
# maintenance/kernel_lists.py. `added` and `dropped` change the list of the version above; 42-[7,9-11] stands for
# 42-7 42-9 42-10 42-11; SLES lines end with the service pack.
# Source: Azure/Azure-SiteRecovery, MobilityAgent/OnPremiseToAzure/SupportedKernels.
"""


def compact(lines: t.Iterable[str]) -> list[str]:
    """The words that expand to exactly these lines, in a stable order."""
    groups: dict[tuple[str, str], list[int]] = {}
    words = []
    for line in lines:
        match = _NUMBERED.match(line)
        if match is None:
            words.append(line)
        else:
            groups.setdefault((match["head"], match["tail"]), []).append(int(match["number"]))
    for (head, tail), numbers in groups.items():
        words += [f"{head}{chunk}{tail}" for chunk in _numbers(numbers)]
    return sorted(words)


def _numbers(numbers: t.Collection[int]) -> t.Iterator[str]:
    """7 for one number, [7,9-11] for several; more than one such group where one would be too long for a line."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    if len(numbers) == 1:
        yield parts[0]
        return
    for line in textwrap.wrap(", ".join(parts), _GROUP_WIDTH, break_on_hyphens=False):
        yield f"[{line.replace(' ', '').rstrip(',')}]"


def render(lists: t.Iterable[KernelList]) -> str:
    """The compact file of these lists."""
    text, tag, before = [_HEADER], "", frozenset[str]()
    for entry in sorted(lists, key=lambda entry: (entry.tag, entry.version)):
        if entry.tag != tag:
            tag, before = entry.tag, frozenset()
            text.append(f"{tag}:\n")
        text.append(f"  {entry.version}:\n")
        text += _change("added", entry.lines - before)
        text += _change("dropped", before - entry.lines)
        before = entry.lines
    return "".join(text)


def _change(name: str, lines: t.Collection[str]) -> list[str]:
    if not lines:
        return []
    body = textwrap.fill(
        " ".join(compact(lines)),
        _WIDTH,
        initial_indent="      ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"    {name}: >-\n{body}\n"]


def build(directory: Path, target: Path = SHIPPED) -> str:
    """Write the compact file, read it back and compare; the answer is one line that says what it holds."""
    published = published_lists(directory)
    target.write_text(render(published), encoding="utf-8")
    written = {(entry.tag, entry.version): entry.lines for entry in shipped_lists(target)}
    if written != {(entry.tag, entry.version): entry.lines for entry in published}:
        raise AssertionError(f"{target} does not expand to what {directory} holds")
    newest = max(entry.version for entry in published)
    return f"{target.name}: {len(published)} lists, the newest of {newest}, {target.stat().st_size} bytes"


def main(arguments: t.Sequence[str]) -> int:
    """0 when the file was written, 2 with one sentence otherwise."""
    if len(arguments) != 1 or not arguments[0]:
        print("make kernel-lists DIR=/path/to/SupportedKernels", file=sys.stderr)
        return 2
    try:
        print(build(Path(arguments[0])))
    except MobilityError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
