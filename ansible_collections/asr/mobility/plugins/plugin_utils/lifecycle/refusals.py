# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every "no" of a plan in one place: reason, what was found, what was expected, what to do."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    MANIFEST_ACTION,
    MANIFEST_VERSION,
    REGISTRATION_STEPS,
    REMOVAL_STEPS,
    Change,
    Desired,
    Offer,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import is_rpm_family
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    HostState,
    PackageDatabase,
    Registration,
)

_AGENT = "mobility_agent with state=present or latest"
_OWNERS = {
    **{step.value: "mobility_registration" for step in REGISTRATION_STEPS},
    **{step.value: "mobility_agent with state=absent" for step in REMOVAL_STEPS},
    StepName.REPLACE_DRIVER.value: "mobility_driver",
}


def not_root(observed: HostState) -> MobilityError:
    """Everything the engine does needs root."""
    return MobilityError(
        Reason.NOT_ROOT,
        found=f"uid {observed.uid}",
        expected="uid 0",
        remedy="Set ansible_become (and its method, user and password) for the host in the inventory.",
    )


def other_installer(observed: HostState) -> MobilityError:
    """Microsoft's own upgrade, push installation or installer works on the host."""
    return MobilityError(
        Reason.OTHER_INSTALLER_RUNNING,
        found=str(observed.other_installer),
        expected="no other installation of the agent at work",
        remedy="Wait until it has ended, then run the task again.",
    )


def not_this_run(observed: HostState, desired: Desired | None, differences: t.Sequence[str] = ()) -> MobilityError:
    """A run of ours that does something else, or whose task is still bringing files.

    desired: what an installation wants; None for another module.
    differences: the settings in which it differs from what is wanted, in words.
    """
    manifest = observed.run.manifest
    work = " ".join(manifest[key] for key in (MANIFEST_ACTION, MANIFEST_VERSION) if key in manifest) or "another task"
    place = f" ({observed.run.detail})" if observed.run.detail else ""
    wanted = f"version {desired.version}" if desired and desired.version else "the wanted state"
    settings = f", with {', '.join(differences)}" if differences else ""
    return MobilityError(
        Reason.RUN_IN_PROGRESS,
        found=f"{work}, {observed.run.phase.value}{place}{settings}",
        expected=f"no run, or one that leads to {wanted}",
        remedy="Wait until that run has ended, then run the task again. It is never ended by this collection.",
    )


def unread_run(observed: HostState) -> MobilityError:
    """A run of another module that is over; it may have left what only that module knows how to judge or put back."""
    action, run = observed.run.manifest.get(MANIFEST_ACTION, ""), observed.run
    end = "died" if run.exit_code is None else f"ended with {run.exit_code}"
    owner = _OWNERS.get(action, _AGENT)
    return MobilityError(
        Reason.RUN_UNREAD,
        found=f"a run ({action}) that {end}, and whose result nobody has read",
        expected="no run of another module",
        remedy=f"Run {owner} again first: it reads how its run ended and does what is needed then.",
    )


def half_removed(observed: HostState) -> MobilityError:
    """An uninstall that found the driver busy: its own uninstaller is gone."""
    return MobilityError(
        Reason.HALF_REMOVED,
        found=f"the record of an agent in {observed.agent.install_dir} whose uninstaller or programs are gone",
        expected="an agent that is whole, or none",
        remedy=(
            "Restart the host, then run mobility_agent with state=absent and an installer of that version as the "
            "source: it runs the uninstall.sh of the archive. After that this task can be run again."
        ),
    )


def half_installed(observed: HostState) -> MobilityError:
    """Program files without a record: an installation that was interrupted, which no uninstaller takes for one."""
    return MobilityError(
        Reason.HALF_INSTALLED,
        found=f"program files in {observed.agent.install_dir} without the installer's record",
        expected="an agent that is whole, or none",
        remedy=(
            "Run mobility_agent with state=present, which installs afresh, and then with state=absent; "
            "or set remove_leftovers to have the files removed as they are."
        ),
    )


def initrd_in_doubt(observed: HostState) -> MobilityError:
    """An installer ended with 163 on this host, and it has not been restarted since."""
    return MobilityError(
        Reason.INITRD_NOT_RESTORED,
        found="a host whose initrd images could not be put back by an installer, and that was not restarted since",
        expected="whole initrd images",
        remedy=(
            "Do not restart the host. Copy the images from /etc/vxagent/orig_initrd_images back to /boot first, then "
            "remove /etc/vxagent/asr-mobility.do-not-restart and run the task again."
        ),
    )


