"""A detached run outlives its connection, its controller and its login session, and the next task adopts it.

Each interruption happens at each point of a run's life, on a real host with systemd and logind; afterwards a new task
must see what is true, the body must have been started once, and no signal may have reached it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.survival import POINTS
from lab import ansible_run, hosts, images, inventory
from lab.accounts import BY_NAME
from lab.places import COLLECTION

pytestmark = pytest.mark.timeout(1000)

PLAYBOOK = str(COLLECTION / "tests" / "contract" / "survival.yml")
ACCOUNT = BY_NAME["nopass"]
IMAGE = "accounts:12"
PATIENCE = 90.0
"""Seconds for anything to happen on a busy machine."""
SHORT_STOP = "[Manager]\nDefaultTimeoutStopSec=3s\n"
"""In a container on cgroups of version 1 systemd may miss that a session's last process has ended, and a login then
waits for the stop of the old session to time out (90 s)."""
KILL_USER_PROCESSES = "[Login]\nKillUserProcesses=yes\n"


@dataclass(frozen=True)
class Scene:
    """One interrupted task: the host, the running ansible-playbook (leader of its own process group), its results."""

    host: hosts.Host
    process: subprocess.Popen[bytes]

    def tree(self) -> dict[int, str]:
        """Every process of the controller: id -> command line."""
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self._is_ours(int(entry.name)):
                words = _read(entry / "cmdline").replace("\0", " ")
                found[int(entry.name)] = words
        return found

    def _is_ours(self, pid: int) -> bool:
        """Descends from the process this test started."""
        while pid > 1:
            if pid == self.process.pid:
                return True
            pid = _parent(pid)
        return False


def _parent(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(") ")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def kill_ssh_client(scene: Scene) -> None:
    """The ssh clients of this controller, the one in use and the shared one that stays in the background."""
    for pid, words in scene.tree().items():
        if words.startswith("ssh "):
            _signal(pid, signal.SIGKILL)
    for pid in _shared_connections(scene.host):
        _signal(pid, signal.SIGKILL)


def interrupt_controller(scene: Scene) -> None:
    """Control-C; Ansible then ends its own workers."""
    os.killpg(scene.process.pid, signal.SIGINT)


def kill_controller(scene: Scene) -> None:
    """No chance to tidy up, for the main process and its workers (which are process groups of their own)."""
    for pid in scene.tree():
        _signal(pid, signal.SIGKILL)


def end_session(scene: Scene) -> None:
    """The administrator ends every session of the login user, and logind kills what belongs to them."""
    scene.host.sh(f"loginctl terminate-user {ACCOUNT.name}", check=False)


INTERRUPTIONS: dict[str, Callable[[Scene], None]] = {
    "ssh-client-killed": kill_ssh_client,
    "controller-interrupted": interrupt_controller,
    "controller-killed": kill_controller,
    "session-ended": end_session,
}
CONTROLLER_SURVIVES = ("ssh-client-killed", "session-ended")
EXPECTED = {"claimed": "abandoned", "started": "running", "following": "running", "ended": "finished"}
SCENES = [(name, point) for name in INTERRUPTIONS for point in POINTS]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _shared_connections(host: hosts.Host) -> list[int]:
    """ssh clients in the background that hold the shared connection to this one host (its address is unique)."""
    found = []
    for entry in Path("/proc").iterdir():
        words = _read(entry / "cmdline") if entry.name.isdigit() else ""
        if words.startswith("ssh:") and f"{_socket_folder(host)}/" in words:
            found.append(int(entry.name))
    return found


def _socket_folder(host: hosts.Host) -> Path:
    """A folder of its own for the shared connections of one host, short enough for a socket's path."""
    folder = Path("/tmp") / f"cp-{host.name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Future[str]]]:
    """Play every scene: one host an interruption, its points one after the other, the hosts beside each other."""
    images.ensure([IMAGE])
    folder = tmp_path_factory.mktemp("survival")
    found: dict[tuple[str, str], Future[str]] = {scene: Future() for scene in SCENES}
    with ThreadPoolExecutor(len(INTERRUPTIONS)) as pool:
        for name in INTERRUPTIONS:
            pool.submit(_play_all, name, folder, found)
    yield found


