"""What ``install`` checks before it changes anything, its lock, and how it ends when it is interrupted."""

from __future__ import annotations

import json

from conformance.bench import CLASSIC, ERRORS, LOCK, RUNS, SMALL, Bench, Run, seems
from conformance.case import Family, Needs, case
from conformance.cases_options import nothing_installed


@case("check.working-directory", traps=("cwd-required",))
def working_directory(bench: Bench) -> None:
    """Called by absolute path from another directory it ends 1: "File not found : libcommon.sh"."""
    place = bench.extract()
    run = bench.install(*CLASSIC, directory="/var/tmp", call=f"{place}/install")
    assert run.code == 1
    assert "File not found : libcommon.sh" in run.output
    nothing_installed(bench)


@case("check.not-root-119")
def not_root(bench: Bench) -> None:
    """Without root it ends 119."""
    run = bench.install(*CLASSIC, call="setpriv --reuid=65534 --regid=65534 --clear-groups ./install")
    assert run.code == 119
    nothing_installed(bench)


@case("check.other-system-149", family=Family.TAR)
def other_system(bench: Bench) -> None:
    """On a system the archive was not built for, and on an unknown one, it ends 149 without a structured error."""
    try:
        for release in ("10.13", "13.0"):
            run = bench.install(
                *CLASSIC, before=f"cp -n /etc/debian_version /run/kept; echo {release} >/etc/debian_version"
            )
            assert run.code == 149
    finally:
        bench.sh("cat /run/kept >/etc/debian_version")
    nothing_installed(bench)
    assert bench.exists(ERRORS) == []


@case("check.other-tag-149", needs=Needs.VERSIONS)
def other_tag(bench: Bench) -> None:
    """The archive of another system ends 149."""
    for tag in ("DEBIAN11-64", "UBUNTU-22.04-64"):
        assert bench.install(*CLASSIC, archive=bench.archive(tag=tag)).code == 149
    nothing_installed(bench)


RPM = "/usr/local/bin/rpm"


@case("check.rpm-database-is-rebuilt-once", family=Family.TAR, needs=Needs.VERSIONS)
def rpm_database(bench: Bench) -> None:
    """An rpm that fails is asked to rebuild its database and is asked again, and only then 97 (read)."""
    broken = 'echo "$*" >>/run/asr-rpm; exit 1'
    with seems(bench, **{"redhat-release": "Red Hat Enterprise Linux release 9.4 (Plow)"}):
        try:
            bench.sh(f"printf '#!/bin/sh\\n%s\\n' '{broken}' >{RPM}; chmod 755 {RPM}")
            run = bench.install(*CLASSIC, archive=bench.archive(tag="RHEL9-64"))
        finally:
            asked = bench.sh(f"cat /run/asr-rpm; rm -f {RPM} /run/asr-rpm").output.splitlines()
    assert run.code == 97
    assert asked == ["-qa", "--rebuilddb", "-qa"]
    assert "ASRMobilityServiceInstallerRPMDatabaseInconsistent" in bench.state().errors
    assert bench.exists(f"{run.directory}/{LOCK}") == []
    nothing_installed(bench)


@case("check.notices-93")
def notices(bench: Bench) -> None:
    """Without Third-Party_Notices.txt it ends 93."""
    assert bench.install(*CLASSIC, before="rm Third-Party_Notices.txt").code == 93
    nothing_installed(bench)


@case("check.space-97")
def space(bench: Bench) -> None:
    """With less than 250 MB for the install directory it ends 97 and says so in the error file."""
    assert bench.install(*CLASSIC, "-d", SMALL).code == 97
    found = json.loads(bench.state().errors)["Errors"]
    assert [entry["error_name"] for entry in found] == [
        "ASRMobilityServiceInstallerFailedDueToLessSpaceInInstallationDirectory"
    ]
    expected = {"InstallationDirectory", "InstallationDevice", "AvailableFreeSpace", "RequiredFreeSpace"}
    assert set(found[0]["error_params"]) == expected
    assert not bench.state().installed


@case("check.prerequisites-99", traps=("prerequisites-collected",))
def prerequisites(bench: Bench) -> None:
    """All failed prerequisites are collected in the error file, exit 99."""
    try:
        char = '"/lib/modules/$(uname -r)/kernel/drivers/char"'
        hide = f'for p in $(which -a dhclient); do mv $p $p.away; done; mv {char} "/lib/modules/char.away"'
        run = bench.install(*CLASSIC, before=hide)
    finally:
        bench.sh(
            "for p in /usr/sbin/dhclient.away /sbin/dhclient.away; do [ ! -e $p ] || mv $p ${p%.away}; done; "
            f"mv /lib/modules/char.away {char}"
        )
    assert run.code == 99
    entries = json.loads(bench.state().errors)["Errors"]
    found = {entry["error_name"]: entry["error_params"] for entry in entries}
    assert found.keys() >= {"ASRMobilityServiceKernelDirectoryNotExist", "ASRMobilityServiceDhcpClientNotAvailable"}
    assert "KernelVersion" in found["ASRMobilityServiceKernelDirectoryNotExist"]
    assert found["ASRMobilityServiceDhcpClientNotAvailable"]["Package"] in ("isc-dhcp-client", "dhclient")
    nothing_installed(bench)


