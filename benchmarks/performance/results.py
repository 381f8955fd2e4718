"""What one run of the benchmark measured, by what it was measured on and by tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.performance.costs import Cost, ratio

OURS_COLD = "async-audit, cold"
OURS_WARM = "async-audit, warm"
OURS_PLAIN = "async-audit, no cache"
FLAKE8_ASYNC = "flake8 with flake8-async"
RUFF = "ruff ASYNC, no cache"
RUFF_WARM = "ruff ASYNC, warm"
PARSE = "LibCST, what we parsed"
PARSE_ALL = "LibCST, all files"
READ = "reading all files"
FLAKE8 = "flake8 alone"
FLAKE8_OURS = "flake8 with async-audit"
PYLINT = "pylint with pylint-django"


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured on one tree: `parsed` of its files, with `parsed_lines`, are those that we parsed."""

    name: str
    files: int
    lines: int
    costs: dict[str, list[Cost]]
    parsed: int = 0
    parsed_lines: int = 0

    def ratio(self, first: str, second: str, of: Callable[[Cost], float]) -> float | None:
        """How many times the one tool takes what the other takes; none where one was not measured."""
        one, other = self.costs.get(first), self.costs.get(second)
        return ratio(one, other, of) if one and other else None


@dataclass(frozen=True, slots=True)
class Results:
    """All of one run. `subset` is the part of an archive on which the slowest linter was measured."""

    archives: tuple[Subject, ...]
    growth: tuple[Subject, ...]
    synchronous: tuple[Subject, ...]
    plugin: Subject | None
    subset: Subject | None

    def archive(self, name: str) -> Subject | None:
        """The archive of a project by its name in small letters, where it was measured."""
        return next((subject for subject in self.archives if subject.name.lower().startswith(name)), None)


def wall(cost: Cost) -> float:
    """Seconds until it is done."""
    return cost.wall


def cpu(cost: Cost) -> float:
    """Seconds of processor time."""
    return cost.cpu
