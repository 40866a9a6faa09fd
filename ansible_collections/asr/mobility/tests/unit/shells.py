"""The shells under which every script for a host must run: the only place that names them."""

from __future__ import annotations

import shutil
import typing as t
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Shell:
    """What stands for /bin/sh, and the Debian package that has it."""

    words: tuple[str, ...]
    package: str


SHELLS: t.Mapping[str, Shell] = {
    "dash": Shell(("dash",), "dash"),
    "bash": Shell(("bash", "--posix"), "bash"),
    "busybox": Shell(("busybox", "ash"), "busybox-static"),
    "mksh": Shell(("mksh",), "mksh"),
    "yash": Shell(("yash", "-o", "posixlycorrect"), "yash"),  # as it is when it is called sh
}


def words(name: str) -> list[str]:
    """The command words of a shell; a test that asks for one that is missing fails and names its package."""
    shell = SHELLS[name]
    if shutil.which(shell.words[0]) is None:
        pytest.fail(f"the shell {name} is not installed: apt-get install {shell.package}")
    return list(shell.words)
