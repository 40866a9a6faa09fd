"""Build the images of the lab's hosts from Debian's own packages: ``python -m lab.images [--all | NAME ...]``.

Why not simply pull images: the lab must work where no registry can be reached. ``mmdebstrap`` makes a root file system
(kept as a tar file in the cache), ``podman build`` puts the rest on top. With ``ASR_MOBILITY_LAB_REGISTRY=<prefix>``
the distribution's own image ``<prefix>/debian:12`` gets the same packages and becomes the base instead; so do the own
images of the other distributions, whose names are in ``lab.releases``.

An image is rebuilt only when its recipe changed: every image carries a digest of its recipe and of what it is built on.
Images whose description and name say stand-in are Debian with another identity, never the distribution they name.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import functools
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab.accounts import PASSWORD
from lab.engine import LABEL, EngineError, environment, podman
from lab.legacy import LEGACY, LegacyRelease
from lab.places import RECIPES, cache
from lab.releases import RELEASES, RPM_PACKAGES, Release

PREFIX = "localhost/asr-mobility-lab"
DIGEST_LABEL = f"{LABEL}.recipe"
REGISTRY_VARIABLE = "ASR_MOBILITY_LAB_REGISTRY"
BUILD_TIMEOUT = 900.0
"""Seconds one build step may take; the slowest seen took 90."""

PACKAGES: tuple[str, ...] = (
    *(
        "systemd",
        "systemd-sysv",
        "dbus",
        "libpam-systemd",
        "openssh-server",
        "openssh-client",
        "sudo",
        "login",
        "passwd",
    ),
    *("procps", "iproute2", "isc-dhcp-client", "kmod", "e2fsprogs", "util-linux", "hostname"),
    *("bash", "tar", "gzip", "xz-utils", "curl", "wget", "ca-certificates"),
)
"""What a small real server has and the Mobility installer needs; Python is deliberately not among it."""

MMDEBSTRAP_OPTIONS: tuple[str, ...] = (
    "--quiet",
    "--variant=minbase",
    # Debian's own installer has merged /usr since Debian 10; mmdebstrap leaves 11 unmerged.
    '--setup-hook=for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin',
    "--format=tar",
)


@dataclass(frozen=True)
class Base:
    """A root file system made from a Debian suite, or a distribution's own image: recipe and arguments make it ours."""

    name: str
    suite: str = ""
    upstream: str = ""
    recipe: str = "registry"
    arguments: tuple[tuple[str, str], ...] = (("PACKAGES", " ".join(PACKAGES)),)

    @property
    def reference(self) -> str:
        """The podman name of the imported root file system."""
        return f"{PREFIX}/base:{self.name}"