@case("check.kernel-not-listed-99", family=Family.TAR)
def kernel_not_listed(bench: Bench) -> None:
    """A running kernel that is no line of supported_kernels fails the prerequisites."""
    assert bench.install(*CLASSIC, before="echo 5.10.0-1-amd64 >supported_kernels").code == 99
    assert "ASRMobilityServiceKernelNotSupported" in bench.state().errors


@case("check.certificates-110")
def certificates(bench: Bench) -> None:
    """When gencert fails it ends 110 without a structured error."""
    assert bench.install(*CLASSIC, before=r"printf '#!/bin/sh\nexit 1\n' >gencert").code == 110
    assert bench.exists(ERRORS) == []


@case("check.inner-script-179")
def inner_script(bench: Bench) -> None:
    """install_vx called directly ends 179."""
    assert bench.install("--help", call="bash ./install_vx").code == 179


@case("lock.live-1")
def lock_live(bench: Bench) -> None:
    """A lock file of a living process ends the run with 1, and stays."""
    run = bench.install(*CLASSIC, before=f"echo 1 >{LOCK}")
    assert run.code == 1
    assert bench.exists(f"{run.directory}/{LOCK}")
    nothing_installed(bench)


@case("lock.stale-1")
def lock_stale(bench: Bench) -> None:
    """A stale lock file ends the run with 1 too, with another text."""
    live = bench.install(*CLASSIC, before=f"echo 1 >{LOCK}")
    stale = bench.install(*CLASSIC, before=f"echo 4194303 >{LOCK}")
    assert (live.code, stale.code) == (1, 1)
    assert live.output.splitlines()[-2] != stale.output.splitlines()[-2]


@case("lock.removed-after-a-run")
def lock_removed(bench: Bench) -> None:
    """A run that ends by itself removes its lock."""
    assert bench.exists(f"{bench.installed().directory}/{LOCK}") == []


def wait_for(bench: Bench, line: str, times: int = 1) -> None:
    """Wait until the double has written such a line that often to its record; AssertionError after 20 seconds."""
    script = f"""for try in $(seq 1 200); do
        [ "$(grep -c '{line}' {RUNS} 2>/dev/null)" -ge {times} ] && exit 0; sleep 0.1
    done; exit 1"""
    assert bench.sh(script).code == 0, f"never recorded: {line}"


def interrupted(bench: Bench, signal: str) -> Run:
    """Send a signal to an installer in the middle of its work, let it go on, and wait for its end."""
    bench.inject("install:hang=driver")
    place = bench.extract()
    start = f"cd {place}; nohup ./install {' '.join(CLASSIC)} </dev/null >out 2>&1 & echo $! >{place}/pid"
    bench.sh(f"({start}); sleep 0.1")
    wait_for(bench, "hang install")
    script = f"""
    pid=$(cat {place}/.install.lck); inner=$(pgrep -P $pid -f install_vx); kill -{signal} $pid; sleep 0.5
    mkdir -p /run/asr-double; : >/run/asr-double/release
    while [ -d /proc/$inner ] || {{ [ -d /proc/$pid ] && [ "$(cut -d' ' -f3 /proc/$pid/stat)" != Z ]; }}; do
        sleep 0.1
    done
    cat {place}/out"""
    return Run(0, bench.sh(script).output, place)


@case("signal.term-ends-1-but-installs", traps=("signal-exits-one",), needs=Needs.FAULTS)
def term(bench: Bench) -> None:
    """SIGTERM: the inner script completes, exit 1 although the agent is installed, the lock is removed.

    The double records the signal, so that other tests can prove that none was sent.
    """
    run = interrupted(bench, "TERM")
    assert run.last_line == "Installer exiting with code: 1"
    assert bench.state().installed
    assert bench.exists(f"{run.directory}/{LOCK}") == []
    assert " signal install pid=" in bench.sh(f"cat {RUNS}").output


@case("signal.kill-leaves-the-lock", needs=Needs.FAULTS)
def kill(bench: Bench) -> None:
    """SIGKILL: the lock stays, the inner script goes on; a rerun ends 1 there and 98 elsewhere."""
    run = interrupted(bench, "KILL")
    assert bench.state().installed
    assert bench.exists(f"{run.directory}/{LOCK}")
    bench.inject()
    assert bench.install(*CLASSIC, directory=run.directory).code == 1
    assert bench.install(*CLASSIC).code == 98


@case("lock.is-only-for-one-directory", needs=Needs.FAULTS)
def two_directories(bench: Bench) -> None:
    """Two runs from two directories do not exclude each other; both end 0."""
    bench.inject("install:hang=payload")
    places = [bench.extract(), bench.extract()]
    for place in places:
        call = f"./install {' '.join(CLASSIC)} </dev/null >out 2>&1; echo $? >rc"
        bench.sh(f"cd {place}; ( {call} ) >/dev/null 2>&1 &")
        wait_for(bench, "hang install", times=places.index(place) + 1)
    done = "; ".join(f"while [ ! -s {place}/rc ]; do sleep 0.1; done; cat {place}/rc" for place in places)
    run = bench.sh(f"mkdir -p /run/asr-double; : >/run/asr-double/release; {done}")
    assert run.output.split() == ["0", "0"]
