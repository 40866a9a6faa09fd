"""The registration of an agent at an appliance (CSPrime), and its undoing."""

from __future__ import annotations

from conformance.bench import PRIME, Bench, State
from conformance.case import Needs, case

SOURCE = "/usr/local/ASR/Vx/etc/SourceConfig.json"
TRIES = "grep -c {} /var/log/AzureRcmCli.log"
UNCONFIGURE = ("-q", "-c", "CSPrime", "-U", "true")


def after(bench: Bench, *faults: str, code: int, more: tuple[str, ...] = ()) -> State:
    """Install, inject, register; assert the exit code and return what is left."""
    bench.installed(*PRIME)
    bench.inject(*faults)
    run = bench.register_prime(*more)
    assert run.code == code, run.output
    return bench.state()


@case("modernized.registered", needs=Needs.REGISTRATION)
def registered(bench: Bench) -> None:
    """A registration sets CSType, keeps the source configuration, links A2A, leaves Hostname empty and runs."""
    state = after(bench, code=0)
    assert (state.conf["CSType"], state.conf["Hostname"], state.status) == ("CSPrime", "", "Succeeded")
    assert state.running
    assert bench.exists(SOURCE)
    assert bench.sh("readlink /usr/local/ASR/Vx/bin/svagents").output.strip() == "svagentsA2A"


@case("modernized.discovery-is-reset-when-omitted", needs=Needs.REGISTRATION)
def discovery(bench: Bench) -> None:
    """-D true writes 1, leaving it out writes 0 again."""
    assert after(bench, code=0, more=("-D", "true")).conf["IsCredentialLessDiscovery"] == "1"
    assert bench.register_prime().code == 0
    assert bench.state().conf["IsCredentialLessDiscovery"] == "0"


@case("modernized.authentication-warning-98", traps=("configurator-98-is-failure",), needs=Needs.FAULTS)
def warning_98(bench: Bench) -> None:
    """A warning of the authentication, four times, ends 98: not registered, status absent, agent stopped."""
    state = after(bench, "rcm:verifyclientauth=1", code=98)
    assert (state.status, state.conf["CSType"], state.running) == (None, "CSLegacy", False)
    assert bench.sh(TRIES.format("verifyclientauth")).output.strip() == "4"


@case("modernized.authentication-error-97", needs=Needs.FAULTS)
def error_97(bench: Bench) -> None:
    """An error of the authentication ends 97 and is in the error file."""
    assert "AzureRcmCli" in after(bench, "rcm:verifyclientauth=2", code=97).errors


@case("modernized.any-failure-97", traps=("csprime-failures-97",), needs=Needs.FAULTS)
def any_failure(bench: Bench) -> None:
    """A specific code of the client becomes 97; 126 is not tried again; the status is Failed."""
    assert after(bench, "rcm:registersourceagent=126", code=97).status == "Failed"
    assert bench.sh(TRIES.format(" registersourceagent")).output.strip() == "1"


@case("modernized.machine-is-tried-three-times", needs=Needs.FAULTS)
def machine_tries(bench: Bench) -> None:
    """registermachine is tried three times."""
    after(bench, "rcm:registermachine=120", code=97)
    assert bench.sh(TRIES.format("registermachine")).output.strip() == "3"


@case("modernized.unpaired-appliance-succeeds", traps=("unpaired-appliance-succeeds",), needs=Needs.FAULTS)
def unpaired(bench: Bench) -> None:
    """129: the appliance is not paired with the cloud yet; 0, CloudPairingStatus=Incomplete."""
    state = after(bench, "rcm:registersourceagent=129", code=0)
    assert state.conf["CloudPairingStatus"] == "Incomplete"


@case("modernized.settings-error-after-status", traps=("status-before-settings",), needs=Needs.FAULTS)
def settings_error(bench: Bench) -> None:
    """When the settings cannot be read: 97, but the status is Succeeded already and the agent stays stopped."""
    state = after(bench, "rcm:getnoncachedsettings=2", code=97)
    assert (state.status, state.running) == ("Succeeded", False)


@case("modernized.settings-warning-0", traps=("settings-warning-swallowed",), needs=Needs.FAULTS)
def settings_warning(bench: Bench) -> None:
    """A warning while reading the settings is swallowed: 0."""
    assert after(bench, "rcm:getnoncachedsettings=1", code=0).running


@case(
    "modernized.hostname-blocks-97", traps=("hostname-blocks-csprime", "csprime-failures-97"), needs=Needs.REGISTRATION
)
def hostname_blocks(bench: Bench) -> None:
    """With Hostname still set and no migration: 97 with a generic error."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.register_prime().code == 97
    assert "ConfiguratorInternalError" in bench.state().errors


@case("modernized.after-migration", needs=Needs.REGISTRATION)
def after_migration(bench: Bench) -> None:
    """After the migration upgrade a classic agent is registered at an appliance, keeping its HostId."""
    bench.installed()
    bench.register_classic()
    before = bench.state().conf["HostId"]
    assert bench.install(*PRIME, "-a", "Install").code == 98
    assert bench.register_prime().code == 0
    conf = bench.state().conf
    assert (conf["CSType"], conf["PlatformChangeToCSPrime"], conf["HostId"]) == ("CSPrime", "false", before)


@case("unconfigure.status-stays", traps=("status-stale-after-unconfigure",), needs=Needs.REGISTRATION)
def unconfigured(bench: Bench) -> None:
    """Unconfigure: 0, HostId empty, source configuration gone, stopped; the status Succeeded stays."""
    after(bench, code=0)
    assert bench.configure(*UNCONFIGURE).code == 0
    state = bench.state()
    assert (state.conf["HostId"], state.running, state.status) == ("", False, "Succeeded")
    assert bench.exists(SOURCE) == []


@case("unconfigure.failures-are-ignored", traps=("unconfigure-failures-ignored",), needs=Needs.FAULTS)
def unconfigure_failing(bench: Bench) -> None:
    """Failures of the appliance do not change the result of unconfigure: 0."""
    after(bench, code=0)
    bench.inject("rcm:unregistersourceagent", "rcm:unregistermachine", "rcm:cleanup")
    assert bench.configure(*UNCONFIGURE).code == 0


@case("unconfigure.other-words-do-nothing", needs=Needs.REGISTRATION)
def unconfigure_words(bench: Bench) -> None:
    """-U with another word, or without -c CSPrime, ends 0 and does nothing."""
    before = after(bench, code=0).conf["HostId"]
    assert bench.configure("-q", "-c", "CSPrime", "-U", "yes").code == 0
    assert bench.configure("-q", "-U", "true").code == 0
    assert bench.state().conf["HostId"] == before


@case("unconfigure.then-configure-again", needs=Needs.REGISTRATION)
def configured_again(bench: Bench) -> None:
    """A later registration writes a new HostId and works."""
    before = after(bench, code=0).conf["HostId"]
    bench.configure(*UNCONFIGURE)
    assert bench.register_prime().code == 0
    state = bench.state()
    assert state.running
    assert state.conf["HostId"] not in ("", before)
