"""Coroutines that are bound to a name which nothing reads: nobody can await them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import executors
from async_audit.effects.consumption import element, missing_await
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import Actual, Awaitable, AwaitKind, TupleOf, Value, alternatives
from async_audit.syntax.facts import Assign, Display, Expr, Name
from async_audit.syntax.unread import overwritten, unread_names

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def is_left_unawaited(value: Value) -> bool:
    """Whether a value surely asks for an await."""
    return isinstance(value, Awaitable) and not value.scheduled and value.kind is not AwaitKind.UNKNOWN


def _does_nothing(value: Value) -> bool:
    return is_left_unawaited(value) and not (isinstance(value, Awaitable) and value.starts)


def check(evaluation: Evaluation, statement: Assign, value: Value) -> None:
    """Note the coroutines among what `statement` assigns that nothing reads afterwards."""
    if evaluation.scopes and len(statement.targets) == 1:
        _check(evaluation, statement, statement.targets[0], statement.value, value)


def check_given(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """Note the coroutines among what a model or a method of a queryset is given for values of its fields."""
    for actual in actuals:
        members = alternatives(actual.value)
        if members and all(map(is_left_unawaited, members)):
            for member in members[:1]:
                if isinstance(member, Awaitable):
                    missing_await(evaluation, member, expr, "given as a value")


def check_key(evaluation: Evaluation, key: Value, expr: Expr) -> None:
    """Note that what orders elements at `expr` gets a coroutine for the key."""
    remedy = "await the keys first, and order by what they give"
    _check_called(evaluation, key, expr, "the key", remedy)


def check_answer(evaluation: Evaluation, answer: Value, expr: Expr) -> None:
    """Note that what chooses elements at `expr` gets a coroutine for the answer."""
    remedy = "use a list, as in `[x for x in … if await …]`"
    _check_called(evaluation, answer, expr, "the answer (always true)", remedy)


def _check_called(evaluation: Evaluation, result: Value, expr: Expr, place: str, remedy: str) -> None:
    members = alternatives(result)
    if members and all(map(_does_nothing, members)):
        callee = evaluation.spelled(getattr(expr, "function", expr))
        evaluation.emit(
            Kind.MISUSES,
            Category.MISSING_AWAIT,
            expr,
            f"`{callee}` gets a coroutine as {place} for each element, which nobody awaits",
            remedy,
        )


def check_waited_for(evaluation: Evaluation, awaited: Value, expr: Expr) -> None:
    """Note the coroutines among what `asyncio.wait` is given."""
    for member in alternatives(awaited):
        items = member.items if isinstance(member, TupleOf) else (element(member),)
        kinds = [alternatives(item) for item in items]
        if any(found and all(map(_does_nothing, found)) for found in kinds):
            evaluation.emit(
                Kind.MISUSES,
                Category.MISSING_AWAIT,
                expr,
                "`asyncio.wait` takes tasks, and refuses coroutines since Python 3.11",
                "make each a task with `asyncio.create_task`, or use `asyncio.gather`",
            )
            return


def _check(evaluation: Evaluation, statement: Assign, target: Expr, expr: Expr, value: Value) -> None:
    match target, value:
        case Display(items=targets), TupleOf(items=items) if len(targets) == len(items):
            exprs = expr.items if isinstance(expr, Display) and len(expr.items) == len(items) else None
            for position, inner in enumerate(targets):
                part = exprs[position] if exprs is not None else expr
                _check(evaluation, statement, inner, part, items[position])
        case Name(id=name), _:
            members = alternatives(value)
            if _is_unread_result(evaluation, members, statement, name):
                executors.note_dropped(evaluation, value)
            if members and all(map(_does_nothing, members)) and _is_unread(evaluation, statement, name):
                _report(evaluation, members[0], expr, name)
        case _:
            pass


def _is_unread_result(
    evaluation: Evaluation, members: tuple[Value, ...], statement: Assign, name: str
) -> bool:
    """Whether what an executor computes is bound to a name that nothing reads."""
    runs = any(evaluation.state.known(getattr(m, "origin", ()), "executor") is not None for m in members)
    return runs and _is_unread(evaluation, statement, name)


def _is_unread(evaluation: Evaluation, statement: Assign, name: str) -> bool:
    facts = evaluation.scope.facts
    if name in facts.outer or name not in facts.bound:
        return False
    return name in unread_names(facts) or statement.start in overwritten(facts)


def _report(evaluation: Evaluation, value: Value, expr: Expr, name: str) -> None:
    what = value.what if isinstance(value, Awaitable) else evaluation.spelled(expr)
    evaluation.emit(
        Kind.MISUSES,
        Category.MISSING_AWAIT,
        expr,
        f"`{what}` gives a coroutine that is never awaited: nothing reads `{name}` afterwards",
        "`await` it",
    )
