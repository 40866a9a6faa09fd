# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way the engine says "no": a reason from a closed list, what was found, what was expected, what to do."""

from __future__ import annotations

import enum
import typing as t


class Reason(str, enum.Enum):
    """Every reason a task can fail for; scripts and pipelines may rely on these words."""

    # what the caller asked for
    INVALID_ARGUMENT = "invalid_argument"
    CHECKSUM_REQUIRED = "checksum_required"
    INSTALL_DIR_NOT_POSSIBLE = "install_dir_not_possible"
    ASYNC_NOT_SUPPORTED = "async_not_supported"
    # the connection and the target
    NOT_ROOT = "not_root"
    NO_END_MARKER = "no_end_marker"
    TRANSFER_FAILED = "transfer_failed"
    CONNECTION_LOST = "connection_lost"
    SCRIPT_FAILED = "script_failed"
    # the host
    UNSUPPORTED_OS = "unsupported_os"
    UNSUPPORTED_ARCHITECTURE = "unsupported_architecture"
    NO_SPACE = "no_space"
    STAGING_NOEXEC = "staging_noexec"
    STAGING_TMPFS = "staging_tmpfs"
    STAGING_UNSAFE = "staging_unsafe"
    PATH_UNSAFE = "path_unsafe"
    TOOL_MISSING = "tool_missing"
    PACKAGE_DATABASE_BROKEN = "package_database_broken"
    PACKAGE_MANAGER_BUSY = "package_manager_busy"
    # the installer
    INSTALLER_NOT_FOUND = "installer_not_found"
    INSTALLER_AMBIGUOUS = "installer_ambiguous"
    INSTALLER_NAME_UNKNOWN = "installer_name_unknown"
    INSTALLER_CORRUPT = "installer_corrupt"
    INSTALLER_UNSAFE = "installer_unsafe"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    DOWNLOAD_FAILED = "download_failed"
    VERSION_NOT_FOUND = "version_not_found"
    # the state of the agent on the host
    WRONG_TAG = "wrong_tag"
    DOWNGRADE = "downgrade"
    UPGRADE_TOO_FAR = "upgrade_too_far"
    STACK_CHANGE = "stack_change"
    PLATFORM_CHANGE = "platform_change"
    ROLE_CHANGE = "role_change"
    HALF_INSTALLED = "half_installed"
    HALF_REMOVED = "half_removed"
    LEFTOVERS_NOT_REMOVED = "leftovers_not_removed"
    DRIVER_NOT_IN_PACKAGE = "driver_not_in_package"
    DRIVER_PACKAGE_UNFIT = "driver_package_unfit"
    DRIVER_IN_USE = "driver_in_use"
    PROTECTED = "protected"
    REGISTRATION_WOULD_BE_LOST = "registration_would_be_lost"
    RESTART_FIRST = "restart_first"
    RECORD_CORRUPT = "record_corrupt"
    AGENT_MISSING = "agent_missing"
    AGENT_TOO_OLD = "agent_too_old"
    # the registration
    CONFIG_FILE_INVALID = "config_file_invalid"
    CONFIG_FILE_EXPIRED = "config_file_expired"
    CONFIG_FILE_OF_ANOTHER_HOST = "config_file_of_another_host"
    PASSPHRASE_INVALID = "passphrase_invalid"
    DUPLICATE_IDENTITY = "duplicate_identity"
    REGISTERED_ELSEWHERE = "registered_elsewhere"
    ENDPOINT_UNREACHABLE = "endpoint_unreachable"
    WRONG_PASSPHRASE = "wrong_passphrase"
    REGISTRATION_FAILED = "registration_failed"
    REGISTRATION_NOT_RESTORED = "registration_not_restored"
    # another run
    RUN_IN_PROGRESS = "run_in_progress"
    RUN_UNREAD = "run_unread"
    OTHER_INSTALLER_RUNNING = "other_installer_running"
    STILL_RUNNING = "still_running"
    RUN_DIED = "run_died"
    # what the installer did
    PREREQUISITE_FAILED = "prerequisite_failed"
    INSTALLER_FAILED = "installer_failed"
    INSTALLER_REFUSED = "installer_refused"
    INSTALLER_BUSY = "installer_busy"
    UNINSTALLER_BUSY = "uninstaller_busy"
    AGENT_NOT_STOPPED = "agent_not_stopped"
    INITRD_NOT_RESTORED = "initrd_not_restored"
    CONFIGURATION_NOT_RESTORED = "configuration_not_restored"
    STATE_NOT_REACHED = "state_not_reached"
    STATE_CHANGED = "state_changed"
    # after a change
    AGENT_NOT_HEALTHY = "agent_not_healthy"
    REBOOT_FAILED = "reboot_failed"


class MobilityError(Exception):
    """The one domain exception; only an action plugin or a module's main() turns it into a failed result.

    reason: a member of Reason. found, expected, remedy: one plain sentence or fragment each, free of secrets.
    facts: what else the failed result should carry (before, after, steps, exit_code, ...), in plain types.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        found: str,
        expected: str,
        remedy: str,
        facts: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        self.reason = reason
        self.found = found
        self.expected = expected
        self.remedy = remedy
        self.facts: dict[str, t.Any] = dict(facts or {})
        super().__init__(f"{reason.value}: found {found}; expected {expected}. {remedy}")
