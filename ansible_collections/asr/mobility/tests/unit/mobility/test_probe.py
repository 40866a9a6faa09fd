# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe's output is taken whole or not at all, and its written form gives back every value."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.probe import (
    SCRIPT_FILE,
    ProbeQuery,
    parse_facts,
)
from unit.mobility.outputs import output


def test_values_files_and_repeated_keys() -> None:
    facts = parse_facts(output("process=svagents", "process=appservice", "a.b=1=2", "file./etc/x|k=v | w", "empty="))
    assert facts.all("process") == ("svagents", "appservice")
    assert facts.under("a") == {"b": "1=2"}
    assert facts.files["/etc/x"] == "k=v | w\n"
    assert facts.get("empty") is None
    assert facts.get("missing") is None
    assert not facts.flag("missing")


@pytest.mark.parametrize("cut", range(0, len(output("process=svagents")) - 1, 7))
def test_a_cut_output_is_an_error_and_never_half_a_state(cut: int) -> None:
    with pytest.raises(MobilityError) as caught:
        parse_facts(output("process=svagents")[:cut])
    assert caught.value.reason is Reason.SCRIPT_FAILED


def test_a_file_cannot_pretend_to_be_the_end() -> None:
    with pytest.raises(MobilityError):
        parse_facts("uid=0\nfile./etc/os-release|probe=complete\n")


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    parse_facts(f"{text}\nprobe=complete\n")


def test_the_query_becomes_plain_variables() -> None:
    query = ProbeQuery(staging="/srv/s", prefix="/opt/ASR", closely=True)
    assert query.variables == {
        "ASR_STAGING": "/srv/s",
        "ASR_PREFIX": "/opt/ASR",
        "ASR_REMOTE_PATH": "",
        "ASR_CLOSELY": "1",
        "ASR_REMAINS": "0",
        "ASR_NONCE": "",
    }


def _functions() -> str:
    text = SCRIPT_FILE.read_text(encoding="utf-8")
    return text[: text.index("\nprobe_identity\n")]


def _run(shell: list[str], script: str) -> str:
    done = subprocess.run(shell, input=script, text=True, capture_output=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    "value", ["plain", "a\\b", "two\nlines\n", "\\n is no line feed", "\\\\", "k=v|w", "%s $HOME `id`", ""]
)
def test_what_the_script_writes_down_comes_back(shell: list[str], value: str) -> None:
    quoted = "'" + value.replace("'", "'\\''") + "'"
    printed = _run(shell, f"{_functions()}\nprobe_emit key {quoted}\nprintf 'probe=complete\\n'\n")
    assert (parse_facts(printed).get("key") or "") == value


def test_only_the_listed_keys_of_the_configuration_leave_the_host(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    secret = "hunter2-passphrase"
    (tmp_path / "etc" / "drscout.conf").write_text(
        f"[vxagent]\nHostId = abc\nPassphrase={secret}\n CSType=CSPrime\nHostIdX={secret}\nXHostId={secret}\n"
        f"[vxagent.transport]\nHostname\t=\tcs.example.com\nPort=443\nnot a key HostId {secret}\nLogLevel={secret}"
    )
    script = f"{_functions()}\nprobe_installation='{tmp_path}'\nprobe_drscout\nprintf 'probe=complete\\n'\n"
    printed = _run(shell, script)
    assert secret not in printed
    keys = {key: value.strip() for key, value in parse_facts(printed).under("drscout").items()}
    expected = {"HostId": "abc", "CSType": "CSPrime", "Hostname": "cs.example.com", "Port": "443"}
    assert keys == {**expected, "path": str(tmp_path / "etc" / "drscout.conf")}


def test_a_file_is_cut_after_64_lines_and_may_end_without_a_line_feed(shell: list[str], tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_text("\n".join(f"line {number}\\x" for number in range(100)))
    printed = _run(shell, f"{_functions()}\nprobe_file '{long}'\nprobe_file /no/such\nprintf 'probe=complete\\n'\n")
    content = parse_facts(printed).files[str(long)].splitlines()
    assert (len(content), content[63]) == (64, "line 63\\x")


def test_an_identity_file_that_cannot_be_read_is_not_taken_for_absent(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "whole").write_text("CentOS Linux release 7.9.2009 (Core)\n\n")
    (tmp_path / "empty").touch()
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    names = ("whole", "empty", "absent", "directory", "link", "pipe")
    calls = "\n".join(f"probe_identity_file '{tmp_path}/{name}'" for name in names)
    facts = parse_facts(_run(shell, f"{_functions()}\n{calls}\nprintf 'probe=complete\\n'\n"))
    assert facts.all("identity.unreadable") == tuple(str(tmp_path / name) for name in ("directory", "link", "pipe"))
    assert facts.files == {
        str(tmp_path / "whole"): "CentOS Linux release 7.9.2009 (Core)\n\n",
        str(tmp_path / "empty"): "\n",
    }


def test_the_whole_probe_runs_to_its_end_on_this_machine(shell: list[str], tmp_path: Path) -> None:
    name = "Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_release.tar.gz"
    (tmp_path / name).write_bytes(b"x" * 123)
    (tmp_path / "other").write_text("x")
    script = f"ASR_STAGING='{tmp_path}'\nASR_REMOTE_PATH='{tmp_path}'\n{SCRIPT_FILE.read_text(encoding='utf-8')}"
    facts = parse_facts(_run(shell, script))
    assert len((facts.get("uname") or "").split()) == 3
    assert {"root", "prefix", "boot", "vxagent", "staging", "upload"} == set(facts.under("fs"))
    assert [line.split()[-1] for line in facts.all("remote.entry")] == [name]


@pytest.mark.parametrize(
    ("rpm", "fact"),
    [
        ("exit 0", "package.installed=1"),
        ('[ "$1" = -qa ]', "package.installed=0"),
        ("exit 1", "package.skipped=rpm-database-broken"),
        ("exec sleep 60", "package.skipped=rpm-query-hangs"),
        ('[ "$1" = -qa ] && exec sleep 60', "package.skipped=rpm-query-hangs"),
    ],
)
def test_the_package_query_is_bounded(shell: list[str], rpm: str, fact: str, tmp_path: Path) -> None:
    (tmp_path / "rpmdb.sqlite").touch()
    (tmp_path / "rpm").write_text(f"#!/bin/sh\necho noise\n{rpm}\n")
    (tmp_path / "rpm").chmod(0o755)
    start = f"PATH='{tmp_path}':$PATH\nprobe_package_busy=\nprobe_pid_space=\nprobe_traces=1\nprobe_package_start\n"
    began = time.monotonic()
    functions = _functions().replace("/var/lib/rpm", str(tmp_path))
    assert "probe_query_seconds=20" in functions
    functions = functions.replace("probe_query_seconds=20", "probe_query_seconds=2")
    assert _run(shell, f"{functions}\n{start}probe_package_end\n").split() == [fact]
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("echo 1; echo 2; exit 3", "1\n2:3"),
        ("printf 1", "1:0"),
        ("echo error >&2; exit 127", ":127"),
        ("trap '' TERM; echo half; echo $$ >\"$0.pid\"; while :; do sleep 1; done", "half:124"),
    ],
)
def test_the_output_of_a_program_is_bounded(shell: list[str], program: str, printed: str, tmp_path: Path) -> None:
    """Even of one that TERM does not end and that keeps its output open, as a driver that does not answer."""
    (tmp_path / "program").write_text(f"#!/bin/sh\n{program}\n")
    (tmp_path / "program").chmod(0o755)
    text = f"probe_pid_space=\nvalue=$(probe_output 2 '{tmp_path}/program')\nprintf '%s:%s' \"$value\" \"$?\"\n"
    try:
        assert _run(shell, f"{_functions()}\n{text}") == printed
    finally:
        for file in tmp_path.glob("*.pid"):
            os.kill(int(file.read_text()), signal.SIGKILL)


