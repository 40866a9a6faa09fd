"""Bad input: one clear error each, word for word as in ``golden/``, and a host that is as it was.

The tasks of one host run in one play, because a play costs more than a refusal. The file system is compared before and
after; a difference names its path. ``lab/golden.py`` says how the golden files are written anew.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import Reason
from lab import accounts, bad_archives, golden, inventory, snapshot, web, witness
from lab.accounts import Account
from lab.ansible_run import AnsibleRun, TaskResult, playbook, run_tasks
from lab.hosts import Host
from lab.injection import inject, release, signals, wait_for, withdraw
from lab.places import ROOT, cache

GOLDEN = Path(__file__).parent / "golden"
AGENT = "asr.mobility.mobility_agent"
OLD, NEW = "9.62.7172.1", "9.66.7567.1"

StartHost = Callable[..., Host]
Task = Mapping[str, object]


@dataclass(frozen=True)
class Asked:
    """The tasks of one host after they ran: result by name of the case, and every trace they left."""

    host: Host
    results: Mapping[str, TaskResult]
    screen: str
    changes: Sequence[str] = ()
    leftovers: Sequence[str] = ()

    def said(self, case: str) -> dict[str, str]:
        """The refusal of one case, with placeholders."""
        return golden.refusal(self.results[case].result, {self.host.name: "<host>"})


@dataclass(frozen=True)
class Question:
    """One task: options of mobility_agent, and keywords of the task beside it."""

    options: Mapping[str, object]
    keywords: Mapping[str, object] = field(default_factory=dict)

    def task(self, name: str) -> Task:
        """As it stands in a play; a failure does not end the play."""
        return {"name": name, AGENT: dict(self.options), "ignore_errors": True, **self.keywords}


def ask(host: Host, questions: Mapping[str, Question], folder: Path, account: Account | None = None) -> Asked:
    """Put all questions to a host in one play."""
    place = Path(tempfile.mkdtemp(dir=folder))
    written = inventory.write(place / "inventory.yml", {host.name: inventory.ssh(host, account)})
    before = host.filesystem_snapshot()
    run = run_tasks(place, [question.task(name) for name, question in questions.items()], written)
    return Asked(
        host=host,
        results={result.task: result for result in run.of(action=AGENT)},
        screen=str(run),
        changes=snapshot.changes(before, host.filesystem_snapshot()),
        leftovers=witness.leftovers(host),
    )


def assert_refused(asked: Asked, case: str) -> None:
    """One clear error: failed, nothing changed, a reason of the closed list, the words of the golden file."""
    result = asked.results[case]
    assert result.status == "failed", f"{case} was not refused\n{asked.screen}"
    assert not result.changed
    said = asked.said(case)
    assert said["reason"] in {reason.value for reason in Reason}
    words = str(result.result["msg"])
    assert all(str(result.result[key]) in words for key in ("found", "expected", "remedy"))
    golden.check(GOLDEN, case, said)


def assert_untouched(asked: Asked) -> None:
    """The files of the host are what they were, no staging and no upload was left, nothing was ever started."""
    assert list(asked.changes) == []
    assert list(asked.leftovers) == []
    assert "Traceback" not in asked.screen


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this file writes."""
    return tmp_path_factory.mktemp("bad-input")


@pytest.fixture(scope="module")
def bad(new_installer: Path, folder: Path) -> dict[str, Path]:
    """Case -> the installer file with that one thing wrong."""
    return bad_archives.write_all(new_installer, folder / "bad")


# --- a host that has no agent -----------------------------------------------------------------------------------------


def _from_path(path: object, **options: object) -> Question:
    return Question({"installer_path": str(path), **options})


