# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names and ports a host must reach before its agent is touched, and what the host's answers mean.

Facts (support matrix of Azure Site Recovery): a protected machine talks to its configuration server or appliance on
the port of its configuration, 443 by default, and sends its data to port 9443. One of several addresses of an
appliance is enough. The target tries them with bash's /dev/tcp, because the agent needs bash anyway.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import Appliance
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

CONTROL_PORT = 443
DATA_PORT = 9443
SECONDS = 10  # for every endpoint; they are all tried at the same time
_SCRIPT_FILE = Path(__file__).parents[1] / "scripts" / "reachability.sh"
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?\Z")
_ANSWER = "answer="
# what bash and the C library say, in the C locale -> our word, the first that fits; the code of a hit is 0
_WORDS: t.Sequence[tuple[str, str]] = (
    ("still trying", f"no answer within {SECONDS} s"),
    ("name or service not known", "the name cannot be resolved"),
    ("temporary failure in name resolution", "the name cannot be resolved"),
    ("name resolution", "the name cannot be resolved"),
    ("no address associated", "the name cannot be resolved"),
    ("nodename nor servname", "the name cannot be resolved"),
    ("unknown host", "the name cannot be resolved"),
    ("connection refused", "the connection was refused"),
    ("timed out", "the connection timed out"),
    ("no route to host", "no route to the host"),
    ("network is unreachable", "the network is not reachable"),
    ("permission denied", "the connection was forbidden by the host"),
)
_CANNOT_TELL = ("no such file or directory", "not found", "not supported")  # a bash without /dev/tcp, or none


@dataclass(frozen=True)
class Endpoint:
    """One name or address with a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Need:
    """Something that must be reachable, at one of its endpoints."""

    what: str
    endpoints: t.Sequence[Endpoint]


@dataclass(frozen=True)
class Answer:
    """What came of one endpoint. reached: None when the host could not tell."""

    endpoint: Endpoint
    reached: bool | None
    words: str = ""


def parse_endpoint(text: str) -> Endpoint:
    """HOST:PORT, an IPv6 address in brackets; invalid_argument for anything else."""
    host, separator, port = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not separator or not is_host(host) or (":" in host and not bracketed) or not _is_port(port):
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"the endpoint {text!r}",
            expected="a name or address with a port, such as vault.example.com:443",
            remedy="Correct the endpoint.",
        )
    return Endpoint(host, int(port))


def is_host(text: str) -> bool:
    """True for a host name or an IP address, and for nothing that a shell or a program could take for more."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return bool(_NAME.match(text))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535


def needs_of_appliance(appliance: Appliance) -> list[Need]:
    """Control and data port of an appliance, at any of its addresses; nothing for one without addresses."""
    hosts = [host for host in appliance.all_addresses if is_host(host)]
    ports = dict.fromkeys((appliance.port or CONTROL_PORT, DATA_PORT))
    return [_need(f"the appliance {appliance}", hosts, port) for port in ports] if hosts else []


def needs_of_server(server: str, port: int) -> list[Need]:
    """Control and data port of a configuration server."""
    return [_need("the configuration server", [server], number) for number in dict.fromkeys((port, DATA_PORT))]


def needs_of_names(control: t.Sequence[Endpoint]) -> list[Need]:
    """Control and data port of one appliance that is known by names only, at any of them; nothing without a name."""
    ports = dict.fromkeys((*(endpoint.port for endpoint in control), DATA_PORT))
    hosts = [endpoint.host for endpoint in control]
    return [_need("the appliance", hosts, port) for port in ports] if hosts else []


def needs_of_caller(endpoints: t.Sequence[Endpoint]) -> list[Need]:
    """What the caller named: each of them."""
    return [Need("the endpoint", [endpoint]) for endpoint in endpoints]


def _need(what: str, hosts: t.Sequence[str], port: int) -> Need:
    return Need(what, [Endpoint(host, port) for host in hosts])


def reachability_script(needs: t.Sequence[Need]) -> Script:
    """The script that tries every endpoint once; parse_answers() reads what it prints."""
    endpoints = dict.fromkeys(endpoint for need in needs for endpoint in need.endpoints)
    return Script(
        name="reachability",
        text=sent_text(_SCRIPT_FILE),
        variables={
            "ASR_ENDPOINTS": "\n".join(f"{endpoint.host} {endpoint.port}" for endpoint in endpoints),
            "ASR_SECONDS": str(SECONDS),
        },
        read_only=True,
    )


def parse_answers(output: str) -> list[Answer]:
    """From lines `answer=<host> <port> <exit code> <words>`; other lines are dropped."""
    lines = (line[len(_ANSWER) :].split(" ", 3) for line in output.splitlines() if line.startswith(_ANSWER))
    return [_answer(*[*line, ""][:4]) for line in lines if len(line) >= 3]


def _answer(host: str, port: str, code: str, words: str) -> Answer:
    endpoint = Endpoint(host, int(port))
    if code == "0":
        return Answer(endpoint, True, "reached")
    said = words.lower()
    for fragment, meaning in _WORDS:
        if fragment in said:
            return Answer(endpoint, False, meaning)
    if any(fragment in said for fragment in _CANNOT_TELL):
        return Answer(endpoint, None, "bash on the host cannot open connections, so it was not tried")
    return Answer(endpoint, False, words.strip() or f"bash ended with {code}")


def judge_answers(needs: t.Sequence[Need], answers: t.Sequence[Answer]) -> tuple[MobilityError | None, list[str]]:
    """The refusal when a need is reached at none of its endpoints, and warnings for what else was not reached."""
    by_endpoint = {answer.endpoint: answer for answer in answers}
    missing: list[str] = []
    warnings: list[str] = []
    for need in needs:
        found = [by_endpoint.get(endpoint, Answer(endpoint, None, "it was not tried")) for endpoint in need.endpoints]
        failed = [answer for answer in found if not answer.reached]
        words = [f"{need.what} at {answer.endpoint}: {answer.words}" for answer in failed]
        hopeless = len(failed) == len(found) and any(answer.reached is False for answer in failed)
        (missing if hopeless else warnings).extend(words)
    return (_unreachable(missing) if missing else None), [f"Not reached: {words}." for words in warnings]


def _unreachable(missing: t.Sequence[str]) -> MobilityError:
    return MobilityError(
        Reason.ENDPOINT_UNREACHABLE,
        found="; ".join(missing),
        expected="a connection from the host to each of them, or to one of several addresses of one appliance",
        remedy="Open the way for names and ports, or check the names. The agent was not touched.",
    )
