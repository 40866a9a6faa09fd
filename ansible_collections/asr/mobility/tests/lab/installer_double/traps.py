"""Traps: facts about the real installer that surprise a careful reader, each of which the double can do without.

A trap is switched off when an archive is built (``--without-trap NAME``, ``DoubleSpec.without_traps``). Every trap is
linked to conformance cases by its name; the mutation test proves that switching it off is noticed.
Source: Microsoft's 9.50 installer scripts (Azure/AzMigrate-Hydration), observed unless the fact says "read".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Trap:
    """fact: what the real program does. sane: what the double does without the trap."""

    name: str
    fact: str
    sane: str


_TABLE = (
    # install: options
    Trap("asr-suffix", "-d gets /ASR appended unless it is literally /usr/local/ASR", "-d is taken as given"),
    Trap("usage-exits-zero", "help, unknown options, wrong -a and -c end 0", "wrong options end 96"),
    Trap("missing-role-98", "a silent fresh installation without -r ends 98, nothing installed", "-r defaults to MS"),
    Trap("role-words-refused", "-r Agent is refused with 98 on a fresh installation", "-r Agent is accepted"),
    Trap("upgrade-installs-when-absent", "-a Upgrade on a clean host installs", "it is refused with 97"),
    Trap("interactive-no", "without -q an installed agent is left alone, exit 0", "it is upgraded"),
    Trap("directory-ignored-on-upgrade", "-d is ignored on upgrade", "another directory is refused with 156"),
    Trap("role-overwritten", "-r is overwritten by the installed role on upgrade", "-r MT is checked"),
    Trap("errors-file-deleted", "the old JSON error file is deleted at the start", "it is kept and appended to"),
    Trap("cwd-required", "called from another directory: 1, nothing done", "it changes to its own directory"),
    Trap("prerequisites-collected", "all failed prerequisites are in the JSON file", "only the first one is"),
    # install: locks and signals
    Trap("lock-leak-97", "the direct exits with 97 leave .install.lck: the next run there ends 1", "it is removed"),
    Trap("signal-exits-one", "after SIGTERM the inner script completes, exit 1 although installed", "exit 0"),
    # install: state left behind
    Trap("installed-not-running", "after a fresh installation the agent does not run", "it is started"),
    Trap("rollback-leaves-remains", "a rolled back run leaves <prefix>, /usr/local/InMage, .vx_host_id", "all removed"),
    Trap("driver-failure-leaves-tree", "208: the files stay, without .vx_version", "the files are removed"),
    Trap(
        "stack-unknown-until-configured", "CSType stays CSLegacy after install -c CSPrime", "CSType is CSPrime at once"
    ),
    Trap("identity-printed", "install -c CSPrime prints the identity before its last line", "nothing is printed"),
    Trap("fresh-recorded-as-upgrade", "the summary of a fresh success says Upgrade", "it says New"),
    # install: upgrade
    Trap("upgrade-98", "every upgrade and same-version rerun ends 98 with a reboot recommendation", "it ends 0"),
    Trap("status-key-lost", "an upgrade drops AGENT_CONFIGURATION_STATUS", "it is kept"),
    Trap("configuration-respaced", "an upgrade writes 'Port=443' for 'Port = 443'", "the spacing stays"),
    Trap(
        "backup-left-behind", "an upgrade leaves TEMP with the old tree in the extracted directory", "TEMP is removed"
    ),
    Trap("upgrade-starts-unconfigured", "an upgrade starts the service even if never configured", "it stays stopped"),
    Trap("migration-leaves-stopped", "a stack or platform change leaves the service stopped", "it is started"),
    Trap("stack-mismatch-refused", "CSPrime installed and -c CSLegacy: 97", "it is upgraded"),
    Trap("version-repaired", "a damaged .vx_version is repaired from /etc/vxagent/backup: 98", "97"),
    Trap("joined-digit-compare", "versions compare as their digits joined to one number (read)", "as numbers"),
    Trap(
        "faulty-driver-uninstalled",
        "9.47 and early 9.48 are removed first: the registration is lost (read)",
        "upgraded",
    ),
    Trap("driver-stays-loaded", "an upgrade leaves the old driver in memory until the host is restarted", "reloaded"),
    # configurator
    Trap("configurator-usage-exits-zero", "unknown options and a wrong -c end 0", "they end 96"),
    Trap("bare-d-swallows", "-D without a value swallows the next word", "-D takes no value"),
    Trap("prompt-loops-forever", "a missing value is asked for without end when the input is closed", "it ends 1"),
    Trap("configurator-errors-appended", "the JSON error file of -f is not deleted at the start", "it is deleted"),
    Trap("symlink-becomes-file", "/usr/local/.vx_version becomes a regular file with the status", "it stays a link"),
    Trap("zero-with-dead-daemon", "0 and Succeeded although svagents cannot start", "44"),
    Trap("oneshot-active-when-dead", "vxagent.service is active without svagents", "the unit fails"),
    Trap("failed-registration-stops-agent", "a failed registration leaves the agent stopped", "it is started again"),
    Trap("csprime-failures-97", "every failure of the CSPrime path ends 97", "it keeps its own code"),
    Trap("configurator-98-is-failure", "98: not registered, no status, agent stopped", "a warning is passed over"),
    Trap("unpaired-appliance-succeeds", "129: succeeds, CloudPairingStatus=Incomplete", "it fails"),
    Trap("status-before-settings", "Succeeded is written before the settings are read", "it is written after them"),
    Trap("settings-warning-swallowed", "a warning of getnoncachedsettings ends 0", "it ends 98"),
    Trap("hostname-blocks-csprime", "CSPrime with Hostname still set and no migration: 97", "it is accepted"),
    Trap("classic-takes-over-csprime", "a classic configuration of a CSPrime agent is not refused", "13"),
    Trap("passphrase-stays", "connection.passphrase stays on disk", "it is removed"),
    Trap("unconfigure-failures-ignored", "unconfigure ends 0 although the appliance failed", "97"),
    Trap("status-stale-after-unconfigure", "AGENT_CONFIGURATION_STATUS stays after unconfigure", "it is removed"),
    Trap("foreign-config-refused", "a file with the BIOS id of another host is refused (read)", "it is accepted"),
    Trap("swapped-id-accepted", "the BIOS id counts with its first three groups reversed too (read)", "it is refused"),
    # status and uninstall
    Trap("status-always-zero", "bin/status ends 0 also when nothing runs", "it ends 3"),
    Trap("small-y-refused", "uninstall.sh -y is refused with 1", "-y means -Y"),
    Trap(
        "relative-uninstall-leaks", "a relative call leaves .uninstall.lck in the caller's directory", "it is removed"
    ),
    Trap("uninstall-zero-when-busy", "with the driver busy uninstall.sh ends 0, half removed", "it ends 1"),
    Trap("unregister-failure-ignored", "a failed unregistration is invisible", "the removal stops"),
    Trap("uninstall-leaves-prefix", "the empty prefix and /usr/local/InMage stay", "they are removed"),
)

TRAPS: dict[str, Trap] = {trap.name: trap for trap in _TABLE}


def check_traps(names: Iterable[str]) -> None:
    """ValueError for a name the table does not know."""
    for name in names:
        if name not in TRAPS:
            raise ValueError(f"unknown trap {name!r}; known: {', '.join(TRAPS)}")
