"""The configurator: its options, and the registration at a classic configuration server."""

from __future__ import annotations

import re

from conformance.bench import DEFAULT_HOST_ID, ERRORS, SERVER, SOURCE_CONFIG, VERSION_LINK, Bench
from conformance.case import Family, Needs, case

SECRET = "/usr/local/InMage/private/connection.passphrase"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@case("configurator.usage-ends-0", traps=("configurator-usage-exits-zero",))
def usage(bench: Bench) -> None:
    """Help, an unknown option and a wrong -c print the usage and end 0 with nothing configured."""
    bench.installed()
    for wrong in (["-h"], ["-x"], ["-c", "csprime", "-q"]):
        assert bench.configure(*wrong).code == 0, wrong
    assert bench.state().conf["HostId"] == DEFAULT_HOST_ID


@case("configurator.no-passphrase-file-1")
def no_passphrase(bench: Bench) -> None:
    """A passphrase file that does not exist ends 1."""
    bench.installed()
    assert bench.configure("-i", SERVER, "-P", "/var/tmp/asr.absent").code == 1


@case("configurator.no-source-config-97")
def no_source(bench: Bench) -> None:
    """A source configuration that does not exist ends 97."""
    bench.installed()
    assert bench.configure("-q", "-c", "CSPrime", "-S", "/var/tmp/asr.absent").code == 97


@case("configurator.bare-d-swallows-the-next-word", traps=("bare-d-swallows",))
def bare_d(bench: Bench) -> None:
    """-D without a value swallows -S: 97."""
    bench.installed()
    run = bench.configure("-q", "-c", "CSPrime", "-D", "-S", SOURCE_CONFIG)
    assert run.code == 97


@case("configurator.external-address-3")
def external(bench: Bench) -> None:
    """An external address that is none ends 3."""
    bench.installed()
    assert bench.register_classic(SERVER, "-e", "not-an-address").code == 3


def keeps_asking(bench: Bench, *options: str) -> bool:
    """Run the configurator without input until it has asked ten times or has ended; tell whether it still runs then."""
    script = """: >/var/log/ua_install.log
    for try in $(seq 1 300); do
        if [ ! -d /proc/$configurator ] || [ "$(wc -l </var/log/ua_install.log)" -ge 10 ]; then break; fi
        sleep 0.1
    done
    kill -KILL $configurator"""
    return bench.configure(*options, meanwhile=script).code == 0


@case("configurator.prompts-without-end", traps=("prompt-loops-forever",))
def prompts(bench: Bench) -> None:
    """With a value missing and the input closed the prompt is repeated without end, and fills the log."""
    bench.installed()
    for options in (["-i", SERVER], ["-c", "CSPrime", "-S", SOURCE_CONFIG]):
        assert keeps_asking(bench, *options), options


@case("configurator.no-agent-1", family=Family.TAR)
def no_agent(bench: Bench) -> None:
    """Without an installed agent it ends 1."""
    place = bench.extract()
    unpack = f"cd {place}; mkdir vx; tar -xf InMage_VX_*.tar -C vx"
    assert bench.sh(f"{unpack}; ./vx/bin/UnifiedAgentConfigurator.sh -i {SERVER} -P /etc/passwd </dev/null").code == 1


@case("configurator.errors-are-appended", traps=("configurator-errors-appended",))
def errors_appended(bench: Bench) -> None:
    """The error file is -f here; it is not deleted at the start."""
    bench.installed()
    entry = '{\n\t\t\t"error_name":"EarlierRun",\n\t\t\t"error_params":{},\n\t\t\t"default_message":"x"\n\t\t}'
    old = '{\n\t"Errors":\n\t[\n\t\t' + entry + "\n\t]\n}\n"
    bench.write("/var/tmp/asr.errors.json", old)
    bench.configure("-q", "-c", "CSPrime", "-S", "/var/tmp/asr.absent", "-f", "/var/tmp/asr.errors.json")
    assert "EarlierRun" in bench.sh("cat /var/tmp/asr.errors.json").output


@case("configurator.last-line-tells-the-code")
def last_line(bench: Bench) -> None:
    """The last line of the output tells the exit code."""
    bench.installed()
    run = bench.configure("-i", SERVER, "-P", "/var/tmp/asr.absent")
    assert run.last_line == "Configurator exiting with code: 1"


@case("classic.registered", needs=Needs.REGISTRATION)
def registered(bench: Bench) -> None:
    """A registration gives a HostId, the address and port 443, the status, a backup of the configuration, daemons."""
    bench.installed()
    assert bench.register_classic().code == 0
    state = bench.state()
    assert GUID.fullmatch(state.conf["HostId"])
    assert (state.conf["Hostname"], state.conf["Port"], state.conf["CSType"]) == (SERVER, "443", "CSLegacy")
    assert "Port = 443" in state.conf_lines
    assert state.status == "Succeeded"
    assert state.running
    assert bench.exists("/usr/local/ASR/Vx/drscout.conf.initialbackup", ERRORS) == [
        "/usr/local/ASR/Vx/drscout.conf.initialbackup"
    ]


