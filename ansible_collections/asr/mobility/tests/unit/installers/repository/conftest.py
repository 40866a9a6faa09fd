# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server with a certificate that this process trusts, and a directory to be filled from it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab.web import self_signed, serving
from unit.installers.repository.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Shelf]:
    """An https server on loopback, reached without any proxy of the environment."""
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(self_signed())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    served = tmp_path / "served"
    served.mkdir()
    with serving(served, "127.0.0.1", certificate=certificate) as server:
        yield Shelf(server, served, tmp_path / "mirror")
