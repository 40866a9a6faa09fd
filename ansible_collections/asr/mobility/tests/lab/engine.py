"""The container engine: find it, configure it for machines with few capabilities, call it.

Only podman with runc is used: crun refuses cgroup hierarchies of the hybrid kind and asks for limits that a
machine without CAP_SYS_RESOURCE cannot grant. The configuration is written to the cache and named by
``CONTAINERS_CONF``, so the user's own podman configuration is neither read nor changed.
"""

from __future__ import annotations

import functools
import os
import resource
import shutil
import subprocess
import threading
import typing as t
from pathlib import Path

from lab.places import cache

LABEL = "asr-mobility-lab"
"""Every container and image of the lab carries this label; nothing without it is ever removed."""

INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_WANTED = 1024
"""systemd takes about six inotify instances a host; the kernel's default of 128 is used up by some twenty hosts."""

PROGRAMS = {
    "podman": "podman",
    "runc": "runc",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "mmdebstrap": "mmdebstrap",
    "rpmbuild": "rpm",
}
"""Program needed -> Debian package that brings it."""

SUPERUSER_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


class EngineError(RuntimeError):
    """The machine cannot run the lab, or podman refused; the text says what to do."""


def missing_packages() -> list[str]:
    """Return the Debian packages this machine lacks for the lab, sorted."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SUPERUSER_PATH}"
    return sorted({package for program, package in PROGRAMS.items() if shutil.which(program, path=path) is None})


def configuration() -> str:
    """Return containers.conf for this machine: limits never above the hard limit the kernel lets us set."""
    open_files = _limit(resource.RLIMIT_NOFILE, 20000)
    processes = _limit(resource.RLIMIT_NPROC, 32768)
    return (
        "[containers]\n"
        f'default_ulimits = ["nofile={open_files}:{open_files}", "nproc={processes}:{processes}"]\n'
        'log_driver = "k8s-file"\n'
        "[network]\n"
        'network_backend = "netavark"\n'
        "[engine]\n"
        'runtime = "runc"\n'
        'cgroup_manager = "cgroupfs"\n'
        'events_logger = "file"\n'
    )


def _limit(kind: int, wanted: int) -> int:
    hard = resource.getrlimit(kind)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


@functools.cache
def environment() -> dict[str, str]:
    """Return the environment for podman (and for tools that call it), after checking the machine once.

    Raises:
        EngineError: a program is missing or the user may not start containers.
    """
    missing = missing_packages()
    if missing:
        raise EngineError(
            f"The lab needs programs that are not installed. As root: apt-get install {' '.join(missing)}"
        )
    if os.geteuid() != 0:
        raise EngineError("The lab starts hosts with systemd on a bridge network: run it as root.")
    _raise_inotify_limit()
    path = cache() / "containers.conf"
    _write_once(path, configuration())
    return {
        **os.environ,
        "CONTAINERS_CONF": str(path),
        "PATH": f"{os.environ.get('PATH', os.defpath)}:{SUPERUSER_PATH}",
    }


def _write_once(path: Path, text: str) -> None:
    """Write through a rename: two test runs, or two threads of one, may do this at the same time."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _raise_inotify_limit() -> None:
    if int(INOTIFY_INSTANCES.read_text(encoding="ascii")) >= INOTIFY_WANTED:
        return
    try:
        INOTIFY_INSTANCES.write_text(str(INOTIFY_WANTED), encoding="ascii")
    except OSError as error:
        raise EngineError(
            f"{INOTIFY_INSTANCES} is too low for many systemd hosts and cannot be raised from here ({error}). "
            f"On the machine's own host: sysctl fs.inotify.max_user_instances={INOTIFY_WANTED}"
        ) from error


def podman(
    *args: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run podman with the given arguments and return its captured result.

    Args:
        args: the arguments after ``podman``.
        stdin: bytes for standard input; none means /dev/null.
        timeout: seconds until the call is given up.
        check: raise when the exit code is not 0.

    Raises:
        EngineError: exit code other than 0 (with ``check``) or no answer in time.
    """
    source: dict[str, t.Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            ("podman", *args), env=environment(), capture_output=True, timeout=timeout, check=False, **source
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"podman {' '.join(args)[:200]} gave no answer within {timeout} s") from error
    if check and done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise EngineError(f"podman {' '.join(args)[:200]} ended with {done.returncode}: {said}")
    return done
