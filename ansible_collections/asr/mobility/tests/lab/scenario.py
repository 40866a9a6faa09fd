"""What Molecule's create, prepare and check steps call, so that its playbooks hold no logic of their own.

``python -m lab.scenario create|installers|remember|compare|destroy`` reads Molecule's platforms as JSON from standard
input and finds its folders in the environment variables Molecule sets.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from lab import endpoints, hosts, images, snapshot
from lab.engine import EngineError
from lab.installer_double import DoubleSpec, build
from lab.kernel_lists import kernel_lists
from lab.registration_files import config_file
from lab.releases import TAGS

DATES = {"9.62.7172.1": "20Sep2024", "9.66.7567.1": "20Sep2025"}
"""Versions and their dates: the life cycle installs the older one and upgrades to the newer."""

SERVER = "debian:12"
"""Image of one host more, which takes the registrations of all the others."""

AT_ONCE = 4
"""Hosts that are started side by side."""

Platform = Mapping[str, str]


def _ephemeral() -> Path:
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def create(platforms: Sequence[Platform]) -> None:
    """Start every platform and the server; write how to reach each (for Molecule) and what registering needs."""
    images.ensure([SERVER, *(platform["image"] for platform in platforms)])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = list(pool.map(_start, platforms))
    reached = [_reach(platform, host) for platform, host in zip(platforms, started, strict=True)]
    path = Path(os.environ["MOLECULE_INSTANCE_CONFIG"])
    path.write_text(yaml.safe_dump(reached, explicit_start=True), encoding="utf-8")
    _let_register(started, hosts.start(SERVER, _server_name(platforms), exact_name=True))


def _start(platform: Platform) -> hosts.Host:
    return hosts.start(platform["image"], platform["name"], exact_name=True)


def _server_name(platforms: Sequence[Platform]) -> str:
    return f"{platforms[0]['name']}-server"


def _let_register(started: Sequence[hosts.Host], server: hosts.Host) -> None:
    """A file with the server's address, and for each host the file that an appliance would make for it."""
    endpoints.on(server)
    (_ephemeral() / "server").write_text(server.address, encoding="utf-8")
    folder = _ephemeral() / "config"
    folder.mkdir(exist_ok=True)
    for host in started:
        (folder / f"{host.name}.json").write_bytes(config_file(host.bios_id(), host.name, [server.address]))


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
        "user": platform.get("user", "root"),
        "port": host.ssh_port,
        "identity_file": str(hosts.ssh_key()),
        "connection": "ansible.builtin.ssh",
    }


def destroy(platforms: Sequence[Platform]) -> None:
    """Remove the platforms' containers; absent ones are no error."""
    for name in (_server_name(platforms), *(platform["name"] for platform in platforms)):
        hosts.Host(name, address="").remove()


def installers(_platforms: Sequence[Platform]) -> None:
    """Write the installer double's archives into the folder the scenario installs from, and name the kernel lists.

    Every scenario gets those of all tags, so choosing the right one is part of what it proves.
    """
    for (version, date), tag in itertools.product(DATES.items(), sorted(set(TAGS.values()))):
        build(DoubleSpec(version, tag, date, compression=_compression(tag)), _ephemeral() / "installers")
    (_ephemeral() / "kernel_lists").write_text(str(kernel_lists()), encoding="utf-8")


def _compression(tag: str) -> str:
    """Ubuntu's archives are xz streams, although they are called .tar.gz."""
    return "xz" if tag.startswith("UBUNTU") else "gz"


def remember(platforms: Sequence[Platform]) -> None:
    """Keep a picture of every platform's file system for ``compare``."""
    (_ephemeral() / "pictures").write_bytes(pickle.dumps(_pictures(platforms)))


def compare(platforms: Sequence[Platform]) -> None:
    """Check that nothing changed since ``remember``.

    Raises:
        EngineError: something did; the text lists every path.
    """
    before, after = pickle.loads((_ephemeral() / "pictures").read_bytes()), _pictures(platforms)
    for name, picture in after.items():
        changes = snapshot.changes(before[name], picture)
        if changes:
            raise EngineError(f"{name} was changed:\n" + "\n".join(changes))


def _pictures(platforms: Sequence[Platform]) -> dict[str, dict[str, snapshot.Entry]]:
    names = [platform["name"] for platform in platforms]
    with ThreadPoolExecutor(len(names)) as pool:
        taken = list(pool.map(lambda name: hosts.attach(name).filesystem_snapshot(), names))
    return dict(zip(names, taken, strict=True))


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
