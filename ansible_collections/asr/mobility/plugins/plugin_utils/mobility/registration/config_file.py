# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the file that an appliance makes for one machine, and tell whether it fits a host. Pure.

Facts (Microsoft's headers AgentConfig.h and RcmProxyDetails.h in Azure/AzMigrate-Hydration, read): one JSON object;
five ids name the vault, BiosId and Fqdn the machine, ClientCertificate holds a certificate with its private key in
base64, RcmProxyTransportSettings names the appliance with its addresses and port. The agent takes a file only when
BiosId is the machine's, ignoring case, or has the bytes of its first three groups reversed. It keeps the file as
etc/SourceConfig.json. Whatever another version leaves out is unknown here, and what is unknown refuses nothing.

A byte order mark makes the agent refuse a file (reported by users) and carries no content, so it is dropped.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import typing as t
import warnings
from dataclasses import dataclass, field

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason

if t.TYPE_CHECKING:
    from cryptography import x509

_VAULT_KEYS = ("SubscriptionId", "ContainerId", "ContainerUniqueName", "ResourceId", "ResourceLocation")
_APPLIANCE_KEY = "RcmProxyTransportSettings"
_CERTIFICATE_KEY = "ClientCertificate"
_BIOS_GROUPS = (8, 4, 4, 4, 12)
_REVERSED_GROUPS = 3
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Appliance:
    """The appliance of a file. Absent values are None or empty."""

    identity: str | None = None
    name: str | None = None
    addresses: t.Sequence[str] = ()  # each leads to the same appliance
    nat_address: str | None = None
    port: int | None = None

    @property
    def all_addresses(self) -> tuple[str, ...]:
        """Every address once, the translated one last."""
        nat = (self.nat_address,) if self.nat_address else ()
        return tuple(dict.fromkeys((*self.addresses, *nat)))

    def __str__(self) -> str:
        return self.name or self.identity or ", ".join(self.all_addresses) or "an appliance without a name"


@dataclass(frozen=True)
class Place:
    """Where a modernized agent is or shall be registered: the vault, and the appliance on the way to it."""

    vault: t.Mapping[str, str] = field(default_factory=dict)  # those of the five ids that are known
    appliance: Appliance = field(default_factory=Appliance)

    def same_vault(self, other: Place) -> bool | None:
        """None when the two have no id in common."""
        common = self.vault.keys() & other.vault.keys()
        return all(_equal(self.vault[key], other.vault[key]) for key in common) if common else None

    def same_appliance(self, other: Place) -> bool | None:
        """By its id, and without one by a common address; None when neither is known of both."""
        mine, its = self.appliance, other.appliance
        if mine.identity and its.identity:
            return _equal(mine.identity, its.identity)
        if not mine.all_addresses or not its.all_addresses:
            return None
        known = {address.casefold() for address in mine.all_addresses}
        return any(address.casefold() in known for address in its.all_addresses)


@dataclass(frozen=True)
class ConfigFile:
    """What a file says that the engine may know; the certificate itself stays in content, which is secret."""

    content: str = field(repr=False)
    place: Place = field(default_factory=Place)
    bios_id: str | None = None
    host_name: str | None = None
    expires: datetime.datetime | None = None  # None: the certificate could not be read
    secret: str | None = field(default=None, repr=False)  # ClientCertificate as it stands there


def read_config_file(raw: bytes) -> ConfigFile:
    """The file; config_file_invalid when it is not one JSON object in UTF-8."""
    content = _text(raw)
    data = _object(content)
    certificate = _word(data, _CERTIFICATE_KEY)
    return ConfigFile(
        content=content,
        place=place_of(data),
        bios_id=_word(data, "BiosId"),
        host_name=_word(data, "Fqdn"),
        expires=_expiry(certificate) if certificate else None,
        secret=certificate,
    )


def place_of(data: t.Mapping[str, t.Any]) -> Place:
    """The place that the keys of a file name; what has another type than expected is unknown."""
    settings = data.get(_APPLIANCE_KEY)
    settings = settings if isinstance(settings, t.Mapping) else {}
    addresses = settings.get("IpAddresses")
    addresses = addresses if isinstance(addresses, list) else []
    return Place(
        vault={key: value for key in _VAULT_KEYS if (value := _word(data, key)) is not None},
        appliance=Appliance(
            identity=_word(settings, "Id"),
            name=_word(settings, "FriendlyName"),
            addresses=tuple(text for item in addresses if isinstance(item, str) and (text := item.strip())),
            nat_address=_word(settings, "NatIpAddress"),
            port=_port(settings.get("Port")),
        ),
    )


def unfit(config: ConfigFile, bios_id: str | None) -> MobilityError | None:
    """The refusal of a file that was made for another machine; an id that is not known refuses nothing."""
    if config.bios_id is None or not bios_id or is_of_machine(config.bios_id, bios_id):
        return None
    return MobilityError(
        Reason.CONFIG_FILE_OF_ANOTHER_HOST,
        found=f"a configuration file for {config.host_name or 'a machine'} with the BIOS id {config.bios_id}",
        expected=f"one for this machine, whose BIOS id is {bios_id}",
        remedy="Make the file of this machine on the appliance, from the machine's own config_input.",
    )


def expired(config: ConfigFile, now: datetime.datetime) -> MobilityError | None:
    """The refusal of a file whose certificate is over; one that could not be read refuses nothing."""
    if config.expires is None or now < config.expires:
        return None
    return MobilityError(
        Reason.CONFIG_FILE_EXPIRED,
        found=f"a configuration file whose certificate ended on {config.expires:%Y-%m-%d %H:%M} UTC",
        expected="a certificate that is valid",
        remedy="Make the file anew on the appliance, and use it soon.",
    )


def is_of_machine(file_id: str, machine_id: str) -> bool:
    """Whether a BiosId is that of a machine, straight or with the bytes of its first three groups reversed."""
    mine, its = _hexadecimal(file_id), _hexadecimal(machine_id)
    if len(mine) != sum(_BIOS_GROUPS) or len(its) != sum(_BIOS_GROUPS):
        return _equal(file_id, machine_id)
    return its in (mine, _reversed(mine))


def _hexadecimal(text: str) -> str:
    return text.strip().strip("{}").replace("-", "").casefold()


def _reversed(digits: str) -> str:
    """The digits with the bytes of the first three groups in reverse order."""
    done, rest = "", digits
    for length in _BIOS_GROUPS[:_REVERSED_GROUPS]:
        group, rest = rest[:length], rest[length:]
        done += "".join(reversed([group[start : start + 2] for start in range(0, length, 2)]))
    return done + rest


def _equal(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _word(data: t.Mapping[str, t.Any], key: str) -> str | None:
    value = data.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _port(value: object) -> int | None:
    """A number, or the digits of one."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    is_port = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _HIGHEST_PORT
    return t.cast(int, value) if is_port else None


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(
            "a text that is not UTF-8", "Save it as UTF-8; a redirection of PowerShell writes UTF-16."
        ) from None
    if not text.strip():
        raise _invalid("an empty text", "Download it again and look at its size before it is used.")
    return text


def _object(content: str) -> t.Mapping[str, t.Any]:
    """Nothing of the text may be in the message: it holds a private key."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise _invalid("a text that is not JSON", "Download it again; a copy by clipboard often damages it.") from None
    if not isinstance(data, dict) or not data:
        raise _invalid("JSON that is not an object with keys", "Name the file that the appliance made.")
    if not data.keys() & {*_VAULT_KEYS, "BiosId", "Fqdn", _CERTIFICATE_KEY, _APPLIANCE_KEY}:
        raise _invalid("a JSON object without any key of an agent's configuration", "Name the file of the appliance.")
    return data


def _invalid(found: str, remedy: str) -> MobilityError:
    return MobilityError(
        Reason.CONFIG_FILE_INVALID,
        found=f"{found} as the configuration file",
        expected="the JSON file that the appliance makes for one machine",
        remedy=remedy,
    )


def _expiry(certificate: str) -> datetime.datetime | None:
    """The end of the certificate's validity; None when it cannot be read or there is no library to read it."""
    try:
        raw = base64.b64decode("".join(certificate.split()), validate=True)
    except (binascii.Error, ValueError):
        raw = certificate.encode("utf-8", "replace")
    try:
        return _end_of_validity(raw)
    except Exception:  # whatever the library thinks of foreign bytes, the file is not refused for it
        return None


def _end_of_validity(raw: bytes) -> datetime.datetime | None:
    """ImportError without the library; its own errors for what is no certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import pkcs12

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if b"-----BEGIN CERTIFICATE-----" in raw:
            return _utc(x509.load_pem_x509_certificate(raw))
        try:
            found = pkcs12.load_key_and_certificates(raw, None)[1]
        except ValueError:
            found = x509.load_der_x509_certificate(raw)
        return _utc(found) if found is not None else None


def _utc(certificate: x509.Certificate) -> datetime.datetime:
    """Libraries before 42 know only a time without a zone."""
    end = getattr(certificate, "not_valid_after_utc", None)
    if end is None:
        end = certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc)
    return t.cast(datetime.datetime, end)
