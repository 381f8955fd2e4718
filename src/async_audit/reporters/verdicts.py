"""The table of verdicts for people: an entry point a row, what to do first at the top, then the answer."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.findings import EntryPoint, Report
from async_audit.reporters.visible import visible

_TITLES = ("verdict", "hops", "suspends", "entry point", "why")
_WIDEST_NAME = 60


def render(report: Report) -> str:
    """The table as plain text, a row a line, with the project's answer below."""
    skipped = [visible(f"skipped: {file.path}: {file.reason}") for file in report.skipped]
    if not report.entry_points:
        return "\n".join(["No entry point was found.", *skipped]) + "\n"
    rows = [_TITLES, *(_row(entry) for entry in report.entry_points)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES) - 1)]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
    steps = [visible(f"{number}. {step}") for number, step in enumerate(report.advice, 1)]
    return "\n".join([*lines, "", report.answer, *steps, *skipped]) + "\n"


def _padded(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for cell, width in zip(row, widths, strict=False):
        yield cell.ljust(width)
    yield row[-1]


def _row(entry: EntryPoint) -> tuple[str, ...]:
    book = entry.ledger
    suspends = sum(count for _, count in book.suspends)
    return (
        entry.verdict.value,
        book.hops_written if entry.is_async else "-",
        str(suspends or "-"),
        visible(_shown_name(entry)),
        visible("; ".join(entry.reasons)),
    )


def _shown_name(entry: EntryPoint) -> str:
    """The first route with the function's own name, or the whole name where no route is known."""
    name = entry.name
    if entry.routes:
        name = f"{entry.routes[0]} {entry.name.rpartition('.')[2]}"
    return name if len(name) <= _WIDEST_NAME else f"…{name[-_WIDEST_NAME + 1 :]}"
