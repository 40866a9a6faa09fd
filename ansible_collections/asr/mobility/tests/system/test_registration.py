"""Register, move and unregister agents on hosts as users have them; what counts is what the host itself shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import accidents, registration_files, witness
from lab.ansible_run import OLDEST_VENV, VENV, AnsibleRun
from lab.endpoints import Endpoint, serving
from lab.hosts import Host
from lab.injection import inject, release, signals, wait_for, withdraw
from system import registration_hosts as on
from system.registration_hosts import PASSPHRASE, Registrar, after, result, starts, summary

StartHost = Callable[..., Host]
NEW = "9.66.7567.1"


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    """What takes connections on 443 and 9443."""
    with serving("registration-server") as found:
        yield found


@pytest.fixture(scope="module")
def other_server() -> Iterator[Endpoint]:
    """Another one."""
    with serving("registration-other") as found:
        yield found


@pytest.fixture(scope="module")
def archive(make_installer: Callable[..., Path]) -> Path:
    """The agent's installer."""
    return make_installer(NEW)


@pytest.fixture
def registrar(tmp_path: Path) -> Registrar:
    """Runs the module."""
    return Registrar(tmp_path)


@pytest.fixture
def agent(lab_host: StartHost, archive: Path) -> Host:
    """A host with a fresh agent."""
    return on.install_agent(lab_host("debian:12"), archive)


@dataclass(frozen=True)
class Way:
    """One of the two stacks: how to register with a server, and what the host shows then."""

    register: Callable[..., AnsibleRun]
    shows: Mapping[str, str]
    words: tuple[str, ...]


def _modernized(registrar: Registrar, host: Host, server: Endpoint, *arguments: str, **options: object) -> AnsibleRun:
    return registrar.modernized(host, registrar.file(host, server), *arguments, **options)


WAYS = {
    "modernized": Way(_modernized, {"CSType": "CSPrime", "Hostname": ""}, ("-S", "-q", "-c", "CSPrime")),
    "classic": Way(Registrar.classic, {"CSType": "CSLegacy", "Port": "443"}, ("-i", "-P", "-p", "-c", "CSLegacy")),
}


@pytest.mark.parametrize("stack", WAYS)
def test_a_whole_life_of_a_registration(stack: str, agent: Host, server: Endpoint, registrar: Registrar) -> None:
    """Check mode, register, rerun without a transfer, unregister, rerun, register again."""
    way = WAYS[stack]
    before = on.state(agent)

    check = way.register(registrar, agent, server, "--check", "--diff")
    assert summary(check) == (None, True, ["register"]), check
    assert (after(check)["registration"], after(check)["running"]) == ("ok", True)
    assert (on.state(agent), starts(agent), witness.leftovers(agent)) == (before, [], [])

    first = way.register(registrar, agent, server)
    assert summary(first) == (None, True, ["register"]), first
    found = after(first)
    assert (found["registration"], found["stack"], found["running"]) == ("ok", stack, True)
    assert result(first)["exit_code"] == 0
    assert result(first)["installer_errors"] == []
    conf = on.configuration(agent)
    assert way.shows.items() <= conf.items()
    assert conf["HostId"] == found["host_id"]
    assert witness.daemons(agent) == {"svagents", "appservice"}
    (words,) = starts(agent)
    assert [word for word in words if word.startswith(("-", "CS"))][: len(way.words)] == list(way.words)
    assert witness.leftovers(agent) == []

    alive, seen = on.daemon_ids(agent), on.state(agent)
    again = way.register(registrar, agent, server, "-vvv")
    assert summary(again) == (None, False, []), again
    assert on.executions(again, agent) == (1, 0), again
    assert (on.state(agent), on.daemon_ids(agent), len(starts(agent))) == (seen, alive, 1)

    gone = registrar.run(agent, state="absent")
    assert summary(gone) == (None, True, ["unregister"]), gone
    assert (after(gone)["registration"], after(gone)["running"]) == ("no", False)
    assert on.configuration(agent)["HostId"] == on.configuration(agent)["Hostname"] == ""
    assert witness.starts(agent, "unregister")
    assert summary(registrar.run(agent, state="absent")) == (None, False, [])

    back = way.register(registrar, agent, server)
    assert summary(back) == (None, True, ["register"]), back
    assert after(back)["running"] is True
    assert witness.leftovers(agent) == []


