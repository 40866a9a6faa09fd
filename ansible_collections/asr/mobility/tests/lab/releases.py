"""The releases of other distributions that the lab has hosts for: a stand-in of each, or its own image from a registry.

A stand-in is Debian 12 with the identity files of the release (``recipes/releases``), for the rpm families with a real
rpm and its database, and a real dnf or zypper. It is never the distribution it names, and its image and hosts say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.legacy import LEGACY

RPM_PACKAGES: tuple[str, ...] = (
    *("systemd", "openssh-server", "sudo", "iproute", "kmod", "util-linux", "hostname"),
    *("bash", "tar", "gzip", "xz", "curl", "ca-certificates"),
)
"""What the own image of an rpm family gets; programs of other names are added for each manager below."""


@dataclass(frozen=True)
class Manager:
    """How an rpm family installs packages into its own image. more: packages that only this family names so."""

    install: str
    more: tuple[str, ...]


DNF = Manager("dnf install -y -q --allowerasing", ("openssh-clients", "procps-ng", "dhcp-client"))
YUM = Manager("yum install -y -q", ("openssh-clients", "procps-ng", "dhclient"))
ZYPPER = Manager("zypper -n -q install --no-recommends", ("openssh", "procps", "wicked", "dhcp-client"))


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        name: the lab's name of its image, ``rhel:9``.
        title: its own name, for people.
        tag: Microsoft's tag, by which its installer is called.
        parent: the image of the lab that its stand-in is built on.
        upstream: its own image, below a registry prefix.
        manager: of its own image; None for apt.
    """

    name: str
    title: str
    tag: str
    parent: str
    upstream: str
    manager: Manager | None = None

    @property
    def folder(self) -> str:
        """Its folder in ``recipes/releases``."""
        return self.name.replace(":", "-")


SLES = "SUSE Linux Enterprise Server"

RELEASES: dict[str, Release] = {
    release.name: release
    for release in (
        # Of RHEL 7 no image is public; CentOS 7 has the same tag. Its yum needs a Python 2 that Debian 12 has not.
        Release("rhel:7", "Red Hat Enterprise Linux Server 7.9", "RHEL7-64", "rpm:12", "centos:7", YUM),
        Release("rhel:8", "Red Hat Enterprise Linux 8.10", "RHEL8-64", "dnf:12", "redhat/ubi8:latest", DNF),
        Release("rhel:9", "Red Hat Enterprise Linux 9.4", "RHEL9-64", "dnf:12", "redhat/ubi9:latest", DNF),
        Release("ol:8", "Oracle Linux Server 8.10", "OL8-64", "dnf:12", "oraclelinux:8", DNF),
        Release(
            "sles:12", "SUSE Linux Enterprise Server 12 SP5", "SLES12-64", "zypper:12", "suse/sles12sp5:latest", ZYPPER
        ),
        Release(
            "sles:15", "SUSE Linux Enterprise Server 15 SP5", "SLES15-64", "zypper:12", "bci/bci-base:15.5", ZYPPER
        ),
        Release("ubuntu:18.04", "Ubuntu 18.04 LTS", "UBUNTU-18.04-64", "system:12", "ubuntu:18.04"),
        Release("ubuntu:20.04", "Ubuntu 20.04 LTS", "UBUNTU-20.04-64", "system:12", "ubuntu:20.04"),
        Release("ubuntu:22.04", "Ubuntu 22.04 LTS", "UBUNTU-22.04-64", "debian:12", "ubuntu:22.04"),
        Release("ubuntu:24.04", "Ubuntu 24.04 LTS", "UBUNTU-24.04-64", "debian:12", "ubuntu:24.04"),
    )
}

TAGS: dict[str, str] = {
    **{"debian:11": "DEBIAN11-64", "debian:12": "DEBIAN12-64", "no-python:12": "DEBIAN12-64"},
    **{release.name: release.tag for release in RELEASES.values()},
    **{release.name: release.tag for release in LEGACY.values()},
}
"""Image of the lab -> the tag of the installer that serves it."""
