"""Many hosts, each in a condition of its own, led through rounds of one task: one play serves all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from lab import images, inventory, snapshot
from lab.ansible_run import AnsibleRun, TaskResult, run_tasks
from lab.hosts import Host, start
from lab.registering import Look, look

T = TypeVar("T")
Change = Callable[[Host], object]
FORKS = {"ANSIBLE_FORKS": str(3 * (os.cpu_count() or 2))}


def nothing(_host: Host) -> None:
    """No change."""


@dataclass(frozen=True)
class Round:
    """What is done to a host, the options of the task then, and the reason of its refusal (None: it works)."""

    options: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    before: Change = nothing


@dataclass
class Seen:
    """What one host showed: before the first round, in check mode, and in each round."""

    start: Look
    check: TaskResult
    changed_by_check: list[str] | None  # None where nobody looked
    results: list[TaskResult] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)


class Rounds:
    """The hosts of some conditions; ``lead`` takes them through their rounds.

    module: the task. options: the names of its options that differ between hosts.
    """

    def __init__(
        self,
        folder: Path,
        module: str,
        options: Sequence[str],
        names: Sequence[str],
        image: Mapping[str, str] | None = None,
    ) -> None:
        self._folder, self._module, self._options = folder, module, options
        wanted = {name: (image or {}).get(name, "debian:12") for name in names}
        images.ensure(sorted(set(wanted.values())))
        with ThreadPoolExecutor(4) as pool:
            started = list(pool.map(lambda item: start(item[1], item[0]), wanted.items()))
        self.hosts = dict(zip(names, started, strict=True))
        self._screens: list[str] = []

    def close(self) -> None:
        """Remove the hosts."""
        self.each(lambda _name, host: host.remove())

    def each(self, work: Callable[[str, Host], T]) -> dict[str, T]:
        """Do it on every host, some at a time."""
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(self.hosts, pool.map(lambda item: work(*item), self.hosts.items()), strict=True))

    def play(self, options: Mapping[str, Mapping[str, object]], *arguments: str) -> AnsibleRun:
        """The task on the hosts that are named, with the options of each."""
        task = {self._module: {name: f"{{{{ lab_{name} | default(omit) }}}}" for name in self._options}}
        reached = {
            self.hosts[name].name: {
                **inventory.ssh(self.hosts[name]),
                **{f"lab_{option}": value for option, value in given.items()},
            }
            for name, given in options.items()
        }
        written = inventory.write(self._folder / "inventory.yml", reached)
        run = run_tasks(self._folder, [task], written, arguments=arguments, env=FORKS, timeout=500)
        self._screens.append(" ".join(str(run).split()))  # warnings are broken into lines
        return run

    def said(self, text: str) -> bool:
        """Whether a screen showed that text."""
        return any(text in screen for screen in self._screens)

    def result(self, run: AnsibleRun, name: str) -> TaskResult:
        """What the task said on one host."""
        return run.only(self._module, self.hosts[name].name)

    def lead(
        self, conditions: Mapping[str, Sequence[Round]], count: int, compared: Sequence[str] = ()
    ) -> dict[str, Seen]:
        """Check mode, then the rounds; after its own last round a host meets that one again, unchanged.

        compared: hosts whose file system is compared before and after check mode, because that takes long.
        """
        self._change(conditions, 0)
        seen = self._foretold(conditions, compared)
        for number in range(count):
            if number:
                self._change(conditions, number)
            run = self.play({name: _round(rounds, number).options for name, rounds in conditions.items()})
            looks = self.each(lambda _name, host: look(host))
            for name, found in seen.items():
                found.results.append(self.result(run, name))
                found.looks.append(looks[name])
        return seen

    def _change(self, conditions: Mapping[str, Sequence[Round]], number: int) -> None:
        def change(name: str, host: Host) -> object:
            return conditions[name][number].before(host) if number < len(conditions[name]) else None

        for name, found in self.each(change).items():
            if isinstance(found, Host):  # it was restarted, and may have another address
                self.hosts[name] = found

    def _foretold(self, conditions: Mapping[str, Sequence[Round]], compared: Sequence[str]) -> dict[str, Seen]:
        looks = self.each(lambda _name, host: look(host))
        pictures = {name: self.hosts[name].filesystem_snapshot() for name in compared}
        run = self.play({name: rounds[0].options for name, rounds in conditions.items()}, "--check", "--diff")
        changes = {
            name: snapshot.changes(picture, self.hosts[name].filesystem_snapshot())
            for name, picture in pictures.items()
        }
        return {name: Seen(looks[name], self.result(run, name), changes.get(name)) for name in conditions}


def _round(rounds: Sequence[Round], number: int) -> Round:
    return rounds[min(number, len(rounds) - 1)]
