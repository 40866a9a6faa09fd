# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A broken upgrade's saved configuration is put back exactly when the live one has lost who the agent is."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.rescue import rescue_configuration, rescue_text
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import ScriptResult
from unit.lifecycle.recording import RecordingTarget, refusal_of
from unit.lifecycle.states import host

TEMPLATE = "[vxagent]\nHostId=1234_45466_67689\nCSType=CSLegacy\nLogLevel=3\n[vxagent.transport]\nHostname=\n"
CLASSIC = "[vxagent]\nHostId = guid\nCSType = CSLegacy\nLogLevel=7\n[vxagent.transport]\nHostname = 192.0.2.7\n"
MERGED = "[vxagent]\nHostId=guid\nCSType=CSLegacy\nLogLevel=3\nNew=1\n[vxagent.transport]\nHostname=192.0.2.7 \n"
MODERNIZED = "[vxagent]\nHostId = guid\nCSType = CSPrime\n"


@dataclass(frozen=True)
class Place:
    """The agent's configuration, the saved one, and a shell."""

    root: Path
    shell: list[str]

    @property
    def live(self) -> Path:
        """The agent's own file."""
        return self.root / "opt/ASR/Vx/etc/drscout.conf"

    def prepare(self, live: str | None, saved: str | None) -> None:
        """Write both files, or only the directories."""
        for path, text in ((self.live, live), (self.root / "run/extracted/TEMP/drscout.conf", saved)):
            path.parent.mkdir(parents=True)
            if text is not None:
                path.write_text(text, encoding="utf-8")
        record = self.root / "usr/local/.vx_version"
        record.parent.mkdir(parents=True)
        record.write_text(f"VERSION=9.62.0.0\nINSTALLATION_DIR={self.root}/opt/ASR/Vx\n", encoding="utf-8")

    def rescue(self) -> str:
        """What the script prints."""
        text = rescue_text().replace("/usr/local", f"{self.root}/usr/local")
        words = [*self.shell, "-c", text]
        done = subprocess.run(
            words,
            env={"ASR_RUN": f"{self.root}/run", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert done.stderr == b""
        return done.stdout.decode()


@pytest.fixture
def place(shell: list[str], tmp_path: Path) -> Place:
    """A place for each shell."""
    return Place(tmp_path, shell)


@pytest.mark.parametrize(
    ("live", "saved"),
    [
        (TEMPLATE, CLASSIC),
        (TEMPLATE, MODERNIZED),
        (CLASSIC.replace("192.0.2.7", ""), CLASSIC),  # merged as far as the first keys
        (MODERNIZED.replace("CSPrime", "CSLegacy"), MODERNIZED),
        (None, CLASSIC),
        ("", CLASSIC),
    ],
)
def test_a_lost_registration_is_put_back_once(live: str | None, saved: str, place: Place) -> None:
    place.prepare(live, saved)
    assert place.rescue() == "rescue=restored\n"
    assert place.live.read_text(encoding="utf-8") == saved
    assert [path.name for path in place.live.parent.iterdir()] == ["drscout.conf"]
    assert place.rescue() == ""


@pytest.mark.parametrize(
    ("live", "saved"),
    [
        (MERGED, CLASSIC),  # the same agent, with other spaces and new keys
        (CLASSIC, CLASSIC),
        (TEMPLATE, TEMPLATE),  # never registered
        (CLASSIC, TEMPLATE),  # registered since
        (TEMPLATE, CLASSIC.replace("guid", "")),  # unregistered
        (TEMPLATE, ""),
        (TEMPLATE, None),
    ],
)
def test_what_is_not_lost_is_left_alone(live: str, saved: str | None, place: Place) -> None:
    place.prepare(live, saved)
    assert place.rescue() == ""
    assert place.live.read_text(encoding="utf-8") == live


@pytest.mark.parametrize(
    ("changes", "said"),
    [("registration", ""), ("stack,registration", ""), ("", "rescue=restored\n"), ("stack", "rescue=restored\n")],
)
def test_a_registration_that_the_run_was_to_end_is_not_given_back(changes: str, said: str, place: Place) -> None:
    place.prepare(TEMPLATE, CLASSIC)
    (place.root / "run/manifest").write_text(f"action=upgrade\nchanges={changes}\n")
    assert place.rescue() == said


def test_the_file_keeps_its_mode(place: Place) -> None:
    place.prepare(TEMPLATE, CLASSIC)
    place.live.chmod(0o640)
    place.rescue()
    assert place.live.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_is_told(place: Place) -> None:
    place.prepare(None, CLASSIC)
    place.live.mkdir()
    assert place.rescue() == "rescue=failed\n"


def test_no_agent_no_rescue(place: Place) -> None:
    place.prepare(None, CLASSIC)
    place.live.parent.rmdir()
    assert place.rescue() == ""


@pytest.mark.parametrize(("said", "restored"), [("", False), ("rescue=restored\n", True)])
def test_what_the_script_says_is_told(said: str, restored: bool) -> None:
    target = RecordingTarget([host()], answers={"rescue": ScriptResult(0, said)})
    assert rescue_configuration(target, "/s/run") is restored
    assert target.scripts[0].variables == {"ASR_RUN": "/s/run"}


def test_a_copy_that_cannot_be_put_back_is_kept_and_named() -> None:
    target = RecordingTarget([host()], answers={"rescue": ScriptResult(0, "rescue=failed\n")})
    refusal = refusal_of(lambda: rescue_configuration(target, "/s/run"))
    assert refusal.reason is Reason.CONFIGURATION_NOT_RESTORED
    assert "/s/run/extracted/TEMP/drscout.conf" in refusal.remedy
