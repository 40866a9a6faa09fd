"""What the preflight's script reads from the trees of machines that the lab cannot be: their disks, networks, boots."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import textwrap
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import (
    SCRIPT_FILE,
    Examination,
    examination,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import SCRIPT_FILE as PROBE_FILE
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

Tree = t.Mapping[str, str]
"""Path -> content. One that ends with / is a directory; content that begins with @ is where a link leads."""

ELSEWHERE = re.compile(r"(?<!\w)/(?:(?:sys|etc|boot|run|var|lib)/(?!\))|proc/(?:mounts|cmdline|net/|self/mountinfo))")
"""The paths of the script that a tree stands for: those of its own processes are true ones."""

KERNEL = "2.6.32-754.el6.x86_64"
DF = "Filesystem 1024-blocks Used Available Capacity Mounted on\n{node} 9 1 8 11% {place}\n"
NODE = "brw-rw---- 1 0 6 {major}, {minor} Jan  1 00:00 {node}\n"
HUNG = "#!/bin/sh\ntrap '' TERM\necho $$ >\"$0.pid\"\nwhile :; do sleep 1; done\n"
"""A program that no signal but KILL ends, as one that waits inside the kernel."""


def planted(root: Path, tree: Tree) -> None:
    for name, content in tree.items():
        path = root / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif content.startswith("@"):
            path.symlink_to(content[1:])
        else:
            path.write_text(content, encoding="utf-8")
            path.chmod(0o755)


def seen(shell: list[str], root: Path, tree: Tree, calls: str) -> Examination:
    """What these functions of the script tell of that machine. Programs in /bin of the tree come first."""
    planted(root, tree)
    probe = sent_text(PROBE_FILE)
    functions = probe[: probe.index("\nprobe_identity\n")]
    script = ELSEWHERE.sub(lambda found: f"{root}{found.group()}", sent_text(SCRIPT_FILE))
    tools = f"""
        PATH='{root}/bin':$PATH
        probe_pid_space=
        probe_package_busy=
        preflight_release={KERNEL}
        df() {{ cat '{root}/df'; }}
        ls() {{ if [ -e "{root}/nodes$2" ]; then cat "{root}/nodes$2"; else command ls "$@"; fi; }}
        cpio() {{ cat; }}
    """
    if HUNG in tree.values():
        script = re.sub(r"(?<=probe_output|robe_bounded) [0-9]+", " 1", script)  # second
    text = f"{functions}\n{script}\n{textwrap.dedent(tools)}\n{calls}\n"
    end = "probe_emit preflight complete\nprintf 'probe=complete\\n'\n"
    try:
        done = subprocess.run(shell, input=f"{text}{end}", text=True, capture_output=True, timeout=60, check=True)
    finally:
        for file in root.glob("bin/*.pid"):
            os.kill(int(file.read_text(encoding="utf-8")), signal.SIGKILL)
    assert done.stderr == ""
    found = examination(parse_facts(done.stdout), 0.0)
    assert found is not None
    return found


def mounted(node: str, numbers: str, place: str = "/") -> Tree:
    """What df and ls tell of the device under a file system. numbers: major:minor."""
    major, minor = numbers.split(":")
    return {
        "df": DF.format(node=node, place=place),
        f"nodes{node}": NODE.format(major=major, minor=minor, node=node),
    }


def disk(name: str, numbers: str, sector: str = "512", **partitions: str) -> Tree:
    """A disk with hardware in sysfs. partitions: name -> major:minor."""
    own = {"device/": "", "size": "2048\n", "dev": f"{numbers}\n", "queue/logical_block_size": f"{sector}\n"}
    parts = {f"{part}/dev": f"{pair}\n" for part, pair in partitions.items()}
    return {f"sys/block/{name}/{path}": content for path, content in {**own, **parts}.items()}


def volume(name: str, numbers: str, uuid: str | None, *below: str) -> Tree:
    """A device of the device mapper over others; without a uuid on old kernels."""
    tree = {f"sys/block/{name}/dev": f"{numbers}\n", f"sys/block/{name}/size": "2048\n"}
    tree.update({f"sys/block/{name}/slaves/{device}": "@/" for device in below})
    return {**tree, f"sys/block/{name}/dm/uuid": f"{uuid}\n"} if uuid else tree


# --- disks ------------------------------------------------------------------------------------------------------------


def test_a_logical_volume_on_two_disks(shell: list[str], tmp_path: Path) -> None:
    tree = {
        **mounted("/dev/mapper/vg-root", "253:0"),
        **volume("dm-0", "253:0", "LVM-abc", "sda2", "dm-1"),
        **volume("dm-1", "253:1", "CRYPT-LUKS1-x", "sdb"),
        **disk("sda", "8:0", sda1="8:1", sda2="8:2"),
        **disk("sdb", "8:16", "4096"),
        **volume("dm-2", "253:2", "mpath-3600508b4", "sda2"),
    }
    found = seen(shell, tmp_path, tree, "preflight_storage")
    assert found.devices["root"] == "/dev/mapper/vg-root"
    assert found.blocks["root"] == "dm-0"
    assert found.mapped["root"] == "LVM-abc"
    assert found.disks["root"] == ("sda", "sdb")
    assert found.physical_disks == ("sda", "sdb")
    assert found.sectors == {"sda": 512, "sdb": 4096}
    assert (found.multipath, found.untold_maps) == (("dm-2",), ())


def test_a_partition_of_an_nvme_disk(shell: list[str], tmp_path: Path) -> None:
    tree = {**mounted("/dev/nvme0n1p1", "259:1"), **disk("nvme0n1", "259:0", nvme0n1p1="259:1")}
    found = seen(shell, tmp_path, tree, "preflight_device boot /")
    assert (found.blocks, found.disks) == ({"boot": "nvme0n1p1"}, {"boot": ("nvme0n1",)})
    assert found.mapped == {}


def test_a_smart_array_on_red_hat_5(shell: list[str], tmp_path: Path) -> None:
    """Linux 2.6.18 tells neither the id of a mapped device nor logical sectors."""
    array: dict[str, str] = {**disk("cciss!c0d0", "104:0", **{"cciss!c0d0p2": "104:2"})}
    array["sys/block/cciss!c0d0/queue/hw_sector_size"] = array.pop("sys/block/cciss!c0d0/queue/logical_block_size")
    tree = {**mounted("/dev/mapper/VolGroup00-Root", "253:0"), **volume("dm-0", "253:0", None, "cciss!c0d0p2"), **array}
    found = seen(shell, tmp_path, tree, "preflight_storage")
    assert (found.blocks["root"], found.disks["root"]) == ("dm-0", ("cciss!c0d0",))
    assert (found.mapped, found.multipath, found.untold_maps) == ({}, (), ("dm-0",))
    assert (found.physical_disks, found.sectors) == (("cciss!c0d0",), {"cciss!c0d0": 512})


def test_only_disks_with_hardware_and_a_medium_are_judged(shell: list[str], tmp_path: Path) -> None:
    others = ("loop0", "ram0", "sr0", "fd0", "pmem0", "md0")
    tree: dict[str, str] = {**mounted("overlay", "0:1"), **disk("vda", "252:0"), **disk("sdz", "8:200")}
    tree["sys/block/sdz/size"] = "0\n"
    for name in others:
        tree.update(disk(name, "7:0", "4096"))
    for name in ("nbd0", "bcache0", "zd0", "zram0"):
        tree.update({f"sys/block/{name}/size": "2048\n", f"sys/block/{name}/queue/logical_block_size": "4096\n"})
    found = seen(shell, tmp_path, tree, "preflight_storage")
    assert (found.physical_disks, found.sectors) == (("vda",), {"vda": 512})
    assert found.devices == {}


def test_a_device_that_sysfs_does_not_show_is_not_told(shell: list[str], tmp_path: Path) -> None:
    tree = {**mounted("/dev/sdq1", "65:1"), **disk("sda", "8:0")}
    found = seen(shell, tmp_path, tree, "preflight_device boot /")
    assert (found.devices, found.blocks, found.disks) == ({}, {}, {})


def test_a_system_without_initrd_calls_its_device_dev_root(shell: list[str], tmp_path: Path) -> None:
    tree = {
        "df": DF.format(node="/dev/root", place="/"),
        "proc/self/mountinfo": "20 1 0:5 / /sys rw - sysfs sysfs rw\n25 1 8:1 / / rw,relatime - ext4 /dev/root rw\n",
        **disk("sda", "8:0", sda1="8:1"),
    }
    found = seen(shell, tmp_path, tree, "preflight_device root /")
    assert (found.devices, found.blocks, found.disks) == ({"root": "/dev/root"}, {"root": "sda1"}, {"root": ("sda",)})
    (tmp_path / "proc/self/mountinfo").unlink()
    assert seen(shell, tmp_path, {}, "preflight_device root /").devices == {}


def test_the_devices_of_each_btrfs(shell: list[str], tmp_path: Path) -> None:
    base = "sys/fs/btrfs/0b1c"
    tree = {f"{base}/devices/sda1": "@/", f"{base}/devices/sdb1": "@/", "sys/fs/btrfs/features/": "", "df": ""}
    assert seen(shell, tmp_path, tree, "preflight_storage").btrfs == (("sda1", "sdb1"),)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 /boot ext4 defaults 0 2", True),
        ("/dev/sda2 /boot/ ext4", True),
        ("/dev/sda2 /boot", True),
        ("#/dev/sda2 /boot ext4\n/dev/sda3 /boot/efi vfat\n", False),
    ],
)
def test_an_entry_for_boot(shell: list[str], tmp_path: Path, table: str, named: bool) -> None:
    tree = {"etc/fstab": table, "proc/mounts": "s /s gfs2 rw 0 0\nl /l lustre rw 0 0\nx / ext4 rw 0 0\n"}
    found = seen(shell, tmp_path, tree, "preflight_mounts")
    assert found.boot_in_fstab is named
    assert found.cluster_mounts == ("gfs2 on /s", "lustre on /l")
    assert found.one_pass_encryption is False


# --- the network ------------------------------------------------------------------------------------------------------

NET = "sys/class/net"
NEW: Tree = {
    f"{NET}/lo/": "",
    f"{NET}/eth0/device/": "",
    f"{NET}/eth1/device/": "",
    f"{NET}/bond0/lower_eth0": "@../eth0",
    f"{NET}/bond0/lower_eth1": "@../eth1",
    f"{NET}/bond0.5/lower_bond0": "@../bond0",
    f"{NET}/br0/brif/bond0.5/": "",
    f"{NET}/veth1/": "",
    f"{NET}/docker0/brif/veth1/": "",
    f"{NET}/docker0/lower_veth1": "@../veth1",
    f"{NET}/ring/lower_ring": "@../ring",
}
OLD: Tree = {
    f"{NET}/eth0/device/": "",
    f"{NET}/eth1/device/": "",
    f"{NET}/bond0/bonding/slaves": "eth0 eth1\n",
    f"{NET}/bond0.5/": "",
    f"{NET}/br0/brif/bond0.5/": "",
    f"{NET}/vnet0/": "",
    "proc/net/vlan/config": "VLAN Dev name | VLAN ID\nName-Type: x\nbond0.5        | 5  | bond0\n",
}


@pytest.mark.parametrize("tree", [NEW, OLD], ids=["links", "files"])
def test_a_bridge_over_a_vlan_over_a_bond_has_hardware(shell: list[str], tmp_path: Path, tree: Tree) -> None:
    found = seen(shell, tmp_path, tree, "preflight_interfaces")
    assert sorted(found.interfaces) == ["bond0", "bond0.5", "br0", "eth0", "eth1"]


IP = "#!/bin/sh\necho '1: lo    inet 127.0.0.1/8 scope host lo'\necho '2: br0    inet 192.0.2.7/24 scope global br0'\n"


@pytest.mark.parametrize(
    ("program", "addresses"),
    [(IP, (("br0", "192.0.2.7"),)), ("#!/bin/sh\nexit 0\n", ()), (f"{IP}exit 1\n", None), (HUNG, None)],
    ids=["works", "none", "fails", "hangs"],
)
def test_addresses_are_known_only_when_the_program_could_tell(
    shell: list[str], tmp_path: Path, program: str, addresses: tuple[tuple[str, str], ...] | None
) -> None:
    assert seen(shell, tmp_path, {"bin/ip": program}, "preflight_addresses").addresses == addresses


def test_the_lines_of_the_hosts_own_name(shell: list[str], tmp_path: Path) -> None:
    name = os.uname().nodename
    ours = f"192.0.2.7 x {name}.example.com\n192.0.2.8 {name}x\n::1 {name} # us"
    hosts = f"127.0.0.1 localhost\n# 192.0.2.1 {name}\n{ours}"
    assert seen(shell, tmp_path, {"etc/hosts": hosts}, "preflight_hosts").hosts_addresses == ("192.0.2.7", "::1")


# --- the boot and the system ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "state"),
    [
        ({}, "bios"),
        ({"bin/mokutil": "#!/bin/sh\necho SecureBoot enabled\n"}, "enabled"),
        ({"bin/mokutil": "#!/bin/sh\necho SecureBoot disabled\n"}, "disabled"),
        ({"bin/mokutil": "#!/bin/sh\nexit 1\n", "sys/firmware/efi/": ""}, None),
        ({"bin/mokutil": HUNG, "sys/firmware/efi/efivars/SecureBoot-8be4": "\x06\0\0\0\1"}, "enabled"),
        ({"sys/firmware/efi/efivars/SecureBoot-8be4": "\x06\0\0\0\0"}, "disabled"),
    ],
)
def test_secure_boot(shell: list[str], tmp_path: Path, tree: Tree, state: str | None) -> None:
    assert seen(shell, tmp_path, tree, "preflight_secure_boot").secure_boot == state


def test_the_sizes_of_initrd_images(shell: list[str], tmp_path: Path) -> None:
    names = ("initrd.img-6.1", "initramfs-5.14.img", "initrd-4.12", "initramfs-0-rescue-1.img", "initrd.img-6.0.old")
    tree = {f"boot/{name}": "x" * (number + 1) for number, name in enumerate(names)}
    found = seen(shell, tmp_path, {**tree, "boot/initramfs-3.10kdump.img": "x"}, "preflight_kernel")
    sizes = {Path(path).name: size for path, size in found.initrd_bytes.items()}
    assert sizes == {"initrd.img-6.1": 1, "initramfs-5.14.img": 2, "initrd-4.12": 3}
    assert found.kernel_directory is False
    tree = {f"lib/modules/{KERNEL}/kernel/drivers/char/": ""}
    assert seen(shell, tmp_path, tree, "preflight_kernel").kernel_directory is True


@pytest.mark.parametrize(
    ("listed", "there"), [("init\nlib/hv_storvsc.ko\n", True), ("init\nlib/ext4.ko\n", False), (None, None)]
)
def test_the_integration_services(shell: list[str], tmp_path: Path, listed: str | None, there: bool | None) -> None:
    image = tmp_path / f"boot/initramfs-{KERNEL}.img"
    image.parent.mkdir()
    packed = subprocess.run(["gzip", "-c"], input=(listed or "").encode(), capture_output=True, check=True).stdout
    image.write_bytes(packed if listed else b"no archive")
    assert seen(shell, tmp_path, {}, "preflight_kernel").integration_services is there


@pytest.mark.parametrize(
    ("program", "level"), [("exit 3", "systemd"), ("exit 0", "stopping"), (HUNG, None)], ids=["up", "stopping", "hangs"]
)
def test_the_run_level(shell: list[str], tmp_path: Path, program: str, level: str | None) -> None:
    tree = {"run/systemd/system/": "", "bin/systemctl": f"#!/bin/sh\n{program}\n"}
    assert seen(shell, tmp_path, tree, "preflight_run_level").run_level == level


@pytest.mark.parametrize(
    ("program", "there"),
    [
        ("printf 'C\\nC.UTF-8\\nPOSIX\\n'", True),
        ("printf 'C.UTF-8\\nPOSIX\\n'", False),
        ("exit 0", None),
        ("echo C; exit 1", None),
        (HUNG, None),
    ],
)
def test_the_locale(shell: list[str], tmp_path: Path, program: str, there: bool | None) -> None:
    tree = {"bin/locale": f"#!/bin/sh\n{program}\n"}
    assert seen(shell, tmp_path, tree, "preflight_locale").c_locale is there


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("echo package", ""),
        ("echo 'BDB2053 Freeing read locks for locker 0x1: 2/3' >&2", ""),
        ("echo 'warning: Found NDB database' >&2; echo error: of a package", ""),
        ("echo 'warning: x' >&2; echo 'error: rpmdb: damaged' >&2; echo more >&2", "error: rpmdb: damaged"),
        ("echo 'error: cannot open' >&2; exit 1", "error: cannot open"),
        ("exit 1", "rpm -qa ended with 1"),
    ],
)
def test_the_rpm_database(shell: list[str], tmp_path: Path, program: str, error: str) -> None:
    tree = {"bin/rpm": f"#!/bin/sh\n{program}\n", "var/lib/rpm/Packages": ""}
    assert seen(shell, tmp_path, tree, "preflight_rpm").rpm_error == error


def test_a_database_that_never_answers_is_not_waited_for(shell: list[str], tmp_path: Path) -> None:
    """rpm on a stale lock does not end by TERM, and holds what it writes to."""
    tree = {"bin/rpm": HUNG, "var/lib/rpm/Packages": ""}
    assert seen(shell, tmp_path, tree, "preflight_rpm").rpm_error is None


def test_without_a_database_rpm_is_not_asked(shell: list[str], tmp_path: Path) -> None:
    assert seen(shell, tmp_path, {"bin/rpm": f"#!/bin/sh\n: >'{tmp_path}/asked'\n"}, "preflight_rpm").rpm_error is None
    assert not (tmp_path / "asked").exists()
