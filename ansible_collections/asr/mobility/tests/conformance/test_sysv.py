"""What the installer leaves on hosts from before systemd: each needs a host and an archive of its own."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.bench import CLASSIC, ERRORS, MEDIA, Bench
from conformance.shell import Shell
from lab import hosts
from lab.installer_double import DoubleSpec
from lab.legacy import LEGACY

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(os.environ.get("INSTALLER")), reason="needs archives of several tags: the double only"),
]

START = "/usr/local/ASR/Vx/bin/start"
STOP = "/usr/local/ASR/Vx/bin/stop"
SERVICES = ("vxagent", "uarespawnd", "vConService_linux")
SCRIPTS = (*SERVICES, "boottimemirroring_phase1", "boottimemirroring_phase2")
LINKS = "ls -d /etc/rc?.d/[SK]??{0} /etc/init.d/rc?.d/[SK]??{0} 2>/dev/null"
LINKED = ("rhel:6", "sles:11")
"""Where the services are links to the agent's own files."""
BOOT = {"rhel:6": "/etc/sysconfig/modules/inmaged.modules", "ubuntu:14.04": "/etc/init/involflt.conf"}
"""What loads the driver at boot there."""


@pytest.fixture(params=LEGACY)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Bench]]:
    """The name of a release, and a bench on a host of it."""
    name: str = request.param
    host = hosts.start(
        name,
        f"sysv-{LEGACY[name].folder.replace('.', '')}",
        network="none",
        options=(f"--volume={tmp_path}:{MEDIA}:ro",),
    )
    bench = Bench(host, Shell(host.name), tmp_path, spec=DoubleSpec(tag=LEGACY[name].tag))
    yield name, bench
    bench.shell.close()
    host.remove()


def links(bench: Bench, script: str) -> set[str]:
    """Run level and letter of every link to a script: ``rc3.dS``."""
    found = (Path(line) for line in bench.sh(LINKS.format(script)).output.split())
    return {f"{path.parent.name}{path.name[0]}" for path in found}


def daemons(bench: Bench) -> set[str]:
    """The agent's processes."""
    return {"svagents", "appservice", "uarespawndagent"} & set(bench.state().sections["processes"].split())


def test_the_whole_life_is_that_of_scripts(old: tuple[str, Bench]) -> None:
    """Scripts in every run level, no unit, not running; bin/start, bin/stop, a restart; then all is gone."""
    name, bench = old
    bench.installed()
    everywhere = {*(f"rc{level}.dS" for level in (2, 3, 4, 5)), *(f"rc{level}.dK" for level in (0, 1, 6))}
    assert [script for script in SCRIPTS if links(bench, script) != everywhere] == []
    scripts = bench.sh(f"cd /etc/init.d && find {' '.join(SERVICES)} -type l").output.split()
    assert scripts == (list(SERVICES) if name in LINKED else [])
    assert bench.exists(*BOOT.values()) == [path for release, path in BOOT.items() if release == name]
    assert bench.sh("ls /etc/systemd/system 2>/dev/null").output.strip() == ""
    assert daemons(bench) == set()

    assert bench.sh(START).code == 0
    assert daemons(bench) == {"svagents", "appservice", "uarespawndagent"}
    assert bench.sh(STOP).code == 0
    assert (daemons(bench), bench.state().stopped_on_purpose) == (set(), True)
    assert bench.sh("service vxagent start").code == 0
    assert daemons(bench) == {"svagents", "appservice"}

    bench.shell.close()
    again = dataclasses.replace(bench, host=bench.host.restart(), shell=Shell(bench.host.name))
    assert daemons(again) == {"svagents", "appservice", "uarespawndagent"}
    assert again.state().driver_loaded

    assert again.uninstall("-Y").code == 0
    assert daemons(again) == set()
    assert [script for script in SCRIPTS if links(again, script)] == []
    assert again.exists(*(f"/etc/init.d/{script}" for script in SCRIPTS), *BOOT.values(), "/etc/vxagent") == []
    again.shell.close()


@pytest.mark.parametrize("old", ["debian:7"], indirect=True)
def test_another_run_level_than_one_for_work_is_refused(old: tuple[str, Bench]) -> None:
    """Run level 1 ends 99 with ASRMobilityServiceRunlevelCommandFailure."""
    _name, bench = old
    assert bench.install(*CLASSIC, before="echo 'S 1' >/run/asr-lab/runlevel").code == 99
    assert '"ASRMobilityServiceRunlevelCommandFailure"' in bench.sh(f"cat {ERRORS}").output
    assert not bench.state().installed


@pytest.mark.parametrize("old", ["rhel:6", "debian:7"], indirect=True)
def test_a_roll_back_takes_the_scripts_along(old: tuple[str, Bench]) -> None:
    """164 is rolled back: nothing is left in the run levels."""
    _name, bench = old
    bench.inject("install:exit=164")
    assert bench.install(*CLASSIC).code == 164
    assert [script for script in SCRIPTS if links(bench, script)] == []
