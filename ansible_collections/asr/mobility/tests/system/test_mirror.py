"""mirror-installers.yml, run as a user would run it: a directory that serves hosts, and every refusal."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import web, witness
from lab.ansible_run import OLDEST_VENV, VENV, AnsibleRun, environment, playbook
from lab.hosts import Host
from lab.places import ROOT

Play = Callable[..., AnsibleRun]
MIRROR = "asr.mobility.installer_repository"
PLAYBOOK = "mirror-installers.yml"
NEW, DEBIAN_11 = "9.66.7567.1", "DEBIAN11-64"


@dataclass
class Site:
    """A server with installers, a list of its addresses, and the directory to be filled from them."""

    server: web.WebServer
    served: Path
    links: Path
    directory: Path
    env: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.served.iterdir())

    def variables(self, **more: object) -> dict[str, object]:
        own = {"path": str(self.directory), "links": str(self.links), **more}
        return {f"asr_mobility_installer_repository_{key}": value for key, value in own.items() if value is not None}

    def mirror(self, *arguments: str, venv: Path = VENV, **more: object) -> AnsibleRun:
        extra = {name: more.pop(name) for name in list(more) if name.startswith("asr_mobility_")}
        variables = {**self.variables(**more), **extra}
        return playbook(PLAYBOOK, *arguments, variables=variables, cwd=ROOT, venv=venv, env=self.env)

    def held(self) -> list[str]:
        return sorted(path.name for path in self.directory.glob("Microsoft*"))


@pytest.fixture
def site(installers: Path, tmp_path: Path) -> Iterator[Site]:
    served = tmp_path / "served"
    shutil.copytree(installers, served)
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(web.self_signed())
    with web.serving(served, "127.0.0.1", certificate=certificate) as server:
        links = tmp_path / "links.txt"
        links.write_text("".join(f"{server.url}{path.name}\n" for path in served.iterdir()), encoding="utf-8")
        yield Site(server, served, links, tmp_path / "mirror", {"SSL_CERT_FILE": str(certificate)})


def grow(path: Path) -> None:
    """Give an installer the size that takes a while: what compresses to nothing would be there at once."""
    with tarfile.open(path) as source:
        members = [(member, source.extractfile(member)) for member in source.getmembers()]
        grown = path.with_suffix(".grown")
        with tarfile.open(grown, "w:gz", compresslevel=1) as target:
            for member, content in members:
                target.addfile(member, content)
            filler = tarfile.TarInfo("filler")
            filler.size = 4_000_000
            target.addfile(filler, io.BytesIO(os.urandom(filler.size)))
    grown.replace(path)


def result(run: AnsibleRun) -> Mapping[str, Any]:
    return run.only(MIRROR).result


@pytest.mark.parametrize("venv", [VENV, OLDEST_VENV], ids=["newest", "oldest"])
def test_a_mirror_is_built_told_about_and_left_alone_by_the_second_run(site: Site, venv: Path) -> None:
    needed = ["DEBIAN12-64", "DEBIAN11-64", "RHEL10-64"]
    first = site.mirror(venv=venv, needed_tags=needed)
    assert (first.rc, first.changed) == (0, True), str(first)
    newest = [name for name in site.names if NEW in name]
    assert site.held() == newest
    assert result(first)["lacking"] == {"RHEL10-64": "the source has no installer for it"}
    for told in ("2 mirrored", "lacking for the inventory: RHEL10-64", "RHEL5-64 (from 9.36)", "1 of 2: Microsoft"):
        assert told in first.stdout
    assert all(name in (site.directory / "INDEX.md").read_text() for name in newest)
    asked = len(site.server.asked)
    second = site.mirror(venv=venv, needed_tags=needed)
    assert (second.rc, second.changed) == (0, False), str(second)
    assert len(site.server.asked) == asked


def test_check_mode_shows_what_would_come_and_touches_nothing(site: Site) -> None:
    run = site.mirror("--check", "--diff")
    assert (run.rc, run.changed) == (0, True), str(run)
    assert not site.directory.exists()
    assert site.server.asked == []
    assert all(f"+{name}" in run.stdout for name in site.names if NEW in name)


def test_a_host_is_installed_from_what_was_mirrored(site: Site, host: Host, install: Play) -> None:
    assert site.mirror(tags=["DEBIAN12-64"], versions=["9.66", "9.62"]).rc == 0
    assert len(site.held()) == 2
    run = install(host, installer_path=str(site.directory))
    assert run.rc == 0, str(run)
    assert witness.record(host).get("VERSION") == "9.66.0.0"


def test_a_folder_off_the_appliance_is_taken_over(site: Site) -> None:
    for path in list(site.served.iterdir()):
        path.rename(path.with_name(path.name.replace("_release", "_Release").replace("_UA_", " UA ")))
    run = site.mirror(links=None, source=str(site.served), tags=["DEBIAN12-64"])
    assert run.rc == 0, str(run)
    assert site.held() == [f"Microsoft-ASR_UA_{NEW}_DEBIAN12-64_GA_20Sep2025_release.tar.gz"]


def test_an_interrupted_run_is_gone_on_with(site: Site) -> None:
    """ansible-playbook and its worker, which is in a session of its own, are killed in the middle of a download."""
    (name,) = (name for name in site.names if NEW in name and DEBIAN_11 in name)
    grow(site.served / name)
    site.server.mistakes[f"/{name}"] = [web.Mistake(pause=0.1)]
    variables = json.dumps(site.variables(tags=[DEBIAN_11]))
    command = [str(VENV / "bin" / "ansible-playbook"), PLAYBOOK, "-e", variables]
    running = subprocess.Popen(command, cwd=ROOT, env=environment(extra=site.env), stdout=subprocess.DEVNULL)
    part = site.directory / ".incoming" / f"{name}.part"
    while not (part.exists() and part.stat().st_size) and running.poll() is None:
        time.sleep(0.05)
    worker = json.loads(part.with_suffix(".claim").read_text())["pid"]
    running.kill()
    os.kill(worker, signal.SIGKILL)
    assert running.wait(10) == -signal.SIGKILL
    have = part.stat().st_size
    assert 0 < have < (site.served / name).stat().st_size
    run = site.mirror(tags=[DEBIAN_11])
    assert run.rc == 0, str(run)
    assert site.server.asked[-1].start == have
    assert site.held() == [name]
    assert not (site.directory / ".incoming").exists()


@pytest.mark.parametrize(
    ("mistake", "reason", "found"),
    [
        (web.Mistake(page=True), "installer_corrupt", "an HTML page"),
        (web.Mistake(longer=1000), "download_failed", ""),
        (web.Mistake(redirect="http://127.0.0.1:1/"), "download_failed", "a redirect from https to http"),
    ],
    ids=["page", "wrong length", "redirect to http"],
)
def test_a_server_that_errs_costs_one_file_and_the_run_fails(
    site: Site, mistake: web.Mistake, reason: str, found: str
) -> None:
    bad, good = (next(name for name in site.names if NEW in name and tag in name) for tag in (DEBIAN_11, "DEBIAN12-64"))
    site.server.mistakes[f"/{bad}"] = [mistake] * 9
    run = site.mirror(attempts=1)
    assert run.rc == 2, str(run)
    failed = result(run)
    assert (failed["reason"], list(failed["failed_files"])) == (reason, [bad])
    assert found in str(failed["found"])
    assert site.held() == [good]
    assert bad not in (site.directory / "SHA256SUMS").read_text()


def test_sums_that_disagree_keep_a_file_out(site: Site, tmp_path: Path) -> None:
    sums = tmp_path / "sums"
    sums.write_text("".join(f"{'0' * 64}  {name}\n" for name in site.names), encoding="utf-8")
    run = site.mirror(checksums=str(sums))
    assert (run.rc, result(run)["reason"]) == (2, "checksum_mismatch")
    assert site.held() == []


@pytest.mark.parametrize(
    ("options", "reason", "found"),
    [
        ({"tags": ["RHEL8"]}, "invalid_argument", "no such tag: RHEL8"),
        ({"versions": ["newest"]}, "invalid_argument", "version 'newest'"),
        ({"versions": ["9.10"]}, "installer_not_found", "9.66.7567.1"),
        ({"allow_http": True}, "checksum_required", "no checksums"),
        ({"asr_mobility_validate_certs": False}, "checksum_required", "no checksums"),
        ({"allow_http": True, "checksums": "http://127.0.0.1:1/sums"}, "invalid_argument", "checksums from http"),
        ({"links": "/absent"}, "invalid_argument", "/absent"),
        ({"source": "/absent"}, "invalid_argument", "mutually exclusive"),
        ({"links": None, "source": "/absent"}, "installer_not_found", "/absent"),
        ({"checksums": "/absent"}, "invalid_argument", "/absent"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    site: Site, options: dict[str, object], reason: str, found: str
) -> None:
    run = site.mirror(venv=VENV, **options)
    assert run.rc == 2, str(run)
    assert result(run)["reason"] == reason
    assert found in str(result(run)["found"])
    assert site.server.asked == []
    assert not site.directory.exists()


def test_plain_http_is_refused_unless_it_is_allowed_and_summed(site: Site, tmp_path: Path) -> None:
    with web.serving(site.served, "127.0.0.1") as plain:
        site.links.write_text("".join(f"{plain.url}{name}\n" for name in site.names), encoding="utf-8")
        refused = site.mirror()
        assert (refused.rc, result(refused)["reason"]) == (2, "invalid_argument")
        listed = subprocess.run(["sha256sum", *site.names], cwd=site.served, check=True, capture_output=True)
        (tmp_path / "sums").write_bytes(listed.stdout)
        run = site.mirror(allow_http=True, checksums=str(tmp_path / "sums"))
        assert run.rc == 0, str(run)
        assert len(site.held()) == 2


def test_a_password_for_one_of_several_servers_is_asked_for(site: Site) -> None:
    login: dict[str, Any] = {"asr_mobility_url_username": "reader", "asr_mobility_url_password": "TOPSECRET-word"}
    with site.links.open("a") as links:
        links.write("https://elsewhere.invalid/Microsoft-ASR_UA_9.66.7567.1_OL9-64_GA_20Sep2025_release.tar.gz\n")
    refused = site.mirror(**login)
    assert (refused.rc, result(refused)["reason"]) == (2, "invalid_argument")
    assert site.server.asked == []
    host = site.server.url.removeprefix("https://").rstrip("/")
    run = site.mirror(login_host=host, tags=["DEBIAN12-64"], **login)
    assert run.rc == 0, str(run)


def test_a_password_reaches_its_server_and_nothing_else(site: Site) -> None:
    login = ("reader", "TOPSECRET-word")
    with web.serving(site.served, "127.0.0.1", login, Path(site.env["SSL_CERT_FILE"])) as closed:
        site.links.write_text("".join(f"{closed.url}{name}\n" for name in site.names), encoding="utf-8")
        assert result(site.mirror())["reason"] == "download_failed"
        run = site.mirror("-vvv", asr_mobility_url_username=login[0], asr_mobility_url_password=login[1])
    assert run.rc == 0, str(run)
    written = [(site.directory / name).read_text() for name in ("INDEX.md", "index.json", "SHA256SUMS")]
    assert not any(login[1] in text for text in [*written, run.stdout, run.stderr])
