# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a driver package on one host: look, decide for each kernel, apply detached, look again.

State decides. Microsoft's script ends 0 when it did nothing, and it does nothing while a driver is loaded; so each
kernel is judged by the driver that lies there afterwards, and a restart is asked for when another one still runs.
"""

from __future__ import annotations

import contextlib
import shlex
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.archive import Member, check_safety, sha256_of
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.shell_library import script_text
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.delivery import (
    ControllerDelivery,
    Delivery,
    OnTargetDelivery,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.detached import (
    Program,
    Run,
    Site,
    carry_out,
    clear_away,
    died,
    read_elsewhere,
    rejoin,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.installation import unpacking
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import MANIFEST_ACTION, Offer, StepName
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, observe_more
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import (
    EarlierRun,
    earlier_run,
    nobody_may_work,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import (
    not_this_run,
    unread_run,
    unsupported,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.driver_health import (
    DriverHealth,
    driver_health,
    resync_hindrance,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.driver_package import (
    APPLY_SCRIPT,
    LOOK_SCRIPT,
    PLACEABLE,
    DriverFacts,
    DriverFile,
    Kernel,
    hash_drivers,
    is_driver,
    kernels,
    read_driver_facts,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.drivers import driver_of, is_faulty
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.record import RECORD_PATH
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.registration.recovery import recover_registration
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState, Presence
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

PROGRAM = Program("driver package", "/var/log/ua_install.log")
SCRIPTS = ("hotfix_install.sh", "OS_details.sh")
_LARGEST_SCRIPT = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """What one task asks for. Without a package it only looks."""

    query: ProbeQuery
    timeout: int
    path: Path | None = None
    remote_path: str | None = None
    version: AgentVersion | None = None  # of the package, as the caller names it
    scripts: Path | None = None  # directory on the controller with SCRIPTS


@dataclass(frozen=True)
class DriverState:
    """The driver on a host: the loaded one, the one that the next start loads, and each kernel that matters."""

    loaded: bool
    loaded_version: AgentVersion | None
    installed_version: AgentVersion | None
    health: DriverHealth
    kernels: tuple[Kernel, ...]
    resync_hindrance: str | None
    tag: str | None  # of the host


@dataclass(frozen=True)
class DriverReport:
    """What was found, what is there now (in check mode: what was found), and what it needs."""

    before: DriverState
    after: DriverState
    changed: bool = False
    placed: tuple[str, ...] = ()  # kernels that got a driver
    reboot_reason: str | None = None
    exit_code: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """One look: the host, the driver's facts, the package's drivers and what follows from them."""

    observed: HostState
    facts: DriverFacts
    drivers: t.Mapping[str, str] | None
    kernels: tuple[Kernel, ...]

    @property
    def work(self) -> tuple[Kernel, ...]:
        """Kernels that get a driver of the package, placed by us or chosen by the script."""
        return tuple(kernel for kernel in self.kernels if kernel.file in (*PLACEABLE, DriverFile.FOR_THE_SCRIPT))

    @property
    def must_load(self) -> bool:
        """Whether the running kernel has no driver loaded although the package serves it."""
        running = next((kernel for kernel in self.kernels if kernel.role != "next"), None)
        served = running is not None and running.file is not DriverFile.NOT_IN_PACKAGE
        return self.drivers is not None and served and not self.observed.agent.driver_loaded


def converge_driver(target: Target, request: Request, *, check_mode: bool) -> DriverReport:
    """One host. A failure after something was done carries the report as the fact "report"."""
    seen = _look(target, request)
    refusal = nobody_may_work(seen.observed) or unsupported(seen.observed)
    if refusal is not None:
        raise refusal
    seen, notes = _earlier(target, request, seen, check_mode)
    before = _state(seen, request)
    report = DriverReport(before, before, reboot_reason=_reboot_reason(before), warnings=notes)
    if seen.drivers is None:
        return report
    report = replace(report, warnings=(*notes, *_checked(seen, request)))
    if not seen.work and not seen.must_load:
        return report
    delivery = _delivery(request)
    scripts = _scripts(request) if seen.must_load else {}
    if check_mode:
        delivery.foresee(seen.observed)
        return replace(report, changed=True, placed=tuple(kernel.release for kernel in seen.work))
    return _applied(target, request, seen, report, delivery=delivery, scripts=scripts)


def _look(target: Target, request: Request) -> _Seen:
    variables = {
        "ASR_RECORD": RECORD_PATH,
        "ASR_MODULES": "/lib/modules",
        "ASR_SYSFS": "/sys/module/involflt",
        "ASR_PACKAGE": request.remote_path or "",
    }
    text = sent_text(LOOK_SCRIPT)
    observed, facts = observe_more(target, replace(request.query, closely=True), text, variables)
    driver = read_driver_facts(facts)
    drivers = _drivers(request, driver, observed)
    return _Seen(observed, driver, drivers, kernels(observed.kernel_running, observed.kernel_next, driver, drivers))


def _drivers(request: Request, facts: DriverFacts, observed: HostState) -> t.Mapping[str, str] | None:
    if request.path is not None:
        return hash_drivers(request.path, {observed.kernel_running, observed.kernel_next or ""})
    if request.remote_path is None:
        return None
    if facts.package_kind != "file":
        raise MobilityError(
            Reason.INSTALLER_NOT_FOUND,
            found=f"no file {request.remote_path} on the host",
            expected="a driver package",
            remedy="Correct package_remote_path, or name the file on the controller with package_path.",
        )
    return facts.package_drivers


def _earlier(target: Target, request: Request, seen: _Seen, check_mode: bool) -> tuple[_Seen, tuple[str, ...]]:
    """Follow our own earlier run to its end, or clear away what is over; then look again."""
    earlier = earlier_run(seen.observed, (StepName.REPLACE_DRIVER,))
    if earlier is EarlierRun.IN_THE_WAY:
        raise not_this_run(seen.observed, None)
    if earlier is EarlierRun.UNREAD:
        raise unread_run(seen.observed)
    if earlier is EarlierRun.NONE or check_mode:
        return seen, ()
    staging, token = request.query.staging, seen.observed.run.token
    run = rejoin(_site(target, request)) if earlier is EarlierRun.ADOPT else None
    if run is None:
        recover_registration(target, f"{staging}/run")
    with contextlib.suppress(MobilityError):  # whoever read it first has cleared it away
        clear_away(target, staging, token)
    words = _complaints(run) if run else ""
    note = f"An earlier run was followed to its end and cleared away{f'; it said {words}' if words else ''}."
    return _look(target, request), (note,)


def _checked(seen: _Seen, request: Request) -> tuple[str, ...]:
    """Refuse a package that does not fit; warnings for a kernel that it does not serve."""
    agent = seen.observed.agent.version
    wanted = request.version
    if agent and wanted and (agent.major, agent.minor) != (wanted.major, wanted.minor):
        raise MobilityError(
            Reason.DRIVER_PACKAGE_UNFIT,
            found=f"a driver package of version {wanted} and an agent of version {agent}",
            expected="both of one major and minor version",
            remedy="Upgrade the agent to the latest version first; packages are published for that one only.",
        )
    unserved = [kernel for kernel in seen.kernels if kernel.file is DriverFile.NOT_IN_PACKAGE]
    if len(unserved) == len(seen.kernels):
        raise MobilityError(
            Reason.DRIVER_NOT_IN_PACKAGE,
            found=f"no driver for {' and '.join(kernel.release for kernel in unserved)} in the package",
            expected="a package with the driver of the running kernel or of the next start's",
            remedy="Download the newest package of this operating system, or start a kernel that it serves.",
        )
    return tuple(f"The package has no driver for {kernel.release} ({kernel.role} kernel)." for kernel in unserved)


def _delivery(request: Request) -> Delivery:
    version = request.version or AgentVersion(0, 0)
    if request.path is not None:
        return ControllerDelivery(Offer(request.path.name, version, "", exact=True), request.path, None, _check_package)
    remote = request.remote_path or ""
    fetch = Script(name="copy", text=script_text("copy"), variables={"ASR_SOURCE": remote})
    offer = Offer(remote.rpartition("/")[2], version, "", exact=True)
    return OnTargetDelivery(offer, fetch, Reason.INSTALLER_NOT_FOUND, None, None, check=_check_package)


def _check_package(members: t.Sequence[Member]) -> None:
    """Safe to unpack as root, and a driver package."""
    check_safety(members)
    if not any(is_driver(member.name) for member in members):
        raise MobilityError(
            Reason.INSTALLER_CORRUPT,
            found="an archive without Drivers/involflt.ko.*",
            expected="a driver package of Microsoft",
            remedy="Use the file as Microsoft publishes it; do not repack it.",
        )


def _scripts(request: Request) -> dict[str, Path]:
    """Name -> file of Microsoft's two scripts, which the caller brings: they are not part of this collection."""
    folder = request.scripts
    found = {name: folder / name for name in SCRIPTS} if folder else {}
    missing = [name for name in SCRIPTS if name not in found or not _is_script(found[name])]
    if missing:
        raise MobilityError(
            Reason.INVALID_ARGUMENT,
            found=f"no {' and no '.join(missing)} in {folder or 'script_path, which is not given'}",
            expected="a directory on the controller with Microsoft's hotfix_install.sh and OS_details.sh",
            remedy="Download both from the folder MobilityAgent of Azure/Azure-SiteRecovery; they load the driver.",
        )
    return found


