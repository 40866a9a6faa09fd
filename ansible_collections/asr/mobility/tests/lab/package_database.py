"""What may happen to the rpm database of a host: damaged, healed, held by a real transaction; and what it knows."""

from __future__ import annotations

from lab.hosts import Host

DATABASE = "/var/lib/rpm/rpmdb.sqlite"
KEPT = "/root/database-kept"
GO_ON = "/run/asr-lab/go-on"

SLOW_PACKAGE = f"""\
Name: slow
Version: 1
Release: 1
Summary: holds the rpm database until {GO_ON} exists
License: GPL-3.0-or-later
AutoReqProv: no
%description
For the lab only.
%pre
while [ ! -e {GO_ON} ]; do sleep 0.2; done
%files
"""


def damage(host: Host) -> None:
    """Overwrite the first page of the database: no rebuild repairs that."""
    host.sh(f"cp -p {DATABASE} {KEPT}; dd if=/dev/zero of={DATABASE} bs=4096 count=1 conv=notrunc 2>/dev/null")


def heal(host: Host) -> None:
    """Restore the database."""
    host.sh(f"cat {KEPT} >{DATABASE}; rm -f {KEPT} {DATABASE}-*")


def hold(host: Host) -> None:
    """Let a real rpm install a package whose scriptlet takes its time: the database is held as long."""
    host.write_file("/root/slow.spec", SLOW_PACKAGE)
    host.sh("rpmbuild -bb --quiet --define '_topdir /root/slow' /root/slow.spec 2>/dev/null")
    install = "rpm -i /root/slow/RPMS/*/slow-*.rpm"
    host.exec("systemd-run", "--quiet", "--unit=lab-slow", "/bin/sh", "-c", f"{install}; true")
    host.sh('while [ -z "$(ps -C rpm -o pid=)" ]; do sleep 0.1; done; sleep 1')


def let_go(host: Host) -> None:
    """Let that transaction end."""
    host.sh(f"touch {GO_ON}; while systemctl is-active --quiet lab-slow; do sleep 0.2; done; rpm -e slow")


def known(host: Host) -> list[str]:
    """Return what rpm knows of the agent."""
    return host.sh("rpm -qa InMageVx").split()
