"""The configuration files the lab makes are what the agent reads, and the spoiled ones are not."""

from __future__ import annotations

import base64
import datetime
import json
import uuid

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from lab import registration_files as files

BIOS_ID = "00112233-4455-6677-8899-aabbccddeeff"


def content(raw: bytes) -> dict[str, object]:
    read = json.loads(raw)
    assert isinstance(read, dict)
    return read


def ends(raw: bytes) -> datetime.datetime:
    """When the certificate in a file expires."""
    store = base64.b64decode(str(content(raw)["ClientCertificate"]), validate=True)
    key, certificate, _others = pkcs12.load_key_and_certificates(store, None)
    assert key is not None
    assert certificate is not None
    return certificate.not_valid_after_utc


def test_a_file_has_the_keys_the_agent_reads() -> None:
    read = content(files.config_file(BIOS_ID, "h.example", ["192.0.2.1", "192.0.2.2"], 9443, nat_address="192.0.2.3"))
    assert read.keys() == {
        *("SubscriptionId", "ContainerId", "ContainerUniqueName", "ResourceId", "ResourceLocation", "BiosId", "Fqdn"),
        *("ClientCertificate", "RcmProxyTransportSettings"),
    }
    assert (read["BiosId"], read["Fqdn"]) == (BIOS_ID, "h.example")
    proxy = read["RcmProxyTransportSettings"]
    assert isinstance(proxy, dict)
    assert (proxy["IpAddresses"], proxy["NatIpAddress"], proxy["Port"]) == (
        ["192.0.2.1", "192.0.2.2"],
        "192.0.2.3",
        9443,
    )
    assert proxy["RcmProxyAuthDetails"].keys() == {
        *("ServerCertSigningAuthority", "ServerCertThumbprint", "ServerRolloverCertThumbprint"),
    }


def test_the_certificate_expires_when_asked() -> None:
    wanted = datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
    assert ends(files.config_file(BIOS_ID, "host", ["192.0.2.1"], not_after=wanted)) == wanted
    now = datetime.datetime.now(datetime.timezone.utc)
    assert ends(files.expired(BIOS_ID, "host", ["192.0.2.1"])) < now < ends(files.config_file(BIOS_ID, "host", []))


def test_a_swapped_id_has_its_first_three_groups_reversed() -> None:
    assert files.swapped(BIOS_ID) == "33221100-5544-7766-8899-aabbccddeeff"
    assert files.swapped(files.swapped(BIOS_ID)) == BIOS_ID


def test_the_file_of_another_host_has_another_id() -> None:
    other = str(content(files.of_another_host(BIOS_ID, "host", ["192.0.2.1"]))["BiosId"])
    assert uuid.UUID(other) not in (uuid.UUID(BIOS_ID), uuid.UUID(files.swapped(BIOS_ID)))


@pytest.mark.parametrize("damage", files.SPOILED.values(), ids=files.SPOILED)
def test_a_spoiled_file_is_no_json(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(ValueError, match=r".+"):
        json.loads(damage(files.config_file(BIOS_ID, "host", ["192.0.2.1"])).decode())
