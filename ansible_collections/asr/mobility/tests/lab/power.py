"""Play the hardware: a container that has gone down is started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab.engine import podman
from lab.hosts import Host


@contextmanager
def power(host: Host) -> Iterator[list[float]]:
    """Start the host again whenever it has gone down, for the length of a ``with`` block.

    Yields the times at which that happened; while it is down it has no address, and it may come back with another.
    """
    starts: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.3):
            state = podman("inspect", "--format", "{{.State.Status}}", host.name, check=False).stdout.decode().strip()
            if state == "exited":
                podman("start", host.name)
                starts.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield starts
    finally:
        over.set()
        watcher.join(timeout=60)
