# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of the target contract as a table: connection, account, what is asked of it, and what it must answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.accounts import BY_NAME, PRIVILEGED

FULL = (
    "first_script",
    "exit_codes",
    "output",
    "large_script",
    "variables",
    "environment",
    "files",
    "private_directories",
    "detached_run",
    "host_name",
    "nothing_left",
)
"""In this order: the first case must be the first script of its task, the last one closes the target."""
BRIEF = ("first_script", "variables", "environment", "host_name", "nothing_left")
"""For a login whose shell plays no part on that connection, and where a full list would only take time."""
FILES = ("first_script", "files", "nothing_left")
SLOW_OVER_PODMAN = ("exit_codes", "private_directories")
"""Many small scripts, each of which is half a dozen processes of podman; they test nothing of the connection."""
REFUSED = ("first_script",)
FAULTS = ("lost_input", "silent", "cut_output")


@dataclass(frozen=True)
class Combination:
    """One host of the inventory.

    Attributes:
        round: the play it belongs to (contract.yml).
        account: login of lab.accounts.
        cases: what is carried out.
        variables: inventory variables besides those of connection and account.
        errors: case -> words its error must hold; every other case must succeed. "" names the whole task.
    """

    round: str
    account: str
    cases: tuple[str, ...] = FULL
    variables: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        """The inventory name."""
        return ".".join(part for part in (self.round, self.account, self.label) if part)


NAMES = tuple(account.name for account in PRIVILEGED)
TRANSFER_ACCOUNTS = ("root", "suuser", "cshuser", "fishuser")
NO_TERMINAL = "must have a tty"
NO_PASSWORD = "no begin marker"
NOISE = "Received message too long"


def _ssh() -> list[Combination]:
    return [
        *(Combination("ssh-pipelining", name, variables={"ansible_pipelining": True}) for name in NAMES),
        *(Combination("ssh-files", name, variables={"ansible_pipelining": False}) for name in NAMES),
    ]


def _transfer() -> list[Combination]:
    """A shell that greets where nobody asked breaks sftp and scp (one clear error), not the piped method."""
    return [
        *(_one_method(method, name) for method in ("sftp", "scp", "piped") for name in TRANSFER_ACCOUNTS),
        _one_method("sftp", "noisyuser", {"files": NOISE}),
        _one_method("scp", "noisyuser", {"files": NOISE}),
        _one_method("piped", "noisyuser"),
    ]


def _one_method(method: str, account: str, errors: dict[str, str] | None = None) -> Combination:
    return Combination(f"ssh-{method}", account, FILES, {"ansible_ssh_transfer_method": method}, errors or {})


def _podman() -> list[Combination]:
    """This connection offers no terminal and no standard input, so it cannot answer a prompt: one clear error."""
    return [
        Combination("podman", "root", (*BRIEF[:-1], "files", "nothing_left")),
        Combination("podman", "nopass", tuple(case for case in FULL if case not in SLOW_OVER_PODMAN)),
        *(Combination("podman", name, BRIEF) for name in ("ptyuser", "cshuser", "fishuser", "noisyuser")),
        *(
            Combination("podman", name, REFUSED, errors={"first_script": NO_PASSWORD})
            for name in ("withpass", "suuser")
        ),
        Combination("podman", "ttyuser", REFUSED, errors={"first_script": NO_TERMINAL}),
    ]


def _local() -> list[Combination]:
    """Ansible's local connection opens a terminal only to answer a prompt, so requiretty alone refuses it."""
    return [
        *(Combination("local", name) for name in ("root", "nopass", "suuser")),
        *(Combination("local", name, BRIEF) for name in ("withpass", "ptyuser", "cshuser", "fishuser", "noisyuser")),
        Combination("local", "ttyuser", REFUSED, errors={"first_script": NO_TERMINAL}),
    ]


def _refused() -> list[Combination]:
    wrong: dict[str, object] = {"ansible_become_password": "wrong"}
    sudo: dict[str, object] = {"ansible_become": True, "ansible_become_method": "sudo"}
    return [
        Combination("refused", "plain", REFUSED, errors={"first_script": "not_root"}),
        Combination("refused", "plain", REFUSED, sudo, {"first_script": "Missing sudo password"}, "no-password"),
        Combination("refused", "withpass", REFUSED, wrong, {"first_script": "Incorrect sudo password"}),
        Combination("refused", "root", REFUSED, {"ansible_port": 9}, {"": "unreachable"}, "no-ssh"),
    ]


def _faulty() -> list[Combination]:
    faulty: dict[str, object] = {"ansible_connection": "faulty", "ansible_pipelining": True}
    return [Combination("faulty", name, FAULTS, faulty) for name in ("nopass", "withpass")]


COMBINATIONS: tuple[Combination, ...] = (*_ssh(), *_transfer(), *_podman(), *_local(), *_refused(), *_faulty())
ACCOUNTS = tuple(sorted({combination.account for combination in COMBINATIONS}, key=list(BY_NAME).index))
