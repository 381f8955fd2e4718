"""Charts as tables: every bar is an inline picture beside the number that it draws."""

from __future__ import annotations

from collections.abc import Sequence

from async_audit.findings import Report, Verdict
from async_audit.reporters.figures import (
    MEANINGS,
    Adoption,
    adoption,
    has_synchronous,
    hop_counts,
    suspension_counts,
    verdict_counts,
    wait_counts,
)
from async_audit.reporters.html.markup import Child, Markup, element, lines


def charts(report: Report) -> Markup:
    """The charts of a report: verdicts, adoption, hops, and what is waited for."""
    entries = report.entry_points
    coroutines = [entry for entry in entries if entry.is_async]
    plain = [entry for entry in entries if not entry.is_async]
    return element(
        "div",
        lines(
            _verdicts("Verdicts of asynchronous entry points", verdict_counts(coroutines)),
            _verdicts("Verdicts of synchronous entry points", verdict_counts(plain)),
            _adoption(report),
            _bars("Thread hops of one request, asynchronous entry points", "Hops", hop_counts(coroutines)),
            _bars("What coroutines await", "Asynchronous I/O", suspension_counts(coroutines), "Awaits"),
            _bars("What synchronous entry points wait for", "Wait", wait_counts(plain), "Call sites"),
        ),
        class_="charts",
    )


def verdict_badge(verdict: Verdict) -> Markup:
    """The verdict's word with its colour."""
    return element("span", verdict.value, class_=f"badge {verdict.value}")


def _verdicts(caption: str, counts: Sequence[tuple[Verdict, int]]) -> Markup:
    most = max((count for _, count in counts), default=0)
    rows = [
        _row(verdict_badge(verdict), str(count), _bar(count, most, verdict.value), MEANINGS[verdict])
        for verdict, count in counts
    ]
    return _table(caption, ("Verdict", "Entry points"), rows)


def _bars(caption: str, what: str, counts: Sequence[tuple[str, int]], number: str = "Entry points") -> Markup:
    most = max((count for _, count in counts), default=0)
    rows = [_row(name, str(count), _bar(count, most, "plain")) for name, count in counts]
    return _table(caption, (what, number), rows)


def _adoption(report: Report) -> Markup:
    if not has_synchronous(report):
        return Markup("")
    rows = [
        _row(row.kind, f"{row.asynchronous} of {row.total} ({row.percent} %)", _share(row))
        for row in adoption(report)
    ]
    return _table("Adoption: asynchronous entry points by kind", ("Kind", "Asynchronous"), rows)


def _table(caption: str, titles: tuple[str, str], rows: list[Markup]) -> Markup:
    if not rows:
        return Markup("")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    return element(
        "table",
        element("caption", caption),
        element("thead", head),
        lines(Markup("<tbody>"), *rows, Markup("</tbody>")),
        class_="chart",
    )


def _row(name: Child, number: str, bar: Markup, meaning: str = "") -> Markup:
    explained = element("small", meaning) if meaning else Markup("")
    return element("tr", element("th", name, explained, scope="row"), element("td", number, bar))


def _bar(count: int, most: int, colour: str) -> Markup:
    return _picture(element("rect", width=f"{100 * count / most:.1f}%", height=10, rx=2, class_=colour))


def _share(row: Adoption) -> Markup:
    # An empty bar, with no fill at all, says "none" and not "missing".
    whole = element("rect", width="100%", height=10, rx=2, class_="track")
    part = element("rect", width=f"{row.percent}%", height=10, rx=2, class_="plain")
    return _picture(whole, part)


def _picture(*shapes: Markup) -> Markup:
    # Beside the number that it draws, the bar says nothing new to who cannot see it.
    return element("svg", *shapes, class_="bar", width="100%", height=10, aria_hidden="true")
