# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal leaves behind is listed by the probe and removed by one script, and nothing else is touched.

The rpm databases here are real, made and asked by this machine's rpm.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility import remains
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import SCRIPT_FILE, ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import ScriptResult
from lab.installer_double.archive import Member
from lab.installer_double.package import package
from unit.lifecycle.recording import RecordingTarget, refusal_of
from unit.lifecycle.states import host, installed

SCRIPTS = SCRIPT_FILE.parent
PLACES = re.compile(r"/(usr/local|usr/lib/sysimage|etc/|var/|lib/modules|proc/modules)")
HARMLESS = {
    **dict.fromkeys(("systemctl", "depmod", "update-rc.d", "chkconfig", "lsmod"), "exit 0"),
    "rpm": '[ "$1" = -qa ]',  # a database that answers, and knows no agent
}

LEFT = (  # what an uninstaller leaves, and what an interrupted installation does
    *("usr/local/ASR/Vx/bin/svagents", "usr/local/ASR/Vx/etc/drscout.conf", "usr/local/ASR/uninstall.sh"),
    *("usr/local/ASR/.uninstall.lck", "usr/local/InMage/private/key", "usr/local/.vx_host_id"),
    *("usr/local/.norespawn_vxagent", "usr/local/drscout.conf", "etc/vxagent/bin/vxagent"),
    *("etc/vxagent/backup/.vx_version", "etc/systemd/system/vxagent.service", "etc/init.d/boottimemirroring_phase1"),
    *("etc/udev/rules.d/09-inm_udev.rules", "lib/modules/6.1.0-1/kernel/drivers/char/involflt.ko"),
    *("var/log/ua_install.log", "var/log/svagents_curr_1.log", "var/log/ASRsetuptelemetry/one.json"),
)
REAL_RPM = shutil.which("rpm")
FOREIGN = ("usr/local/other", "etc/hosts", "var/log/syslog", "etc/systemd/system/other.service", "var/log/cdp.log")
DATABASE = "var/lib/rpm/rpmdb.sqlite"
SAVED = "etc/vxagent/orig_initrd_images/initrd.img-6.1.0-1"
REFUSED = 3  # beforehand
MARK = "etc/vxagent/asr-mobility.do-not-restart"


