"""One host's trouble is nobody else's: the others are installed, everybody stands in the table, the exit code tells."""

from __future__ import annotations

from collections.abc import Callable

from lab import witness
from lab.ansible_run import AnsibleRun
from lab.hosts import Host

Play = Callable[..., AnsibleRun]
SUMMARY = "asr.mobility.mobility_summary"
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_user": "root", "ansible_ssh_timeout": 5}
"""Nothing listens there, so the connection is refused at once."""


def table(run: AnsibleRun) -> list[str]:
    (summary,) = run.of(action=SUMMARY)
    lines = summary.result["msg"]
    assert isinstance(lines, list)
    for line in lines:  # it is on the screen too, whatever the width
        assert str(line).split()[0] in run.stdout
    return [str(line) for line in lines]


def test_the_only_host_fails(lab_host: Callable[..., Host], install: Play) -> None:
    host = lab_host("debian:13")
    run = install(host)
    assert run.rc != 0
    assert witness.summary_line(run, host)[1] == "failed"
    assert "unsupported_os" in witness.summary_line(run, host)[-1]
    assert table(run)[-1] == "1 failed"
    assert witness.leftovers(host) == []


def test_one_fails_one_is_gone_and_two_are_installed(lab_host: Callable[..., Host], install: Play) -> None:
    bad, good, better = lab_host("debian:13"), lab_host("debian:12"), lab_host("debian:11")
    run = install(bad, good, better, others={"gone": GONE})
    assert run.rc != 0
    words = {host.name: witness.summary_line(run, host)[1] for host in (bad, good, better)}
    assert words == {bad.name: "failed", good.name: "installed", better.name: "installed"}
    assert witness.summary_line(run, "gone")[1] == "unreachable"
    assert table(run)[-1] == "1 failed, 2 installed, 1 unreachable"
    assert witness.record(good)["OS_BUILT_FOR"] == "DEBIAN12-64"
    assert witness.record(better)["OS_BUILT_FOR"] == "DEBIAN11-64"
    assert witness.record(bad) == {}

    again = install(good, better)
    assert again.rc == 0, str(again)
    assert table(again)[-1] == "2 ok"
    one_failed = install(good, better, bad)
    assert one_failed.rc != 0
    assert table(one_failed)[-1] == "1 failed, 2 ok"
    one_gone = install(good, better, others={"gone": GONE})
    assert one_gone.rc != 0
    assert table(one_gone)[-1] == "2 ok, 1 unreachable"


def test_every_host_is_gone(install: Play, status: Play) -> None:
    for run in (install(others={"first": GONE, "second": GONE}), status(others={"first": GONE, "second": GONE})):
        assert run.rc != 0
        assert all("unreachable" in witness.summary_line(run, name) for name in ("first", "second")), str(run)


def test_status_goes_on_past_a_host_that_is_gone(lab_host: Callable[..., Host], status: Play) -> None:
    host = lab_host("debian:12")
    run = status(host, others={"gone": GONE})
    assert run.rc != 0
    assert witness.summary_line(run, host)[1] == "absent"
    assert "unreachable" in witness.summary_line(run, "gone")


def test_nobody_is_left_out_by_serial_batches(lab_host: Callable[..., Host], install: Play) -> None:
    """A fleet larger than the number of forks."""
    host = lab_host("debian:12")
    others = {f"gone-{number}": GONE for number in range(6)}
    run = install(host, others=others, arguments=("-f", "2"))
    assert run.rc != 0
    assert table(run)[-1] == "1 installed, 6 unreachable"
