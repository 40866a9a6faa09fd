"""The bench a case works on: one throw-away host, an installer archive, and what is left behind after a program ran."""

from __future__ import annotations

import dataclasses
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.shell import Shell
from lab import endpoints, hosts
from lab.endpoints import Endpoint
from lab.hosts import Host
from lab.installer_double import DoubleSpec, build
from lab.registration_files import config_file
from lab.releases import TAGS

MEDIA = "/media/installers"
"""Where the host sees the folder of archives."""

SMALL = "/small"
"""A file system of the host that is too small for the agent."""

SERVER = "127.0.0.10"
"""An address of the host itself, on which somebody takes connections; the host has no other network."""

PASSPHRASE_FILE = "/var/lib/asr-bench/passphrase"
SOURCE_CONFIG = "/var/lib/asr-bench/config.json"
"""What a person would have brought to the host to register it."""

CONTROL = "/etc/asr-double/faults"
VERSION_LINK = "/usr/local/.vx_version"
ERRORS = "/var/log/InstallerErrors.json"
RUNS = "/var/log/asr-double-runs.log"
LOCK = ".install.lck"
DEFAULT_HOST_ID = "1234_45466_67689"

CLASSIC = ("-q", "-r", "MS", "-v", "VmWare", "-c", "CSLegacy")
PRIME = ("-q", "-r", "MS", "-v", "VmWare", "-c", "CSPrime")

HOST_IMAGES = {tag: image for image, tag in reversed(TAGS.items())}
"""OS tag of an archive -> the lab host it can be installed on."""

RESET = r"""
mkdir -p /run/asr-double; : > /run/asr-double/release
units="uarespawnd vxagent vConService_linux involflt_start involflt_stop"
if [ -e /etc/systemd/system/vxagent.service ] || [ -e /etc/init.d/vxagent ]; then
  timeout 20 systemctl stop $units 2>/dev/null
  systemctl disable --quiet $units 2>/dev/null
  reload=1
fi
for try in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for p in /proc/[0-9]*; do
    { read -r c < $p/comm; } 2>/dev/null || continue
    case $c in
      install|install_vx|UnifiedAgentCon*|uninstall*|AgentUpgrade*|svagents|appservice|uarespawndagent)
        kill -9 ${p#/proc/}; left=1;;
    esac
    case $(tr '\0' ' ' < $p/cmdline 2>/dev/null) in
      "bash ./install_vx"*|"bash /usr/"*) kill -9 ${p#/proc/} 2>/dev/null; left=1;;
    esac
  done
  [ "$left" ] || break; sleep 0.05
done
modprobe -rs involflt 2>/dev/null
for unit in vxagent uarespawnd vConService_linux; do
  [ ! -e /etc/init.d/$unit ] || { update-rc.d -f $unit remove; rm -f /etc/init.d/$unit; } >/dev/null 2>&1
done
! rpm -q InMageVx >/dev/null 2>&1 || rpm -e --justdb --noscripts --allmatches InMageVx 2>/dev/null
rm -rf /usr/local/ASR /usr/local/InMage /usr/local/.vx_* /usr/local/drscout.conf /usr/local/.norespawn_vxagent
rm -rf /opt/ASR /small/*
rm -rf /etc/vxagent /etc/systemd/system/vxagent.service /etc/systemd/system/uarespawnd.service
rm -rf /etc/systemd/system/vConService_linux.service /etc/systemd/system/involflt_*.service
rm -rf /etc/init.d/boottimemirroring_phase*
rm -rf /etc/udev/rules.d/09-inm_udev.rules /dev/involflt /lib/modules/*/kernel/drivers/char/involflt.ko
rm -rf /run/asr-double /etc/asr-double /run/asr-lab/module-busy /run/asr-lab/modprobe-fails
rm -rf /var/tmp/asr.* /var/tmp/*.lck
rm -rf /var/log/ASRsetuptelemetry* /var/log/InstallerErrors.json /var/log/ua_*.log /var/log/asr-double-runs.log
rm -rf /var/log/cdpcli.log /var/log/AzureRcmCli.log /var/scst
[ -z "$reload" ] || { systemctl daemon-reload; systemctl reset-failed; }
exit 0
"""

STATE = r"""
show() { echo "== $1"; }
show version; cat /usr/local/.vx_version 2>/dev/null
show link; if [ -L /usr/local/.vx_version ]; then echo link; elif [ -e /usr/local/.vx_version ]; then echo file; fi
show conf; cat /usr/local/drscout.conf 2>/dev/null
show errors; cat /var/log/InstallerErrors.json 2>/dev/null
show processes; for p in /proc/[0-9]*; do { read -r c < $p/comm; } 2>/dev/null && echo "$c"; done
show stopped; ls /usr/local/.norespawn_vxagent 2>/dev/null
show active; for u in vxagent uarespawnd; do systemctl is-active $u; done
show enabled; for u in vxagent uarespawnd vConService_linux involflt_start involflt_stop; do
  systemctl is-enabled $u 2>/dev/null && echo "$u"
done
show modules; lsmod
"""


