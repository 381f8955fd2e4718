"""The table of entry points: one a row, each with the way to its evidence, and the form that filters it."""

from __future__ import annotations

from collections.abc import Iterable

from async_audit.findings import EntryPoint, Report, Verdict
from async_audit.reporters.figures import method_of, suspensions
from async_audit.reporters.html.charts import verdict_badge
from async_audit.reporters.html.markup import NOTHING, Child, Markup, code, element, joined, lines, prose

_COLUMNS = ("Verdict", "Route", "Method", "Entry point", "Kind", "Hops", "I/O waits", "Why")
_ORDER = list(Verdict)


def anchor(index: int) -> str:
    """The fragment of the evidence for the entry point at this place of the report."""
    return f"view-{index + 1}"


def views_table(report: Report) -> Markup:
    """The filter and the table; a sentence where there is no entry point."""
    entries = report.entry_points
    if not entries:
        return element("p", "No entry point was found.")
    head = element("tr", *(element("th", title, scope="col") for title in _COLUMNS))
    return lines(
        _filter(entries),
        element("p", f"{len(entries)} entry points.", id="count", role="status", aria_live="polite"),
        element(
            "table",
            element("caption", "Entry points, what to look at first at the top"),
            element("thead", head),
            lines(Markup("<tbody>"), *map(_row, range(len(entries)), entries), Markup("</tbody>")),
            id="views",
        ),
    )


def _filter(entries: tuple[EntryPoint, ...]) -> Markup:
    """The form, hidden until the script that makes it work shows it."""
    verdicts = [verdict.value for verdict in _ORDER if any(entry.verdict is verdict for entry in entries)]
    kinds = sorted({entry.kind for entry in entries})
    ways = {True: "asynchronous", False: "synchronous"}
    return element(
        "form",
        element(
            "label", "Search ", element("input", type="search", name="text", autocomplete="off"),
        ),
        _choice("Verdict", "verdict", verdicts),
        _choice("Kind", "kind", kinds),
        _choice("Written as", "way", [ways[way] for way in ways if any(e.is_async is way for e in entries)]),
        element("button", "Clear", type="reset"),
        element("button", "Open all shown", type="button", id="open-all"),
        element("button", "Close all", type="button", id="close-all"),
        id="filter",
        role="search",
        aria_label="Filter the entry points",
        hidden=True,
    )  # fmt: skip


def _choice(title: str, name: str, values: Iterable[str]) -> Markup:
    values = list(values)
    if len(values) < 2:
        return NOTHING
    options = [
        element("option", "all", value=""),
        *(element("option", value, value=value) for value in values),
    ]
    return element("label", f"{title} ", element("select", *options, name=name))


def _row(index: int, entry: EntryPoint) -> Markup:
    book = entry.ledger
    method = method_of(entry)
    link = element("a", code(entry.name), href=f"#{anchor(index)}")
    return element(
        "tr",
        _cell("Verdict", verdict_badge(entry.verdict), order=_ORDER.index(entry.verdict)),
        _cell("Route", _routes(entry.routes)),
        _cell("Method", method or "-"),
        element("th", link, scope="row", data_label="Entry point"),
        _cell("Kind", entry.kind),
        _cell(
            "Hops",
            book.hops_written if entry.is_async else "-",
            order=book.hops + 1000 * book.looped,
            class_="number",
        ),
        _cell("I/O waits", str(suspensions(entry)), order=suspensions(entry), class_="number"),
        _cell("Why", prose("; ".join(entry.reasons))),
        data_view=anchor(index),
        data_verdict=entry.verdict.value,
        data_kind=entry.kind,
        data_way="asynchronous" if entry.is_async else "synchronous",
    )


def _cell(label: str, *children: Child, order: int | None = None, class_: str = "") -> Markup:
    attributes: dict[str, str | int | bool] = {"data_label": label, "class_": class_ or False}
    if order is not None:
        attributes["data_order"] = order
    return element("td", *children, **attributes)


def _routes(routes: tuple[str, ...]) -> Markup:
    if not routes:
        return joined(["-"])
    more = f" and {len(routes) - 1} more" if len(routes) > 1 else ""
    return joined([code(routes[0]), more])
