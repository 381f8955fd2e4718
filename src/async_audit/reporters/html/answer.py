"""What a reader wants first: the answer in a paragraph, its figures, and what to do in which order."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.findings import Report, Verdict
from async_audit.reporters.figures import Adoption, adoption_of_views, has_synchronous, verdict_counts
from async_audit.reporters.html.markup import Markup, element, lines, prose

_HEADLINES = (
    Verdict.BLOCKS,
    Verdict.COSTS,
    Verdict.GAINS,
    Verdict.WOULD_GAIN,
    Verdict.BACKGROUND,
    Verdict.UNKNOWN,
)
_NO_ANSWER = "No entry point was found, so that there is nothing to answer."


def answer_section(report: Report) -> Markup:
    """The paragraph, the figures and the advice."""
    return lines(
        element("p", prose(report.answer or _NO_ANSWER), class_="answer"),
        _figures(report),
        _advice(report),
    )


def _figures(report: Report) -> Markup:
    counts = dict(verdict_counts(report.entry_points))
    rows = [
        ("entry points", str(len(report.entry_points))),
        *_share(report, adoption_of_views(report)),
        *((verdict.value, str(counts[verdict])) for verdict in _HEADLINES if verdict in counts),
    ]
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", number)) for name, number in rows),
        class_="figures",
    )


def _share(report: Report, views: Adoption) -> Iterator[tuple[str, str]]:
    if views.total and has_synchronous(report):
        yield "of the views are async", f"{views.percent} %"


def _advice(report: Report) -> Markup:
    if not report.advice:
        return Markup("")
    return lines(
        element("h3", "What to do, in this order"),
        element("ol", *(element("li", prose(step)) for step in report.advice), class_="advice"),
    )
