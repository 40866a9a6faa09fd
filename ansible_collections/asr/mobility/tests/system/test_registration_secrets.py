"""Neither passphrase nor private key is seen: planted ones are searched in all that registrations leave anywhere.

Given as options (from variables) and as files, in runs that succeed, that are refused, that fail and that go on in the
background, with all the words Ansible has. Only where the product itself keeps them may they be found.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import accidents, inventory, planted, registration_files
from lab.ansible_run import AnsibleRun
from lab.endpoints import Endpoint, serving
from lab.hosts import Host
from lab.injection import inject, release, wait_for, withdraw
from system import registration_hosts as on

ALL_THERE_IS = ("-vvvvv", "--diff")


@dataclass(frozen=True)
class Trace:
    """Everything one run left on the controller."""

    run: AnsibleRun
    folder: Path
    processes: str

    def places(self, cores: list[str]) -> list[str]:
        """Where one of the values is found."""
        texts = {
            "screen": self.run.stdout,
            "results": "".join(str(result) for result in self.run.results),
            "log": (self.folder / "log").read_text(encoding="utf-8", errors="replace"),
            "processes": self.processes,
        }
        found = [name for name, text in texts.items() if planted.found_in(text, cores)]
        return (
            found + planted.found_below(self.folder / "home", cores) + planted.found_below(self.folder / "tmp", cores)
        )


class Stage:
    """One host with an agent, and one way to run the module with everything shown and the process table watched."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self._folder = folder
        self._number = 0

    def play(self, variables: Mapping[str, object], options: Mapping[str, object]) -> Trace:
        """variables: where the secrets stand. options: of the module, templates of them."""
        self._number += 1
        folder, source = self._folder / f"run-{self._number}", self._folder / f"source-{self._number}"
        for place in (folder / "home", folder / "tmp", source):
            place.mkdir(parents=True)
        playbook = source / "register.yml"
        lines = "".join(f"        {name}: {json.dumps(value)}\n" for name, value in options.items())
        head = "- hosts: all\n  gather_facts: false\n  tasks:\n"
        playbook.write_text(f"{head}    - {on.MODULE}:\n{lines}", encoding="utf-8")
        written = inventory.write(source / "inventory.yml", {self.host.name: inventory.ssh(self.host)}, variables)
        settings = {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "ANSIBLE_DEBUG": "1",
            "ANSIBLE_LOG_PATH": str(folder / "log"),
        }
        seen = set()
        with accidents.running(str(playbook), written, source, settings, ALL_THERE_IS) as run:
            while run.process.poll() is None:
                seen.add(run.seen_by_others())
                time.sleep(0.05)
            return Trace(run.wait(), folder, "\n".join(seen))


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    """What takes connections."""
    with serving("registration-secrets") as found:
        yield found


@pytest.fixture(scope="module")
def stage(
    module_host: Callable[..., Host], make_installer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Stage:
    """With the host's process table sampled from now on."""
    host = on.install_agent(module_host("debian:12"), make_installer())
    planted.start_sampling(host)
    return Stage(host, tmp_path_factory.mktemp("registration-secrets"))


def _passphrase(core: str) -> str:
    return f"{core} /+'\"$&%"


def _key_of(content: bytes) -> str:
    """A part of the private key's text that no encoding changes."""
    text = json.loads(content)["ClientCertificate"]
    found = max(re.findall(r"[A-Za-z0-9]+", text), key=len)
    assert len(found) > 24
    return str(found)


def test_no_secret_is_left_anywhere_but_where_the_product_keeps_it(
    stage: Stage, server: Endpoint, tmp_path: Path
) -> None:
    host = stage.host
    content = registration_files.config_file(host.bios_id(), host.name, [server.address])
    core, key = planted.token(), _key_of(content)
    (tmp_path / "config.json").write_bytes(content)
    (tmp_path / "passphrase").write_text(f"{_passphrase(core)}\n")
    variables = {"planted_passphrase": _passphrase(core), "planted_config": content.decode()}
    classic = {"stack": "classic", "configuration_server": server.address}
    by_option = {**classic, "passphrase": "{{ planted_passphrase }}"}
    by_file = {**classic, "passphrase_file": str(tmp_path / "passphrase")}
    config = {"config": "{{ planted_config }}"}

    def ended(reason: str | None, options: Mapping[str, object], *faults: str) -> Trace:
        inject(host, *faults) if faults else withdraw(host)
        trace = stage.play(variables, options)
        assert on.summary(trace.run)[0] == reason, trace.run
        assert "RUNNING CLEANUP" in trace.run.stdout  # a word of ANSIBLE_DEBUG
        return trace

    traces = [
        ended("endpoint_unreachable", {**by_option, "port": 444}),
        ended("invalid_argument", {**by_option, "configuration_server": "-x"}),
        ended("wrong_passphrase", by_option, "cs:wrong-passphrase"),
        ended("still_running", {**by_file, "timeout": 3}, "configurator:hang=stopped"),
    ]
    release(host)
    traces.append(ended(None, by_option))
    assert planted.found_on(host, [core]) == [on.PRIVATE]
    traces += [
        ended(None, {"state": "absent"}),
        ended("registration_failed", config, "rcm:registermachine=2"),
        ended("config_file_invalid", {"config": "x{{ planted_config }}"}),
        ended(None, {"config_path": str(tmp_path / "config.json")}),
        ended(None, config),
    ]
    for trace in traces:
        assert trace.places([core, key]) == []
    planted.stop_sampling(host)
    assert planted.found_on(host, [core]) == [on.PRIVATE]
    assert planted.found_on(host, [key]) == [f"{on.VX}/etc/SourceConfig.json"]


STALLED, GO_ON = "/run/sftp-stalled", "/run/sftp-go-on"
# Takes the place of the server's part of the transfer, which then waits with the file still on the controller.
STALL = f"""#!/bin/sh
: >{STALLED}
while [ ! -e {GO_ON} ]; do sleep 0.2; done
exec {{real}} "$@"
"""


def test_an_interrupt_during_the_upload_leaves_no_secret_on_the_controller(
    lab_host: Callable[..., Host], make_installer: Callable[..., Path], server: Endpoint, tmp_path: Path
) -> None:
    """Ctrl-C ends a worker at once, without any of its tidying up."""
    host = on.install_agent(lab_host("debian:12"), make_installer())
    real = "/usr/lib/openssh/sftp-server"
    host.sh(f"mv {real} {real}.real")
    host.write_file(real, STALL.format(real=f"{real}.real"), mode=0o755)
    core = planted.token()
    (tmp_path / "passphrase").write_text(_passphrase(core))
    for place in ("home", "tmp"):
        (tmp_path / place).mkdir()
    (tmp_path / "register.yml").write_text(
        f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {on.MODULE}:\n        stack: classic\n"
        f"        configuration_server: {server.address}\n        passphrase_file: {tmp_path}/passphrase\n"
    )
    written = inventory.write(tmp_path / "inventory.yml", {host.name: inventory.ssh(host)})
    settings = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    with accidents.running(str(tmp_path / "register.yml"), written, tmp_path, settings) as run:
        wait_for(lambda: host.exists(STALLED), "the upload")
        waiting = [path for name in ("home", "tmp") for path in planted.found_below(tmp_path / name, [core])]
        assert waiting, "the secret was not on its way"
        accidents.interrupt(run, host)
    assert [path for name in ("home", "tmp") for path in planted.found_below(tmp_path / name, [core])] == []
    host.write_file(GO_ON, "")
    wait_for(lambda: not planted.found_on(host, [core]), "the end of what was brought")
