"""The logins of the image ``accounts:12``: one for each way an account can be odd, as a table for tests."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "lab-only-Pa55 word"
"""Password of every account, root included. It opens nothing outside throw-away containers; the blank is on purpose."""


@dataclass(frozen=True)
class Account:
    """How one login reaches root.

    Attributes:
        name: the login name; the lab's key opens it over ssh.
        become_method: ``sudo``, ``su`` or None (already root, or no way to become root).
        needs_password: whether the become method asks for ``PASSWORD``.
        shell: the login shell.
        quirk: what is odd about it, in words for test identifiers.
    """

    name: str
    become_method: str | None
    needs_password: bool
    shell: str
    quirk: str

    @property
    def can_be_root(self) -> bool:
        """Whether work as root is possible with this account at all."""
        return self.name == "root" or self.become_method is not None

    def variables(self) -> dict[str, object]:
        """Return the inventory variables with which Ansible uses this account."""
        values: dict[str, object] = {"ansible_user": self.name}
        if self.become_method:
            values |= {"ansible_become": True, "ansible_become_method": self.become_method}
        if self.needs_password:
            values["ansible_become_password"] = PASSWORD
        return values


BASH = "/bin/bash"

ACCOUNTS: tuple[Account, ...] = (
    Account("root", None, False, BASH, "root"),
    Account("nopass", "sudo", False, BASH, "sudo without password"),
    Account("withpass", "sudo", True, BASH, "sudo with password"),
    Account("suuser", "su", True, BASH, "su with the password of root"),
    Account("ttyuser", "sudo", False, BASH, "sudo requiretty"),
    Account("ptyuser", "sudo", False, BASH, "sudo use_pty"),
    Account("cshuser", "sudo", False, "/bin/tcsh", "tcsh as login shell"),
    Account("fishuser", "sudo", False, "/usr/bin/fish", "fish as login shell"),
    Account("noisyuser", "sudo", False, BASH, "profile and bashrc that print"),
    Account("plain", None, False, BASH, "no privilege at all"),
)

BY_NAME: dict[str, Account] = {account.name: account for account in ACCOUNTS}
PRIVILEGED: tuple[Account, ...] = tuple(account for account in ACCOUNTS if account.can_be_root)
