"""`await`: what is awaited, and where that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import uncalled
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import AwaitCount, Category, Effect, Kind, unsure
from async_audit.effects.ordering import is_order_free
from async_audit.effects.values import (
    TRUE,
    Awaitable,
    AwaitKind,
    Collection,
    Const,
    DictOf,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    Method,
    ModelInstance,
    QuerySet,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import Await, Call, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_HOPS = {
    AwaitKind.HOP_REQUEST: Category.HOP_REQUEST,
    AwaitKind.HOP_SHARED: Category.HOP_SHARED,
    AwaitKind.FILE: Category.HOP_SHARED,
}
"""Asynchronous file libraries go to a thread as well: operating systems have no asynchronous files."""

_SUSPENSIONS = {
    AwaitKind.NETWORK: Category.NETWORK,
    AwaitKind.TIMER: Category.TIMER,
    AwaitKind.CHANNEL: Category.CHANNEL,
    AwaitKind.SUBPROCESS: Category.CHILD_PROCESS,
    AwaitKind.DATABASE: Category.DRIVER,
}


def evaluate_await(evaluation: Evaluation, expr: Await, operand: Expr) -> Value:
    """The value of `await operand`."""
    with evaluation.collected() as effects:
        value = evaluation.evaluate(operand)
    if isinstance(operand, Await):
        # What nobody awaited of what is awaited here, is awaited now.
        inner = evaluation.site(operand.value)
        effects[:] = [
            effect
            for effect in effects
            if effect.site != inner or effect.category is not Category.MISSING_AWAIT
        ]
    # Somebody who awaits a blocking call believes it to be a coroutine, and may know the object better.
    evaluation.note(
        [
            unsure(effect) if effect.site.end == operand.end and _blocks(effect) else effect
            for effect in effects
            if effect.site.end != operand.end or effect.category is not Category.LIBRARY_CALL
        ]
    )
    already_reported = any(effect.kind is Kind.MISUSES and _explains(effect, operand) for effect in effects)
    if uncalled.gives_awaitable(evaluation, value):
        if not already_reported:
            uncalled.report_await(evaluation, expr, operand)
        return UNTYPED
    members = alternatives(value)
    # Whoever awaits what is a coroutine at times knows when it is one.
    quiet = already_reported or any(isinstance(member, Awaitable) for member in members)
    return join(_await(evaluation, member, expr, operand, quiet=quiet) for member in members)


def _explains(effect: Effect, operand: Expr) -> bool:
    """Whether what is wrong with the operand is why it is no awaitable."""
    return effect.site.end == operand.end or effect.category is Category.CALLED_BEFORE_WRAPPED


def _blocks(effect: Effect) -> bool:
    return effect.kind is Kind.BLOCKS and effect.category is not Category.DJANGO_IO


def _await(evaluation: Evaluation, value: Value, expr: Await, operand: Expr, *, quiet: bool) -> Value:
    match value:
        case Awaitable():
            note_await(evaluation, value, expr)
            return await_result(evaluation, value, expr)
        case (
            QuerySet()
            | Manager()
            | ModelInstance()
            | Collection()
            | TupleOf()
            | DictOf()
            | LazyUser()
            | Lazy()
        ):
            if not quiet:
                _report(evaluation, value, expr, operand)
            return UNTYPED
        case Const() if not quiet and not _is_name(operand):
            _report(evaluation, value, expr, operand)
            return UNTYPED
        case Instance(cls=cls) if not quiet and (cls.startswith("builtins.") or cls in _RESPONSES):
            _report(evaluation, value, expr, operand)
            return UNTYPED
        case _ if not quiet and _is_plain_method(evaluation, operand):
            _report(evaluation, value, expr, operand)
            return UNTYPED
        case _:
            evaluation.emit(
                Kind.UNKNOWN, Category.UNRESOLVED_AWAIT, expr, f"await {evaluation.spelled(operand)}"
            )
            return UNTYPED


def _is_plain_method(evaluation: Evaluation, operand: Expr) -> bool:
    """Whether the call that is awaited is of a library's method that gives a plain value."""
    called = evaluation.latest.get(id(operand.function)) if isinstance(operand, Call) else None
    return isinstance(called, Method) and any(
        (base, called.name) in evaluation.program.catalogue.plain
        for base in evaluation.program.catalogue.bases(called.owner)
    )


_RESPONSES = frozenset({"django.http.HttpResponse"})


