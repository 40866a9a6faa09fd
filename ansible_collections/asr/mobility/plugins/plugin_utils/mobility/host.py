# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the facts of a probe to the typed state: the one place that knows the probe's keys and the state's fields."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import detect_tag
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility import drscout
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import parse_driver_version
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.kernels import next_kernel
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import Facts
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import (
    COPY_PATH,
    RECORD_PATH,
    Record,
    parse_record,
    prefix_of,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.stored import source_config
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Filesystem,
    HostState,
    PackageDatabase,
    Presence,
    Registration,
    StoredRegistration,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus

DAEMONS = ("svagents", "appservice")
_INSTALLED_PROGRAMS = ("UnifiedAgentConfigurator.sh", "uninstall.sh")  # that our own runs start
_DATA_MOVERS = ("s2", "s2A2A", "s2V2A", "dataprotection")
_KIB = 1024
_MISSING = "it is missing"  # the installer then installs afresh; it repairs only a record that is there
_DF_FIELDS = 5  # device, size, used, available, capacity; the mount point follows


def host_state(facts: Facts, staging: str, run: RunStatus) -> HostState:
    """The state of the host. staging: where our runs live; run: our own detached run, already read."""
    name, kernel, architecture = _uname(facts)
    detection = detect_tag(facts.files, architecture, unreadable=facts.all("identity.unreadable"))
    sizes, following = _listing(facts), next_kernel(facts)
    return HostState(
        uid=_number(facts.get("uid"), -1),
        host_name=name,
        architecture=architecture,
        os_name=detection.os_name,
        tag=detection.tag,
        tag_reason=detection.reason,
        kernel_running=kernel,
        kernel_next=following.release,
        kernel_next_named=following.named,
        boot_id=facts.get("boot_id"),
        bios_id=facts.get("bios_id"),
        agent=agent_state(facts, kernel),
        filesystems=_filesystems(facts),
        tools={tool: value == "1" for tool, value in facts.under("tool").items()},
        run=run,
        daemon_starts=_daemon_starts(facts),
        other_installer=_other_installer(facts, staging, run),
        installer_listing=tuple(sizes),
        installer_sizes=sizes,
        installer_place=facts.get("remote.kind"),
        scanners=tuple(dict.fromkeys(facts.all("scanner"))),
        package_database=_package_database(facts),
        initrd_in_doubt=_is_of_this_boot(facts.get("initrd.in_doubt"), facts.get("boot_id")),
        stored_registration=_stored_registration(facts),
    )


def _is_of_this_boot(mark: str | None, boot_id: str | None) -> bool:
    """A mark of a boot that is over tells of a danger that is over; one whose boot cannot be told counts."""
    return mark is not None and (boot_id is None or mark == boot_id)


def _package_database(facts: Facts) -> PackageDatabase | None:
    """None where it was not asked; a name of no reason is that of a package manager."""
    skipped = facts.get("package.skipped")
    if skipped is None:
        return None
    return next((reason for reason in PackageDatabase if reason.value == skipped), PackageDatabase.BUSY)


def agent_state(facts: Facts, kernel: str) -> AgentState:
    """The agent. kernel: the running one, for which a driver is looked up."""
    record = _record(facts)
    copy = parse_record(facts.files.get(COPY_PATH, ""))
    configuration = _configuration(facts)
    running = facts.all("process")
    presence = _presence(facts, record, in_use=configuration.host_id is not None or bool(running))
    common = AgentState(
        presence=presence,
        daemons={} if presence is Presence.ABSENT and not running else {name: name in running for name in DAEMONS},
        respawn_disabled=facts.flag("agent.respawn_disabled"),
        driver_loaded=facts.flag("driver.loaded"),
        driver_installed=kernel in facts.all("driver.kernel"),
        package=(record.package or "InMageVx") if facts.flag("package.installed") else None,
        record_problem=record.problem if presence is Presence.RECORD_CORRUPT else None,
        record_backup=copy.problem is None and record.problem != _MISSING,
        service=facts.get("agent.service"),
        svagents_program=(facts.get("agent.svagents_link") or "").rpartition("/")[2] or None,
        replicating=any(name in _DATA_MOVERS for name in running),
        unfinished=facts.flag("agent.unfinished"),
        record_is_stale=presence is Presence.HALF_REMOVED and not running and _is_gutted(facts, configuration),
        remains=tuple(facts.all("remains")),
    )
    if presence is Presence.ABSENT:
        return common
    readable = copy if presence is Presence.RECORD_CORRUPT else record
    return _configured(common, readable, configuration, facts)


def _stored_registration(facts: Facts) -> StoredRegistration | None:
    """None when the probe was not asked for it."""
    if not facts.flag("stored.asked"):
        return None
    configuration = _configuration(facts)
    discovery = configuration.get("IsCredentialLessDiscovery")
    return StoredRegistration(
        passphrase=facts.get("stored.passphrase"),
        source_config=source_config(facts.all("stored.source")),
        external_address=configuration.get("ExternalIpAddress"),
        credential_less=None if discovery is None else discovery.lower() in ("1", "true"),
    )


def _is_gutted(facts: Facts, configuration: drscout.Configuration) -> bool:
    """No programs, or none that an uninstaller could call: a removal got that far. One that is registered is kept."""
    if not facts.flag("agent.tree"):
        return True
    return configuration.host_id is None and not facts.flag("agent.inner_uninstaller")


def _record(facts: Facts) -> Record:
    if facts.flag("record.exists"):
        return parse_record(facts.files.get(RECORD_PATH, ""))
    return Record(problem=_MISSING)


def _configuration(facts: Facts) -> drscout.Configuration:
    keys = facts.under("drscout") if facts.get("drscout.path") else None
    return drscout.Configuration(keys, facts.flag("agent.source_config"))


def _configured(common: AgentState, record: Record, configuration: drscout.Configuration, facts: Facts) -> AgentState:
    registered = _registration(common.presence, configuration, record)
    tree = facts.get("agent.tree_kib")
    return replace(
        common,
        version=record.version,
        tag=record.tag,
        install_dir=record.prefix or prefix_of(facts.get("agent.installation") or "/"),
        platform=drscout.platform_name(configuration.get("VmPlatform") or record.platform),
        role=configuration.role,
        stack=None if registered is Registration.NO else configuration.stack,
        registration=registered,
        registration_evidence=drscout.evidence(configuration, record.configuration_status),
        host_id=configuration.host_id,
        configuration_server=configuration.get("Hostname"),
        port=configuration.port,
        configuration_status=record.configuration_status,
        migrating=configuration.migrating,
        tree_bytes=int(tree) * _KIB if tree and tree.isdecimal() else None,
        driver_version=parse_driver_version(facts.get("driver.version")),
    )


def _registration(presence: Presence, configuration: drscout.Configuration, record: Record) -> Registration:
    """Half an installation was never registered, whatever configuration file it got as far as writing."""
    if presence is Presence.HALF_INSTALLED:
        return Registration.NO
    return drscout.registration(configuration, record.configuration_status)


def _presence(facts: Facts, record: Record, in_use: bool) -> Presence:
    """in_use: the agent was configured or runs, which an interrupted installation never is: its record was lost."""
    traces = facts.flag("agent.tree") or facts.flag("agent.config_link")
    if record.problem == _MISSING and not (in_use and traces):  # a program that outlives its removal is no agent
        return Presence.HALF_INSTALLED if traces else Presence.ABSENT
    if record.problem is not None:
        return Presence.RECORD_CORRUPT if in_use or facts.flag("agent.tree") else Presence.HALF_REMOVED
    whole = all(facts.flag(f"agent.{part}") for part in ("tree", "uninstaller", "inner_uninstaller"))
    return Presence.INSTALLED if whole else Presence.HALF_REMOVED


def _uname(facts: Facts) -> tuple[str, str, str]:
    """Host name, kernel release, architecture: `uname -nrm` prints them in this order."""
    words = (facts.get("uname") or "").split()
    return (words[0], words[1], words[2]) if len(words) == 3 else ("", "", "")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise


def _filesystems(facts: Facts) -> dict[str, Filesystem]:
    mounts = _mounts(facts)
    found = {name: _filesystem(value, mounts) for name, value in facts.under("fs").items()}
    return {name: filesystem for name, filesystem in found.items() if filesystem is not None}


def _mounts(facts: Facts) -> dict[str, t.Sequence[str]]:
    """Mount point -> device, mount point, type, options; of several on one point the last is the visible one."""
    lines = (line.split() for line in facts.all("mount"))
    return {words[1]: words for words in lines if len(words) >= 4}


def _filesystem(value: str, mounts: t.Mapping[str, t.Sequence[str]]) -> Filesystem | None:
    """From `<path>|<line of df -Pk>`; None when df said something else."""
    path, _separator, line = value.partition("|")
    words = line.split(None, _DF_FIELDS)
    if len(words) <= _DF_FIELDS or not words[3].lstrip("-").isdigit():
        return None
    device, mount_point = words[0], words[_DF_FIELDS]
    mount = mounts.get(mount_point, ("", "", "", ""))
    options = mount[3].split(",")
    return Filesystem(
        path=path,
        free_bytes=max(0, int(words[3])) * _KIB,
        device=device,
        kind=mount[2],
        noexec="noexec" in options,
        read_only="ro" in options,
        mount_point=mount_point,
    )


def _daemon_starts(facts: Facts) -> dict[str, str]:
    """The oldest process of each daemon; children of the same name come and go."""
    found: dict[str, tuple[int, int]] = {}
    for value in facts.all("process.start"):
        name, pid, start = [*value.split("|"), "", ""][:3]
        if pid.isdecimal() and start.isdecimal():
            found[name] = min(found.get(name, (int(start), int(pid))), (int(start), int(pid)))
    return {name: f"{start} {pid}" for name, (start, pid) in sorted(found.items())}


def _other_installer(facts: Facts, staging: str, run: RunStatus) -> str | None:
    """The first installer process that is not the work of our own live run."""
    ours = run.phase in (RunPhase.RUNNING, RunPhase.PREPARING)
    at_work = run.phase is RunPhase.RUNNING
    for value in facts.all("installer.process"):
        pid, directory, program = [*value.split("|", 2), "", ""][:3]
        if ours and f"{directory}/".startswith(f"{staging.rstrip('/')}/"):
            continue
        if at_work and program.rpartition("/")[2] in _INSTALLED_PROGRAMS:  # they do not work in our directory
            continue
        return f"{program} (process {pid} in {directory or 'an unknown directory'})"
    return None


def _listing(facts: Facts) -> dict[str, int]:
    """Name -> bytes, from lines of `ls -lnL`: mode, links, owner, group, size, month, day, time, name."""
    lines = (line.split(None, 8) for line in facts.all("remote.entry"))
    return {words[8].rpartition("/")[2]: int(words[4]) for words in lines if len(words) == 9 and words[4].isdigit()}