@dataclass(frozen=True)
class Run:
    """How a program ended. directory: where the archive was extracted to."""

    code: int
    output: str
    directory: str = ""

    @property
    def last_line(self) -> str:
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""


@dataclass(frozen=True)
class State:
    """What is left on the host; texts by section, and the few questions cases ask about them."""

    sections: dict[str, str]

    @property
    def installed(self) -> bool:
        return bool(self.sections["link"])

    @property
    def version(self) -> dict[str, str]:
        """The keys of ``/usr/local/.vx_version``."""
        return pairs(self.sections["version"])

    @property
    def version_is_link(self) -> bool:
        return self.sections["link"].strip() == "link"

    @property
    def status(self) -> str | None:
        return self.version.get("AGENT_CONFIGURATION_STATUS")

    @property
    def conf(self) -> dict[str, str]:
        """The keys of drscout.conf, whatever the spacing."""
        return pairs(self.sections["conf"])

    @property
    def conf_lines(self) -> list[str]:
        return self.sections["conf"].splitlines()

    @property
    def errors(self) -> str:
        """The text of the default JSON error file; empty when there is none."""
        return self.sections["errors"]

    @property
    def running(self) -> bool:
        return {"svagents", "appservice"} <= set(self.sections["processes"].split())

    @property
    def stopped_on_purpose(self) -> bool:
        return bool(self.sections["stopped"].strip())

    @property
    def service_active(self) -> bool:
        return self.sections["active"].split()[:1] == ["active"]

    @property
    def enabled(self) -> set[str]:
        return set(self.sections["enabled"].split()) - {"enabled"}

    @property
    def driver_loaded(self) -> bool:
        return "involflt" in self.sections["modules"].split()


def pairs(text: str) -> dict[str, str]:
    """KEY=value and KEY = value lines as a dictionary."""
    split = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _mark, value in split}


