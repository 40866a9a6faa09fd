"""Where the lab finds and keeps things, so that no other file computes a path of its own."""

from __future__ import annotations

import os
from pathlib import Path

LAB: Path = Path(__file__).resolve().parent
COLLECTION: Path = LAB.parents[1]
ROOT: Path = COLLECTION.parents[2]
RECIPES: Path = LAB / "recipes"


def cache() -> Path:
    """Return the cache folder outside the checkout, so that ``make clean`` never costs an image build.

    ``ASR_MOBILITY_CACHE`` wins, then ``XDG_CACHE_HOME/asr-mobility``, then ``~/.cache/asr-mobility``.
    """
    chosen = os.environ.get("ASR_MOBILITY_CACHE")
    if chosen:
        folder = Path(chosen)
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asr-mobility"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def foreign_collections() -> Path:
    """Return the folder with the few collections of others the lab needs (unpacked by ``make venv``)."""
    return cache() / "collections"
