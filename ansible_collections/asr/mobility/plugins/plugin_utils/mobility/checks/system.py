# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the system as a whole: who we are on it, what runs on it, which programs it has.

Tools: those that Microsoft's 9.50 installer scripts (Azure/AzMigrate-Hydration, read) call without asking first.
"""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.checks.subject import (
    Finding,
    Judge,
    Subject,
    beside_the_point,
    failed,
    for_agents,
    passed,
    unknown,
    verdict,
    warned,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.command import directory_option
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import Stack

REQUIRED_TOOLS = ("bash", "tar", "gzip", "sha256sum", "awk", "sed", "ps", "df", "mount", "hostname", "locale")
WANTED_TOOLS = ("xz", "lsmod", "modprobe", "depmod", "blkid", "sfdisk")
_ARCHITECTURE = "x86_64"
_RUN_LEVELS = ("systemd", "2", "3", "5")
_NO_NAME = ("", "(none)")
_CLOCK_TOLERANCE = 15 * 60
"""Seconds; a configuration server refuses to register a machine whose clock is further off."""


def root(subject: Subject) -> Finding:
    """The uid that the scripts run with."""
    uid = subject.host.uid
    return verdict(uid == 0, f"uid {uid}", f"uid {uid}")


def architecture(subject: Subject) -> Finding:
    """The machine as uname -m names it."""
    found = subject.host.architecture
    return verdict(found == _ARCHITECTURE, found, found) if found else unknown("nothing that uname tells")


def tag(subject: Subject) -> Finding:
    """Whether an installer exists for the operating system."""
    host = subject.host
    found = f"{host.tag or 'no tag'} ({host.tag_reason or host.os_name})"
    return verdict(host.tag is not None, found, found)


def install_dir(subject: Subject) -> Finding:
    """The directory, for a new installation; an agent stays where it is."""
    try:
        directory_option(subject.wanted.install_dir)
    except MobilityError as error:
        return failed(error.found, error.remedy)
    return passed(subject.wanted.install_dir)


def install_lock(subject: Subject) -> Finding:
    """Microsoft's own lock guards one directory only, so the processes are looked at."""
    other = subject.host.other_installer
    return verdict(other is None, "no other installation at work", str(other))


def tools(subject: Subject) -> Finding:
    """Programs without which the installer breaks."""
    return _programs(subject, REQUIRED_TOOLS, failed)


def optional_tools(subject: Subject) -> Finding:
    """Programs whose absence the installer may survive."""
    return _programs(subject, WANTED_TOOLS, warned)


def _programs(subject: Subject, needed: t.Sequence[str], otherwise: t.Callable[[str, str], Finding]) -> Finding:
    there = subject.host.tools
    missing = [tool for tool in needed if there.get(tool) is False]
    if missing:
        return otherwise(f"no {', no '.join(missing)}", f"Install {', '.join(missing)}.")
    return passed("all of them") if all(tool in there for tool in needed) else unknown("not all were asked for")


def c_locale(subject: Subject) -> Finding:
    """The locale C."""
    return verdict(subject.seen.c_locale, "C", "no C in the list of locale -a")


def host_name(subject: Subject) -> Finding:
    """The name that uname -n tells."""
    name = subject.host.host_name
    return verdict(name not in _NO_NAME, name, "no host name")


@for_agents
def run_level(subject: Subject) -> Finding:
    """Whether the system is up; a SysV init that was not asked for a run level tells none (N unknown)."""
    level = subject.seen.run_level
    if level is None or level == "unknown":
        return unknown("no run level")
    return verdict(level in _RUN_LEVELS, level, f"run level {level}" if level.isdigit() else level)


def rpm_database(subject: Subject) -> Finding:
    """Whether rpm reads it without a complaint."""
    if subject.tag.startswith(("DEBIAN", "UBUNTU")):
        return beside_the_point("no rpm system")
    error = subject.seen.rpm_error
    return verdict(None if error is None else not error, "a database without errors", error or "")


def pending_reboot(subject: Subject) -> Finding:
    """Another kernel at the next boot, or the distribution's own mark."""
    host, marks = subject.host, subject.seen.restart_files
    if marks:
        return warned(f"{marks[0]}, with which the system asks for a restart")
    if host.kernel_next is None:
        return unknown("no mark of the system, and no kernel of the next boot")
    if host.kernel_next != host.kernel_running:
        word = "is" if host.kernel_next_named else "may be"
        return warned(f"{host.kernel_running} runs, and {host.kernel_next} {word} the kernel of the next boot")
    return passed(f"{host.kernel_running}, also after the next boot")


def selinux(subject: Subject) -> Finding:
    """Nothing is documented about SELinux, so enforcing is a warning."""
    mode = subject.seen.selinux
    if mode is None:
        return unknown()
    return warned(mode) if mode == "enforcing" else passed(mode)


def fapolicyd(subject: Subject) -> Finding:
    """The daemon that lets only known programs run."""
    services = subject.seen.services
    if services is None:
        return unknown()
    return warned("fapolicyd runs") if "fapolicyd" in services else passed("no fapolicyd")


def clock(subject: Subject) -> Finding:
    """Against the controller's clock; only a configuration server is known to refuse for it."""
    offset = subject.seen.clock_offset
    if offset is None:
        return unknown()
    found = f"{abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the controller"
    if abs(offset) <= _CLOCK_TOLERANCE:
        return passed(found)
    return failed(found) if subject.wanted.stack is Stack.CLASSIC else warned(found)


JUDGES: t.Mapping[str, Judge] = {
    "root": root,
    "architecture": architecture,
    "tag": tag,
    "install_dir": install_dir,
    "install_lock": install_lock,
    "tools": tools,
    "optional_tools": optional_tools,
    "c_locale": c_locale,
    "host_name": host_name,
    "run_level": run_level,
    "rpm_database": rpm_database,
    "pending_reboot": pending_reboot,
    "selinux": selinux,
    "fapolicyd": fapolicyd,
    "clock": clock,
}
