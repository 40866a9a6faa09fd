"""Who is measured: what each one runs on a fleet, as data. Every one installs the same archive in the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fleet import Fleet
from lab import inventory
from lab.ansible_run import VENV
from lab.hosts import Host
from lab.places import ROOT

HERE = Path(__file__).parent
FRESH, RERUN = "fresh", "rerun"
AS_USUAL: Mapping[str, object] = {"ansible_connection": "ssh", "ansible_python_interpreter": "/usr/bin/python3"}
"""For everybody: Ansible's default connection under its default name, and no search for Python, which costs a task."""


@dataclass(frozen=True)
class Job:
    """What all contestants get.

    archive: what everybody installs. build_tag: what a host must show then. url: where a target gets the archive.
    folder: private to one run. connection: variables of each host on top of those for ssh.
    """

    fleet: Fleet
    archive: Path
    build_tag: str
    url: str
    folder: Path
    connection: Mapping[str, object] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The checksum of the archive."""
        return hashlib.sha256(self.archive.read_bytes()).hexdigest()

    @property
    def forks(self) -> int:
        """Every host at once."""
        return len(self.fleet.hosts)


@dataclass(frozen=True)
class Contestant:
    """name: for the table and the command line. command: what to run. modes: what it can do at all."""

    name: str
    about: str
    command: Callable[[Job, str], list[str]]
    modes: tuple[str, ...] = (FRESH, RERUN)
    ansible: bool = True


def _bare(job: Job, mode: str) -> list[str]:
    """The checksum and the build are filled into the command; the archive goes over standard input."""
    text = (HERE / "shell" / ("bare_install.sh" if mode == FRESH else "bare_check.sh")).read_text(encoding="utf-8")
    command = text.replace("@SHA256@", job.sha256).replace("@BUILD_TAG@", job.build_tag)
    given = str(job.archive) if mode == FRESH else "/dev/null"
    addresses = " ".join(host.address for host in job.fleet.hosts)
    program = str(HERE / "shell" / "parallel_ssh.sh")
    return [program, str(job.forks), given, command, addresses, *ssh_options(job.fleet.hosts[0])]


def ssh_options(host: Host) -> list[str]:
    """The ssh command without its last word: the same options for every host."""
    return host.ssh_command()[:-1]


def _play(name: str, **variables: str) -> Callable[[Job, str], list[str]]:
    def command(job: Job, _mode: str) -> list[str]:
        values = {name: text.format(url=job.url, archive=job.archive) for name, text in variables.items()}
        return _ansible_playbook(job, str(ROOT / name), values)

    return command


def _ansible_playbook(job: Job, playbook: str, variables: Mapping[str, str]) -> list[str]:
    given = {
        "benchmark_archive": str(job.archive),
        "benchmark_sha256": job.sha256,
        "benchmark_build_tag": job.build_tag,
        **variables,
    }
    reached = {host.name: {**inventory.ssh(host), **AS_USUAL, **job.connection} for host in job.fleet.hosts}
    written = inventory.write(job.folder / "inventory.yml", reached)
    program = str(VENV / "bin" / "ansible-playbook")
    return [program, "--forks", str(job.forks), "-i", str(written), "-e", json.dumps(given), playbook]


CONTESTANTS: Mapping[str, Contestant] = {
    one.name: one
    for one in (
        Contestant("ssh", "bare parallel ssh, one session a host", _bare, ansible=False),
        Contestant("raw", "one raw task in a play", _play("benchmarks/playbooks/raw.yml"), modes=(RERUN,)),
        Contestant(
            "script", "the documented script, through ansible.builtin.script", _play("benchmarks/playbooks/script.yml")
        ),
        Contestant("role", "an ordinary well-written role", _play("benchmarks/playbooks/role.yml")),
        Contestant(
            *("pull", "the same role, the target downloads; a rerun is that of role"),
            _play("benchmarks/playbooks/role.yml", ordinary_url="{url}"),
            modes=(FRESH,),
        ),
        Contestant(
            "ours", "install-mobility.yml", _play("install-mobility.yml", asr_mobility_installer_path="{archive}")
        ),
    )
}
