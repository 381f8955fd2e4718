"""What the decorators of a function do to it, when it is called and when it is a coroutine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.kinds import Category, Kind
from async_audit.effects.requests import REQUEST
from async_audit.effects.values import (
    Actual,
    Awaitable,
    ClassObject,
    External,
    Function,
    Instance,
    Unknown,
    Value,
    alternatives,
)
from async_audit.syntax.facts import Call, Define, Expr, FunctionFacts

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_ATOMIC = External("django.db.transaction.atomic")
_USER_TEST = External("django.contrib.auth.decorators.user_passes_test")
_METHOD_DECORATOR = External("django.utils.decorators.method_decorator")
_ON_METHODS = (5, 2)
"""Since then `method_decorator` keeps a coroutine function one: release notes of Django 5.2, "Decorators"."""


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
    since = row.since(is_method=is_method)
    if evaluation.program.django < since:
        _report_wrapper(evaluation, decorator, name.name.rpartition(".")[2], since)
    else:
        _call_with_request(evaluation, decorator, name)


def _call_with_request(evaluation: Evaluation, decorator: Expr, name: Value) -> None:
    """Run the functions that a decorator calls with the request before it awaits the view."""
    special = evaluation.program.catalogue.specials.get(getattr(name, "name", ""))
    if special != "calls-with-request" or not isinstance(decorator, Call):
        return
    for argument in decorator.arguments:
        called = evaluation.quietly(argument.value)
        if isinstance(called, Function):
            evaluation.call(called, (Actual(Instance(REQUEST, ("request",))),), decorator)


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
    """A decorator of the project whose plain wrapper hides that the view is a coroutine function.

    Returns what the next decorator gets.
    """
    names = [parameter.name for parameter in function.facts.parameters[:2]]
    if wrapper == _METHOD_DECORATOR and isinstance(decorator, Call) and decorator.arguments:
        argument = decorator.arguments[0].value
        wrapper = evaluation.quietly(argument.function if isinstance(argument, Call) else argument)
        if function.owner and isinstance(wrapper, Function) and evaluation.program.django < _ON_METHODS:
            _report_wrapper(evaluation, decorator, "method_decorator", _ON_METHODS)
            return value
        decorator = argument
    if "request" not in names or not isinstance(wrapper, Function | ClassObject):
        return value
    with evaluation.probing():
        made = evaluation.call(evaluation.evaluate(decorator), (Actual(value),), decorator)
        hides = any(_hides(evaluation, member, function, decorator) for member in alternatives(made))
    if not hides:
        return made if not isinstance(made, Unknown) else value
    name = wrapper.facts.name if isinstance(wrapper, Function) else wrapper.name.rpartition(".")[2]
    evaluation.emit(
        Kind.MISUSES,
        Category.SYNC_ONLY_WRAPPER,
        decorator,
        f"`{name}` wraps the coroutine in a plain function: Django calls it as a synchronous view and gets "
        "an un-awaited coroutine",
        "make the wrapper `async def` where the view is a coroutine function",
    )
    return value


def _hides(evaluation: Evaluation, made: Value, function: Function, decorator: Expr) -> bool:
    """Whether what a decorator made is no coroutine function, but gives the coroutine of `function`."""
    match made:
        case Function(facts=facts):
            if facts.is_async or facts.is_generator or facts is function.facts:
                return False
        case Instance(cls=cls):
            member = evaluation.program.classes.member(cls, "__call__")
            facts_of_call = member.cls.function("__call__") if member is not None else None
            if facts_of_call is None or facts_of_call.is_async or _marks_itself(evaluation, cls):
                return False
        case _:
            return False
    result = evaluation.call(made, (Actual(Unknown("a request")),), decorator)
    return any(isinstance(inner, Awaitable) for inner in alternatives(result))


def _marks_itself(evaluation: Evaluation, cls: str) -> bool:
    """Whether a class declares its instances to be coroutine functions (`markcoroutinefunction`)."""
    return any(
        isinstance(statement, Define) and "markcoroutinefunction" in statement.function.calls
        for current in evaluation.program.classes.order(cls)
        if (found := evaluation.program.classes.get(current)) is not None
        for statement in found.facts.body
    )
