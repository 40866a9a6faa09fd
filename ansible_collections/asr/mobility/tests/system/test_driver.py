"""A driver package on a real host: what lies there afterwards counts, the script's word does not."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab import hotfix_double, witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
ACTION = "asr.mobility.mobility_driver"
RUNNING = platform.release()
NEXT = "99.1.0-1-amd64"
DRIVER, NEXT_DRIVER = b"a driver of a package\n", b"the driver of the next kernel\n"
HOTFIX_LOG = "/var/log/asr-double-hotfix.log"
DMIT = "/usr/local/ASR/Vx/bin/inm_dmit"
INITRD = "/usr/local/ASR/Vx/scripts/initrd/install.sh"


def driver_path(release: str = RUNNING) -> str:
    return f"/lib/modules/{release}/kernel/drivers/char/involflt.ko"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hotfix_double.scripts(tmp_path_factory.mktemp("hotfix"))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package for the running kernel, the next one and a third."""
    path = tmp_path_factory.mktemp("package") / "DriversPackage_DEBIAN12.tar.gz"
    return hotfix_double.package(path, {RUNNING: DRIVER, NEXT: NEXT_DRIVER, "1.2.3-other": b"other\n"})


@pytest.fixture
def driver(tasks: Play, package: Path, scripts: Path) -> Play:
    """Run mobility_driver on one host; package and scripts as above unless given otherwise."""

    def run(host: Host, *arguments: str, **options: object) -> AnsibleRun:
        given: dict[str, object] = {"package_path": str(package), "script_path": str(scripts), **options}
        if "package_remote_path" in options:
            del given["package_path"]
        wanted = {key: value for key, value in given.items() if value is not None}
        return tasks([{ACTION: wanted}], host, arguments=("--diff", "-vvv", *arguments))

    return run


def result(run: AnsibleRun) -> Mapping[str, object]:
    return run.only(ACTION).result


def state(run: AnsibleRun, when: str = "after") -> Mapping[str, object]:
    found = result(run)[when]
    assert isinstance(found, dict)
    return found


def files(run: AnsibleRun, when: str = "after") -> dict[str, str]:
    """Role -> what is said of the driver."""
    found = state(run, when)["kernels"]
    assert isinstance(found, list)
    return {kernel["role"]: kernel["driver"] for kernel in found}


def starts(host: Host) -> list[str]:
    return host.read_file(HOTFIX_LOG).splitlines() if host.exists(HOTFIX_LOG) else []


@pytest.mark.parametrize("image", ["debian:12", "no-python:12"])
def test_a_host_without_an_agent(image: str, lab_host: Callable[..., Host], driver: Play) -> None:
    """Foreseen, loaded by the script, right with one connection execution afterwards."""
    host = lab_host(image)
    planned = driver(host, "--check")
    assert (planned.rc, planned.changed, files(planned)) == (0, True, {"both": "missing"}), str(planned)
    assert not host.exists(driver_path())

    first = driver(host)
    assert (first.rc, first.changed, files(first)) == (0, True, {"both": "current"}), str(first)
    assert host.read_file(driver_path()) == DRIVER.decode()
    assert "involflt" in host.sh("lsmod")
    assert (result(first)["placed"], result(first)["reboot_required"]) == ([RUNNING], False)
    assert len(starts(host)) == 1
    assert witness.leftovers(host) == []

    again = driver(host)
    assert (again.rc, again.changed) == (0, False), str(again)
    use = witness.connection_use(again, host.address)
    assert (use.executions, use.puts, use.fetches) == (1, 0, 0), str(again)
    assert len(starts(host)) == 1


@pytest.fixture(scope="module")
def agent(host: Host, install: Play) -> Host:
    """A host with an agent that runs, whose driver is loaded, and with a newer kernel for the next start."""
    assert install(host).rc == 0
    host.sh("/usr/local/ASR/Vx/bin/start")
    host.sh(f"mkdir -p /lib/modules/{NEXT}/kernel/drivers/char; echo x >/boot/vmlinuz-{NEXT}")
    dmit(host, "9,66,1,7567")
    return host


def dmit(host: Host, version: str) -> None:
    """Let the loaded driver have that version."""
    text = f"#!/bin/sh\necho 'Driver Version : 2, 0, 0, 1'\necho 'Product Version : {version}'\n"
    host.write_file(DMIT, text, mode=0o755)


