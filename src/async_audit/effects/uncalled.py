"""Functions in the place of what calling them gives: `await f` where `await f(…)` is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.catalogue.rows import Action, OrmRow
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    Bound,
    External,
    Function,
    Hop,
    Manager,
    Method,
    ModelInstance,
    Partial,
    QuerySet,
    Value,
    alternatives,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def gives_awaitable(evaluation: Evaluation, value: Value) -> bool:
    """Whether `value` is surely a function that gives an awaitable when it is called, and is none itself.

    What a decorator that no table knows makes of a function may well be awaitable.
    """
    members = alternatives(value)
    return bool(members) and all(_gives_awaitable(evaluation, member) for member in members)


def _gives_awaitable(evaluation: Evaluation, value: Value) -> bool:
    catalogue = evaluation.program.catalogue
    match value:
        case Function(facts=facts) | Bound(function=Function(facts=facts)):
            return facts.is_async and not facts.is_generator and not facts.decorators
        case Hop(function=Function(facts=facts) | Bound(function=Function(facts=facts))):
            return len(facts.decorators) < 2
        case Hop():
            return True
        case Partial(function=inner):
            return gives_awaitable(evaluation, inner)
        case External(name=name):
            row = catalogue.calls.get(name)
            return row is not None and row.awaitable
        case Method(receiver=Manager() | QuerySet(), owner="queryset" | "related", name=name):
            return _is_twin(catalogue.queryset.get(name)) or _is_twin(catalogue.related.get(name))
        case Method(receiver=ModelInstance(), owner="instance", name=name):
            return _is_twin(catalogue.instance.get(name))
        case _:
            return False


def _is_twin(row: OrmRow | None) -> bool:
    return row is not None and row.action is Action.TWIN


def report_await(evaluation: Evaluation, expr: Expr, operand: Expr) -> None:
    """Note that a function is awaited that was not called."""
    spelling = evaluation.spelled(operand)
    evaluation.emit(
        Kind.MISUSES,
        Category.AWAIT_OF_SYNC_VALUE,
        expr,
        f"`{spelling}` is a function that is not called, and cannot be awaited",
        f"add the parentheses: `await {spelling}(…)`",
    )
