"""The stack as a picture: who serves, the middleware chain with its hops, and the views behind it.

Two lanes: what runs on the event loop, and what runs in a worker thread. A line that crosses from one lane to
the other is a thread hop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from async_audit.findings import MiddlewareHops, Report, Stack
from async_audit.reporters.figures import stack_findings
from async_audit.reporters.html.markup import NOTHING, Child, Markup, code, element, joined, lines, prose
from async_audit.reporters.html.places import place

_WIDTH = 440
_BOX = 196
_HEIGHT = 34
_STEP = 52
_TOP = 34
_LANES = {"loop": 8, "thread": _WIDTH - _BOX - 8}
_LONGEST_LABEL = 26
_CAPABILITIES = {
    "sync": "synchronous only",
    "async": "asynchronous only",
    "both": "synchronous and asynchronous",
    "unknown": "not known",
}


@dataclass(frozen=True, slots=True)
class _Box:
    """A box of the picture: its lane (`loop`, `thread` or `both`), two lines of text, and its form."""

    lane: str
    title: str
    note: str
    form: str


def stack_section(report: Report) -> Markup:
    """The stack in a sentence, as a picture and as a table, with the findings about it."""
    stack = report.stack
    return lines(
        element("p", *_sentence(report)),
        NOTHING if stack is None else _figure(report, stack),
        NOTHING if stack is None else _chain_table(stack),
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
    bound = "" if stack.is_exact else "at least "
    hops = "1 thread hop" if stack.hops == 1 else f"{stack.hops} thread hops"
    yield f" One request through the middleware chain takes {bound}{hops} under ASGI"
    yield "." if stack.is_exact else "; not every middleware is known."


def _figure(report: Report, stack: Stack) -> Markup:
    boxes = list(_boxes(report, stack))
    height = _TOP + _STEP * len(boxes)
    shapes = [_lane_title("loop", "event loop"), _lane_title("thread", "worker thread")]
    shapes.extend(_connector(index, boxes[index], boxes[index + 1]) for index in range(len(boxes) - 1))
    shapes.extend(_drawn(index, box) for index, box in enumerate(boxes))
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


def _boxes(report: Report, stack: Stack) -> Iterator[_Box]:
    yield _Box("loop", stack.server or "ASGI server", stack.serves, "outside")
    for entry in stack.middleware:
        hops = f"{entry.hops} hop" if entry.hops == 1 else f"{entry.hops} hops"
        yield _Box(_lane(entry), entry.name.rpartition(".")[2], hops, f"middleware {entry.capability}")
    coroutines = sum(entry.is_async and entry.kind != "middleware" for entry in report.entry_points)
    plain = sum(not entry.is_async and entry.kind != "middleware" for entry in report.entry_points)
    if coroutines or not plain:
        yield _Box("loop", _counted(coroutines, "async"), "run on the event loop", "views")
    if plain:
        yield _Box("thread", _counted(plain, "synchronous"), "one hop each", "views")


def _counted(number: int, what: str) -> str:
    return f"{number} {what} {'entry point' if number == 1 else 'entry points'}"


def _lane(entry: MiddlewareHops) -> str:
    return "thread" if entry.capability == "sync" else "loop"


def _lane_title(lane: str, title: str) -> Markup:
    return element("text", title, x=_LANES[lane] + _BOX // 2, y=16, class_="lane")


def _drawn(index: int, box: _Box) -> Markup:
    left, top = _LANES[box.lane], _TOP + index * _STEP
    middle = left + _BOX // 2
    title = box.title if len(box.title) <= _LONGEST_LABEL else f"{box.title[: _LONGEST_LABEL - 1]}…"
    return element(
        "g",
        element("rect", x=left, y=top, width=_BOX, height=_HEIGHT, rx=5),
        element("text", title, x=middle, y=top + 15),
        element("text", box.note, x=middle, y=top + 28, class_="note"),
        class_=box.form,
    )


def _connector(index: int, upper: _Box, lower: _Box) -> Markup:
    start, end = _LANES[upper.lane] + _BOX // 2, _LANES[lower.lane] + _BOX // 2
    top = _TOP + index * _STEP + _HEIGHT
    bottom = _TOP + (index + 1) * _STEP
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


def _findings(report: Report) -> Markup:
    found = stack_findings(report)
    if not found:
        return NOTHING
    items = [
        element("li", code(finding.code), " ", prose(finding.message), " (", place(finding.location), ")")
        for finding in found
    ]
    return joined([element("h3", "What was found about the stack"), element("ul", lines(*items))])