def test_a_rotated_passphrase_is_noticed_and_a_wrong_one_harms_nothing(
    lab_host: StartHost, archive: Path, server: Endpoint, registrar: Registrar
) -> None:
    agent = on.install_agent(lab_host("debian:12"), archive, "CSLegacy")
    _server_wants(agent, PASSPHRASE)
    fresh_but_wrong = registrar.classic(agent, server, passphrase="not the right one")
    assert summary(fresh_but_wrong)[:2] == ("wrong_passphrase", True), fresh_but_wrong
    assert result(fresh_but_wrong)["exit_code"] == 14

    assert summary(registrar.classic(agent, server)) == (None, True, ["register"])
    whole, identity = on.state(agent), on.configuration(agent)["HostId"]

    wrong = registrar.classic(agent, server, passphrase="another wrong one")
    assert summary(wrong)[0] == "wrong_passphrase", wrong
    assert "was put back; the agent was started again" in str(result(wrong)["found"])
    assert on.state(agent) == whole
    assert witness.daemons(agent) == {"svagents", "appservice"}

    rotated = "the rotated passphrase"
    _server_wants(agent, rotated)
    renewed = registrar.classic(agent, server, passphrase_file=str(registrar.write(f"{rotated}\r\n".encode())))
    assert summary(renewed) == (None, True, ["register"]), renewed
    assert on.configuration(agent)["HostId"] == identity
    assert summary(registrar.classic(agent, server, passphrase=rotated)) == (None, False, [])
    assert witness.leftovers(agent) == []


def _server_wants(host: Host, passphrase: str) -> None:
    inject(host, f"cs:passphrase-sha256={hashlib.sha256(passphrase.encode()).hexdigest()}")


@pytest.mark.parametrize("stack", WAYS)
def test_a_closed_port_is_refused_with_the_agent_untouched(
    stack: str, agent: Host, server: Endpoint, other_server: Endpoint, registrar: Registrar
) -> None:
    """Fresh, and registered elsewhere with leave to move: nothing is stopped for a way that does not exist."""
    assert summary(WAYS[stack].register(registrar, agent, server))[0] is None
    alive, whole = on.daemon_ids(agent), on.state(agent)
    other_server.close(9443)
    try:
        moved = {"appliance_id": "00000000-0000-4000-8000-00000000000b"} if stack == "modernized" else {}
        if moved:
            run = registrar.modernized(agent, registrar.file(agent, other_server, **moved), allow_move=True)
        else:
            run = registrar.classic(agent, other_server, allow_move=True)
        assert summary(run)[:2] == ("endpoint_unreachable", False), run
        assert f"{other_server.address}:9443: the connection was refused" in str(result(run)["found"])
    finally:
        other_server.open(9443)
    assert (on.daemon_ids(agent), on.state(agent), len(starts(agent))) == (alive, whole, 1)
    assert witness.leftovers(agent) == []


def test_one_reachable_address_is_enough_and_further_endpoints_must_be_reached(
    agent: Host, server: Endpoint, registrar: Registrar
) -> None:
    good = registration_files.config_file(agent.bios_id(), agent.name, ["192.0.2.1", server.address])
    refused = registrar.modernized(agent, registrar.write(good), endpoints=["no-such-name.invalid:443"])
    assert summary(refused)[0] == "endpoint_unreachable", refused
    assert "no-such-name.invalid:443: the name cannot be resolved" in str(result(refused)["found"])
    run = registrar.modernized(agent, registrar.write(good), endpoints=[f"{server.address}:443"])
    assert summary(run) == (None, True, ["register"]), run
    assert any("192.0.2.1:443" in str(warning) for warning in result(run)["warnings"])  # type: ignore[attr-defined]


MOVES: Mapping[str, Mapping[str, str]] = {
    "classic": {},
    "another appliance": {"appliance_id": "00000000-0000-4000-8000-00000000000b"},
    "another vault": {"vault_id": registration_files.VAULT.replace("lab-vault", "other-vault")},
}


