"""Every documented end of the configurator: told apart, no healthy registration harmed, and cured by a rerun.

Each host is registered and has its passphrase rotated, so the configurator has a registration to spoil. The codes and
their meaning are those of Microsoft's 9.50 installer scripts (observed); the table is written from the documentation,
not from the collection's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import endpoints, registering
from lab.hosts import Host
from lab.injection import inject, withdraw
from lab.rounds import Round, Rounds, Seen
from system.registration_hosts import MODULE, PRIVATE, install_agent

ROTATED = "an0ther lab passphrase"
OPTIONS = ("stack", "configuration_server", "passphrase")


@dataclass(frozen=True)
class Ending:
    """What is injected, the reason the task must give, and what its ``found`` must say."""

    fault: str
    reason: str
    words: tuple[str, ...] = ()


def _code(code: int, reason: str, *words: str) -> Ending:
    return Ending(f"configurator:exit={code}", reason, (f"exit code {code}:", *words))


ENDINGS: Mapping[str, Ending] = {
    "0": _code(0, "registration_failed"),  # as after its usage: it has done nothing
    "1": _code(1, "invalid_argument", "passphrase"),
    "3": _code(3, "invalid_argument", "IPv4"),
    "13": _code(13, "registered_elsewhere", "another configuration server"),
    "14": _code(14, "wrong_passphrase", "passphrase"),
    "17": _code(17, "registration_failed", "did not accept"),
    "44": _code(44, "registration_failed", "did not start"),
    "97": _code(97, "registration_failed"),
    "98": _code(98, "registration_failed", "did not confirm"),
    "115": _code(115, "installer_busy", "could not be stopped"),
    "118": _code(118, "installer_refused", "BIOS"),
    "119": _code(119, "registration_failed"),
    "126": _code(126, "registration_failed", "must not be tried again"),
    "128": _code(128, "registration_failed"),
    "129": _code(129, "registration_failed", "not paired"),
    "148": _code(148, "registration_failed"),
    "killed": Ending("configurator:die=stopped", "registration_failed", ("signal 9",)),
}


@dataclass(frozen=True)
class Fleet:
    """What each host showed, and the hash of the passphrase it had stored before."""

    seen: Mapping[str, Seen]
    stored: Mapping[str, str]
    hosts: Mapping[str, Host]


def _stored(host: Host) -> str:
    return host.sh(f"sha256sum <{PRIVATE}")


@pytest.fixture(scope="module")
def fleet(new_installer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """All endings, each on a registered host of its own."""
    rounds = Rounds(tmp_path_factory.mktemp("codes"), MODULE, OPTIONS, list(ENDINGS))
    try:
        with endpoints.serving("codes-server") as server:

            def prepare(_name: str, host: Host) -> str:
                install_agent(host, new_installer, "CSLegacy")
                registering.register(host, "classic", server.address)
                return _stored(host)

            stored = rounds.each(prepare)
            options = {"stack": "classic", "configuration_server": server.address, "passphrase": ROTATED}

            def breaks(ending: Ending) -> Callable[[Host], None]:
                return lambda host: inject(host, ending.fault)

            conditions = {
                name: [Round(options, ending.reason, breaks(ending)), Round(options, None, withdraw)]
                for name, ending in ENDINGS.items()
            }
            yield Fleet(rounds.lead(conditions, 2), stored, dict(rounds.hosts))
    finally:
        rounds.close()


@pytest.mark.parametrize("name", ENDINGS)
def test_an_ending_is_told_and_harms_no_registration(name: str, fleet: Fleet) -> None:
    ending, seen = ENDINGS[name], fleet.seen[name]
    first, look = seen.results[0], seen.looks[0]
    assert first.status == "failed", f"a green no-op: {first.result}"
    assert first.result["reason"] == ending.reason, first.result
    found = str(first.result["found"])
    assert [word for word in ending.words if word not in found] == [], found
    assert first.result["remedy"]
    assert (look.host_id, look.stack, look.running) == (seen.start.host_id, "classic", True), first.result
    assert look.leftovers == ()


@pytest.mark.parametrize("name", ENDINGS)
def test_the_next_run_registers_and_nothing_stays(name: str, fleet: Fleet) -> None:
    seen = fleet.seen[name]
    second, look = seen.results[1], seen.looks[1]
    assert (second.status, second.changed) == ("ok", True), second.result
    assert second.result["steps"] == ["register"]
    assert (look.host_id, look.running, look.leftovers) == (seen.start.host_id, True, ())
    assert _stored(fleet.hosts[name]) != fleet.stored[name]
    assert look.signals == ()


def test_codes_of_one_reason_differ_in_their_words(fleet: Fleet) -> None:
    told = [str(fleet.seen[name].results[0].result["found"]) for name in ENDINGS]
    assert len(set(told)) == len(ENDINGS)


def test_every_documented_code_is_injected() -> None:
    documented = {0, 1, 3, 13, 14, 17, 44, 97, 98, 115, 118, 119, 126, 128, 129, 148}
    assert {int(name) for name in ENDINGS if name.isdigit()} == documented
