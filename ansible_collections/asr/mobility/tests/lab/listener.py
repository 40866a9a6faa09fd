"""Runs inside a lab host, under systemd: listens on one TCP port. ``listener.py PORT open|drop``.

``open`` takes every connection and closes it. ``drop`` lets connections run into their timeout, as a packet filter that
discards does: nobody takes a connection from the queue, which has room for one, so the kernel discards what comes next.
"""

from __future__ import annotations

import os
import signal
import socket
import sys


def tell_systemd() -> None:
    """Say that the port is ready; systemd-run waits for this."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(os.environ["NOTIFY_SOCKET"])
        channel.send(b"READY=1")


def take_all(server: socket.socket) -> None:
    """Take connection after connection."""
    while True:
        connection, _peer = server.accept()
        connection.close()


def take_none(server: socket.socket, port: int) -> None:
    """Fill the queue and leave it."""
    waiting = socket.create_connection(("127.0.0.1", port))
    tell_systemd()
    signal.pause()
    waiting.close()


def main(port: int, mode: str) -> None:
    """Listen until the process is ended."""
    server = socket.create_server(("", port), backlog=0 if mode == "drop" else 128)
    if mode == "drop":
        take_none(server, port)
    tell_systemd()
    take_all(server)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
