"""A frame is read exactly or not at all: cut anywhere, inside noise, behind prompts, on a terminal that echoes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.target.framing import (
    Frame,
    Token,
    assignments,
    frame_command,
    frame_script,
    new_token,
    parse,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library

TOKEN = Token("asr-0011223344556677", "8899aabbccddeeff")
PROFILE = "Welcome!\r\nprofile: warning\r\n[sudo via ansible, key=x] password:\r\n"


def _printed(output: str, code: int, uid: int = 0, token: Token = TOKEN) -> str:
    return f"{token.word}B{uid};{output}{token.word}E{code};\n"


@pytest.mark.parametrize("code", range(256))
def test_every_exit_code_is_read(code: int) -> None:
    assert parse(_printed("out", code), TOKEN) == Frame(uid=0, code=code, output="out")


@pytest.mark.parametrize("output", ["", "no newline", "one\ntwo\n", "a=b;E12;B0;", "\N{SNOWMAN}"])
def test_cut_at_every_character_there_is_a_whole_frame_or_no_end(output: str) -> None:
    whole = PROFILE + _printed(output, 127) + "logout\r\n"
    end = whole.index(";\n") + 1
    for length in range(len(whole) + 1):
        frame = parse(whole[:length], TOKEN)
        if length < whole.rindex("E127;") + len("E127;"):
            assert frame.code is None
        else:
            assert frame == Frame(uid=0, code=127, output=output)
    assert end <= len(whole)


@given(output=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), code=st.integers(0, 255))
def test_any_output_comes_back_unchanged(output: str, code: int) -> None:
    assert parse(PROFILE + _printed(output, code) + "noise", TOKEN) == Frame(uid=0, code=code, output=output)


@given(
    before=st.text(max_size=50),
    after=st.text(max_size=50),
    output=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=50),
    length=st.integers(0, 300),
)
def test_noise_and_cuts_never_make_a_frame(before: str, after: str, output: str, length: int) -> None:
    whole = before + _printed(output, 3) + after
    frame = parse(whole[:length], TOKEN)
    assert frame.code is None or frame == Frame(uid=0, code=3, output=output)


def test_carriage_returns_are_dropped_also_inside_a_marker() -> None:
    assert parse(_printed("one\r\ntwo\r\n", 0).replace("B0", "B\r0"), TOKEN).output == "one\ntwo\n"


def test_the_frame_of_another_run_is_noise() -> None:
    assert parse(_printed("old", 0, token=new_token()), TOKEN) == Frame()


def test_an_echoed_script_is_not_a_printed_marker() -> None:
    text = frame_script("", "echo hello", {}, TOKEN)
    assert TOKEN.word not in text
    assert parse(text.replace("\n", "\r\n"), TOKEN) == Frame()
    assert parse(text + _printed("hello\n", 0), TOKEN).output == "hello\n"


def test_an_echoed_command_is_not_a_printed_marker() -> None:
    text = frame_command("echo hello", TOKEN)
    assert parse(text, TOKEN) == Frame()
    done = subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, check=True, timeout=10)
    assert parse(text + "\r\n" + done.stdout, TOKEN).output == "hello\n"


@pytest.mark.parametrize("text", ["one\ntwo", "a\\b", "wow!"])
def test_a_command_that_some_login_shell_would_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="login shell"):
        frame_command(text, TOKEN)


def test_a_script_cut_on_the_way_does_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    text = frame_script(library("prologue"), f": >{witness}", {"V": "a value"}, TOKEN)
    for length in range(0, len(text.rstrip()), 7):
        cut = text[:length]
        done = subprocess.run(["/bin/sh", "-s"], input=cut, capture_output=True, text=True, check=False, timeout=10)
        assert (parse(done.stdout, TOKEN), witness.exists()) == (Frame(), False)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    raw = _printed("x", 0).replace("x", b"\xff\xe4".decode("utf-8", "surrogateescape"))
    assert parse(raw, TOKEN).output == "\ufffd\ufffd"


@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30))
def test_a_value_reaches_the_shell_unchanged(value: str) -> None:
    text = assignments({"V": value}) + 'printf %s "$V"'
    done = subprocess.run(["/bin/sh"], input=text.encode(), capture_output=True, check=True, timeout=10)
    assert done.stdout == value.encode()


def test_names_and_values_that_cannot_be_assigned_are_refused() -> None:
    with pytest.raises(ValueError, match="variable name"):
        assignments({"a b": "x"})
    with pytest.raises(MobilityError) as caught:
        assignments({"V": "a\0b"})
    assert caught.value.reason is Reason.INVALID_ARGUMENT


def test_tokens_differ() -> None:
    assert len({new_token().word for _again in range(100)}) == 100
