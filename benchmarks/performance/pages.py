"""The measured section of `docs/performance.md`."""

from __future__ import annotations

from benchmarks.performance.costs import Cost, median
from benchmarks.performance.goals import goals
from benchmarks.performance.results import OURS_COLD, Results, Subject
from benchmarks.sections import table

SECTION = "measured performance"


def section(results: Results, conditions: str, plot: str) -> str:
    """The goals, then a table for each tree, with the conditions under which they were measured."""
    reached = goals(results)
    rows = [(goal.text, goal.measured, "met" if goal.is_met else "**not met**") for goal in reached]
    met = sum(goal.is_met for goal in reached)
    parts = [
        conditions,
        "## Goals",
        table(("goal", "measured", "result"), rows),
        f"{met} of {len(reached)} goals are met.",
        "## Real projects",
    ]
    for subject in results.archives:
        parts.extend((f"### {_title(subject)}", _table(subject)))
    if results.subset is not None:
        parts.extend((f"### {_title(results.subset)}", _table(results.subset)))
    parts.extend(("## Growth", f"![Seconds over lines of code]({plot})", _growth(results.growth)))
    if results.synchronous:
        parts.extend(("## Synchronous files", *map(_titled, results.synchronous)))
    if results.plugin is not None:
        parts.extend(("## The flake8 plugin on a project without async", _titled(results.plugin)))
    return "\n\n".join(parts)


def _titled(subject: Subject) -> str:
    return f"{_title(subject)}:\n\n{_table(subject)}"


def _title(subject: Subject) -> str:
    title = f"{subject.name}: {subject.lines:,} lines in {subject.files:,} files"
    if subject.parsed:
        title += f", of which we parse {subject.parsed_lines:,} in {subject.parsed:,}"
    return title


def _table(subject: Subject) -> str:
    first = next(iter(subject.costs.values()))
    rows = [
        (tool, *_cells(median(costs)), f"{median(costs).wall / median(first).wall:.2f}", str(len(costs)))
        for tool, costs in subject.costs.items()
        if costs
    ]
    return table(("tool", "wall s", "CPU s", "peak MB", "wall, first row = 1", "runs"), rows)


def _growth(subjects: tuple[Subject, ...]) -> str:
    rows = [
        (f"{subject.lines:,}", tool, *_cells(median(costs)), f"{median(costs).cpu / subject.lines * 1e6:.1f}")
        for subject in subjects
        for tool, costs in sorted(subject.costs.items(), key=lambda item: item[0] != OURS_COLD)
        if costs
    ]
    return table(("lines", "tool", "wall s", "CPU s", "peak MB", "CPU µs a line"), rows)


def _cells(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.memory / (1 << 20):.0f}" if cost.memory else "-"
