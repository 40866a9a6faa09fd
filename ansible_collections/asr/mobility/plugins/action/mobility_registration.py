# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register the Mobility service: options and secret files to a request, the engine, its report to a result."""

from __future__ import annotations

import ipaddress
import json
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.asr.mobility.plugins.modules.mobility_registration import ARGUMENT_SPEC
from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration import Registering
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import read_config_file
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.endpoints import (
    is_host,
    parse_endpoint,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.passphrase import (
    new_nonce,
    read_passphrase,
    salted_hash,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.converging import ConvergingTask
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.masking import secret_values
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.task import Result

Arguments = t.Mapping[str, t.Any]


class ActionModule(ConvergingTask):
    """mobility_registration on one host."""

    specification = ARGUMENT_SPEC
    _read: tuple[str, ...] = ()  # secrets that were read from files or are parts of an option

    def answer(self, arguments: Arguments, task_vars: t.Mapping[str, t.Any]) -> Result:
        """Bring the registration of one host to the wanted state."""
        return self.converged(self._procedure(arguments))

    def secrets(self) -> frozenset[str]:
        """The options that are secret as texts, and what was read. A file's harmless parts need no mask."""
        texts = {name: value for name, value in self._task.args.items() if not isinstance(value, t.Mapping)}
        options = t.cast("t.Mapping[str, t.Any]", ARGUMENT_SPEC["argument_spec"])
        return secret_values(options, texts) | frozenset(self._read)

    def _procedure(self, arguments: Arguments) -> Registering:
        """Raises MobilityError for everything that is wrong whatever the host."""
        directory_option(arguments["install_dir"])
        nonce = new_nonce()
        wanted, secret = self._wanted(arguments, nonce)
        query = ProbeQuery(staging=arguments["staging_dir"], prefix=arguments["install_dir"], nonce=nonce)
        return Registering(
            wanted=wanted,
            query=query,
            timeout=arguments["timeout"],
            secret=secret,
            endpoints=[parse_endpoint(text) for text in arguments["endpoints"]],
            check_reachability=arguments["check_reachability"],
        )

    def _wanted(self, arguments: Arguments, nonce: str) -> tuple[Wanted, str]:
        """The registration, and the content of the secret file that goes to the host for it."""
        if arguments["state"] == "absent":
            return Wanted(present=False), ""
        common = {
            "stack": Stack(arguments["stack"]),
            "allow_move": arguments["allow_move"],
            "same_identity_as": tuple(arguments["same_identity_as"]),
        }
        if common["stack"] is Stack.CLASSIC:
            return self._classic(arguments, nonce, common)
        return self._modernized(arguments, common)

    def _modernized(self, arguments: Arguments, common: Arguments) -> tuple[Wanted, str]:
        config = read_config_file(self._secret(arguments, "config", "config_path"))
        self._read += (config.content, config.secret or config.content)
        return Wanted(config=config, credential_less=arguments["credential_less"], **common), config.content

    def _classic(self, arguments: Arguments, nonce: str, common: Arguments) -> tuple[Wanted, str]:
        _check_server(arguments)
        passphrase = read_passphrase(self._secret(arguments, "passphrase", "passphrase_file"))
        self._read += (passphrase,)
        wanted = Wanted(
            server=arguments["configuration_server"],
            port=arguments["port"],
            external_ip=arguments["external_ip"],
            passphrase_hash=salted_hash(nonce, passphrase),
            **common,
        )
        return wanted, passphrase

    def _secret(self, arguments: Arguments, name: str, file_name: str) -> bytes:
        """The bytes of a secret, given as a text or as a file of the controller.

        The option as it was given counts: older engines make a mapping of a text that looks like one.
        """
        given = self._task.args.get(name)
        if isinstance(given, t.Mapping):
            return json.dumps(given).encode()
        if arguments[name] is not None:
            return str(arguments[name]).encode("utf-8", "surrogateescape")
        if arguments[file_name] is None:
            raise _missing(f"neither {name} nor {file_name}", f"{name} or {file_name} for stack {arguments['stack']}")
        return self._file(arguments[file_name])

    def _file(self, path: str) -> bytes:
        """A file of the controller, decrypted when it is a vault's."""
        try:
            real = self._loader.get_real_file(self._find_needle("files", path))
            try:
                return Path(real).read_bytes()
            finally:
                self._loader.cleanup_tmp_file(real)
        except (AnsibleError, OSError) as error:
            found = f"{path}: {type(error).__name__}"
            raise _missing(found, "a file that the controller can read, and decrypt when it is encrypted") from error


def _check_server(arguments: Arguments) -> None:
    """The values that reach the configurator's command line."""
    server, external = arguments["configuration_server"], arguments["external_ip"]
    if server is None or not is_host(server):
        raise _missing(f"configuration_server {server!r}", "the name or address of a configuration server")
    if not 0 < arguments["port"] <= 65535:
        raise _missing(f"port {arguments['port']}", "a port from 1 to 65535")
    if external is not None and not _is_ipv4(external):
        raise _missing(f"external_ip {external!r}", "an IPv4 address")


def _is_ipv4(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False


def _missing(found: str, expected: str) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found=found,
        expected=expected,
        remedy="Correct the options of the task; ansible-doc shows what the module takes.",
    )