_REBUILD = "Rebuild it (rpm --rebuilddb) or restore it"
_PACKAGE_DATABASE: t.Mapping[PackageDatabase, tuple[Reason, str, str]] = {
    PackageDatabase.BROKEN: (
        Reason.PACKAGE_DATABASE_BROKEN,
        "an rpm database that cannot be read (rpm -qa fails)",
        _REBUILD,
    ),
    PackageDatabase.HANGS: (
        Reason.PACKAGE_MANAGER_BUSY,
        "an rpm database that gives no answer within 20 seconds: it is slow, or a program holds it",
        "Wait until rpm -qa answers on the host (fuser -v /var/lib/rpm/* names what holds the database)",
    ),
    PackageDatabase.BUSY: (Reason.PACKAGE_MANAGER_BUSY, "a package manager at work", "Wait until it has ended"),
}


def package_database(observed: HostState) -> MobilityError | None:
    """Where the agent is an rpm package, installer and uninstaller need the database to themselves; an uninstaller that
    does not get it in the middle of its work leaves half an agent."""
    if observed.package_database is None or not is_rpm_family(observed.tag or ""):
        return None
    reason, found, remedy = _PACKAGE_DATABASE[observed.package_database]
    return MobilityError(
        reason,
        found=found,
        expected="an rpm database that answers, and that nobody else works with",
        remedy=f"Nothing was changed. {remedy}, then run the task again.",
    )


def protected_item(agent: AgentState, evidence: str) -> MobilityError:
    """A machine whose replication is on would lose it without a word to the vault."""
    return MobilityError(
        Reason.PROTECTED,
        found=f"a protected machine ({evidence}) with version {agent.version}",
        expected="a machine whose replication was disabled in the vault",
        remedy="Disable replication in the vault first, then run the task again; or set force.",
    )


def came_meanwhile(observed: HostState) -> MobilityError:
    """What was to be tidied up has become an agent."""
    return MobilityError(
        Reason.STATE_CHANGED,
        found=f"an agent ({observed.agent.presence.value}) where there was none a moment ago",
        expected="the state that the plan was made for",
        remedy="Nothing was removed. Run the task again; it plans from the new state.",
    )


def driver_loaded(observed: HostState) -> MobilityError:
    """What is left of an agent cannot be removed under a driver that works with it."""
    return MobilityError(
        Reason.DRIVER_IN_USE,
        found=f"the driver involflt loaded, and no whole agent in {observed.agent.install_dir}",
        expected="a driver that is not loaded",
        remedy="Restart the host, then run the task again.",
    )


def record_corrupt(observed: HostState) -> MobilityError:
    """A damaged record, and no copy from which the installer would repair it."""
    return MobilityError(
        Reason.RECORD_CORRUPT,
        found=f"the record of an agent, /usr/local/.vx_version, cannot be used ({observed.agent.record_problem})",
        expected="a whole record, or a damaged one with its copy /etc/vxagent/backup/.vx_version",
        remedy="Restore the file from that copy or from a backup of the host, then run the task again.",
    )


def other_tag_installed(observed: HostState) -> MobilityError:
    """An agent that was installed for another operating system, as after an upgrade of the distribution."""
    return MobilityError(
        Reason.WRONG_TAG,
        found=f"an agent for {observed.agent.tag} on {observed.os_name}",
        expected=f"an agent for {observed.tag}",
        remedy="Disable replication, remove the agent with state=absent, install the one for this system.",
    )


def wrong_tag_offered(observed: HostState, offer: Offer) -> MobilityError:
    """An installer for another operating system."""
    return MobilityError(
        Reason.WRONG_TAG,
        found=f"{offer.file_name}, an installer for {offer.tag}",
        expected=f"an installer for {observed.tag} ({observed.os_name})",
        remedy="Name the file of the host's tag, or a directory that holds it.",
    )


def unsupported(observed: HostState) -> MobilityError | None:
    """A host for which Microsoft publishes no installer, or None."""
    if observed.architecture != "x86_64":
        return MobilityError(
            Reason.UNSUPPORTED_ARCHITECTURE,
            found=observed.architecture or "an unknown architecture",
            expected="x86_64",
            remedy="The Mobility service exists for x86_64 only.",
        )
    if observed.tag is None:
        return MobilityError(
            Reason.UNSUPPORTED_OS,
            found=f"{observed.os_name} ({observed.tag_reason})" if observed.tag_reason else observed.os_name,
            expected="an operating system that Microsoft publishes an installer for",
            remedy="See the support matrix of Azure Site Recovery.",
        )
    return None


