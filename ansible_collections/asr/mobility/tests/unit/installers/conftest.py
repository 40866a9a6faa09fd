# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real web server for the tests of installer files."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import typing as t
from pathlib import Path

import pytest

from lab.web import self_signed
from unit.installers.material import WebServer, handler_for


@pytest.fixture
def web_server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[WebServer]:
    """A web server on loopback, reached without any proxy of the environment."""
    with _serving(monkeypatch, None) as server:
        yield server


@pytest.fixture
def untrusted_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> t.Iterator[WebServer]:
    """The same with https and a certificate that nobody vouches for."""
    pem = tmp_path / "server.pem"
    pem.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with _serving(monkeypatch, context) as server:
        yield server


@contextlib.contextmanager
def _serving(monkeypatch: pytest.MonkeyPatch, context: ssl.SSLContext | None) -> t.Iterator[WebServer]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listener:
        server = WebServer(f"http{'s' if context else ''}://127.0.0.1:{listener.server_address[1]}")
        listener.RequestHandlerClass = handler_for(server)
        if context:
            listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join(10)