@dataclass
class Bench:
    """One host and the archive under test.

    installer: a real archive, or None for the double. spec: the double of this bench; its traps can be switched off.
    """

    host: Host
    shell: Shell
    media: Path
    installer: Path | None = None
    spec: DoubleSpec = field(default_factory=DoubleSpec)
    timeout: float = 60

    def without_trap(self, name: str) -> Bench:
        """The same host with a double that does without one trap."""
        return dataclasses.replace(self, spec=dataclasses.replace(self.spec, without_traps=(name,)))

    def reset(self) -> None:
        """Make the host as new: end what is left running, remove what any program left."""
        done = self.sh(RESET)
        assert done.code == 0, done.output

    def sh(self, script: str, *, timeout: float | None = None) -> Run:
        """Run a shell text as root; standard error is part of the output."""
        code, output = self.shell.run(script, timeout or self.timeout)
        return Run(code, output)

    def write(self, path: str, text: str) -> None:
        """Write a file on the host, making its folder."""
        self.sh(f"mkdir -p $(dirname {path}); printf %s {shlex.quote(text)} >{path}")

    def archive(self, **changes: object) -> str:
        """Path, on the host, of the archive under test, or of a double with other properties."""
        if self.installer is not None:
            return f"{MEDIA}/{self.installer.name}"
        spec = dataclasses.replace(self.spec, **changes)  # type: ignore[arg-type]
        folder = self.media / ("-".join(spec.without_traps) or "all-traps")
        path = folder / spec.file_name
        if not path.exists():
            build(spec, folder)
        return f"{MEDIA}/{folder.name}/{path.name}"

    @property
    def effective_version(self) -> str:
        """The version an installation of the archive under test gives, as major.minor.build.0 (double only)."""
        major, minor = self.spec.version.split(".")[:2]
        return f"{major}.{minor}.{self.spec.build_number}.0"

    @property
    def product_version(self) -> str:
        """VERSION of the archive under test; a real one must be installed."""
        return self.spec.product_version if self.installer is None else self.state().version["VERSION"]

    def extract(self, archive: str | None = None) -> str:
        """Extract an archive into a new directory and return that."""
        path = shlex.quote(archive or self.archive())
        made = self.sh(f"d=$(mktemp -d /var/tmp/asr.XXXXXX); tar -xf {path} -C $d || tar -xJf {path} -C $d; echo $d")
        assert made.code == 0, made.output
        return made.last_line

    def install(
        self,
        *options: str,
        directory: str | None = None,
        archive: str | None = None,
        before: str = ":",
        call: str = "./install",
        timeout: float | None = None,
    ) -> Run:
        """Extract (unless ``directory`` is given), run ``before`` there, then the installer without standard input."""
        path = shlex.quote(archive or self.archive())
        enter = (
            f"cd {directory}"
            if directory
            else f"d=$(mktemp -d /var/tmp/asr.XXXXXX); {{ tar -xf {path} -C $d || tar -xJf {path} -C $d; }} && cd $d"
        )
        work = f"d=$PWD; chmod 755 .; {before}\n{call} {shlex.join(options)} </dev/null"
        script = f'{enter} || exit 250\n{work}\nrc=$?\necho "@$d"; exit $rc'
        run = self.sh(script, timeout=timeout)
        output, _mark, place = run.output.rpartition("@")
        return Run(run.code, output, place.strip())

    def installed(self, *options: str, **more: str) -> Run:
        """A fresh installation that must work, as a step of a case."""
        run = self.install(*(options or CLASSIC), **more)  # type: ignore[arg-type]
        assert run.code == 0, f"fresh installation ended {run.code}:\n{run.output}"
        return run

    def configure(self, *options: str, meanwhile: str = "") -> Run:
        """Run the configurator without standard input; with ``meanwhile``, beside that text, and end as the text does.

        The text finds the process id in ``$configurator``.
        """
        call = f"/usr/local/ASR/Vx/bin/UnifiedAgentConfigurator.sh {shlex.join(options)} </dev/null"
        if not meanwhile:
            return self.sh(call)
        return self.sh(f"{call} >/dev/null 2>&1 &\nconfigurator=$!\n{meanwhile}")

    def register_classic(self, server: str = SERVER, *more: str) -> Run:
        """A classic registration with a passphrase file."""
        return self.configure("-i", server, "-P", PASSPHRASE_FILE, *more)

    def register_prime(self, *more: str, file: str = SOURCE_CONFIG) -> Run:
        """A registration at an appliance with a source configuration file."""
        return self.configure("-q", "-c", "CSPrime", "-S", file, *more)

    @property
    def server(self) -> Endpoint:
        """What listens at ``SERVER``."""
        return Endpoint(self.host, SERVER)

    def uninstall(self, *options: str, call: str = "/usr/local/ASR/uninstall.sh", before: str = ":") -> Run:
        """Run the uninstaller without standard input."""
        return self.sh(f"{before}\n{call} {shlex.join(options)} </dev/null")

    def inject(self, *faults: str) -> None:
        """Choose faults for what runs from now on; none takes all away."""
        self.write(CONTROL, "".join(f"{name}\n" for name in faults))

    def recorded(self) -> list[tuple[str, str, str]]:
        """What the double has recorded: event, program, arguments or result."""
        lines = (line.split(maxsplit=4) for line in self.sh(f"cat {RUNS} 2>/dev/null").output.splitlines())
        return [(words[1], words[2], words[4] if len(words) > 4 else "") for words in lines if len(words) > 3]

    def state(self) -> State:
        """Look at the host."""
        blocks = (block.partition("\n") for block in self.sh(STATE).output.split("== ")[1:])
        return State({name: body for name, _end, body in blocks})

    def exists(self, *paths: str) -> list[str]:
        """Those of the paths that exist."""
        script = "".join(f"[ ! -e {path} ] && [ ! -L {path} ] || echo {path}\n" for path in paths)
        return self.sh(script).output.split()


@contextmanager
def seems(bench: Bench, **identity: str) -> Iterator[None]:
    """Give the host the identity files of another system (``debian_version="10.13"``) for the length of a block."""
    kept = {name: bench.sh(f"cat /etc/{name} 2>/dev/null").output for name in identity}
    for name, text in identity.items():
        bench.sh(f"printf '%s\\n' {shlex.quote(text)} >/etc/{name}")
    try:
        yield
    finally:
        for name, text in kept.items():
            bench.sh(f"printf %s {shlex.quote(text)} >/etc/{name}" if text else f"rm /etc/{name}")


def tag_of(installer: Path) -> str:
    """The OS tag in the name of a real archive."""
    return installer.name.split("_")[3]


def start(media: Path, installer: Path | None, name: str = "conformance", *, tag: str = DoubleSpec.tag) -> Bench:
    """Start a host that fits the archive and return the bench; a host of that name would be replaced.

    ValueError: the lab has no host for the archive's OS tag.
    """
    if tag not in HOST_IMAGES:
        raise ValueError(f"no lab host for {tag}; there are hosts for {', '.join(HOST_IMAGES)}")
    options = (
        f"--volume={installer.parent if installer else media}:{MEDIA}:ro",
        f"--tmpfs={SMALL}:size=100m,exec,mode=755",
    )
    host = hosts.start(HOST_IMAGES[tag], name, network="none", options=options)
    endpoints.on(host, SERVER)
    host.write_file(PASSPHRASE_FILE, f"{secrets.token_hex(8)}\n", mode=0o600)
    host.write_file(SOURCE_CONFIG, config_file(host.bios_id(), host.name, [SERVER]).decode(), mode=0o600)
    spec = DoubleSpec(tag=tag)
    return Bench(host, Shell(host.name), media, installer, spec, timeout=60 if installer is None else 600)
