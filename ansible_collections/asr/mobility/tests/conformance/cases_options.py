"""Options of ``install``: what is accepted, what is silently changed, what looks like success and is none."""

from __future__ import annotations

from conformance.bench import CLASSIC, ERRORS, LOCK, PRIME, SMALL, Bench, Run
from conformance.case import Needs, case

INSTALLING_LINE = "Installer exiting with code: "


def nothing_installed(bench: Bench) -> None:
    """Assert that the host is as before."""
    assert not bench.state().installed
    assert bench.exists("/usr/local/ASR/Vx", "/usr/local/InMage") == []


def ends_with_its_code(run: Run) -> None:
    """Assert the last line of the output."""
    assert run.last_line == f"{INSTALLING_LINE}{run.code}", run.output


@case("option.last-line-tells-the-code")
def last_line(bench: Bench) -> None:
    """The last line of the output tells the exit code."""
    ends_with_its_code(bench.install(*CLASSIC, "-d", "relative"))
    ends_with_its_code(bench.install(*CLASSIC))


@case("option.directory-gets-a-suffix", traps=("asr-suffix",))
def directory_suffix(bench: Bench) -> None:
    """-d /opt installs into /opt/ASR/Vx."""
    bench.installed(*CLASSIC, "-d", "/opt")
    assert bench.state().version["INSTALLATION_DIR"] == "/opt/ASR/Vx"
    assert bench.exists("/opt/ASR/Vx/bin/svagents", "/opt/Vx") == ["/opt/ASR/Vx/bin/svagents"]


@case("option.directory-with-slash-gets-a-suffix", traps=("asr-suffix",))
def directory_slash(bench: Bench) -> None:
    """The default directory with a trailing slash is another directory: /usr/local/ASR//ASR/Vx."""
    bench.installed(*CLASSIC, "-d", "/usr/local/ASR/")
    assert bench.exists("/usr/local/ASR/ASR/Vx/bin", "/usr/local/ASR/Vx") == ["/usr/local/ASR/ASR/Vx/bin"]


