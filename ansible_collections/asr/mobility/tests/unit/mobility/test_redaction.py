# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are found by what they look like, whatever is around them; ordinary words of a log stay."""

from __future__ import annotations

import base64
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.redaction import MASK, redact

S = "Hidden4711xyz"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{S}\nQUJD\n-----END RSA PRIVATE KEY-----"
SECRETS = {
    "ini": f"Passphrase = {S} with blanks, and 'quotes'",
    "ini without blanks": f"password={S}",
    "long name": f"AzureClientCertificateBlob_1: {S}",
    "json": f'{{"a": 1, "ClientSecret" : "{S}", "b": 2}}',
    "json with a quote": f'"password":"x\\"{S}"',
    "json in json": f'"text":"{{\\"Token\\":\\"{S}\\"}}"',
    "json cut": f'{{"passphrase":"{S}',
    "xml": f'<PassPhrase kind="a">{S}</PassPhrase>',
    "single quotes": f"'password': '{S}'",
    "url": f"connecting to https://user:{S}@proxy.example.com:443/x",
    "url with a slash": f"http://u:a/{S}@h",
    "sas": f"https://a.blob.core.windows.net/c?sv=2020&sig={S}%2Bx&se=2026",
    "sas quoted": f"sig%3D{S}%26se%3d2026",
    "sas by name": f"BlobSasUri = https://a/b?{S}",
    "bearer": f"Authorization: Bearer {S}",
    "bearer alone": f"sent bearer {S} to host",
    "shared key": f"SharedKey account:{S}",
    "jwt": f"got eyJhbGciOi.eyJ{S}.c2ln",
    "option": f"run --passphrase {S} -q",
    "short option": f"AzureRcmCli -clientsecret {S}",
    "pem": f"before {PEM} after",
    "pem in json": PEM.replace("\n", "\\n"),
    "pem without its end": PEM[:-30],
    "pem without its beginning": PEM[32:],
    "certificate": f"x MII{S}{'A' * 60} y",
    "account key": base64.b64encode(S.encode() + b"k" * 51).decode(),
    "long text": base64.b64encode(random.Random(0).randbytes(200)).decode(),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_gone_and_counted(name: str) -> None:
    for before, after in (("", ""), ("#~> (11-24-2026):  ALWAYS  1 2 3 ", ""), ("a\n", "\nnext line stays\n")):
        if name == "pem without its beginning" and before:
            continue  # it is the beginning of what was cut
        text = f"{before}{SECRETS[name]}{after}"
        found = redact(text.encode())
        assert S.encode() not in found.content
        assert MASK.encode() in found.content
        assert found.count >= 1
        if name != "pem without its end":
            assert found.content.decode().endswith(after)
        assert redact(found.content).content.count(MASK.encode()) == found.content.count(MASK.encode())


@pytest.mark.parametrize(
    "text",
    [
        "07/20/2026 10:00:00 : Installer exiting with code: 98",
        "The passphrase is invalid.",
        "token expired, retrying",
        "HostId=8d3c6f4e-9f5b-4c8e-a6b3-0f6d2a1f7c11",
        "https://appliance.example.com:443/path",
        "Disaster recovery: on",
        '"error_name":"ASRMobilityServiceKernelNotSupported"',
        "/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh -i 192.0.2.1 -P /root/file -q",
        "sha256 0b5d2e5f9c0a4a1b9a7e5c8d3f2e1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text.encode()) == (redact(text.encode()))
    assert redact(text.encode()).content.decode() == text
    assert redact(text.encode()).count == 0


def test_the_rest_of_a_json_line_stays() -> None:
    assert redact(b'{"password": "abc", "code": 7}').content == f'{{"password": "{MASK}", "code": 7}}'.encode()


def test_what_the_host_replaced_is_counted() -> None:
    assert redact(f"registering with {MASK} now".encode()).count == 1


@given(st.binary(max_size=400))
def test_no_bytes_crash_it(content: bytes) -> None:
    redact(content)


@pytest.mark.parametrize("piece", [b"password", b"://", b'token":"', b"-----BEGIN A", b"A", b"sig=", b"<password "])
def test_odd_content_takes_no_time(piece: bytes) -> None:
    start = time.process_time()
    redact(piece * (300_000 // len(piece)))
    assert time.process_time() - start < 3
