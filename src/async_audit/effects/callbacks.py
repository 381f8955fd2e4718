"""Functions that are handed to what calls them later or elsewhere: `data/callbacks.toml` names the takers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import uncalled
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import Actual, Function, Value, alternatives

if TYPE_CHECKING:
    from async_audit.catalogue.rows import CallbackRow
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def take(evaluation: Evaluation, row: CallbackRow, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """Note what becomes of the function among `actuals`: it runs on the event loop, or is never awaited."""
    function = _function(row, actuals)
    if function is None:
        return
    if uncalled.gives_awaitable(evaluation, function):
        _report(evaluation, row, _named(function), expr)
    elif row.on_loop:
        _check_result(evaluation, row, evaluation.call(function, _rest(row, function, actuals), expr), expr)
    elif not row.gives and _is_lambda(function):
        with evaluation.probing():
            result = evaluation.call(function, _rest(row, function, ()), expr)
        _check_result(evaluation, row, result, expr)


def _function(row: CallbackRow, actuals: tuple[Actual, ...]) -> Value | None:
    for position, actual in enumerate(actuals):
        if actual.spread:
            return None
        if actual.keyword == row.keyword or (not actual.keyword and position == row.position):
            return actual.value
    return None


def _rest(row: CallbackRow, function: Value, actuals: tuple[Actual, ...]) -> tuple[Actual, ...]:
    """What the function is called with: the arguments behind it, else something that is not known."""
    given = tuple(actual for actual in actuals[row.position + 1 :] if not actual.keyword)
    if given or not isinstance(function, Function):
        return given
    return tuple(Actual(UNTYPED) for _ in function.facts.parameters)


def _is_lambda(value: Value) -> bool:
    return isinstance(value, Function) and value.facts.name == "<lambda>"


def _named(value: Value) -> str:
    facts = getattr(getattr(value, "function", value), "facts", None)
    return f"`{facts.name}` is a coroutine function" if facts is not None else "this is a coroutine function"


def _check_result(evaluation: Evaluation, row: CallbackRow, result: Value, expr: Expr) -> None:
    from async_audit.effects.forgotten import is_left_unawaited  # mutual recursion

    members = alternatives(result)
    if members and all(map(is_left_unawaited, members)):
        _report(evaluation, row, "the function gives a coroutine", expr)


def _report(evaluation: Evaluation, row: CallbackRow, what: str, expr: Expr) -> None:
    callee = evaluation.spelled(getattr(expr, "function", expr))
    evaluation.emit(
        Kind.MISUSES,
        Category.MISSING_AWAIT,
        expr,
        f"{what}, and `{callee}` calls it without awaiting it: nothing happens",
        row.instead,
    )
