"""An action and a connection that run on this machine in a chosen shell, so that scripts meet each of them."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

PATH = b"PATH=/usr/sbin:/usr/bin:/sbin:/bin"
SYSTEMD = b"/run/systemd/system"


@dataclass
class LocalConnection:
    """The part of a connection plugin that the target uses, with the losses that contract.faults asks for.

    shell: command words that stand for /bin/sh. path: the PATH scripts give themselves. executed: commands so far.
    """

    shell: tuple[str, ...]
    path: str
    nowhere: Path
    lose_input: bool = False
    silent: bool = False
    cut: int | None = None
    executed: int = 0
    become: int = 0  # the user id that privileged commands run as
    failure: Exception | None = None

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run the command line as a login shell would, then lose what was asked for."""
        self.executed += 1
        if self.failure:
            raise self.failure
        if self.silent:
            return 0, b"", b""
        if in_data is not None:
            in_data = b"\n" if self.lose_input else self._adapt(in_data)
        words = [*self.shell, "-c", cmd.replace("/bin/sh", " ".join(self.shell))]
        done = subprocess.run(
            words, input=in_data or b"", capture_output=True, check=False, timeout=60, user=self._user(sudoable)
        )
        return (done.returncode, done.stdout, done.stderr) if self.cut is None else (0, done.stdout[: self.cut], b"")

    def _user(self, sudoable: bool) -> int | None:
        return self.become if sudoable and self.become else None

    def _adapt(self, script: bytes) -> bytes:
        """The script for this shell and userland; this machine's systemd, if it has one, is left alone."""
        adapted = script.replace(PATH, f"PATH={self.path}".encode()).replace(SYSTEMD, bytes(self.nowhere))
        return adapted.replace(b"/bin/sh", " ".join(self.shell).encode())

    def put_file(self, source: str, destination: str) -> None:
        """Copy, unless everything is lost."""
        if not self.silent:
            content = Path(source).read_bytes()
            Path(destination).write_bytes(self._adapt(content) if destination.endswith(".sh") else content)

    def fetch_file(self, source: str, destination: str) -> None:
        """Copy, unless everything is lost."""
        if self.silent:
            Path(destination).touch()
        else:
            shutil.copyfile(source, destination)

    def get_option(self, name: str) -> object:
        """No option is set."""
        raise KeyError(name)


@dataclass
class LocalAction:
    """The part of ActionBase that the target uses."""

    _connection: LocalConnection
    pipelining: bool = True

    def _is_pipelining_enabled(self, module_style: str) -> bool:
        return self.pipelining

    def _low_level_execute_command(
        self, cmd: str, sudoable: bool = True, in_data: bytes | None = None
    ) -> dict[str, t.Any]:
        rc, stdout, stderr = self._connection.exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return {"rc": rc, "stdout": stdout.decode(errors="surrogateescape"), "stderr": stderr.decode(errors="replace")}

    def _transfer_file(self, source: str, destination: str) -> None:
        self._connection.put_file(source, destination)
