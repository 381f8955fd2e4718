"""The stack as a picture: who serves, the middleware chain with its hops, and the views behind it.

Two lanes: what runs on the event loop, and what runs in a worker thread. A line that crosses from one lane to
the other is a thread hop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from async_audit.findings import Report, Stack
from async_audit.quantities import quantity
from async_audit.reporters.figures import VIEW_KINDS, stack_findings
from async_audit.reporters.html.markup import NOTHING, Child, Markup, code, element, joined, lines, prose
from async_audit.reporters.html.places import place

_WIDTH = 440
_BOX = 196
_HEIGHT = 34
_STEP = 52
_TOP = 34
_LANES = {"loop": 8, "thread": _WIDTH - _BOX - 8}
_LABEL = 28
_LONGEST_LABEL = 26
_CAPABILITIES = {
    "sync": "synchronous only",
    "async": "asynchronous only",
    "both": "synchronous and asynchronous",
    "unknown": "not known",
}


@dataclass(frozen=True, slots=True)
class _Box:
    """A box of the picture: its row, its lane (`loop` or `thread`), two lines of text, its form.

    `hops` are those that it makes by itself, from the event loop to a thread and back.
    """

    row: int
    lane: str
    title: str
    note: str
    form: str
    hops: int = 0


def stack_section(report: Report) -> Markup:
    """The stack in a sentence, as a picture and as a table, with the findings about it."""
    stack = report.stack
    return lines(
        element("p", *_sentence(report)),
        NOTHING if stack is None else _figure(report, stack),
        NOTHING if stack is None else _chain_table(stack),
        NOTHING if stack is None else _facts(stack),
        _findings(report),
    )


def _sentence(report: Report) -> Iterator[Child]:
    stack = report.stack
    serves = (stack.serves if stack is not None else report.serves) or "unknown"
    named = {"asgi": "ASGI", "wsgi": "WSGI", "both": "both WSGI and ASGI"}.get(serves.lower(), "")
    yield f"The project is served by {named}." if named else "Who serves the project is not known."
    if stack is None:
        yield " The middleware chain is not part of this report."
        return
    if stack.server:
        yield joined([" Server: ", stack.server, "."])
    if stack.source is not None:
        yield joined([" Read in ", place(stack.source), "."])
    if stack.websockets.lower() in {"asgi", "both"} and serves.lower() not in {"asgi", "both"}:
        yield " Websockets are served by ASGI."
    bound = "" if stack.is_exact else "at least "
    hops = quantity(stack.hops, "thread hop")
    yield f" One request takes {bound}{hops} under ASGI before it reaches a view and on its way back"
    yield "." if stack.is_exact else "; not every middleware is known."


def _figure(report: Report, stack: Stack) -> Markup:
    chain = list(_chain(stack))
    views = list(_views(report, chain[-1]))
    height = _TOP + _STEP * (len(chain) + 1)
    shapes = [_lane_title("loop", "event loop"), _lane_title("thread", "worker thread")]
    shapes.extend(_connector(upper, lower) for upper, lower in pairwise(chain))
    shapes.extend(_connector(chain[-1], box) for box in views)
    shapes.extend(shape for box in (*chain, *views) for shape in _drawn(box))
    picture = element(
        "svg",
        element("title", "The stack, from the server to the views", id="stack-picture-title"),
        element("desc", "The table below the picture says the same in words.", id="stack-desc"),
        *shapes,
        viewBox=f"0 0 {_WIDTH} {height}",
        class_="stack",
        role="img",
        aria_labelledby="stack-picture-title",
        aria_describedby="stack-desc",
    )
    caption = "A request goes down the chain, its answer up again. A dashed line to the other side is a hop."
    if stack.serves.lower() == "wsgi":
        caption += " Drawn as it would be under ASGI: under WSGI all of it runs in the worker's thread."
    return element("figure", picture, element("figcaption", caption))


def _chain(stack: Stack) -> Iterator[_Box]:
    """The server, Django's handler and the middleware, a row each."""
    yield _Box(0, "loop", stack.server or "ASGI server", "the server", "outside")
    handler = stack.hops - sum(entry.hops for entry in stack.middleware)
    yield _Box(1, "loop", "ASGIHandler", "Django's handler", "outside", max(handler, 0))
    for row, entry in enumerate(stack.middleware, 2):
        is_plain = entry.capability == "sync"
        note = quantity(entry.hops, "hop") if is_plain else _CAPABILITIES.get(entry.capability, "")
        title = entry.name.rpartition(".")[2]
        form = f"middleware {entry.capability}"
        yield _Box(row, "thread" if is_plain else "loop", title, note, form, 0 if is_plain else entry.hops)