@pytest.mark.parametrize("kind", MOVES)
def test_a_move_needs_leave_and_a_failed_one_is_taken_back(
    kind: str, agent: Host, server: Endpoint, other_server: Endpoint, registrar: Registrar
) -> None:
    def register(place: Endpoint, **options: object) -> AnsibleRun:
        if kind == "classic":
            return registrar.classic(agent, place, **options)
        changes = MOVES[kind] if place is other_server else {}
        return registrar.modernized(agent, registrar.file(agent, place, **changes), **options)

    assert summary(register(server))[0] is None
    alive, whole = on.daemon_ids(agent), on.state(agent)

    refused = register(other_server)
    assert summary(refused)[:2] == ("registered_elsewhere", False), refused
    assert (on.daemon_ids(agent), on.state(agent), len(starts(agent))) == (alive, whole, 1)

    inject(agent, "cdpcli:registerhost", "rcm:registersourceagent=2")
    failed = register(other_server, allow_move=True)
    assert summary(failed)[0] == "registration_failed", failed
    assert "was put back; the agent was started again" in str(result(failed)["found"])
    left = kind != "another appliance"
    assert ("may have forgotten this machine" in str(result(failed)["found"])) is left
    assert sorted(on.state(agent).splitlines()) == (on.forgotten(whole) if left else sorted(whole.splitlines()))
    assert witness.daemons(agent) == {"svagents", "appservice"}

    withdraw(agent)
    if left:
        assert summary(register(server)) == (None, True, ["register"])
    moved = register(other_server, allow_move=True)
    assert summary(moved) == (None, True, ["move"]), moved
    assert after(moved)["running"] is True
    if kind == "classic":
        assert on.configuration(agent)["Hostname"] == other_server.address
    assert summary(register(other_server)) == (None, False, [])
    assert witness.leftovers(agent) == []


UNFIT = {
    "of another host": (registration_files.of_another_host, "config_file_of_another_host"),
    "expired": (registration_files.expired, "config_file_expired"),
    **{
        name: (lambda *given, spoil=spoil: spoil(registration_files.config_file(*given)), "config_file_invalid")
        for name, spoil in registration_files.SPOILED.items()
        if name != "byte order mark"
    },
}


def test_a_file_that_does_not_fit_is_refused_before_anything_is_stopped(
    agent: Host, server: Endpoint, registrar: Registrar
) -> None:
    for name, (make, reason) in UNFIT.items():
        content = make(agent.bios_id(), agent.name, [server.address])
        run = registrar.modernized(agent, registrar.write(content))
        assert summary(run)[:2] == (reason, False), f"{name}: {run}"
    assert starts(agent) == []
    assert witness.leftovers(agent) == []


@pytest.mark.parametrize("venv", [VENV, OLDEST_VENV], ids=["newest", "oldest"])
def test_files_that_only_look_unfit_are_taken(venv: Path, agent: Host, server: Endpoint, registrar: Registrar) -> None:
    """A byte order mark, and an id in the other byte order; given as a text, which older engines make a mapping of."""
    registrar.venv = venv
    swapped = registration_files.swapped(agent.bios_id()).upper()
    content = registration_files.config_file(swapped, agent.name, [server.address])
    path = registrar.write(registration_files.BOM + content)
    lookup = "{{ lookup('ansible.builtin.file', '" + str(path) + "') }}"
    run = registrar.run(agent, config=lookup, credential_less=True)
    assert summary(run) == (None, True, ["register"]), run
    assert on.configuration(agent)["IsCredentialLessDiscovery"] == "1"
    assert starts(agent)[0][-2:] == ["-D", "true"]
    assert not agent.read_file(f"{on.VX}/etc/SourceConfig.json").startswith("\ufeff")


def test_a_classic_registration_never_takes_over_a_modernized_agent(
    agent: Host, server: Endpoint, registrar: Registrar
) -> None:
    assert summary(WAYS["modernized"].register(registrar, agent, server))[0] is None
    whole = on.state(agent)
    run = registrar.classic(agent, server, allow_move=True)
    assert summary(run)[:2] == ("stack_change", False), run
    assert on.state(agent) == whole


