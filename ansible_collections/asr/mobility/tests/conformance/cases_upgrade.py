"""An installer on a host that has an agent: rerun, upgrade, downgrade, change of stack or platform, repair."""

from __future__ import annotations

from conformance.bench import CLASSIC, DEFAULT_HOST_ID, LOCK, PRIME, VERSION_LINK, Bench, seems
from conformance.case import Needs, case

CONF = "/usr/local/ASR/Vx/etc/drscout.conf"
REBOOT = "ASRMobiityServiceInstallerLinuxRecommendedReboot"
HIGHER = (
    "sed -i --follow-symlinks -e 's/^VERSION=.*/VERSION=99.1.0.0/' "
    f"-e 's/^BUILD_TAG=.*/BUILD_TAG=RELEASE_99.1.0.0_GA_7000_Jan_01_2030_INMAGE/' {VERSION_LINK}"
)


def set_conf(key: str, value: str) -> str:
    """Shell text that changes a key of drscout.conf."""
    return f"sed -i --follow-symlinks 's|^{key} *=.*|{key}={value}|' {CONF}"


@case("rerun.same-version-98", traps=("upgrade-98",))
def same_version(bench: Bench) -> None:
    """The same version again is a full installation: 98 and a recommendation to restart the host."""
    bench.installed()
    assert bench.install(*CLASSIC).code == 98
    state = bench.state()
    assert REBOOT in state.errors
    assert state.installed


