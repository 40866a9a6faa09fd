"""What Molecule's create, prepare and check steps call, so that its playbooks hold no logic of their own.

``python -m lab.scenario create|installers|remember|compare|destroy`` reads Molecule's platforms as JSON from standard
input and finds its folders in the environment variables Molecule sets.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import yaml

from lab import hosts, images, snapshot
from lab.engine import EngineError, podman

VERSION = "9.66.7567.1"
DATE = "20Sep2025"
TAGS: tuple[str, ...] = ("DEBIAN11-64", "DEBIAN12-64")
"""Every scenario gets the installers of all tags, so choosing the right one is part of what it proves."""

Platform = Mapping[str, str]


def _ephemeral() -> Path:
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def create(platforms: Sequence[Platform]) -> None:
    """Start every platform and write Molecule's file about how to reach each."""
    images.ensure([platform["image"] for platform in platforms])
    reached = [
        _reach(platform, hosts.start(platform["image"], platform["name"], exact_name=True)) for platform in platforms
    ]
    path = Path(os.environ["MOLECULE_INSTANCE_CONFIG"])
    path.write_text(yaml.safe_dump(reached, explicit_start=True), encoding="utf-8")


def _reach(platform: Platform, host: hosts.Host) -> dict[str, object]:
    if platform.get("connection") == "podman":
        return {
            "instance": host.name,
            "address": host.name,
            "user": "root",
            "connection": "containers.podman.podman",
        }
    return {
        "instance": host.name,
        "address": host.address,
        "user": "root",
        "port": host.ssh_port,
        "identity_file": str(hosts.ssh_key()),
        "connection": "ansible.builtin.ssh",
    }


def destroy(platforms: Sequence[Platform]) -> None:
    """Remove the platforms' containers; absent ones are no error."""
    podman("rm", "--force", "--ignore", "--time", "2", *(platform["name"] for platform in platforms))


def installers(_platforms: Sequence[Platform]) -> None:
    """Write the installer double's archives into the folder the scenario installs from."""
    for tag in TAGS:
        command = [sys.executable, "-m", "lab.installer_double", "--version", VERSION, "--tag", tag, "--date", DATE]
        subprocess.run([*command, "--output", str(_ephemeral() / "installers")], check=True, timeout=120)


def remember(platforms: Sequence[Platform]) -> None:
    """Keep a picture of every platform's file system for ``compare``."""
    pictures = {platform["name"]: hosts.attach(platform["name"]).filesystem_snapshot() for platform in platforms}
    (_ephemeral() / "pictures").write_bytes(pickle.dumps(pictures))


def compare(platforms: Sequence[Platform]) -> None:
    """Check that nothing changed since ``remember``.

    Raises:
        EngineError: something did; the text lists every path.
    """
    pictures = pickle.loads((_ephemeral() / "pictures").read_bytes())
    for platform in platforms:
        after = hosts.attach(platform["name"]).filesystem_snapshot()
        changes = snapshot.changes(pictures[platform["name"]], after)
        if changes:
            raise EngineError(f"{platform['name']} was changed:\n" + "\n".join(changes))


STEPS: dict[str, Callable[[Sequence[Platform]], None]] = {
    step.__name__: step for step in (create, installers, remember, compare, destroy)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step for the platforms on standard input."""
    parser = argparse.ArgumentParser(prog="python -m lab.scenario", description="One step of a Molecule scenario.")
    parser.add_argument("step", choices=STEPS)
    chosen = parser.parse_args(arguments)
    try:
        STEPS[chosen.step](json.load(sys.stdin))
    except EngineError as error:
        print(f"lab.scenario {chosen.step}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
