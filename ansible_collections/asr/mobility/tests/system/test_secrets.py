"""No secret is seen: planted passwords are searched in everything that a run with all verbosity leaves anywhere.

Planted are the become passwords of a sudo and of an su account and the password of the web server with the installer.
Runs that fail, that time out and that succeed write as much as Ansible can (``-vvvvv --diff``, ANSIBLE_DEBUG, a log
file). Searched are the screen, the log, the results, the controller's home, temporary files and download cache, the
process tables of both sides during the run, and the whole file system of the hosts. A control with a value that is
shown on purpose proves that the search finds something in each of these places.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import accidents, accounts, inventory, planted, web
from lab.ansible_run import AnsibleRun
from lab.hosts import Host
from lab.injection import inject, release, withdraw

AGENT = "asr.mobility.mobility_agent"
ALL_THERE_IS = ("-vvvvv", "--diff")
HOSTS = ("withpass", "suuser")


@dataclass(frozen=True)
class Secrets:
    """The cores of the planted values; around each stand characters that quoting changes."""

    sudo: str
    su: str
    web: str
    shown: str

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must be found nowhere."""
        return (self.sudo, self.su, self.web)


def password(core: str) -> str:
    """The value itself, which is awkward to quote."""
    return f"{core} /+'\"$&%"


@dataclass(frozen=True)
class Trace:
    """Everything one run left on the controller."""

    run: AnsibleRun
    folder: Path
    processes: str

    def places(self, cores: Sequence[str]) -> list[str]:
        """Where one of the cores is found."""
        texts = {
            "screen": self.run.stdout,
            "results": "".join(str(result) for result in self.run.results),
            "log": (self.folder / "log").read_text(encoding="utf-8", errors="replace"),
            "controller's processes": self.processes,
        }
        found = [name for name, text in texts.items() if planted.found_in(text, cores)]
        files = planted.found_below(self.folder / "home", cores) + planted.found_below(self.folder / "tmp", cores)
        return found + [f"controller's files: {hit.rpartition(': ')[0]}" for hit in files]


class Stage:
    """The hosts with their accounts, the web server's folder, and one way to run a playbook with everything shown."""

    def __init__(self, hosts: Mapping[str, Host], secrets: Secrets, folder: Path) -> None:
        self.hosts = hosts
        self.secrets = secrets
        self._folder = folder
        self._number = 0

    def play(self, playbook: str, **variables: object) -> Trace:
        """Run a playbook on both hosts, with folders of its own and the process table watched."""
        self._number += 1
        folder = self._folder / f"run-{self._number}"
        source = self._folder / f"source-{self._number}"  # the inventory is where the secrets come from
        for place in (folder / "home", folder / "tmp", source):
            place.mkdir(parents=True)
        settings = {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "XDG_CACHE_HOME": str(folder / "home" / ".cache"),
            "ANSIBLE_DEBUG": "1",
            "ANSIBLE_LOG_PATH": str(folder / "log"),
        }
        seen = set()
        with accidents.running(playbook, self._inventory(source, variables), source, settings, ALL_THERE_IS) as run:
            while run.process.poll() is None:
                seen.add(run.seen_by_others())
                time.sleep(0.05)
            return Trace(run.wait(), folder, "\n".join(seen))

    def _inventory(self, folder: Path, variables: Mapping[str, object]) -> Path:
        reached = {name: inventory.ssh(host, accounts.BY_NAME[name]) for name, host in self.hosts.items()}
        reached["withpass"]["ansible_become_password"] = password(self.secrets.sudo)
        reached["suuser"]["ansible_become_password"] = password(self.secrets.su)
        return inventory.write(folder / "inventory.yml", reached, variables)


