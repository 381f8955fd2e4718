"""The table of verdicts for people: an entry point a row, what to do first at the top, then the answer."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from async_audit.findings import EntryPoint, Report
from async_audit.reporters.visible import visible

_TITLES = ("verdict", "hops", "suspends", "entry point", "why")
_NARROWEST_REASON = 50
"""Characters; where the last column would have fewer, reasons stand below their rows."""
_INDENT = " " * 4


def render(report: Report, *, width: int | None = None, all_views: bool = False) -> str:
    """The table as plain text, with the project's answer below.

    A row is a line where there is no `width`; else no line is longer, if words allow it. `all_views`: the
    report is on synchronous views too.
    """
    skipped = [visible(f"skipped: {file.path}: {file.reason}") for file in report.skipped]
    if not report.entry_points:
        return "\n".join([*_wrapped(_nothing(all_views=all_views), width), *skipped]) + "\n"
    lines = _table([_TITLES, *(_row(entry) for entry in report.entry_points)], width)
    steps = [visible(f"{number}. {step}") for number, step in enumerate(report.advice, 1)]
    ending = [
        *_wrapped(report.answer, width),
        *(line for step in steps for line in _wrapped(step, width, "   ")),
    ]
    return "\n".join([*lines, "", *ending, *skipped]) + "\n"


def _nothing(*, all_views: bool) -> str:
    if all_views:
        return "No entry point was found."
    return (
        "No asynchronous entry point was found. `async-audit verdicts --all-views` tells of the synchronous "
        "views whether async would add anything there."
    )


def _table(rows: list[tuple[str, ...]], width: int | None) -> Iterator[str]:
    columns = [max(len(row[column]) for row in rows) for column in range(len(_TITLES) - 1)]
    start = sum(columns) + 2 * len(columns)
    for row in rows:
        *cells, reason = row
        head = "  ".join(cell.ljust(column) for cell, column in zip(cells, columns, strict=True))
        if width is None:
            yield f"{head}  {reason}".rstrip()
        elif width - start >= _NARROWEST_REASON:
            yield from _wrapped(f"{head}  {reason}", width, " " * start)
        else:
            yield head.rstrip()
            if row is not rows[0]:
                yield from _wrapped(_INDENT + reason, width, _INDENT)


def _wrapped(text: str, width: int | None, indent: str = "") -> list[str]:
    """The text in lines of a width, all but the first with an indent; as it is where there is no width."""
    if width is None:
        return [text]
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


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
    if entry.routes:
        return f"{entry.routes[0]} {entry.name.rpartition('.')[2]}"
    return entry.name