def _views(report: Report, last: _Box) -> Iterator[_Box]:
    """What the chain ends at: asynchronous views on the event loop, synchronous ones in a thread."""
    views = [entry for entry in report.entry_points if entry.kind in VIEW_KINDS]
    coroutines = sum(entry.is_async for entry in views)
    row = last.row + 1
    if coroutines or not views:
        yield _Box(row, "loop", quantity(coroutines, "async view"), "on the event loop", "views")
    if len(views) > coroutines:
        note = "one hop each" if last.lane == "loop" else "in that thread"
        yield _Box(row, "thread", quantity(len(views) - coroutines, "synchronous view"), note, "views")


def _lane_title(lane: str, title: str) -> Markup:
    return element("text", title, x=_LANES[lane] + _BOX // 2, y=16, class_="lane")


def _drawn(box: _Box) -> Iterator[Markup]:
    left, top = _LANES[box.lane], _TOP + box.row * _STEP
    middle = left + _BOX // 2
    title = box.title if len(box.title) <= _LONGEST_LABEL else f"{box.title[: _LONGEST_LABEL - 1]}…"
    yield element(
        "g",
        element("rect", x=left, y=top, width=_BOX, height=_HEIGHT, rx=5),
        element("text", title, x=middle, y=top + 15),
        element("text", box.note, x=middle, y=top + 28, class_="note"),
        class_=box.form,
    )
    if box.hops:
        # Out to the other side and back again.
        start, end, level = left + _BOX, _LANES["thread"], top + _HEIGHT // 2
        yield element("line", x1=start, y1=level, x2=end, y2=level, class_="hop")
        label = quantity(box.hops, "hop")
        yield element("text", label, x=end + _LABEL, y=level + 4, class_="note")


def _connector(upper: _Box, lower: _Box) -> Markup:
    start, end = _LANES[upper.lane] + _BOX // 2, _LANES[lower.lane] + _BOX // 2
    top, bottom = _TOP + upper.row * _STEP + _HEIGHT, _TOP + lower.row * _STEP
    crosses = upper.lane != lower.lane
    return element("line", x1=start, y1=top, x2=end, y2=bottom, class_="hop" if crosses else "call")


def _chain_table(stack: Stack) -> Markup:
    if not stack.middleware:
        return element("p", "No middleware is configured, as far as the settings could be read.")
    rows = [
        element(
            "tr",
            element("td", str(position)),
            element("th", code(entry.name), scope="row"),
            element("td", _CAPABILITIES.get(entry.capability, entry.capability)),
            element("td", str(entry.hops)),
        )
        for position, entry in enumerate(stack.middleware, 1)
    ]
    titles = ("No.", "Middleware", "Can be called", "Hops")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    table = element(
        "table",
        element("caption", "The middleware chain, the outermost first"),
        element("thead", head),
        element("tbody", lines(*rows)),
    )
    summary = element("summary", f"The chain as a table ({len(stack.middleware)} middleware)")
    return element("details", summary, table)


def _facts(stack: Stack) -> Markup:
    """What was read about the stack beside its chain, each with its place."""
    if not stack.facts:
        return NOTHING
    items = [
        element("li", code(fact.about), ": ", prose(fact.note), " (", place(fact.location), ")")
        for fact in stack.facts
    ]
    return joined([element("h3", "What was read about the stack"), element("ul", lines(*items))])


def _findings(report: Report) -> Markup:
    found = stack_findings(report)
    if not found:
        return NOTHING
    items = [
        element("li", code(finding.code), " ", prose(finding.message), " (", place(finding.location), ")")
        for finding in found
    ]
    return joined([element("h3", "What was found about the stack"), element("ul", lines(*items))])