@case("upgrade.higher-version-98", traps=("upgrade-98",), needs=Needs.VERSIONS)
def higher_version(bench: Bench) -> None:
    """A higher version ends 98 and replaces the version; the agent runs afterwards."""
    bench.installed(archive=bench.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    bench.register_classic()
    assert bench.install(*CLASSIC, "-a", "Upgrade").code == 98
    state = bench.state()
    assert state.version["VERSION"] == "9.66.0.0"
    assert state.running


@case("upgrade.registration-survives-its-status", traps=("status-key-lost",), needs=Needs.REGISTRATION)
def status_lost(bench: Bench) -> None:
    """An upgrade drops AGENT_CONFIGURATION_STATUS although the agent stays registered and runs."""
    bench.installed()
    assert bench.register_classic().code == 0
    before = bench.state().conf
    assert bench.install(*CLASSIC).code == 98
    state = bench.state()
    assert state.status is None
    assert state.version_is_link
    assert [state.conf[key] for key in ("HostId", "Hostname", "Port", "CSType")] == [
        before[key] for key in ("HostId", "Hostname", "Port", "CSType")
    ]
    assert state.running


@case("upgrade.spacing-changes", traps=("configuration-respaced",))
def spacing(bench: Bench) -> None:
    """'Port = 80' of drscout.conf becomes 'Port=80'."""
    bench.installed()
    assert "Port = 80" in bench.state().conf_lines
    bench.install(*CLASSIC)
    assert "Port=80" in bench.state().conf_lines


@case("upgrade.leaves-a-backup", traps=("backup-left-behind",))
def backup(bench: Bench) -> None:
    """The extracted directory keeps TEMP with the whole old tree and its drscout.conf."""
    bench.installed()
    run = bench.install(*CLASSIC)
    listing = bench.sh(f"ls {run.directory}/TEMP").output.split()
    assert any(name.startswith("Old_Install_Backup_") and name.endswith(".tar.gz") for name in listing)
    assert "drscout.conf" in listing


@case("upgrade.starts-an-unconfigured-agent", traps=("upgrade-starts-unconfigured",))
def starts_unconfigured(bench: Bench) -> None:
    """An upgrade starts the service even if the agent was never configured."""
    bench.installed()
    assert not bench.state().running
    assert bench.install(*CLASSIC).code == 98
    assert bench.state().running


@case("upgrade.ignores-the-directory", traps=("directory-ignored-on-upgrade",))
def ignores_directory(bench: Bench) -> None:
    """-d is ignored on upgrade: the existing installation directory wins."""
    bench.installed()
    assert bench.install(*CLASSIC, "-d", "/opt").code == 98
    assert bench.state().version["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"
    assert bench.exists("/opt/ASR") == []


@case("upgrade.ignores-the-role", traps=("role-overwritten",))
def ignores_role(bench: Bench) -> None:
    """-r is overwritten by the role in drscout.conf: -r MT on an agent ends 98 and it stays an agent."""
    bench.installed()
    assert bench.install("-q", "-r", "MT", "-v", "VmWare", "-c", "CSLegacy").code == 98
    assert bench.state().conf["Role"] == "Agent"


@case("upgrade.keeps-changed-values")
def keeps_values(bench: Bench) -> None:
    """Values a person changed in drscout.conf survive."""
    bench.installed()
    bench.sh(set_conf("LogLevel", "7"))
    bench.install(*CLASSIC)
    assert bench.state().conf["LogLevel"] == "7"


@case("upgrade.type-install-upgrades")
def type_install(bench: Bench) -> None:
    """-a Install on an installed host upgrades."""
    bench.installed()
    assert bench.install(*CLASSIC, "-a", "Install").code == 98


@case("stack.to-modernized-leaves-stopped", traps=("migration-leaves-stopped",), needs=Needs.REGISTRATION)
def migration(bench: Bench) -> None:
    """Classic to modernized: 98, PlatformChangeToCSPrime=true, the service stays stopped until configured."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.install(*PRIME, "-a", "Install").code == 98
    state = bench.state()
    assert state.conf["PlatformChangeToCSPrime"] == "true"
    assert not state.running


@case("stack.unconfigured-modernized-needs-type-install")
def unconfigured_prime(bench: Bench) -> None:
    """An installed, never configured modernized agent is rerun with -c CSPrime -a Install: 98."""
    bench.installed(*PRIME)
    assert bench.install(*PRIME, "-a", "Install").code == 98


@case("stack.upgrade-to-modernized-97", traps=("lock-leak-97",))
def mismatch_upgrade(bench: Bench) -> None:
    """Classic installed, -c CSPrime -a Upgrade: 97 with the mismatch in the error file; the lock stays."""
    bench.installed()
    run = bench.install(*PRIME, "-a", "Upgrade")
    assert run.code == 97
    assert "ASRMobilityServiceInstallerCSTypeMismatch" in bench.state().errors
    assert bench.exists(f"{run.directory}/{LOCK}")
    assert bench.install(*PRIME, directory=run.directory).code == 1


@case("stack.back-to-classic-97", traps=("stack-mismatch-refused",))
def back_to_classic(bench: Bench) -> None:
    """Modernized installed and configured, -c CSLegacy: 97 with the mismatch in the error file."""
    bench.installed(*PRIME)
    bench.sh(set_conf("CSType", "CSPrime"))
    assert bench.install(*CLASSIC).code == 97
    assert "ASRMobilityServiceInstallerCSTypeMismatch" in bench.state().errors


@case("stack.no-option-means-classic-before-9.55", needs=Needs.VERSIONS)
def no_stack_option(bench: Bench) -> None:
    """9.50 without -c on a configured modernized agent: 97."""
    old = bench.archive(version="9.50.0.0", build=6409, date="20Jul2022")
    bench.installed(*PRIME, archive=old)
    bench.sh(set_conf("CSType", "CSPrime"))
    assert bench.install("-q", "-r", "MS", "-v", "VmWare", archive=old).code == 97


@case("platform.to-azure-leaves-stopped", traps=("migration-leaves-stopped",))
def to_azure(bench: Bench) -> None:
    """VmWare to Azure: 98, PlatformChange=VmWareToAzure, the service stays stopped, the stack is kept."""
    bench.installed()
    assert bench.install("-q", "-r", "MS", "-v", "Azure", "-c", "CSLegacy").code == 98
    state = bench.state()
    assert state.conf["PlatformChange"] == "VmWareToAzure"
    assert state.conf["CSType"] == "CSLegacy"
    assert not state.running


@case("platform.from-azure-76")
def from_azure(bench: Bench) -> None:
    """Azure to VmWare: 76."""
    bench.installed("-q", "-r", "MS", "-v", "Azure", "-c", "CSLegacy")
    assert bench.install(*CLASSIC).code == 76


@case("upgrade.old-driver-stays-loaded", traps=("driver-stays-loaded",), needs=Needs.VERSIONS)
def driver_in_memory(bench: Bench) -> None:
    """An upgrade replaces the driver's file, not the driver in memory: inm_dmit tells the old version.

    The words are read in Microsoft's resync script (Azure/Azure-SiteRecovery): commas, then 1, then the build.
    """
    bench.installed(archive=bench.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    tool = "/usr/local/ASR/Vx/bin/inm_dmit --op=get_driver_version | grep Product"
    assert bench.sh(tool).output.split() == ["Product", "Version", "9,65,1,7488"]
    assert bench.install(*CLASSIC).code == 98
    assert bench.sh(tool).output.split() == ["Product", "Version", "9,65,1,7488"]
    assert "version=9,66,1,7567" in bench.sh('cat "/lib/modules/$(uname -r)/kernel/drivers/char/involflt.ko"').output


@case("upgrade.driven-by-the-appliance", needs=Needs.REGISTRATION)
def appliance_upgrade(bench: Bench) -> None:
    """AgentUpgrade.sh takes 98 for success, registers the source agent again and reports to the appliance: 0 (read)."""
    bench.installed(*PRIME, archive=bench.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    assert bench.register_prime().code == 0
    before = bench.state().conf["HostId"]
    bench.sh("rm /var/log/AzureRcmCli.log")
    assert bench.sh(f"cd {bench.extract()} && echo {{}} >job && ./AgentUpgrade.sh -j job").code == 0
    asked = [line.split()[-1] for line in bench.sh("cat /var/log/AzureRcmCli.log").output.splitlines()]
    assert asked == ["getagentconfiginput", "registersourceagent", "completeagentupgrade"]
    assert ("end", "install", "rc=98") in bench.recorded()
    state = bench.state()
    assert (state.version["VERSION"], state.conf["HostId"], state.running) == ("9.66.0.0", before, True)


@case("upgrade.driven-by-the-appliance-refuses-classic", needs=Needs.REGISTRATION)
def appliance_upgrade_of_classic(bench: Bench) -> None:
    """AgentUpgrade.sh asks for the modernized stack: on a classic agent it ends 97 and registers nothing (read)."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.sh(f"cd {bench.extract()} && echo {{}} >job && ./AgentUpgrade.sh -j job").code == 97
    assert bench.exists("/var/log/AzureRcmCli.log") == []
    assert bench.state().running


@case("upgrade.faulty-driver-means-a-new-agent", traps=("faulty-driver-uninstalled",), needs=Needs.VERSIONS)
def faulty_driver(bench: Bench) -> None:
    """9.47 and 9.48 to build 6308, on systems whose kernels they harm, are removed first: 0, not registered (read).

    9.48 build 6309 is upgraded like any other: 98.
    """
    with seems(bench, debian_version="10.13"):
        new = bench.archive(tag="DEBIAN10-64")
        for version, build, code in (("9.47.0.0", 6219, 0), ("9.48.0.0", 6308, 0), ("9.48.0.0", 6309, 98)):
            bench.reset()
            old = bench.archive(tag="DEBIAN10-64", version=version, build=build, date=f"{build % 28 + 1}Jan2022")
            bench.installed(archive=old)
            assert bench.register_classic().code == 0
            assert bench.install(*CLASSIC, "-a", "Upgrade", archive=new).code == code
            state = bench.state()
            assert (state.conf["HostId"] == DEFAULT_HOST_ID, state.running) == (code == 0, code == 98)
            assert state.version["VERSION"] == "9.66.0.0"
            assert (("end", "unregister", "rc=0") in bench.recorded()) == (code == 0)


@case("upgrade.disk-full-159", needs=Needs.FAULTS)
def disk_full(bench: Bench) -> None:
    """A disk that fills up while the payload is unpacked: 159, the agent stopped, old record, new and old files mixed.

    There is no way back but forward: the same installer, once there is space, ends 98.
    """
    bench.installed(archive=bench.archive(version="9.65.0.0", build=7488, date="23Apr2025"))
    bench.register_classic()
    bench.inject("install:no-space-left")
    assert bench.install(*CLASSIC).code == 159
    state = bench.state()
    assert (state.version["VERSION"], state.running, state.stopped_on_purpose) == ("9.65.0.0", False, True)
    drivers = bench.sh("cat /usr/local/ASR/Vx/bin/drivers/*").output
    assert "9,65,1,7488" in drivers
    bench.inject()
    assert bench.install(*CLASSIC).code == 98
    assert bench.state().running


@case("downgrade.classic-15")
def downgrade_classic(bench: Bench) -> None:
    """A lower version with -c CSLegacy: 15, without a structured error."""
    bench.installed()
    bench.sh(HIGHER)
    assert bench.install(*CLASSIC).code == 15
    assert bench.state().errors == ""


@case("downgrade.modernized-97")
def downgrade_prime(bench: Bench) -> None:
    """A lower version with -c CSPrime: 97 and an entry in the error file."""
    bench.installed(*PRIME)
    bench.sh(HIGHER)
    assert bench.install(*PRIME).code == 97
    assert "ASRMobilityServiceInstallerDowngradeAgentNotSupported" in bench.state().errors


@case("downgrade.compares-joined-digits", traps=("joined-digit-compare",), needs=Needs.VERSIONS)
def joined_digits(bench: Bench) -> None:
    """10.1 build 700 counts as lower than 9.66 build 7567: the digits are joined to one number."""
    bench.installed()
    assert bench.install(*CLASSIC, archive=bench.archive(version="10.1.700.1")).code == 15


@case("repair.version-file-from-backup", traps=("version-repaired",))
def repaired(bench: Bench) -> None:
    """An empty or damaged .vx_version is repaired from its backup: 98."""
    bench.installed()
    for damage in (f": >{VERSION_LINK}", f"echo damaged >{VERSION_LINK}"):
        bench.sh(damage)
        assert bench.install(*CLASSIC).code == 98
        assert "BUILD_TAG" in bench.state().version


@case("repair.no-backup-97")
def not_repaired(bench: Bench) -> None:
    """Without the backup a damaged .vx_version ends 97 with an internal error."""
    bench.installed()
    bench.sh(f": >{VERSION_LINK}; rm /etc/vxagent/backup/.vx_version")
    assert bench.install(*CLASSIC).code == 97
    assert "ASRMobilityServiceInternalError" in bench.state().errors