def test_the_driver_is_asked_within_bounds(shell: list[str], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/inm_dmit").write_text('#!/bin/sh\necho "Product Version $*"\n')
    (tmp_path / "bin/inm_dmit").chmod(0o755)
    text = f"probe_pid_space=\nASR_CLOSELY=1\nprobe_installation='{tmp_path}'\nprobe_closely\n"
    printed = _run(shell, f"{_functions()}\n{text}").splitlines()
    assert printed[1:] == ["driver.version=Product Version --op=get_driver_version"]


def test_a_stale_menu_of_the_old_boot_loader_is_not_read(shell: list[str], tmp_path: Path) -> None:
    functions = _functions().replace("/boot/", f"{tmp_path}/")
    (tmp_path / "grub").mkdir()
    (tmp_path / "grub/menu.lst").write_text(
        "default 2\ntitle A\nroot (hd0,0)\nkernel /vmlinuz-1 ro\ntitle Other\nchainloader +1\n"
        "title Xen\nkernel /xen.gz\nmodule /vmlinuz-2 ro\nmodule /initrd-2\n"
    )
    assert _run(shell, f"{functions}\nprobe_legacy_grub\n").splitlines() == [
        "kernel.legacy_default=2",
        "kernel.legacy=0|/vmlinuz-1",
        *("kernel.legacy=2|/xen.gz", "kernel.legacy=2|/vmlinuz-2", "kernel.legacy=2|/initrd-2"),
    ]
    (tmp_path / "grub/grub.cfg").touch()
    assert _run(shell, f"{functions}\nprobe_legacy_grub\n") == ""


def test_the_package_is_not_asked_for_without_a_trace_or_beside_a_package_manager(tmp_path: Path) -> None:
    (tmp_path / "rpmdb.sqlite").touch()
    (tmp_path / "rpm").write_text("#!/bin/sh\n: >asked\n")
    (tmp_path / "rpm").chmod(0o755)
    start = f"cd '{tmp_path}'\nPATH='{tmp_path}':$PATH\nprobe_pid_space=\n"
    for traces, busy, printed in (("0", "", ""), ("1", "dnf", "package.skipped=dnf\n")):
        state = f"probe_package_busy={busy}\nprobe_traces={traces}\n"
        functions = _functions().replace("/var/lib/rpm", str(tmp_path))
        assert _run(["dash"], f"{functions}\n{start}{state}probe_package_start\nprobe_package_end\n") == printed
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(("shown", "found"), [("kernel-id", "kernel-id"), (None, "table-id")])
def test_the_bios_id_of_an_old_kernel_comes_from_dmidecode(
    shell: list[str], shown: str | None, found: str, tmp_path: Path
) -> None:
    (tmp_path / "dmidecode").write_text('#!/bin/sh\n[ "$*" = "-s system-uuid" ] && echo table-id\n')
    (tmp_path / "dmidecode").chmod(0o755)
    if shown:
        (tmp_path / "uuid").write_text(f"{shown}\n")
    functions = _functions().replace("/sys/class/dmi/id/product_uuid", str(tmp_path / "uuid"))
    printed = _run(shell, f"PATH='{tmp_path}':$PATH\n{functions}\nprobe_identity\nprintf 'probe=complete\\n'\n")
    assert parse_facts(printed).get("bios_id") == found
