"""The rpm families: what rpm knows of the agent, and what the installer makes of an rpm that is missing or broken.

The database is a real one, and so is the rpm that works with it. What the facts only say of the scripts' text is marked
as read; nobody has watched Microsoft's installer on these systems for us.
"""

from __future__ import annotations

from conformance.bench import CLASSIC, LOCK, PRIME, Bench
from conformance.case import Family, Needs, case
from conformance.cases_options import nothing_installed

VX = "/usr/local/ASR/Vx"
OLD = {"version": "9.65.0.0", "build": 7488, "date": "23Apr2025"}
DATABASE = "/var/lib/rpm/rpmdb.sqlite"
DAMAGE = f"cp -p {DATABASE} /run/kept && dd if=/dev/zero of={DATABASE} bs=4096 count=1 conv=notrunc 2>/dev/null"
HEAL = f"cat /run/kept >{DATABASE}; rm -f {DATABASE}-* /run/kept"
HOLD = (  # rpm takes a POSIX lock, which no shell can; struct flock as on x86_64
    'perl -e \'use Fcntl; open(F, "+<", "/var/lib/rpm/.rpm.lock");'
    ' my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);'
    " fcntl(F, F_SETLK, $lock) or die; sleep 60' >/dev/null 2>&1 & echo $! >/run/holder; sleep 1"
)
PACKAGES = "rpm -qa InMageVx"


def packages(bench: Bench) -> list[str]:
    return bench.sh(PACKAGES).output.split()


def package_name(bench: Bench, version: str | None = None) -> str:
    """The package of a version; of the archive under test when None."""
    return f"InMageVx-{version or bench.product_version}-1.x86_64"


@case("rpm.package", family=Family.RPM)
def package(bench: Bench) -> None:
    """The agent is the package InMageVx-<VERSION>-1.x86_64, relocated from /InMage/Vx into the prefix (read)."""
    bench.installed()
    assert packages(bench) == [package_name(bench)]
    asked = bench.sh("rpm -q --qf '%{SUMMARY}|%{PREFIXES}|%{INSTPREFIXES}' InMageVx").output.strip()
    assert asked == f"Inmage Volume Replication Agent|/InMage/Vx|{VX}"
    assert bench.sh(f"rpm -qf {VX}/bin/AzureRcmCli").output.strip() == package_name(bench)


@case("rpm.record", family=Family.RPM)
def record(bench: Bench) -> None:
    """The record names RPM_PACKAGE and RPM_NAME instead of a tar, and there is no manifest (read)."""
    bench.installed()
    version = bench.state().version
    assert version["RPM_PACKAGE"] == package_name(bench).removesuffix(".x86_64")
    assert version["RPM_NAME"] == f"{package_name(bench)}.rpm"
    assert "TAR_FILE_NAME" not in version
    assert bench.exists("/usr/local/.vx_install_manifest", f"{VX}/.vx_install_manifest") == []


@case("rpm.other-prefix", family=Family.RPM)
def other_prefix(bench: Bench) -> None:
    """With -d /opt the package is relocated to /opt/ASR/Vx."""
    bench.installed(*CLASSIC, "-d", "/opt")
    assert bench.sh("rpm -q --qf '%{INSTPREFIXES}' InMageVx").output.strip() == "/opt/ASR/Vx"
    assert bench.uninstall("-Y", call="/opt/ASR/uninstall.sh").code == 0
    assert packages(bench) == []


@case("rpm.drivers-beside-the-programs", family=Family.RPM)
def drivers(bench: Bench) -> None:
    """On Red Hat's releases the drivers lie in bin/, not in bin/drivers (read)."""
    bench.installed()
    assert bench.sh(f'ls "{VX}/bin/involflt.ko.$(uname -r)"').code == 0
    assert bench.exists(f"{VX}/bin/drivers") == []
    assert bench.state().driver_loaded


@case("rpm.upgrade-leaves-one-package", family=Family.RPM, needs=Needs.VERSIONS)
def upgrade(bench: Bench) -> None:
    """After an upgrade, and after the same version again, rpm knows one package, that of the new version: 98."""
    bench.installed(archive=bench.archive(**OLD))
    assert packages(bench) == [package_name(bench, "9.65.0.0")]
    for _time in range(2):
        assert bench.install(*CLASSIC).code == 98
        assert packages(bench) == [package_name(bench)]
    assert bench.state().conf["Port"] == "80"


@case("rpm.life-of-a-registered-agent", family=Family.RPM, needs=Needs.REGISTRATION)
def registered(bench: Bench) -> None:
    """Registration, upgrade and removal go as in the other families, on both stacks."""
    for options in (CLASSIC, PRIME):
        bench.reset()
        bench.installed(*options, archive=bench.archive(**OLD))
        done = bench.register_prime() if options is PRIME else bench.register_classic()
        assert done.code == 0
        host_id = bench.state().conf["HostId"]
        assert bench.install(*options).code == 98
        state = bench.state()
        assert (state.running, state.conf["HostId"]) == (True, host_id)
        assert bench.uninstall("-Y").code == 0
        assert (bench.state().installed, packages(bench)) == (False, [])


