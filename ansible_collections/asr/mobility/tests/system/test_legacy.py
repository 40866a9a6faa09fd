"""What molecule does not reach on hosts from before systemd: accidents, restarts, downloads, a terminal's end."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import sha256_of
from lab import accidents, endpoints, images, inventory, web, witness
from lab.accounts import BY_NAME
from lab.ansible_run import AnsibleRun, run_tasks
from lab.hosts import Host, start
from lab.injection import inject, release, signals, wait_for
from lab.legacy import LEGACY
from lab.power import power
from lab.registering import without_faults
from lab.registration_files import config_file

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
PROXY = "asr.mobility.mobility_proxy"
REBOOT = "asr.mobility.mobility_reboot"
REGISTRATION = "asr.mobility.mobility_registration"
TTY = BY_NAME["ttyuser"]
DATES = {"9.62.7172.1": "20Sep2024", "9.66.7567.1": "20Sep2025"}
START = "setsid /usr/local/ASR/Vx/bin/start </dev/null >/dev/null 2>&1"
BOOT = "cut -d ' ' -f 22 /proc/1/stat"
PLAYBOOK = "install-mobility.yml"


@pytest.fixture(scope="module")
def library(make_installer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installers of the releases from before systemd; those of Ubuntu are xz streams."""
    folder = tmp_path_factory.mktemp("old")
    for (version, date), old in itertools.product(DATES.items(), LEGACY.values()):
        packing = ("--compression", "xz") if old.name.startswith("ubuntu") else ()
        shutil.copy(make_installer(version, old.tag, date, packing), folder)
    return folder


@pytest.fixture
def old_host(request: pytest.FixtureRequest) -> Iterator[Callable[..., Host]]:
    """Start hosts of one test's own."""
    started: list[Host] = []

    def make(image: str, **options: object) -> Host:
        images.ensure([image])
        name = f"legacy-{len(started)}-{image.replace(':', '-').replace('.', '')}"
        started.append(start(image, name, **options))  # type: ignore[arg-type]
        return started[-1]

    yield make
    for host in started:
        host.remove()


def task(folder: Path, host: Host, module: str, **options: object) -> AnsibleRun:
    """One task through the sudo that wants a terminal."""
    written = inventory.write(folder / "inventory.yml", {host.name: inventory.ssh(host, TTY)})
    return run_tasks(folder, [{module: options}], written, timeout=400)


@pytest.mark.parametrize("image", ["rhel:6", "debian:7"])
def test_an_agent_that_was_restarted_outlives_the_terminal(
    image: str, old_host: Callable[..., Host], library: Path, tmp_path: Path
) -> None:
    host = old_host(image)
    done = task(tmp_path, host, AGENT, installer_path=str(library))
    assert done.rc == 0, str(done)
    host.sh(START)
    before = witness.daemons(host)
    run = task(tmp_path, host, PROXY, address="http://192.0.2.9", port=8080, restart=True)
    assert (run.rc, before) == (0, {"svagents", "appservice"}), str(run)
    time.sleep(3)
    assert witness.daemons(host) == before
    assert host.sh("cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^uarespawndagent$'").strip() == "1"
    assert witness.leftovers(host) == []


def test_a_restart_through_the_terminal_is_one(old_host: Callable[..., Host], tmp_path: Path) -> None:
    """One host has shutdown, the other only reboot, as a busybox has."""
    for image, programs in (("sles:11", "reboot shutdown"), ("debian:7", "reboot")):
        host = with_a_lasting_address(old_host, image)
        if "shutdown" not in programs:
            host.sh("rm /sbin/shutdown")
        before = host.sh(BOOT)
        with power(host) as starts:
            run = task(tmp_path, host, REBOOT, timeout=150)
        assert (run.rc, run.only(REBOOT).changed, len(starts)) == (0, True, 1), str(run)
        assert host.sh(BOOT) != before


def with_a_lasting_address(old_host: Callable[..., Host], image: str) -> Host:
    """A host that comes up with the same address again: that of one that is gone, so that nobody else has it."""
    gone = old_host(image)
    gone.remove()
    return old_host(image, options=(f"--ip={gone.address}",))