def test_the_driver_is_shown(agent: Host, driver: Play) -> None:
    run = driver(agent, package_path=None, script_path=None)
    assert (run.rc, run.changed) == (0, False), str(run)
    shown = state(run)
    assert (shown["loaded"], shown["loaded_version"]) == (True, "9.66.1.7567")
    assert files(run) == {"running": "present", "next": "absent"}
    assert shown["installed_version"] is None  # of the next start's kernel there is none
    assert "7759" in str(shown["resync_hindrance"])


def test_a_loaded_driver_is_replaced_for_the_next_start(agent: Host, driver: Play) -> None:
    """Microsoft's script would do nothing here and end 0, so it is not even asked."""
    pids = agent.sh("pgrep -x 'svagents|appservice'")
    run = driver(agent, version="9.66.7604.1")
    assert (run.rc, run.changed) == (0, True), str(run)
    assert files(run, "before") == {"running": "other", "next": "missing"}
    assert files(run) == {"running": "current", "next": "current"}
    assert agent.read_file(driver_path()) == DRIVER.decode()
    assert agent.read_file(driver_path(NEXT)) == NEXT_DRIVER.decode()
    assert agent.sh(f"stat -c '%a %U:%G' {driver_path(NEXT)}").strip() == "755 root:root"
    shown = state(run)
    assert (shown["loaded_version"], shown["installed_version"]) == ("9.66.1.7567", "9.66.1.7604")
    assert (shown["health"], result(run)["reboot_required"]) == ("reboot_pending", True)
    assert starts(agent) == []
    assert agent.sh("pgrep -x 'svagents|appservice'") == pids
    assert witness.leftovers(agent) == []

    again = driver(agent, version="9.66.7604.1")
    assert (again.changed, result(again)["reboot_required"]) == (False, True), str(again)
    dmit(agent, "9,66,1,7604")
    booted = driver(agent, version="9.66.7604.1")
    assert (state(booted)["health"], result(booted)["reboot_required"]) == ("ok", False)


def test_a_faulty_driver_is_named(agent: Host, driver: Play) -> None:
    dmit(agent, "9,66,1,7700")
    run = driver(agent, version="9.66.7760.1")
    assert (state(run)["health"], result(run)["reboot_required"]) == ("faulty", True), str(run)
    assert "faulty" in str(result(run)["reboot_reason"])
    assert "restart" in str(state(run)["resync_hindrance"])
    dmit(agent, "9,66,1,7567")


def test_the_agent_is_stopped_while_a_driver_is_loaded(agent: Host, driver: Play) -> None:
    agent.sh("modprobe -r involflt")
    run = driver(agent)
    assert (run.rc, run.changed, state(run)["loaded"]) == (0, True, True), str(run)
    assert "daemons=0" in starts(agent)[-1]
    assert witness.daemons(agent) == {"svagents", "appservice"}


def test_a_driver_that_does_not_load_fails_the_task(agent: Host, driver: Play) -> None:
    """Although the script ends 0; the agent runs again, and the next task succeeds."""
    agent.sh("modprobe -r involflt; touch /run/asr-lab/modprobe-fails")
    run = driver(agent)
    assert (run.rc, result(run)["reason"]) == (2, "state_not_reached"), str(run)
    assert "no driver loaded" in str(result(run)["found"])
    assert witness.daemons(agent) == {"svagents", "appservice"}
    assert witness.leftovers(agent) == []
    agent.sh("rm /run/asr-lab/modprobe-fails")
    again = driver(agent)
    assert (again.rc, state(again)["loaded"]) == (0, True), str(again)


def test_a_run_that_takes_too_long_goes_on_and_is_followed_by_the_next_task(
    fresh: Host, driver: Play, scripts: Path, tmp_path: Path
) -> None:
    slow = hotfix_double.scripts(tmp_path / "slow")
    script = slow / "hotfix_install.sh"
    wait = "#!/bin/bash\nwhile [ ! -e /run/asr-lab-go ]; do sleep 0.2; done\n"
    script.write_text(wait + script.read_text(encoding="utf-8"), encoding="utf-8")
    first = driver(fresh, script_path=str(slow), timeout=3)
    assert (first.rc, result(first)["reason"]) == (2, "still_running"), str(first)
    fresh.write_file("/run/asr-lab-go", "")
    second = driver(fresh)
    assert (second.rc, files(second)) == (0, {"both": "current"}), str(second)
    assert "followed to its end" in str(result(second)["warnings"])
    assert len(starts(fresh)) == 1
    assert witness.leftovers(fresh) == []


