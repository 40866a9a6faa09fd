"""The support bundle of a real host: it is whole, bounded, readable by its owner only, and holds no planted secret."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lab import accounts, inventory, planted, witness
from lab.ansible_run import AnsibleRun, playbook
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
ACTION = "asr.mobility.mobility_logs"
LOGS = (
    "/var/log/ua_install.log",
    "/var/log/ua_uninstall.log",
    "/var/log/InstallerErrors.json",
    "/var/log/ASRsetuptelemetry/ASRinstallsummary_1.json",
    "/var/log/AzureRcmCli.log",
    "/var/log/cdpcli.log",
    "/var/log/svagents_curr_1.log",
    "/var/log/appservice_1.log",
    "/var/log/uarespawnd.log",
    "/var/log/InMage_drivers.log",
    "/usr/local/ASR/Vx/etc/drscout.conf",
)
NEVER = (
    "/usr/local/InMage/private/ps.key",
    "/usr/local/InMage/certs/ps.crt",
    "/usr/local/ASR/Vx/etc/SourceConfig.json",
)
PASSPHRASE_FILE = "/usr/local/InMage/private/connection.passphrase"


def secrets_of(core: str) -> str:
    """One secret in every way in which a log may hold it."""
    certificate = base64.b64encode((core * 20).encode()).decode()
    return "\n".join(
        (
            f"Passphrase = {core} /+'\"",
            f'{{"ClientCertificate":"{core}","Port":443,"text":"{{\\"password\\":\\"{core}\\"}}"}}',
            f"-----BEGIN PRIVATE KEY-----\n{core}\n-----END PRIVATE KEY-----",
            f"PUT https://account.blob.core.windows.net/c/b?sv=2020-01-01&sig={core}%2B&se=2026",
            f"Authorization: Bearer {core}",
            f"proxy http://someone:{core}@proxy.example.com:3128",
            f"AzureRcmCli --clientsecret {core} --quiet",
            f"<Password>{core}</Password>",
            f"uploaded {certificate}",
            "the line after the secrets",
            "",
        )
    )


class Bundle:
    """An archive as a person unpacks it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with tarfile.open(path) as archive:
            members = [(member, archive.extractfile(member)) for member in archive]
            self.contents = {member.name: file.read() for member, file in members if file}
        self.manifest = json.loads(self.contents["manifest.json"])
        self.files: Mapping[str, Mapping[str, object]] = {one["name"]: one for one in self.manifest["files"]}

    @property
    def text(self) -> str:
        """Everything in it."""
        return b"\n".join(self.contents.values()).decode(errors="replace")


def bundles(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tar.gz"))


def leftovers(host: Host) -> list[str]:
    """What the lab's own witness sees, and the directory in which logs are gathered."""
    return witness.leftovers(host) + host.sh("ls -d /var/lib/asr-mobility* 2>/dev/null; true").split()


@pytest.fixture(scope="module")
def collect(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[AnsibleRun, Path, Path]]:
    """Run collect-logs.yml with everything shown; gives the run, the folder of bundles and the controller's home."""

    def run(host: Host, account: str = "root", **variables: object) -> tuple[AnsibleRun, Path, Path]:
        folder = tmp_path_factory.mktemp("collect")
        home = folder / "home"
        (home / "tmp").mkdir(parents=True)
        written = inventory.write(
            folder / "inventory.yml",
            {host.name: inventory.ssh(host, accounts.BY_NAME[account])},
            {"asr_mobility_logs_dest": str(folder / "bundles"), **variables},
        )
        settings = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "ANSIBLE_LOG_PATH": str(home / "log")}
        done = playbook("collect-logs.yml", "-vvvvv", inventory=written, env=settings)
        return done, folder / "bundles", home

    return run


@pytest.fixture(scope="module")
def agent(module_host: Callable[..., Host], install: Play) -> Host:
    """A host with an agent, reached through sudo."""
    host = module_host("accounts:12")
    assert install(host).rc == 0
    return host


def test_no_planted_secret_gets_anywhere(agent: Host, collect: Callable[..., tuple[AnsibleRun, Path, Path]]) -> None:
    core, passphrase, hidden = (planted.token() for _one in range(3))
    for log in LOGS:
        agent.write_file("/root/more", secrets_of(core) + f"{Path(log).name} talks about {passphrase} in passing\n")
        agent.sh(f"mkdir -p $(dirname {log}); cat /root/more >> {log}; rm /root/more")
    agent.write_file(PASSPHRASE_FILE, f"{passphrase}\n", mode=0o700)
    for never in NEVER:
        agent.write_file(never, f"{hidden}\n", mode=0o600)
    agent.sh(f"ln -s {NEVER[0]} /var/log/svagents_curr_2.log")

    run, folder, home = collect(agent, account="withpass")

    assert run.rc == 0, str(run)[-3000:]
    (path,) = bundles(folder)
    bundle = Bundle(path)
    assert planted.found_in(bundle.text, (core, passphrase, hidden)) == []
    assert planted.found_in(run.stdout + run.stderr, (core, passphrase, hidden)) == []
    assert planted.found_below(home, (core, passphrase, hidden)) == []
    assert leftovers(agent) == []
    assert set(planted.found_on(agent, (core, passphrase, hidden))) == {*LOGS, *NEVER, PASSPHRASE_FILE}
    for log in LOGS:
        content = bundle.contents[f"files{log}"].decode()
        assert "the line after the secrets" in content, log
        assert f"{Path(log).name} talks about ***masked*** in passing" in content
        masked = bundle.files[f"files{log}"]["masked"]
        assert isinstance(masked, int)
        assert masked >= 10, log
    assert "private" not in " ".join(bundle.contents)
    assert "/var/log/svagents_curr_2.log" in bundle.manifest["skipped"]


