"""What a called function learned about its arguments, and about what they hold, for whoever called it.

A summary says it by the way that leads from a parameter to the value: an item of `*args`, an attribute, a
related object, an element of a list. The caller follows the same way from what it passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from async_audit.effects.portable import portable
from async_audit.effects.values import (
    NOWHERE,
    Collection,
    DictOf,
    Function,
    Instance,
    Manager,
    ModelInstance,
    Origin,
    QuerySet,
    TupleOf,
    Value,
    alternatives,
    at_origin,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

Write: TypeAlias = "tuple[Origin, str, Value]"
"""The way from a parameter, the heap's key, and what is known under it."""

_LONGEST_WAY = 6
_OF_HELD = ("loaded ", "unloaded ", "warm ", "user loaded")
"""How the facts begin that are told of what an argument holds; of the argument itself all are."""


def writes_of(evaluation: Evaluation, function: Function) -> tuple[Write, ...]:
    """What is known at the end of a body of its parameters and of what they hold, in a stable order."""
    names = {parameter.name for parameter in function.facts.parameters}
    rows: list[Write] = []
    for origin, facts in evaluation.state.heap.items():
        if origin[:1] != ("param",) or len(origin) > _LONGEST_WAY or origin[1] not in names:
            continue
        for fact, value in facts.items():
            if len(origin) > 2 and not fact.startswith(_OF_HELD):
                continue
            reduced = portable(evaluation, value, None)
            if reduced is not None:
                rows.append((origin[1:], fact, reduced))
    return tuple(sorted(rows, key=lambda row: ([str(step) for step in row[0]], row[1])))


def apply_writes(
    evaluation: Evaluation, writes: tuple[Write, ...], given: dict[str, Value], expr: Expr
) -> None:
    """What the called function learned about its arguments holds afterwards."""
    for way, fact, value in writes:
        target = given.get(str(way[0]))
        for origin in _reached(evaluation, target, way[1:]) if target is not None else ():
            kept = at_origin(value, (expr.end, fact)) if fact.startswith(".") else value
            evaluation.state.learn(origin, fact, kept)


def _reached(evaluation: Evaluation, value: Value, way: Origin) -> list[Origin]:
    """The origins of what stands at the end of a way from a value."""
    if not way:
        return [
            getattr(member, "origin", NOWHERE)
            for member in alternatives(value)
            if isinstance(member, Instance | ModelInstance | QuerySet | Manager)
        ]
    found: list[Origin] = []
    for member in alternatives(value):
        inner = _step(evaluation, member, way[0])
        if inner is not None:
            found.extend(_reached(evaluation, inner, way[1:]))
    return found


def _step(evaluation: Evaluation, value: Value, step: int | str) -> Value | None:
    match value:
        case TupleOf(items=items) if isinstance(step, int) and step < len(items):
            return items[step]
        case DictOf(items=items):
            return dict(items).get(str(step))
        case Collection(element=element) if step == "[]":
            return element
        case Instance(origin=origin) if origin:
            known = evaluation.state.known(origin, str(step))
            return known if known is not None else Instance("", (*origin, step))
        case ModelInstance(origin=origin) if origin:
            known = evaluation.state.known(origin, f".{step}")
            return known if known is not None else ModelInstance("", (*origin, step))
        case _:
            return None
