"""`with` and `async with`: what entering a context manager does and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.catalogue.rows import Does
from async_audit.effects import consumption, libraries
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.awaiting import await_result, note_await
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import Awaitable, Instance, Lazy, Value, alternatives, join

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_ATOMIC = "django.db.transaction.Atomic"
_GENERATOR = "contextlib.GeneratorContextManager"
_ASYNC_GENERATOR = "contextlib.AsyncGeneratorContextManager"


def enter(evaluation: Evaluation, expr: Expr, *, is_async: bool) -> Value:
    """The value that `with expr as …` binds."""
    members = alternatives(evaluation.evaluate(expr))
    # Whoever may hold either kind knows which of them it is.
    fitting = [member for member in members if not _is_other_kind(evaluation, member, is_async=is_async)]
    return join(_enter(evaluation, member, expr, is_async=is_async) for member in fitting or members)


def enter_value(evaluation: Evaluation, value: Value, expr: Expr) -> Value:
    """What `stack.enter_context(value)` gives."""
    return join(_enter(evaluation, member, expr, is_async=False) for member in alternatives(value))


def _enter(evaluation: Evaluation, value: Value, expr: Expr, *, is_async: bool) -> Value:
    if isinstance(value, Instance):
        if value.cls == "asyncio.TaskGroup":
            return value
        if value.cls == _ATOMIC:
            _report_atomic(evaluation, expr, is_async=is_async)
            return UNTYPED
        return _enter_instance(evaluation, value, expr, is_async=is_async)
    if isinstance(value, Lazy) and is_async:
        consumption.note_iteration(evaluation, value, expr)
        return value.element
    if isinstance(value, Awaitable) and not is_async:
        consumption.missing_await(evaluation, value, expr, "entered as a context manager")
        return UNTYPED
    if isinstance(value, Awaitable):
        note_await(evaluation, value, expr)
        return value.result
    if is_async:
        evaluation.emit(
            Kind.UNKNOWN, Category.UNRESOLVED_AWAIT, expr, f"async with {evaluation.spelled(expr)}"
        )
    return UNTYPED


def _enter_generator(evaluation: Evaluation, value: Instance, expr: Expr, *, is_async: bool) -> Value:
    """What a generator yields that `contextlib` made a context manager."""
    iterator = value.parts[0]
    if is_async is not (value.cls == _ASYNC_GENERATOR):
        if _is_plainly_decorated(iterator):
            _report_other_kind(evaluation, value.cls, expr, is_async=is_async)
        return consumption.element(iterator)
    if isinstance(iterator, Lazy) and is_async:
        consumption.note_iteration(evaluation, iterator, expr)
        return iterator.element
    return consumption.iterate(evaluation, iterator, expr, "enters it")


def _is_plainly_decorated(iterator: Value) -> bool:
    """Whether no other decorator may have made more of the generator function."""
    generator = iterator.generator if isinstance(iterator, Lazy) else None
    return generator is None or len(generator.function.facts.decorators) == 1


def _is_other_kind(evaluation: Evaluation, value: Value, *, is_async: bool) -> bool:
    if not isinstance(value, Instance):
        return False
    if value.cls in {_GENERATOR, _ASYNC_GENERATOR}:
        return is_async is not (value.cls == _ASYNC_GENERATOR)
    own = evaluation.program.classes.member(value.cls, "__aenter__" if is_async else "__enter__")
    return own is None and _is_only_other_kind(evaluation, value.cls, is_async=is_async)


def _is_only_other_kind(evaluation: Evaluation, cls: str, *, is_async: bool) -> bool:
    """Whether a class is known to be a context manager of the other kind alone."""
    catalogue = evaluation.program.catalogue
    kinds = [catalogue.contexts[base] for base in catalogue.bases(cls) if base in catalogue.contexts]
    if kinds:
        return kinds[0] != ("asynchronous" if is_async else "synchronous")
    classes = evaluation.program.classes
    other = "__enter__" if is_async else "__aenter__"
    return classes.member(cls, other) is not None and not classes.library_bases(cls)


def _report_other_kind(evaluation: Evaluation, cls: str, expr: Expr, *, is_async: bool) -> None:
    what, keyword = ("no asynchronous", "with") if is_async else ("an asynchronous", "async with")
    row = evaluation.program.catalogue.method(cls, "__enter__" if is_async else "__aenter__")
    evaluation.emit(
        Kind.MISUSES,
        Category.AWAIT_OF_SYNC_VALUE,
        expr,
        f"`{evaluation.spelled(expr)}` is {what} context manager",
        f"use `{row.twin}`" if row is not None and row.twin else f"use `{keyword}`",
    )


def _report_atomic(evaluation: Evaluation, expr: Expr, *, is_async: bool) -> None:
    what = "`transaction.atomic` opens a transaction"
    if is_async:
        what = "`transaction.atomic` is no asynchronous context manager"
    evaluation.emit(
        Kind.QUERIES,
        Category.TRANSACTION,
        expr,
        what,
        "move the transaction into a synchronous function and call it through `sync_to_async`",
    )


def _enter_instance(evaluation: Evaluation, value: Instance, expr: Expr, *, is_async: bool) -> Value:
    if value.cls in {_GENERATOR, _ASYNC_GENERATOR} and value.parts:
        return _enter_generator(evaluation, value, expr, is_async=is_async)
    method = "__aenter__" if is_async else "__enter__"
    if evaluation.program.classes.member(value.cls, method) is not None:
        entered = evaluation.call_method(value, method, (), expr)
        if not is_async:
            leave = evaluation.program.classes.member(value.cls, "__exit__")
            if leave is not None:
                evaluation.call_method(value, "__exit__", (), expr)
            return entered
        if isinstance(entered, Awaitable):
            note_await(evaluation, entered, expr)
            await_result(evaluation, entered, expr)
        if evaluation.program.classes.member(value.cls, "__aexit__") is not None:
            left = evaluation.call_method(value, "__aexit__", (), expr)
            if isinstance(left, Awaitable):
                note_await(evaluation, left, expr)
        return entered.result if isinstance(entered, Awaitable) else UNTYPED
    if _is_only_other_kind(evaluation, value.cls, is_async=is_async):
        _report_other_kind(evaluation, value.cls, expr, is_async=is_async)
        return UNTYPED
    row = evaluation.program.catalogue.method(value.cls, method)
    if is_async:
        what = f"async with {evaluation.spelled(expr)}"
        if row is None or row.does is not Does.NOTHING:
            evaluation.emit(Kind.AWAITS, Category.ASYNC_CONTEXT, expr, what)
        if evaluation.program.catalogue.order_free.has_reads(value.cls):
            evaluation.emit(Kind.READS, Category.ORDER_FREE, expr, what)
    in_coroutine = bool(evaluation.scopes) and evaluation.scope.facts.is_async
    if row is not None and not is_async and (row.kind != "wait" or in_coroutine):
        # A helper's own lock is held for an instant; who awaits under one holds everybody up.
        libraries.report(evaluation, row, f"with {evaluation.spelled(expr)}", expr)
    return value