@case("classic.version-link-becomes-a-file", traps=("symlink-becomes-file",), needs=Needs.REGISTRATION)
def link_becomes_file(bench: Bench) -> None:
    """/usr/local/.vx_version becomes a regular file; only it has the status, the file in the prefix has not."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert not bench.state().version_is_link
    assert "AGENT_CONFIGURATION_STATUS" not in bench.sh("cat /usr/local/ASR/Vx/.vx_version").output
    assert "AGENT_CONFIGURATION_STATUS=Succeeded" in bench.sh(f"cat {VERSION_LINK}").output


@case("classic.passphrase-stays", traps=("passphrase-stays",), needs=Needs.REGISTRATION)
def passphrase_stays(bench: Bench) -> None:
    """The passphrase stays on disk, mode 0700."""
    bench.installed()
    assert bench.register_classic().code == 0
    assert bench.sh(f"stat -c %a {SECRET}").output.strip() == "700"


@case("classic.same-server-again-0", needs=Needs.REGISTRATION)
def same_again(bench: Bench) -> None:
    """The same server again ends 0 and keeps the HostId."""
    bench.installed()
    bench.register_classic()
    before = bench.state().conf["HostId"]
    assert bench.register_classic().code == 0
    assert bench.state().conf["HostId"] == before


@case("classic.other-server-13", needs=Needs.REGISTRATION)
def other_server(bench: Bench) -> None:
    """Another address or another port ends 13 and leaves the agent as it is."""
    bench.installed()
    bench.register_classic()
    assert bench.register_classic("127.0.0.11").code == 13
    assert bench.register_classic(SERVER, "-p", "9443").code == 13
    state = bench.state()
    assert state.conf["Hostname"] == SERVER
    assert state.status == "Succeeded"


@case("classic.unreachable-14", traps=("failed-registration-stops-agent",), needs=Needs.FAULTS)
def unreachable(bench: Bench) -> None:
    """An unreachable server ends 14: the status is absent and a healthy agent is left stopped."""
    bench.installed()
    bench.register_classic()
    bench.inject("cs:unreachable")
    assert bench.register_classic().code == 14
    state = bench.state()
    assert state.status is None
    assert not state.running
    assert state.stopped_on_purpose


@case("classic.registration-fails-17", traps=("failed-registration-stops-agent",), needs=Needs.FAULTS)
def registration_fails(bench: Bench) -> None:
    """A failed registration ends 17 after three tries: Hostname blank, status Failed, agent stopped."""
    bench.installed()
    bench.inject("cdpcli:registerhost")
    assert bench.register_classic().code == 17
    state = bench.state()
    assert (state.conf["Hostname"], state.status, state.running) == ("", "Failed", False)
    assert bench.sh("grep -c registerhost /var/log/cdpcli.log").output.strip() == "3"


@case(
    "classic.zero-with-a-dead-daemon", traps=("zero-with-dead-daemon", "oneshot-active-when-dead"), needs=Needs.FAULTS
)
def dead_daemon(bench: Bench) -> None:
    """With svagents unable to start: 0, Succeeded, unit active, no svagents process."""
    bench.installed()
    bench.inject("svagents:dead")
    assert bench.register_classic().code == 0
    state = bench.state()
    assert state.status == "Succeeded"
    assert state.service_active
    assert not state.running


@case("classic.takes-over-a-modernized-agent", traps=("classic-takes-over-csprime",), needs=Needs.REGISTRATION)
def takes_over(bench: Bench) -> None:
    """A classic registration of a modernized agent is not refused; it becomes classic."""
    bench.installed("-q", "-r", "MS", "-v", "VmWare", "-c", "CSPrime")
    assert bench.register_prime().code == 0
    assert bench.register_classic().code == 0
    assert bench.state().conf["CSType"] == "CSLegacy"


@case("classic.cannot-stop-115", needs=Needs.FAULTS)
def cannot_stop(bench: Bench) -> None:
    """An agent that cannot be stopped ends 115."""
    bench.installed()
    bench.inject("stop:fails")
    assert bench.register_classic().code == 115


@case("status.always-0", traps=("status-always-zero",))
def status(bench: Bench) -> None:
    """bin/status ends 0 also when nothing runs; the text tells."""
    bench.installed()
    run = bench.sh("/usr/local/ASR/Vx/bin/status")
    assert run.code == 0
    assert "VX Agent daemon is not running!" in run.output
    bench.sh("/usr/local/ASR/Vx/bin/start")
    assert "VX Agent daemon is running..." in bench.sh("/usr/local/ASR/Vx/bin/status").output


@case("service.start-is-a-no-op-on-a-dead-agent", traps=("oneshot-active-when-dead",), needs=Needs.FAULTS)
def start_no_op(bench: Bench) -> None:
    """The unit stays active when the daemons are gone, so starting it does nothing; restarting it helps."""
    bench.installed()
    bench.inject("svagents:dead")
    bench.sh("/usr/local/ASR/Vx/bin/start")
    bench.inject()
    bench.sh("systemctl start vxagent")
    assert (bench.state().service_active, bench.state().running) == (True, False)
    bench.sh("systemctl restart vxagent")
    assert bench.state().running


@case("configurator.azure-without-credentials-prompts")
def azure_prompts(bench: Bench) -> None:
    """On the Azure platform a missing -C is asked for without end."""
    bench.installed("-q", "-r", "MS", "-v", "Azure", "-c", "CSLegacy")
    assert keeps_asking(bench, "-q")
