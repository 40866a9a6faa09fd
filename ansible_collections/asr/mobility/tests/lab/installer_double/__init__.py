"""The installer double: archives that look and behave like a Mobility service installer, made of our own scripts.

It stands in for Microsoft's archive, which may not be redistributed, and can misbehave on demand:

* ``build(DoubleSpec(...), directory)`` writes one archive; ``python -m lab.installer_double`` does the same.
* ``faults.FAULTS`` is the table of injected failures. They are chosen when the archive is built, or on the host
  by lines of ``/etc/asr-double/faults``.
* ``traps.TRAPS`` is the table of surprising facts; each can be switched off when the archive is built.
* ``/var/log/asr-double-runs.log`` on the host has one line for each start, end and signal of a program:
  ``<epoch> start|end|signal|hang|die PROGRAM pid=<pid> <arguments or result>``; programs are install, install_vx,
  configurator, uninstall, agentupgrade, and unregister (what takes the agent off its server, whoever called it).

Needs on the target: bash, tar, awk, sed, and the lab's stand-ins for lsmod, modprobe and depmod.
"""

from __future__ import annotations

from lab.installer_double.archive import build
from lab.installer_double.faults import FAULTS, Fault
from lab.installer_double.spec import DoubleSpec
from lab.installer_double.traps import TRAPS, Trap

__all__ = ["FAULTS", "TRAPS", "DoubleSpec", "Fault", "Trap", "build"]
