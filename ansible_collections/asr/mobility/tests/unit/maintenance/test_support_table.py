"""The support table says of each row what was tried, and cannot be written while a row has no test."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import Detection, load_table
from maintenance import support_table
from maintenance.support_table import Proof, Row, Use, identity, images_of, render, rows

ROWS = {row.title: row for row in rows()}


def test_the_rows_have_every_tag_of_the_table_of_tags() -> None:
    assert {row.tag for row in rows()} == {rule.tag for file in load_table().files for rule in file.rules}
    assert len(ROWS) == len(list(rows()))


@pytest.mark.parametrize(
    ("title", "release", "tag", "expected"),
    [
        ("RHEL 8", "RHEL 8.10", "RHEL8-64", True),
        ("RHEL 6", "RHEL Workstation 6.9", "RHEL6-64", True),
        ("RHEL 8", "Rocky Linux 8.9", "RHEL8-64", False),
        ("RHEL 8", "RHEL 8.10", None, False),
        ("RHEL 5", "RHEL 5.1", None, False),
        ("SLES 12 SP1", "SLES 12 SP1", "SLES12-64", True),
        ("SLES 12 SP1", "SLES 12 SP5", "SLES12-64", False),
        ("SLES 15", "SLES 15 SP7", "SLES15-64", True),
        ("Oracle Linux 6.5", "Oracle Linux 6.5", "OL6-64", True),
        ("Oracle Linux 6.4", "Oracle Linux 6.10", "OL6-64", False),
        ("Debian 1", "Debian 12", "DEBIAN12-64", False),
    ],
)
def test_which_identity_case_is_one_of_a_row(title: str, release: str, tag: str | None, expected: bool) -> None:
    row = ROWS.get(title, Row("Debian", "1", "DEBIAN12-64", "Debian", True))
    assert row.is_case(release, tag) is expected


@pytest.mark.parametrize(
    ("title", "os_name", "tag", "expected"),
    [
        ("RHEL 8", "Red Hat Enterprise Linux 8.10 (Ootpa)", "RHEL8-64", True),
        ("CentOS 8", "Red Hat Enterprise Linux 8.10 (Ootpa)", "RHEL8-64", False),
        ("RHEL 6", "Red Hat Enterprise Linux Server release 6.10 (Santiago)", "RHEL6-64", True),
        ("Oracle Linux 8", "Oracle Linux Server 8.10", "OL8-64", True),
        ("SLES 12 SP5", "SUSE Linux Enterprise Server 12 SP5", "SLES12-64", True),
        ("SLES 12 SP4", "SUSE Linux Enterprise Server 12 SP5", "SLES12-64", False),
        # its files tell the service pack, its name does not; no other row has the tag
        ("SLES 11 SP4", "SUSE Linux Enterprise Server 11 (x86_64)", "SLES11-SP4-64", True),
        ("SLES 11 SP3", "SUSE Linux Enterprise Server 11 (x86_64)", "SLES11-SP4-64", False),
        ("Debian 12", "Debian GNU/Linux 12 (bookworm)", "DEBIAN12-64", True),
    ],
)
def test_which_host_is_one_of_a_row(title: str, os_name: str, tag: str, expected: bool) -> None:
    assert ROWS[title].is_host(Detection(tag, os_name, "")) is expected


def test_an_image_is_what_the_collection_takes_it_for() -> None:
    assert identity("no-python:12").tag == "DEBIAN12-64"
    assert identity("debian:11").tag == "DEBIAN11-64"
    assert identity("debian:13").tag is None


def test_images_are_found_by_name_and_by_default() -> None:
    assert images_of('IMAGES = ("debian:11", "other")\n') == {"debian:11"}
    assert images_of("def test(lab_host):\n    lab_host()\n") == {"debian:12"}
    assert images_of("def test(lab_host, image):\n    lab_host(image)\n") == set()


def test_a_row_says_how_much_was_tried() -> None:
    row, used = ROWS["Debian 12"], [Use("debian:12", "molecule debian"), Use("debian:12", "system/test_a.py")]
    many = [Use("debian:12", f"system/test_{number}.py") for number in range(4)]
    text = render([
        Proof(row, used, False, ["Debian 12"]), Proof(row, many, True, []), Proof(row, [], True, ["Debian 12"]),
    ])  # fmt: skip
    assert text.splitlines()[-3:] == [
        "| Debian 12 | DEBIAN12-64 | own image | molecule debian, system/test_a.py | Debian 12 |",
        "| Debian 12 | DEBIAN12-64 | stand-in | system (4 files) |  |",
        "| Debian 12 | DEBIAN12-64 | identity only |  | Debian 12 |",
    ]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page elsewhere, and one identity case for each row."""
    cases = [{"release": row.title, "tag": row.tag} for row in rows()]
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases), encoding="utf-8")
    monkeypatch.setattr(support_table, "CASES", tmp_path / "cases.yml")
    monkeypatch.setattr(support_table, "TARGET", tmp_path / "table.md")
    return tmp_path


def test_the_committed_page_must_be_the_one_that_would_be_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert support_table.main(["--check"]) == 1
    assert support_table.main([]) == 0
    assert support_table.main(["--check"]) == 0
    (place / "table.md").write_text("by hand", encoding="utf-8")
    assert support_table.main(["--check"]) == 1
    assert capsys.readouterr().err == "table.md is not up to date: make support-table\n" * 2


def test_a_row_that_nothing_tried_is_an_error(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [{"release": row.title, "tag": row.tag} for row in rows() if row.title not in ("RHEL 5", "Debian 12")]
    (place / "cases.yml").write_text(yaml.safe_dump(cases), encoding="utf-8")
    assert support_table.main([]) == 1
    assert capsys.readouterr().err == "rows of the support table that no test touches: RHEL 5\n"
    assert not (place / "table.md").exists()
