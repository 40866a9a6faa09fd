# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is refused for what is certainly wrong with it, and for nothing that is only unknown."""

from __future__ import annotations

import base64
import datetime
import json
import typing as t
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration import config_file
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import (
    Appliance,
    Place,
    expired,
    is_of_machine,
    place_of,
    read_config_file,
    unfit,
)
from unit.mobility.registration.files import (
    APPLIANCE,
    BIOS_ID,
    DAY,
    NOW,
    VAULT,
    der_bytes,
    file_bytes,
    pem_bytes,
    pkcs12_bytes,
)

GOOD = file_bytes()
SWAPPED = "44454c4c-3100-1030-8057-b7c04f4e3332"


def test_a_good_file() -> None:
    config = read_config_file(GOOD)
    assert config.content == GOOD.decode()
    assert config.place.vault == VAULT
    appliance = config.place.appliance
    assert (appliance.identity, appliance.name, appliance.port) == (APPLIANCE["Id"], "asr-appliance", 443)
    assert appliance.all_addresses == ("192.0.2.10", "192.0.2.11", "198.51.100.7")
    assert (config.bios_id, config.host_name, config.expires) == (BIOS_ID, "web01", NOW + 10 * DAY)
    assert config.secret == json.loads(GOOD)["ClientCertificate"]


def test_nothing_secret_is_in_its_text() -> None:
    config = read_config_file(file_bytes())
    assert str(config.secret) not in repr(config)
    assert config.content not in repr(config)


def test_a_byte_order_mark_is_dropped() -> None:
    assert read_config_file(b"\xef\xbb\xbf" + GOOD).content == GOOD.decode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"not json", "not JSON"),
        (file_bytes()[:-20], "not JSON"),
        (file_bytes() + b"}", "not JSON"),
        (b"[1]", "not an object"),
        (b"{}", "not an object"),
        (b'"text"', "not an object"),
        (b'{"other": 1}', "without any key"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_file_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(MobilityError) as caught:
        read_config_file(raw)
    assert caught.value.reason is Reason.CONFIG_FILE_INVALID
    assert words in caught.value.found


def test_a_damaged_file_is_refused_without_a_word_of_it() -> None:
    raw = file_bytes()[:-20]
    with pytest.raises(MobilityError) as caught:
        read_config_file(raw)
    assert caught.value.__suppress_context__
    assert "ClientCertificate" not in str(caught.value)


ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.none() | st.text(), max_size=2)
SETTINGS = st.dictionaries(st.sampled_from(sorted(APPLIANCE)), ANYTHING)
KEYS = st.sampled_from([*VAULT, "BiosId", "Fqdn", "RcmProxyTransportSettings"])


@given(st.dictionaries(KEYS, ANYTHING | SETTINGS, min_size=1))
def test_keys_of_another_type_are_unknown_and_never_a_crash(data: dict[str, t.Any]) -> None:
    config = read_config_file(json.dumps(data).encode())
    assert config.expires is None
    assert config.place.appliance.port in {None, *range(1, 65536)}
    assert all(config.place.vault.values())


@pytest.mark.parametrize("form", [pkcs12_bytes, pem_bytes, der_bytes])
def test_the_end_of_a_certificate_in_each_form(form: Callable[..., bytes]) -> None:
    encoded = base64.b64encode(form(NOW)).decode()
    wrapped = "\n".join(encoded[start : start + 64] for start in range(0, len(encoded), 64))
    for text in (encoded, wrapped):
        assert read_config_file(file_bytes(ClientCertificate=text)).expires == NOW


def test_a_certificate_that_is_plain_text() -> None:
    assert read_config_file(file_bytes(ClientCertificate=pem_bytes(NOW).decode())).expires == NOW


