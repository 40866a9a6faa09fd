# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configurator's words for each stack, in the order that is right under every reading of its options."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.configurator import (
    Files,
    register_command,
    unregister_command,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Stack
from unit.lifecycle.states import installed

FILES = Files("/s/run/given", "/s/run/errors.json", "/var/log/ua_install.log")
PROGRAM = "/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh"
OUTPUTS = "-l /var/log/ua_install.log -f /s/run/errors.json"


@pytest.mark.parametrize(
    ("version", "wanted", "words"),
    [
        ("9.66.7567.0", {}, f"-S /s/run/given -q -c CSPrime {OUTPUTS}"),
        ("9.66.7567.0", {"credential_less": True}, f"-S /s/run/given -q -c CSPrime {OUTPUTS} -D true"),
        (
            "9.50.6409.0",
            {"stack": Stack.CLASSIC, "server": "cs.example.com", "credential_less": True},
            f"-i cs.example.com -P /s/run/given -p 443 -c CSLegacy {OUTPUTS}",
        ),
        (
            "9.43.6040.0",
            {"stack": Stack.CLASSIC, "server": "cs", "port": 8443, "external_ip": "192.0.2.1"},
            f"-i cs -P /s/run/given -p 8443 -e 192.0.2.1 -c CSLegacy {OUTPUTS}",
        ),
        ("9.42.5990.0", {"stack": Stack.CLASSIC, "server": "cs"}, f"-i cs -P /s/run/given -p 443 {OUTPUTS}"),
    ],
)
def test_the_words_to_register(version: str, wanted: dict[str, t.Any], words: str) -> None:
    assert register_command(installed(version), Wanted(**wanted), FILES) == [PROGRAM, *words.split()]


def test_the_words_to_unregister() -> None:
    agent = installed("9.66.7567.0", install_dir="/opt/ASR")
    program = "/opt/ASR/Vx/bin/UnifiedAgentConfigurator.sh"
    assert unregister_command(agent, FILES) == [program, *f"-c CSPrime -q {OUTPUTS} -U true".split()]


def test_an_agent_without_a_version_is_told_the_stack() -> None:
    assert "-c" in register_command(installed(version=None), Wanted(), FILES)
