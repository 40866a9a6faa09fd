"""What a fresh installation leaves on the host, whole or broken off."""

from __future__ import annotations

import json
import re

from conformance.bench import CLASSIC, DEFAULT_HOST_ID, ERRORS, PRIME, Bench
from conformance.case import Family, Needs, case

UNITS = {"vxagent", "uarespawnd", "vConService_linux", "involflt_start", "involflt_stop"}
VX = "/usr/local/ASR/Vx"
REMAINS = ("/usr/local/ASR", "/usr/local/InMage", "/usr/local/.vx_host_id")


@case("fresh.enabled-but-not-running", traps=("installed-not-running",))
def not_running(bench: Bench) -> None:
    """After a fresh installation the units are enabled and inactive, the daemons do not run, the driver is loaded."""
    bench.installed()
    state = bench.state()
    assert state.enabled >= UNITS
    assert not state.service_active
    assert not state.running
    assert state.driver_loaded


@case("fresh.version-file", family=Family.TAR)
def version_file(bench: Bench) -> None:
    """/usr/local/.vx_version is a link into the prefix with the known keys and no registration status; a manifest."""
    bench.installed()
    assert bench.exists("/usr/local/.vx_install_manifest")
    state = bench.state()
    assert state.version_is_link
    keys = {"VERSION", "PROD_VERSION", "INSTALLATION_DIR", "VERSION_FILE_PARENT_DIR", "BUILD_TAG", "OS_BUILT_FOR"}
    assert keys | {"INSTALLATION_TIMESTAMP", "VM_PLATFORM", "TAR_FILE_NAME"} <= state.version.keys()
    assert re.fullmatch(r"RELEASE_[\d.]+_GA_\d+_\w{3}_\d\d_\d{4}_INMAGE", state.version["BUILD_TAG"])
    assert state.status is None


@case("fresh.never-configured-values")
def defaults(bench: Bench) -> None:
    """Before the configurator: the default HostId, an empty Hostname, port 80."""
    bench.installed()
    conf = bench.state().conf
    assert (conf["HostId"], conf["Hostname"], conf["Port"]) == (DEFAULT_HOST_ID, "", "80")
    assert (conf["CSType"], conf["VmPlatform"], conf["Role"]) == ("CSLegacy", "VmWare", "Agent")


@case("fresh.modernized-counts-as-classic", traps=("stack-unknown-until-configured",))
def stack_unknown(bench: Bench) -> None:
    """install -c CSPrime leaves CSType=CSLegacy until the first successful authentication."""
    bench.installed(*PRIME)
    assert bench.state().conf["CSType"] == "CSLegacy"


@case("fresh.program-links")
def links(bench: Bench) -> None:
    """svagents is a link: V2A for classic, A2A for modernized."""
    for options, flavour in ((CLASSIC, "V2A"), (PRIME, "A2A")):
        bench.reset()
        bench.installed(*options)
        target = bench.sh(f"readlink {VX}/bin/svagents; readlink {VX}/bin/s2").output
        assert target.count(flavour) == 2


@case("fresh.files")
def files(bench: Bench) -> None:
    """The known places exist: prefix, private directories, /etc/vxagent, driver file, links in /usr/local."""
    bench.installed()
    places = (
        *("/usr/local/ASR/uninstall.sh", "/usr/local/ASR/Third-Party_Notices.txt", "/usr/local/drscout.conf"),
        *("/usr/local/.vx_host_id", "/usr/local/InMage/private"),
        *("/usr/local/InMage/certs", "/usr/local/InMage/fingerprints", "/usr/local/InMage/config/RCMInfo.conf"),
        *("/etc/vxagent/bin/vxagent", "/etc/vxagent/backup/.vx_version", "/etc/vxagent/orig_initrd_images"),
        *(f"{VX}/scripts/vCon/OS_details.sh", f"{VX}/bin/UnifiedAgentConfigurator.sh", "/var/log/ua_install.log"),
        *("/dev/involflt", "/etc/systemd/system/vxagent.service", "/etc/init.d/boottimemirroring_phase1"),
    )
    assert set(places) - set(bench.exists(*places)) == set()
    assert bench.sh('ls "/lib/modules/$(uname -r)/kernel/drivers/char/involflt.ko"').code == 0


@case("fresh.no-error-file")
def no_errors(bench: Bench) -> None:
    """After a success there is no JSON error file."""
    bench.installed()
    assert bench.exists(ERRORS) == []


@case("fresh.summary-says-upgrade", traps=("fresh-recorded-as-upgrade",))
def summary(bench: Bench) -> None:
    """The telemetry summary of a fresh success calls it Upgrade, with the exit code as a string."""
    bench.installed()
    text = bench.sh("cat /var/log/ASRsetuptelemetry/ASRinstallsummary_*.json").output
    found = json.loads(text)
    assert (found["InstallType"], found["InstallStatus"], found["ExitCode"]) == ("Upgrade", "Success", "0")


@case("fresh.identity-of-the-system")
def system_identity(bench: Bench) -> None:
    """OS_details.sh prints the tag when given an argument, nothing without one, and always ends 0."""
    bench.installed()
    tool = f"bash {VX}/scripts/vCon/OS_details.sh"
    assert bench.sh(f"{tool} x").output.strip() == bench.state().version["OS_BUILT_FOR"]
    run = bench.sh(tool)
    assert (run.code, run.output.strip()) == (0, "")


@case("broken.driver-does-not-load-208", traps=("driver-failure-leaves-tree",))
def driver_not_loading(bench: Bench) -> None:
    """When the driver does not load it ends 208: the files stay, without .vx_version and without a rollback."""
    run = bench.install(*CLASSIC, before="mkdir -p /run/asr-lab; : >/run/asr-lab/modprobe-fails")
    assert run.code == 208
    assert not bench.state().installed
    assert bench.exists(f"{VX}/bin/svagents", ERRORS) == [f"{VX}/bin/svagents"]


@case("broken.initrd-164-is-rolled-back", traps=("rollback-leaves-remains",), needs=Needs.FAULTS)
def initrd_rolled_back(bench: Bench) -> None:
    """164 is rolled back; the empty prefix, /usr/local/InMage and .vx_host_id remain."""
    bench.inject("install:exit=164")
    assert bench.install(*CLASSIC).code == 164
    state = bench.state()
    assert not state.installed
    assert not state.driver_loaded
    assert not state.enabled
    assert bench.exists(*REMAINS, VX) == list(REMAINS)


@case("broken.before-metadata-is-repaired-by-a-rerun", needs=Needs.FAULTS)
def interrupted_early(bench: Bench) -> None:
    """Broken off before the metadata: files without .vx_version, uninstall.sh ends 1, a rerun installs with 0."""
    bench.inject("install:die=driver")
    assert bench.install(*CLASSIC).code == 137
    assert not bench.state().installed
    assert len(bench.exists(VX, "/usr/local/drscout.conf")) == 2
    assert bench.uninstall("-Y").code == 1
    bench.inject()
    bench.installed()
