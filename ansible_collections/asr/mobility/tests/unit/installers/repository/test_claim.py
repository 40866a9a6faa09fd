# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process at a time, whoever died before."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.sharedctypes
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.claim import Claim, claimed


def silent(_text: str) -> None:
    """Nobody listens."""


def owner(host: str, pid: int, space: str | None = None) -> str:
    """A claim's text; space: where its process number counts, without it where this process counts."""
    return json.dumps({"host": host, "space": space or os.readlink("/proc/self/ns/pid"), "pid": pid, "id": "0"})


def dead_pid() -> int:
    gone = multiprocessing.get_context("fork").Process(target=silent, args=("",))
    gone.start()
    gone.join()
    assert gone.pid
    return gone.pid


def test_a_claim_is_held_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.claim"
    with claimed(path, silent) as claim:
        assert claim.holds
        assert not Claim(path).make()
    assert not path.exists()


def test_a_claim_is_given_back_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.claim"
    with pytest.raises(KeyError), claimed(path, silent):
        raise KeyError
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [owner("another-controller", 1), owner(socket.gethostname(), 2**22 + 1, "pid:[1]"), "", "{", "[]", '{"pid": 0}'],
)
def test_a_claim_that_nobody_touches_is_taken_after_a_while(tmp_path: Path, text: str) -> None:
    path, said = tmp_path / "x.claim", list[str]()
    path.write_text(text)
    begun = time.monotonic()
    with claimed(path, said.append, stale_after=1.0) as claim:
        assert claim.holds
    assert time.monotonic() - begun >= 1.0
    assert "waiting for" in said[0]
    assert "taken over" in said[-1]


def test_a_claim_of_a_dead_process_of_this_machine_is_taken_at_once(tmp_path: Path) -> None:
    path, said = tmp_path / "x.claim", list[str]()
    path.write_text(owner(socket.gethostname(), dead_pid()))
    begun = time.monotonic()
    with claimed(path, said.append, stale_after=600):
        pass
    assert time.monotonic() - begun < 5
    assert len(said) == 1


def test_a_claim_that_is_touched_is_waited_for_however_long(tmp_path: Path) -> None:
    path, over = tmp_path / "x.claim", threading.Event()
    path.write_text(owner("another-controller", 1))

    def live() -> None:
        for _beat in range(20):
            os.utime(path)
            time.sleep(0.1)
        path.unlink()
        over.set()

    thread = threading.Thread(target=live)
    thread.start()
    with claimed(path, silent, stale_after=1.0):
        assert over.is_set()
    thread.join()


def test_an_owner_that_was_taken_for_dead_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "x.claim"
    with claimed(path, silent) as claim:
        path.write_text(owner("another-controller", 1))
        assert not claim.holds
    assert path.exists()


def test_an_owner_that_was_taken_for_dead_does_not_keep_the_other_claim_alive(tmp_path: Path) -> None:
    path = tmp_path / "x.claim"
    with claimed(path, silent, stale_after=0.3):
        path.write_text(owner("another-controller", 1))
        os.utime(path, (1, 1))
        time.sleep(0.3)
        assert path.stat().st_mtime == 1


@pytest.mark.parametrize(("pid", "may_wake_up"), [(None, False), (1, True)])
def test_a_claim_tells_whether_its_former_owner_may_wake_up(tmp_path: Path, pid: int | None, may_wake_up: bool) -> None:
    path = tmp_path / "x.claim"
    path.write_text(owner(socket.gethostname(), pid or dead_pid()))
    with claimed(path, silent, stale_after=1.0) as claim:
        assert claim.of_a_sleeper is may_wake_up


def _count(path: Path, running: multiprocessing.sharedctypes.Synchronized[int]) -> None:
    with claimed(path, silent, stale_after=600):
        with running.get_lock():
            running.value += 1
        assert running.value == 1
        time.sleep(0.05)
        with running.get_lock():
            running.value -= 1


def test_of_many_that_find_a_stale_claim_one_at_a_time_goes_on(tmp_path: Path) -> None:
    path, context = tmp_path / "x.claim", multiprocessing.get_context("fork")
    path.write_text(owner(socket.gethostname(), dead_pid()))
    running = context.Value("i", 0)
    processes = [context.Process(target=_count, args=(path, running)) for _process in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 6
