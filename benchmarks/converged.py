"""What a run with nothing to do costs, beside the cheapest task Ansible has: one `raw` in a play.

`make benchmark` prints, for a host that is already right: connection executions, uploads, Python modules sent, and wall
seconds (medians; the runs of both are interleaved, so a busy machine slows both).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import hosts, images, inventory, witness
from lab.ansible_run import AnsibleRun, playbook
from lab.places import ROOT

IMAGE = "debian:12"
RUNS = 5
RAW = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.raw": "true"}]}]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when the host was not converged, because then the numbers mean something else."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each (default: %(default)s)")
    runs = parser.parse_args(arguments).runs
    images.ensure([IMAGE])
    with (
        tempfile.TemporaryDirectory(prefix="asr-mobility-benchmark-") as name,
        hosts.running(IMAGE, "benchmark") as host,
    ):
        return measure(Path(name), host, runs)


def measure(folder: Path, host: hosts.Host, runs: int) -> int:
    """Install, then run both playbooks `runs` times in turn."""
    make_installer(folder / "installers")
    written = inventory.for_hosts(
        folder / "inventory.yml", [host], {"asr_mobility_installer_path": str(folder / "installers")}
    )
    (folder / "raw.json").write_text(json.dumps(RAW), encoding="utf-8")
    playbooks = {"one raw task": str(folder / "raw.json"), "install-mobility.yml": "install-mobility.yml"}
    run("install-mobility.yml", written)
    counted = {what: run(path, written, "-vvv") for what, path in playbooks.items()}
    seconds = timed(playbooks, written, runs)
    for line in report(counted, seconds, host.address):
        print(line)
    if any(one.changed for one in counted.values() if one.of(action="asr.mobility.mobility_agent")):
        print("The host was not converged.", file=sys.stderr)
        return 1
    return 0


def make_installer(folder: Path) -> None:
    """Write one archive of the installer double."""
    command = [sys.executable, "-m", "lab.installer_double", "--output", str(folder)]
    subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def run(path: str, written: Path, *options: str) -> AnsibleRun:
    """Run a playbook that must end well."""
    done = playbook(path, *options, inventory=written, cwd=ROOT)
    if done.rc != 0:
        raise SystemExit(str(done))
    return done


def timed(playbooks: Mapping[str, str], written: Path, runs: int) -> dict[str, list[float]]:
    """Wall seconds of each run, the playbooks in turn."""
    seconds: dict[str, list[float]] = {what: [] for what in playbooks}
    for _ in range(runs):
        for what, path in playbooks.items():
            begun = time.monotonic()
            run(path, written)
            seconds[what].append(time.monotonic() - begun)
    return seconds


def report(counted: Mapping[str, AnsibleRun], seconds: Mapping[str, Sequence[float]], address: str) -> list[str]:
    """The table."""
    lines = [f"{'':24}{'executions':>12}{'uploads':>9}{'modules':>9}{'seconds':>9}{'fastest':>9}{'slowest':>9}"]
    for what, one in counted.items():
        use, times = witness.connection_use(one, address), seconds[what]
        modules = one.stdout.count("Using module file")
        lines.append(
            f"{what:24}{use.executions:>12}{use.puts:>9}{modules:>9}"
            f"{statistics.median(times):>9.2f}{min(times):>9.2f}{max(times):>9.2f}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
