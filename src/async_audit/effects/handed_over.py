"""What a decorator passes to the function that it wraps: `@with_project` and `view(request, project)`.

The wrapper runs with the arguments of whoever calls it, and calls the function with more. A function with
such a decorator is evaluated with what its wrappers always pass, so that it is told in its own lines what
they fetched and did not load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.arguments import bind_actuals, bind_parameters
from async_audit.effects.portable import portable
from async_audit.effects.requests import REQUEST
from async_audit.effects.values import (
    NONE,
    Actual,
    Function,
    Instance,
    ModelInstance,
    QuerySet,
    TupleOf,
    Union,
    Value,
    alternatives,
    join,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.summaries import Summaries
    from async_audit.syntax.facts import FunctionFacts

Passed = tuple[tuple[str, Value], ...]

_MOST_WRAPPERS = 4
"""Wrappers around wrappers that are followed."""

_TOLD = ModelInstance | QuerySet | TupleOf
"""What is worth passing on; anything else says no more than the function's own parameters do."""


def passed_by_wrappers(summaries: Summaries, made: Value, facts: FunctionFacts) -> Passed:
    """What each call of the function by its wrappers passes to its parameters."""
    wrappers = [member for member in alternatives(made) if isinstance(member, Function)]
    if len(wrappers) != 1 or wrappers[0].facts is facts or not wrappers[0].facts.is_async:
        return ()
    return _passed(summaries, wrappers[0], {}, facts, 0)


def _passed(
    summaries: Summaries, wrapper: Function, given: dict[str, Value], facts: FunctionFacts, depth: int
) -> Passed:
    from async_audit.effects.statements import run_body

    evaluation = summaries.evaluation(wrapper.module)
    evaluation.watched = {}
    evaluation.open_scope(wrapper)
    bind_parameters(evaluation, wrapper, given)
    run_body(evaluation, wrapper.facts)
    calls = evaluation.watched
    if facts in calls:
        return _always(calls[facts][1])
    for inner, rows in calls.values():
        if depth < _MOST_WRAPPERS and any(_holds(value, facts) for _, value in inner.captured):
            return _passed(summaries, inner, dict(_always(rows)), facts, depth + 1)
    return ()


def _holds(value: Value, facts: FunctionFacts) -> bool:
    return any(
        isinstance(member, Function)
        and (member.facts is facts or any(_holds(inner, facts) for _, inner in member.captured))
        for member in alternatives(value)
    )


def _always(rows: list[dict[str, Value]]) -> Passed:
    """The parameters that every call fills with something that is known."""
    names = set(rows[0]).intersection(*rows[1:]) if rows else set()
    joined = ((name, join(row[name] for row in rows)) for name in sorted(names))
    return tuple((name, value) for name, value in joined if _is_told(value))


def _is_told(value: Value) -> bool:
    members = value.members if isinstance(value, Union) else (value,)
    told = [member for member in members if isinstance(member, _TOLD) or _is_prepared_request(member)]
    return bool(told) and all(member in told or member == NONE for member in members)


def _is_prepared_request(value: Value) -> bool:
    """Whether the value is a request that a wrapper has loaded the user of, or put something on."""
    return isinstance(value, Instance) and value.cls == REQUEST and bool(value.parts or value.held)


def note_call(evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]) -> None:
    """Remember with what a function is called, where somebody wants to know."""
    if evaluation.watched is None:
        return
    row: dict[str, Value] = {}
    for name, value in bind_actuals(function.facts, actuals):
        reduced = portable(evaluation, value, ("param", name))
        if reduced is not None:
            row[name] = reduced
    evaluation.watched.setdefault(function.facts, (function, []))[1].append(row)
