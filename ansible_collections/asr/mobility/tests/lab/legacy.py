"""The releases from before systemd that the lab has stand-ins for: Debian 11 without systemd, with their identities.

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
        parent: the image of the lab that its stand-in is built on.
        level: the run level it boots into.
        without: Debian packages that its stand-in has not.
    """

    name: str
    title: str
    tag: str
    parent: str
    level: int
    without: str = ""

    @property
    def folder(self) -> str:
        """Its folder in ``recipes/releases``."""
        return self.name.replace(":", "-")


LEGACY: dict[str, LegacyRelease] = {
    release.name: release
    for release in (
        LegacyRelease("debian:7", "Debian 7.11", "DEBIAN7-64", "legacy:11", 2),
        LegacyRelease("ubuntu:14.04", "Ubuntu 14.04.6 LTS", "UBUNTU-14.04-64", "legacy:11", 2, without="wget"),
    )
}
