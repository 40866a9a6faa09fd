# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoints are tried, what the script says of real sockets under each shell, and what that means."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import Appliance
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import (
    Answer,
    Endpoint,
    Need,
    is_host,
    judge_answers,
    needs_of_appliance,
    needs_of_caller,
    needs_of_server,
    parse_answers,
    parse_endpoint,
    reachability_script,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cs.example.com:443", Endpoint("cs.example.com", 443)),
        (" 192.0.2.1:9443 ", Endpoint("192.0.2.1", 9443)),
        ("[2001:db8::1]:443", Endpoint("2001:db8::1", 443)),
        ("under_score:1", Endpoint("under_score", 1)),
    ],
)
def test_an_endpoint(text: str, expected: Endpoint) -> None:
    assert parse_endpoint(text) == expected
    assert parse_endpoint(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "name", "name:", ":443", "name:0", "name:65536", "name:x", "a b:443", "$(id):443", "-c:443", "a;b:1", "a/b:1",
     "2001:db8::1:443", "[name:443", "https://name:443", "name:443\nother"],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(MobilityError) as caught:
        parse_endpoint(text)
    assert caught.value.reason is Reason.INVALID_ARGUMENT


def test_a_host_is_a_name_or_an_address_and_nothing_else() -> None:
    assert all(map(is_host, ("a", "a.b-c", "192.0.2.1", "::1", "x_y")))
    assert not any(map(is_host, ("", "-a", "a-", "a b", "a/b", "a\n", "ä", "a..b/")))


def test_an_appliance_needs_control_and_data_port_at_one_address() -> None:
    appliance = Appliance(name="app", addresses=("192.0.2.1", "bad host"), nat_address="192.0.2.2", port=8443)
    needs = needs_of_appliance(appliance)
    assert [[str(endpoint) for endpoint in need.endpoints] for need in needs] == [
        ["192.0.2.1:8443", "192.0.2.2:8443"],
        ["192.0.2.1:9443", "192.0.2.2:9443"],
    ]
    assert needs_of_appliance(Appliance()) == []
    assert [need.endpoints[0].port for need in needs_of_appliance(Appliance(addresses=("a",)))] == [443, 9443]


def test_a_server_whose_port_is_the_data_port_is_tried_once() -> None:
    assert [need.endpoints[0].port for need in needs_of_server("cs", 9443)] == [9443]
    assert [need.endpoints[0].port for need in needs_of_server("cs", 443)] == [443, 9443]


def _run(shell: list[str], needs: list[Need], seconds: int = 2) -> list[Answer]:
    script = reachability_script(needs)
    lines = "\n".join(f"{endpoint.host} {endpoint.port}" for need in needs for endpoint in need.endpoints)
    text = f"LC_ALL=C; export LC_ALL\nASR_ENDPOINTS='{lines}'\nASR_SECONDS={seconds}\n{script.text}"
    done = subprocess.run(shell, input=text, text=True, capture_output=True, timeout=60, check=True)
    assert done.stderr == ""
    return parse_answers(done.stdout)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """A port that takes connections, one that refuses them, and one whose queue is full, so nobody answers there."""
    with ExitStack() as stack:
        opened = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        closed = socket.create_server(("127.0.0.1", 0))
        refusing = closed.getsockname()[1]
        closed.close()
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _waiting in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        yield {"open": opened.getsockname()[1], "refusing": refusing, "silent": full.getsockname()[1]}


def test_real_sockets_are_told_apart(shell: list[str], ports: dict[str, int]) -> None:
    names = [Endpoint("127.0.0.1", port) for port in ports.values()] + [Endpoint("no-such-host.invalid", 443)]
    began = time.monotonic()
    answers = {answer.endpoint: answer for answer in _run(shell, needs_of_caller(names))}
    assert time.monotonic() - began < 20
    found = [(answers[name].reached, answers[name].words) for name in names]
    assert found[:3] == [
        (True, "reached"),
        (False, "the connection was refused"),
        (False, "no answer within 10 s"),
    ]
    assert found[3] == (False, "the name cannot be resolved")


def test_nothing_is_left_at_work(shell: list[str], ports: dict[str, int]) -> None:
    """Also not when bash hangs: the attempt is ended by its process id."""
    _run(shell, needs_of_caller([Endpoint("127.0.0.1", ports["silent"])]), seconds=1)
    seen = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"asr 127.0.0.1 {ports['silent']}" not in seen


@pytest.mark.parametrize(
    ("said", "reached", "words"),
    [
        ("h 1 1 bash: line 1: h: Name or service not known", False, "the name cannot be resolved"),
        ("h 1 1 bash: h: Temporary failure in name resolution", False, "the name cannot be resolved"),
        ("h 1 1 bash: connect: Connection timed out", False, "the connection timed out"),
        ("h 1 1 bash: connect: No route to host", False, "no route to the host"),
        ("h 1 1 bash: connect: Network is unreachable", False, "the network is not reachable"),
        ("h 1 143 still trying", False, "no answer within 10 s"),
        ("h 1 1 bash: /dev/tcp/h/1: No such file or directory", None, "bash on the host cannot open connections"),
        ("h 1 127 sh: bash: not found", None, "bash on the host cannot open connections"),
        ("h 1 1 bash: something new", False, "bash: something new"),
        ("h 1 5 ", False, "bash ended with 5"),
        ("h 1 0 ", True, "reached"),
    ],
)
def test_the_words_of_bash(said: str, reached: bool | None, words: str) -> None:
    (answer,) = parse_answers(f"noise\nanswer={said}\n")
    assert (answer.reached, answer.words.startswith(words)) == (reached, True)


A, B, C = (Endpoint(name, 443) for name in "abc")
YES, NO, UNKNOWN = True, False, None


def _answers(*given: tuple[Endpoint, bool | None]) -> list[Answer]:
    return [Answer(endpoint, reached, "words") for endpoint, reached in given]


def test_one_of_several_addresses_is_enough_and_the_others_are_named() -> None:
    refusal, warnings = judge_answers([Need("the appliance", [A, B])], _answers((A, YES), (B, NO)))
    assert refusal is None
    assert warnings == ["Not reached: the appliance at b:443: words."]


def test_none_of_several_addresses_is_a_refusal_that_names_them_all() -> None:
    refusal, warnings = judge_answers([Need("x", [A, B]), Need("y", [C])], _answers((A, NO), (B, NO), (C, YES)))
    assert refusal is not None
    assert refusal.reason is Reason.ENDPOINT_UNREACHABLE
    assert "a:443" in refusal.found
    assert "b:443" in refusal.found
    assert "c:443" not in refusal.found
    assert warnings == []


def test_what_could_not_be_tried_is_a_warning() -> None:
    refusal, warnings = judge_answers([Need("x", [A]), Need("y", [B])], _answers((A, UNKNOWN)))
    assert refusal is None
    assert len(warnings) == 2
