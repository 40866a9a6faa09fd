"""What was measured, as values that can be kept in a file, and their medians."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One run of one contestant: seconds of wall time and of the controller's processors, bytes to the median host."""

    contestant: str
    mode: str
    hosts: int
    wall: float
    cpu: float
    received: float


@dataclass(frozen=True)
class Count:
    """What one run of one contestant asks of the connection to one host."""

    contestant: str
    mode: str
    executions: int
    transfers: int
    modules: int


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of some numbers."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """The spread of at least one number."""
        return cls(statistics.median(numbers), min(numbers), max(numbers))


@dataclass
class Results:
    """Every sample and every count."""

    samples: list[Sample] = dataclasses.field(default_factory=list)
    counts: list[Count] = dataclasses.field(default_factory=list)

    def rounds(self) -> list[tuple[int, str]]:
        """Number of hosts and mode of everything that was measured, in order."""
        return list(dict.fromkeys((sample.hosts, sample.mode) for sample in self.samples))

    def of(self, contestant: str, mode: str, hosts: int) -> list[Sample]:
        """The samples of one contestant in one round."""
        return [one for one in self.samples if (one.contestant, one.mode, one.hosts) == (contestant, mode, hosts)]

    def spread(self, contestant: str, mode: str, hosts: int, quantity: str) -> Spread | None:
        """The spread of ``wall``, ``cpu`` or ``received``; nothing when it was not measured."""
        numbers = [getattr(sample, quantity) for sample in self.of(contestant, mode, hosts)]
        return Spread.of(numbers) if numbers else None

    def count(self, contestant: str, mode: str) -> Count | None:
        """The count of one contestant."""
        return next((one for one in self.counts if (one.contestant, one.mode) == (contestant, mode)), None)

    def add(self, new: Sample | Count) -> None:
        """Take one more value in."""
        if isinstance(new, Sample):
            self.samples.append(new)
        else:
            self.counts.append(new)


KINDS: dict[str, type[Sample] | type[Count]] = {"Sample": Sample, "Count": Count}


def append(path: Path, new: Sample | Count) -> None:
    """Write one value to a file, at once: a run that is broken off keeps what it has."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": type(new).__name__, **dataclasses.asdict(new)}) + "\n")


def load(paths: Iterable[Path]) -> Results:
    """Read what ``append`` wrote."""
    results = Results()
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            values = json.loads(line)
            results.add(KINDS[values.pop("kind")](**values))
    return results