@dataclass(frozen=True)
class Image:
    """One image of the lab: a Containerfile of ``recipes/`` on top of a base or of another image."""

    name: str
    parent: str
    recipe: str
    about: str
    extra: tuple[str, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    stand_in: bool = False

    @property
    def reference(self) -> str:
        """The podman name of the image; that of a stand-in says so."""
        return f"{PREFIX}/{'stand-in-' if self.stand_in else ''}{self.name}"


def _stand_in(release: Release) -> Image:
    return Image(
        *(release.name, release.parent, "stand-in", f"stand-in: Debian 12 with the identity of {release.title}"),
        extra=(f"releases/{release.folder}",),
        arguments=(("RELEASE", release.folder), ("TITLE", release.title)),
        stand_in=True,
    )


def _own_base(release: Release) -> Base:
    if release.manager is None:
        return Base(f"own-{release.folder}", upstream=release.upstream)
    packages = " ".join((*RPM_PACKAGES, *release.manager.more))
    arguments = (("INSTALL", release.manager.install), ("PACKAGES", packages))
    return Base(f"own-{release.folder}", upstream=release.upstream, recipe="registry-rpm", arguments=arguments)


def _own_image(release: Release) -> Image:
    return Image(
        *(release.name, f"own-{release.folder}", "system", f"{release.title}, its own image"),
        extra=("kernel", "systemd"),
    )


BASES: dict[str, Base] = {
    base.name: base
    for base in (
        Base("11", "bullseye", "debian:11"),
        Base("12", "bookworm", "debian:12"),
        *(_own_base(release) for release in RELEASES.values()),
    )
}


def _legacy(release: LegacyRelease) -> Image:
    about = f"stand-in: Debian 11 with busybox init and the identity of {release.title}"
    arguments = {
        **{"RELEASE": release.folder, "TITLE": release.title, "FAMILY": release.family},
        **{"LEVEL": release.level, "WITHOUT": release.without},
    }
    return Image(
        *(release.name, release.parent, "legacy-host", about),
        extra=(f"releases/{release.folder}",),
        arguments=tuple((key, str(value)) for key, value in arguments.items()),
        stand_in=True,
    )


IMAGES: dict[str, Image] = {
    image.name: image
    for image in (
        Image("system:11", "11", "system", "Debian 11 with systemd and sshd", ("kernel", "systemd")),
        Image("system:12", "12", "system", "Debian 12 with systemd and sshd", ("kernel", "systemd")),
        Image("debian:11", "system:11", "python", "Debian 11"),
        Image("debian:12", "system:12", "python", "Debian 12"),
        Image("no-python:12", "system:12", "no-python", "Debian 12 without any Python"),
        Image(
            "debian:13", "debian:12", "debian-13", "stand-in: Debian 12 with the identity of Debian 13", ("identity",)
        ),
        Image(
            *("accounts:12", "debian:12", "accounts", "Debian 12 with one account for each kind of odd login"),
            extra=("accounts",),
            arguments=(("PASSWORD", PASSWORD),),
        ),
        Image("rpm:12", "system:12", "rpm", "Debian 12 with rpm instead of dpkg", ("rpm",)),
        Image("dnf:12", "rpm:12", "rpm-manager", "the same with dnf", arguments=(("MANAGER", "dnf"),)),
        Image("zypper:12", "rpm:12", "rpm-manager", "the same with zypper", arguments=(("MANAGER", "zypper"),)),
        *(_stand_in(release) for release in RELEASES.values()),
        Image("legacy:11", "system:11", "legacy", "Debian 11 with busybox init and without systemd", ("legacy",)),
        Image("rpm:11", "system:11", "rpm", "Debian 11 with rpm instead of dpkg", ("rpm",)),
        Image("legacy-rpm:11", "rpm:11", "legacy", "the same with busybox init and without systemd", ("legacy",)),
        *(_legacy(release) for release in LEGACY.values()),
    )
}
"""Every image in an order in which each stands below what it is built on."""

OWN_IMAGES: dict[str, Image] = {release.name: _own_image(release) for release in RELEASES.values()}
"""What takes the place of a stand-in when there is a registry."""

PUBLIC: tuple[str, ...] = ("debian:11", "debian:12", "no-python:12", "debian:13", "accounts:12", *RELEASES, *LEGACY)


def image(name: str) -> Image:
    """Return the image that has the name now: with a registry a distribution's own one instead of its stand-in."""
    return OWN_IMAGES[name] if registry() and name in OWN_IMAGES else IMAGES[name]


def reference(name: str) -> str:
    """Return the podman name for an image of ``PUBLIC``, for example ``debian:12``."""
    return image(name).reference


def _digest_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _files(recipe: str, extra: Sequence[str]) -> list[tuple[str, bytes]]:
    paths = [RECIPES / f"{recipe}.Containerfile"]
    for folder in extra:
        paths += sorted((RECIPES / folder).iterdir())
    return [(str(path.relative_to(RECIPES)), path.read_bytes()) for path in paths]


def registry() -> str | None:
    """Return the registry prefix the user chose for base images, or None for bases made by mmdebstrap."""
    return os.environ.get(REGISTRY_VARIABLE) or None


@functools.cache
def digest(name: str) -> str:
    """Return the digest of everything that decides what the image (or base) ``name`` contains."""
    if name in BASES:
        base, prefix = BASES[name], registry()
        if prefix:
            return _digest_of(prefix, base.upstream, _files(base.recipe, ()), base.arguments)
        return _digest_of(base.suite, PACKAGES, MMDEBSTRAP_OPTIONS)
    made = image(name)
    return _digest_of(digest(made.parent), _files(made.recipe, made.extra), made.arguments)


def is_current(podman_name: str, wanted: str) -> bool:
    """Tell whether podman holds an image of that name built from exactly this recipe."""
    done = podman("image", "inspect", "--format", f'{{{{index .Labels "{DIGEST_LABEL}"}}}}', podman_name, check=False)
    return done.returncode == 0 and done.stdout.decode().strip() == wanted


def _labels(wanted: str) -> tuple[str, ...]:
    return ("--label", f"{LABEL}=1", "--label", f"{DIGEST_LABEL}={wanted}")


def _build(podman_name: str, recipe: str, base: str, wanted: str, arguments: Sequence[tuple[str, str]]) -> None:
    options = [part for key, value in (("BASE", base), *arguments) for part in ("--build-arg", f"{key}={value}")]
    podman(
        *("build", "--quiet", "--layers=false", "--format", "docker", "--tag", podman_name, *_labels(wanted), *options),
        *("--file", str(RECIPES / f"{recipe}.Containerfile"), str(RECIPES)),
        timeout=BUILD_TIMEOUT,
    )


def _root_file_system(base: Base) -> Path:
    """Return the tar file of the base, made by mmdebstrap unless the cache has it.

    Raises:
        EngineError: mmdebstrap failed; the end of its log is in the text.
    """
    folder = cache() / "images"
    folder.mkdir(exist_ok=True)
    tar = folder / f"base-{base.name}-{digest(base.name)}.tar"
    if not tar.is_file():
        part = tar.with_suffix(f".{os.getpid()}")
        log = tar.with_suffix(".log")
        command = ["mmdebstrap", *MMDEBSTRAP_OPTIONS, f"--include={','.join(PACKAGES)}", base.suite, str(part)]
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=BUILD_TIMEOUT,
                check=False,
            )
        if done.returncode != 0:
            part.unlink(missing_ok=True)
            raise EngineError(f"mmdebstrap {base.suite} failed:\n{log.read_text(errors='replace')[-2000:]}")
        part.replace(tar)
    return tar


