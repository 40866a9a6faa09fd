"""``uninstall.sh``: its options, what it leaves, and the ways in which its 0 means nothing."""

from __future__ import annotations

from conformance.bench import PRIME, VERSION_LINK, Bench
from conformance.case import Needs, case

VX = "/usr/local/ASR/Vx"
GONE = (
    *(VX, VERSION_LINK, "/usr/local/.vx_host_id", "/usr/local/.vx_install_manifest", "/usr/local/drscout.conf"),
    *("/etc/vxagent", "/etc/systemd/system/vxagent.service", "/etc/init.d/boottimemirroring_phase1"),
    *("/usr/local/InMage/private", "/usr/local/InMage/certs", "/usr/local/InMage/config", "/dev/involflt"),
)
BUSY = "mkdir -p /run/asr-lab; : >/run/asr-lab/module-busy"


@case("uninstall.leaves-the-empty-prefix", traps=("uninstall-leaves-prefix",))
def removed(bench: Bench) -> None:
    """-Y ends 0: all is gone except the empty prefix, the empty /usr/local/InMage and logs."""
    bench.installed()
    assert bench.uninstall("-Y").code == 0
    assert bench.exists(*GONE) == []
    assert bench.exists("/usr/local/ASR", "/usr/local/InMage") == ["/usr/local/ASR", "/usr/local/InMage"]
    assert bench.sh("ls -A /usr/local/ASR /usr/local/InMage | grep -v :").output.strip() == ""
    assert bench.exists("/var/log/ua_install.log", "/var/log/ua_uninstall.log", "/var/scst/vdisk")
    state = bench.state()
    assert (state.driver_loaded, state.enabled) == (False, set())


@case("uninstall.of-a-running-agent", needs=Needs.REGISTRATION)
def removed_running(bench: Bench) -> None:
    """A registered, running agent is stopped and removed."""
    bench.installed()
    bench.register_classic()
    assert bench.uninstall("-Y").code == 0
    state = bench.state()
    assert (state.installed, state.running) == (False, False)


@case("uninstall.small-y-1", traps=("small-y-refused",))
def small_y(bench: Bench) -> None:
    """-y, help and a positional argument end 1 and remove nothing."""
    bench.installed()
    for wrong in ("-y", "-h", "now"):
        assert bench.uninstall(wrong).code == 1, wrong
    assert bench.state().installed


@case("uninstall.asks-1")
def asks(bench: Bench) -> None:
    """Without -Y and with the input closed it takes the answer as no: 1."""
    bench.installed()
    assert bench.uninstall().code == 1
    assert bench.state().installed


@case("uninstall.not-installed-1")
def not_installed(bench: Bench) -> None:
    """On a host without an agent it ends 1."""
    assert bench.uninstall("-Y", call=f"bash {bench.extract()}/uninstall.sh").code == 1


@case("uninstall.relative-call-leaks-its-lock", traps=("relative-uninstall-leaks",))
def relative(bench: Bench) -> None:
    """A relative call leaves .uninstall.lck in the caller's directory; the next call there ends 1."""
    bench.installed()
    assert bench.uninstall("-Y", before="cd /usr/local/ASR", call="./uninstall.sh").code == 0
    assert bench.exists("/usr/local/ASR/.uninstall.lck")
    bench.installed()
    assert bench.uninstall("-Y", before="cd /usr/local/ASR", call="./uninstall.sh").code == 1


@case("uninstall.driver-busy-0-half-removed", traps=("uninstall-zero-when-busy",))
def busy(bench: Bench) -> None:
    """With the driver busy it ends 0 although record, program and module stay; certificates and itself are gone."""
    bench.installed()
    assert bench.uninstall("-Y", before=BUSY).code == 0
    state = bench.state()
    assert (state.installed, state.driver_loaded, state.running) == (True, True, False)
    assert bench.exists(VX, "/usr/local/ASR/uninstall.sh", "/usr/local/InMage/private", "/usr/local/InMage/certs") == [
        VX
    ]


@case("uninstall.recovery-with-the-extracted-script")
def recovery(bench: Bench) -> None:
    """After a busy driver the uninstall.sh of an extracted archive, by absolute path, removes the rest."""
    bench.installed()
    bench.uninstall("-Y", before=BUSY)
    bench.sh("rm /run/asr-lab/module-busy")
    assert bench.uninstall("-Y", call=f"{bench.extract()}/uninstall.sh").code == 0
    assert bench.exists(*GONE) == []
    state = bench.state()
    assert (state.driver_loaded, state.enabled) == (False, set())


@case("uninstall.lock-1")
def locked(bench: Bench) -> None:
    """A lock file beside the script, also one of a dead process, ends it 1; without it the removal works."""
    bench.installed()
    assert bench.uninstall("-Y", before="echo 4194303 >/usr/local/ASR/.uninstall.lck").code == 1
    assert bench.state().installed
    assert bench.uninstall("-Y", before="rm /usr/local/ASR/.uninstall.lck").code == 0


@case("uninstall.unregistration-failure-is-invisible", traps=("unregister-failure-ignored",), needs=Needs.FAULTS)
def unregistration(bench: Bench) -> None:
    """A failed unregistration changes neither the exit code nor the removal, classic and modernized."""
    for options, fault in (((), "cs:unreachable"), (PRIME, "rcm:unregistersourceagent")):
        bench.reset()
        bench.installed(*options)
        assert (bench.register_prime() if options else bench.register_classic()).code == 0
        bench.inject(fault)
        assert bench.uninstall("-Y").code == 0
        assert not bench.state().installed


@case("uninstall.cannot-stop-2", needs=Needs.FAULTS)
def cannot_stop(bench: Bench) -> None:
    """An agent that cannot be stopped ends 2 and stays."""
    bench.installed()
    bench.inject("stop:fails")
    assert bench.uninstall("-Y").code == 2
    assert bench.state().installed
