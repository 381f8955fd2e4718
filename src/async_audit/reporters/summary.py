"""The project's answer as compact Markdown, for pull requests and wikis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from async_audit.findings import EntryPoint, Report, Stack, Verdict
from async_audit.quantities import quantity
from async_audit.reporters.figures import (
    MEANINGS,
    adoption_of_views,
    has_synchronous,
    method_of,
    stack_findings,
    suspensions,
    verdict_counts,
)
from async_audit.reporters.markdown_text import code, sentence, text

_SERVES = {
    "asgi": "Served by ASGI",
    "wsgi": "Served by WSGI",
    "both": "Served by WSGI and ASGI",
    "unknown": "Who serves the project is not known",
}
_MOST_ROWS = 60
"""A comment on GitHub ends at 65,536 characters; this is some 20,000."""
_QUIET = frozenset({Verdict.NEUTRAL, Verdict.WOULD_NOT_GAIN, Verdict.GAINS})


def render(report: Report) -> str:
    """The report as Markdown: answer, advice, stack, counts, and the entry points that ask for action."""
    blocks = [
        f"# Async audit of {code(PurePath(report.root).name or 'project')}",
        sentence(report.answer or "No entry point was found."),
        "\n".join(f"{number}. {sentence(step)}" for number, step in enumerate(report.advice, 1)),
        *_figures(report),
        *_stack(report),
        *_entries(report.entry_points),
        *_skipped(report),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = "|".join("---" for _ in titles)
    return "\n".join([f"| {' | '.join(titles)} |", f"|{ruler}|", *(f"| {' | '.join(row)} |" for row in rows)])


def _figures(report: Report) -> Iterator[str]:
    counts = verdict_counts(report.entry_points)
    if not counts:
        return
    yield "## Verdicts"
    rows = [(verdict.value, str(count), MEANINGS[verdict]) for verdict, count in counts]
    yield _table(("Verdict", "Entry points", "Meaning"), rows)
    views = adoption_of_views(report)
    if views.total and has_synchronous(report):
        yield f"Adoption: {views.asynchronous} of {views.total} views are asynchronous ({views.percent} %)."


def _stack(report: Report) -> Iterator[str]:
    findings = stack_findings(report)
    if report.stack is None and not findings:
        return
    yield "## Stack"
    if report.stack is not None:
        yield from _chain(report.stack)
    if findings:
        yield "\n".join(
            f"- {code(finding.code)} {sentence(finding.message)} "
            f"({code(f'{finding.location.path}:{finding.location.line}')})"
            for finding in findings
        )


def _chain(stack: Stack) -> Iterator[str]:
    server = f", by {text(stack.server)}" if stack.server else ""
    source = f" ({code(f'{stack.source.path}:{stack.source.line}')})" if stack.source else ""
    bound = "" if stack.is_exact else "at least "
    yield (
        f"{_SERVES.get(stack.serves, _SERVES['unknown'])}{server}{source}; "
        f"a request takes {bound}{quantity(stack.hops, 'thread hop')} under ASGI, "
        f"{stack.hops_of_middleware} of them in the middleware chain."
    )
    if stack.middleware:
        rows = [
            (code(entry.name, in_table=True), text(entry.capability), str(entry.hops))
            for entry in stack.middleware
        ]
        yield _table(("Middleware", "Capability", "Hops"), rows)


def _entries(entries: tuple[EntryPoint, ...]) -> Iterator[str]:
    wanted = [entry for entry in entries if entry.verdict not in _QUIET]
    if not wanted:
        return
    yield "## Entry points to look at"
    shown = wanted[:_MOST_ROWS]
    titles = ("Verdict", "Route", "Entry point", "Hops", "I/O waits", "Why")
    yield _table(titles, [_row(entry) for entry in shown])
    rest = len(wanted) - len(shown)
    quiet = len(entries) - len(wanted)
    if rest:
        yield f"{rest} more to look at are left out here."
    if quiet:
        yield f"{quiet} more need nothing."


def _row(entry: EntryPoint) -> tuple[str, ...]:
    route = " ".join(part for part in (method_of(entry), entry.routes[0] if entry.routes else "") if part)
    place = f"{entry.location.path}:{entry.location.line}"
    return (
        entry.verdict.value,
        code(route, in_table=True) if route else "",
        f"{code(entry.name, in_table=True)} {code(place, in_table=True)}",
        entry.ledger.hops_written if entry.is_async else "-",
        str(suspensions(entry)),
        sentence("; ".join(entry.reasons), in_table=True),
    )


def _skipped(report: Report) -> Iterator[str]:
    if report.skipped:
        yield "## Files that were not read"
        yield "\n".join(f"- {code(file.path)}: {text(file.reason)}" for file in report.skipped)
