"""A web server on the lab's bridge: hosts of the lab and the controller reach it, nothing else does."""

from __future__ import annotations

import base64
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from lab.engine import podman


@dataclass(frozen=True)
class Asked:
    """One request that was answered with success: who asked, for which path, with which program."""

    client: str
    path: str
    agent: str


@dataclass
class WebServer:
    """A running server. ``url`` ends in a slash; ``asked`` grows with every file or listing that was handed out."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def clients(self, path: str) -> set[str]:
        """Return the addresses that got this path."""
        return {one.client for one in self.asked if one.path == path}


def gateway() -> str:
    """Return the controller's address on the bridge ``podman``; it exists while a host runs there."""
    (network,) = json.loads(podman("network", "inspect", "podman").stdout)
    address: str = network["subnets"][0]["gateway"]
    return address


@contextmanager
def serving(folder: Path, address: str, login: tuple[str, str] | None = None) -> Iterator[WebServer]:
    """Serve a folder, listings included, for the length of a ``with`` block.

    Args:
        folder: what to serve.
        address: where to listen; ``gateway()`` for hosts of the lab.
        login: user name and password without which nothing is handed out.
    """
    asked: list[Asked] = []
    handler = functools.partial(_Handler, asked=asked, login=login, directory=str(folder))
    with http.server.ThreadingHTTPServer((address, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield WebServer(f"http://{address}:{server.server_port}/", asked)
        finally:
            server.shutdown()
            thread.join(timeout=10)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Python's own handler, with a password when there is one, and a list of what was handed out."""

    def __init__(self, *args: object, asked: list[Asked], login: tuple[str, str] | None, directory: str) -> None:
        self._asked = asked
        self._login = login
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # socket, address and server

    def do_GET(self) -> None:
        """Answer, or ask for the password."""
        if self._login and self.headers.get("Authorization") != _basic(self._login):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="lab"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep what was handed out."""
        if code == HTTPStatus.OK:
            agent = self.headers.get("User-Agent", "")
            self._asked.append(Asked(str(self.client_address[0]), self.path, agent))

    def log_message(self, format: str, *args: object) -> None:
        """Keep the screen quiet."""


def _basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()
