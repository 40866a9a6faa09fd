# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files for tests, with real certificates in each form in which they are found."""

from __future__ import annotations

import base64
import datetime
import functools
import json
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

BIOS_ID = "4c4c4544-0031-3010-8057-b7c04f4e3332"
NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
VAULT: t.Mapping[str, str] = {
    "SubscriptionId": "11111111-1111-1111-1111-111111111111",
    "ContainerId": "22222222-2222-2222-2222-222222222222",
    "ContainerUniqueName": "container",
    "ResourceId": "333333333",
    "ResourceLocation": "westeurope",
}
APPLIANCE: t.Mapping[str, t.Any] = {
    "Id": "44444444-4444-4444-4444-444444444444",
    "FriendlyName": "asr-appliance",
    "AgentVersion": "9.66.7567.1",
    "IpAddresses": ["192.0.2.10", "192.0.2.11"],
    "NatIpAddress": "198.51.100.7",
    "Port": 443,
    "RcmProxyAuthDetails": {"ServerCertThumbprint": "aa", "KeyId": "not an Id"},
}


@functools.cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(end: datetime.datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web01")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_key().public_key())
    builder = builder.serial_number(1).not_valid_before(end - 30 * DAY).not_valid_after(end)
    return builder.sign(_key(), hashes.SHA256())


def pkcs12_bytes(end: datetime.datetime) -> bytes:
    """A store with certificate and key, without a password."""
    return pkcs12.serialize_key_and_certificates(
        b"client", _key(), _certificate(end), None, serialization.NoEncryption()
    )


def pem_bytes(end: datetime.datetime) -> bytes:
    """Key and certificate as text."""
    key = _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key + _certificate(end).public_bytes(serialization.Encoding.PEM)


def der_bytes(end: datetime.datetime) -> bytes:
    """The certificate alone."""
    return _certificate(end).public_bytes(serialization.Encoding.DER)


def content(end: datetime.datetime = NOW + 10 * DAY, **changes: object) -> dict[str, t.Any]:
    """The keys of a good file. changes: keys to replace; None leaves a key out."""
    good: dict[str, t.Any] = {
        **VAULT,
        "BiosId": BIOS_ID,
        "Fqdn": "web01",
        "ClientCertificate": base64.b64encode(pkcs12_bytes(end)).decode(),
        "RcmProxyTransportSettings": dict(APPLIANCE),
        **changes,
    }
    return {key: value for key, value in good.items() if value is not None}


def file_bytes(end: datetime.datetime = NOW + 10 * DAY, **changes: object) -> bytes:
    """The good file with changes."""
    return json.dumps(content(end, **changes)).encode()
