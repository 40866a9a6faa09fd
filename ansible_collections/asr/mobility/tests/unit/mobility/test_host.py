# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a probe's facts to the state of a host: presence, file systems, other installers, listing."""

from __future__ import annotations

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.host import host_state
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    HostState,
    PackageDatabase,
    Presence,
    Registration,
    Stack,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.mobility.outputs import COPY_PATH, HOST_ID, RECORD, file_lines, installed, output, without

STAGING = "/var/lib/asr-mobility"


def state(*lines: str, run: RunStatus | None = None) -> HostState:
    return host_state(parse_facts(output(*lines)), STAGING, run or RunStatus())


def test_a_clean_host() -> None:
    host = state()
    assert (host.uid, host.host_name, host.kernel_running, host.architecture) == (
        0,
        "web01",
        "6.1.0-28-amd64",
        "x86_64",
    )
    assert host.tag == "DEBIAN12-64"
    assert host.agent.presence is Presence.ABSENT
    assert not host.agent.daemons


def test_a_host_that_tells_nothing_is_no_root_and_has_no_tag() -> None:
    host = host_state(parse_facts("probe=complete\n"), STAGING, RunStatus())
    assert (host.uid, host.architecture, host.tag) == (-1, "", None)


def test_a_host_whose_identity_cannot_be_read_has_no_tag() -> None:
    host = state("identity.unreadable=/etc/redhat-release")
    assert host.tag is None
    assert host.tag_reason.startswith("/etc/redhat-release is there and cannot be read")


def test_a_registered_agent() -> None:
    lines = installed(HostId=HOST_ID, CSType="CSPrime", VmPlatform="vmware")
    agent = state(
        *lines, "agent.source_config=1", "process=svagents", "process=appservice", "agent.tree_kib=2048"
    ).agent
    assert (agent.presence, agent.registration, agent.stack) == (Presence.INSTALLED, Registration.OK, Stack.MODERNIZED)
    assert (agent.version, agent.tag, agent.install_dir) == (AgentVersion(9, 50, 6409), "DEBIAN12-64", "/usr/local/ASR")
    assert (agent.platform, agent.role, agent.host_id) == ("VmWare", "agent", HOST_ID)
    assert agent.running
    assert agent.tree_bytes == 2048 * 1024


def test_a_never_registered_agent_has_no_stack() -> None:
    agent = state(*installed(), "driver.loaded=1", "driver.kernel=6.1.0-28-amd64", "agent.respawn_disabled=1").agent
    assert (agent.registration, agent.stack, agent.host_id) == (Registration.NO, None, None)
    assert agent.daemons == {"svagents": False, "appservice": False}
    assert agent.driver_loaded
    assert agent.driver_installed
    assert agent.respawn_disabled


@pytest.mark.parametrize(
    ("lines", "presence"),
    [
        (["agent.tree=1"], Presence.HALF_INSTALLED),
        (["agent.config_link=1"], Presence.HALF_INSTALLED),
        (without(installed(), "agent.uninstaller"), Presence.HALF_REMOVED),
        (without(installed(), "agent.tree"), Presence.HALF_REMOVED),
        (without(installed(), "agent.inner_uninstaller"), Presence.HALF_REMOVED),
        (without(installed(), "file."), Presence.RECORD_CORRUPT),
        (without(installed(HostId=HOST_ID), "file.", "record.exists"), Presence.RECORD_CORRUPT),
        (["agent.tree=1", "process=svagents"], Presence.RECORD_CORRUPT),
        (["process=s2"], Presence.ABSENT),  # a program that outlives the removal of its agent
        (["record.exists=1"], Presence.HALF_REMOVED),  # a link to a record that is gone with its programs
        (["record.exists=1", "process=svagents"], Presence.RECORD_CORRUPT),
        (["record.exists=1", "agent.tree=1"], Presence.RECORD_CORRUPT),
        (without(installed(), "file.", "record.exists"), Presence.HALF_INSTALLED),
    ],
)
def test_presence(lines: list[str], presence: Presence) -> None:
    assert state(*lines).agent.presence is presence


def test_a_record_without_programs_is_stale_even_when_it_cannot_be_read() -> None:
    assert state("record.exists=1").agent.record_is_stale
    assert state(*without(installed(), "agent.tree")).agent.record_is_stale
    assert not state("record.exists=1", "agent.tree=1").agent.record_is_stale


def test_an_agent_whose_inner_uninstaller_is_gone_is_stale_unless_it_is_registered() -> None:
    assert state(*without(installed(), "agent.inner_uninstaller")).agent.record_is_stale
    assert not state(*without(installed(HostId=HOST_ID), "agent.inner_uninstaller")).agent.record_is_stale
    assert not state(*without(installed(), "agent.uninstaller")).agent.record_is_stale
    assert not state(*without(installed(), "agent.tree"), "process=svagents").agent.record_is_stale