def test_what_the_configurator_says_and_the_host_does_not_show(
    agent: Host, server: Endpoint, registrar: Registrar
) -> None:
    """0 with dead daemons, 98, the failures of the appliance; after each the next run converges."""
    path = registrar.file(agent, server)
    for fault, code in (("rcm:verifyclientauth=1", 98), ("rcm:registermachine=2", 97)):
        inject(agent, fault)
        run = registrar.modernized(agent, path)
        assert summary(run)[0] == "registration_failed", f"{fault}: {run}"
        assert result(run)["exit_code"] == code
    inject(agent, "rcm:registersourceagent=129")
    unpaired = registrar.modernized(agent, path)
    assert summary(unpaired) == (None, True, ["register"]), unpaired
    assert "not paired" in str(result(unpaired)["warnings"])
    registrar.run(agent, state="absent")
    inject(agent, "svagents:dead")
    silent = registrar.modernized(agent, path)
    assert summary(silent)[0] == "registration_failed", silent
    assert result(silent)["exit_code"] == 0
    dead = registrar.modernized(agent, path)
    assert summary(dead)[0] == "state_not_reached", dead
    withdraw(agent)
    started = registrar.modernized(agent, path)
    assert summary(started) == (None, True, ["start"]), started
    assert witness.daemons(agent) == {"svagents", "appservice"}


def test_a_lost_connection_costs_nothing(agent: Host, server: Endpoint, registrar: Registrar) -> None:
    """The configurator goes on, and the next task follows the same run."""
    inject(agent, "configurator:hang=register")
    path = registrar.file(agent, server)
    playbook = registrar.folder / "register.yml"
    playbook.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        f"    - asr.mobility.mobility_registration:\n        config_path: {path}\n"
    )
    with accidents.running(str(playbook), registrar.inventory(agent), registrar.folder) as run:
        wait_for(lambda: "at=register" in agent.sh(f"cat {witness.RUNS}", check=False), "the configurator at work")
        accidents.kill_controller(run, agent)
    other = registrar.run(agent, state="absent")
    assert summary(other)[:2] == ("run_in_progress", False), other
    release(agent)
    second = registrar.modernized(agent, path)
    assert summary(second) == (None, True, ["adopt_run"]), second
    assert after(second)["running"] is True
    assert (len(starts(agent)), signals(agent), witness.leftovers(agent)) == (1, [], [])


def test_a_registration_that_dies_in_the_middle_is_taken_back(
    agent: Host, server: Endpoint, other_server: Endpoint, registrar: Registrar
) -> None:
    """Everything of it is killed while it moves; the next task puts the old registration back, then decides anew."""
    assert summary(registrar.classic(agent, server))[0] is None
    whole = on.state(agent)
    inject(agent, "configurator:hang=stopped")
    short = registrar.classic(agent, other_server, allow_move=True, timeout=5)
    assert summary(short)[0] == "still_running", short
    wait_for(lambda: "at=stopped" in agent.sh(f"cat {witness.RUNS}", check=False), "the configurator at work")
    agent.sh("systemctl kill --kill-whom=all --signal=KILL asr-mobility-run 2>/dev/null; true")
    withdraw(agent)
    assert on.configuration(agent)["Hostname"] == ""
    foreseen = registrar.classic(agent, server, "--check")
    assert summary(foreseen) == (None, True, ["collect_dead_run"]), foreseen
    back = registrar.classic(agent, server)
    assert summary(back)[0] is None, back
    assert summary(back) == (None, True, ["collect_dead_run", "register"])
    assert sorted(on.state(agent).splitlines()) == sorted(whole.splitlines())
    assert witness.daemons(agent) == {"svagents", "appservice"}
    assert witness.leftovers(agent) == []


# The whole run as a restart ends it, and the shell of the body with the program in it: only the second has a code.
KILLS = {
    "run_died": "systemctl kill --kill-whom=all --signal=KILL asr-mobility-run 2>/dev/null; true",
    "registration_failed": (
        "body=$(cut -d' ' -f1 /var/lib/asr-mobility/run/body); shell=$(pgrep -P $body); program=$(pgrep -P $shell); "
        "kill -STOP $program; kill -KILL $shell $program $(pgrep -P $program)"
    ),
}


def _kill_a_move(agent: Host, server: Endpoint, registrar: Registrar, kill: str) -> AnsibleRun:
    """Kill it on the host after it has left the old server, while its task follows it."""
    inject(agent, "configurator:hang=stopped")
    playbook = registrar.folder / "move.yml"
    playbook.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - asr.mobility.mobility_registration:\n"
        f"        stack: classic\n        configuration_server: {server.address}\n"
        "        passphrase: the right one\n        allow_move: true\n"
    )
    with accidents.running(str(playbook), registrar.inventory(agent), registrar.folder) as run:
        wait_for(lambda: "at=stopped" in agent.sh(f"cat {witness.RUNS}", check=False), "the configurator at work")
        agent.sh(kill)
        ended = run.wait()
    withdraw(agent)
    return ended


