"""The releases from before systemd that the lab has stand-ins for: Debian 11 without it, and with their identity files.

Their own images cannot take the place of these: the oldest shells, tools and sshd do not run on a kernel of today, or
reach no package archive any more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LegacyRelease:
    """One release.

    Attributes:
        name: the lab's name of its image, ``debian:7``.
        title: its own name, for people.
        tag: Microsoft's tag, by which its installer is called.
        family: debian, redhat or suse, for the places and tools of init.d scripts.
        level: the run level it boots into.
        without: Debian packages that its stand-in has not.
    """

    name: str
    title: str
    tag: str
    family: str
    level: int
    without: str = ""

    @property
    def parent(self) -> str:
        """The image of the lab that its stand-in is built on."""
        return "legacy:11" if self.family == "debian" else "legacy-rpm:11"

    @property
    def folder(self) -> str:
        """Its folder in ``recipes/releases``."""
        return self.name.replace(":", "-")


LEGACY: dict[str, LegacyRelease] = {
    release.name: release
    for release in (
        LegacyRelease("rhel:6", "Red Hat Enterprise Linux 6.10", "RHEL6-64", "redhat", 3),
        LegacyRelease("sles:11", "SUSE Linux Enterprise Server 11 SP4", "SLES11-SP4-64", "suse", 3),
        LegacyRelease("debian:7", "Debian 7.11", "DEBIAN7-64", "debian", 2),
        LegacyRelease("ubuntu:14.04", "Ubuntu 14.04.6 LTS", "UBUNTU-14.04-64", "debian", 2, without="wget"),
    )
}