def test_a_damaged_record_is_read_from_its_copy() -> None:
    agent = state(*without(installed(), "file."), *file_lines(COPY_PATH, RECORD)).agent
    assert (agent.presence, agent.record_backup) == (Presence.RECORD_CORRUPT, True)
    assert (agent.version, agent.record_problem) == (AgentVersion(9, 50, 6409), "it is empty")


def test_a_lost_record_is_not_repaired_by_the_installer() -> None:
    lines = without(installed(HostId=HOST_ID), "file.", "record.exists")
    agent = state(*lines, *file_lines(COPY_PATH, RECORD)).agent
    assert (agent.record_backup, agent.record_problem) == (False, "it is missing")


def test_file_systems() -> None:
    host = state(
        "fs.root=/|/dev/sda1 1000 400 600 40% /",
        "fs.staging=/srv/a b|tmpfs 1000 400 600 40% /srv/a b",
        "fs.prefix=/opt|nas:/export 1 1 1 1% /opt",
        "fs.boot=/boot|garbage",
        "mount=rootfs / rootfs rw 0 0",
        "mount=/dev/sda1 / ext4 ro,noexec 0 0",
    )
    root, staging = host.filesystems["root"], host.filesystems["staging"]
    assert (root.free_bytes, root.kind, root.noexec, root.read_only) == (600 * 1024, "ext4", True, True)
    assert (staging.path, staging.mount_point, staging.pool) == ("/srv/a b", "/srv/a b", "tmpfs on /srv/a b")
    assert host.filesystems["prefix"].pool == "nas:/export"
    assert "boot" not in host.filesystems


PROCESS = "installer.process=77|{directory}|{program}"


@pytest.mark.parametrize(
    ("directory", "phase", "other"),
    [
        (f"{STAGING}/run/extracted", RunPhase.RUNNING, False),
        (f"{STAGING}/run/extracted", RunPhase.DEAD, True),
        (f"{STAGING}/run/extracted", RunPhase.FINISHED, True),
        (f"{STAGING}-other/run", RunPhase.RUNNING, True),
        ("/root/x", RunPhase.NONE, True),
        ("", RunPhase.NONE, True),
    ],
)
def test_an_installer_is_ours_only_below_staging_and_while_our_run_lives(
    directory: str, phase: RunPhase, other: bool
) -> None:
    host = state(PROCESS.format(directory=directory, program="./install_vx"), run=RunStatus(phase))
    assert (host.other_installer is not None) is other


@pytest.mark.parametrize(
    "program", ["/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh", "/usr/local/ASR/uninstall.sh"]
)
@pytest.mark.parametrize(
    ("phase", "other"),
    [(RunPhase.NONE, True), (RunPhase.PREPARING, True), (RunPhase.RUNNING, False), (RunPhase.FINISHED, True)],
)
def test_an_installed_program_at_work_is_somebody_elses_unless_a_run_of_ours_runs_it(
    program: str, phase: RunPhase, other: bool
) -> None:
    host = state(PROCESS.format(directory="/", program=program), run=RunStatus(phase))
    assert (host.other_installer is not None) is other


def test_the_listing() -> None:
    name = "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_release.tar.gz"
    host = state(
        "remote.kind=directory",
        f"remote.entry=-rw-r--r-- 1 0 0 27743 Nov 22 23:15 {name}",
        f"remote.entry=-rw-r--r-- 1 0 0 5 Nov 22  2025 /srv/asr/x {name}",
        "remote.entry=-rw-r--r-- odd ASR_UA",
    )
    assert host.installer_sizes == {name: 27743, f"x {name}": 5}
    assert (host.installer_place, host.installer_listing) == ("directory", (name, f"x {name}"))


def test_package() -> None:
    rpm = RECORD.replace("TAR_FILE_NAME=InMage_VX_9.50.0.0_DEBIAN12-64.tar", "RPM_PACKAGE=InMageVx-9.50.0.0-1")
    host = state(*installed(rpm), "package.installed=1")
    assert host.agent.package == "InMageVx-9.50.0.0-1"
    assert state("package.installed=0").agent.package is None


@pytest.mark.parametrize(
    ("said", "database"),
    [
        ("rpm-database-broken", PackageDatabase.BROKEN),
        ("rpm-query-hangs", PackageDatabase.HANGS),
        ("dnf", PackageDatabase.BUSY),
        ("", None),
    ],
)
def test_why_the_package_database_was_asked_in_vain(said: str, database: PackageDatabase | None) -> None:
    assert state(f"package.skipped={said}").package_database is database
