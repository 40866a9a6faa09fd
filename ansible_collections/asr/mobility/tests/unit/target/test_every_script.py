"""Every script that is sent to hosts is read by every shell, and run under every shell by tests of its own."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins import plugin_utils
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text
from unit.shells import words

PLUGIN_UTILS = Path(next(iter(plugin_utils.__path__)))
UNIT = Path(__file__).parents[1]
CHECKOUT = Path(__file__).parents[6]

# Which test file runs which scripts, below plugin_utils. A new script needs its tests, and its line here.
RUN_BY: t.Mapping[str, t.Sequence[str]] = {
    "installers/test_target_scripts.py": (
        *("installers/decompress", "installers/list", "installers/pull", "installers/unpack"),
    ),
    "lifecycle/test_observe.py": ("mobility/probe", "target/leftovers", "target/run_status"),
    "mobility/registration/test_bodies.py": (
        *("mobility/registration_keep", "mobility/registration_recover", "mobility/registration_steps"),
    ),
    "mobility/registration/test_config_input_script.py": ("mobility/config_input",),
    "mobility/registration/test_endpoints.py": ("mobility/reachability",),
    "mobility/test_agent_scripts.py": (
        *("installers/copy", "installers/examine", "mobility/agent_restart", "mobility/collect", "mobility/start"),
        *("mobility/leave_mark", "mobility/remove_mark", "target/boot_mark", "target/reboot"),
    ),
    "mobility/test_driver_package.py": ("mobility/driver_apply", "mobility/driver_look"),
    "mobility/test_examination.py": ("mobility/preflight",),
    "mobility/test_logs.py": ("mobility/logs_gather",),
    "mobility/test_proxy.py": ("mobility/proxy_file", "mobility/proxy_look", "mobility/proxy_write"),
    "mobility/test_remains.py": (
        *("mobility/drop_stale_lock", "mobility/forget_package"),
        *("mobility/remove_leftovers_of_agent", "mobility/remove_record"),
    ),
    "mobility/test_rescue.py": ("mobility/rescue",),
    "target/test_shells.py": (
        *("target/claim", "target/fetch", "target/follow", "target/make_private_directory", "target/output"),
        *("target/private", "target/process", "target/prologue", "target/release", "target/remove_directory"),
        *("target/runner", "target/sha256", "target/stage", "target/start"),
    ),
    "target/test_uploads.py": ("target/remove_leftovers",),
}


def scripts() -> dict[str, Path]:
    """Every script below plugin_utils, by its name in the table."""
    found = PLUGIN_UTILS.rglob("*.sh")
    return {f"{path.parents[1].relative_to(PLUGIN_UTILS)}/{path.stem}": path for path in found}


def test_every_script_has_tests_of_its_own() -> None:
    listed = [name for names in RUN_BY.values() for name in names]
    assert sorted(listed) == sorted(scripts())


@pytest.mark.parametrize("file", RUN_BY)
def test_these_tests_take_their_shells_from_the_one_list(file: str) -> None:
    """By the fixture `shell`; a list of their own would miss the next one."""
    text = (UNIT / file).read_text(encoding="utf-8")
    assert re.search(r"\bshell: (str|list\[str\])[,)]", text), "no test asks for the fixture"
    assert '"--posix"' not in text


@pytest.mark.parametrize("name", sorted(scripts()))
def test_a_script_is_read_by_every_shell(name: str, shell: str, tmp_path: Path) -> None:
    """As it lies in the repository, and as it is sent."""
    sent = tmp_path / "sent.sh"
    sent.write_text(sent_text(scripts()[name]), encoding="utf-8")
    for path in (scripts()[name], sent):
        done = subprocess.run([*words(shell), "-n", str(path)], capture_output=True, text=True, timeout=20, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(scripts()))
def test_a_background_command_is_the_program_itself(name: str) -> None:
    """Without exec some shells (yash) keep a process of their own before it, and ending that one ends no program.

    A group and a function of the script are processes of the shell anyway.
    """
    for line in sent_text(scripts()[name]).splitlines():
        command = line.rpartition("|| ")[2]
        if re.search(r"[^&>]&$", line):
            assert re.match(r"exec |[(){}]|[a-z]+_[a-z_]+ ", command), line


def test_every_script_is_read_by_shellcheck() -> None:
    """The style check takes its files from the same folder, whatever they are called there."""
    listed = subprocess.run(
        [CHECKOUT / ".ci" / "lint", "target-scripts"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {path.relative_to(CHECKOUT) for path in scripts().values()} <= {Path(path) for path in listed}
