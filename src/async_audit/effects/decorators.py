"""What the decorators of a function do to it, when it is called and when it is a coroutine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    Actual,
    Awaitable,
    External,
    Function,
    Unknown,
    Value,
    alternatives,
)
from async_audit.syntax.facts import Call, Expr, FunctionFacts

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_ATOMIC = External("django.db.transaction.atomic")
_USER_TEST = External("django.contrib.auth.decorators.user_passes_test")
_METHOD_DECORATOR = External("django.utils.decorators.method_decorator")


def check(evaluation: Evaluation, function: Function) -> None:
    """Note what is wrong with the decorators of the function that is evaluated."""
    value: Value = function
    for decorator in reversed(function.facts.decorators):
        target = decorator.function if isinstance(decorator, Call) else decorator
        name = evaluation.quietly(target)
        if name == _ATOMIC:
            _report_atomic(evaluation, decorator)
        elif name == _USER_TEST and isinstance(decorator, Call):
            _check_user_test(evaluation, function.facts, decorator)
        elif function.facts.is_async:
            _check_library(evaluation, function, decorator, name)
            value = _check_project(evaluation, function, decorator, name, value)


def _report_atomic(evaluation: Evaluation, decorator: Expr) -> None:
    evaluation.emit(
        Kind.QUERIES,
        Category.TRANSACTION,
        decorator,
        "`transaction.atomic` opens a transaction",
        "move the transaction into a synchronous function and call it through `sync_to_async`",
    )


def _check_user_test(evaluation: Evaluation, facts: FunctionFacts, decorator: Call) -> None:
    """Before 5.1 `user_passes_test` takes an asynchronous test's coroutine for its answer."""
    test = evaluation.quietly(decorator.arguments[0].value) if decorator.arguments else Unknown("no test")
    if isinstance(test, Function) and test.facts.is_async and evaluation.program.django < (5, 1):
        evaluation.emit(
            Kind.MISUSES,
            Category.ACCESS_CHECK,
            decorator,
            f"`{test.facts.name}` is a coroutine function, which this version of Django never awaits: "
            "everybody passes the test",
            "make it a plain `def`",
        )
    elif facts.is_async and evaluation.program.django < (5, 1):
        _report_wrapper(evaluation, decorator, "user_passes_test", (5, 1))


def _check_library(evaluation: Evaluation, function: Function, decorator: Expr, name: Value) -> None:
    """A decorator of Django that does not support coroutines in the project's version."""
    is_method = bool(function.owner)
    if name == _METHOD_DECORATOR and isinstance(decorator, Call) and decorator.arguments:
        name = evaluation.quietly(decorator.arguments[0].value)
    if not isinstance(name, External):
        return
    row = evaluation.program.catalogue.wrappers.get(name.name)
    if row is None:
        return
    since = row.on_methods_since if is_method else row.coroutines_since
    if evaluation.program.django < since:
        _report_wrapper(evaluation, decorator, name.name.rpartition(".")[2], since)


def _report_wrapper(evaluation: Evaluation, decorator: Expr, name: str, since: tuple[int, int]) -> None:
    version = "{}.{}".format(*evaluation.program.django)
    when = f"only since Django {since[0]}.{since[1]}" if since < (99, 0) else "in no version of Django"
    evaluation.emit(
        Kind.MISUSES,
        Category.SYNC_ONLY_WRAPPER,
        decorator,
        f"`{name}` supports coroutines {when}, and this is {version}",
        "make the view a plain `def`, or do the decorator's work inside it",
    )


def _check_project(
    evaluation: Evaluation, function: Function, decorator: Expr, wrapper: Value, value: Value
) -> Value:
    """A decorator of the project whose plain `def wrapper` hides that the view is a coroutine function."""
    names = [parameter.name for parameter in function.facts.parameters[:2]]
    if "request" not in names or not isinstance(wrapper, Function):
        return value
    with evaluation.probing():
        made = evaluation.call(evaluation.evaluate(decorator), (Actual(value),), decorator)
        for member in alternatives(made):
            if isinstance(member, Function) and not member.facts.is_async and member.facts is not function.facts:
                result = evaluation.call(member, (Actual(Unknown("a request")),), decorator)
                hides = any(isinstance(inner, Awaitable) for inner in alternatives(result))
                if hides and not member.facts.is_generator:
                    break
        else:
            return made if not isinstance(made, Unknown) else value
    evaluation.emit(
        Kind.MISUSES,
        Category.SYNC_ONLY_WRAPPER,
        decorator,
        f"`{wrapper.facts.name}` wraps the coroutine in a plain function: Django calls it as a synchronous "
        "view and gets an un-awaited coroutine",
        "make the wrapper `async def` where the view is a coroutine function",
    )
    return value

