# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe on whole hosts, in three shells: what it shows in each state, that it changes nothing, what it costs."""

from __future__ import annotations

import shlex
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe, probe_script
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    HostState,
    Presence,
    Registration,
    Stack,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, ScriptResult, Target
from lab import endpoints
from lab.hosts import Host
from lab.registration_files import config_file
from lab.snapshot import changes

STAGING = "/var/lib/asr-mobility"
BUSYBOX = "/root/busybox"
SHELLS = {"sh": ("sh",), "bash": ("bash", "--posix"), "busybox": (BUSYBOX, "ash")}
CPU_BUDGET = 0.3
"""Seconds of processor time; a quiet machine needs a tenth of it."""


class Shell:
    """A target that runs scripts in one shell of a host, without what the POSIX target adds."""

    def __init__(self, host: Host, name: str) -> None:
        self._host, self._shell = host, SHELLS[name]

    def run(self, script: Script) -> ScriptResult:
        """Run it from standard input."""
        variables = "".join(f"{name}={shlex.quote(value)}\n" for name, value in script.variables.items())
        text = f"LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin\n{variables}{script.text}"
        done = self._host.exec(*self._shell, stdin=text.encode(), check=False)
        assert done.stderr.decode() == ""
        return ScriptResult(done.returncode, done.stdout.decode(errors="replace"))


def probed(host: Host, shell: str) -> HostState:
    """The state of the host as that shell sees it."""
    return observe(t.cast(Target, Shell(host, shell)), ProbeQuery(staging=STAGING, remote_path="/root", closely=True))


def in_every_shell(host: Host) -> HostState:
    """The state of the host, which every shell must see alike."""
    states = [probed(host, shell) for shell in SHELLS]
    assert states[0].agent == states[1].agent == states[2].agent
    assert states[0].other_installer == states[1].other_installer == states[2].other_installer
    return states[0]


@pytest.fixture(scope="module")
def host(module_host: Callable[..., Host]) -> Host:
    """A host with one small tmpfs and busybox."""
    started = module_host("debian:12", options=("--tmpfs", "/mnt/small:size=1m,noexec"))
    started.copy_in(Path("/bin/busybox"), BUSYBOX)
    return started


@pytest.fixture
def agent(host: Host, make_installer: Callable[..., Path]) -> Iterator[Host]:
    """The host with the installer unpacked and an agent installed; both are removed afterwards."""
    host.copy_in(make_installer(), "/root/installer.tar.gz")
    host.sh("mkdir -p /root/x && tar -xf /root/installer.tar.gz -C /root/x")
    host.sh("cd /root/x && ./install -q -r MS -v VmWare -c CSPrime -a Install </dev/null")
    yield host
    host.sh("[ ! -x /usr/local/ASR/uninstall.sh ] || /usr/local/ASR/uninstall.sh -Y; rm -rf /root/x /usr/local/ASR")
    host.sh("rm -rf /usr/local/.vx_version /usr/local/drscout.conf /etc/vxagent")


@pytest.mark.lab
def test_a_clean_host(host: Host) -> None:
    state = in_every_shell(host)
    assert state.agent.presence is Presence.ABSENT
    assert (state.uid, state.tag, state.architecture) == (0, "DEBIAN12-64", "x86_64")
    assert state.kernel_running == host.sh("uname -r").strip()
    assert state.boot_id
    assert state.bios_id == host.bios_id() != ""
    assert state.other_installer is None


@pytest.mark.lab
def test_it_changes_nothing(host: Host) -> None:
    before = host.filesystem_snapshot()
    in_every_shell(host)
    assert changes(before, host.filesystem_snapshot()) == []


@pytest.mark.lab
@pytest.mark.parametrize("shell", SHELLS)
def test_it_costs_little(host: Host, shell: str) -> None:
    target = Shell(host, shell)
    plain = probe_script(ProbeQuery(staging=STAGING))
    timed = target.run(Script("timed", f"{plain.text}\ntimes", plain.variables))
    own, children = (line.split() for line in timed.output.splitlines()[-2:])
    assert sum(_seconds(word) for word in (*own, *children)) < CPU_BUDGET


def _seconds(text: str) -> float:
    minutes, _mark, seconds = text.rstrip("s").partition("m")
    return float(minutes) * 60 + float(seconds)


