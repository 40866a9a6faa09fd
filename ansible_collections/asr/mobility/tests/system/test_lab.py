"""The lab itself: a stand-in that is wrong would make every other test prove the wrong thing."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable

import pytest

from lab import endpoints, snapshot
from lab.endpoints import Endpoint
from lab.hosts import Host

StartHost = Callable[..., Host]

MODULE = 'd=/lib/modules/$(uname -r)/kernel/drivers/char; mkdir -p "$d"; echo driver > "$d/trial.ko"'


@pytest.fixture(scope="module")
def host(module_host: StartHost) -> Host:
    return module_host("debian:12")


def loaded(host: Host) -> list[str]:
    return [line.split()[0] for line in host.sh("lsmod").splitlines()[1:]]


def test_a_module_without_file_cannot_be_loaded(host: Host) -> None:
    done = host.exec("modprobe", "absent", check=False)
    assert done.returncode == 1
    assert b"Module absent not found" in done.stderr


def test_a_module_is_loaded_once_and_removed(host: Host) -> None:
    host.sh(f"{MODULE}; depmod -a; modprobe trial; modprobe -v trial")
    assert loaded(host) == ["trial"]
    host.sh("modprobe -rs trial")
    assert loaded(host) == []


def test_a_busy_module_stays(host: Host) -> None:
    host.sh(f"{MODULE}; modprobe trial; touch /run/asr-lab/module-busy")
    assert host.exec("modprobe", "-r", "trial", check=False).returncode == 1
    assert loaded(host) == ["trial"]
    host.sh("rm /run/asr-lab/module-busy; modprobe --remove trial")
    assert loaded(host) == []


def test_loading_can_be_made_to_fail(host: Host) -> None:
    host.sh(f"{MODULE}; touch /run/asr-lab/modprobe-fails")
    assert host.exec("modprobe", "trial", check=False).returncode == 1
    host.sh("rm /run/asr-lab/modprobe-fails")
    assert loaded(host) == []


def test_the_running_kernel_seems_installed(host: Host) -> None:
    host.sh('test -s "/boot/vmlinuz-$(uname -r)" && test -s "/boot/initrd.img-$(uname -r)"')


def test_what_is_loaded_outlives_its_file_and_not_a_restart(lab_host: StartHost) -> None:
    host = lab_host("debian:12")
    trial = "/lib/modules/$(uname -r)/kernel/drivers/char/trial.ko"
    host.sh(f"{MODULE}; modprobe trial; echo newer > {trial}; modprobe trial")
    assert host.read_file("/run/asr-lab/loaded/trial") == "driver\n"
    again = host.restart()
    assert loaded(again) == []
    again.sh("modprobe trial")
    assert again.read_file("/run/asr-lab/loaded/trial") == "newer\n"


def test_each_host_has_a_bios_id_of_its_own_for_life(lab_host: StartHost) -> None:
    first, second = lab_host("debian:12"), lab_host("debian:12", bios_id="12345678-ABCD-4000-8000-123456789ABC")
    assert second.bios_id() == "12345678-ABCD-4000-8000-123456789ABC"
    assert str(uuid.UUID(first.bios_id())) == first.bios_id()
    assert first.restart().bios_id() == first.bios_id()
    denied = first.exec("cat", "/sys/class/dmi/id/product_uuid", user="nobody", check=False)
    assert b"Permission denied" in denied.stderr


def test_the_other_classes_of_devices_stay_visible(host: Host) -> None:
    assert {"eth0", "lo"} <= set(host.sh("ls /sys/class/net").split())
    assert host.sh("cat /sys/class/net/lo/address").strip() == "00:00:00:00:00:00"


REFUSED, SILENT = "refused", "silent"


def answer(host: Host, endpoint: Endpoint, port: int) -> str:
    """What a host gets that connects: an open connection, a refusal, or silence."""
    done = host.exec(
        *("timeout", "3", "bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', endpoint.address, str(port)), check=False
    )
    return {0: "open", 1: REFUSED, 124: SILENT}[done.returncode]


def test_an_endpoint_takes_refuses_and_ignores_connections(host: Host) -> None:
    with endpoints.serving() as server:
        assert [answer(host, server, port) for port in endpoints.PORTS] == ["open", "open"]
        server.close(443)
        server.drop(9443)
        assert [answer(host, server, port) for port in endpoints.PORTS] == [REFUSED, SILENT]
        server.close(443)
        server.open(*endpoints.PORTS)
        assert [answer(host, server, port) for port in endpoints.PORTS] == ["open", "open"]


def test_a_snapshot_sees_every_kind_of_change(host: Host) -> None:
    before = host.filesystem_snapshot()
    host.sh("echo x >> /etc/hostname; chmod 600 /etc/fstab; chown 1:1 /etc/shells; rm /etc/issue")
    host.sh("ln -sfn /etc/hostname /etc/localtime; mkdir /opt/trial")
    changed = {line.split()[1]: line[0] for line in snapshot.changes(before, host.filesystem_snapshot())}
    paths = ("/etc/hostname", "/etc/fstab", "/etc/shells", "/etc/localtime")
    assert changed == {**dict.fromkeys(paths, "~"), "/etc/issue": "-", "/opt/trial": "+"}


def test_a_login_over_ssh_changes_nothing(host: Host) -> None:
    before = host.filesystem_snapshot()
    assert host.exec("true").returncode == 0
    session = subprocess.run([*host.ssh_command(), "id", "-u"], capture_output=True, timeout=30, check=True)
    assert session.stdout == b"0\n"
    assert snapshot.changes(before, host.filesystem_snapshot()) == []


def test_no_python_is_none(module_host: StartHost) -> None:
    bare = module_host("no-python:12")
    assert bare.sh("find / -xdev -name 'python*' -path '*bin/*'; command -v python3 python perl6 || :").strip() == ""


def test_debian_13_is_a_stand_in(module_host: StartHost) -> None:
    assert 'VERSION_ID="13"' in module_host("debian:13").read_file("/etc/os-release")