def sources(installers: Path, folder: Path) -> dict[str, Question]:
    """What is wrong with the place the installer should come from."""
    no_tag, twins, nothing, odd = (folder / name for name in ("no-tag", "twins", "nothing", "odd"))
    for place in (no_tag, twins, nothing, odd):
        place.mkdir()
    (debian_11,) = installers.glob(f"*_{NEW}_DEBIAN11-64_*")
    (debian_12,) = installers.glob(f"*_{NEW}_DEBIAN12-64_*")
    shutil.copy(debian_11, no_tag)
    shutil.copy(debian_12, twins)
    shutil.copy(debian_12, twins / debian_12.name.replace("_release", "_Release"))
    shutil.copy(debian_12, odd / "mobility-agent.tar.gz")
    return {
        "no_installer_for_the_tag": _from_path(no_tag),
        "two_of_equal_version": _from_path(twins),
        "empty_folder": _from_path(nothing),
        "no_such_path": _from_path(folder / "not-there"),
        "file_name_unknown": _from_path(odd / "mobility-agent.tar.gz"),
        "file_of_another_tag": _from_path(debian_11),
        "version_that_does_not_exist": _from_path(installers, version="9.99"),
        "version_is_no_version": _from_path(installers, version="newest"),
        "file_of_another_version": _from_path(debian_12, version="9.62"),
        "no_source": Question({}),
        "two_sources": _from_path(installers, installer_remote_path="/srv/asr"),
        "remote_path_missing": Question({"installer_remote_path": "/srv/not-there"}),
        "remote_path_relative": Question({"installer_remote_path": "srv/asr"}),
        "wrong_checksum": _from_path(debian_12, checksum="0" * 64),
        "checksum_of_another_kind": _from_path(debian_12, checksum="md5:" + "0" * 32),
    }


def addresses(server: str, name: str) -> dict[str, Question]:
    """What is wrong with an address; ``server`` ends in a slash."""
    zeros = "0" * 64
    return {
        "http_without_checksum": Question({"installer_url": f"{server}{name}"}),
        "credentials_in_the_url": Question({"installer_url": "http://me:secret@web.example.com/", "checksum": zeros}),
        "credentials_in_the_proxy": Question(
            {"installer_url": server, "checksum": zeros, "installer_proxy": "http://me:secret@proxy.example.com:3128"}
        ),
        "url_is_no_address": Question({"installer_url": "ftp://web.example.com/asr/", "checksum": zeros}),
        "file_missing_on_the_server": Question({"installer_url": f"{server}missing/{name}", "checksum": zeros}),
        "wrong_checksum_from_a_server": Question({"installer_url": f"{server}truncated/{name}", "checksum": zeros}),
    }


def directories(installers: Path) -> dict[str, Question]:
    """Directories the installer would turn into others, or that are no place to work in."""
    return {
        "install_dir_without_suffix": _from_path(installers, install_dir="/opt"),
        "install_dir_with_slash": _from_path(installers, install_dir="/usr/local/ASR/"),
        "install_dir_relative": _from_path(installers, install_dir="opt/ASR"),
        "install_dir_doubled": _from_path(installers, install_dir="/usr/local/ASR/ASR"),
        "staging_relative": _from_path(installers, staging_dir="asr"),
        "staging_climbs": _from_path(installers, staging_dir="/var/lib/../asr"),
        "staging_with_foreign_files": _from_path(installers, staging_dir="/etc/ssh"),
        "staging_below_a_users_home": _from_path(installers, staging_dir="/tmp/asr"),
        "async": Question({"installer_path": str(installers)}, {"async": 60, "poll": 5}),
    }


PLAIN = (
    *("no_installer_for_the_tag", "two_of_equal_version", "empty_folder", "no_such_path", "file_name_unknown"),
    *("file_of_another_tag", "version_that_does_not_exist", "version_is_no_version", "file_of_another_version"),
    *("no_source", "two_sources", "remote_path_missing", "remote_path_relative", "wrong_checksum"),
    *("checksum_of_another_kind", "http_without_checksum", "credentials_in_the_url", "credentials_in_the_proxy"),
    *("url_is_no_address", "file_missing_on_the_server", "wrong_checksum_from_a_server"),
    *("install_dir_without_suffix", "install_dir_with_slash", "install_dir_relative", "install_dir_doubled"),
    *("staging_relative", "staging_climbs", "staging_with_foreign_files", "staging_below_a_users_home", "async"),
)
DAMAGED = (*bad_archives.DAMAGES, *bad_archives.MEMBERS)


