# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe shows of the stored registration: enough to compare, and nothing secret."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.host import host_state
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import SCRIPT_FILE, ProbeQuery, parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.config_file import (
    place_of,
    read_config_file,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.passphrase import salted_hash
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.stored import source_config
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunStatus
from unit.mobility.outputs import installed, output
from unit.mobility.registration.files import content

STORED = "/usr/local/InMage/private/connection.passphrase"
NONCE = "0123456789abcdef"


def _probe(shell: list[str], folder: Path, nonce: str = NONCE) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The printed text and its facts, of a host whose agent lies in a folder."""
    text = SCRIPT_FILE.read_text(encoding="utf-8")
    functions = text[: text.index("\nprobe_identity\n")].replace(STORED, str(folder / "passphrase"))
    script = f"ASR_NONCE={nonce}\n{functions}\nprobe_installation='{folder}'\nprobe_stored_registration\n"
    done = subprocess.run(
        shell, input=f"{script}printf 'probe=complete\\n'\n", text=True, capture_output=True, timeout=60, check=True
    )
    assert done.stderr == ""
    facts = parse_facts(done.stdout)
    return done.stdout, {key: tuple(facts.all(key)) for key in facts.values}


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "pretty"])
def test_the_place_comes_back_and_the_certificate_does_not(
    shell: list[str], indent: int | None, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    raw = json.dumps(content(ResourceLocation='west"europe\\x ä\n'), indent=indent)
    (tmp_path / "etc" / "SourceConfig.json").write_text(raw, encoding="utf-8")
    printed, facts = _probe(shell, tmp_path)
    config = read_config_file(raw.encode())
    assert place_of(source_config(facts["stored.source"])) == config.place
    secret = str(config.secret)
    assert not any(secret[start : start + 24] in printed for start in range(0, len(secret) - 24, 8))


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_stored_passphrase_is_a_salted_hash(shell: list[str], end: str, tmp_path: Path) -> None:
    passphrase = 'it\'s a "secret" %s $HOME \\n ä'
    (tmp_path / "passphrase").write_bytes(f"{passphrase}{end}".encode())
    printed, facts = _probe(shell, tmp_path)
    assert facts["stored.passphrase"] == (salted_hash(NONCE, passphrase),)
    assert "secret" not in printed


def test_a_host_without_anything_stored(shell: list[str], tmp_path: Path) -> None:
    _printed, facts = _probe(shell, tmp_path)
    assert facts == {"stored.asked": ("1",)}


def test_nothing_is_looked_at_when_nobody_asks(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("x")
    assert _probe(["dash"], tmp_path, nonce="''")[1] == {}
    assert ProbeQuery("/s").variables["ASR_NONCE"] == ""
    assert host_state(parse_facts(output(*installed())), "/s", RunStatus()).stored_registration is None


def test_the_facts_become_a_state() -> None:
    lines = [
        *installed(IsCredentialLessDiscovery="1", ExternalIpAddress=" 192.0.2.1"),
        "stored.asked=1",
        "stored.passphrase=abc",
        'stored.source="ResourceId" : "vault"',
        'stored.source="Port": 443',
    ]
    stored = host_state(parse_facts(output(*lines)), "/s", RunStatus()).stored_registration
    assert stored is not None
    assert (stored.passphrase, stored.external_address, stored.credential_less) == ("abc", "192.0.2.1", True)
    assert stored.source_config == {"ResourceId": "vault", "RcmProxyTransportSettings": {"Port": 443}}


def test_the_first_of_equal_keys_counts_and_foreign_lines_are_dropped() -> None:
    pairs = ['"Id": "first"', '"Id": "second"', "no pair", '"Port": x', "1"]
    assert source_config(pairs) == {"RcmProxyTransportSettings": {"Id": "first"}}
    assert source_config([]) == {}


@given(st.lists(st.text(max_size=30), max_size=5))
def test_no_line_crashes_it(pairs: list[str]) -> None:
    place_of(source_config(pairs))