def test_a_driver_without_its_boot_image_is_taken_back(agent: Host, driver: Play, tmp_path: Path) -> None:
    other = hotfix_double.package(tmp_path / "p.tar.gz", {NEXT: b"a third driver\n"})
    agent.write_file(driver_path(NEXT), NEXT_DRIVER.decode())
    agent.sh(f"cp -p {INITRD} /root/kept; printf '#!/bin/bash\\nexit 7\\n' >{INITRD}")
    try:
        run = driver(agent, package_path=str(other))
    finally:
        agent.sh(f"mv /root/kept {INITRD}")
    assert (run.rc, result(run)["reason"]) == (2, "state_not_reached"), str(run)
    assert "initrd" in str(result(run)["found"])
    assert agent.read_file(driver_path(NEXT)) == NEXT_DRIVER.decode()
    again = driver(agent, package_path=str(other))
    assert (again.rc, result(again)["placed"]) == (0, [NEXT]), str(again)
    assert "no driver for" in str(result(again)["warnings"])  # the running kernel, which this package does not serve


def test_a_package_on_the_host(agent: Host, driver: Play, package: Path) -> None:
    agent.copy_in(package, "/root/drivers.tar.gz")
    agent.sh(f"rm -f {driver_path(NEXT)}")
    run = driver(agent, package_remote_path="/root/drivers.tar.gz")
    assert (run.rc, result(run)["placed"]) == (0, [NEXT]), str(run)
    assert agent.read_file(driver_path(NEXT)) == NEXT_DRIVER.decode()
    again = driver(agent, package_remote_path="/root/drivers.tar.gz")
    assert (again.rc, again.changed) == (0, False), str(again)
    use = witness.connection_use(again, agent.address)
    assert (use.executions, use.puts) == (1, 0)


def bad_packages(folder: Path) -> dict[str, tuple[dict[str, object], str]]:
    """Name -> options and the reason they must be refused for."""
    build = hotfix_double.package
    climbing = {f"Drivers/involflt.ko.{RUNNING}": b"new\n", "../../etc/cron.d/x": b"x\n"}
    return {
        "other kernels": (
            {"package_path": str(build(folder / "a.tar.gz", {"1.2.3-4": b"x"}))},
            "driver_not_in_package",
        ),
        "other version": ({"version": "9.67.7800.1"}, "driver_package_unfit"),
        "climbs out": ({"package_path": str(build(folder / "b.tar.gz", {}, climbing))}, "installer_unsafe"),
        "no such file": ({"package_path": str(folder / "none.tar.gz")}, "installer_not_found"),
        "no archive": ({"package_path": __file__}, "installer_corrupt"),
        "no such file on the host": ({"package_remote_path": "/root/none.tar.gz"}, "installer_not_found"),
    }


def test_packages_that_do_not_fit_are_refused_and_change_nothing(agent: Host, driver: Play, tmp_path: Path) -> None:
    before = hashlib.sha256(agent.read_file(driver_path()).encode()).hexdigest()
    for name, (options, reason) in bad_packages(tmp_path).items():
        for arguments in ((), ("--check",)):
            run = driver(agent, *arguments, **options)
            assert (run.rc, result(run)["reason"]) == (2, reason), f"{name} {arguments}\n{run}"
    assert hashlib.sha256(agent.read_file(driver_path()).encode()).hexdigest() == before
    assert not agent.exists("/etc/cron.d/x")
    assert witness.leftovers(agent) == []


def test_a_driver_cannot_be_loaded_without_the_script(fresh: Host, driver: Play) -> None:
    run = driver(fresh, script_path=None)
    assert (run.rc, result(run)["reason"]) == (2, "invalid_argument"), str(run)
    assert "hotfix_install.sh" in str(result(run)["found"])
    assert witness.leftovers(fresh) == []