@dataclass(frozen=True)
class Tree:
    """A host's file system below a folder; scripts run with their absolute paths moved there."""

    root: Path
    shell: list[str]

    def put(self, *paths: str) -> None:
        """Write files, with their directories."""
        for path in paths:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text("x", encoding="utf-8")

    def files(self) -> set[str]:
        """Every file, and every empty directory."""
        found = (path for path in self.root.rglob("*") if not path.is_dir() or not any(path.iterdir()))
        return {str(path.relative_to(self.root)) for path in found} - {"proc/modules"}

    def run(self, text: str, **variables: str) -> tuple[int, str]:
        """The exit code of a script and what it printed; paths as the host would show them."""
        moved = PLACES.sub(lambda match: f"{self.root}{match[0]}", text)
        done = subprocess.run(
            [*self.shell, "-c", moved],
            env={"PATH": f"{self.root.parent}/tools:{os.environ['PATH']}", "LC_ALL": "C", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).replace(str(self.root), "")

    def script(self, name: str, prefix: str = "/usr/local/ASR") -> tuple[int, str]:
        """Run one of the removing scripts."""
        return self.run(remains.script_text(name), ASR_INSTALL_DIR=f"{self.root}{prefix}")

    def remains(self) -> list[str]:
        """What the probe lists."""
        variables = {**ProbeQuery(staging="/none", remains=True).variables, "ASR_PREFIX": f"{self.root}/usr/local/ASR"}
        text = SCRIPT_FILE.read_text(encoding="utf-8")
        assert "rpm | yum |" in text
        text = text.replace("rpm | yum |", "yum |")  # another test's rpm works with another database
        _code, output = self.run(text, **variables)
        assert output.endswith("probe=complete\n"), output
        return sorted(line.partition("=")[2] for line in output.splitlines() if line.startswith("remains="))


@pytest.fixture
def tree(shell: list[str], tmp_path: Path) -> Iterator[Tree]:
    """A file system with foreign files, for each shell."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in HARMLESS.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    made = Tree(tmp_path / "root", shell)
    made.put("proc/modules", *FOREIGN)
    yield made
    assert set(FOREIGN) <= made.files()


def test_a_bare_host_has_no_remains(tree: Tree) -> None:
    assert tree.remains() == []


def test_everything_listed_is_removed_and_then_nothing_is_listed(tree: Tree) -> None:
    tree.put(*LEFT)
    for empty in ("var/scst/vdisk", "etc/vxagent/orig_initrd_images"):
        (tree.root / empty).mkdir(parents=True)
    assert len(tree.remains()) >= len(LEFT) - 2  # two of them lie in the program tree
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert tree.remains() == []
    files = {path for path in tree.files() if (tree.root / path).is_file()}
    assert files == set(FOREIGN)


def test_saved_initrd_images_and_the_mark_stay_and_are_not_listed(tree: Tree) -> None:
    tree.put(*LEFT, SAVED, MARK)
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert {SAVED, MARK} <= tree.files()
    assert not (tree.root / "etc/vxagent/bin").exists()
    assert tree.remains() == []


def test_foreign_files_in_the_prefix_stay_and_are_not_listed(tree: Tree) -> None:
    tree.put(*LEFT, "usr/local/ASR/notes.txt")
    tree.script("remove_leftovers_of_agent")
    assert "usr/local/ASR/notes.txt" in tree.files()
    assert tree.remains() == []


def test_what_an_installation_leaves_on_a_host_from_before_systemd_is_removed(tree: Tree) -> None:
    tree.put("etc/sysconfig/modules/inmaged.modules", "etc/init/involflt.conf", "etc/vxagent/bin/vxagent")
    for link in ("etc/init.d/vxagent", "etc/rc3.d/S50vxagent", "etc/init.d/rc3.d/S50vxagent", "etc/rc3.d/S50ssh"):
        (tree.root / link).parent.mkdir(parents=True, exist_ok=True)
        (tree.root / link).symlink_to("/nowhere/vxagent")
    assert "/etc/init.d/vxagent" in tree.remains()
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert tree.remains() == []
    assert [path.name for path in tree.root.rglob("*") if path.is_symlink()] == ["S50ssh"]


def test_an_empty_prefix_is_listed_and_removed(tree: Tree) -> None:
    (tree.root / "usr/local/ASR").mkdir()
    assert tree.remains() == ["/usr/local/ASR"]
    tree.script("remove_leftovers_of_agent")
    assert not (tree.root / "usr/local/ASR").exists()


def test_nothing_is_removed_beside_a_record(tree: Tree) -> None:
    tree.put(*LEFT, "usr/local/.vx_version")
    before = tree.files()
    code, output = tree.script("remove_leftovers_of_agent")
    assert (code, tree.files()) == (REFUSED, before)
    assert "/usr/local/.vx_version" in output


def test_nothing_is_removed_under_a_loaded_driver(tree: Tree) -> None:
    tree.put(*LEFT)
    (tree.root / "proc/modules").write_text("ext4 1 0\ninvolflt 9 1\n", encoding="utf-8")
    before = tree.files()
    code, output = tree.script("remove_leftovers_of_agent")
    assert (code, tree.files()) == (REFUSED, before)
    assert "involflt" in output


def test_another_module_of_a_similar_name_is_none_of_it(tree: Tree) -> None:
    tree.put(*LEFT)
    (tree.root / "proc/modules").write_text("involflt2 9 1\n", encoding="utf-8")
    assert tree.script("remove_leftovers_of_agent")[0] == 0


def test_a_record_without_programs_is_removed_with_its_links(tree: Tree) -> None:
    tree.put("usr/local/.vx_version", "usr/local/.vx_install_manifest", "usr/local/drscout.conf", "usr/local/ASR/x")
    tree.put("usr/local/ASR/Vx/bin/s2", "usr/local/ASR/Vx/.vx_version")
    assert tree.script("remove_record") == (0, "")
    assert tree.files() == {*FOREIGN, "usr/local/ASR/x"}


def test_a_dangling_record_is_removed_too(tree: Tree) -> None:
    (tree.root / "usr/local/.vx_version").symlink_to("/nowhere/.vx_version")
    tree.script("remove_record")
    assert not (tree.root / "usr/local/.vx_version").is_symlink()


def test_a_record_with_programs_is_kept(tree: Tree) -> None:
    tree.put("usr/local/.vx_version", "usr/local/ASR/Vx/bin/uninstall")
    code, output = tree.script("remove_record")
    assert (code, "usr/local/.vx_version" in tree.files()) == (REFUSED, True)
    assert "programs" in output


# --- the rpm families -------------------------------------------------------------------------------------------------


class Packages:
    """A real rpm database for a tree, with the agent's package in it."""

    def __init__(self, tree: Tree) -> None:
        self.place = tree.root.parent / "database"
        self._tool = tree.root.parent / "tools" / "rpm"
        self._tool.write_text(f'#!/bin/sh\nexec {REAL_RPM} --dbpath {self.place} "$@"\n', encoding="utf-8")
        self._tree, self._file = tree, tree.root.parent / "agent.rpm"
        tree.put(DATABASE)  # where it is looked for before rpm is asked

    def install(self, version: str = "9.66.0.0", prefix: str = "usr/local/ASR") -> None:
        """Let rpm install the package of that version."""
        self._file.write_bytes(package(version, [Member("bin/s2", b"x"), Member("etc/x.conf", b"x")], 1_700_000_000))
        self.rpm("-i", "--force", "--prefix", str(self._tree.root / prefix / "Vx"), str(self._file))

    def rpm(self, *arguments: str) -> str:
        """Run rpm and return what it printed."""
        command = [str(self._tool), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    @property
    def known(self) -> list[str]:
        """Every package of the database."""
        return self.rpm("-qa").split()

    def damage(self) -> None:
        """Overwrite the beginning of the database."""
        with (self.place / "rpmdb.sqlite").open("r+b") as database:
            database.write(b"no database" * 10)


@pytest.fixture
def packages(tree: Tree) -> Packages:
    """A database that knows the agent, and the agent's files."""
    if REAL_RPM is None:
        pytest.skip("rpm is not installed here")
    made = Packages(tree)
    made.install()
    return made


def test_a_package_is_listed_and_leaves_the_database_with_the_files(tree: Tree, packages: Packages) -> None:
    assert "package InMageVx" in tree.remains()
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert (packages.known, tree.remains()) == ([], [])


def test_a_package_whose_files_are_gone_is_listed_and_removed(tree: Tree, packages: Packages) -> None:
    shutil.rmtree(tree.root / "usr/local/ASR")
    assert tree.remains() == ["package InMageVx"]
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert packages.known == []


def test_every_version_that_rpm_knows_goes(tree: Tree, packages: Packages) -> None:
    packages.install("9.62.0.0")
    assert len(packages.known) == 2
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert packages.known == []


def test_a_stale_record_takes_the_package_along(tree: Tree, packages: Packages) -> None:
    tree.put("usr/local/.vx_version")
    assert tree.script("remove_record") == (0, "")
    assert packages.known == []


def _refused(tree: Tree, packages: Packages, words: str, script: str) -> None:
    tree.put("var/log/ua_install.log")
    before = tree.files()
    code, output = tree.script(script)
    assert (code, tree.files()) == (REFUSED, before)
    assert words in output


BOTH = pytest.mark.parametrize("script", ["remove_leftovers_of_agent", "remove_record"])


@BOTH
def test_nothing_is_removed_when_the_package_has_files_elsewhere(script: str, tree: Tree, packages: Packages) -> None:
    packages.install("9.62.0.0", "opt/ASR")
    _refused(tree, packages, "outside of /usr/local/ASR/Vx: /opt/ASR/Vx", script)
    assert len(packages.known) == 2


@BOTH
def test_nothing_is_removed_beside_a_broken_database(script: str, tree: Tree, packages: Packages) -> None:
    packages.damage()
    _refused(tree, packages, "gives no answer", script)


def test_nothing_is_removed_when_another_package_needs_the_agents(tree: Tree, packages: Packages) -> None:
    needing = (
        "Name: needy\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nRequires: InMageVx\n%description\nx\n%files\n"
    )
    spec = tree.root.parent / "needy.spec"
    spec.write_text(needing, encoding="utf-8")
    top = ["--define", f"_topdir {tree.root.parent}/top"]
    subprocess.run(["rpmbuild", "-bb", "--quiet", *top, str(spec)], check=True, capture_output=True, timeout=60)
    (built,) = (tree.root.parent / "top" / "RPMS").glob("*/*.rpm")
    packages.rpm("-i", str(built))
    assert len(packages.known) == 2
    _refused(tree, packages, "InMageVx is needed by", "remove_leftovers_of_agent")
    assert len(packages.known) == 2


def test_nothing_is_removed_while_another_program_holds_the_database(tree: Tree, packages: Packages) -> None:
    tree.put("var/log/ua_install.log")
    before = tree.files()
    with (packages.place / ".rpm.lock").open("r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        code, output = tree.script("remove_leftovers_of_agent")
    assert (code, tree.files(), "another program holds" in output) == (1, before, True)
    assert packages.known == ["InMageVx-9.66.0.0-1.x86_64"]


NEVER = "trap '' TERM; exec sleep 6"
"""A program that no signal ends, for longer than it is waited for."""


@pytest.mark.parametrize(
    ("hanging", "answers", "words"),
    [
        ("-q InMageVx", {}, "gives no answer within 1 seconds"),
        ("-qa ", {"-q InMageVx": 1}, "gives no answer within 1 seconds"),
        ("-ql InMageVx", {}, "gives no answer within 1 seconds"),
        ("-e --justdb", {}, "does not give the package InMageVx up within 1 seconds"),
        ("-e --test", {"-e --justdb": 1}, "does not tell why within 1 seconds"),
    ],
)
def test_nothing_waits_for_an_rpm_that_hangs(hanging: str, answers: dict[str, int], words: str, tree: Tree) -> None:
    tree.put("var/log/ua_install.log", DATABASE)
    cases = "".join(f'"{call}"*) exit {code} ;; ' for call, code in answers.items())
    text = f'#!/bin/sh\ncase "$1 $2" in {cases}"{hanging}"*) {NEVER} ;; esac\n'
    (tree.root.parent / "tools" / "rpm").write_text(text, encoding="utf-8")
    before, began = tree.files(), time.monotonic()
    script = remains.script_text("remove_leftovers_of_agent").replace("forget_seconds=30", "forget_seconds=1")
    code, output = tree.run(script, ASR_INSTALL_DIR=f"{tree.root}/usr/local/ASR")
    assert time.monotonic() - began < 5
    assert (code, words in output, tree.files()) == (1 if hanging.startswith("-e") else REFUSED, True, before), output


def test_rpm_is_not_asked_where_it_has_no_database(tree: Tree) -> None:
    """It would make one: the tool alone lies on many a Debian host."""
    tree.put("var/log/ua_install.log")
    (tree.root.parent / "tools" / "rpm").write_text(f"#!/bin/sh\n: >'{tree.root}/asked'\n", encoding="utf-8")
    assert tree.remains() == ["/var/log/ua_install.log"]
    assert tree.script("remove_leftovers_of_agent") == (0, "")
    assert not (tree.root / "asked").exists()


# --- locks ------------------------------------------------------------------------------------------------------------


def _lock(tree: Tree, content: str) -> bool:
    """Whether a lock with this content is still there."""
    lock = tree.root / "usr/local/ASR/.uninstall.lck"
    tree.put("usr/local/ASR/.uninstall.lck")
    lock.write_text(content, encoding="utf-8")
    assert tree.run(remains.lock_text(), ASR_LOCK=str(lock)) == (0, "")
    return lock.exists()


@pytest.fixture
def uninstaller(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like an uninstaller at work."""
    program = tmp_path / "uninstall.sh"
    program.write_text("read -r _\n", encoding="utf-8")
    with subprocess.Popen(["sh", str(program)], stdin=subprocess.PIPE) as process:
        yield process
        process.communicate(b"\n", timeout=30)


def test_the_lock_of_a_dead_uninstaller_is_removed(tree: Tree) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait(timeout=30)
    assert not _lock(tree, f"{dead.pid}\n")
    assert not _lock(tree, f"{os.getpid()}\n")  # the number belongs to something else by now


def test_the_lock_of_a_live_uninstaller_is_kept(tree: Tree, uninstaller: subprocess.Popen[bytes]) -> None:
    assert _lock(tree, f"{uninstaller.pid}\n")
    assert _lock(tree, str(uninstaller.pid))


def test_a_lock_without_a_number_is_kept(tree: Tree) -> None:
    assert _lock(tree, "")
    assert _lock(tree, "1x\n")


def test_without_a_lock_nothing_happens(tree: Tree) -> None:
    assert tree.run(remains.lock_text(), ASR_LOCK=f"{tree.root}/usr/local/ASR/.uninstall.lck") == (0, "")


@pytest.mark.parametrize("directory", ["/", "/usr/local", "relative/ASR", "/opt/x y/ASR", "/opt/../ASR/.."])
def test_only_a_prefix_of_the_product_is_ever_removed(directory: str) -> None:
    target = RecordingTarget([host()])
    refusal = refusal_of(lambda: remains.remove_leftovers(target, installed(install_dir=directory), "/usr/local/ASR"))
    assert refusal.reason is Reason.LEFTOVERS_NOT_REMOVED
    assert target.calls == []


def test_what_the_script_says_is_the_refusal() -> None:
    target = RecordingTarget([host()], answers={"remove_record": ScriptResult(1, "there are programs")})
    with pytest.raises(MobilityError, match="there are programs") as caught:
        remains.remove_record(target, installed())
    assert caught.value.reason is Reason.LEFTOVERS_NOT_REMOVED


@pytest.mark.parametrize(("code", "nothing"), [(REFUSED, True), (1, False), (137, False)])
def test_nothing_was_removed_is_said_only_when_that_is_known(code: int, nothing: bool) -> None:
    target = RecordingTarget([host()], answers={"remove_leftovers_of_agent": ScriptResult(code, "words")})
    refusal = refusal_of(lambda: remains.remove_leftovers(target, installed(), "/usr/local/ASR"))
    assert refusal.remedy.startswith("This step removed nothing.") is nothing


def test_the_place_is_the_agents_own_or_the_one_that_was_asked_for() -> None:
    target = RecordingTarget([host()])
    remains.remove_leftovers(target, installed(install_dir="/opt/ASR"), "/srv/ASR")
    remains.remove_leftovers(target, installed(install_dir=None), "/srv/ASR")
    assert [script.variables["ASR_INSTALL_DIR"] for script in target.scripts] == ["/opt/ASR", "/srv/ASR"]
