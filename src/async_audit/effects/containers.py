"""Methods of lists, dictionaries, strings and iterators: what they consume and give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import (
    NONE,
    STRING,
    Actual,
    Collection,
    Const,
    DictOf,
    Lazy,
    Method,
    TupleOf,
    Value,
    join,
)
from async_audit.syntax.facts import Attribute, Call, Expr, Name

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a method of a built-in container or string."""
    receiver = method.receiver
    first = actuals[0].value if actuals else None
    match method.name:
        case "extend" | "update" | "union" | "difference" | "intersection" | "extendleft" if (
            first is not None
        ):
            added = consumption.iterate(evaluation, first, expr, "extends a collection with it")
            return _grown(evaluation, receiver, added, expr)
        case "append" | "add" | "appendleft" if first is not None:
            return _grown(evaluation, receiver, first, expr)
        case "insert" if len(actuals) > 1:
            return _grown(evaluation, receiver, actuals[1].value, expr)
        case "join" if first is not None:
            consumption.text(evaluation, consumption.iterate(evaluation, first, expr, "joins its rows"), expr)
            return STRING
        case "format":
            for actual in actuals:
                consumption.text(evaluation, actual.value, expr)
            return STRING
        case "sort":
            _sort(evaluation, receiver, actuals, expr)
            return NONE
        case "pop" | "popleft" | "__getitem__" if isinstance(receiver, Collection | TupleOf):
            return consumption.element(receiver)
        case "copy":
            return receiver
        case "get" | "pop" | "setdefault" if isinstance(receiver, DictOf):
            return _entry(receiver, actuals)
        case "values" if isinstance(receiver, DictOf):
            return Collection("list", join((*(value for _, value in receiver.items), receiver.rest)))
        case "items" if isinstance(receiver, DictOf):
            inner = join((*(value for _, value in receiver.items), receiver.rest))
            return Collection("list", TupleOf((STRING, inner)))
        case "keys" if isinstance(receiver, DictOf):
            return Collection("list", STRING)
        case "__anext__" if isinstance(receiver, Lazy):
            return UNTYPED
        case _:
            return STRING if isinstance(receiver, Const) else UNTYPED


def _entry(receiver: DictOf, actuals: tuple[Actual, ...]) -> Value:
    key = actuals[0].value if actuals else UNTYPED
    known = dict(receiver.items)
    if isinstance(key, Const) and isinstance(key.value, str) and key.value in known:
        return known[key.value]
    default = actuals[1].value if len(actuals) > 1 else NONE
    return join((receiver.rest, *known.values(), default))


def _grown(evaluation: Evaluation, receiver: Value, added: Value, expr: Expr) -> Value:
    """The list under a variable now also holds `added`."""
    target = expr.function.value if isinstance(expr, Call) and isinstance(expr.function, Attribute) else None
    if isinstance(receiver, Collection | TupleOf) and isinstance(target, Name):
        inner = join((consumption.element(receiver), added))
        evaluation.bind(target.id, Collection(receiver.kind, inner, receiver.origin))
    return NONE


def _sort(evaluation: Evaluation, receiver: Value, actuals: tuple[Actual, ...], expr: Expr) -> None:
    for actual in actuals:
        if actual.keyword == "key":
            evaluation.call(actual.value, (Actual(consumption.element(receiver)),), expr)