@given(st.text(max_size=60) | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
def test_a_certificate_that_cannot_be_read_is_unknown(text: str) -> None:
    config = read_config_file(json.dumps({"BiosId": "x", "ClientCertificate": text}).encode())
    assert config.expires is None
    assert expired(config, NOW) is None


def test_without_the_library_the_end_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(raw: bytes) -> None:
        raise ImportError("cryptography")

    monkeypatch.setattr(config_file, "_end_of_validity", missing)
    assert read_config_file(file_bytes()).expires is None


@pytest.mark.parametrize(("end", "refused"), [(NOW - DAY, True), (NOW, True), (NOW + DAY, False)])
def test_an_expired_file(end: datetime.datetime, refused: bool) -> None:
    refusal = expired(read_config_file(file_bytes(end)), NOW)
    assert (refusal is not None) is refused
    if refusal:
        assert refusal.reason is Reason.CONFIG_FILE_EXPIRED


@pytest.mark.parametrize(
    ("machine", "fits"),
    [
        (BIOS_ID, True),
        (BIOS_ID.upper(), True),
        (SWAPPED, True),
        (SWAPPED.upper(), True),
        ("4c4c4544-0031-3010-8057-b7c04f4e3333", False),
        ("44454c4c-0031-3010-8057-b7c04f4e3332", False),  # only one group reversed
        (None, True),
        ("", True),
    ],
)
def test_a_file_fits_its_machine_in_either_byte_order(machine: str | None, fits: bool) -> None:
    refusal = unfit(read_config_file(file_bytes()), machine)
    assert (refusal is None) is fits
    if refusal:
        assert refusal.reason is Reason.CONFIG_FILE_OF_ANOTHER_HOST


@given(st.uuids(), st.booleans(), st.booleans())
def test_every_id_fits_itself_in_either_byte_order(identity: uuid.UUID, swap: bool, upper: bool) -> None:
    other = str(uuid.UUID(bytes_le=identity.bytes)) if swap else str(identity)
    assert is_of_machine(str(identity), other.upper() if upper else other)
    changed = uuid.UUID(int=identity.int ^ 1)
    assert not is_of_machine(str(identity), str(changed))


def test_a_file_without_a_bios_id_is_not_refused() -> None:
    assert unfit(read_config_file(file_bytes(BiosId=None)), BIOS_ID) is None


def _place(vault: dict[str, str] | None = None, **appliance: object) -> Place:
    fields: dict[str, t.Any] = dict(appliance)
    return Place(vault if vault is not None else dict(VAULT), Appliance(**fields))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"ResourceLocation": "WestEurope"}, True),
        ({"ContainerId": "other"}, False),
        ({"SubscriptionId": "other"}, False),
    ],
)
def test_a_vault_is_its_five_ids_without_case(other: dict[str, str], same: bool) -> None:
    assert _place().same_vault(_place({**VAULT, **other})) is same


def test_unknown_ids_of_a_vault_are_not_compared() -> None:
    assert _place({"ResourceId": "a"}).same_vault(_place({"ContainerId": "b"})) is None
    assert _place({}).same_vault(_place()) is None
    assert _place({"ResourceId": VAULT["ResourceId"]}).same_vault(_place()) is True


def test_an_appliance_is_its_id_or_an_address() -> None:
    assert _place(identity="A").same_appliance(_place(identity="a", addresses=("x",))) is True
    assert _place(identity="a", addresses=("x",)).same_appliance(_place(identity="b", addresses=("x",))) is False
    assert _place(addresses=("x", "y")).same_appliance(_place(identity="b", nat_address="Y")) is True
    assert _place(addresses=("x",)).same_appliance(_place(addresses=("z",))) is False
    assert _place().same_appliance(_place(identity="b", addresses=("x",))) is None


def test_an_appliance_is_called_by_what_is_known_of_it() -> None:
    assert str(Appliance("id", "name", ("a",))) == "name"
    assert str(Appliance("id")) == "id"
    assert str(Appliance(addresses=("a", "b"))) == "a, b"
    assert "without a name" in str(Appliance())


def test_a_port_as_text() -> None:
    settings = {**APPLIANCE, "Port": "9443"}
    assert place_of({"RcmProxyTransportSettings": settings}).appliance.port == 9443
    assert place_of({}) == Place()