ACCIDENTS: dict[str, Callable[[accidents.Running, Host], object]] = {
    "connection killed": accidents.kill_connection,
    "controller killed": accidents.kill_controller,
    "every login ended": lambda _run, host: host.sh("pkill -KILL -f '^sshd: [a-z]'", check=False),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_run_without_systemd_survives_and_is_adopted(
    accident: str, old_host: Callable[..., Host], library: Path, tmp_path: Path
) -> None:
    host = old_host("rhel:6")
    inject(host, "install:hang=config")
    with interrupted(host, library, tmp_path, ACCIDENTS[accident]):
        assert witness.ends(host) == []
    release(host)
    again = task(tmp_path, host, AGENT, installer_path=str(library))
    assert again.rc == 0, str(again)
    assert again.only(AGENT).result["steps"] == ["adopt_run"], str(again)
    assert (len(witness.starts(host)), witness.ends(host), signals(host)) == (1, ["rc=0"], [])
    assert (witness.record(host)["VERSION"], witness.leftovers(host)) == ("9.66.0.0", [])


def test_a_run_that_died_with_its_host_is_collected_and_the_agent_installed(
    old_host: Callable[..., Host], library: Path, tmp_path: Path
) -> None:
    host = old_host("ubuntu:14.04")
    inject(host, "install:hang=config")
    with interrupted(host, library, tmp_path, accidents.kill_controller):
        host = host.restart()
    inject(host)
    again = task(tmp_path, host, AGENT, installer_path=str(library))
    assert again.only(AGENT).result["steps"] == ["collect_dead_run", "install"], str(again)
    assert (witness.record(host)["VERSION"], witness.leftovers(host)) == ("9.66.0.0", [])


@contextmanager
def interrupted(
    host: Host, library: Path, folder: Path, accident: Callable[[accidents.Running, Host], object]
) -> Iterator[None]:
    """An installation whose installer hangs when the accident happens; the controller sees how far it comes."""
    reached = {host.name: inventory.ssh(host, TTY)}
    written = inventory.write(folder / "first.yml", reached, {"asr_mobility_installer_path": str(library)})
    with accidents.running(PLAYBOOK, written, folder) as run:
        wait_for(lambda: "at=config" in host.sh(f"cat {witness.RUNS} 2>/dev/null", check=False), "the installer hangs")
        accident(run, host)
        yield


def test_daemons_that_a_killed_registration_had_started_are_no_work(
    old_host: Callable[..., Host], library: Path, tmp_path: Path
) -> None:
    """Without systemd they are of the run's own session and stay in its directory; what the host shows decides."""
    host = old_host("debian:7")
    assert task(tmp_path, host, AGENT, installer_path=str(library)).rc == 0
    with endpoints.serving("legacy-server") as server:
        file = tmp_path / "config.json"
        file.write_bytes(config_file(host.bios_id(), host.name, [server.address]))
        inject(host, "configurator:die=start-agent")
        killed = task(tmp_path, host, REGISTRATION, config_path=str(file))
        assert (killed.rc, killed.only(REGISTRATION).changed) == (0, True), str(killed)
        seen = without_faults(host)
        assert (seen.running, seen.stack, seen.leftovers) == (True, "modernized", ())
        again = task(tmp_path, host, REGISTRATION, config_path=str(file))
    assert (again.rc, again.only(REGISTRATION).changed) == (0, False), str(again)


def test_an_installer_comes_from_a_web_server_with_the_tools_there_are(
    old_host: Callable[..., Host], library: Path, play: Play, tmp_path: Path
) -> None:
    """One has wget, the other neither wget nor curl nor xz: the controller steps in, and packs it again."""
    pulling, bare = old_host("debian:7"), old_host("ubuntu:14.04")
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("".join(f"{sha256_of(path)}  {path.name}\n" for path in library.iterdir()), encoding="utf-8")
    options = {"env": {"XDG_CACHE_HOME": str(tmp_path / "cache")}}
    with web.serving(library, web.gateway()) as server:
        run = play(PLAYBOOK, pulling, bare, installer_url=server.url, checksum=str(sums), options=options)
    assert run.rc == 0, str(run)
    assert [witness.record(host)["VERSION"] for host in (pulling, bare)] == ["9.66.0.0"] * 2
    fetched = {one.client: one.agent for one in server.asked if one.path.startswith("/Microsoft-ASR_UA_9.66")}
    assert fetched[pulling.address].startswith("Wget")
    assert bare.address not in fetched