@pytest.mark.parametrize("reason", KILLS)
def test_a_move_that_is_killed_while_it_is_followed_is_taken_back_by_its_own_task(
    reason: str, agent: Host, server: Endpoint, other_server: Endpoint, registrar: Registrar
) -> None:
    assert summary(registrar.classic(agent, server))[0] is None
    whole = on.state(agent)
    killed = _kill_a_move(agent, other_server, registrar, KILLS[reason])
    assert summary(killed) == (reason, True, ["move"]), killed
    assert "was put back; the agent was started again" in str(result(killed)["found"])
    assert "may have forgotten this machine" in str(result(killed)["found"])
    assert sorted(on.state(agent).splitlines()) == on.forgotten(whole)
    assert witness.daemons(agent) == {"svagents", "appservice"}
    assert witness.leftovers(agent) == []
    assert summary(registrar.classic(agent, server)) == (None, True, ["register"])


def test_copies_that_cannot_be_put_back_are_kept_until_they_can(
    agent: Host, server: Endpoint, other_server: Endpoint, registrar: Registrar
) -> None:
    """Something lies in the way of one file: every task says so and removes nothing."""
    assert summary(registrar.classic(agent, server))[0] is None
    whole = on.state(agent)
    obstacle = f"rm -f {on.PRIVATE}; mkdir {on.PRIVATE}"
    killed = _kill_a_move(agent, other_server, registrar, f"{obstacle}; {KILLS['run_died']}")
    again = registrar.classic(agent, server)
    for run in (killed, again):
        assert summary(run)[0] == "registration_not_restored", run
        assert "/var/lib/asr-mobility/run/kept" in str(result(run)["remedy"])
        assert agent.exists("/var/lib/asr-mobility/run/kept/passphrase")
        assert witness.daemons(agent) == set()
    agent.sh(f"rmdir {on.PRIVATE}")
    assert summary(registrar.classic(agent, server)) == (None, True, ["collect_dead_run", "register"])
    assert sorted(on.state(agent).splitlines()) == sorted(whole.splitlines())
    assert witness.leftovers(agent) == []


def test_an_agent_of_which_nobody_knows_where_it_is_registered_is_not_taken_away(
    agent: Host, server: Endpoint, registrar: Registrar
) -> None:
    """An upgrade drops the status; without the appliance's file nothing on the host tells."""
    path = registrar.file(agent, server)
    assert summary(registrar.modernized(agent, path))[0] is None
    agent.sh(f"rm {on.VX}/etc/SourceConfig.json; sed -i /AGENT_CONFIGURATION_STATUS/d /usr/local/.vx_version")
    alive, whole = on.daemon_ids(agent), on.state(agent)
    refused = registrar.modernized(agent, path)
    assert summary(refused)[:2] == ("registered_elsewhere", False), refused
    assert "SourceConfig.json absent" in str(result(refused)["found"])
    inject(agent, "rcm:registersourceagent=2")
    failed = registrar.modernized(agent, path, allow_move=True)
    assert "was put back; the agent was started again" in str(result(failed)["found"]), failed
    assert on.state(agent) == whole
    withdraw(agent)
    assert summary(registrar.modernized(agent, path, allow_move=True)) == (None, True, ["register"])
    assert on.daemon_ids(agent) != alive


def test_refusals_that_need_no_server(lab_host: StartHost, registrar: Registrar) -> None:
    """Without an agent; with a machine that somebody else is."""
    bare = lab_host("debian:12")
    path = registrar.write(registration_files.config_file(bare.bios_id(), bare.name, ["192.0.2.1"]))
    assert summary(registrar.modernized(bare, path))[:2] == ("agent_missing", False)
    assert summary(registrar.run(bare, state="absent")) == (None, False, [])
    for wrong in (
        {},
        {"config_path": "/no/such/file"},
        {"stack": "classic", "passphrase": "x y z"},
        {"stack": "classic", "configuration_server": "-q", "passphrase": "x y z"},
        {"config_path": str(path), "endpoints": ["no port"]},
    ):
        assert summary(registrar.run(bare, **wrong))[0] == "invalid_argument", wrong
    assert witness.leftovers(bare) == []
