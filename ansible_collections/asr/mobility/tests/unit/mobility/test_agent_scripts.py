"""The short scripts about an installed agent and its host, under every shell, in a folder that stands for the host."""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins import plugin_utils
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import assignments
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts, sent_text

SCRIPTS = Path(next(iter(plugin_utils.__path__))) / "mobility" / "scripts"
NOTE = 'echo "$0 $*" >>"$(dirname "$0")/calls"\n'


@dataclass(frozen=True)
class Machine:
    """A folder for a host's files and programs, and a shell."""

    root: Path
    shell: list[str]

    def program(self, path: str, text: str = "") -> None:
        """A program that writes down its call, then does more."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{NOTE}{text}\n", encoding="utf-8")
        file.chmod(0o755)

    def calls(self, folder: str) -> list[str]:
        """What the programs of a folder wrote down, without the folder."""
        file = self.root / folder / "calls"
        return file.read_text().replace(f"{self.root}/{folder}/", "").splitlines() if file.exists() else []

    def lose_terminal(self, folder: str, text: str, calls: int) -> list[str]:
        """Run a script below a terminal's session, close that after the first call, and return that many calls.

        The session's leader dies of it, as a login or sudo does; then the kernel hangs up the group in the foreground.
        """
        child, terminal = pty.fork()
        if child == 0:
            os.execvp("sh", ["sh", "-c", '"$@"; :', "sh", *self.shell, "-c", text])
        self._await_calls(folder, 1)
        os.close(terminal)
        os.waitpid(child, 0)
        self._await_calls(folder, calls)
        return self.calls(folder)

    def _await_calls(self, folder: str, count: int) -> None:
        until = time.monotonic() + 20
        while len(self.calls(folder)) < count and time.monotonic() < until:
            time.sleep(0.05)

    def run(self, text: str, **variables: str | Path) -> tuple[int, str]:
        """Exit code and output of a script; programs of `bin` come before those of this machine."""
        values = assignments({name: str(value) for name, value in variables.items()})
        script = f"PATH='{self.root}/bin':$PATH\n{values}{text}"
        command = ["env", "--default-signal=HUP", *self.shell]  # the suite may run under nohup
        done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=30, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout


def text_of(name: str, *libraries: str) -> str:
    """A script of mobility/scripts behind the libraries it follows."""
    return (
        f"{library(*libraries)}\n{sent_text(SCRIPTS / f'{name}.sh')}"
        if libraries
        else sent_text(SCRIPTS / f"{name}.sh")
    )


@pytest.fixture
def machine(shell: list[str], tmp_path: Path) -> Machine:
    """One for each shell."""
    return Machine(tmp_path, shell)


def test_an_agent_is_stopped_and_started_and_both_codes_are_told(machine: Machine) -> None:
    machine.program("Vx/bin/stop", "exit 3")
    machine.program("Vx/bin/start", "echo words nobody reads")
    code, output = machine.run(text_of("agent_restart", "process"), ASR_INSTALLATION=machine.root / "Vx")
    assert (code, output) == (0, "stop=3\nstart=0\n")
    assert machine.calls("Vx/bin") == ["stop ", "start "]


def test_an_agent_without_its_programs_is_told(machine: Machine) -> None:
    code, output = machine.run(text_of("agent_restart", "process"), ASR_INSTALLATION=machine.root / "Vx")
    assert (code, output) == (0, "stop=127\nstart=127\n")


@pytest.mark.parametrize("signal", ["HUP", "PIPE"])
def test_a_lost_connection_does_not_leave_the_agent_stopped_and_programs_keep_their_signals(
    machine: Machine, signal: str
) -> None:
    machine.program("Vx/bin/stop", f"kill -{signal} $PPID; kill -{signal} $$; exit 0")
    machine.program("Vx/bin/start")
    _code, output = machine.run(text_of("agent_restart", "process"), ASR_INSTALLATION=machine.root / "Vx")
    assert output.endswith("start=0\n")
    assert not output.startswith("stop=0")  # the program had its own signal back, and died of it
    assert machine.calls("Vx/bin") == ["stop ", "start "]


def test_a_terminal_that_closes_during_the_stop_does_not_start_the_agent_beside_it(machine: Machine) -> None:
    machine.program("Vx/bin/stop", 'sleep 3; echo ended >>"$(dirname "$0")/calls"')
    machine.program("Vx/bin/start")
    text = assignments({"ASR_INSTALLATION": str(machine.root / "Vx")}) + text_of("agent_restart", "process")
    assert machine.lose_terminal("Vx/bin", text, 3) == ["stop ", "ended", "start "]


def test_a_terminal_that_closes_during_the_start_does_not_end_the_wait_for_it(machine: Machine) -> None:
    machine.program("Vx/bin/start", 'sleep 2; echo ended >>"$(dirname "$0")/calls"')
    text = assignments({"ASR_INSTALL_DIR": str(machine.root)}) + text_of("start", "process")
    text = f"trap '' HUP\n(\n{text}\n)\necho waited >>'{machine.root}/Vx/bin/calls'\n"
    assert machine.lose_terminal("Vx/bin", text, 3) == ["start ", "ended", "waited"]


def test_a_daemon_of_the_agent_holds_no_output(machine: Machine) -> None:
    machine.program("Vx/bin/start", "sleep 9 &")
    began = time.monotonic()
    assert machine.run(text_of("start", "process"), ASR_INSTALL_DIR=machine.root) == (0, "")
    assert time.monotonic() - began < 8
    assert machine.calls("Vx/bin") == ["start "]


def test_what_a_run_left_is_printed_line_by_line(machine: Machine) -> None:
    run = machine.root / "run"
    run.mkdir()
    for name, text in {
        "step": "install\n",
        "errors.json": '{"a":\n1}',
        "output": "one\n\\two",
        "manifest": "x",
    }.items():
        (run / name).write_text(text, encoding="utf-8")
    (machine.root / "log").write_text("old\nlast but one\nlast\n", encoding="utf-8")
    variables: dict[str, str | Path] = {"ASR_RUN": run, "ASR_LOG": machine.root / "log", "ASR_LINES": "2"}
    code, output = machine.run(text_of("collect"), **variables)
    assert code == 0
    assert [line for line in output.splitlines() if line] == [
        *("step=install", 'errors|{"a":', "errors|1}", "output|one", "output|\\two"),
        *("log|last but one", "log|last", "run=present"),
    ]
    code, output = machine.run(text_of("collect"), **{**variables, "ASR_RUN": machine.root / "gone"})
    assert (code, output.splitlines()[0], "run=present" in output) == (0, "step=", False)


def test_a_mark_names_its_boot_and_goes_again(machine: Machine) -> None:
    mark = machine.root / "etc" / "vxagent" / "mark"
    assert machine.run(text_of("leave_mark"), ASR_MARK=mark, ASR_WORDS="do not\nrestart") == (0, "")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8")
    assert mark.read_text(encoding="utf-8") == f"{boot}do not\nrestart\n"
    for _again in range(2):
        assert machine.run(text_of("remove_mark"), ASR_MARK=mark) == (0, "")
    assert list(mark.parent.iterdir()) == []


def test_a_boot_is_told_from_every_other(machine: Machine) -> None:
    code, output = machine.run(library("process", "boot_mark"))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    started = Path("/proc/1/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    assert (code, parse_facts(output)) == (0, {"mark": f"{boot} {started}"})


WAYS = {"systemctl": "fake-systemctl --no-block reboot", "shutdown": "fake-shutdown -r now", "reboot": "fake-reboot "}


@pytest.mark.parametrize("way", WAYS)
def test_a_restart_is_asked_for_in_the_best_way_there_is(machine: Machine, way: str) -> None:
    """Nothing of this machine may be asked, so the programs have other names: busybox would take its own `reboot`."""
    text = library("process", "reboot").replace("sleep 2", "sleep 0").replace("moment reboot", "moment fake-reboot")
    for name in ("systemctl", "shutdown"):
        text = text.replace(f"{name} ", f"fake-{name} ")
    for name in list(WAYS)[list(WAYS).index(way) :]:
        machine.program(f"bin/fake-{name}")
    systemd = machine.root / "systemd"
    if way == "systemctl":
        systemd.mkdir()
    assert machine.run(text.replace("/run/systemd/system", str(systemd))) == (0, "")
    until = time.monotonic() + 10
    while not machine.calls("bin") and time.monotonic() < until:
        time.sleep(0.05)
    assert machine.calls("bin") == [WAYS[way]]


def test_a_file_of_the_host_is_copied_and_examined(machine: Machine) -> None:
    source, copy = machine.root / "in staller", machine.root / "copy"
    source.write_bytes(b"\x1f\x8b" + b"x" * 1000)
    assert machine.run(script_text("copy"), ASR_SOURCE=source, ASR_DEST=copy) == (0, "")
    code, output = machine.run(script_text("examine"), ASR_ARCHIVE=copy)
    facts = parse_facts(output)
    assert (code, facts["size"], facts["magic"]) == (0, "1002", "1f8b" + "78" * 510)
    assert facts["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()


def test_a_file_that_is_not_there_is_said(machine: Machine) -> None:
    missing = machine.root / "missing"
    assert machine.run(script_text("copy"), ASR_SOURCE=missing, ASR_DEST=machine.root / "x")[0] == 1
    assert machine.run(script_text("examine"), ASR_ARCHIVE=missing)[0] == 1
