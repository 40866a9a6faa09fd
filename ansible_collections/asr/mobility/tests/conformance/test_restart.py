"""What only a restart of the host brings: it needs a host of its own, for the bench's shell does not outlive one."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import bench as benches
from conformance.bench import CLASSIC, Bench
from conformance.shell import Shell

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(os.environ.get("INSTALLER")), reason="needs archives of two versions: the double only"),
]

DRIVER = "/usr/local/ASR/Vx/bin/inm_dmit --op=get_driver_version | grep Product"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Bench]:
    """A bench that may be restarted."""
    bench = benches.start(tmp_path, None, "conformance-restart")
    yield bench
    bench.host.remove()


def restarted(bench: Bench) -> Bench:
    """Restart the host and return the bench with a new shell."""
    bench.shell.close()
    host = bench.host.restart()
    return dataclasses.replace(bench, host=host, shell=Shell(host.name))


def test_a_restart_loads_the_driver_of_the_upgrade_and_starts_the_agent(own: Bench) -> None:
    own.installed(archive=own.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    assert own.register_classic().code == 0
    assert own.install(*CLASSIC).code == 98
    assert own.sh(DRIVER).output.split()[-1] == "9,65,1,7488"
    again = restarted(own)
    assert again.sh(DRIVER).output.split()[-1] == "9,66,1,7567"
    state = again.state()
    assert (state.driver_loaded, state.running, state.conf["Hostname"]) == (True, True, benches.SERVER)
    again.shell.close()


def test_a_restart_frees_a_busy_driver_and_the_extracted_script_finishes_the_removal(own: Bench) -> None:
    own.installed()
    assert own.register_classic().code == 0
    assert own.uninstall("-Y", before="mkdir -p /run/asr-lab; : >/run/asr-lab/module-busy").code == 0
    assert own.state().installed
    again = restarted(own)
    assert again.uninstall("-Y", call=f"{again.extract()}/uninstall.sh").code == 0
    state = again.state()
    assert (state.installed, state.driver_loaded, state.running, state.enabled) == (False, False, False, set())
    again.shell.close()