@pytest.fixture(scope="module")
def refused(module_host: StartHost, installers: Path, bad: dict[str, Path], folder: Path) -> Asked:
    """Every case that needs nothing special of its host."""
    host = module_host("debian:12")
    name = bad["truncated"].name
    host.copy_in(folder / "bad", "/srv/bad")
    with web.serving(folder / "bad", web.gateway()) as server:
        questions = sources(installers, folder) | addresses(server.url, name) | directories(installers)
        questions |= {case: _from_path(path) for case, path in bad.items()}
        questions |= {f"{case}_on_the_target": _remote(case, name) for case in bad}
        return ask(host, questions, folder)


def _remote(case: str, name: str) -> Question:
    return Question({"installer_remote_path": f"/srv/bad/{case}/{name}"})


@pytest.mark.parametrize("case", [*PLAIN, *DAMAGED, *(f"{case}_on_the_target" for case in DAMAGED)])
def test_bad_input_is_one_clear_error(refused: Asked, case: str) -> None:
    assert_refused(refused, case)


def test_no_secret_of_an_address_is_repeated(refused: Asked) -> None:
    assert "secret" not in "".join(str(result.result) for result in refused.results.values())


def test_bad_input_leaves_the_host_as_it_was(refused: Asked) -> None:
    assert len(refused.results) == len(PLAIN) + 2 * len(DAMAGED)
    assert_untouched(refused)
    assert witness.starts(refused.host) == []


# --- hosts that are not fit -------------------------------------------------------------------------------------------

UNFIT = ("architecture", "identity_unreadable", "fedora", "debian_13", "not_root", "root_full")
# A stand-in for a machine of another architecture: only the answer of uname is another.
UNAME = '#!/bin/sh\n/usr/bin/uname "$@" | sed "s/x86_64/aarch64/g"\n'
FEDORA = 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\nPRETTY_NAME="Fedora Linux 41 (Server Edition)"\n'
# A stand-in for a full root file system: podman cannot limit the size of an overlay.
DF = """#!/bin/sh
/usr/bin/df "$@" | awk '$NF == "/" { $2 = 1048576; $3 = 946176; $4 = 102400; $5 = "91%" } { print }'
"""


@pytest.fixture(scope="module")
def unfit(module_host: StartHost, installers: Path, folder: Path) -> dict[str, Asked]:
    """Hosts that no installer fits: case -> its answer."""
    question = {name: _from_path(installers) for name in UNFIT}

    def one(host: Host, case: str, account: Account | None = None) -> Asked:
        return ask(host, {case: question[case]}, folder, account)

    host = module_host("debian:12")
    found = {}
    host.write_file("/usr/sbin/df", DF, mode=0o755)
    found["root_full"] = one(host, "root_full")
    host.sh("rm /usr/sbin/df")
    host.write_file("/usr/sbin/uname", UNAME, mode=0o755)
    found["architecture"] = one(host, "architecture")
    host.sh("rm /usr/sbin/uname && ln -s nowhere /etc/redhat-release")
    found["identity_unreadable"] = one(host, "identity_unreadable")
    host.sh("rm /etc/redhat-release /etc/os-release /etc/debian_version")
    host.write_file("/etc/os-release", FEDORA)
    host.write_file("/etc/fedora-release", "Fedora release 41 (Forty One)\n")
    found["fedora"] = one(host, "fedora")
    found["debian_13"] = one(module_host("debian:13"), "debian_13")
    found["not_root"] = one(module_host("accounts:12"), "not_root", accounts.BY_NAME["plain"])
    return found


@pytest.mark.parametrize("case", UNFIT)
def test_an_unfit_host_is_one_clear_error_and_stays_as_it_was(unfit: dict[str, Asked], case: str) -> None:
    assert_refused(unfit[case], case)
    assert_untouched(unfit[case])


