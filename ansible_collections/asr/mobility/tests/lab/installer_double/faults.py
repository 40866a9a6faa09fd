"""Failures that can be injected, by name; the closed list is checked when an archive is built.

A fault is given as NAME or NAME=VALUE, either to the generator (``--fault``) or on the host as one line of
``/etc/asr-double/faults``, so that one archive serves many tests.

``POINTS`` names where a program can hang or die, in the order in which it gets there. A point is reached when the step
it is called after is done (``start``: before anything; install's ``initrd``: before the images are made, ``service``:
before the agent is started). Faults built into the archive are forgotten at uninstall's ``files``: they go with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One injectable failure. value: what may follow ``=``; empty when nothing may."""

    meaning: str
    value: str = ""


PREREQUISITES = (
    "CLocaleAvailable HostNameSet SecureBoot FreeSpaceOnRoot LisDriversAvailable KernelSupported KernelDirectoryExists "
    "BootDiskAvailable LVMPackageInstalled BootOnLVMFromMultipleDisks BootPartitionMounted IsRootFsSupported "
    "IsBootFsSupported DirsWritable AcpiEqualsToZeroSet DeviceExistInGrubFiles GrubDeviceNameChange "
    "DhcpClientAvailable CheckMTKernelVersion OldOnePassEncryption RunlevelCommandCheck"
).split()

RCM_OPERATIONS = (
    "verifyclientauth registermachine registersourceagent getnoncachedsettings unregistersourceagent "
    "unregistermachine cleanup completeagentupgrade"
).split()

POINTS: dict[str, tuple[str, ...]] = {
    "install": (
        *("start", "stopped", "backup", "payload", "links", "config", "certificates", "cache", "driver", "metadata"),
        *("units", "initrd", "service"),
    ),
    "configurator": ("start", "stopped", "register", "status", "start-agent", "unregister"),
    "uninstall": ("start", "stopped", "driver", "unregister", "initrd", "files", "units", "remove"),
}
"""``stopped`` and ``backup`` of install belong to an upgrade only, ``unregister`` of the configurator to -U true."""

DEFAULT_POINT = {"install": "payload", "configurator": "stopped", "uninstall": "stopped"}


def _at_points(program: str) -> dict[str, Fault]:
    where = f"(default {DEFAULT_POINT[program]}; {', '.join(POINTS[program])})"
    return {
        f"{program}:hang": Fault(f"{program} waits for /run/asr-double/release {where}", "point"),
        f"{program}:die": Fault(f"{program} and what it called are killed with SIGKILL {where}", "point"),
        f"{program}:slow": Fault(f"{program} sleeps at {DEFAULT_POINT[program]} (default 10 seconds)", "seconds"),
    }


FAULTS: dict[str, Fault] = {
    "install:exit": Fault("install ends with this code, at the point and with the remains the code stands for", "code"),
    **{name: fault for program in POINTS for name, fault in _at_points(program).items()},
    "install:no-space": Fault("the install directory seems to have 1 MB free: 97"),
    "install:no-space-left": Fault("the disk is full in the middle of the payload: 159, half of it is there"),
    "rpm:broken": Fault("the rpm database stays inconsistent (archives with an rpm): 97"),
    "configurator:exit": Fault("the configurator ends with this code after it stopped the agent", "code"),
    "uninstall:exit": Fault("uninstall.sh ends with this code before it changes anything", "code"),
    "uninstall:driver-busy": Fault("the driver cannot be unloaded: 0, half removed"),
    "stop:fails": Fault("bin/stop ends 2: install 97, configurator 115 or 97, uninstall 2"),
    "svagents:dead": Fault("svagents ends at once"),
    "appservice:dead": Fault("appservice ends at once"),
    "cs:unreachable": Fault("the configuration server does not answer: 14"),
    "cs:wrong-passphrase": Fault("the configuration server refuses the passphrase: 14"),
    "cs:passphrase-sha256": Fault("sha256 of the configuration server's passphrase; any other one: 14", "hex digits"),
    "cdpcli:registerhost": Fault("the registration at the configuration server fails: 17"),
    **{
        f"rcm:{name}": Fault(f"AzureRcmCli --{name} ends with this code (default 2)", "code") for name in RCM_OPERATIONS
    },
    **{f"prereq:{name}": Fault(f"the prerequisite {name} fails: 99") for name in PREREQUISITES},
    "time:wait": Fault("seconds between tries (default 0.2; the real programs wait 5 to 30)", "seconds"),
    "time:real": Fault("wait as long between tries as the real programs"),
}


def _check_point(name: str, value: str) -> None:
    program, _colon, kind = name.partition(":")
    if value and kind in ("hang", "die") and value not in POINTS[program]:
        raise ValueError(f"{program} has no point {value!r}; there are {', '.join(POINTS[program])}")


def check_faults(names: Iterable[str]) -> None:
    """ValueError for a name, or a value, the table does not know."""
    for given in names:
        name, equals, value = given.partition("=")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        if equals and (not value or not FAULTS[name].value):
            raise ValueError(f"fault {name!r} takes {FAULTS[name].value or 'no value'}: {given!r}")
        _check_point(name, value)
