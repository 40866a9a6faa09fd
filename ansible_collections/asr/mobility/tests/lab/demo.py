"""``make demo``: install the Mobility service double on a throw-away Debian host over SSH, twice, and show the proof.

Everything a user would type is shown before it is run; the proof is read from the host without the collection.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from lab import hosts, images, inventory
from lab.ansible_run import VENV, environment
from lab.engine import EngineError
from lab.places import ROOT

IMAGE = "debian:12"
INSTALLER = ("--version", "9.66.7567.1", "--tag", "DEBIAN12-64", "--date", "20Sep2025")
PLAYBOOK_TIMEOUT = 300

WITNESSES: tuple[tuple[str, str], ...] = (
    ("the version record", "cat /usr/local/.vx_version"),
    ("the units", "systemctl list-unit-files --no-legend --no-pager 'vx*' 'uarespawnd*' 'vCon*' 'involflt*'"),
    ("the kernel module (a lab stand-in)", "lsmod"),
    (
        "nothing left in staging or upload",
        "ls -d /var/lib/asr-mobility /var/tmp/asr-mobility* 2>/dev/null || echo none",
    ),
)
"""What it shows -> a command run in the host through podman, without Ansible and without the collection."""


class DemoError(RuntimeError):
    """A step of the demo did not do what it should; the text says which."""


def say(text: str) -> None:
    """Print a heading before what follows it."""
    print(f"\n### {text}", flush=True)


def play(*arguments: str) -> None:
    """Run ansible-playbook at the root of the repository with its output on the screen.

    Raises:
        DemoError: it ended with another exit code than 0.
    """
    command = ["ansible-playbook", *arguments]
    print(f"$ {shlex.join(command)}", flush=True)
    done = subprocess.run(
        [str(VENV / "bin" / command[0]), *arguments],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        timeout=PLAYBOOK_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise DemoError(f"{shlex.join(command)} ended with {done.returncode}")


def make_installer(folder: Path) -> None:
    """Write one archive of the installer double into a folder."""
    command = [sys.executable, "-m", "lab.installer_double", *INSTALLER, "--output", str(folder)]
    subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL)


def show_proof(host: hosts.Host) -> None:
    """Show the traces of the installation on the host.

    Raises:
        EngineError: the version record is missing.
    """
    for what, command in WITNESSES:
        print(f"--- {what}: {command}")
        print(host.sh(command).rstrip(), flush=True)


def installation(host: hosts.Host) -> str:
    """Return what a second run must not change: the record with its timestamp, and when each file was last written."""
    return host.sh(
        "cat /usr/local/.vx_version; find /usr/local /etc /lib/modules -xdev -type f -printf '%p %T@\\n' | sort"
    )


def run(folder: Path) -> None:
    """Play the demo in a temporary folder."""
    say("An installer archive of the lab's double (Microsoft's own is named and used alike)")
    make_installer(folder / "installers")
    say(f"A throw-away host: {images.IMAGES[IMAGE].about}, systemd as process 1, sshd")
    with hosts.running(IMAGE, "demo") as host:
        print(f"{host.name} at {host.address}", flush=True)
        hostfile = str(inventory.for_hosts(folder / "inventory.yml", [host]))
        chosen = json.dumps({"asr_mobility_installer_path": str(folder / "installers")})
        say("Install")
        play("-i", hostfile, "install-mobility.yml", "-e", chosen)
        say("What the host says")
        show_proof(host)
        before = installation(host)
        say("The same again: nothing to do")
        play("-i", hostfile, "install-mobility.yml", "-e", chosen)
        if installation(host) != before:
            raise DemoError("the second run changed the host")
        print("--- no file below /usr/local, /etc or /lib/modules was written by the second run")
        say("The status of the fleet")
        play("-i", hostfile, "mobility-status.yml")
    say("The host is removed")


def main() -> int:
    """Play the demo and return its exit code."""
    try:
        images.ensure([IMAGE])
        with tempfile.TemporaryDirectory(prefix="asr-mobility-demo-") as folder:
            run(Path(folder))
    except (DemoError, EngineError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
