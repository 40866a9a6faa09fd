"""Register an agent of the double as a person would do it on the host, without the collection, and look at it."""

from __future__ import annotations

from dataclasses import dataclass

from lab import witness
from lab.hosts import Host
from lab.injection import FAULTS
from lab.registration_files import config_file

VX = "/usr/local/ASR/Vx"
CONFIGURATOR = f"{VX}/bin/UnifiedAgentConfigurator.sh"
STACKS = {"CSPrime": "modernized", "CSLegacy": "classic"}
_PART = "=====\n"


def register(host: Host, stack: str, server: str) -> None:
    """Register at a server that listens (``lab.endpoints``).

    Raises:
        EngineError: it did not work.
    """
    if stack == "modernized":
        host.write_file("/root/source.json", config_file(host.bios_id(), host.name, [server]).decode())
        host.sh(f"{CONFIGURATOR} -c CSPrime -q -S /root/source.json")
    else:
        host.sh(f"echo lab-only > /root/passphrase && {CONFIGURATOR} -i {server} -P /root/passphrase -c CSLegacy")
    host.sh("rm -f /root/source.json /root/passphrase")


@dataclass(frozen=True)
class Look:
    """What a host shows of its agent and of us; read from files and processes only.

    version: of the record, empty without one. tree: whether there is a program tree.
    """

    leftovers: tuple[str, ...]
    version: str
    tree: bool
    host_id: str
    stack: str
    daemons: frozenset[str]
    signals: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Both daemons."""
        return self.daemons == {"svagents", "appservice"}


def look(host: Host) -> Look:
    """Look at a host in one execution: there are many hosts."""
    conf = f"{VX}/etc/drscout.conf"
    separator = "echo =====;"
    text = (
        f"{witness.LEFTOVERS} {separator} sed -n 's/^VERSION=//p' {witness.RECORD} 2>/dev/null; {separator} "
        f"ls -d {VX}/bin 2>/dev/null; {separator} sed -n 's/^HostId *= *//p' {conf} 2>/dev/null; {separator} "
        f"sed -n 's/^CSType *= *//p' {conf} 2>/dev/null; {separator} "
        f"cat /proc/[0-9]*/comm 2>/dev/null | grep -xE 'svagents|appservice' | sort -u; {separator} "
        f"grep ' signal ' {witness.RUNS}; true\n"
    )
    said = host.exec("/bin/sh", "-s", stdin=text.encode()).stdout.decode(errors="replace")
    left, version, tree, host_id, stack, daemons, signals = said.split(_PART)
    return Look(
        leftovers=tuple(left.split("\n")[:-1]),
        version=version.strip(),
        tree=bool(tree.strip()),
        host_id=host_id.strip(),
        stack=STACKS.get(stack.strip(), stack.strip()),
        daemons=frozenset(daemons.split()),
        signals=tuple(signals.splitlines()),
    )


def without_faults(host: Host) -> Look:
    """Let the double behave again, and look."""
    host.sh(f"rm -f {FAULTS}")
    return look(host)
