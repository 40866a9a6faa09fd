# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installer's command line: every option written out, and a directory it cannot misread."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import (
    directory_option,
    install_command,
    installation_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Presence,
    Registration,
    Stack,
)


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    stack: Stack = Stack.MODERNIZED
    platform: str = "VmWare"
    role: str = "agent"
    install_dir: str = "/usr/local/ASR"


def options(agent: AgentState, wanted: Wanted | None = None) -> dict[str, str]:
    """The option letters with their values."""
    words = install_command(agent, wanted or Wanted(), errors_file="/s/e.json", log_file="/var/log/l")
    assert words[:2] == ["./install", "-q"]
    return dict(zip(words[2::2], words[3::2], strict=True))


ALWAYS = {"-l": "/var/log/l", "-e": "/s/e.json"}
INSTALLED = AgentState(presence=Presence.INSTALLED, install_dir="/usr/local/ASR", platform="VmWare", role="agent")


def test_fresh() -> None:
    expected = {"-d": "/usr/local/ASR", "-r": "MS", "-v": "VmWare", "-c": "CSPrime", "-a": "Install", **ALWAYS}
    assert options(AgentState()) == expected
    assert options(AgentState(presence=Presence.HALF_INSTALLED, platform="Azure")) == expected


def test_fresh_with_everything_else() -> None:
    wanted = Wanted(Stack.CLASSIC, "Azure", "master_target", "/opt/ASR")
    assert options(AgentState(), wanted) == {
        "-d": "/opt",
        "-r": "MT",
        "-v": "Azure",
        "-c": "CSLegacy",
        "-a": "Install",
        **ALWAYS,
    }


def registered(stack: Stack | None, **more: object) -> AgentState:
    """An agent that is registered."""
    fields: dict[str, t.Any] = {"registration": Registration.OK, "stack": stack, **more}
    return replace(INSTALLED, **fields)


@pytest.mark.parametrize(
    ("agent", "cs_type", "action"),
    [
        (registered(Stack.MODERNIZED), "CSPrime", "Upgrade"),
        (registered(Stack.CLASSIC), "CSLegacy", "Upgrade"),
        (registered(Stack.CLASSIC, registration=Registration.UNKNOWN), "CSLegacy", "Upgrade"),
        (registered(Stack.CLASSIC, presence=Presence.RECORD_CORRUPT), "CSLegacy", "Upgrade"),
        (registered(None, registration=Registration.UNKNOWN), "CSPrime", "Upgrade"),  # never moved to another stack
        (INSTALLED, "CSPrime", "Install"),
    ],
)
def test_an_upgrade_passes_the_installed_stack_or_installs_a_never_configured_one(
    agent: AgentState, cs_type: str, action: str
) -> None:
    found = options(agent)
    assert (found["-c"], found["-a"]) == (cs_type, action)


def test_an_upgrade_keeps_platform_role_and_place() -> None:
    agent = registered(Stack.MODERNIZED, platform="Azure", role="master_target", install_dir="/opt/ASR")
    found = options(agent, Wanted(install_dir="/elsewhere/ASR"))
    assert (found["-v"], found["-r"], found["-d"]) == ("Azure", "MT", "/opt")
    assert options(registered(Stack.MODERNIZED, install_dir="/opt/odd"))["-d"] == "/opt/odd"


def what_the_installer_makes_of(option: str) -> str:
    """The rule of the installer, as observed: only the literal default is taken as it is."""
    return option if option == "/usr/local/ASR" else f"{option}/ASR"


@pytest.mark.parametrize("path", ["/usr/local/ASR", "/opt/ASR", "/opt/a.b/x-1_2/ASR", "/srv/ASR/ASR", "/usr/ASR"])
def test_possible_directories(path: str) -> None:
    assert what_the_installer_makes_of(directory_option(path)) == path
    assert installation_of(path) == path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/opt", "'/opt/ASR'"),
        ("/usr/local/ASR/", "Write install_dir: /usr/local/ASR."),
        ("/opt/ASR/", "Write install_dir: /opt/ASR."),
        ("/usr/local/ASR/ASR", "'/usr/local/ASR'"),
        ("/ASR", "'/ASR/ASR'"),
        ("opt/ASR", "absolute"),
        ("/opt//ASR", "absolute"),
        ("/opt/../ASR", "absolute"),
        ("/opt/./ASR", "absolute"),
        ("/opt/a b/ASR", "absolute"),
        ("/opt/$(id)/ASR", "absolute"),
        ("/opt/-x/ASR\n", "absolute"),
        ("", "absolute"),
        ("/", "Write install_dir: /usr/local/ASR."),
    ],
)
def test_directories_that_the_installer_would_misread(path: str, words: str) -> None:
    with pytest.raises(MobilityError) as caught:
        directory_option(path)
    assert caught.value.reason is Reason.INSTALL_DIR_NOT_POSSIBLE
    assert words in str(caught.value)
    assert installation_of(path) is None


@given(st.text(alphabet="/ASRabc.- ", max_size=20))
def test_no_directory_ends_up_elsewhere(path: str) -> None:
    if installation_of(path):
        assert what_the_installer_makes_of(directory_option(path)) == path


@given(st.text(alphabet="/ASRabc.- ", max_size=20))
def test_a_proposed_directory_is_possible(path: str) -> None:
    try:
        directory_option(path)
    except MobilityError as error:
        proposal = error.remedy.removeprefix("Write install_dir: ").removesuffix(".")
        assert installation_of(proposal) == proposal