def _is_script(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= _LARGEST_SCRIPT and path.read_bytes().startswith(b"#!")
    except OSError:
        return False


def _site(target: Target, request: Request) -> Site:
    return Site(target, request.query.staging, PROGRAM, request.timeout)


def _applied(
    target: Target,
    request: Request,
    seen: _Seen,
    report: DriverReport,
    *,
    delivery: Delivery,
    scripts: t.Mapping[str, Path],
) -> DriverReport:
    site = _site(target, request)
    package = delivery.inspect(seen.observed)

    def prepare(run_directory: str) -> Script:
        staged = delivery.bring(target, run_directory, seen.observed)
        for name, path in scripts.items():
            target.stage(target.upload(path, name), f"{run_directory}/{name}", sha256_of(path))
        variables, text = unpacking(staged, site)
        body = f"{text}{sent_text(APPLY_SCRIPT)}"
        return Script("driver_apply", body, {**variables, **_body_variables(seen)})

    manifest = {MANIFEST_ACTION: StepName.REPLACE_DRIVER.value, "package": shlex.quote(package.offer.file_name)}
    run = carry_out(site, manifest, prepare)
    now = _look(target, request)
    report = replace(report, warnings=(*report.warnings, *_cleared(site, run)))
    return _judged(now, request, seen, run, report)


def _cleared(site: Site, run: Run | None) -> tuple[str, ...]:
    """Tidy up; what cannot be tidied is a warning and never hides how the run ended."""
    if run is None:
        return ()
    try:
        clear_away(site.target, site.staging)
    except MobilityError as error:
        return (f"The staging directory {site.staging} was not cleared away: {error.found}",)
    return ()


def _body_variables(seen: _Seen) -> dict[str, str]:
    agent = seen.observed.agent
    loading = [kernel for kernel in seen.kernels if seen.must_load and kernel.role != "next"]
    work = {kernel.release: kernel for kernel in (*loading, *seen.work)}
    installed = agent.presence is Presence.INSTALLED and agent.install_dir
    return {
        "ASR_FILES": "\n".join(f"{kernel.release}|{kernel.member or ''}" for kernel in work.values()),
        "ASR_LOAD": "1" if seen.must_load else "0",
        "ASR_INSTALLATION": f"{agent.install_dir}/Vx" if installed else "",
        "ASR_WAS_RUNNING": "1" if any(agent.daemons.values()) else "0",
    }


def _judged(now: _Seen, request: Request, seen: _Seen, run: Run | None, report: DriverReport) -> DriverReport:
    """By what lies there now; a run that left less than was wanted is a failure, whatever its code."""
    replaced = seen.observed.agent.driver_loaded and any(kernel.role != "next" for kernel in seen.work)
    after = _state(now, request, same=False if replaced else None)
    placed = tuple(kernel.release for kernel in seen.work if kernel.release not in _unfinished(now))
    report = replace(
        report,
        after=after,
        changed=bool(placed) or after != report.before,
        placed=placed,
        reboot_reason=_reboot_reason(after),
        exit_code=run.exit_code if run else None,
    )
    gaps = [f"no driver of the package for {kernel}" for kernel in _unfinished(now)]
    gaps += ["no driver loaded"] if seen.must_load and not now.observed.agent.driver_loaded else []
    refusal = _refusal(gaps, run, request)
    if refusal is not None:
        refusal.facts["report"] = report
        raise refusal
    return report


def _unfinished(now: _Seen) -> list[str]:
    return [kernel.release for kernel in now.work]


def _refusal(gaps: t.Sequence[str], run: Run | None, request: Request) -> MobilityError | None:
    if not gaps:
        return None
    if run is None:
        return read_elsewhere(request.query.staging)
    if run.died:
        return died(run)
    return MobilityError(
        Reason.STATE_NOT_REACHED,
        found=f"{' and '.join(gaps)} after exit code {run.exit_code}: {_complaints(run) or 'no message'}",
        expected="the driver of the package for each kernel, and one loaded",
        remedy="Read /var/log/ua_install.log and /var/log/InMage_drivers.log on the host, then run the task again.",
    )


def _complaints(run: Run) -> str:
    """What the run says failed; without such a line its last words."""
    lines = run.output.splitlines()
    failed = [line[len("failed: ") :] for line in lines if line.startswith("failed: ")]
    return "; ".join(failed) or " ".join(run.output.split())[-200:]


def _state(seen: _Seen, request: Request, same: bool | None = None) -> DriverState:
    """same: False when the file was replaced under a loaded driver; None: what the host tells decides."""
    agent, tag = seen.observed.agent, seen.observed.tag
    running = seen.observed.kernel_running
    if same is None:
        same = _same_source(seen.facts, running)
    loaded = agent.driver_version if agent.driver_loaded else None
    installed = _installed_version(seen, request) or (loaded if same else None)
    return DriverState(
        loaded=agent.driver_loaded,
        loaded_version=loaded,
        installed_version=installed,
        health=driver_health(loaded, installed, tag, same),
        kernels=seen.kernels,
        resync_hindrance=resync_hindrance(agent.version, loaded, tag),
        tag=tag,
    )


def _same_source(facts: DriverFacts, running: str) -> bool | None:
    """Whether the loaded driver and the file have one srcversion; None where the host does not tell both."""
    there = facts.sources.get(running)
    return facts.loaded_source == there if facts.loaded_source and there else None


def _installed_version(seen: _Seen, request: Request) -> AgentVersion | None:
    """The version of the file for the next start, known when it is the agent's own or the package's."""
    kernel = next((one for one in seen.kernels if one.role != "running"), None)
    if kernel is None or kernel.sha256 is None:
        return None
    if kernel.file is DriverFile.CURRENT and kernel.member and request.version:
        return driver_of(request.version)
    agent = seen.observed.agent.version
    shipped = seen.facts.shipped.get(kernel.release)
    return driver_of(agent) if agent and shipped == kernel.sha256 else None


def _reboot_reason(state: DriverState) -> str | None:
    if state.health is DriverHealth.REBOOT_PENDING:
        return "Another driver is loaded than the one that is installed; a restart loads that."
    whole = state.installed_version is not None and not is_faulty(state.installed_version, state.tag)
    if state.health is DriverHealth.FAULTY and whole:
        return "The loaded driver is known to be faulty; a restart loads the one that is installed."
    return None
