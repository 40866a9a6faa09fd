"""One shell that stays open inside a host: starting a program through podman costs more than most of the programs."""

from __future__ import annotations

import os
import secrets
import select
import shlex
import subprocess
import time

from lab.engine import environment


class ShellError(RuntimeError):
    """The shell did not answer in time or is gone."""


class Shell:
    """A root shell in a container; ``run`` gives it one script after the other."""

    def __init__(self, container: str) -> None:
        self._process = subprocess.Popen(
            ["podman", "exec", "--interactive", container, "/bin/sh"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, script: str, timeout: float) -> tuple[int, str]:
        """Run a bash script without standard input; return its exit code and output (standard error included).

        A script that takes longer than ``timeout`` seconds is ended inside the host: 124, or 137 when it resisted.
        """
        mark = f"end-{secrets.token_hex(8)}"
        call = (
            f"timeout -k 1 {timeout} /bin/bash -c {shlex.quote(script)} </dev/null 2>&1; rc=$?; echo; echo {mark} $rc\n"
        )
        assert self._process.stdin is not None
        self._process.stdin.write(call.encode())
        self._process.stdin.flush()
        text = self._read_until(mark.encode(), time.monotonic() + timeout + 60)
        output, _mark, code = text.rpartition(f"\n{mark} ")
        return int(code), output

    def _read_until(self, mark: bytes, deadline: float) -> str:
        """Read up to and with the line that starts with the mark."""
        assert self._process.stdout is not None
        source, received = self._process.stdout.fileno(), b""
        while mark not in received or not received.endswith(b"\n"):
            ready = select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]
            chunk = os.read(source, 65536) if ready else b""
            if not chunk:
                raise ShellError(f"the host gave no answer; so far: {received[-500:].decode(errors='replace')}")
            received += chunk
        return received.decode(errors="replace")

    def close(self) -> None:
        """End the shell."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