@case("option.default-directory-is-taken-literally")
def directory_default(bench: Bench) -> None:
    """-d /usr/local/ASR, the default, gets no suffix."""
    bench.installed(*CLASSIC, "-d", "/usr/local/ASR")
    assert bench.state().version["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"


@case("option.relative-directory-156")
def directory_relative(bench: Bench) -> None:
    """A relative -d ends 156 with nothing installed and no structured error."""
    run = bench.install(*CLASSIC, "-d", "opt/asr")
    assert run.code == 156
    nothing_installed(bench)
    assert bench.exists(ERRORS) == []


@case("option.missing-role-98", traps=("missing-role-98",))
def missing_role(bench: Bench) -> None:
    """A silent fresh installation without -r ends 98, nothing installed, no structured error."""
    run = bench.install("-q", "-v", "VmWare", "-c", "CSLegacy")
    assert run.code == 98
    nothing_installed(bench)
    assert bench.exists(ERRORS) == []


@case("option.role-words-98", traps=("role-words-refused",))
def role_words(bench: Bench) -> None:
    """-r Agent and -r MasterTarget are refused with 98 on a fresh installation."""
    for role in ("Agent", "MasterTarget"):
        assert bench.install("-q", "-r", role, "-v", "VmWare").code == 98
    nothing_installed(bench)


@case("option.role-and-platform-in-any-case")
def any_case(bench: Bench) -> None:
    """-r ms and -v vmware are accepted."""
    bench.installed("-q", "-r", "ms", "-v", "vmware", "-c", "CSLegacy")
    assert bench.state().conf["VmPlatform"] == "VmWare"


@case("option.master-target-179")
def master_target(bench: Bench) -> None:
    """-r MT is refused with 179 on a system that has no master target."""
    assert bench.install("-q", "-r", "MT", "-v", "VmWare", "-c", "CSLegacy").code == 179
    nothing_installed(bench)


@case("option.platform-96")
def platform(bench: Bench) -> None:
    """An unknown -v ends 96 on a fresh installation."""
    assert bench.install("-q", "-r", "MS", "-v", "HyperV", "-c", "CSLegacy").code == 96
    nothing_installed(bench)


@case("option.upgrade-on-a-clean-host-installs", traps=("upgrade-installs-when-absent",))
def upgrade_installs(bench: Bench) -> None:
    """-a Upgrade -r MS on a clean host installs."""
    bench.installed(*CLASSIC, "-a", "Upgrade")
    assert bench.state().installed


@case("option.type-mismatch-97", traps=("lock-leak-97",))
def type_mismatch(bench: Bench) -> None:
    """-a Upgrade -r Agent on a clean host ends 97 without the last line; the lock stays, the next run there ends 1."""
    run = bench.install("-q", "-r", "Agent", "-v", "VmWare", "-c", "CSLegacy", "-a", "Upgrade")
    assert run.code == 97
    assert INSTALLING_LINE not in run.output
    assert "ASRMobilityServiceInstallerInstallationTypeMismatch" in bench.state().errors
    assert bench.exists(f"{run.directory}/{LOCK}")
    assert bench.install(*CLASSIC, directory=run.directory).code == 1


@case("option.usage-ends-0", traps=("usage-exits-zero",))
def usage(bench: Bench) -> None:
    """Help, an unknown option, and a wrong -c or -a print the usage and end 0 with nothing installed."""
    for wrong in (["-h"], [*CLASSIC, "-x"], [*CLASSIC[:-1], "csprime"], [*CLASSIC, "-a", "install"]):
        run = bench.install(*wrong)
        assert run.code == 0, wrong
        assert INSTALLING_LINE not in run.output
    nothing_installed(bench)


@case("option.error-file-must-be-absolute")
def errors_relative(bench: Bench) -> None:
    """A relative -e ends 1."""
    assert bench.install(*CLASSIC, "-e", "errors.json").code == 1
    nothing_installed(bench)


@case("option.error-file-is-deleted-at-start", traps=("errors-file-deleted",))
def errors_deleted(bench: Bench) -> None:
    """An old error file is deleted at the start; after a success there is none. Its folder is made."""
    bench.installed(
        *CLASSIC,
        "-e",
        "/var/tmp/asr.errors/new.json",
        before="mkdir /var/tmp/asr.errors; echo old >/var/tmp/asr.errors/new.json",
    )
    assert bench.exists("/var/tmp/asr.errors/new.json") == []


@case("option.error-file-elsewhere")
def errors_elsewhere(bench: Bench) -> None:
    """-e is honoured, its folder is made, and the default file is not written."""
    run = bench.install(*CLASSIC, "-d", SMALL, "-e", "/var/tmp/asr.new/folder/errors.json")
    assert run.code == 97
    assert bench.exists("/var/tmp/asr.new/folder/errors.json", ERRORS) == ["/var/tmp/asr.new/folder/errors.json"]


@case("option.interactive-on-a-clean-host-installs")
def interactive_fresh(bench: Bench) -> None:
    """Without -q and without a terminal a clean host gets the agent with the defaults."""
    assert bench.install().code == 0
    state = bench.state()
    assert state.version["INSTALLATION_DIR"] == "/usr/local/ASR/Vx"
    assert state.conf["Role"] == "Agent"


@case("option.interactive-on-an-installed-host-does-nothing", traps=("interactive-no",))
def interactive_installed(bench: Bench) -> None:
    """Without -q and without a terminal an installed agent is left alone, exit 0."""
    bench.installed()
    before = bench.state().version["INSTALLATION_TIMESTAMP"]
    bench.sh("sleep 1")
    assert bench.install("-r", "MS", "-v", "VmWare", "-c", "CSLegacy", "-a", "Install").code == 0
    assert bench.state().version["INSTALLATION_TIMESTAMP"] == before


@case("option.default-stack-by-version", needs=Needs.VERSIONS)
def default_stack(bench: Bench) -> None:
    """Without -c the stack is CSLegacy before 9.55 and CSPrime from then on (documentation); seen by the identity."""
    old = bench.archive(version="9.50.0.0", build=6409, date="20Jul2022")
    assert "getagentconfiginput" not in bench.install("-q", "-r", "MS", "-v", "VmWare", archive=old).output
    bench.reset()
    assert "getagentconfiginput" in bench.install("-q", "-r", "MS", "-v", "VmWare").output


@case("option.identity-is-printed", traps=("identity-printed",))
def identity(bench: Bench) -> None:
    """install -c CSPrime prints the agent's identity before its last line; it can be asked for again at any time."""
    lines = bench.installed(*PRIME).output.strip().splitlines()
    again = bench.sh("/usr/local/ASR/Vx/bin/AzureRcmCli --getagentconfiginput 2>/dev/null").output.strip()
    assert again
    assert lines[-2] == again.splitlines()[-1]
    assert lines[-1].startswith(INSTALLING_LINE)