@pytest.fixture(scope="module")
def stage(module_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Two hosts whose accounts have planted passwords, with the process table sampled from now on."""
    secrets = Secrets(*(planted.token() for _secret in range(4)))
    hosts = {name: module_host("accounts:12") for name in HOSTS}
    changed = f"withpass:{password(secrets.sudo)}\nroot:{password(secrets.su)}\n"
    for host in hosts.values():
        host.exec("chpasswd", stdin=changed.encode())
        planted.start_sampling(host)
    return Stage(hosts, secrets, tmp_path_factory.mktemp("secrets"))


CONTROL = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.raw: "echo {shown} > /var/tmp/shown; sleep 1; : {shown}"
    - ansible.builtin.debug:
        msg: "{shown}"
    - ansible.builtin.copy:
        content: "{shown}"
        dest: "{{{{ lookup('env', 'HOME') }}}}/shown"
        mode: "0600"
      delegate_to: localhost
      run_once: true
      vars:
        ansible_connection: local
        ansible_become: false
        ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
"""


@pytest.fixture(scope="module")
def control(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A run that shows a value in every place that is searched."""
    path = tmp_path_factory.mktemp("control") / "control.yml"
    path.write_text(CONTROL.format(shown=stage.secrets.shown), encoding="utf-8")
    return stage.play(str(path))


@pytest.fixture(scope="module")
def traces(stage: Stage, new_installer: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """How a run ended -> what it left: two failures, a timeout, and the success that follows it."""
    served = tmp_path_factory.mktemp("served")
    shutil.copy(new_installer, served)
    checksum = hashlib.sha256(new_installer.read_bytes()).hexdigest()
    with web.serving(served, web.gateway(), ("reader", password(stage.secrets.web))) as server:
        given = {
            "asr_mobility_checksum": checksum,
            "asr_mobility_url_username": "reader",
            "asr_mobility_url_password": password(stage.secrets.web),
        }
        file = f"{server.url}{new_installer.name}"

        def run(url: str, *faults: str, timeout: int = 200) -> Trace:
            for host in stage.hosts.values():
                inject(host, *faults) if faults else withdraw(host)
            more = {"asr_mobility_installer_url": url, "asr_mobility_timeout": timeout}
            return stage.play("install-mobility.yml", **given, **more)

        found = {
            "download failed": run(f"{server.url}missing/{new_installer.name}"),
            "installer failed": run(file, "install:exit=97"),
            "timeout": run(file, "install:hang=start", timeout=3),
        }
        for host in stage.hosts.values():
            release(host)
        found["success"] = run(file)
    return found


ENDS = {
    "download failed": "download_failed",
    "installer failed": "installer_failed",
    "timeout": "still_running",
    "success": None,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_runs_end_as_they_should(end: str, traces: dict[str, Trace]) -> None:
    """And with all that Ansible can say: otherwise nothing below would mean much."""
    run = traces[end].run
    assert "SSH: EXEC" in run.stdout
    assert re.search(r"^ *\d+ \d+\.\d+: ", run.stdout, re.MULTILINE), "no words of ANSIBLE_DEBUG"
    for name in HOSTS:
        result = run.only(AGENT, name)
        assert result.result.get("reason") == ENDS[end], f"{result.result}\n{str(run)[-3000:]}"
    assert (run.rc == 0) is (ENDS[end] is None)


@pytest.mark.parametrize("end", ENDS)
def test_no_secret_is_left_on_the_controller(end: str, stage: Stage, traces: dict[str, Trace]) -> None:
    assert traces[end].places(stage.secrets.hidden) == []


def test_no_secret_is_left_on_a_host(stage: Stage, control: Trace, traces: dict[str, Trace]) -> None:
    """Neither in a file nor ever in its process table."""
    for host in stage.hosts.values():
        planted.stop_sampling(host)
        assert planted.found_on(host, stage.secrets.hidden) == []
        assert set(planted.found_on(host, [stage.secrets.shown])) >= {planted.SAMPLES, "/var/tmp/shown"}


def test_the_search_finds_what_is_shown(stage: Stage, control: Trace) -> None:
    assert control.run.rc == 0, str(control.run)[-3000:]
    places = control.places([stage.secrets.shown])
    assert {"screen", "results", "log", "controller's processes"} <= set(places)
    assert any(place.startswith("controller's files: ") for place in places)


@pytest.mark.parametrize("before", ["", "a", "ab", "reader:"])
def test_the_search_finds_encoded_values(before: str) -> None:
    core = planted.token()
    text = f"{before}{password(core)}"
    encoded = [base64.b64encode(text.encode()).decode(), base64.urlsafe_b64encode(text.encode()).decode()]
    encoded += [urllib.parse.quote(text), urllib.parse.quote_plus(text), repr(text), text.encode().hex()]
    assert [form for form in encoded if not planted.found_in(f"xx{form}xx", [core])] == []
    assert planted.found_in("".join(encoded), [planted.token()]) == []
