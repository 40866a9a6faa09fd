"""Start and use throw-away hosts: containers with an init as process 1 and an ssh server that answers.

``python -m lab.hosts`` removes the hosts of test runs that were killed before they could.
"""

from __future__ import annotations

import functools
import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import images, snapshot
from lab.engine import LABEL, EngineError, podman
from lab.places import cache

RUN = secrets.token_hex(3)
"""Suffix of every host name of this process: two test runs on one machine never meet."""

OWNER_LABEL = f"{LABEL}.owner"
"""Process id and start time of the test run a host belongs to; Molecule's hosts outlive processes and have none."""

BIOS_ID_VARIABLE = "ASR_LAB_BIOS_ID"
"""Environment of a host's process 1 that names its BIOS id; the boot (recipes/kernel/asr-lab-kernel) shows it.

A container shows the BIOS id of its machine, so all hosts would have one id, or none where the machine has no firmware
table. It therefore gets an empty file system over /sys/class, which the boot fills: the id at /sys/class/dmi/id/
product_uuid, root's only as on a real machine, and links to the kernel's other classes. Restarting keeps the id.
"""

COVER_OF_CLASSES = "type=tmpfs,destination=/sys/class,notmpcopyup,tmpfs-mode=755,tmpfs-size=65536"

SSH_PORT = 22
BOOT_TIMEOUT = 120.0
"""Seconds for init and sshd; a second is usual, a machine with forty hosts at work takes much longer."""

INSTALL_KEY = (
    "set -e; key=$(cat); "
    'for home in /root /home/*; do [ -d "$home" ] || continue; mkdir -p "$home/.ssh"; '
    'printf "%s\\n" "$key" > "$home/.ssh/authorized_keys"; '
    'chmod 700 "$home/.ssh"; chmod 600 "$home/.ssh/authorized_keys"; '
    'chown -R --reference="$home" "$home/.ssh"; done'
)


@functools.cache
def ssh_key() -> Path:
    """Return the private key of the lab, made once for each cache; its public half opens every lab account."""
    key = cache() / "ssh_key"
    if not key.is_file():
        part = cache() / f"ssh_key.{RUN}"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", LABEL, "-f", str(part)]
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
        part.with_name(f"{part.name}.pub").replace(cache() / "ssh_key.pub")
        part.replace(key)
    return key


@dataclass(frozen=True)
class Host:
    """One running container of the lab.

    Attributes:
        name: the container's name, unique on the machine.
        address: its address on the bridge, reachable from the controller; empty on other networks.
        ssh_port: the port sshd listens on.
    """

    name: str
    address: str
    ssh_port: int = SSH_PORT

    def exec(
        self, *command: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True, user: str = "root"
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command in the host without any shell of ours between, and without ssh.

        Raises:
            EngineError: exit code other than 0 (with ``check``), or no end within ``timeout`` seconds.
        """
        interactive = () if stdin is None else ("--interactive",)
        return podman(
            "exec", *interactive, "--user", user, self.name, *command, stdin=stdin, timeout=timeout, check=check
        )

    def sh(self, script: str, *, timeout: float = 120, check: bool = True) -> str:
        """Run a shell text as root and return its standard output."""
        return self.exec("/bin/sh", "-c", script, timeout=timeout, check=check).stdout.decode(errors="replace")

    def read_file(self, path: str) -> str:
        """Return the text of a file.

        Raises:
            EngineError: the file is absent or unreadable.
        """
        return self.exec("cat", path).stdout.decode(errors="replace")

    def write_file(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a text file as root, making its folder."""
        place, quoted = shlex.quote(path), shlex.quote(str(Path(path).parent))
        self.exec("/bin/sh", "-c", f"mkdir -p {quoted} && cat > {place} && chmod {mode:o} {place}", stdin=text.encode())

    def bios_id(self) -> str:
        """Return the BIOS id as the host's kernel shows it; empty on a host without a firmware table."""
        return self.sh("cat /sys/class/dmi/id/product_uuid 2>/dev/null", check=False).strip()

    def restart(self, timeout: float = BOOT_TIMEOUT) -> Host:
        """Boot the host again, as far as a container can: /run and what was loaded is gone, files stay.

        Returns the host, for it may come up with another address.
        """
        podman("restart", "--time", "5", self.name)
        network = "podman" if self.address else "none"
        return _booted(self.name, network, time.monotonic() + timeout)

    def exists(self, path: str) -> bool:
        """Tell whether something is at that path; a dangling link counts."""
        return self.exec("/bin/sh", "-c", '[ -e "$1" ] || [ -h "$1" ]', "sh", path, check=False).returncode == 0

    def copy_in(self, source: Path, destination: str, *, timeout: float = 300) -> None:
        """Copy a file or folder of the controller into the host."""
        podman("cp", str(source), f"{self.name}:{destination}", timeout=timeout)

    def filesystem_snapshot(self) -> dict[str, snapshot.Entry]:
        """Return every file of the host that should stay as it is; compare two with ``lab.snapshot.changes``."""
        return snapshot.take(self.exec)

    def remove(self) -> None:
        """Remove the container; it is no error when it is gone already.

        On a very busy machine podman may find the container stopped between two of its own steps, so it is asked twice.
        """
        command = ("rm", "--force", "--ignore", "--time", "2", self.name)
        if podman(*command, check=False).returncode != 0:
            time.sleep(2)
            podman(*command)

    def ssh_command(self, user: str = "root") -> list[str]:
        """Return the beginning of an ssh command line that opens a session of ``user``."""
        options = (
            *("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"),
            *("IdentitiesOnly=yes", "ConnectTimeout=10"),
        )
        flags = [part for option in options for part in ("-o", option)]
        return ["ssh", "-p", str(self.ssh_port), "-i", str(ssh_key()), *flags, f"{user}@{self.address}"]


def start(
    image: str,
    name: str,
    *,
    network: str = "podman",
    options: Sequence[str] = (),
    bios_id: str | None = None,
    exact_name: bool = False,
    timeout: float = BOOT_TIMEOUT,
) -> Host:
    """Start a host and wait until it is up and, on a network, sshd answers.

    Args:
        image: a name of ``lab.images.PUBLIC``, for example ``debian:12``; it must have been built.
        name: what to call it; the run's suffix is appended unless ``exact_name``.
        network: podman network; ``none`` gives a host that only podman can reach.
        options: further options for ``podman run``, for example ``--tmpfs=/opt:size=20m``.
        bios_id: what the host shows as its BIOS id, the same for life; a random one when None, and with "" the host
            shows what its machine shows, which may be none.
        exact_name: use the name as it is (Molecule's platforms are named in its configuration).
        timeout: seconds to wait for the boot.

    Raises:
        EngineError: no such image, or the host did not come up; nothing is left behind.
    """
    wanted = name if exact_name else f"{name}-{RUN}"
    try:
        podman(
            *("run", "--detach", "--replace", "--name", wanted, "--hostname", wanted, "--label", f"{LABEL}=1"),
            *("--label", f"{OWNER_LABEL}={'' if exact_name else _owner()}"),
            *("--network", network, "--pull=never", *_firmware(bios_id), *options, images.reference(image)),
        )
        return _booted(wanted, network, time.monotonic() + timeout)
    except BaseException:
        podman("rm", "--force", "--ignore", "--time", "1", wanted)
        raise


def _firmware(bios_id: str | None) -> tuple[str, ...]:
    shown = str(uuid.uuid4()) if bios_id is None else bios_id
    return (f"--env={BIOS_ID_VARIABLE}={shown}", f"--mount={COVER_OF_CLASSES}") if shown else ()


def _booted(name: str, network: str, deadline: float) -> Host:
    host = Host(name, _address(name) if network != "none" else "")
    _wait(f"the boot of {name}", lambda: _is_up(host), deadline)
    host.exec("/bin/sh", "-c", INSTALL_KEY, stdin=ssh_key().with_suffix(".pub").read_bytes())
    if host.address:
        _wait(f"sshd of {name}", lambda: _sshd_answers(host), deadline)
    return host


def _address(name: str) -> str:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}{{.NetworkSettings.IPAddress}}"
    words = podman("inspect", "--format", template, name).stdout.decode().split()
    return words[0] if words else ""


