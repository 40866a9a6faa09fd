"""One run of one contestant: start it, meter it, check the hosts, count what it asked of the connection."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.contestants import FRESH, Contestant, Job
from benchmarks.fleet import Fleet, FleetError
from benchmarks.samples import Count, Sample
from lab import ansible_run, recorder
from lab.places import COLLECTION, ROOT

TIMEOUT = 1800.0


@dataclass(frozen=True)
class Material:
    """The archive that everybody installs, what a host shows then, and the web server that has it."""

    archive: Path
    build_tag: str
    url: str

    def job(self, fleet: Fleet, folder: Path) -> Job:
        """One run on a fleet."""
        return Job(fleet, self.archive, self.build_tag, self.url, folder)


def sample(contestant: Contestant, mode: str, fleet: Fleet, material: Material) -> Sample:
    """Run once, every connection new, and return the numbers.

    Raises:
        FleetError: the run failed, or a host is not installed after it.
    """
    with _folder() as folder:
        before = fleet.received()
        cost = _run(contestant.command(material.job(fleet, folder), mode), _environment(folder, {}), folder)
        received = [after - first for first, after in zip(before, fleet.received(), strict=True)]
    if mode == FRESH:
        fleet.require_installed(material.build_tag)
    return Sample(contestant.name, mode, len(fleet.members), cost["wall"], cost["cpu"], statistics.median(received))


def count(contestant: Contestant, mode: str, fleet: Fleet, material: Material) -> Count:
    """Run once on the first host over the recording connection; not timed. Bare ssh is one session by construction."""
    if not contestant.ansible:
        return Count(contestant.name, mode, executions=1, transfers=0, modules=0)
    with _folder() as folder:
        job = replace(material.job(fleet.first(1), folder), connection=recorder.CONNECTION)
        record = folder / "record.jsonl"
        _run(contestant.command(job, mode), _environment(folder, recorder.environment(record)), folder)
        use = recorder.use(recorder.calls(record, job.fleet.hosts[0].address))
    return Count(contestant.name, mode, use.executions, use.uploads + use.fetches, use.modules)


def _run(command: list[str], environment: Mapping[str, str], folder: Path) -> Mapping[str, float]:
    output = folder / "output"
    metered = [sys.executable, "-m", "benchmarks.metered", str(output), *command]
    done = subprocess.run(
        metered,
        env={**environment, "PYTHONPATH": f"{ROOT}:{COLLECTION / 'tests'}"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise FleetError(f"{command[0]} ended with {done.returncode}:\n{output.read_text(errors='replace')[-4000:]}")
    cost: Mapping[str, float] = json.loads(done.stdout)
    return cost


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of the ansible.cfg at the root for everybody, and connections that no other run has opened."""
    clean = ansible_run.environment(
        extra={
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
            **settings,
        }
    )
    return {name: value for name, value in clean.items() if "CALLBACK" not in name}  # the lab's own costs time


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as name:
        yield Path(name)
