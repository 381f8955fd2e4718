"""The parts of the performance benchmark that decide, write and generate; nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("psutil", reason="psutil comes with the extra `bench`")

from async_audit.config import Config
from async_audit.engine import audit
from benchmarks.performance.archives import lines, python_files
from benchmarks.performance.costs import Cost, median, ratio
from benchmarks.performance.generated import write_tree
from benchmarks.performance.goals import file_overhead, goals
from benchmarks.performance.pages import section
from benchmarks.performance.parsed import parsed_files
from benchmarks.performance.results import (
    FLAKE8,
    FLAKE8_ASYNC,
    FLAKE8_OURS,
    OURS_COLD,
    OURS_WARM,
    PARSE,
    READ,
    RUFF,
    Results,
    Subject,
    cpu,
    wall,
)

MEBIBYTE = 1 << 20


def cost(wall: float, cpu: float | None = None, memory: int = 100) -> list[Cost]:
    return [Cost(wall, wall if cpu is None else cpu, memory * MEBIBYTE)]


def results(ours: float, overhead: float, memory: int) -> Results:
    """A run in which a cold scan takes so many seconds, and others what they always take."""
    khoj = {OURS_COLD: cost(ours), FLAKE8_ASYNC: cost(30.0), PARSE: cost(1.0)}
    django = {OURS_COLD: cost(ours), OURS_WARM: cost(ours / 10), RUFF: cost(0.2)}
    grown = (
        Subject("small", 10, 100_000, {OURS_COLD: cost(1.0)}),
        Subject("large", 100, 1_000_000, {OURS_COLD: cost(10 * ours, memory=memory)}),
    )
    synchronous = (
        Subject("few", 100, 1, {OURS_COLD: cost(1.0), READ: cost(1.0)}),
        Subject("many", 200, 1, {OURS_COLD: cost(1.0 + 100 * overhead), READ: cost(1.0)}),
    )
    plugin = Subject("none", 1, 1, {FLAKE8: cost(10.0), FLAKE8_OURS: cost(10.0 * ours)})
    archives = (Subject("khoj 1", 5, 100, khoj, 2, 50), Subject("Django 1", 9, 900, django))
    return Results(tuple(archives), grown, synchronous, plugin, None)


def test_each_goal_is_met_by_a_run_that_is_fast_enough() -> None:
    found = goals(results(ours=1.0, overhead=20e-6, memory=200))
    assert len(found) == 8
    assert [goal for goal in found if not goal.is_met] == []


def test_no_goal_is_met_by_a_run_that_is_too_slow() -> None:
    found = goals(results(ours=4.0, overhead=90e-6, memory=900))
    assert [goal for goal in found if goal.is_met] == []


def test_what_was_not_measured_is_no_goal() -> None:
    assert goals(Results((), (), (), None, None)) == []


def test_a_tool_with_fewer_rounds_is_compared_by_medians() -> None:
    slow, fast = [*cost(10.0), *cost(30.0), *cost(11.0)], [*cost(1.0), *cost(3.0), *cost(2.0)]
    assert ratio(slow, fast, wall) == 10.0
    assert ratio(slow, fast[:1], wall) == 11.0
    assert median(slow).cpu == 11.0


def test_starting_is_no_part_of_what_one_more_file_costs() -> None:
    few = Subject("few", 100, 1, {OURS_COLD: cost(9.0, 5.0), READ: cost(1.0, 0.1)})
    many = Subject("many", 1100, 1, {OURS_COLD: cost(9.0, 5.07), READ: cost(1.0, 0.12)})
    assert file_overhead(few, many) == pytest.approx(50e-6)


def test_the_measured_section_says_which_goals_are_not_met() -> None:
    measured = results(ours=4.0, overhead=20e-6, memory=200)
    written = section(measured, "2 cores.", "performance.svg")
    assert written.count("**not met**") == sum(not goal.is_met for goal in goals(measured)) == 6
    assert "2 of 8 goals are met." in written
    assert "khoj 1: 100 lines in 5 files, of which we parse 50 in 2" in written
    assert "](performance.svg)" in written


def test_a_generated_tree_has_the_size_and_the_share_of_async_that_was_asked_for(tmp_path: Path) -> None:
    mixed, plain = write_tree(tmp_path / "mixed", 12_000), write_tree(tmp_path / "plain", 6_000, share=0)
    files = python_files(mixed)
    assert 12_000 <= lines(files) < 12_600
    modules = [file for file in files if file.name.startswith("module_")]
    coroutines = [file for file in modules if "async def" in file.read_text(encoding="utf-8")]
    assert len(coroutines) == len(modules) // 20
    report = audit([mixed], Config(), root=mixed)
    assert report.coroutines == 24 * len(coroutines)
    assert not report.skipped
    assert audit([plain], Config(), root=plain).coroutines == 0


def test_only_what_coroutines_reach_is_parsed(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree", 12_000)
    files = python_files(tree)
    parsed = {file.name for file in parsed_files(tree, files, tmp_path / "record")}
    assert {"module_19.py", "module_18.py", "models.py"} <= parsed
    assert len(parsed) < len(files) / 2


def test_ratios_of_processor_time_are_told_apart_from_those_of_wall_time() -> None:
    subject = Subject("one", 1, 1, {OURS_COLD: cost(1.0, 4.0), PARSE: cost(1.0, 2.0)})
    assert (subject.ratio(OURS_COLD, PARSE, cpu), subject.ratio(OURS_COLD, PARSE, wall)) == (2.0, 1.0)
    assert subject.ratio(OURS_COLD, RUFF, wall) is None
