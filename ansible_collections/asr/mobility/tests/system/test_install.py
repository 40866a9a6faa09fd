"""Install on hosts as users have them; what counts is what the host itself shows."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from lab import accounts, witness
from lab.accounts import Account
from lab.ansible_run import AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
AGENT = "asr.mobility.mobility_agent"
NEW = "9.66.7567.1"

LOGINS = {
    "root": ("debian:12", accounts.BY_NAME["root"]),
    "sudo-with-password": ("accounts:12", accounts.BY_NAME["withpass"]),
}


@pytest.mark.parametrize("login", LOGINS)
def test_fresh_installation_then_a_rerun_with_nothing_to_do(
    login: str, lab_host: Callable[..., Host], install: Play
) -> None:
    image, account = LOGINS[login]
    host = lab_host(image)
    assert witness.record(host) == {}

    first = install(host, account=account, arguments=("-vvv",))

    assert first.rc == 0, str(first)
    assert_installed(host)
    assert_result(first, host)
    assert witness.leftovers(host) == []
    assert witness.summary_line(first, host)[1:4] == ["installed", "9.66.7567.0", "no"]
    use = witness.connection_use(first, host.address)
    assert use.executions > 3  # the counting works
    assert use.puts >= 1
    assert_rerun_is_free(host, account, install)


def assert_installed(host: Host, prefix: str = "/usr/local/ASR") -> None:
    """The host shows one installation, by its files, its units and the installer's own words."""
    record = witness.record(host)
    assert record["VERSION"] == "9.66.0.0"
    assert "GA_7567" in record["BUILD_TAG"]
    assert record["INSTALLATION_DIR"] == f"{prefix}/Vx"
    assert host.exists(f"{prefix}/Vx/bin/UnifiedAgentConfigurator.sh")
    assert set(host.sh(f"systemctl is-enabled {shlex.join(witness.UNITS)}").split()) == {"enabled"}
    assert "involflt" in host.sh("lsmod")
    assert witness.daemons(host) == set()  # a fresh agent waits for its registration
    (arguments,) = witness.starts(host)
    assert witness.ends(host) == ["rc=0"]
    assert "-q" in arguments
    given = {name: witness.option(arguments, name) for name in ("-d", "-r", "-v", "-c", "-a")}
    assert given == {"-d": prefix, "-r": "MS", "-v": "VmWare", "-c": "CSPrime", "-a": "Install"}


def assert_result(run: AnsibleRun, host: Host) -> None:
    """The result says what happened, in plain types."""
    result = run.only(AGENT, host.name).result
    assert result["changed"] is True
    assert result["steps"] == ["install"]
    assert result["exit_code"] == 0
    assert result["installer_errors"] == []
    assert result["reboot_required"] is False
    assert str(result["installer"]).startswith(f"Microsoft-ASR_UA_{NEW}_DEBIAN12-64_")
    before, after = result["before"], result["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["presence"] == "absent"
    assert (after["presence"], after["version"], after["registration"]) == ("installed", "9.66.7567.0", "no")
    assert (after["tag"], after["install_dir"], after["running"]) == ("DEBIAN12-64", "/usr/local/ASR", False)


def assert_rerun_is_free(host: Host, account: Account, install: Play) -> None:
    """One connection execution, no transfer, no change, no second start; the files are as they were."""
    before = host.sh("cat /usr/local/.vx_version; find /usr/local /etc /lib/modules -xdev -type f -printf '%p %T@\\n'")

    again = install(host, account=account, arguments=("-vvv",))

    assert again.rc == 0, str(again)
    assert not again.changed
    assert again.only(AGENT, host.name).result["steps"] == []
    use = witness.connection_use(again, host.address)
    assert (use.executions, use.puts, use.fetches) == (1, 0, 0), str(again)
    assert len(witness.starts(host)) == 1
    assert witness.leftovers(host) == []
    assert witness.summary_line(again, host)[1] == "ok"
    assert before == host.sh(
        "cat /usr/local/.vx_version; find /usr/local /etc /lib/modules -xdev -type f -printf '%p %T@\\n'"
    )


def test_another_prefix_is_passed_so_that_the_installer_ends_up_there(fresh: Host, install: Play) -> None:
    run = install(fresh, install_dir="/opt/recovery/ASR", stack="classic")
    assert run.rc == 0, str(run)
    assert witness.record(fresh)["INSTALLATION_DIR"] == "/opt/recovery/ASR/Vx"
    assert not fresh.exists("/usr/local/ASR")
    assert not fresh.exists("/opt/recovery/ASR/ASR")
    (arguments,) = witness.starts(fresh)
    assert (witness.option(arguments, "-d"), witness.option(arguments, "-c")) == ("/opt/recovery", "CSLegacy")
    again = install(fresh, install_dir="/opt/recovery/ASR", stack="classic")
    assert (again.rc, again.changed) == (0, False), str(again)


PLANTED = {
    "staging": "mkdir /var/lib/asr-mobility",
    "upload": "mkdir /var/tmp/asr-mobility-upload.0123456789abcdef",
    "lock": "mkdir /var/run/asr-mobility-run.lock",
    "unit": "systemd-run --quiet --unit=asr-mobility-run sleep 600",
    "module directory": "mkdir -p /root/.ansible/tmp",
}


def test_what_would_be_left_behind_would_be_seen(host: Host) -> None:
    seen = witness.leftovers(host)
    assert seen == []
    for command in PLANTED.values():
        host.sh(command)
        now = witness.leftovers(host)
        assert set(seen) < set(now), command
        seen = now
