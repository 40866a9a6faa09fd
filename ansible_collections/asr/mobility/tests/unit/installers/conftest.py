# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real web server for the tests of installer files."""

from __future__ import annotations

import http.server
import threading
import typing as t

import pytest

from unit.installers.material import WebServer, handler_for


@pytest.fixture
def web_server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[WebServer]:
    """A web server on loopback, reached without any proxy of the environment."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listener:
        server = WebServer(f"http://127.0.0.1:{listener.server_address[1]}")
        listener.RequestHandlerClass = handler_for(server)
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        listener.shutdown()
        thread.join(10)