def no_offer(observed: HostState, desired: Desired) -> MobilityError:
    """Something must be installed and the source named nothing."""
    version = f" of version {desired.version}" if desired.version else ""
    return MobilityError(
        Reason.INSTALLER_NOT_FOUND,
        found="no installer",
        expected=f"an installer for {observed.tag}{version}",
        remedy="Name a file or directory that holds it.",
    )


def version_not_offered(desired: Desired, offer: Offer) -> MobilityError:
    """The source has another version than the one asked for."""
    return MobilityError(
        Reason.VERSION_NOT_FOUND,
        found=f"version {offer.version} ({offer.file_name})",
        expected=f"version {desired.version}",
        remedy="Ask for a version that the source has, or add the installer to it.",
    )


def downgrade(agent: AgentState, wanted: str) -> MobilityError:
    """A version never goes down by accident."""
    return MobilityError(
        Reason.DOWNGRADE,
        found=f"version {agent.version} installed",
        expected=f"version {wanted}, which is lower",
        remedy="Ask for the installed version or a higher one; a lower one needs the agent removed first.",
    )


def too_far(agent: AgentState, offer: Offer) -> MobilityError:
    """More than four minor versions in one step are not supported."""
    return MobilityError(
        Reason.UPGRADE_TOO_FAR,
        found=f"version {agent.version} installed and {offer.version} offered",
        expected="a step of at most 4 minor versions",
        remedy="Upgrade in steps of at most 4 minor versions, and restart the host between them.",
    )


def setting_change(
    agent: AgentState, reason: Reason, installed: str, wanted: str, change: Change | None = None
) -> MobilityError:
    """An agent keeps stack, platform and role; for a registered one a change would break its registration.

    change: the one that an upgrade could bring about, were it allowed.
    """
    never = agent.registration is Registration.NO
    allow = f"; or allow the change {change.value} with allow_change" if change else ""
    return MobilityError(
        reason,
        found=f"{'an agent' if never else 'a registered agent'} with {reason.value.partition('_')[0]} {installed}",
        expected=wanted,
        remedy=(
            "Keep the value, or remove the agent with state=absent (it is not registered) and run the task again"
            if never
            else "Keep the value, or disable replication and remove the agent before it is installed anew"
        )
        + f"{allow}.",
    )


def stack_change_too_early(version: AgentVersion) -> MobilityError:
    """The move to the modernized stack needs a certain version on both sides of the upgrade."""
    return MobilityError(
        Reason.STACK_CHANGE,
        found=f"version {version}",
        expected="version 9.50 or a later one on both sides of an upgrade that moves an agent to the modernized stack",
        remedy="Upgrade the agent within the classic stack first.",
    )


def restart_first(agent: AgentState, offer: Offer) -> MobilityError:
    """The driver in use would lie too many versions behind the new agent."""
    return MobilityError(
        Reason.RESTART_FIRST,
        found=f"the driver of version {agent.driver_version} loaded, and {offer.version} offered",
        expected="a driver of at most 4 minor versions before the new version",
        remedy="Restart the host, which loads the installed driver, then run the task again.",
    )


def registration_would_be_lost(observed: HostState) -> MobilityError:
    """For some versions with a faulty driver the installer removes the agent before it installs."""
    return MobilityError(
        Reason.REGISTRATION_WOULD_BE_LOST,
        found=f"version {observed.agent.version} registered on {observed.os_name}, kernel {observed.kernel_running}",
        expected="an agent that an installer upgrades without removing it",
        remedy=(
            "The installer of a newer version removes this agent first, its registration included. To have that done, "
            "add registration to allow_change and register the agent again afterwards."
        ),
    )


def stack_unknown(agent: AgentState) -> MobilityError:
    """An upgrade must name the stack to the installer, and a wrong one breaks a registration."""
    evidence = ", ".join(f"{name} {value}" for name, value in sorted(agent.registration_evidence.items()))
    return MobilityError(
        Reason.STACK_CHANGE,
        found=f"an agent whose registration and stack cannot be told ({evidence or 'no evidence'})",
        expected="a drscout.conf that tells CSType, or HostId and Hostname",
        remedy="Look at the agent's drscout.conf; restore it, or remove the agent before it is installed anew.",
    )


def tool_missing(missing: t.Sequence[str]) -> MobilityError:
    """A program without which nothing can be installed."""
    return MobilityError(
        Reason.TOOL_MISSING,
        found=f"no {', no '.join(missing)}",
        expected=", ".join(missing),
        remedy=f"Install {' and '.join(missing)} on the host.",
    )