BOOT_STATE = (
    "if command -v systemctl >/dev/null; then exec systemctl is-system-running --wait; fi; cat /run/asr-lab/booted"
)
"""Prints how the boot stands; a host without systemd leaves the word behind that systemd would say."""


def _is_up(host: Host) -> bool:
    """Tell whether the boot has ended well.

    Raises:
        EngineError: a unit failed during the boot.
    """
    state = host.exec("/bin/sh", "-c", BOOT_STATE, check=False).stdout.decode().strip()
    if state == "degraded":
        raise EngineError(
            f"a unit failed in {host.name}: {host.sh('systemctl --failed --no-legend --plain', check=False)}"
        )
    return state == "running"


def _sshd_answers(host: Host) -> bool:
    try:
        with socket.create_connection((host.address, host.ssh_port), timeout=2) as connection:
            connection.settimeout(5)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _wait(what: str, ready: Callable[[], bool], deadline: float) -> None:
    while not ready():
        if time.monotonic() > deadline:
            raise EngineError(f"{what} is not up in time")
        time.sleep(0.1)


@contextmanager
def running(
    image: str, name: str, *, network: str = "podman", options: Sequence[str] = (), bios_id: str | None = None
) -> Iterator[Host]:
    """Start a host for the length of a ``with`` block and remove it after."""
    host = start(image, name, network=network, options=options, bios_id=bios_id)
    try:
        yield host
    finally:
        host.remove()


def attach(name: str) -> Host:
    """Return a host that already runs under exactly this name (Molecule's verify step uses it).

    Raises:
        EngineError: no such container.
    """
    return Host(name, _address(name))


def _owner() -> str:
    return f"{os.getpid()}-{_start_time(os.getpid())}"


def _start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty when there is none."""
    try:
        # Field 22, counted after the name, which stands in brackets and may hold blanks.
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2].split()[19]
    except OSError:
        return ""


def orphans() -> list[str]:
    """Return the names of hosts whose test run is gone."""
    form = f'{{{{.Names}}}} {{{{index .Labels "{OWNER_LABEL}"}}}}'
    lines = podman("ps", "--all", "--filter", f"label={OWNER_LABEL}", "--format", form).stdout.decode().splitlines()
    owned = (line.split() for line in lines if len(line.split()) == 2)
    return [name for name, owner in owned if _start_time(int(owner.split("-")[0])) != owner.split("-")[1]]


def main() -> int:
    """Remove the hosts of test runs that are gone."""
    for name in orphans():
        print(f"    removing a host of an ended test run: {name}", flush=True)
        _remove_stubborn(name)
    return 0


def _remove_stubborn(name: str) -> None:
    """Podman may complain about a host that ends by itself meanwhile; what is left then only costs memory."""
    for _attempt in range(2):
        if podman("rm", "--force", "--ignore", "--time", "2", name, check=False).returncode == 0:
            return
    print(f"    {name} could not be removed; `podman rm --force {name}` does it later", flush=True)


if __name__ == "__main__":
    sys.exit(main())
