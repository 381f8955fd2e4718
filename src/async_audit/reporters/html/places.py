"""Where something is, and the steps that lead there."""

from __future__ import annotations

from async_audit.findings import Location, Step
from async_audit.reporters.html.excerpts import Sources, excerpt
from async_audit.reporters.html.markup import Markup, code, element, joined, prose


def place(location: Location) -> Markup:
    """`path:line`, set as code."""
    return element("span", code(f"{location.path}:{location.line}"), class_="place")


def chain(sources: Sources, subject: str, start: Location, steps: tuple[Step, ...]) -> Markup:
    """The steps from a line of an entry point to what happens in the end, each with its code."""
    first = element("li", joined([place(start), " ", prose(subject)]), excerpt(sources, start))
    return element("ol", first, *(_step(sources, step) for step in steps), class_="chain")


def _step(sources: Sources, step: Step) -> Markup:
    where = joined([place(step.location), " in ", code(step.function), ": ", prose(step.note)])
    return element("li", where, excerpt(sources, step.location))
