# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Microsoft's OS tag of a host from its identity files, by a table that anyone can replace without a release."""

from __future__ import annotations

import functools
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

TABLE_FILE = Path(__file__).parent / "data" / "tags.yml"
_NAMES = "/etc/os-release"
_QUOTED_LENGTH = 80
_RELEASE_OF_TAG = re.compile(r"[A-Z]+-?(?P<release>[0-9]+(?:\.[0-9]+)?)")
_RELEASE_OF_NAMES = re.compile(r"^VERSION_ID=[\"']?(?P<release>[0-9.]+)", re.MULTILINE)


@dataclass(frozen=True)
class TagRule:
    """A tag and the pattern that must be found in the file."""

    tag: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class IdentityFile:
    """A file that decides alone when it is there, or, with `when`, when that pattern is found in it."""

    path: str
    rules: t.Sequence[TagRule]
    when: re.Pattern[str] | None = None

    def decides(self, identity: t.Mapping[str, str]) -> bool:
        """True when this file of the host is the one that names the operating system."""
        content = identity.get(self.path)
        return content is not None and (self.when is None or self.when.search(content) is not None)


@dataclass(frozen=True)
class TagTable:
    """The whole table, in the order in which files are asked."""

    architectures: t.Sequence[str]
    files: t.Sequence[IdentityFile]

    @property
    def paths(self) -> t.Sequence[str]:
        """Every file a probe has to bring, the one that carries the readable name included."""
        return tuple(dict.fromkeys([*(file.path for file in self.files), _NAMES]))


@dataclass(frozen=True)
class Detection:
    """The tag, or None with what was found; os_name is for people; reason is one fragment that says why.

    The reason also names the files that contradict the one that decides: the tag stays Microsoft's, because the
    installer asks the same files in the same order and refuses to run under any other tag.
    """

    tag: str | None
    os_name: str
    reason: str


def detect_tag(
    identity: t.Mapping[str, str],
    architecture: str,
    table: TagTable | None = None,
    unreadable: t.Collection[str] = (),
) -> Detection:
    """The tag of a host.

    identity: path -> content of the identity files that could be read there. architecture: what `uname -m` says.
    unreadable: paths of those that are there and could not be read; one that is asked before any file decides leaves
    the host without a tag. Never raises for a host: an unknown one has no tag.
    """
    table = table or load_table()
    identity = {path: content.replace("\r\n", "\n") for path, content in identity.items()}
    os_name = _os_name(identity, table)
    if architecture not in table.architectures:
        return Detection(None, os_name, f"architecture {architecture!r}, installers exist for x86_64 only")
    deciding = next((file for file in table.files if file.path in unreadable or file.decides(identity)), None)
    if deciding is None:
        return Detection(None, os_name, "none of the files that identify a supported operating system")
    if deciding.path in unreadable:
        return Detection(None, os_name, f"{deciding.path} is there and cannot be read; repair it first")
    return _ask(deciding, identity, os_name, table)


def _ask(file: IdentityFile, identity: t.Mapping[str, str], os_name: str, table: TagTable) -> Detection:
    tag = _tag_of(file, identity)
    said = f"{file.path} says {_first_line(identity[file.path])!r}"
    if tag is None:
        return Detection(None, os_name, f"{said}, which no published installer serves")
    others = _contradictions(tag, identity, table)
    return Detection(tag, os_name, f"{said} and decides, although {' and '.join(others)}" if others else said)


def _tag_of(file: IdentityFile, identity: t.Mapping[str, str]) -> str | None:
    return next((rule.tag for rule in file.rules if rule.pattern.search(identity[file.path])), None)


def _contradictions(tag: str, identity: t.Mapping[str, str], table: TagTable) -> list[str]:
    """What other files say of another release than the tag's; oracle-release beside redhat-release agrees with it."""
    release = _RELEASE_OF_TAG.match(tag)
    if release is None:
        return []
    named = _RELEASE_OF_NAMES.search(identity.get(_NAMES, ""))
    claims = [(_NAMES, named["release"], named["release"])] if named else []
    for file in table.files:
        claimed = _tag_of(file, identity) if file.decides(identity) else None
        match = _RELEASE_OF_TAG.match(claimed or "")
        if match:
            claims.append((file.path, match["release"], _first_line(identity[file.path])))
    return [
        f"{path} says {text!r}"
        for path, claim, text in claims
        if claim != release["release"] and not claim.startswith(f"{release['release']}.")
    ]


def _os_name(identity: t.Mapping[str, str], table: TagTable) -> str:
    """PRETTY_NAME where there is one, else the first line of the first file; oracle-release and its like come first."""
    pretty = re.search(r"^PRETTY_NAME=[\"']?(.*?)[\"']?\s*$", identity.get(_NAMES, ""), re.MULTILINE)
    if pretty and pretty[1]:
        return pretty[1]
    lines = (_first_line(identity.get(path, "")) for path in table.paths)
    return next((line for line in lines if line), "unknown")


def _first_line(content: str) -> str:
    lines = content.strip().splitlines()
    return lines[0].strip()[:_QUOTED_LENGTH] if lines else ""


@functools.cache
def load_table(path: Path = TABLE_FILE) -> TagTable:
    """The table of a data file; a file that is not such a table is an invalid_argument MobilityError saying where."""
    try:
        return _table(yaml_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, _Malformed) as error:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"tag table {path}: {error}",
            expected="architectures (list of words) and files (list of path, rules of tag and pattern, maybe when)",
            remedy="Correct the file; the one that comes with the collection shows the form.",
        ) from error


class _Malformed(ValueError):
    """A data file that is readable and not a tag table; the text says where."""


def _table(data: object) -> TagTable:
    table = _mapping(data, "the file", {"architectures", "files"})
    architectures = [_word(item, "architectures") for item in _list(table, "architectures", "the file")]
    files = _list(table, "files", "the file")
    return TagTable(architectures, [_file(item, f"files[{index}]") for index, item in enumerate(files)])


def _file(data: object, where: str) -> IdentityFile:
    file = _mapping(data, where, {"path", "rules"}, {"when"})
    path = _word(file["path"], f"{where}.path")
    if not path.startswith("/"):
        raise _Malformed(f"{where}.path is not absolute: {path!r}")
    rules = [_rule(item, f"{where}.rules[{i}]") for i, item in enumerate(_list(file, "rules", where))]
    return IdentityFile(path, rules, _pattern(file["when"], f"{where}.when") if "when" in file else None)


def _rule(data: object, where: str) -> TagRule:
    rule = _mapping(data, where, {"tag", "pattern"})
    return TagRule(_word(rule["tag"], f"{where}.tag"), _pattern(rule["pattern"], f"{where}.pattern"))


def _mapping(
    data: object, where: str, needed: set[str], optional: t.AbstractSet[str] = frozenset()
) -> dict[str, object]:
    if not isinstance(data, dict):
        raise _Malformed(f"{where} is not a mapping")
    keys = set(data)
    if not needed <= keys <= needed | optional:
        raise _Malformed(f"{where} has the keys {sorted(map(str, keys))}, needs {sorted(needed)}")
    return data


def _list(data: t.Mapping[str, object], key: str, where: str) -> list[object]:
    value = data[key]
    if not isinstance(value, list) or not value:
        raise _Malformed(f"{where}: {key} is not a list with entries")
    return value


def _word(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Malformed(f"{where} is not a text: {value!r}")
    return value


def _pattern(value: object, where: str) -> re.Pattern[str]:
    try:
        return re.compile(_word(value, where), re.MULTILINE)
    except re.error as error:
        raise _Malformed(f"{where} is not a regular expression: {error}") from error
