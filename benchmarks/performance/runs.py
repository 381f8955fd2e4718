"""One run of the benchmark: which tools are measured on which trees, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.performance.archives import lines, python_files
from benchmarks.performance.costs import Cost
from benchmarks.performance.generated import write_tree
from benchmarks.performance.measuring import Command, cost, paired
from benchmarks.performance.parsed import parsed_files
from benchmarks.performance.results import (
    FLAKE8,
    FLAKE8_ASYNC,
    FLAKE8_OURS,
    OURS_COLD,
    OURS_PLAIN,
    OURS_WARM,
    PARSE,
    PARSE_ALL,
    PYLINT,
    READ,
    RUFF,
    RUFF_WARM,
    Results,
    Subject,
)
from benchmarks.performance.tools import Tools, has_cache

_LARGE = 100_000
"""Lines. On larger trees flake8-async takes many minutes and is left out; others run half as often."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, and on how large trees. `slow_rounds` are those of tools that take more than ten seconds."""

    rounds: int
    slow_rounds: int
    growth: tuple[int, ...]
    largest_parse: int
    largest_flake8: int
    synchronous: tuple[int, int]
    plugin_lines: int
    subset: int


FULL = Plan(
    rounds=5,
    slow_rounds=2,
    growth=(10_000, 30_000, 100_000, 300_000, 1_000_000),
    largest_parse=100_000,
    largest_flake8=30_000,
    synchronous=(100_000, 500_000),
    plugin_lines=20_000,
    subset=20,
)
QUICK = Plan(
    rounds=2,
    slow_rounds=1,
    growth=(10_000, 100_000),
    largest_parse=10_000,
    largest_flake8=0,
    synchronous=(20_000, 100_000),
    plugin_lines=10_000,
    subset=2,
)


@dataclass(frozen=True, slots=True)
class Runs:
    """Everything that is measured, one thing after another."""

    tools: Tools
    plan: Plan
    skip: frozenset[str]
    show: Callable[[str], None]

    def all(self, archives: dict[str, Path]) -> Results:
        """Measure the archives by name and folder, then the generated trees."""
        return Results(
            archives=tuple(self._archive(name, folder) for name, folder in archives.items()),
            growth=tuple(self._grown(size) for size in self.plan.growth),
            synchronous=tuple(self._synchronous(size) for size in self.plan.synchronous),
            plugin=self._plugin(),
            subset=None if "pylint" in self.skip else self._subset(*next(iter(archives.items()))),
        )

    def _archive(self, name: str, folder: Path) -> Subject:
        files = python_files(folder)
        record = self.tools.folder / "parsed.list"
        parsed = parsed_files(folder, files, record)
        size = lines(files)
        slow = "flake8-async" not in self.skip and size <= _LARGE
        commands = {
            **self._ours(folder, size),
            **self._ruff(folder),
            **({FLAKE8_ASYNC: self.tools.flake8_async(folder)} if slow else {}),
            PARSE: self.tools.bare_parse("parsed", parsed),
            READ: self.tools.bare_read("all", files),
        }
        costs = self._measured(name, size, commands)
        return Subject(name, len(files), size, costs, len(parsed), lines(parsed))

    def _grown(self, size: int) -> Subject:
        folder = write_tree(self.tools.folder / f"mixed-{size}", size)
        files = python_files(folder)
        commands = {**self._ours(folder, size), RUFF: self.tools.ruff(folder)}
        if size <= self.plan.largest_parse:
            commands[PARSE_ALL] = self.tools.bare_parse("grown", files)
        if size <= self.plan.largest_flake8 and "flake8-async" not in self.skip:
            commands[FLAKE8_ASYNC] = self.tools.flake8_async(folder)
        name = f"generated, {size:,} lines"
        return Subject(name, len(files), lines(files), self._measured(name, size, commands))

    def _synchronous(self, size: int) -> Subject:
        folder = write_tree(self.tools.folder / f"synchronous-{size}", size, share=0)
        files = python_files(folder)
        commands = {
            OURS_COLD: self._ours(folder, size)[OURS_COLD],
            READ: self.tools.bare_read("synchronous", files),
        }
        name = f"generated without async, {size:,} lines"
        return Subject(name, len(files), lines(files), self._measured(name, size, commands))

    def _plugin(self) -> Subject:
        size = self.plan.plugin_lines
        folder = write_tree(self.tools.folder / f"synchronous-{size}", size, share=0)
        files = python_files(folder)
        commands = {
            FLAKE8: self.tools.flake8(folder, with_ours=False),
            FLAKE8_OURS: self.tools.flake8(folder, with_ours=True),
        }
        name = f"generated without async, {size:,} lines"
        return Subject(name, len(files), lines(files), self._measured(name, size, commands))

    def _subset(self, name: str, folder: Path) -> Subject:
        """The first files with coroutines alone: pylint on a whole project takes many minutes."""
        files = [file for file in python_files(folder) if b"async def" in file.read_bytes()][
            : self.plan.subset
        ]
        commands = {PYLINT: self.tools.pylint_django(files, folder)}
        title = f"{name}, the first files with coroutines"
        return Subject(title, len(files), lines(files), self._measured(title, lines(files), commands))

    def _ours(self, folder: Path, size: int) -> dict[str, Command]:
        if not has_cache():
            return {OURS_COLD: self.tools.ours(folder)}
        cold, warm = self.tools.folder / "cache-cold", self.tools.folder / "cache-warm"
        commands = {
            OURS_COLD: self.tools.ours(folder, cache=cold),
            OURS_WARM: self.tools.ours(folder, cache=warm, cold=False),
        }
        # What writing the cache costs is seen on a small tree.
        return commands if size > _LARGE else {**commands, OURS_PLAIN: self.tools.ours(folder)}

    def _ruff(self, folder: Path) -> dict[str, Command]:
        cache = self.tools.folder / "cache-ruff"
        return {RUFF: self.tools.ruff(folder), RUFF_WARM: self.tools.ruff(folder, cache=cache)}

    def _measured(self, name: str, size: int, commands: dict[str, Command]) -> dict[str, list[Cost]]:
        """The costs by tool; what is to be warm runs once before."""
        for tool in (OURS_WARM, RUFF_WARM):
            if tool in commands:
                cost(commands[tool])
        rounds = self.plan.rounds if size <= _LARGE else max(self.plan.rounds // 2, 1)
        most = dict.fromkeys((FLAKE8_ASYNC, PARSE_ALL), self.plan.slow_rounds) | {PYLINT: 1}
        return paired(commands, rounds, lambda tool: self.show(f"{name}: {tool}"), most)
