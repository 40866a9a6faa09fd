"""What a program leaves when it is killed after a step; the order of the steps is read in Microsoft's scripts."""

from __future__ import annotations

from conformance.bench import CLASSIC, DEFAULT_HOST_ID, PRIME, SERVER, Bench, State
from conformance.case import Needs, case

VX = "/usr/local/ASR/Vx"
DRIVER = '"/lib/modules/$(uname -r)/kernel/drivers/char/involflt.ko"'
LOCK = "/usr/local/ASR/.uninstall.lck"
UNIT = "/etc/systemd/system/vxagent.service"
MARKER = "ASRMobilityServiceRegenerateInitrdTimeOut"


def removal_killed(bench: Bench, point: str) -> State:
    """Kill the removal after a step, take away the lock it leaves, and look."""
    bench.inject(f"uninstall:die={point}")
    assert bench.uninstall("-Y").code == 137, point
    bench.inject()
    assert bench.uninstall("-Y").code == 1, f"{point}: the lock of the killed run was expected"
    bench.sh(f"rm {LOCK}")
    return bench.state()


@case("killed.removal-before-files", needs=Needs.FAULTS)
def removal_early(bench: Bench) -> None:
    """Killed before the files go, the removal can be run again: each time it gets further, and the last one ends 0."""
    bench.installed()
    bench.register_classic()
    state = removal_killed(bench, "start")
    assert (state.installed, state.running, state.driver_loaded) == (True, True, True)
    state = removal_killed(bench, "stopped")
    assert (state.installed, state.running, state.stopped_on_purpose, state.driver_loaded) == (True, False, True, True)
    assert not any(program == "unregister" for _event, program, _detail in bench.recorded())
    state = removal_killed(bench, "driver")
    assert (state.installed, state.driver_loaded) == (True, False)
    assert bench.sh(f"ls {DRIVER}").code != 0
    assert not any(program == "unregister" for _event, program, _detail in bench.recorded())
    state = removal_killed(bench, "unregister")
    assert ("end", "unregister", "rc=0") in bench.recorded()
    assert (state.installed, state.status, state.conf["Hostname"]) == (True, "Succeeded", SERVER)
    state = removal_killed(bench, "initrd")
    assert "initrd uninstall" in bench.sh("cat /var/log/InMage_drivers.log").output
    assert bench.uninstall("-Y").code == 0
    assert not bench.state().installed


@case("killed.removal-after-files", needs=Needs.FAULTS)
def removal_late(bench: Bench) -> None:
    """Killed after the files went: a record without program. uninstall.sh then ends 0 and leaves the record.

    What helps is the double's own choice (nothing is known): the installer, which finds nothing to stop, ends 98.
    """
    for point in ("files", "units"):
        bench.installed()
        bench.register_classic()
        state = removal_killed(bench, point)
        assert state.installed
        assert bench.exists(f"{VX}/bin/stop", UNIT, "/etc/vxagent") == [
            *([UNIT] if point == "files" else []),
            "/etc/vxagent",
        ]
        assert bench.uninstall("-Y").code == 0
        assert bench.state().installed
        assert bench.install(*CLASSIC).code == 98
        assert bench.uninstall("-Y").code == 0
        assert not bench.state().installed


@case("killed.removal-at-its-end", needs=Needs.FAULTS)
def removal_at_end(bench: Bench) -> None:
    """Killed at its end: no record, no program, but certificates and uninstall.sh, which ends 1 from now on."""
    bench.installed()
    state = removal_killed(bench, "remove")
    assert not state.installed
    left = ("/usr/local/ASR/uninstall.sh", "/usr/local/InMage/private")
    assert bench.exists(VX, *left) == list(left)
    assert bench.uninstall("-Y").code == 1


def registration_killed(bench: Bench, point: str) -> State:
    """Kill a classic registration after a step and look."""
    bench.inject(f"configurator:die={point}")
    assert bench.register_classic().code == 137, point
    return bench.state()


