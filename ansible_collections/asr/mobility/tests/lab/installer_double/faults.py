"""Failures that can be injected, by name; the closed list is checked when an archive is built.

A fault is given as NAME or NAME=VALUE, either to the generator (``--fault``) or on the host as one line of
``/etc/asr-double/faults``, so that one archive serves many tests. Points of ``install`` for hang and die, in order:
start, payload, links, config, certificates, cache, driver, metadata, units, initrd, service.
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

FAULTS: dict[str, Fault] = {
    "install:exit": Fault("install ends with this code, at the point and with the remains the code stands for", "code"),
    "install:hang": Fault("install waits for /run/asr-double/release (at the point, default payload)", "point"),
    "install:die": Fault("install and install_vx kill themselves with SIGKILL (default point payload)", "point"),
    "install:slow": Fault("install sleeps after unpacking (default 10 seconds)", "seconds"),
    "install:no-space": Fault("the install directory seems to have 1 MB free: 97"),
    "configurator:exit": Fault("the configurator ends with this code after it stopped the agent", "code"),
    "configurator:hang": Fault("the configurator waits for the release file (start or register)", "point"),
    "configurator:die": Fault("the configurator kills itself with SIGKILL", "point"),
    "configurator:slow": Fault("the configurator sleeps before registering", "seconds"),
    "uninstall:exit": Fault("uninstall.sh ends with this code before it changes anything", "code"),
    "uninstall:hang": Fault("uninstall.sh waits for the release file (start or remove)", "point"),
    "uninstall:die": Fault("uninstall.sh kills itself with SIGKILL (start or remove)", "point"),
    "uninstall:slow": Fault("uninstall.sh sleeps after stopping the agent", "seconds"),
    "uninstall:driver-busy": Fault("the driver cannot be unloaded: 0, half removed"),
    "stop:fails": Fault("bin/stop ends 2: install 97, configurator 115 or 97, uninstall 2"),
    "svagents:dead": Fault("svagents ends at once"),
    "appservice:dead": Fault("appservice ends at once"),
    "cs:unreachable": Fault("the configuration server does not answer: 14"),
    "cs:wrong-passphrase": Fault("the configuration server refuses the passphrase: 14"),
    "cdpcli:registerhost": Fault("the registration at the configuration server fails: 17"),
    **{
        f"rcm:{name}": Fault(f"AzureRcmCli --{name} ends with this code (default 2)", "code") for name in RCM_OPERATIONS
    },
    **{f"prereq:{name}": Fault(f"the prerequisite {name} fails: 99") for name in PREREQUISITES},
    "time:wait": Fault("seconds between tries (default 0.2; the real programs wait 5 to 30)", "seconds"),
    "time:real": Fault("wait as long between tries as the real programs"),
}


def check_faults(names: Iterable[str]) -> None:
    """ValueError for a name, or a value, the table does not know."""
    for given in names:
        name, equals, value = given.partition("=")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        if equals and (not value or not FAULTS[name].value):
            raise ValueError(f"fault {name!r} takes {FAULTS[name].value or 'no value'}: {given!r}")
