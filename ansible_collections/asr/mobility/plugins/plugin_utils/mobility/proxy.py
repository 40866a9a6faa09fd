# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy of the agent: what its file says, what it should say, and whether that file may be trusted and written.

Facts (Microsoft's page about the proxy of the Mobility service, 2020): the file is /usr/local/InMage/config/
ProxyInfo.conf with the section [proxy] and the keys Address (http://name), Port and BypassList (names with commas
between them, no wildcards: windows.net stands for everything below it). Only proxies without authentication work. An
agent without the file writes there what it found in the environment. drscout.conf names the file: ProxySettingsPath.
"""

from __future__ import annotations

import posixpath
import re
import typing as t
import urllib.parse
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import RECORD_PATH
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts, sent_text

DEFAULT_PATH = "/usr/local/InMage/config/ProxyInfo.conf"
CONFIG_LINK = "/usr/local/drscout.conf"
_SCRIPTS = Path(__file__).parent / "scripts"
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_+@:-][A-Za-z0-9._+@:-]*){2,}", re.ASCII)
_NO_PLACE = ("/dev", "/proc", "/sys", "/run", "/tmp", "/var/tmp")
_HOST = re.compile(r"(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_TRAITS = re.compile(r"(?P<mode>[-a-z][-rwxsStT]{9})[.+@]? (?P<owner>\d+) (?P<group>\d+)(?: (?P<path>.*))?", re.ASCII)
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class ProxySettings:
    """What the file says; None: it says nothing about it. bypass: names that are reached without the proxy."""

    address: str | None = None
    port: int | None = None
    bypass: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        """Whether a proxy is named at all."""
        return self != ProxySettings()


@dataclass(frozen=True)
class ProxyFile:
    """The file on a host and what is around it."""

    path: str
    kind: str  # missing, file, link, other; unknown when its path was not looked at
    settings: ProxySettings = ProxySettings()
    sha256: str = ""
    traits: str = ""  # mode, owner and group of the file, as ls writes them
    parents: tuple[str, ...] = ()  # the same of each directory above it, and its path
    directory: bool = False  # whether the directory of the file is there
    credentials: bool = False  # a user name or password stands in it; it is never brought here
    duplicates: bool = False  # a key stands there twice
    agent: bool = False  # whether an agent is installed
    installation: str | None = None  # INSTALLATION_DIR of the agent
    running: bool = False  # whether a daemon of it runs


@dataclass(frozen=True)
class ProxyWish:
    """What the caller wants: address None means no proxy; bypass None means: leave what is there."""

    address: str | None = None
    port: int | None = None
    bypass: tuple[str, ...] | None = None

    @property
    def present(self) -> bool:
        """Whether a proxy is wanted."""
        return self.address is not None


def wish(address: str, port: int, bypass: t.Sequence[str] | None) -> ProxyWish:
    """The wanted proxy, checked; raises invalid_argument. No message shows a user name or password."""
    entries = None if bypass is None else tuple(dict.fromkeys(_bypass_entry(entry) for entry in bypass))
    return ProxyWish(_address(address), _port(port), entries)


def look(target: Target) -> ProxyFile:
    """One script that reads; the file's secrets, should it hold any, stay on the host."""
    variables = {"ASR_RECORD": RECORD_PATH, "ASR_CONFIG": CONFIG_LINK, "ASR_DEFAULT": DEFAULT_PATH}
    result = target.run(Script("proxy_look", look_text(), variables, read_only=True))
    if result.code != 0:
        raise script_failed("proxy_look", result.code, result.output)
    return read_facts(parse_facts(result.output))


def look_text() -> str:
    """The text of the script that reads."""
    return "\n".join((library("private", "sha256"), _text("proxy_file"), _text("proxy_look")))


def write_text() -> str:
    """The text of the script that writes."""
    return "\n".join((library("private", "sha256"), _text("proxy_file"), _text("proxy_write")))


def read_facts(facts: t.Mapping[str, str]) -> ProxyFile:
    """The file as the script's lines tell it."""
    port = facts.get("key.Port", "")
    return ProxyFile(
        path=facts.get("named") or DEFAULT_PATH,
        kind=facts.get("kind", "unknown"),
        settings=ProxySettings(
            address=facts.get("key.Address") or None,
            port=int(port) if re.fullmatch(r"[0-9]{1,5}", port) else None,
            bypass=tuple(entry.strip() for entry in facts.get("key.BypassList", "").split(",") if entry.strip()),
        ),
        sha256=facts.get("sha256", ""),
        traits=facts.get("traits", ""),
        parents=tuple(value for key, value in facts.items() if key.startswith("parent.")),
        directory=facts.get("directory") == "1",
        credentials=facts.get("credentials") == "1",
        duplicates=facts.get("duplicates") == "1",
        agent=facts.get("agent") == "1",
        installation=facts.get("installation") or None,
        running=any(key.startswith("running.") for key in facts),
    )


def plan(found: ProxyFile, wanted: ProxyWish) -> ProxySettings | None:
    """The settings to write; None when the file is right. Raises path_unsafe for a file that must not be touched."""
    refusal = _path_refusal(found) or _trust_refusal(found)
    if refusal is not None:
        raise refusal
    target = _promised(found.settings, wanted)
    clean = not found.credentials and not found.duplicates
    return None if clean and _equal(found.settings, target) else target


def write(target: Target, found: ProxyFile, settings: ProxySettings, *, keep_bypass: bool) -> None:
    """Replace the file, or remove it when nothing would be left in it."""
    variables = {
        "ASR_PATH": found.path,
        "ASR_SHA256": found.sha256,
        "ASR_ADDRESS": settings.address or "",
        "ASR_PORT": str(settings.port) if settings.port else "",
        "ASR_BYPASS": ",".join(settings.bypass),
        "ASR_KEEP_BYPASS": "1" if keep_bypass else "0",
    }
    result = target.run(Script("proxy_write", write_text(), variables))
    if result.code != 0:
        raise script_failed("proxy_write", result.code, result.output)


def not_reached(after: ProxyFile) -> MobilityError:
    """The file does not say what was written."""
    return MobilityError(
        Reason.STATE_NOT_REACHED,
        found=f"{after.path} with {_words(after.settings)}",
        expected="the settings that were just written",
        remedy="Look which other program writes this file, then run the task again.",
    )


def script_failed(name: str, code: int, output: str) -> MobilityError:
    """A script of the proxy that said no, with the words it said it with."""
    found = parse_facts(output).get("found") or " ".join(output.split())[-200:] or f"exit code {code}"
    changed = parse_facts(output).get("error") == "changed"
    return MobilityError(
        Reason.STATE_CHANGED if changed else Reason.SCRIPT_FAILED,
        found=found,
        expected="the file that was looked at" if changed else f"script {name} to end with 0",
        remedy="Nothing was written. Run the task again.",
    )


def _text(name: str) -> str:
    return sent_text(_SCRIPTS / f"{name}.sh")


def _promised(found: ProxySettings, wanted: ProxyWish) -> ProxySettings:
    if not wanted.present:
        return ProxySettings()
    bypass = found.bypass if wanted.bypass is None else wanted.bypass
    return replace(found, address=wanted.address, port=wanted.port, bypass=bypass)


def _equal(one: ProxySettings, other: ProxySettings) -> bool:
    """Names have no letter case, and the order of the list says nothing."""
    return _normal(one) == _normal(other)


def _normal(settings: ProxySettings) -> tuple[object, ...]:
    address = (settings.address or "").rstrip("/").lower()
    return address, settings.port, frozenset(entry.lower() for entry in settings.bypass)


def _path_refusal(found: ProxyFile) -> MobilityError | None:
    """The path comes from a file of the host: it must be plain, and a place where a configuration may lie."""
    plain = _PLAIN_PATH.fullmatch(found.path) is not None and posixpath.normpath(found.path) == found.path
    if plain and not found.path.startswith(tuple(f"{place}/" for place in _NO_PLACE)):
        return None
    return MobilityError(
        Reason.PATH_UNSAFE,
        found=f"ProxySettingsPath {found.path[:200]!r} in drscout.conf",
        expected=f"an absolute plain path such as {DEFAULT_PATH}",
        remedy="Correct drscout.conf of the agent.",
    )


def _trust_refusal(found: ProxyFile) -> MobilityError | None:
    """Root writes where root alone can write, and never through a link."""
    complaint = next(filter(None, (_file_complaint(found), *map(_parent_complaint, found.parents))), None)
    if complaint is None:
        return None
    return MobilityError(
        Reason.PATH_UNSAFE,
        found=complaint,
        expected="a regular file of root, in directories that only root can change",
        remedy="Correct owner, mode or kind of it, then run the task again.",
    )


def _file_complaint(found: ProxyFile) -> str | None:
    if found.kind not in ("missing", "file"):
        kind = {"link": "a symbolic link", "other": "no regular file"}.get(found.kind, "not to be read")
        return f"{found.path} is {kind}"
    if found.kind == "missing":
        return None
    match = _TRAITS.fullmatch(found.traits)
    if match is None or match["owner"] != "0":
        return f"{found.path} has mode, owner and group {found.traits or 'that cannot be read'}"
    return None


def _parent_complaint(line: str) -> str | None:
    """A directory others can write to; the installer's own are writable for the group, which is root's."""
    match = _TRAITS.fullmatch(line)
    if match is None:
        return f"a directory with {line!r}"
    by_group = match["mode"][5] == "w" and match["group"] != "0"
    if match["owner"] != "0" or by_group or match["mode"][8] == "w":
        return f"{match['path']} can be changed by others than root"
    return None


def _address(text: str) -> str:
    """http:// and a name or IPv4 address; nothing else is documented to work."""
    if "@" in text:
        raise _invalid(
            "a proxy address with a user name or password in it",
            "an address without them: the Mobility service works with unauthenticated proxies only",
            "Name a proxy that needs no authentication.",
        )
    parts = urllib.parse.urlsplit(text)
    host = parts.netloc
    fitting = f"http://{host}" in (text, text.rstrip("/"))
    if not fitting or _HOST.fullmatch(host) is None:
        raise _invalid(
            f"address {text!r}",
            "http:// and a host name or IPv4 address, without a port and without a path",
            "Write for example http://proxy.example.com, and the port as an option of its own.",
        )
    return f"http://{host}"


def _port(port: int) -> int:
    if not 1 <= port <= _HIGHEST_PORT:
        raise _invalid(f"port {port}", f"a port from 1 to {_HIGHEST_PORT}", "Correct the port.")
    return port


def _bypass_entry(text: str) -> str:
    if _HOST.fullmatch(text) is None:
        raise _invalid(
            f"bypass entry {text!r}",
            "a host name, a domain or an IPv4 address, without wildcards",
            "Write a domain alone: windows.net stands for every name below it.",
        )
    return text


def _invalid(found: str, expected: str, remedy: str) -> MobilityError:
    return MobilityError(Reason.INVALID_ARGUMENT, found=found, expected=expected, remedy=remedy)


def _words(settings: ProxySettings) -> str:
    return f"address {settings.address}, port {settings.port}, bypass {','.join(settings.bypass) or 'empty'}"
