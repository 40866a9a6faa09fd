# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies run here under each shell, on an agent made of a few files whose programs write down what they do."""

from __future__ import annotations

import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.registration_plan import Wanted
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.bodies import (
    NOT_KEPT,
    NOT_WRITTEN,
    Ground,
    move_body,
    notes_of,
    register_body,
    unregister_body,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.recovery import recover_text
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Registration, Stack
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library
from unit.lifecycle.states import STOPPED, installed, registered

CLASSIC = Wanted(stack=Stack.CLASSIC, server="cs2.example.com")
MODERN = Wanted()
SECRET = 'it\'s a "secret" %s $HOME\\n'
CONF = "[vxagent]\nHostId = guid\nHostnameX = other\n[vxagent.transport]\nHostname = cs.example.com\nPort=443\n"
RECORD = "VERSION=9.66.0.0\nAGENT_CONFIGURATION_STATUS=Succeeded\n"
DAMAGED = "[vxagent]\nHostId = new\n[vxagent.transport]\nHostname = damaged\n"
# Fails with what stands in `code`, after it has damaged what the real one damages; unregisters with -U.
CONFIGURATOR = """#!/bin/sh
printf 'configure %s %s\\n' "$(cat "$HERE/run/given" 2>/dev/null)" "$*" >>"$HERE/calls"
case "$*" in
    *'-U true')
        printf '[vxagent]\nHostId =\n' >"$HERE/local/ASR/Vx/etc/drscout.conf"
        rm -f "$HERE/local/ASR/Vx/etc/SourceConfig.json"
        exit "$(cat "$HERE/leave")"
        ;;
esac
[ ! -e "$HERE/usage" ] || exit 0
cp "$HERE/damaged" "$HERE/local/ASR/Vx/etc/drscout.conf"
[ ! -e "$HERE/killed" ] || kill -9 $PPID
echo damaged >"$HERE/local/passphrase"
case $(cat "$HERE/code") in
    0) printf 'VERSION=9.66.0.0\nAGENT_CONFIGURATION_STATUS=Succeeded\n' >"$HERE/local/.vx_version" ;;
    *) echo damaged >"$HERE/local/.vx_version" ;;
esac
rm -f "$HERE/local/ASR/Vx/etc/SourceConfig.json"
exit "$(cat "$HERE/code")"
"""


@dataclass
class Machine:
    """A host below a folder. shell: what stands for /bin/sh. faults: functions in the place of commands."""

    folder: Path
    shell: list[str]
    faults: str = ""

    def __post_init__(self) -> None:
        for name in ("run", "local/ASR/Vx/etc", "local/ASR/Vx/bin"):
            (self.folder / name).mkdir(parents=True)
        self.conf.write_text(CONF)
        self.conf.chmod(0o660)
        self.passphrase.write_text("stored")
        self.source_config.write_text("{}")
        (self.folder / "record").write_text(RECORD)
        self.record.symlink_to(self.folder / "record")
        (self.folder / "local/drscout.conf").symlink_to(self.conf)
        (self.folder / "run/secret").write_text(f"random line\n{SECRET}")
        (self.folder / "damaged").write_text(DAMAGED)
        self.set("code", "0")
        self.set("leave", "0")
        self.program("UnifiedAgentConfigurator.sh", CONFIGURATOR)
        for name in ("start", "stop", "unregister"):
            self.set(name, "0")
            self.program(name, f'#!/bin/sh\necho {name} >>"$HERE/calls"\nexit "$(cat "$HERE/{name}")"\n')

    conf = property(lambda self: self.folder / "local/ASR/Vx/etc/drscout.conf")
    source_config = property(lambda self: self.folder / "local/ASR/Vx/etc/SourceConfig.json")
    passphrase = property(lambda self: self.folder / "local/passphrase")
    record = property(lambda self: self.folder / "local/.vx_version")

    def recover(self, *, quiet: bool = True) -> tuple[str, ...]:
        """What whoever reads the run does first."""
        code, notes = self.run(Script("recover", recover_text(), {"ASR_RUN": f"{self.folder}/run"}), quiet=quiet)
        assert code == 0
        return notes

    def set(self, name: str, code: str) -> None:
        """Let a program end so."""
        (self.folder / name).write_text(code)

    def program(self, name: str, text: str) -> None:
        """A program of the agent."""
        path = self.folder / "local/ASR/Vx/bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def ground(self, agent: AgentState) -> Ground:
        """What a body is told."""
        return Ground(f"{self.folder}/run", "/dev/null", agent)

    def run(self, script: Script, *, quiet: bool = True) -> tuple[int, tuple[str, ...]]:
        """The script's exit code and notes; its absolute paths lead below the folder. quiet: it must not complain.

        The target puts process.sh before a body; a script that brings it along has it twice.
        """
        text = script.text.replace("/usr/local/InMage/private/connection.passphrase", str(self.passphrase))
        text = library("process") + text.replace("/usr/local/", f"{self.folder}/local/")
        values = {
            name: value.replace("/usr/local/", f"{self.folder}/local/") for name, value in script.variables.items()
        }
        begin = f"umask 077\nHERE='{self.folder}'\nexport HERE\n{self.faults}{library('process')}"
        done = subprocess.run(
            self.shell,
            input=f"{begin}{assignments(values)}{text}",
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert SECRET not in done.stdout + done.stderr
        assert not (quiet and done.stderr), done.stderr
        return done.returncode, notes_of(done.stdout)

    @property
    def calls(self) -> list[str]:
        """What the programs wrote down."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def step(self) -> str:
        """How far the run says that it came."""
        return (self.folder / "run/step").read_text().strip()

    def assert_as_before(self, record: str = RECORD) -> None:
        """Every file of the registration, with its mode, a link that is still one, and nothing beside them."""
        assert (self.conf.read_text(), self.conf.stat().st_mode & 0o777) == (CONF, 0o660)
        assert self.record.is_symlink()
        assert (self.record.read_text(), self.passphrase.read_text()) == (record, "stored")
        assert self.source_config.read_text() == "{}"
        assert not list(self.folder.rglob("*.asr-part"))

    def assert_no_secret(self) -> None:
        """Neither the staged file nor the one the configurator was given."""
        left = [path.name for path in (self.folder / "run").iterdir() if path.name in ("secret", "given")]
        assert left == []


@pytest.fixture
def machine(shell: list[str], tmp_path: Path) -> Machine:
    """One for each shell."""
    return Machine(tmp_path, shell)


AGENT = registered()


def test_a_registration_that_works(machine: Machine) -> None:
    assert machine.run(register_body(machine.ground(installed()), CLASSIC)) == (0, ())
    (call,) = machine.calls
    assert call.startswith(f"configure {SECRET} -i cs2.example.com -P {machine.folder}/run/given -p 443")
    assert machine.step == "registered"
    machine.assert_no_secret()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [(register_body, CLASSIC), (register_body, MODERN), (lambda *given: move_body(*given, leave_vault=False), MODERN)],
)
def test_a_failed_one_of_a_healthy_agent_is_taken_back(
    machine: Machine, body: t.Callable[..., Script], wanted: Wanted
) -> None:
    machine.set("code", "14")
    assert machine.run(body(machine.ground(AGENT), wanted)) == (14, ("put_back", "started_again"))
    machine.assert_as_before()
    machine.assert_no_secret()
    assert machine.calls[-1] == "start"


def test_what_was_not_there_before_is_not_there_after(machine: Machine) -> None:
    machine.source_config.unlink()
    machine.program("UnifiedAgentConfigurator.sh", f"#!/bin/sh\necho new >{machine.source_config}\nexit 97\n")
    assert machine.run(register_body(machine.ground(AGENT), MODERN))[0] == 97
    assert not machine.source_config.exists()


def test_an_agent_that_was_stopped_stays_stopped(machine: Machine) -> None:
    machine.set("code", "97")
    stopped = registered(daemons=STOPPED)
    assert machine.run(register_body(machine.ground(stopped), MODERN)) == (97, ("put_back", "was_stopped"))
    machine.assert_as_before()
    assert "start" not in machine.calls


def test_nothing_is_put_back_of_an_agent_that_was_never_registered(machine: Machine) -> None:
    machine.set("code", "98")
    assert machine.run(register_body(machine.ground(installed()), MODERN)) == (98, ())
    assert machine.conf.read_text() == DAMAGED
    machine.assert_no_secret()


def test_nothing_is_touched_without_copies(machine: Machine) -> None:
    (machine.folder / "run/kept").write_text("in the way")
    found = machine.run(register_body(machine.ground(AGENT), CLASSIC), quiet=False)
    assert found == (NOT_KEPT, ("not_kept",))
    assert machine.calls == []
    machine.assert_as_before()
    machine.assert_no_secret()


def test_a_move_leaves_the_old_server_first(machine: Machine) -> None:
    machine.set("unregister", "1")
    assert machine.run(move_body(machine.ground(AGENT), CLASSIC, leave_vault=False)) == (0, ("not_told",))
    assert [call.split()[0] for call in machine.calls] == ["stop", "unregister", "configure"]
    assert machine.step == "registered"


@pytest.mark.parametrize(("leave", "calls"), [(True, 2), (False, 1)])
def test_a_move_to_another_vault_unconfigures_first(machine: Machine, leave: bool, calls: int) -> None:
    assert machine.run(move_body(machine.ground(AGENT), MODERN, leave_vault=leave))[0] == 0
    assert len(machine.calls) == calls
    assert machine.calls[0].endswith("-U true") is leave
    assert f"-S {machine.folder}/run/given" in machine.calls[-1]


def test_an_agent_that_does_not_stop_is_not_moved(machine: Machine) -> None:
    machine.set("stop", "2")
    code, notes = machine.run(move_body(machine.ground(AGENT), CLASSIC, leave_vault=False))
    assert (code, notes) == (115, ("put_back", "started_again"))
    assert machine.calls == ["stop", "start"]
    machine.assert_as_before()


def test_a_classic_agent_is_unregistered(machine: Machine) -> None:
    assert machine.run(unregister_body(machine.ground(AGENT), Stack.CLASSIC)) == (0, ())
    assert machine.calls == ["stop", "unregister"]
    emptied = CONF.replace("HostId = guid", "HostId =").replace("Hostname = cs.example.com", "Hostname =")
    assert (machine.conf.read_text(), machine.conf.stat().st_mode & 0o777) == (emptied, 0o660)


def test_a_modernized_agent_is_unregistered_by_the_configurator(machine: Machine) -> None:
    assert machine.run(unregister_body(machine.ground(AGENT), Stack.MODERNIZED)) == (0, ())
    (call,) = machine.calls
    assert call.split()[1:3] == ["-c", "CSPrime"]
    assert call.endswith("-U true")


def test_a_failed_unregistration_is_taken_back(machine: Machine) -> None:
    machine.set("leave", "97")
    notes = ("left", "put_back", "started_again")
    assert machine.run(unregister_body(machine.ground(AGENT), Stack.MODERNIZED)) == (97, notes)
    machine.assert_as_before()


@pytest.mark.parametrize(
    ("step", "put_back"),
    [("move", False), ("touched", True), ("left", True), ("registered", False), ("put_back", False), ("", False)],
)
def test_what_a_dead_run_changed_is_put_back_unless_it_had_come_to_its_end(
    machine: Machine, step: str, put_back: bool
) -> None:
    assert machine.run(register_body(machine.ground(AGENT), CLASSIC))[0] == 0  # leaves damage and copies
    (machine.folder / "run/step").write_text(f"{step}\n")
    (machine.folder / "run/given").write_text(SECRET)
    notes = (*(["left"] if step == "left" else []), "put_back", "started_again")
    assert machine.recover() == (notes if put_back else ())
    if put_back:
        machine.assert_as_before()
        assert notes_of((machine.folder / "run/output").read_text()) == notes
        assert machine.step == "put_back"
    else:
        assert machine.conf.read_text() == DAMAGED
    machine.assert_no_secret()
    assert machine.recover() == ()


@pytest.mark.parametrize("body", [register_body, lambda *given: move_body(*given, leave_vault=False)])
def test_a_body_that_is_killed_is_taken_back_by_whoever_reads_it(
    machine: Machine, body: t.Callable[..., Script]
) -> None:
    machine.set("killed", "")
    code, _notes = machine.run(body(machine.ground(AGENT), MODERN), quiet=False)
    assert code == -9
    assert machine.conf.read_text() == DAMAGED
    assert machine.recover() == ("put_back", "started_again")
    machine.assert_as_before()
    machine.assert_no_secret()


def test_nothing_is_put_back_of_a_dead_run_that_had_no_registration(machine: Machine) -> None:
    machine.set("killed", "")
    machine.run(register_body(machine.ground(installed()), CLASSIC), quiet=False)
    assert machine.recover() == ()
    assert machine.conf.read_text() == DAMAGED


def test_a_registration_that_nobody_is_sure_of_is_put_back_too(machine: Machine) -> None:
    machine.set("code", "97")
    unsure = registered(registration=Registration.UNKNOWN)
    assert machine.run(register_body(machine.ground(unsure), MODERN))[1] == ("put_back", "started_again")
    machine.assert_as_before()


def test_a_run_that_died_before_its_copies_were_complete_changed_nothing(machine: Machine) -> None:
    (machine.folder / "run/kept").mkdir()
    (machine.folder / "run/kept/drscout.conf").write_text("half a co")
    (machine.folder / "run/step").write_text("touched\n")
    assert machine.recover() == ()
    machine.assert_as_before()


def test_another_program_that_ran_is_left_alone(machine: Machine) -> None:
    assert machine.recover() == ()
    machine.assert_as_before()


COPY = """cp() {{
    case " $* " in
        {pattern}) {what}; return "{code}" ;;
    esac
    command cp "$@"
}}
"""
LOSES, CUTS = (
    COPY.format(pattern='*"$HERE/run/kept/$(cat "$HERE/lose") "*', what=':>"$3"', code=code) for code in "10"
)


@pytest.mark.parametrize("copy", ["drscout.conf", "record", "passphrase", "source_config"])
@pytest.mark.parametrize("cp", [LOSES, CUTS], ids=["fails", "is cut short"])
def test_a_copy_that_fails_or_is_none_ends_the_run_before_anything_is_touched(
    machine: Machine, copy: str, cp: str
) -> None:
    machine.faults = cp
    machine.set("lose", copy)
    assert machine.run(register_body(machine.ground(AGENT), CLASSIC)) == (NOT_KEPT, ("not_kept",))
    assert not (machine.folder / "run/kept/complete").exists()
    assert machine.calls == []
    machine.assert_as_before()
    assert machine.recover() == ()
    machine.assert_as_before()


def test_what_was_not_there_is_removed_again_and_nothing_else(machine: Machine) -> None:
    machine.source_config.unlink()
    machine.program("UnifiedAgentConfigurator.sh", CONFIGURATOR.replace("rm -f", "echo new >"))
    machine.set("code", "97")
    assert machine.run(register_body(machine.ground(AGENT), MODERN))[1][0] == "put_back"
    assert not machine.source_config.exists()
    assert machine.conf.read_text() == CONF


def test_what_is_no_file_is_never_taken_for_absent(machine: Machine) -> None:
    machine.passphrase.unlink()
    machine.passphrase.mkdir()
    assert machine.run(register_body(machine.ground(AGENT), CLASSIC))[0] == NOT_KEPT
    assert machine.passphrase.is_dir()


def test_on_a_full_disk_a_file_is_written_over(machine: Machine) -> None:
    machine.faults = COPY.format(pattern='*".asr-part "', what='echo half >"$3"', code=1)
    machine.set("code", "97")
    assert machine.run(register_body(machine.ground(AGENT), CLASSIC)) == (97, ("put_back", "started_again"))
    machine.assert_as_before()


def test_what_cannot_be_put_back_is_told_and_tried_again_by_the_next_one(machine: Machine) -> None:
    """A directory in the way of the file: nothing can write it. The agent is not started on what is left."""
    way = 'rm -f "$HERE/local/passphrase"; mkdir "$HERE/local/passphrase"'
    machine.program("UnifiedAgentConfigurator.sh", CONFIGURATOR.replace('exit "$(cat', f'{way}\nexit "$(cat'))
    machine.set("code", "97")
    assert machine.run(register_body(machine.ground(AGENT), CLASSIC), quiet=False) == (97, ("not_put_back",))
    assert "start" not in machine.calls
    assert machine.conf.read_text() == CONF  # what could be put back is
    assert machine.recover(quiet=False) == ("not_put_back",)
    assert (machine.folder / "run/kept/passphrase").read_text() == "stored"
    machine.passphrase.rmdir()
    assert machine.recover() == ("put_back", "started_again")
    machine.assert_as_before()


FORGOTTEN = "VERSION=9.66.0.0\nAGENT_CONFIGURATION_STATUS=Failed\n"


@pytest.mark.parametrize(
    ("wanted", "leave"), [(CLASSIC, False), (MODERN, True)], ids=["another server", "another vault"]
)
def test_a_move_that_fails_after_it_has_left_is_put_back_as_registered_no_more(
    machine: Machine, wanted: Wanted, leave: bool
) -> None:
    """The old side may have forgotten the machine, so a rerun with the old file has to register it again."""
    machine.set("code", "14")
    found = machine.run(move_body(machine.ground(AGENT), wanted, leave_vault=leave))
    assert found == (14, ("left", "put_back", "started_again"))
    machine.assert_as_before(record=FORGOTTEN)


@pytest.mark.parametrize(
    ("wanted", "leave"), [(CLASSIC, False), (MODERN, True)], ids=["another server", "another vault"]
)
def test_a_configurator_that_only_prints_its_usage_is_no_move(machine: Machine, wanted: Wanted, leave: bool) -> None:
    machine.set("usage", "")
    found = machine.run(move_body(machine.ground(AGENT), wanted, leave_vault=leave))
    assert found == (0, ("left", "put_back", "started_again"))
    machine.assert_as_before(record=FORGOTTEN)


def test_a_configuration_that_cannot_be_written_ends_an_unregistration(machine: Machine) -> None:
    machine.faults = 'sed() { case "$1" in *Hostname*) return 1 ;; esac; command sed "$@"; }\n'
    code, notes = machine.run(unregister_body(machine.ground(AGENT), Stack.CLASSIC))
    assert (code, notes) == (NOT_WRITTEN, ("left", "put_back", "started_again"))
    machine.assert_as_before()


def test_notes_are_whole_lines() -> None:
    assert notes_of("x\nasr-note put_back\nnot asr-note y\nasr-note a b\nasr-note \n") == ("put_back",)
