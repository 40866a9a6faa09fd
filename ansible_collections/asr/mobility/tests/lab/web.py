"""A web server on the lab's bridge or on loopback: hosts of the lab and the controller reach it, nothing else does.

It serves a folder with listings, whole files and parts of them, with TLS when it is given a certificate, and makes the
mistakes it is told to make: real servers, proxies and lines do all of that.
"""

from __future__ import annotations

import base64
import datetime
import functools
import http.server
import ipaddress
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.engine import podman

_SUCCESS = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
_PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """One request that was answered with success: who asked, for which path, with which program, from which byte on."""

    client: str
    path: str
    agent: str
    start: int = 0


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one answer.

    cut: only so many bytes of the body come, then the connection ends. longer: by how many bytes the announced length
    is too long. page: an HTML page with status 200 comes in place of the file. status: an error with that status.
    redirect: to that address. pause: seconds between two pieces of 64 KiB. deaf: a wish for a part is not heard.
    """

    cut: int | None = None
    longer: int = 0
    page: bool = False
    status: int | None = None
    redirect: str | None = None
    pause: float = 0.0
    deaf: bool = False


@dataclass
class WebServer:
    """A running server. ``url`` ends in a slash; ``asked`` grows with every file or listing that was handed out.

    ``mistakes``: path -> what is wrong with the next answers for it, one after the other; then all is well.
    """

    url: str
    asked: list[Asked] = field(default_factory=list)
    mistakes: dict[str, list[Mistake]] = field(default_factory=dict)

    def clients(self, path: str) -> set[str]:
        """Return the addresses that got this path."""
        return {one.client for one in self.asked if one.path == path}


def gateway() -> str:
    """Return the controller's address on the bridge ``podman``; it exists while a host runs there."""
    (network,) = json.loads(podman("network", "inspect", "podman").stdout)
    address: str = network["subnets"][0]["gateway"]
    return address


@contextmanager
def serving(
    folder: Path, address: str, login: tuple[str, str] | None = None, certificate: Path | None = None
) -> Iterator[WebServer]:
    """Serve a folder, listings included, for the length of a ``with`` block.

    Args:
        folder: what to serve.
        address: where to listen; ``gateway()`` for hosts of the lab.
        login: user name and password without which nothing is handed out.
        certificate: a PEM file with key and certificate; the server then speaks https.
    """
    web = WebServer("")
    handler = functools.partial(_Handler, web=web, login=login, directory=str(folder))
    with http.server.ThreadingHTTPServer((address, 0), handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        web.url = f"http{'s' if certificate else ''}://{address}:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join(timeout=10)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Python's own handler for listings; files also in part, with a password and with mistakes when there are some."""

    timeout = 60

    def __init__(self, *args: object, web: WebServer, login: tuple[str, str] | None, directory: str) -> None:
        self._web = web
        self._login = login
        self._start = 0
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # socket, address and server

    def do_GET(self) -> None:
        """Answer, or ask for the password."""
        self._start = 0
        if self._login and self.headers.get("Authorization") != _basic(self._login):
            self._answer(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="lab"'})
            return
        path = Path(self.translate_path(self.path))
        waiting = self._web.mistakes.get(self.path) or []
        mistake = waiting.pop(0) if waiting else Mistake()
        if mistake.redirect:
            self._answer(HTTPStatus.FOUND, {"Location": mistake.redirect})
        elif mistake.status:
            self._answer(mistake.status, {})
        elif mistake.page:
            self._answer(HTTPStatus.OK, {"Content-Type": "text/html"}, _PAGE)
        elif path.is_file():
            self._send(path, mistake)
        else:
            super().do_GET()

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send(self, path: Path, mistake: Mistake) -> None:
        content, facts = path.read_bytes(), path.stat()
        etag = f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"'
        self._start = 0 if mistake.deaf else self._wanted_start(etag)
        if self._start and self._start >= len(content):
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{len(content)}"})
            return
        body = content[self._start :]
        self.send_response(HTTPStatus.PARTIAL_CONTENT if self._start else HTTPStatus.OK)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body) + mistake.longer))
        if self._start:
            self.send_header("Content-Range", f"bytes {self._start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self._pour(body[: mistake.cut], mistake.pause)

    def _pour(self, body: bytes, pause: float) -> None:
        try:
            for at in range(0, len(body), _PIECE):
                self.wfile.write(body[at : at + _PIECE])
                time.sleep(pause)
        except OSError:
            self.close_connection = True  # the other side had enough

    def _wanted_start(self, etag: str) -> int:
        match = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range") or "")
        unchanged = self.headers.get("If-Range") in (None, etag)
        return int(match[1]) if match and unchanged else 0

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep what was handed out."""
        if code in _SUCCESS:
            agent = self.headers.get("User-Agent", "")
            self._web.asked.append(Asked(str(self.client_address[0]), self.path, agent, self._start))

    def log_message(self, format: str, *args: object) -> None:
        """Keep the screen quiet."""


def self_signed(address: str = "127.0.0.1") -> bytes:
    """Return a key and a certificate for that address that it signed itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    today = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()
