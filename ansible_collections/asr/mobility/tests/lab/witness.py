"""Look at a host without the collection: what an installation did, and what it left behind.

Every answer comes from files, processes and systemd of the host, so a test that asks here does not believe the engine.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from lab.ansible_run import AnsibleRun
from lab.hosts import Host

RECORD = "/usr/local/.vx_version"
RUNS = "/var/log/asr-double-runs.log"
STAGING = "/var/lib/asr-mobility"
UNITS = ("vxagent.service", "uarespawnd.service")

LEFTOVERS = (
    # Our directories and uploads, then whatever a task of Ansible's own would put into a home or a temporary folder.
    f"ls -d {STAGING} /var/tmp/asr-mobility* /tmp/asr-mobility* /root/.ansible* /home/*/.ansible* "
    "/tmp/ansible* /var/tmp/ansible* 2>/dev/null; "
    "find /run /etc /usr/lib -xdev -name '*asr-mobility*' 2>/dev/null; "
    "systemctl list-units --all --plain --no-legend 'asr-mobility*' 'run-r*'; "
    "pgrep --list-full --full asr-mobility; true\n"
)
"""Shell text that prints every trace of ours; give it to a shell over standard input, or it finds its own command."""


@dataclass(frozen=True)
class ConnectionUse:
    """How often the ssh connection ran something (transfers included), and how often it put or fetched a file."""

    executions: int
    puts: int
    fetches: int


def record(host: Host) -> dict[str, str]:
    """Return the agent's own version record, key -> value; empty when there is none."""
    if not host.exists(RECORD):
        return {}
    lines = host.read_file(RECORD).splitlines()
    return {key.strip(): value.strip() for key, sign, value in (line.partition("=") for line in lines) if sign}


def starts(host: Host, program: str = "install") -> list[list[str]]:
    """Return the arguments of every start of a program of the installer double, oldest first."""
    return [words[4:] for words in _runs(host) if words[1:3] == ["start", program]]


def ends(host: Host, program: str = "install") -> list[str]:
    """Return the result (``rc=98``) of every program of the installer double that ended, oldest first."""
    return [words[-1] for words in _runs(host) if words[1:3] == ["end", program]]


def _runs(host: Host) -> list[list[str]]:
    if not host.exists(RUNS):
        return []
    return [shlex.split(line) for line in host.read_file(RUNS).splitlines()]


def option(arguments: list[str], name: str) -> str:
    """Return the word behind an option of a command line (``option(words, "-d")``)."""
    return arguments[arguments.index(name) + 1]


def leftovers(host: Host) -> list[str]:
    """Return every directory, file, unit and process of ours that is still on the host; empty is the proof."""
    found = host.exec("/bin/sh", "-s", stdin=LEFTOVERS.encode()).stdout.decode(errors="replace")
    return [line for line in found.splitlines() if line.strip()]


def daemons(host: Host) -> set[str]:
    """Return which daemons of the agent run, by the process table."""
    names = host.sh("cat /proc/[0-9]*/comm 2>/dev/null || true").split()
    return {name for name in ("svagents", "appservice") if any(found.startswith(name) for found in names)}


def connection_use(run: AnsibleRun, address: str) -> ConnectionUse:
    """Count what a run with ``-vvv`` did over ssh to one address.

    The lines are those of Ansible's own ssh plugin: one ``SSH: EXEC`` for each program it started (ssh, sftp, scp).
    """
    lines = [line for line in run.stdout.splitlines() if line.startswith(f"<{address}> ")]
    return ConnectionUse(
        executions=sum("SSH: EXEC " in line for line in lines),
        puts=sum(bool(re.match(r"<[^>]*> PUT ", line)) for line in lines),
        fetches=sum(bool(re.match(r"<[^>]*> FETCH ", line)) for line in lines),
    )


def summary_line(run: AnsibleRun, host: Host | str) -> list[str]:
    """Return the cells of a host's line in the table at the end of a playbook.

    Raises:
        AssertionError: there is no such line, or more than one.
    """
    name = host if isinstance(host, str) else host.name
    (table,) = [result.result["msg"] for result in run.results if result.action == "asr.mobility.mobility_summary"]
    assert isinstance(table, list), table
    (line,) = [line for line in table if line.split()[0] == name]
    return re.split(r"\s{2,}", line)
