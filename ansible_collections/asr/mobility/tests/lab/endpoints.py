"""Addresses that take connections: stand-ins for a configuration server and for an appliance.

The double connects to where it is told to register, so a test decides on the network whether that works: ``open`` takes
connections, ``close`` lets them be refused, ``drop`` lets them run into their timeout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import hosts
from lab.hosts import Host

PORTS = (443, 9443)
"""443: configuration server and appliance; 9443: replication traffic to a process server."""

LISTENER = Path(__file__).with_name("listener.py")
PLACE = "/run/asr-lab/listener.py"


@dataclass(frozen=True)
class Endpoint:
    """A host that listens, and the address by which others reach it."""

    host: Host
    address: str

    def open(self, *ports: int) -> None:
        """Take connections on these ports from now on."""
        self._listen("open", ports)

    def drop(self, *ports: int) -> None:
        """Let connections to these ports run into their timeout from now on."""
        self._listen("drop", ports)

    def close(self, *ports: int) -> None:
        """Let connections to these ports be refused from now on."""
        for port in ports:
            self.host.sh(f"systemctl stop {_unit(port)} 2>/dev/null || ! systemctl is-active --quiet {_unit(port)}")

    def _listen(self, mode: str, ports: Sequence[int]) -> None:
        self.close(*ports)
        self.host.write_file(PLACE, LISTENER.read_text(encoding="utf-8"))
        for port in ports:
            self.host.exec(
                *("systemd-run", "--quiet", "--collect", f"--unit={_unit(port)}", "--service-type=notify"),
                *("/usr/bin/python3", PLACE, str(port), mode),
            )


def _unit(port: int) -> str:
    return f"asr-lab-listener-{port}.service"


def on(host: Host, address: str = "127.0.0.1", ports: Sequence[int] = PORTS) -> Endpoint:
    """Let a host (with Python) listen, by default for itself only."""
    endpoint = Endpoint(host, address)
    endpoint.open(*ports)
    return endpoint


@contextmanager
def serving(name: str = "server", ports: Sequence[int] = PORTS) -> Iterator[Endpoint]:
    """Start a host that listens on these ports for the length of a ``with`` block; the image ``debian:12`` is built."""
    with hosts.running("debian:12", name) as host:
        yield on(host, host.address, ports)
