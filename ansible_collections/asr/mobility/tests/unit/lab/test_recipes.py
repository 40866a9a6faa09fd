"""The parts of the lab that decide something without a container: image digests and order, accounts, snapshots."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import detect_tag
from lab import accounts, engine, images, snapshot
from lab.legacy import LEGACY
from lab.places import RECIPES, cache
from lab.releases import RELEASES, Release


def test_parents_are_built_before_children() -> None:
    order = [name for wave in images.waves(images.PUBLIC) for name in wave]
    for name in images.PUBLIC:
        steps = [order.index(step) for step in images.lineage(name)]
        assert steps == sorted(steps)


def test_every_recipe_file_belongs_to_an_image() -> None:
    used = {made.recipe for made in images.IMAGES.values()} | {base.recipe for base in images.BASES.values()}
    assert {path.stem for path in RECIPES.glob("*.Containerfile")} == used


def test_digest_follows_the_parent() -> None:
    digests = [images.digest(name) for name in ("12", "system:12", "debian:12", "accounts:12")]
    assert len(set(digests)) == len(digests)


def test_a_registry_gives_another_base(monkeypatch: pytest.MonkeyPatch) -> None:
    images.digest.cache_clear()
    monkeypatch.delenv(images.REGISTRY_VARIABLE, raising=False)
    without = images.digest("debian:12")
    images.digest.cache_clear()
    monkeypatch.setenv(images.REGISTRY_VARIABLE, "registry.example/mirror")
    try:
        assert images.digest("debian:12") != without
    finally:
        images.digest.cache_clear()


def test_a_stand_in_is_called_so_and_gives_way_to_the_own_image(monkeypatch: pytest.MonkeyPatch) -> None:
    images.digest.cache_clear()
    monkeypatch.delenv(images.REGISTRY_VARIABLE, raising=False)
    for name in RELEASES:
        assert f"/stand-in-{name}" in images.reference(name)
        assert images.image(name).about.startswith("stand-in")
        assert images.lineage(name)[0] == "12"
    before = {name: images.digest(name) for name in RELEASES}
    images.digest.cache_clear()
    monkeypatch.setenv(images.REGISTRY_VARIABLE, "registry.example/mirror")
    try:
        for name, release in RELEASES.items():
            assert "stand-in" not in images.reference(name) + images.image(name).about
            assert images.BASES[images.lineage(name)[0]].upstream == release.upstream
            assert images.digest(name) != before[name]
    finally:
        images.digest.cache_clear()


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_the_identity_files_of_a_stand_in_lead_to_its_tag(release: Release) -> None:
    found = {
        f"/etc/{path.name}": path.read_text(encoding="utf-8")
        for path in (RECIPES / "releases" / release.folder).iterdir()
    }
    detection = detect_tag(found, "x86_64")
    assert detection.tag == release.tag
    assert release.title.removesuffix(" LTS") in detection.os_name.replace(" (Plow)", "")
    assert ("/etc/debian_version" in found) == (release.manager is None)


def test_every_folder_of_identity_files_belongs_to_a_release() -> None:
    known = {*(one.folder for one in RELEASES.values()), *(one.folder for one in LEGACY.values())}
    assert {path.name for path in (RECIPES / "releases").iterdir()} == known


def test_python_is_in_no_common_package() -> None:
    assert not [name for name in images.PACKAGES if "python" in name]


def test_an_unknown_image_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        images.main(["debian:99"])
    assert "no such image: debian:99" in capsys.readouterr().err


def test_the_accounts_of_the_table_are_those_of_the_image() -> None:
    recipe = (RECIPES / "accounts.Containerfile").read_text(encoding="utf-8")
    made = recipe.split("for user in ", 1)[1].split(";", 1)[0].split()
    assert {"root", *made} == set(accounts.BY_NAME)


def test_only_the_plain_account_cannot_be_root() -> None:
    assert [account.name for account in accounts.ACCOUNTS if not account.can_be_root] == ["plain"]


def test_become_variables_carry_the_password_only_where_asked() -> None:
    for account in accounts.ACCOUNTS:
        assert ("ansible_become_password" in account.variables()) == account.needs_password


def entry(content: str = "", mode: str = "644") -> snapshot.Entry:
    return snapshot.Entry("f", mode, 0, 0, len(content), content)


@pytest.mark.parametrize(
    ("after", "signs"),
    [
        ({"/a": entry()}, ""),
        ({"/a": entry("x")}, "~"),
        ({"/a": entry(mode="600")}, "~"),
        ({}, "-"),
        ({"/a": entry(), "/b": entry()}, "+"),
    ],
)
def test_each_kind_of_change_is_named(after: dict[str, snapshot.Entry], signs: str) -> None:
    lines = snapshot.changes({"/a": entry()}, after)
    assert "".join(line[0] for line in lines) == signs


def test_limits_never_exceed_what_the_kernel_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _kind: (100, 4096))
    assert '"nofile=4096:4096", "nproc=4096:4096"' in engine.configuration()


def test_cache_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASR_MOBILITY_CACHE", str(tmp_path / "here"))
    assert cache() == tmp_path / "here"
    monkeypatch.delenv("ASR_MOBILITY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache() == tmp_path / "asr-mobility"
