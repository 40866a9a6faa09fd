"""Which upload directories of interrupted tasks may go, and which names a file may have on a host."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import Script
from ansible_collections.asr.mobility.plugins.plugin_utils.target.identity import Controller, this_process
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts
from ansible_collections.asr.mobility.plugins.plugin_utils.target.uploads import is_ours, removable_leftovers
from unit.target.conftest import MakeCase

HERE = this_process()
DEAD = str(Controller(HERE.host, HERE.pid, "1"))
FOREIGN = str(Controller("elsewhere:0123456789ab", HERE.pid, HERE.start))
PATH = "/var/tmp/asr-mobility-upload.0123456789abcdef"


@pytest.mark.parametrize(
    ("owner", "old", "removable"),
    [
        (str(HERE), False, False),
        (str(HERE), True, False),  # alive, however old
        (DEAD, False, True),
        (FOREIGN, False, False),
        (FOREIGN, True, True),
        ("", False, False),
        ("", True, True),
        ("nonsense", True, True),
    ],
    ids=["ours", "ours-old", "dead", "foreign", "foreign-old", "none", "none-old", "nonsense"],
)
def test_leftover(owner: str, old: bool, removable: bool) -> None:
    facts = {"leftover.1.path": PATH, "leftover.1.owner": owner} | ({"leftover.1.old": "1"} if old else {})
    assert removable_leftovers(facts, HERE) == ([PATH] if removable else [])


@pytest.mark.parametrize("path", ["/etc", f"{PATH}/x", f"{PATH} /etc", "/var/tmp/asr-mobility-upload.*", ""])
def test_no_other_path_is_ever_removed(path: str, make_case: MakeCase) -> None:
    assert not is_ours(path)
    assert removable_leftovers({"leftover.1.path": path, "leftover.1.owner": DEAD}, HERE) == []
    with pytest.raises(ValueError, match="not upload directories"):
        make_case().target.remove_leftovers([path])


def test_a_leftover_is_found_and_removed_on_a_host(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    name = f"/var/tmp/asr-mobility-upload.{os.getpid():016x}"
    Path(name).mkdir(mode=0o700)
    Path(name, "owner").write_text(DEAD + "\n", encoding="utf-8")
    probe = Script("probe", library("leftovers") + "\nasr_leftovers\n", read_only=True)
    found = removable_leftovers(parse_facts(case.target.run(probe).output))
    assert name in found
    case.target.remove_leftovers([name])
    assert not Path(name).exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a b", "owner", "x\n"])
def test_odd_file_names_are_refused(name: str, make_case: MakeCase, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a plain file name"):
        make_case().target.upload(tmp_path, name)


@pytest.mark.parametrize("path", ["/", "relative", "/a/../b", "/a//b", "/a/", "/a\n/b", ""])
def test_odd_paths_are_refused(path: str, make_case: MakeCase) -> None:
    with pytest.raises(MobilityError) as caught:
        make_case().target.make_private_directory(path)
    assert caught.value.reason is Reason.INVALID_ARGUMENT


def test_a_delivery_is_private_and_takes_its_directory_away(make_case: MakeCase, shell: str, tmp_path: Path) -> None:
    case = make_case(shell)
    connection, content = case.action._connection, b"content"
    source, destination = tmp_path / "source", f"{case.staging}/file"
    source.write_bytes(content)
    case.run(":", read_only=True)
    case.target.claim_run(case.staging, {})
    before = connection.executed
    case.target.deliver(source, destination, hashlib.sha256(content).hexdigest())
    (folder,) = (Path(place) for place in case.target._uploads._places if Path(place).exists())
    assert [(one.name, one.stat().st_mode & 0o777) for one in sorted(folder.iterdir())] == [
        ("delivered", 0o600),
        ("owner", 0o600),
    ]
    assert case.run('cat "$F"', F=destination) == (0, "content")
    assert not folder.exists()
    case.target.close()
    assert connection.executed == before + 2  # the directory, and the script
    case.target.release_run(case.staging, with_directory=True)


def test_a_delivery_that_was_cut_is_told_as_what_it_is(make_case: MakeCase, tmp_path: Path) -> None:
    case = make_case()
    source = tmp_path / "source"
    source.write_bytes(b"content")
    case.target.make_private_directory(case.staging)
    case.target.deliver(source, f"{case.staging}/file", hashlib.sha256(b"content").hexdigest())
    (folder,) = (Path(place) for place in case.target._uploads._places if Path(place).exists())
    (folder / "delivered").write_bytes(b"cont")
    with pytest.raises(MobilityError) as caught:
        case.run(":")
    assert caught.value.reason is Reason.TRANSFER_FAILED
    assert caught.value.found.startswith("4 bytes of ")
    assert not Path(case.staging, "file").exists()
    case.target.close()
    assert not folder.exists()
    case.target.remove_directory(case.staging)


def test_what_was_put_and_is_not_wanted_any_more_is_not_staged(make_case: MakeCase, tmp_path: Path) -> None:
    case = make_case()
    source = tmp_path / "source"
    source.write_bytes(b"content")
    case.target.claim_run(case.staging, {})
    case.target.deliver(source, f"{case.staging}/run/file", "0" * 64)
    case.target.release_run(case.staging, with_directory=True)
    assert not Path(case.staging).exists()
