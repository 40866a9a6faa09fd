# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tar prints about an archive on a target is read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.listing import parse_listing
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.members import Member, MemberKind, check_members

GNU = """\
-rwxr-xr-x root/root     12345 2025-09-20 10:00 install
drwxr-xr-x 1000/users        0 2025-09-20 10:00 dir/
lrwxrwxrwx root/root         0 2025-09-20 10:00 sym -> dir/x
hrw-r--r-- root/root         0 2025-09-20 10:00 hard link to install
crw-r--r-- root/root       1,3 2025-09-20 10:00 null
brw-rw---- root/disk       8,0 2025-09-20 10:00 disk
prw-r--r-- root/root         0 2025-09-20 10:00 pipe
-rw-r--r--+ root/root        2 2025-09-20 10:00 sp ace
"""
BUSYBOX = """\
-rwxr-xr-x root/root     12345 2025-09-20 10:00:59 install
drwxr-xr-x 1000/users        0 2025-09-20 10:00:59 dir/
lrwxrwxrwx root/root         0 2025-09-20 10:00:59 sym -> dir/x
-rw-r--r-- root/root         0 2025-09-20 10:00:59 hard -> install
crw-r--r-- root/root         0 2025-09-20 10:00:59 null
brw-rw---- root/disk         0 2025-09-20 10:00:59 disk
prw-r--r-- root/root         0 2025-09-20 10:00:59 pipe
-rw-r--r-- root/root         2 2025-09-20 10:00:59 sp ace
"""
MEMBERS = [
    Member("install", MemberKind.FILE, None, 12345),
    Member("dir/", MemberKind.DIRECTORY),
    Member("sym", MemberKind.SYMLINK, "dir/x"),
    Member("hard", MemberKind.HARDLINK, "install"),
    Member("null", MemberKind.DEVICE),
    Member("disk", MemberKind.DEVICE),
    Member("pipe", MemberKind.FIFO),
    Member("sp ace", MemberKind.FILE, None, 2),
]


@pytest.mark.parametrize("text", [GNU, BUSYBOX], ids=["gnu", "busybox"])
def test_the_listing_of_both_tars(text: str) -> None:
    assert parse_listing(text) == MEMBERS


def test_an_empty_listing_has_no_members() -> None:
    assert parse_listing("") == parse_listing("\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "-rwxr-xr-x root/root 1 2025-09-20 10:00 ",
        "-rwxr-xr-x root/root 1 2025-09-20 install",
        "-rwxr-xr-x root root 1 2025-09-20 10:00 install",
        "-rwxr-xr-x root/root ? 2025-09-20 10:00 install",
        "Vrwxr-xr-x root/root 1 2025-09-20 10:00 label",
        "lrwxrwxrwx root/root 0 2025-09-20 10:00 without a target",
        "lrwxrwxrwx root/root 0 2025-09-20 10:00 a -> b -> c",
        "hrwxrwxrwx root/root 0 2025-09-20 10:00 a -> b",
        "hrwxrwxrwx root/root 0 2025-09-20 10:00 a link to b link to c",
        "tar: Removing leading `/' from member names",
        "gzip: stdin: unexpected end of file",
        "second half of a name with a line feed",
    ],
)
def test_a_line_that_is_not_understood_is_unsafe_and_named(line: str) -> None:
    with pytest.raises(MobilityError) as caught:
        parse_listing(GNU + line + "\n")
    assert caught.value.reason is Reason.INSTALLER_UNSAFE
    assert repr(line) in caught.value.found


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "nl\\nx", "a -> /etc/passwd", "a -> ../x", "\\303\\274", "a\x0bb", "a\u2028b"]
)
def test_names_are_judged_as_on_the_controller(name: str) -> None:
    with pytest.raises(MobilityError) as caught:
        check_members(parse_listing(f"-rw-r--r-- root/root 1 2025-09-20 10:00 {name}\n"))
    assert caught.value.reason is Reason.INSTALLER_UNSAFE


@given(st.text())
def test_no_text_makes_it_crash(text: str) -> None:
    for listing in (text, f"-rw-r--r-- root/root 1 2025-09-20 10:00 {text}"):
        try:
            check_members(parse_listing(listing))
        except MobilityError as error:
            assert error.reason in (Reason.INSTALLER_UNSAFE, Reason.INSTALLER_CORRUPT)
