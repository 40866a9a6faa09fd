"""The file with which an appliance lets one machine register (modernized), as the agent reads it, and spoiled ones.

Read in Microsoft's published C++ headers (Azure/AzMigrate-Hydration: AgentConfig.h, RcmProxyDetails.h), not observed:
the file is JSON with the keys below; ``ClientCertificate`` is the base64 text of a certificate with its private key.
The agent takes a file only when ``BiosId`` is the machine's BIOS id, whatever the case, or that id with the bytes of
its first three groups reversed; ``Fqdn`` is the host name on Linux.
"""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

PORT = 443
VAULT = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/lab/providers"
    "/Microsoft.RecoveryServices/vaults/lab-vault"
)
APPLIANCE = "00000000-0000-4000-8000-00000000000a"
BOM = b"\xef\xbb\xbf"


def config_file(
    bios_id: str,
    fqdn: str,
    addresses: Sequence[str],
    port: int = PORT,
    *,
    appliance_id: str = APPLIANCE,
    vault_id: str = VAULT,
    not_after: datetime.datetime | None = None,
    nat_address: str = "",
) -> bytes:
    """Return the file for one machine.

    Args:
        bios_id: the BIOS id of the machine, in any form the agent takes.
        fqdn: its host name.
        addresses: where the appliance is reached.
        port: the port of the appliance.
        appliance_id: id of the appliance.
        vault_id: ARM id of the vault.
        not_after: when the certificate expires; in 30 days when None.
        nat_address: the appliance's address behind a translation of addresses.
    """
    container = str(uuid.uuid5(uuid.NAMESPACE_URL, vault_id))
    content = {
        "SubscriptionId": vault_id.split("/")[2],
        "ContainerId": container,
        "ContainerUniqueName": f"lab-{container}",
        "ResourceId": vault_id,
        "ResourceLocation": "westeurope",
        "BiosId": bios_id,
        "Fqdn": fqdn,
        "ClientCertificate": base64.b64encode(client_certificate(fqdn, not_after or _in_days(30))).decode(),
        "RcmProxyTransportSettings": {
            "Id": appliance_id,
            "FriendlyName": "lab-appliance",
            "AgentVersion": "9.66.7567.1",
            "IpAddresses": list(addresses),
            "NatIpAddress": nat_address,
            "Port": port,
            "RcmProxyAuthDetails": {
                "ServerCertSigningAuthority": "SelfSigned",
                "ServerCertThumbprint": hashlib.sha1(appliance_id.encode(), usedforsecurity=False).hexdigest(),
                "ServerRolloverCertThumbprint": "",
            },
        },
    }
    return json.dumps(content).encode()


@functools.cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _in_days(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)


def client_certificate(name: str, not_after: datetime.datetime) -> bytes:
    """Return a PKCS #12 store without a password that holds a self-signed certificate and its key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(_in_days(-1), not_after - datetime.timedelta(days=1)))
        .not_valid_after(not_after)
        .sign(_key(), hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"client", _key(), certificate, None, serialization.NoEncryption())


def swapped(bios_id: str) -> str:
    """Return a BIOS id with the bytes of its first three groups reversed, as some firmware tables have it."""
    return str(uuid.UUID(bytes_le=uuid.UUID(bios_id).bytes))


def expired(bios_id: str, fqdn: str, addresses: Sequence[str], port: int = PORT) -> bytes:
    """Return a file whose certificate ended yesterday."""
    return config_file(bios_id, fqdn, addresses, port, not_after=_in_days(-1))


def of_another_host(bios_id: str, fqdn: str, addresses: Sequence[str], port: int = PORT) -> bytes:
    """Return the file of a machine with another BIOS id."""
    return config_file(str(uuid.uuid5(uuid.UUID(bios_id), "another")), fqdn, addresses, port)


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "not JSON": lambda good: b"<config>" + good,
    "truncated": lambda good: good[: len(good) // 2],
    "byte order mark": lambda good: BOM + good,
    "empty": lambda _good: b"",
}
"""How a good file is damaged on its way: name -> the damage."""
