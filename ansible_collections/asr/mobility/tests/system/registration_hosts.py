"""Hosts with an installed agent, the servers they register with, and the module that registers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import inventory, registration_files, witness
from lab.ansible_run import VENV, AnsibleRun, run_tasks
from lab.endpoints import Endpoint
from lab.hosts import Host

MODULE = "asr.mobility.mobility_registration"
PASSPHRASE = "r1ght Passphrase'$\"é"
PLACE = "/root/installer"
VX = "/usr/local/ASR/Vx"
PRIVATE = "/usr/local/InMage/private/connection.passphrase"
CONFIGURATOR = "configurator"

INSTALL = (
    f"rm -rf {PLACE}/run && mkdir -p {PLACE}/run && cd {PLACE}/run && tar -xf {PLACE}/archive && "
    "./install -q -r MS -v VmWare -c {stack} -a Install >/dev/null 2>&1 </dev/null; code=$?; rm -rf {place}; "
    "[ $code = 0 ] || [ $code = 98 ]"
)
# What a person sees of a registration on the host itself; the hash tells whether the passphrase was replaced.
STATE = (
    f"grep -E '^(HostId|Hostname|Port|CSType|IsCredentialLessDiscovery|ExternalIpAddress) *=' {VX}/etc/drscout.conf; "
    f"cat /usr/local/.vx_version {VX}/etc/SourceConfig.json 2>/dev/null; sha256sum {PRIVATE} 2>/dev/null; true"
)


def install_agent(host: Host, archive: Path, stack: str = "CSPrime") -> Host:
    """Install the agent as a person would, without the collection."""
    host.sh(f"mkdir -p {PLACE}")
    host.copy_in(archive, f"{PLACE}/archive")
    host.sh(INSTALL.format(stack=stack, place=PLACE))
    return host


def configuration(host: Host) -> dict[str, str]:
    """The keys of the agent's own configuration file."""
    lines = host.read_file(f"{VX}/etc/drscout.conf").splitlines()
    return {key.strip(): value.strip() for key, sign, value in (line.partition("=") for line in lines) if sign}


def state(host: Host) -> str:
    """Everything a registration leaves, as one text to be compared."""
    return host.sh(STATE)


def forgotten(seen: str) -> list[str]:
    """The lines of a state as a failed move leaves it once the old side was told: the record says that it failed."""
    return sorted(
        seen.replace("AGENT_CONFIGURATION_STATUS=Succeeded", "AGENT_CONFIGURATION_STATUS=Failed").splitlines()
    )


def daemon_ids(host: Host) -> set[str]:
    """The process ids of the daemons, to see whether they were started anew."""
    return set(host.sh("pgrep -x 'svagents.*|appservice' || true").split())


def starts(host: Host) -> list[list[str]]:
    """The arguments of every start of the configurator."""
    return witness.starts(host, CONFIGURATOR)


@dataclass
class Registrar:
    """Runs the module on a host."""

    folder: Path
    number: int = 0
    venv: Path = VENV

    def file(self, host: Host, server: Endpoint | str, **changes: object) -> Path:
        """The configuration file that the appliance at a server makes for a host, on the controller."""
        make: Callable[..., bytes] = registration_files.config_file
        address = server if isinstance(server, str) else server.address
        return self.write(make(host.bios_id(), host.name, [address], **changes))

    def write(self, content: bytes) -> Path:
        """A file of the controller."""
        self.number += 1
        path = self.folder / f"file-{self.number}"
        path.write_bytes(content)
        return path

    def inventory(self, host: Host) -> Path:
        """An inventory with one host."""
        return inventory.for_hosts(self.folder / f"{host.name}.yml", [host])

    def run(self, host: Host, *arguments: str, **options: object) -> AnsibleRun:
        """One task of the module."""
        return run_tasks(self.folder, [{MODULE: options}], self.inventory(host), arguments=arguments, venv=self.venv)

    def modernized(self, host: Host, path: Path, *arguments: str, **options: object) -> AnsibleRun:
        """Register by a file of the controller."""
        return self.run(host, *arguments, config_path=str(path), **options)

    def classic(self, host: Host, server: Endpoint, *arguments: str, **options: object) -> AnsibleRun:
        """Register with a configuration server."""
        given = options if "passphrase_file" in options else {"passphrase": PASSPHRASE, **options}
        return self.run(host, *arguments, stack="classic", configuration_server=server.address, **given)


def result(run: AnsibleRun) -> Mapping[str, object]:
    """The module's only result."""
    return run.only(MODULE).result


def after(run: AnsibleRun) -> dict[str, object]:
    """The agent after the run."""
    found = result(run)["after"]
    assert isinstance(found, dict), run
    return found


def summary(run: AnsibleRun) -> tuple[object, ...]:
    """Reason, change and steps, in one value to compare."""
    found = result(run)
    return found.get("reason"), found.get("changed"), found.get("steps")


def executions(run: AnsibleRun, host: Host) -> tuple[int, int]:
    """How often a run with -vvv used the connection, and how often it put a file."""
    use = witness.connection_use(run, host.address)
    return use.executions, use.puts
