"""Write the inventory with which Ansible reaches the lab's hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from lab import kernel_lists
from lab.accounts import Account
from lab.hosts import Host, ssh_key

SSH_ARGUMENTS = (
    "-o ControlMaster=auto -o ControlPersist=60 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
    "-o IdentitiesOnly=yes -o LogLevel=ERROR"
)


def ssh(host: Host, account: Account | None = None) -> dict[str, object]:
    """Return the variables to reach a host over ssh with the lab's key, as root or through an account."""
    variables: dict[str, object] = {
        "ansible_connection": "ansible.builtin.ssh",
        "ansible_host": host.address,
        "ansible_port": host.ssh_port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(ssh_key()),
        "ansible_ssh_common_args": SSH_ARGUMENTS,
        "ansible_ssh_timeout": 10,
    }
    return variables | (account.variables() if account else {})


def over_podman(host: Host, account: Account | None = None) -> dict[str, object]:
    """Return the variables to reach a host through the connection plugin containers.podman.podman."""
    variables: dict[str, object] = {
        "ansible_connection": "containers.podman.podman",
        "ansible_host": host.name,
        "ansible_user": "root",
    }
    return variables | (account.variables() if account else {})


def write(
    path: Path,
    hosts: Mapping[str, Mapping[str, object]],
    variables: Mapping[str, object] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write a YAML inventory and return its path.

    Args:
        path: the file to write; its folder must exist.
        hosts: inventory name -> host variables (``ssh`` and ``over_podman`` make them).
        variables: variables of the group ``all``; the kernel lists of the lab are added.
        groups: group -> the names of its hosts.
    """
    children = {group: {"hosts": dict.fromkeys(names)} for group, names in (groups or {}).items()}
    reached = {name: dict(values) for name, values in hosts.items()}
    known = {kernel_lists.VARIABLE: str(kernel_lists.kernel_lists()), **(variables or {})}
    content = {"all": {"hosts": reached, "vars": known, "children": children}}
    path.write_text(yaml.safe_dump(content, explicit_start=True, sort_keys=False), encoding="utf-8")
    return path


def for_hosts(path: Path, hosts: Sequence[Host], variables: Mapping[str, object] | None = None) -> Path:
    """Write an inventory that reaches every given host over ssh as root, under its container's name."""
    return write(path, {host.name: ssh(host) for host in hosts}, variables)
