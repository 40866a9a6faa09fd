"""A target that records every verb and answers from a script, so that the order of a story can be read in a test."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.examination import Examination
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import (
    RunPhase,
    RunStatus,
    Script,
    ScriptResult,
)

STAGING = "/var/lib/asr-mobility"
FINISHED = RunStatus(RunPhase.FINISHED, exit_code=0)
COLLECTED = "step=install\noutput|the last words\nrun=present\n"


@dataclass
class RecordingTarget:
    """Implements contract.Target for tests.

    states: what each look at the host shows, the last one for ever. follow: what each round of following shows, an
    exception raised. answers: script name -> result. trouble: verb -> the error it raises. calls: the verbs, in order.
    """

    states: Sequence[HostState]
    follow: Sequence[RunStatus | MobilityError] = (FINISHED,)
    answers: Mapping[str, ScriptResult] = field(default_factory=dict)
    trouble: Mapping[str, MobilityError] = field(default_factory=dict)
    output: str = "the last words"
    calls: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    manifest: Mapping[str, str] = field(default_factory=dict)
    dialect: str = "posix"
    tree_bytes: int = 300 * 1024 * 1024
    examination: Examination = field(default_factory=Examination)

    def observe(self, target: object, query: ProbeQuery) -> HostState:
        """Takes the place of lifecycle.observe.observe; a closer look shows the last one again, with more."""
        self._called("measure" if query.closely else "examine" if query.preflight else "look")
        seen = self.states[min(self.calls.count("look"), len(self.states)) - 1]
        if query.preflight:
            seen = replace(seen, examination=self.examination)
        return replace(seen, agent=replace(seen.agent, tree_bytes=self.tree_bytes)) if query.closely else seen

    def run(self, script: Script) -> ScriptResult:
        """Answer with what was prepared for that script."""
        self.scripts.append(script)
        self._called(script.name)
        return self.answers.get(script.name, ScriptResult(0, self._collected() if script.name == "collect" else ""))

    def _collected(self) -> str:
        return COLLECTED + "".join(f"output|{line}\n" for line in self.output.splitlines())

    def upload(self, source: Path, name: str) -> str:
        """Record it."""
        self._called("upload")
        return f"/var/tmp/asr-mobility-upload.1/{name}"

    def stage(self, upload_path: str, destination: str, sha256: str) -> None:
        """Record it."""
        self._called("stage")

    def deliver(self, source: Path, destination: str, sha256: str) -> None:
        """Record it."""
        self._called("deliver")

    def fetch(self, remote_path: str, destination: Path) -> None:
        """Record it."""
        self._called("fetch")

    def make_private_directory(self, path: str) -> None:
        """Record it."""
        self._called("make_private_directory")

    def remove_directory(self, path: str) -> None:
        """Record it."""
        self._called("remove_directory")

    def remove_leftovers(self, paths: Sequence[str]) -> None:
        """Record it."""
        self._called("remove_leftovers")

    def claim_run(self, staging: str, manifest: Mapping[str, str]) -> None:
        """Record it and keep the manifest."""
        self.manifest = manifest
        self._called("claim_run")

    def start_run(self, staging: str, body: Script, seconds: int = 0) -> RunStatus:
        """Record it and keep the body; it is never seen to end so soon."""
        self.scripts.append(body)
        self._called("start_run")
        return RunStatus(RunPhase.RUNNING)

    def follow_run(self, staging: str, seconds: int) -> RunStatus:
        """Show the next round."""
        self._called("follow_run")
        rounds = self.calls.count("follow_run")
        found = self.follow[min(rounds, len(self.follow)) - 1]
        if isinstance(found, MobilityError):
            raise found
        return found

    def read_run_output(self, staging: str, limit: int = 65536) -> str:
        """Answer with the prepared output."""
        self._called("read_run_output")
        return self.output

    def release_run(self, staging: str, token: str | None = None, *, with_directory: bool = False) -> None:
        """Record it."""
        self._called("release_run" if with_directory else "release_run_only")

    def close(self) -> None:
        """Record it."""
        self._called("close")

    def _called(self, verb: str) -> None:
        self.calls.append(verb)
        if verb in self.trouble:
            raise self.trouble[verb]

    def order(self, *verbs: str) -> list[int]:
        """Where each verb was called first; ValueError when it was not."""
        return [self.calls.index(verb) for verb in verbs]


def error(reason: Reason = Reason.TRANSFER_FAILED) -> MobilityError:
    """Some trouble of that reason."""
    return MobilityError(reason, found="trouble", expected="none", remedy="Look.")


Refusal = Callable[[], t.Any]


def refusal_of(story: Refusal) -> MobilityError:
    """The error that a story ends with."""
    try:
        story()
    except MobilityError as raised:
        return raised
    raise AssertionError("it did not end with a refusal")
