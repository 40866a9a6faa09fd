"""Plant values and look for them everywhere, however they were encoded on the way."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from pathlib import Path

from lab.hosts import Host

SAMPLES = "/run/asr-lab-samples"
_SAMPLER = (
    "while :; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' >> "
    f"{SAMPLES}; sleep 0.05; done"
)
_UNIT = "asr-lab-sampler"


def token() -> str:
    """Return a new value's core: letters and digits, which no quoting changes, so one search finds each quoted form."""
    return f"Planted{secrets.token_hex(12)}"


def forms(core: str) -> list[str]:
    """Return what to search for: the core itself, and the part of it that base64 makes of it at each alignment."""
    raw = core.encode()
    found = [core, raw.hex()]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        whole = (shift + len(raw)) * 8 // 6
        found.append(encoded[(shift * 8 + 5) // 6 : whole])
    return found


def found_in(text: str, cores: Iterable[str]) -> list[str]:
    """Return the cores of which a form stands in the text."""
    return [core for core in cores if any(form in text for form in forms(core))]


def found_below(folder: Path, cores: Iterable[str]) -> list[str]:
    """Return ``path: core`` for each file below a folder that holds a form of a core, in its name or content."""
    hits = []
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        hits += [f"{path}: {core}" for core in found_in(f"{path}\n{content}", cores)]
    return hits


def start_sampling(host: Host) -> None:
    """Let the host write down the command lines and environments of all its processes, some times a second."""
    host.exec("systemd-run", "--quiet", f"--unit={_UNIT}", "/bin/sh", "-c", _SAMPLER)


def stop_sampling(host: Host) -> None:
    """End the sampling; the samples stay and are found by ``found_on``."""
    host.exec("systemctl", "stop", _UNIT)


def found_on(host: Host, cores: Iterable[str]) -> list[str]:
    """Return the files of a host that hold a form of a core; ``SAMPLES`` is the process table's.

    The values go to grep over standard input: on its command line they would be found themselves.
    """
    patterns = "\n".join(form for core in cores for form in forms(core))
    command = (
        *("grep", "--recursive", "--files-with-matches", "--text", "--fixed-strings", "--no-messages"),
        *("--devices=skip", "--exclude-dir=proc", "--exclude-dir=sys", "--file=-", "/"),
    )
    return host.exec(*command, stdin=f"{patterns}\n".encode(), check=False).stdout.decode().splitlines()