def _make_base(base: Base) -> None:
    prefix, wanted = registry(), digest(base.name)
    if prefix:
        pulled = podman("pull", "--quiet", f"{prefix.rstrip('/')}/{base.upstream}", timeout=BUILD_TIMEOUT)
        _build(base.reference, base.recipe, pulled.stdout.decode().strip(), wanted, base.arguments)
        return
    changes = ("--change", f"LABEL {LABEL}=1", "--change", f"LABEL {DIGEST_LABEL}={wanted}")
    podman("import", "--quiet", *changes, str(_root_file_system(base)), base.reference, timeout=BUILD_TIMEOUT)


def _podman_name(name: str) -> str:
    return BASES[name].reference if name in BASES else image(name).reference


def _make_image(made: Image) -> None:
    _build(made.reference, made.recipe, _podman_name(made.parent), digest(made.name), made.arguments)


def _ensure(name: str) -> None:
    """Build one image or base when it is not current, and say how long that took."""
    podman_name = _podman_name(name)
    if is_current(podman_name, digest(name)):
        return
    started = time.monotonic()
    print(f"    {podman_name} ...", flush=True)
    if name in BASES:
        _make_base(BASES[name])
    else:
        _make_image(image(name))
    print(f"    {podman_name} {time.monotonic() - started:.0f} s", flush=True)


def lineage(name: str) -> list[str]:
    """Return ``name`` and everything it is built on, the base first."""
    return [name] if name in BASES else [*lineage(image(name).parent), name]


def waves(names: Sequence[str]) -> list[list[str]]:
    """Return the images to build in waves: what stands in one wave needs only earlier waves."""
    depth = {step: place for name in names for place, step in enumerate(lineage(name))}
    return [[step for step in depth if depth[step] == place] for place in range(max(depth.values(), default=-1) + 1)]


@contextlib.contextmanager
def _one_builder_at_a_time() -> Iterator[None]:
    """Hold a lock for the length of the build: two test runs on one machine share the images."""
    with (cache() / "images.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure(names: Sequence[str] = PUBLIC) -> None:
    """Make sure the named images exist and are current, building at most two at a time.

    Raises:
        EngineError: a build failed; the text carries the tool's own words.
        KeyError: no image of that name.
    """
    with _one_builder_at_a_time(), ThreadPoolExecutor(max_workers=2) as pool:
        for wave in waves(names):
            list(pool.map(_ensure, wave))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what the command line names; without a name, every image."""
    parser = argparse.ArgumentParser(prog="python -m lab.images", description="Build the images of the lab.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join(f"{name} ({IMAGES[name].about})" for name in PUBLIC)
    )
    parser.add_argument("--all", action="store_true", help="every image (the default)")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in PUBLIC]
    if unknown:
        parser.error(f"no such image: {', '.join(unknown)}")
    try:
        ensure(PUBLIC if chosen.all or not chosen.names else chosen.names)
    except EngineError as error:
        print(f"lab.images: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
