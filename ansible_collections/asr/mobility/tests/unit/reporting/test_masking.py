"""Secrets must not survive in any value that leaves a task, however deep or encoded."""

from __future__ import annotations

import base64
import enum
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.masking import MASK, mask, secret_values

SECRET = "pa$$ wörd/with'quotes\"&more"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "url": lambda s: urllib.parse.quote(s, safe=""),
    "url-plus": urllib.parse.quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_encoding_is_masked_in_every_place(encode: Callable[[str], str]) -> None:
    text = f"before {encode(SECRET)} after"
    value = {"msg": text, "nested": [{"deep": (text,)}], text: 1}
    masked = mask(value, [SECRET])
    assert masked == {
        "msg": f"before {MASK} after",
        "nested": [{"deep": [f"before {MASK} after"]}],
        f"before {MASK} after": 1,
    }


def test_nothing_but_the_secret_is_changed() -> None:
    value = {"a": 1, "b": True, "c": None, "d": 1.5, "e": ["text"], "f": ("x",)}
    assert mask(value, ["secret"]) == {"a": 1, "b": True, "c": None, "d": 1.5, "e": ["text"], "f": ["x"]}


def test_enums_and_other_types_become_plain_text() -> None:
    class Word(str, enum.Enum):
        ONE = "one"

    masked: Any = mask({"word": Word.ONE, "path": object}, [])
    assert masked["word"].__class__ is str
    assert masked["word"] == "one"
    assert masked["path"].__class__ is str


def test_secret_values_come_from_nested_no_log_options_only() -> None:
    specification = {
        "open": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "server": {"type": "dict", "options": {"token": {"no_log": True}, "name": {}}},
        "many": {"type": "list", "options": {"key": {"no_log": True}}},
    }
    arguments = {
        "open": "visible",
        "password": "hidden1",
        "server": {"token": "hidden2", "name": "visible"},
        "many": [{"key": "hidden3"}, {"key": None}],
    }
    assert secret_values(specification, arguments) == {"hidden1", "hidden2", "hidden3"}


@given(
    st.text(min_size=4, alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters=MASK)),
    st.text(max_size=5),
)
def test_no_secret_is_left_whatever_stands_around_it(secret: str, around: str) -> None:
    masked = mask(around + secret + around, [secret])
    assert secret not in str(masked).replace(MASK, "")