def _play_all(name: str, folder: Path, found: dict[tuple[str, str], Future[str]]) -> None:
    try:
        with hosts.running(IMAGE, f"survive-{name}") as host:
            _set_up_sessions(host)
            for point in POINTS:
                _record(found[name, point], lambda point=point: _play(host, name, point, folder))  # type: ignore[misc]
    except Exception as error:
        for scene, future in found.items():
            if scene[0] == name and not future.done():
                future.set_exception(error)


def _set_up_sessions(host: hosts.Host) -> None:
    host.write_file("/etc/systemd/logind.conf.d/kill.conf", KILL_USER_PROCESSES)
    host.write_file("/etc/systemd/system.conf.d/stop.conf", SHORT_STOP)
    host.sh("systemctl mask user@.service; systemctl daemon-reexec; systemctl restart systemd-logind")


def _record(future: Future[str], play: Callable[[], str]) -> None:
    try:
        future.set_result(play())
    except BaseException as error:
        future.set_exception(error)


def _play(host: hosts.Host, name: str, point: str, folder: Path) -> str:
    """Interrupt a task at a point, let it end, adopt the run; return the phase that the second task saw first."""
    place = inventory.write(folder / f"{name}-{point}.yml", {host.name: inventory.ssh(host, ACCOUNT) | _sockets(host)})
    signal_file = folder / f"{name}-{point}.signal"
    process = _begin(place, point, signal_file)
    scene = Scene(host, process)
    try:
        _wait_until(signal_file.exists, f"{name} at {point}", process)
        if point == "following":
            time.sleep(2)
        INTERRUPTIONS[name](scene)
        if name in CONTROLLER_SURVIVES:
            time.sleep(1)
            _end(scene)  # it would go on by itself; here the second task is to adopt the run
            _log_out(host)
        process.wait(PATIENCE)
        return _adopt(host, place)
    finally:
        _end(scene)
        _remove_sockets(host)


def _adopt(host: hosts.Host, place: Path) -> str:
    run = ansible_run.playbook(
        PLAYBOOK, inventory=place, variables={"survival_case": "adopt"}, env=_environment(), timeout=PATIENCE * 2
    )
    (result,) = run.results
    cases = result.result.get("cases")
    assert isinstance(cases, dict), run
    assert cases["adopt"]["ok"], cases["adopt"]["detail"]
    left = host.sh("ls -d /var/lib/asr-mobility-survival /run/asr-mobility-run.lock 2>/dev/null", check=False)
    assert left == "", left
    return str(cases["adopt"]["detail"])


def _begin(place: Path, point: str, signal_file: Path) -> subprocess.Popen[bytes]:
    settings = {"survival_case": "begin", "survival_point": point, "survival_signal_file": str(signal_file)}
    words = [word for key, value in settings.items() for word in ("-e", f"{key}={value}")]
    return subprocess.Popen(
        [str(ansible_run.VENV / "bin" / "ansible-playbook"), "-i", str(place), *words, PLAYBOOK],
        env=ansible_run.environment(extra={**_environment(), "TMPDIR": str(signal_file.parent)}),
        cwd=COLLECTION,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(COLLECTION / "tests")}


def _sockets(host: hosts.Host) -> dict[str, object]:
    return {"ansible_control_path_dir": str(_socket_folder(host))}


def _remove_sockets(host: hosts.Host) -> None:
    for pid in _shared_connections(host):
        _signal(pid, signal.SIGTERM)
    folder = _socket_folder(host)
    for entry in folder.iterdir():
        entry.unlink(missing_ok=True)
    folder.rmdir()


def _log_out(host: hosts.Host) -> None:
    """Close the shared connection and wait until the host has put every old session away."""
    for pid in _shared_connections(host):
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while (
        host.sh("loginctl list-sessions --no-legend; systemctl list-jobs --no-legend") and time.monotonic() < deadline
    ):
        time.sleep(0.5)


def _end(scene: Scene) -> None:
    """End the controller this test started, with its workers."""
    kill_controller(scene)
    scene.process.wait(10)


def _wait_until(true: Callable[[], bool], what: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, f"ansible-playbook ended before {what}"
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)


@pytest.mark.parametrize(("name", "point"), SCENES, ids=["-".join(scene) for scene in SCENES])
def test_the_next_task_adopts_the_run(outcomes: dict[tuple[str, str], Future[str]], name: str, point: str) -> None:
    assert outcomes[name, point].result(timeout=0) == EXPECTED[point]