def _is_name(operand: Expr) -> bool:
    """A name may be `None` on this path only because another path was not followed."""
    return not isinstance(operand, Call)


def _report(evaluation: Evaluation, value: Value, expr: Await, operand: Expr) -> None:
    what = {
        QuerySet: "a queryset",
        Manager: "a manager",
        ModelInstance: "a model instance",
        Lazy: "an iterator",
        LazyUser: "the user",
    }.get(type(value), "a plain value")
    remedy = "drop the `await`"
    if isinstance(value, QuerySet):
        remedy = "use `async for`, or `[… async for …]`"
    elif isinstance(value, Lazy) and value.is_async:
        remedy = "use `async for`"
    evaluation.emit(
        Kind.MISUSES,
        Category.AWAIT_OF_SYNC_VALUE,
        expr,
        f"`{evaluation.spelled(operand)}` is {what} and cannot be awaited",
        remedy,
    )


def note_await(evaluation: Evaluation, value: Awaitable, expr: Expr) -> None:
    """Note where awaiting `value` at `expr` waits."""
    category = _HOPS.get(value.kind)
    if category is None:
        category = _SUSPENSIONS.get(value.kind, Category.UNRESOLVED_AWAIT)
    if value.kind is AwaitKind.PROJECT:
        _note_project_await(evaluation, value, expr)
    elif value.kind is not AwaitKind.NOTHING:
        evaluation.emit(Kind.AWAITS, category, expr, value.what)
    if value.order_free or _is_order_free(evaluation, value):
        evaluation.emit(Kind.READS, Category.ORDER_FREE, expr, value.what)


def _is_order_free(evaluation: Evaluation, value: Awaitable) -> bool:
    """Whether a project coroutine only reads, so that it may run beside others."""
    from async_audit.effects.calls import summary_of  # mutual recursion

    context = value.context
    if context is None or value.scheduled:
        return False
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return False
    summary, _ = summary_of(evaluation, context.function, context.actuals)
    return is_order_free(context.function.facts, summary.own, evaluation.program.catalogue.order_free)


def _note_project_await(evaluation: Evaluation, value: Awaitable, expr: Expr) -> None:
    """Awaiting a project coroutine takes the awaits that it takes."""
    evaluation.emit_awaits(awaits_of(evaluation, value), expr, value.what)


def awaits_of(evaluation: Evaluation, value: Awaitable) -> tuple[AwaitCount, ...]:
    """How many awaits of each category running an awaitable takes."""
    from async_audit.effects.calls import key_of  # mutual recursion

    if value.kind is not AwaitKind.PROJECT:
        category = _HOPS.get(value.kind)
        if category is None and value.kind is AwaitKind.NOTHING:
            return ()
        category = category or _SUSPENSIONS.get(value.kind, Category.UNRESOLVED_AWAIT)
        return (AwaitCount(category, 1),)
    context = value.context
    if context is None or (
        context.function.frame and evaluation.live_scope(context.function.frame) is not None
    ):
        return value.waits
    key = key_of(evaluation, context)
    summary = evaluation.summaries.get(evaluation, key)
    if evaluation.summaries.is_running(key):
        # A coroutine that awaits itself: how often depends on the run.
        return ()
    return summary.awaits


def await_result(evaluation: Evaluation, value: Awaitable, expr: Expr) -> Value:
    """What comes back from an awaitable; a value made in a thread remembers that it was."""
    from async_audit.effects import calls

    if value.context is not None:
        report_context(evaluation, value, expr)
        calls.apply_awaited(evaluation, value.context, expr)
    if value.crosses_thread:
        _note_crossing(evaluation, value.result)
    return value.result


def _note_crossing(evaluation: Evaluation, value: Value) -> None:
    """Remember of what came back from a thread that it did."""
    for member in alternatives(value):
        match member:
            case QuerySet() | ModelInstance():
                evaluation.state.learn(member.origin, "from hop", TRUE)
            case Collection(element=element):
                _note_crossing(evaluation, element)
            case TupleOf(items=items):
                for item in items:
                    _note_crossing(evaluation, item)
            case _:
                pass


def report_context(evaluation: Evaluation, value: Awaitable, expr: Expr) -> None:
    """Report what a project coroutine does on the loop only because of what it was called with."""
    from async_audit.effects.calls import context_effects, requests_own

    if value.context is not None:
        effects = (*context_effects(evaluation, value.context), *requests_own(evaluation, value.context))
        evaluation.emit_through(effects, expr, f"`{value.what}`", value.context.function.facts.qualname)