def test_it_is_whole_and_described(agent: Host, collect: Callable[..., tuple[AnsibleRun, Path, Path]]) -> None:
    agent.sh("ls -l /usr/local/.vx_version")
    before = agent.filesystem_snapshot()
    run, folder, _home = collect(agent)
    assert run.rc == 0, str(run)[-3000:]
    assert agent.filesystem_snapshot() == before
    (path,) = bundles(folder)
    assert re.fullmatch(re.escape(agent.name) + r"-\d{8}T\d{6}Z\.tar\.gz", path.name)
    assert path.stat().st_mode & 0o7777 == 0o600
    assert folder.stat().st_mode & 0o7777 == 0o700
    bundle = Bundle(path)
    assert set(bundle.contents) == {*bundle.files, "manifest.json"}
    for name, facts in bundle.files.items():
        assert facts["sha256"] == hashlib.sha256(bundle.contents[name]).hexdigest()
        assert facts["size"] == len(bundle.contents[name])
    assert "INSTALLATION_DIR=/usr/local/ASR/Vx" in bundle.contents["files/usr/local/.vx_version"].decode()
    assert "involflt" in bundle.contents["commands/modules.txt"].decode()
    assert "vxagent.service" in bundle.contents["commands/units.txt"].decode()
    result = run.only(ACTION).result
    assert (result["path"], result["changed"]) == (str(path), True)


def test_it_is_bounded_and_says_what_was_cut(
    agent: Host, collect: Callable[..., tuple[AnsibleRun, Path, Path]]
) -> None:
    agent.sh("for n in 3 4 5; do yes 'a line of a log' | head -c 3000000 >/var/log/svagents_curr_$n.log; done")
    agent.sh("echo THE-END >>/var/log/svagents_curr_3.log")
    limits = {"asr_mobility_logs_max_file_size": 1, "asr_mobility_logs_max_size": 2}
    run, folder, _home = collect(agent, **limits)
    assert run.rc == 0, str(run)[-3000:]
    bundle = Bundle(bundles(folder)[0])
    third = bundle.files["files/var/log/svagents_curr_3.log"]
    assert (third["truncated"], third["size_on_host"]) == (True, 3_000_008)
    assert bundle.contents["files/var/log/svagents_curr_3.log"].endswith(b"THE-END\n")
    assert sum(len(content) for content in bundle.contents.values()) < 2.5 * 2**20
    cut = "\n".join(map(str, run.only(ACTION).result["cut"]))  # type: ignore[call-overload]
    assert "svagents_curr_3.log: its last bytes, of 3000008" in cut
    assert re.search(r"(svagents_curr_5\.log|command:\w+): left out, the bundle was full", cut)


def test_a_bare_host_gives_a_bundle_too(
    lab_host: Callable[..., Host], collect: Callable[..., tuple[AnsibleRun, Path, Path]], tasks: Play
) -> None:
    """No Python, no agent, hardly a tool; and a directory that an interrupted task left is no hindrance."""
    host = lab_host("no-python:12")
    host.sh(
        "for t in gzip awk mawk gawk timeout lsmod journalctl; do rm -f /bin/$t /usr/bin/$t /sbin/$t /usr/sbin/$t; done"
    )
    host.sh("mkdir -m 700 /var/lib/asr-mobility-logs; touch /var/lib/asr-mobility-logs/.asr-mobility")
    host.sh("echo old >/var/lib/asr-mobility-logs/bundle")
    planned = tasks([{ACTION: {}}], host, arguments=("--check",))
    assert (planned.rc, planned.only(ACTION).result["path"]) == (0, None), str(planned)
    assert "command:disks" in str(planned.only(ACTION).result["sources"])

    run, folder, _home = collect(host)

    assert run.rc == 0, str(run)[-3000:]
    bundle = Bundle(bundles(folder)[0])
    assert "Linux" in bundle.contents["commands/system.txt"].decode()
    assert "files/etc/os-release" in bundle.contents
    assert leftovers(host) == []


def test_a_failure_ends_the_playbook_with_an_error(
    agent: Host, collect: Callable[..., tuple[AnsibleRun, Path, Path]]
) -> None:
    run, folder, _home = collect(agent, asr_mobility_logs_max_size=0)
    assert run.rc == 2
    assert run.only(ACTION).result["reason"] == "invalid_argument"
    assert not folder.exists()
