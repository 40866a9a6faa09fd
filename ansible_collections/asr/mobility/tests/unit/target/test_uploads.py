"""Which upload directories of interrupted tasks may go, and which names a file may have on a host."""

from __future__ import annotations

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
