"""Every script that is sent to hosts is read by every shell, and run under every shell by tests of its own."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins import plugin_utils
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import sent_text

PLUGIN_UTILS = Path(next(iter(plugin_utils.__path__)))
UNIT = Path(__file__).parents[1]
CHECKOUT = Path(__file__).parents[6]
