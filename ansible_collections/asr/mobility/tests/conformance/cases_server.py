"""The other end of a registration: who takes the connection, whose file it is, and how an agent takes its leave.

What makes a source configuration acceptable is read in Microsoft's headers (AgentConfig.h, RcmProxyDetails.h).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from conformance.bench import PASSPHRASE_FILE, PRIME, SERVER, Bench, State
from conformance.case import Needs, case
from lab import registration_files

KEPT = "/usr/local/ASR/Vx/etc/SourceConfig.json"
FILE = "/var/tmp/asr.source.json"
BUSY = "mkdir -p /run/asr-lab; : >/run/asr-lab/module-busy"


def own_file(bench: Bench, change: Callable[[str], str] = str) -> bytes:
    """The file of this host, with its BIOS id written in another way."""
    return registration_files.config_file(change(bench.host.bios_id()), bench.host.name, [SERVER])


def offered(bench: Bench, content: bytes) -> tuple[int, State]:
    """Register with a file of this content; return the exit code and what is left."""
    bench.host.exec("/bin/sh", "-c", f"cat >{FILE}", stdin=content)
    code = bench.register_prime(file=FILE).code
    return code, bench.state()


@case("server.closed-port-14", needs=Needs.REGISTRATION)
def closed_classic(bench: Bench) -> None:
    """Where nobody listens a classic registration ends 14 and leaves no status; where somebody does, 0."""
    bench.installed()
    bench.server.close(443)
    try:
        assert bench.register_classic().code == 14
        assert bench.state().status is None
    finally:
        bench.server.open(443)
    assert bench.register_classic().code == 0


@case("server.closed-port-97", needs=Needs.REGISTRATION)
def closed_prime(bench: Bench) -> None:
    """Where no appliance listens a modernized registration ends 97: not registered, no status, agent stopped."""
    bench.installed(*PRIME)
    bench.server.close(443)
    try:
        assert bench.register_prime().code == 97
    finally:
        bench.server.open(443)
    state = bench.state()
    assert (state.status, state.conf["CSType"], state.running) == (None, "CSLegacy", False)
    assert bench.exists(KEPT) == []


@case("server.other-passphrase-14", needs=Needs.FAULTS)
def other_passphrase(bench: Bench) -> None:
    """A passphrase that is not the server's ends 14; the end of its line does not count."""
    bench.installed()
    own = bench.host.read_file(PASSPHRASE_FILE).strip()
    for passphrase, code in (("another", 14), (own, 0)):
        bench.inject(f"cs:passphrase-sha256={hashlib.sha256(passphrase.encode()).hexdigest()}")
        assert bench.register_classic().code == code


@case("source-config.of-another-host-97", traps=("foreign-config-refused",), needs=Needs.REGISTRATION)
def of_another_host(bench: Bench) -> None:
    """The file of a host with another BIOS id ends 97 and is not kept (read)."""
    bench.installed(*PRIME)
    code, state = offered(bench, registration_files.of_another_host(bench.host.bios_id(), bench.host.name, [SERVER]))
    assert (code, state.status, state.running) == (97, None, False)
    assert "BIOS id" in state.errors
    assert bench.exists(KEPT) == []


@case("source-config.bios-id-in-other-forms", traps=("swapped-id-accepted",), needs=Needs.REGISTRATION)
def other_forms(bench: Bench) -> None:
    """The BIOS id counts in capitals, and with the bytes of its first three groups reversed (read)."""
    bench.installed(*PRIME)
    for form in (str.upper, registration_files.swapped):
        assert offered(bench, own_file(bench, form))[0] == 0, form


@case("source-config.spoiled-97", needs=Needs.REGISTRATION)
def spoiled(bench: Bench) -> None:
    """A file that is not JSON, cut off, empty, behind a byte order mark, or with an expired certificate ends 97.

    What a byte order mark does is the double's own choice: nothing is known about it.
    """
    bench.installed(*PRIME)
    bench.inject("time:wait=0")
    files = {name: damage(own_file(bench)) for name, damage in registration_files.SPOILED.items()}
    files["expired"] = registration_files.expired(bench.host.bios_id(), bench.host.name, [SERVER])
    for name, content in files.items():
        assert offered(bench, content)[0] == 97, name
    assert bench.exists(KEPT) == []


def leave_taking(bench: Bench) -> list[str]:
    """What the record says of the removal and of taking leave, in order."""
    return [
        f"{event} {detail}" if program == "unregister" else f"{event} {program}"
        for event, program, detail in bench.recorded()
        if program in ("uninstall", "unregister", "configurator")
    ]


@case("leave.classic", needs=Needs.REGISTRATION)
def leave_classic(bench: Bench) -> None:
    """The removal of a classic agent tells the server by unregagent Vx Y (read)."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.uninstall("-Y").code == 0
    order = ["start uninstall", "start unregagent Vx Y", "end rc=0", "end uninstall"]
    assert leave_taking(bench)[-4:] == order


@case("leave.modernized", needs=Needs.REGISTRATION)
def leave_prime(bench: Bench) -> None:
    """The removal of a modernized agent takes off the source agent, then the machine, with three tries each (read)."""
    bench.installed(*PRIME)
    assert bench.register_prime().code == 0
    bench.inject("rcm:unregistermachine=2")
    assert bench.uninstall("-Y").code == 0
    source, machine = "start AzureRcmCli unregistersourceagent", "start AzureRcmCli unregistermachine"
    order = ["start uninstall", source, "end rc=0", *[machine, "end rc=2"] * 3, "end uninstall"]
    assert leave_taking(bench)[-len(order) :] == order


@case("leave.not-with-a-busy-driver", needs=Needs.REGISTRATION)
def busy_stays_registered(bench: Bench) -> None:
    """A removal that stops at a busy driver has not told the server; finished later, it does (read)."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.uninstall("-Y", before=BUSY).code == 0
    assert leave_taking(bench)[-2:] == ["start uninstall", "end uninstall"]
    finish = f"{bench.extract()}/uninstall.sh"
    assert bench.uninstall("-Y", before="rm /run/asr-lab/module-busy", call=finish).code == 0
    assert "start unregagent Vx Y" in leave_taking(bench)


@case("leave.unconfigured", needs=Needs.REGISTRATION)
def leave_unconfigured(bench: Bench) -> None:
    """Unconfigure takes the agent off the appliance and leaves it installed."""
    bench.installed(*PRIME)
    assert bench.register_prime().code == 0
    assert bench.configure("-q", "-c", "CSPrime", "-U", "true").code == 0
    source, machine = "start AzureRcmCli unregistersourceagent", "start AzureRcmCli unregistermachine"
    order = ["start configurator", source, "end rc=0", machine, "end rc=0", "end configurator"]
    assert leave_taking(bench)[-len(order) :] == order
    assert bench.state().installed
