# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a host as the engine sees it: typed, product words, nothing POSIX-shaped that Windows lacks."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import Examination
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunStatus


class Stack(str, enum.Enum):
    """Which side registers the agent: the appliance (modernized) or the configuration server (classic)."""

    MODERNIZED = "modernized"
    CLASSIC = "classic"


class Registration(str, enum.Enum):
    """Whether the agent is registered; unknown when the evidence contradicts itself or cannot be read."""

    OK = "ok"
    NO = "no"
    UNKNOWN = "unknown"


class PackageDatabase(str, enum.Enum):
    """Why rpm was asked in vain, or not at all: nothing that installs or removes packages can work then.

    A package manager holds a lock; an rpm without a terminal that meets it gives up at once.
    """

    BROKEN = "rpm-database-broken"
    HANGS = "rpm-query-hangs"
    BUSY = "package-manager-at-work"


class Presence(str, enum.Enum):
    """How much of the agent is on the host."""

    ABSENT = "absent"
    INSTALLED = "installed"
    HALF_INSTALLED = "half_installed"  # program tree without a record: an interrupted fresh install
    HALF_REMOVED = "half_removed"  # record without its uninstaller: an uninstall that found the driver busy
    RECORD_CORRUPT = "record_corrupt"  # the record says nothing usable, or is lost while the agent is in use


@dataclass(frozen=True)
class AgentState:
    """The Mobility service on one host. Absent values are None, never empty text."""

    presence: Presence = Presence.ABSENT
    version: AgentVersion | None = None  # effective: VERSION with the build of BUILD_TAG as third part
    tag: str | None = None  # OS_BUILT_FOR
    install_dir: str | None = None  # the prefix, such as /usr/local/ASR (INSTALLATION_DIR without /Vx)
    platform: str | None = None  # VmWare | Azure | AzureStackHub, the product's spelling
    role: str | None = None  # agent | master_target
    stack: Stack | None = None  # of a registered agent; a never registered one has none
    registration: Registration = Registration.NO
    registration_evidence: t.Mapping[str, str] = field(default_factory=dict)  # plain facts that led to it
    host_id: str | None = None
    configuration_server: str | None = None  # classic: Hostname
    port: int | None = None
    daemons: t.Mapping[str, bool] = field(default_factory=dict)  # svagents, appservice -> running
    respawn_disabled: bool = False  # /usr/local/.norespawn_vxagent
    driver_loaded: bool = False
    driver_installed: bool = False  # for the running kernel
    package: str | None = None  # rpm name-version, where there is one
    configuration_status: str | None = None  # the record's Succeeded or Failed: a hint, never a proof
    migrating: t.Sequence[str] = ()  # stack, platform: prepared for it by an upgrade, and stopped until configured
    record_problem: str | None = None  # why the record cannot be used
    record_backup: bool = False  # there is a whole copy; a damaged record's version, tag and prefix are the copy's
    service: str | None = None  # the unit or init script that is present
    svagents_program: str | None = None  # what bin/svagents points to: svagentsV2A or svagentsA2A
    tree_bytes: int | None = None  # size of the program tree, when asked for
    driver_version: AgentVersion | None = None  # of the loaded driver, when asked for
    replicating: bool = False  # its data movers work: the machine is protected right now
    record_is_stale: bool = False  # half removed, and its programs are gone: no uninstaller can do more
    unfinished: bool = False  # an installer of this version broke off after it had written the record
    remains: t.Sequence[str] = ()  # what a removal leaves behind, when asked for

    @property
    def running(self) -> bool:
        """Both daemons alive; a unit's word is not asked (a oneshot unit stays active when they are dead)."""
        return bool(self.daemons) and all(self.daemons.values())


@dataclass(frozen=True)
class Filesystem:
    """Free space and traits of the file system that holds a path."""

    path: str
    free_bytes: int
    device: str
    kind: str  # ext4, xfs, tmpfs, overlay, ...
    noexec: bool = False
    read_only: bool = False
    mount_point: str = ""

    @property
    def pool(self) -> str:
        """Equal for two paths that share their free space: the device, or the mount where there is no device."""
        return self.device if "/" in self.device else f"{self.device} on {self.mount_point}"


@dataclass(frozen=True)
class StoredRegistration:
    """What the host keeps of its registration, as far as it may leave the host; only when a probe asked for it.

    passphrase: sha256 of the probe's nonce and the stored passphrase, None when none is stored. source_config: the
    whitelisted keys of etc/SourceConfig.json, as they stand there; empty when there is no such file.
    """

    passphrase: str | None = None
    source_config: t.Mapping[str, t.Any] = field(default_factory=dict)
    external_address: str | None = None
    credential_less: bool | None = None


@dataclass(frozen=True)
class HostState:
    """Everything one probe saw. Mappings are name -> value; unknown values are None."""

    uid: int
    host_name: str
    architecture: str  # x86_64
    os_name: str  # human readable, from the identity files
    tag: str | None  # Microsoft's OS tag, None when not supported
    kernel_running: str
    kernel_next: str | None  # the kernel of the next boot as far as it can be told
    kernel_next_named: bool = True  # by the boot loader; else it is the newest one, which is a guess
    boot_id: str | None = None
    bios_id: str | None = None
    agent: AgentState = field(default_factory=AgentState)
    # names: root, prefix, boot, vxagent, staging, upload
    filesystems: t.Mapping[str, Filesystem] = field(default_factory=dict)
    tools: t.Mapping[str, bool] = field(default_factory=dict)  # tar, gzip, xz, curl, wget, systemctl, bash, ...
    run: RunStatus = field(default_factory=RunStatus)  # our own detached run
    package_database: PackageDatabase | None = None  # why the rpm database was asked in vain
    initrd_in_doubt: bool = False  # an installer could not put the initrd images back, and no restart has come since
    scanners: t.Sequence[str] = field(default_factory=tuple)  # processes of endpoint protection, by name
    daemon_starts: t.Mapping[str, str] = field(default_factory=dict)  # daemon -> its oldest process: start time, id
    other_installer: str | None = None  # command line of Microsoft's own upgrade, push install or a live `install`
    leftovers: t.Sequence[str] = field(default_factory=tuple)  # upload directories of ours from interrupted tasks
    installer_listing: t.Sequence[str] = field(default_factory=tuple)  # names found at installer_remote_path
    installer_sizes: t.Mapping[str, int] = field(default_factory=dict)  # their sizes in bytes
    installer_place: str | None = None  # what installer_remote_path is: file, directory or missing
    stored_registration: StoredRegistration | None = None  # when asked for
    examination: Examination | None = None  # what a preflight saw besides, when asked for
    tag_reason: str = ""  # which identity file said what, for the sentence about an unsupported system