@pytest.mark.lab
def test_the_life_of_an_agent(agent: Host) -> None:
    fresh = in_every_shell(agent).agent
    assert (fresh.presence, fresh.version) == (Presence.INSTALLED, AgentVersion(9, 66, 7567, 0))
    assert (fresh.registration, fresh.stack, fresh.running) == (Registration.NO, None, False)
    assert (fresh.driver_installed, fresh.record_backup, fresh.install_dir) == (True, True, "/usr/local/ASR")

    endpoints.on(agent)
    agent.write_file("/root/x/c.json", config_file(agent.bios_id(), agent.name, ["127.0.0.1"]).decode())
    agent.sh("/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh -S /root/x/c.json -q -c CSPrime </dev/null")
    registered = in_every_shell(agent).agent
    assert (registered.registration, registered.stack) == (Registration.OK, Stack.MODERNIZED)
    assert registered.running
    assert registered.host_id

    agent.sh("/usr/local/ASR/Vx/bin/stop")
    stopped = in_every_shell(agent).agent
    assert (stopped.registration, stopped.running, stopped.respawn_disabled) == (Registration.OK, False, True)

    agent.sh(": >/usr/local/.vx_version")
    damaged = in_every_shell(agent).agent
    assert (damaged.presence, damaged.record_backup, damaged.version) == (
        Presence.RECORD_CORRUPT,
        True,
        registered.version,
    )
    agent.sh("rm -f /usr/local/.vx_version")
    assert in_every_shell(agent).agent.presence is Presence.RECORD_CORRUPT


@pytest.mark.lab
def test_half_an_installation_and_half_a_removal(agent: Host) -> None:
    agent.sh("mv /usr/local/ASR/uninstall.sh /root/x/")
    assert in_every_shell(agent).agent.presence is Presence.HALF_REMOVED
    agent.sh("mv /root/x/uninstall.sh /usr/local/ASR/; rm -f /usr/local/.vx_version")
    assert in_every_shell(agent).agent.presence is Presence.HALF_INSTALLED


@contextmanager
def process(host: Host, folder: str, name: str, run: str, text: str = "sleep 60") -> Iterator[str]:
    """A process of that name: a script in a folder, started as told; ended by its process id."""
    host.sh(f"mkdir -p {folder}; printf '#!/bin/bash\n%s\n:\n' '{text}' >{folder}/{name}; chmod 700 {folder}/{name}")
    pid = host.sh(f"cd {folder}; {run} </dev/null >/dev/null 2>&1 & echo $!").split()[-1]
    try:
        host.sh(f"for n in 1 2 3 4 5 6 7 8 9; do pgrep -P {pid} sleep && break; sleep 0.2; done; :")
        yield pid
    finally:
        host.sh(f"pkill -P {pid}; kill {pid}; rm -rf {folder}; :", check=False)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("name", "run", "marker", "seen"),
    [
        ("install", "./install -q", True, True),
        ("install", "bash ./install -q", True, True),
        ("install", "bash -x /tmp/proc/install -q", True, True),
        ("install", "./install -q", False, False),  # any program of that name
        ("install_vx", "./install_vx", False, True),
        ("AgentUpgrade.sh", "./AgentUpgrade.sh -j job", False, True),
        ("AgentUpgrade.sh", "bash AgentUpgrade.sh -j job", False, True),
        ("hotfix_install.sh", "./hotfix_install.sh /x", False, True),
        ("pushinstallclient", "./pushinstallclient", False, True),
        ("UnifiedAgentConfigurator.sh", "./UnifiedAgentConfigurator.sh -q", False, True),
        ("UnifiedAgentConfigurator.sh", "bash UnifiedAgentConfigurator.sh -q", False, True),
        ("uninstall.sh", "./uninstall.sh -Y", True, True),  # of an archive
        ("uninstall.sh", "./uninstall.sh -Y", False, False),  # of any other product
        ("my-install_vx-notes", "./my-install_vx-notes", False, False),
        ("other", "bash ./other install_vx", False, False),
        ("other", 'bash -c "sleep 60; : install_vx AgentUpgrade.sh"', False, False),
    ],
)
def test_other_installers(host: Host, name: str, run: str, marker: bool, seen: bool) -> None:
    with process(host, "/tmp/proc", name, run) as pid:
        if marker:
            host.sh("touch /tmp/proc/install_vx")
        found = in_every_shell(host).other_installer
    assert (found is not None) is seen
    if found is not None:
        assert f"process {pid} in /tmp/proc" in found