@case("killed.classic-registration", needs=Needs.FAULTS)
def classic_registration(bench: Bench) -> None:
    """A killed classic registration leaves the agent stopped; from the register step on the record and the server
    disagree with what runs. The same registration again ends 0 and keeps the HostId.
    """
    bench.installed()
    bench.sh(f"{VX}/bin/start")
    state = registration_killed(bench, "start")
    assert (state.conf["HostId"], state.running) == (DEFAULT_HOST_ID, True)
    state = registration_killed(bench, "stopped")
    assert (state.conf["HostId"], state.running, state.stopped_on_purpose) == (DEFAULT_HOST_ID, False, True)
    state = registration_killed(bench, "register")
    assert (state.conf["Hostname"], state.status, state.running) == (SERVER, None, False)
    assert state.conf["HostId"] != DEFAULT_HOST_ID
    before = state.conf["HostId"]
    state = registration_killed(bench, "status")
    assert (state.status, state.running) == ("Succeeded", False)
    state = registration_killed(bench, "start-agent")
    assert (state.status, state.running) == ("Succeeded", True)
    bench.inject()
    assert bench.register_classic().code == 0
    assert bench.state().conf["HostId"] == before


@case("killed.modernized-registration", needs=Needs.FAULTS)
def modernized_registration(bench: Bench) -> None:
    """A killed modernized registration leaves the agent stopped; the same again ends 0 and keeps the HostId."""
    bench.installed(*PRIME)
    expected = {"stopped": (None, "CSLegacy"), "register": (None, "CSPrime"), "status": ("Succeeded", "CSPrime")}
    for point, (status, stack) in expected.items():
        bench.inject(f"configurator:die={point}")
        assert bench.register_prime().code == 137, point
        state = bench.state()
        assert (state.status, state.conf["CSType"], state.running) == (status, stack, False), point
    bench.inject()
    assert bench.register_prime().code == 0
    assert bench.state().conf["HostId"] == state.conf["HostId"]


@case("killed.unconfigure", needs=Needs.FAULTS)
def unconfigure(bench: Bench) -> None:
    """Killed after the appliance was told, unconfigure leaves HostId and source configuration: it looks registered."""
    bench.installed(*PRIME)
    assert bench.register_prime().code == 0
    bench.inject("configurator:die=unregister")
    assert bench.configure("-q", "-c", "CSPrime", "-U", "true").code == 137
    state = bench.state()
    assert (state.conf["HostId"] != "", state.status, state.running) == (True, "Succeeded", False)
    assert bench.exists(f"{VX}/etc/SourceConfig.json")


def upgrade_killed(bench: Bench, point: str) -> tuple[State, str]:
    """Kill an upgrade after a step; return what is left and the directory it ran in."""
    bench.inject(f"install:die={point}")
    run = bench.install(*CLASSIC)
    assert run.code == 137, point
    state = bench.state()
    assert (state.installed, state.running, state.stopped_on_purpose) == (True, False, True), point
    return state, run.directory


def older_agent(bench: Bench) -> State:
    """Install and register an older agent."""
    bench.installed(archive=bench.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    assert bench.register_classic().code == 0
    return bench.state()


@case("killed.upgrade", needs=Needs.FAULTS)
def upgrade(bench: Bench) -> None:
    """A killed upgrade leaves the agent stopped, is not undone, and needs the installer again: 98, still registered.

    The record tells the old version until the metadata are written; killed during the initrd its marker stays.
    """
    before = older_agent(bench).conf
    for point in ("stopped", "backup", "driver", "metadata", "initrd", "service"):
        state, place = upgrade_killed(bench, point)
        written = point in ("metadata", "initrd", "service")
        assert state.version["VERSION"] == ("9.66.0.0" if written else "9.65.0.0"), point
        assert (MARKER in state.errors) == (point == "initrd"), point
        assert (state.conf["HostId"], state.conf["Hostname"]) == (before["HostId"], before["Hostname"]), point
        saved = bench.sh(f"ls {place}/TEMP 2>/dev/null").output.split()
        assert ("drscout.conf" in saved) == (point != "stopped"), point
    bench.inject()
    assert bench.install(*CLASSIC).code == 98
    assert (bench.state().running, bench.state().conf["HostId"]) == (True, before["HostId"])


@case("killed.upgrade-after-unpacking", needs=Needs.FAULTS)
def upgrade_unpacked(bench: Bench) -> None:
    """Killed between unpacking and merging, an upgrade leaves the new program with the configuration it came with.

    The old configuration is in TEMP of the directory it ran in, and nowhere else (deduced from the order of the steps).
    """
    before = older_agent(bench).conf
    state, place = upgrade_killed(bench, "payload")
    assert (state.version["VERSION"], state.conf["HostId"]) == ("9.65.0.0", DEFAULT_HOST_ID)
    assert before["HostId"] in bench.sh(f"cat {place}/TEMP/drscout.conf").output
