"""The benchmark still runs: each contestant once on one host, fresh and again; no number is judged."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.contestants import CONTESTANTS
from lab.places import COLLECTION, ROOT


def test_every_contestant_installs_and_runs_again() -> None:
    """Each is checked by the benchmark itself: the host is looked at from outside after every fresh run."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{COLLECTION / 'tests'}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table = done.stdout.partition("--- contestants")[0].splitlines()
    rows = [line.split() for line in table if line and not line.startswith(("---", " "))]
    expected = [name for mode in ("rerun", "fresh") for name, one in CONTESTANTS.items() if mode in one.modes]
    assert [row[0] for row in rows] == expected
    ours = {row[-2]: row[-1] for row in rows if row[0] == "ours"}
    assert ours["1+0"] == "0"
    assert all(modules == "0" for modules in ours.values())
