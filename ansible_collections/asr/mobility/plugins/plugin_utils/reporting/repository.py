# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run on a repository of installers did, as a result, a diff and a few lines for people."""

from __future__ import annotations

import typing as t

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.contents import Contents
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.index import by_hand
from ansible_collections.asr.mobility.plugins.plugin_utils.installers.repository.mirror import Outcome


def result(outcome: Outcome, path: str) -> dict[str, t.Any]:
    """The task's result in plain types."""
    return {
        "changed": outcome.changed,
        "path": path,
        "mirrored": list(outcome.brought),
        "kept": list(outcome.kept),
        "failed_files": {name: error.found for name, error in outcome.failures.items()},
        **outcome.index.as_data(),
        "msg": lines(outcome, path),
        "warnings": [f"{' and '.join(names)} are one installer; remove one." for names in outcome.index.contents.twins],
        "diff": diff(outcome),
    }


def failed(outcome: Outcome, path: str) -> MobilityError:
    """The error of a run that could not bring every file: the first one's reason, and what became of the others."""
    first = next(iter(outcome.failures.values()))
    others = len(outcome.failures) - 1
    more = f"; {others} more failed, see failed_files" if others else ""
    return MobilityError(
        first.reason,
        found=f"{first.found}{more}",
        expected=first.expected,
        remedy=f"{first.remedy} What was mirrored stays, and a further run goes on from there.",
        facts=result(outcome, path),
    )


def lines(outcome: Outcome, path: str) -> list[str]:
    """What a person reads at the end: numbers, what is there, what is not, and what no server carries."""
    index, held = outcome.index, outcome.index.versions
    carried = [row.words for row in by_hand() if row.tag in held]
    left_out = [row.words for row in by_hand() if row.tag not in held]
    return [
        f"{path}: {len(outcome.brought)} mirrored, {len(outcome.kept)} already there, {len(outcome.failures)} failed",
        *(f"{tag}: {', '.join(versions)}" for tag, versions in held.items()),
        *(f"lacking for the inventory: {tag} ({why})" for tag, why in index.lacking.items()),
        *(f"damaged: {name} ({what})" for name, what in index.contents.damaged.items()),
        f"no configuration server carries, held here: {', '.join(carried) or 'none'}",
        f"no configuration server carries, not held here: {', '.join(left_out) or 'none'}",
    ]


def diff(outcome: Outcome) -> dict[str, str]:
    """One line for each file, so that only what comes or goes stands out."""
    after = {*_names(outcome.index.contents), *outcome.brought}
    return {
        "before_header": "installers",
        "after_header": "installers",
        "before": _text(_names(outcome.before)),
        "after": _text(after),
    }


def _names(contents: Contents) -> set[str]:
    return set(contents.held)


def _text(names: t.Iterable[str]) -> str:
    return "".join(f"{name}\n" for name in sorted(names))