@pytest.mark.lab
def test_places_and_what_was_brought(host: Host) -> None:
    upload = "/var/tmp/asr-mobility-upload.0123456789abcdef"
    host.sh(f"mkdir -p {upload} /root/lib; touch -d '2 days ago' {upload}")
    name = "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_Release.tar.gz"
    host.write_file(f"/root/lib/{name}", "12345")
    host.write_file("/root/lib/notes", "")
    for shell in SHELLS:
        target = t.cast(Target, Shell(host, shell))
        state = observe(target, ProbeQuery(staging="/mnt/small/a/b", remote_path="/root/lib"))
        staging = state.filesystems["staging"]
        assert (staging.path, staging.kind, staging.noexec) == ("/mnt/small", "tmpfs", True)
        assert staging.free_bytes <= 1024 * 1024
        assert state.leftovers == (upload,)
        assert (state.installer_place, dict(state.installer_sizes)) == ("directory", {name: 5})
        one = observe(target, ProbeQuery(staging=STAGING, remote_path=f"/root/lib/{name}"))
        assert (one.installer_place, dict(one.installer_sizes)) == ("file", {name: 5})
        assert observe(target, ProbeQuery(staging=STAGING, remote_path="/no/such")).installer_place == "missing"
    host.sh(f"rm -rf {upload} /root/lib")


ENTRIES = "/boot/loader/entries/4c4c-5.14.0-427.el9.conf"
MENU = "#boot\ndefault=2\ntitle A\n\tkernel /vmlinuz-2.6.32-754 ro secret\ntitle Other\n\tchainloader +1\n"
MENU += "title B\n kernel /boot/vmlinuz-2.6.32-71\n"


@pytest.mark.lab
@pytest.mark.parametrize(
    ("files", "kernel"),
    [
        ({}, "5.14.0-503.el9"),
        ({"/etc/default/grub": "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX=secret\n"}, "5.14.0-503.el9"),
        ({"/etc/default/grub": "GRUB_DEFAULT='1>2'\n"}, None),
        (
            {
                "/etc/default/grub": "GRUB_DEFAULT=saved\n",
                "/boot/grub2/grubenv": "# GRUB\nsaved_entry=4c4c-5.14.0-427.el9\n####",
                ENTRIES: "title T\nlinux /vmlinuz-5.14.0-427.el9\noptions secret\n",
            },
            "5.14.0-427.el9",
        ),
        ({"/boot/grub/menu.lst": MENU}, "2.6.32-71"),
        ({"/boot/grub/menu.lst": MENU, "/boot/grub/grub.cfg": ""}, "5.14.0-503.el9"),
        ({"/boot/vmlinuz-5.14.0-999.el9": ""}, "5.14.0-503.el9"),
    ],
)
def test_the_kernel_of_the_next_boot(host: Host, files: dict[str, str], kernel: str | None) -> None:
    host.sh("mkdir -p /root/boot; mv /boot/* /root/boot/")
    for release in ("2.6.32-71", "5.14.0-427.el9", "5.14.0-503.el9"):
        host.sh(f"touch /boot/vmlinuz-{release}; mkdir -p /lib/modules/{release}")
    for path, text in files.items():
        host.write_file(path, text)
    try:
        assert [probed(host, shell).kernel_next for shell in SHELLS] == [kernel] * len(SHELLS)
    finally:
        host.sh("rm -rf /boot/* /etc/default/grub; mv /root/boot/* /boot/; rmdir /root/boot")
        host.sh("rmdir /lib/modules/2.6.32-71 /lib/modules/5.14.0-*.el9")


@pytest.mark.lab
def test_a_dead_daemon_that_nobody_has_buried_does_not_run(host: Host) -> None:
    """A zombie keeps the name of its program."""
    script = (
        "cp /bin/sleep /tmp/svagents; (/tmp/svagents 0 & exec sleep 60) </dev/null >/dev/null 2>&1 & echo $!; sleep 1"
    )
    pid = host.sh(script).split()[-1]
    try:
        assert "svagents" in host.sh(f"ps -o comm= --ppid {pid}")
        assert in_every_shell(host).agent.daemons == {}
    finally:
        host.sh(f"kill {pid}; rm -f /tmp/svagents", check=False)
