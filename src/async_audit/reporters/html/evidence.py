"""The evidence for each entry point: its ledger, what becomes of it, and the chains with their code."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.findings import EntryPoint, Finding, Ledger, Report, Wait
from async_audit.reporters.figures import findings_by_entry
from async_audit.reporters.html.charts import verdict_badge
from async_audit.reporters.html.excerpts import Sources, excerpt
from async_audit.reporters.html.markup import NOTHING, Child, Markup, code, element, joined, lines, prose
from async_audit.reporters.html.places import chain, place
from async_audit.reporters.html.views_table import anchor

_MOST_WITH_CODE = 25
"""Rows of evidence that show their code; a page must stay readable, and small enough to send."""


def evidence(report: Report, sources: Sources) -> Markup:
    """One block that can be opened for each entry point, in the order of the table."""
    findings = findings_by_entry(report)
    return lines(
        *(
            _entry(anchor(index), entry, findings[entry], sources)
            for index, entry in enumerate(report.entry_points)
        )
    )


def _entry(name: str, entry: EntryPoint, findings: tuple[Finding, ...], sources: Sources) -> Markup:
    summary = element("summary", element("h3", verdict_badge(entry.verdict), " ", code(entry.name)))
    # A fragment that leads inside a closed block opens it, without a script too.
    content = element(
        "div",
        lines(
            element("p", _where(entry), id=name, tabindex=-1),
            element("p", prose("; ".join(entry.reasons) + ".")),
            _ledger(entry),
            _outcomes(entry),
            _findings(findings, sources),
            _waits(entry.waits, findings, sources),
            _body(entry, findings, sources),
            element("p", element("a", "Back to the table", href="#views"), class_="back"),
        ),
    )
    return element("details", summary, content, class_="entry", data_view=name)


def _where(entry: EntryPoint) -> Markup:
    way = "asynchronous" if entry.is_async else "synchronous"
    parts: list[Child] = [f"{way} {entry.kind} in ", place(entry.location)]
    if entry.routes:
        parts.append(", answers " if len(entry.routes) == 1 else f", answers {len(entry.routes)} routes: ")
        parts.append(joined([code(route) for route in entry.routes], ", "))
    return joined(parts)


def _ledger(entry: EntryPoint) -> Markup:
    book = entry.ledger
    waits = ", ".join(f"{count} × {what}" for what, count in book.suspends) or "none"
    rows: list[tuple[str, Child]] = [
        *(_for_coroutines(book, waits) if entry.is_async else [("Waits for other services", waits)]),
        ("Streams", "yes" if book.streams else "no"),
        ("Not known", joined([code(what) for what in book.unknown], ", ") if book.unknown else "nothing"),
    ]
    items = (element("div", element("dt", name), element("dd", value)) for name, value in rows)
    return joined([element("h4", "Ledger"), element("dl", *items, class_="ledger")])


def _for_coroutines(book: Ledger, waits: str) -> Iterator[tuple[str, Child]]:
    yield "Thread hops as written", book.hops_written
    yield "Thread hops as a plain def", str(book.hops_if_sync)
    yield "Awaits on asynchronous I/O", waits
    yield "Awaits at the same time", str(book.overlap) if book.overlap > 1 else "no"
    yield "Lines that block the event loop", str(book.blocks)


def _outcomes(entry: EntryPoint) -> Markup:
    if not entry.outcomes:
        return NOTHING
    rows = [
        element(
            "tr",
            element("th", prose(outcome.stack), scope="row"),
            element("td", outcome.hops),
            element("td", str(outcome.holds)),
            element("td", prose("; ".join(outcome.first) or "nothing")),
        )
        for outcome in entry.outcomes
    ]
    titles = ("Stack", "Hops", "Waits that hold a worker", "What has to change first")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    return element(
        "table",
        element("caption", "What becomes of it if the stack changes"),
        element("thead", head),
        element("tbody", *rows),
        class_="outcomes",
    )


def _findings(findings: tuple[Finding, ...], sources: Sources) -> Markup:
    if not findings:
        return NOTHING
    blocks = [
        element(
            "details",
            element("summary", code(finding.code), " ", prose(finding.message), " ", place(finding.location)),
            chain(sources, finding.slug, finding.location, finding.chain),
            class_="proof",
            open=True,
        )
        for finding in findings
    ]
    return lines(element("h4", f"Findings ({len(findings)})"), *blocks)


def _waits(waits: tuple[Wait, ...], findings: tuple[Finding, ...], sources: Sources) -> Markup:
    """What the entry point waits for beside what a finding has shown already."""
    shown = {(finding.location, finding.chain) for finding in findings}
    others = tuple(wait for wait in waits if (wait.location, wait.chain) not in shown)
    if not others:
        return NOTHING
    else_ = "else " if len(others) < len(waits) else ""
    title = element("h4", f"What {else_}it waits for ({len(others)})")
    return lines(title, *_wait_rows(others, sources))


def _wait_rows(waits: tuple[Wait, ...], sources: Sources) -> Iterator[Markup]:
    # There are many queries, and what else there is decides the verdict.
    waits = tuple(sorted(waits, key=lambda wait: wait.kind == "query"))
    for wait in waits[:_MOST_WITH_CODE]:
        yield element(
            "details",
            element("summary", *_wait(wait)),
            chain(sources, "", wait.location, wait.chain),
            class_="proof",
        )
    rest = waits[_MOST_WITH_CODE:]
    if rest:
        yield element("p", f"{len(rest)} more, without their code:")
        yield element("ul", *(element("li", *_wait(wait)) for wait in rest))


def _wait(wait: Wait) -> Iterator[Child]:
    yield element("b", wait.kind)
    # A subject is a sentence, or the call itself.
    yield joined([" ", prose(wait.subject) if " " in wait.subject else code(wait.subject)])
    yield " in a loop " if wait.looped else " "
    yield place(wait.location)


def _body(entry: EntryPoint, findings: tuple[Finding, ...], sources: Sources) -> Markup:
    """The first lines of the function where nothing else shows code."""
    if findings or entry.waits:
        return NOTHING
    return joined([element("h4", "Where it begins"), excerpt(sources, entry.location)])