@case("rpm.uninstall-erases-the-package", family=Family.RPM)
def uninstall(bench: Bench) -> None:
    """uninstall.sh removes the package, and the empty prefix stays."""
    bench.installed()
    assert bench.uninstall("-Y").code == 0
    assert packages(bench) == []
    assert bench.exists(VX, "/usr/local/ASR", "/usr/local/.vx_version") == ["/usr/local/ASR"]
    assert bench.state().enabled == set()


@case("rpm.busy-driver-keeps-the-package", family=Family.RPM)
def busy(bench: Bench) -> None:
    """With the driver busy the package stays; the extracted script removes it afterwards."""
    bench.installed()
    bench.uninstall("-Y", before="mkdir -p /run/asr-lab; : >/run/asr-lab/module-busy")
    assert packages(bench) == [package_name(bench)]
    bench.sh("rm /run/asr-lab/module-busy")
    assert bench.uninstall("-Y", call=f"{bench.extract()}/uninstall.sh").code == 0
    assert packages(bench) == []


@case("rpm.rolled-back-164", family=Family.RPM, needs=Needs.FAULTS)
def rolled_back(bench: Bench) -> None:
    """A rollback takes the package back."""
    bench.inject("install:exit=164")
    assert bench.install(*CLASSIC).code == 164
    assert (bench.state().installed, packages(bench)) == (False, [])


@case("rpm.broken-off-before-the-record", family=Family.RPM, needs=Needs.FAULTS)
def broken_off(bench: Bench) -> None:
    """Broken off before the metadata rpm knows the package and there is no record; a rerun installs with 0."""
    bench.inject("install:die=driver")
    assert bench.install(*CLASSIC).code == 137
    assert (bench.state().installed, packages(bench)) == (False, [package_name(bench)])
    bench.inject()
    bench.installed()
    assert packages(bench) == [package_name(bench)]


@case("rpm.full-disk-159", family=Family.RPM, needs=Needs.FAULTS)
def full_disk(bench: Bench) -> None:
    """When the disk is full in the middle of the package it ends 159; half of the files are there, unknown to rpm."""
    bench.inject("install:no-space-left")
    assert bench.install(*CLASSIC).code == 159
    assert bench.exists(f"{VX}/bin") == [f"{VX}/bin"]
    assert (bench.state().installed, packages(bench)) == (False, [])


@case("rpm.missing-95", family=Family.RPM)
def missing(bench: Bench) -> None:
    """Without the program rpm it ends 95, without a structured error (read)."""
    try:
        bench.sh("mv /usr/bin/rpm /usr/bin/rpm.away")
        assert bench.install(*CLASSIC).code == 95
    finally:
        bench.sh("mv /usr/bin/rpm.away /usr/bin/rpm")
    nothing_installed(bench)


@case("rpm.broken-database-97", family=Family.RPM)
def broken_database(bench: Bench) -> None:
    """A database that no rebuild repairs ends 97, is named in the error file, and leaves no lock (read)."""
    try:
        assert bench.sh(DAMAGE).code == 0
        run = bench.install(*CLASSIC)
    finally:
        bench.sh(HEAL)
    assert run.code == 97
    assert "ASRMobilityServiceInstallerRPMDatabaseInconsistent" in bench.state().errors
    assert bench.exists(f"{run.directory}/{LOCK}") == []
    nothing_installed(bench)


@case("rpm.broken-database-injected", family=Family.RPM, needs=Needs.FAULTS)
def broken_database_injected(bench: Bench) -> None:
    """The fault rpm:broken gives the same where rpm itself is well."""
    bench.inject("rpm:broken")
    assert bench.install(*CLASSIC).code == 97
    assert "ASRMobilityServiceInstallerRPMDatabaseInconsistent" in bench.state().errors


@case("rpm.broken-database-and-an-uninstaller", family=Family.RPM)
def uninstall_with_broken_database(bench: Bench) -> None:
    """With a broken database uninstall.sh ends 0 and leaves the record, without a program (assumed from its order)."""
    bench.installed()
    try:
        assert bench.sh(DAMAGE).code == 0
        assert bench.uninstall("-Y").code == 0
    finally:
        bench.sh(HEAL)
    assert bench.state().installed
    assert bench.exists("/usr/local/ASR/uninstall.sh") == []
    assert packages(bench) == [package_name(bench)]


@case("rpm.held-database-159", family=Family.RPM)
def held_database(bench: Bench) -> None:
    """While another program holds the database rpm gives up at once, and so does the installer: 159 (assumed)."""
    run = bench.install(*CLASSIC, before=HOLD)
    bench.sh("kill $(cat /run/holder); rm /run/holder")
    assert run.code == 159, run.output
    assert not bench.state().installed
    assert packages(bench) == []