@contextmanager
def _small_disk() -> Iterator[Path | None]:
    """A file system of 24 MB on a loop device; None where the machine lets nobody mount one."""
    with tempfile.TemporaryDirectory(dir=cache(), prefix="disk-") as place:
        image, mount = Path(place) / "image", Path(place) / "mount"
        mount.mkdir()
        image.touch()
        image.open("r+b").truncate(24 * 2**20)
        commands = (["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(mount)])
        done = [_succeeds(command) for command in commands]
        try:
            yield mount if all(done) else None
        finally:
            if all(done):
                subprocess.run(["umount", "--lazy", str(mount)], check=True, timeout=60)


def _succeeds(command: Sequence[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


CRAMPED = ("upload_full", "prefix_full", "staging_full", "staging_noexec", "staging_on_tmpfs")


@pytest.fixture(scope="module")
def cramped(module_host: StartHost, make_installer: Callable[..., Path], folder: Path) -> Iterator[Asked]:
    """One host with a place of each kind that is too small or no place for programs."""
    big = make_installer(options=("--payload-size", "30"))
    with _small_disk() as disk, tempfile.TemporaryDirectory(dir=cache(), prefix="noexec-") as noexec:
        mounts = [
            *("--tmpfs=/var/tmp:size=1m,mode=1777", "--tmpfs=/opt/small:size=20m", "--tmpfs=/mnt/volatile:mode=755"),
            f"--volume={noexec}:/mnt/noexec:noexec",
            *([f"--volume={disk}:/mnt/small"] if disk else []),
        ]
        host = module_host("debian:12", options=mounts)
        host.copy_in(big, f"/srv/{big.name}")
        remote = {"installer_remote_path": f"/srv/{big.name}"}
        questions = {
            "upload_full": _from_path(big),
            "prefix_full": Question({**remote, "install_dir": "/opt/small/ASR"}),
            "staging_full": Question({**remote, "staging_dir": "/mnt/small/asr"}),
            "staging_noexec": Question({**remote, "staging_dir": "/mnt/noexec/asr"}),
            "staging_on_tmpfs": Question({**remote, "staging_dir": "/mnt/volatile/asr"}),
        }
        if disk is None:
            del questions["staging_full"]
        yield ask(host, questions, folder)
        host.remove()


@pytest.mark.parametrize("case", CRAMPED)
def test_a_place_that_cannot_be_used_is_one_clear_error(cramped: Asked, case: str) -> None:
    if case not in cramped.results and case == "staging_full":
        pytest.skip("this machine lets nobody mount a loop device; the unit tests of space hold the decision")
    assert_refused(cramped, case)


def test_places_that_cannot_be_used_are_left_as_they_were(cramped: Asked) -> None:
    assert_untouched(cramped)


# --- hosts that have an agent -----------------------------------------------------------------------------------------

VX = "/usr/local/ASR/Vx"
REGISTERED = (
    f"sed -i -e 's/^HostId.*/HostId=11111111-2222-3333-4444-555555555555/' -e 's/^CSType.*/CSType=CSPrime/' "
    f"{VX}/etc/drscout.conf && echo AGENT_CONFIGURATION_STATUS=Succeeded >> {VX}/.vx_version"
)
FOREIGN_RUN = "cd /root/unpacked && exec ./install -q -r MS -v VmWare -c CSPrime -a Install >/dev/null 2>&1 </dev/null"


@pytest.fixture(scope="module")
def inhabited(module_host: StartHost, installers: Path, folder: Path) -> dict[str, Asked]:
    """One host with an agent in several conditions, one after the other: condition -> answers."""
    host = module_host("debian:12")
    written = inventory.for_hosts(folder / "inhabited.yml", [host], {"asr_mobility_installer_path": str(installers)})
    installed = playbook("install-mobility.yml", inventory=written, cwd=ROOT)
    assert installed.rc == 0, str(installed)
    (old,) = installers.glob(f"*_{OLD}_DEBIAN12-64_*")
    found = {"installed": ask(host, _lower_versions(installers, old), folder)}
    host.sh(REGISTERED)
    found["registered"] = ask(host, {"stack_change": _from_path(installers, stack="classic")}, folder)
    found["busy"] = _while_microsofts_installer_runs(host, installers, folder)
    host.sh(f"rm -rf {VX} /usr/local/ASR/uninstall.sh; rm /usr/local/.vx_version")
    host.sh("cp /etc/vxagent/backup/.vx_version /usr/local/.vx_version")
    found["half removed"] = ask(host, {"half_removed": _from_path(installers)}, folder)
    host.sh("rm -rf /etc/vxagent/backup; echo rubbish > /usr/local/.vx_version")
    found["corrupt"] = ask(host, {"record_corrupt": _from_path(installers)}, folder)
    return found


def _lower_versions(installers: Path, old: Path) -> dict[str, Question]:
    return {
        "downgrade_by_version": _from_path(installers, version="9.62"),
        "downgrade_by_file": _from_path(old),
        "upgrade_to_a_missing_version": _from_path(installers, version="9.99"),
    }


def _while_microsofts_installer_runs(host: Host, installers: Path, folder: Path) -> Asked:
    """Somebody runs the installer by hand; it hangs until the question was answered."""
    (new,) = installers.glob(f"*_{NEW}_DEBIAN12-64_*")
    host.copy_in(new, "/root/installer.tar.gz")
    host.sh("mkdir /root/unpacked && tar -xzf /root/installer.tar.gz -C /root/unpacked")
    inject(host, "install:hang=start")
    started = len(witness.starts(host))
    host.exec("systemd-run", "--quiet", "--unit=by-hand", "/bin/bash", "-c", FOREIGN_RUN)
    wait_for(lambda: len(witness.starts(host)) > started, "the installer somebody started by hand")
    try:
        return ask(host, {"other_installer_running": _from_path(installers, version="9.99")}, folder)
    finally:
        release(host)
        wait_for(lambda: len(witness.ends(host)) > started, "the end of the installer started by hand")
        withdraw(host)


INHABITED = {
    "downgrade_by_version": "installed",
    "downgrade_by_file": "installed",
    "upgrade_to_a_missing_version": "installed",
    "stack_change": "registered",
    "other_installer_running": "busy",
    "half_removed": "half removed",
    "record_corrupt": "corrupt",
}


@pytest.mark.parametrize("case", INHABITED)
def test_an_agent_that_is_there_is_left_alone(inhabited: dict[str, Asked], case: str) -> None:
    assert_refused(inhabited[INHABITED[case]], case)
    assert_untouched(inhabited[INHABITED[case]])


# --- installers that hang or die, and two runs at once ----------------------------------------------------------------


def test_an_installer_that_hangs_is_left_alone_and_joined_later(
    fresh: Host, install: Callable[..., AnsibleRun]
) -> None:
    inject(fresh, "install:hang=payload")
    first = install(fresh, timeout=6)
    assert first.rc == 2, str(first)
    result = first.only(AGENT).result
    golden.check(GOLDEN, "installer_hangs", golden.refusal(result))
    assert "install_vx" in fresh.sh("ps -eo args"), "the installer was ended"
    assert signals(fresh) == []
    assert fresh.exists("/var/lib/asr-mobility/run")

    release(fresh)
    second = install(fresh)
    assert second.rc == 0, str(second)
    assert second.only(AGENT).result["steps"] == ["adopt_run"]
    assert witness.record(fresh)["VERSION"] == "9.66.0.0"
    assert len(witness.starts(fresh)) == 1
    assert witness.leftovers(fresh) == []


def test_an_installer_that_dies_is_told_and_the_next_run_installs(
    fresh: Host, install: Callable[..., AnsibleRun]
) -> None:
    inject(fresh, "install:die=driver")
    first = install(fresh)
    assert first.rc == 2, str(first)
    golden.check(GOLDEN, "installer_dies", golden.refusal(first.only(AGENT).result))
    assert witness.leftovers(fresh) == []
    assert witness.record(fresh) == {}

    withdraw(fresh)
    second = install(fresh)
    assert second.rc == 0, str(second)
    assert witness.record(fresh)["VERSION"] == "9.66.0.0"
    assert witness.leftovers(fresh) == []


@pytest.mark.parametrize("head_start", [True, False], ids=["while the first installs", "both at once"])
def test_two_runs_start_the_installer_once(head_start: bool, fresh: Host, install: Callable[..., AnsibleRun]) -> None:
    inject(fresh, "install:slow=4")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(install, fresh)]
        if head_start:
            wait_for(lambda: bool(witness.starts(fresh)), "the first run's installer")
        runs.append(pool.submit(install, fresh))
        done = [run.result(timeout=280) for run in runs]
    assert len(witness.starts(fresh)) == 1
    assert witness.record(fresh)["VERSION"] == "9.66.0.0"
    assert signals(fresh) == []
    results = [run.only(AGENT) for run in done]
    assert "ok" in {result.status for result in results}, "\n".join(map(str, done))
    losers = {result.result.get("reason") for result in results if result.status == "failed"}
    assert losers <= {"run_in_progress"}, "\n".join(map(str, done))
    assert witness.leftovers(fresh) == []
