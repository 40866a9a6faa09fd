"""The hosts of a benchmark: start them, look at them from outside, bring them back to where they were, count bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lab import hosts, images
from lab.engine import podman
from lab.hosts import Host

T = TypeVar("T")

IMAGE = "debian:12"
AT_ONCE = 4
INTERFACE = "eth0"

PREPARE = "sed -i '/pam_systemd/d' /etc/pam.d/common-session"
"""No user manager for a login. In a container it is not told that its processes are gone, and a login that falls into
its end waits for two minutes; that has nothing to do with any contestant."""

RESET = (
    "[ ! -e /usr/local/ASR/uninstall.sh ] || /usr/local/ASR/uninstall.sh -Y </dev/null >/dev/null 2>&1; "
    "rm -rf /usr/local/ASR /usr/local/InMage /usr/local/.vx_version /tmp/MobSvc /root/.ansible /var/log/ua_* "
    "/var/log/asr-double-runs.log; [ ! -e /usr/local/.vx_version ]"
)
"""Uninstall with the installer's own script, then remove what it and the contestants leave; not part of any number."""

INSTALLED = (
    'grep -q "^BUILD_TAG=$1$" /usr/local/.vx_version && [ -x /usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh ] && '
    "systemctl is-enabled --quiet vxagent uarespawnd && "
    '[ "$(grep -c " end install .*rc=0" /var/log/asr-double-runs.log)" = 1 ] && '
    '[ -z "$(ls -d /var/tmp/bare.* /var/tmp/*.mobility /var/lib/asr-mobility /var/tmp/asr-mobility* 2>/dev/null)" ]'
)
"""One installation of this build, by one successful run of the installer, and no working folder left."""


class FleetError(RuntimeError):
    """A host is not in the state that a number would be about."""


@dataclass(frozen=True)
class Member:
    """A host and the process on this machine in whose network it lives."""

    host: Host
    pid: int

    def received(self) -> int:
        """Bytes that have reached the host's interface, protocol overhead included."""
        for line in Path(f"/proc/{self.pid}/net/dev").read_text(encoding="ascii").splitlines():
            name, _colon, numbers = line.partition(":")
            if name.strip() == INTERFACE:
                return int(numbers.split()[0])
        raise FleetError(f"{self.host.name} has no {INTERFACE}")


@dataclass(frozen=True)
class Fleet:
    """Hosts that are measured together."""

    members: Sequence[Member]

    @property
    def hosts(self) -> list[Host]:
        """The hosts alone."""
        return [member.host for member in self.members]

    def first(self, count: int) -> Fleet:
        """The same fleet, smaller."""
        return Fleet(self.members[:count])

    def received(self) -> list[int]:
        """Bytes that have reached each host."""
        return [member.received() for member in self.members]

    def reset(self) -> None:
        """No agent on any host.

        Raises:
            FleetError: an agent could not be removed.
        """
        self._require("still an agent on", RESET)

    def require_installed(self, build_tag: str) -> None:
        """Look at every host from outside, without ssh and without any contestant.

        Raises:
            FleetError: one has not exactly the installation that all contestants were asked for.
        """
        self._require("not installed as it should be", INSTALLED, build_tag)

    def _require(self, complaint: str, script: str, *words: str) -> None:
        def works(host: Host) -> bool:
            return host.exec("/bin/sh", "-c", script, "sh", *words, check=False).returncode == 0

        bad = [host.name for host, good in zip(self.hosts, _all(works, self.hosts), strict=True) if not good]
        if bad:
            raise FleetError(f"{complaint}: {', '.join(bad)}")


@contextmanager
def running(count: int) -> Iterator[Fleet]:
    """Start that many hosts for the length of a ``with`` block."""
    images.ensure([IMAGE])
    started: list[Host] = []
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for host in pool.map(lambda number: hosts.start(IMAGE, f"benchmark-{number}"), range(1, count + 1)):
                started.append(host)
        _all(lambda host: host.sh(PREPARE), started)
        yield Fleet([Member(host, _pid(host)) for host in started])
    finally:
        _all(Host.remove, started)


def _pid(host: Host) -> int:
    return int(podman("inspect", "--format", "{{.State.Pid}}", host.name).stdout)


def _all(do: Callable[[Host], T], members: Sequence[Host]) -> list[T]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, members))
