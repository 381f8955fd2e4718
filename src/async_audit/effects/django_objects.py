"""Methods of Django's own objects: caches, paginators, signals, connections, templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption, forms, queryset_methods, querysets, rendering, requests
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.django_settings import DEFAULT_CACHE, cache_setting, cache_waits, is_database
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    INTEGER,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Collection,
    Const,
    Function,
    Instance,
    Method,
    ModelInstance,
    QuerySet,
    TupleOf,
    Unknown,
    Value,
    join,
)
from async_audit.findings import Confidence
from async_audit.project.setting_values import Answer
from async_audit.syntax.facts import FunctionFacts

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


CACHE = "django.core.cache.backends.base.BaseCache"
FIELD_FILE = "django.db.models.fields.files.FieldFile"


def call_method(
    evaluation: Evaluation, receiver: Instance, method: Method, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a method of a Django object; nothing where its row says all there is."""
    cls = receiver.cls
    classes = evaluation.program.classes
    if method.name == "auser" and requests.is_request(evaluation, receiver):
        if evaluation.program.django < (5, 0):
            callee = evaluation.spelled(getattr(expr, "function", expr))
            queryset_methods.missing_twin(evaluation, "auser", (5, 0), callee, expr)
            return UNTYPED
        return requests.call_auser(evaluation, receiver, expr)
    if cls == FIELD_FILE and method.name in {"save", "delete"}:
        _save_owner(evaluation, method.name, actuals, expr)
        return None
    if cls == CACHE:
        return _call_cache(evaluation, receiver, method.name, actuals, expr)
    if cls.startswith("django.core.paginator."):
        return _call_paginator(evaluation, receiver, method.name, expr)
    if classes.derives(cls, "django.dispatch.Signal"):
        return _call_signal(evaluation, receiver, method.name, actuals, expr)
    if cls in {"django.db.utils.ConnectionHandler", "django.core.cache.CacheHandler"}:
        return UNTYPED
    if cls == "django.db.backends.base.base.BaseDatabaseWrapper" and method.name == "close":
        return _connection_close(evaluation, receiver, expr)
    if (
        cls == "django.template.response.TemplateResponse"
        and method.name == "render"
        and len(receiver.parts) > 1
    ):
        template, context = receiver.parts[1], receiver.parts[2] if len(receiver.parts) > 2 else UNTYPED
        if isinstance(template, Const) and isinstance(template.value, str):
            rendering.render(evaluation, template.value, context, receiver.parts[0], expr)
        return receiver
    if cls == "django.template.Template" and method.name == "render":
        template = receiver.parts[0] if receiver.parts else UNTYPED
        context, request = _context_and_request(actuals)
        if isinstance(template, Const) and isinstance(template.value, str):
            draw = rendering.render_source if TRUE in receiver.parts[1:] else rendering.render
            draw(evaluation, template.value, context, request, expr)
        return STRING
    found = forms.call_method(evaluation, receiver, method.name, actuals, expr)
    if found is not None:
        return found
    return None


def _context_and_request(actuals: tuple[Actual, ...]) -> tuple[Value, Value | None]:
    """What a template's `render` is given: a dictionary and a request, or a context made of them."""
    context = actuals[0].value if actuals else UNTYPED
    request = actuals[1].value if len(actuals) > 1 else None
    if isinstance(context, Instance) and context.cls.rpartition(".")[2] == "RequestContext":
        return (context.parts[1] if len(context.parts) > 1 else UNTYPED), next(iter(context.parts), None)
    if isinstance(context, Instance) and context.cls.rpartition(".")[2] == "Context" and context.parts:
        return context.parts[0], request
    return context, request


def _save_owner(evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """A file that is stored or deleted saves the instance that it belongs to, unless told otherwise."""
    position = 2 if name == "save" else 0
    positional = [actual.value for actual in actuals if not actual.keyword]
    told = [actual.value for actual in actuals if actual.keyword == "save"] or positional[position:]
    if told[:1] and told[0] != TRUE:
        return
    callee = evaluation.spelled(getattr(expr, "function", expr))
    evaluation.emit(
        Kind.QUERIES,
        Category.ORM_CALL,
        expr,
        f"`{callee}` saves the instance as well",
        "wrap it in `sync_to_async`",
    )


def _connection_close(evaluation: Evaluation, receiver: Instance, expr: Expr) -> Value:
    del receiver
    evaluation.emit(
        Kind.QUERIES,
        Category.TRANSACTION,
        expr,
        "`connection.close` is guarded on the event loop",
        "wrap it in `sync_to_async`",
    )
    return NONE


def _call_cache(
    evaluation: Evaluation, cache: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    backend = cache_setting(evaluation, cache)
    row = evaluation.program.catalogue.method(CACHE, name)
    if row is None:
        if name.startswith("a"):
            _report_missing(evaluation, name, "caches", expr)
        return None
    for actual in actuals:
        _pickled(evaluation, actual.value, expr, awaited=row.awaitable)
    callee = evaluation.spelled(getattr(expr, "function", expr))
    if name in {"get_or_set", "aget_or_set"}:
        _default_of_get_or_set(evaluation, name, actuals, expr)
    if row.awaitable:
        origin = evaluation.make((expr.end, "awaitable"))
        return Awaitable(Unknown("a cached value"), callee, AwaitKind.HOP_REQUEST, origin)
    queries = backend.satisfies(is_database, DEFAULT_CACHE)
    waits = backend.satisfies(cache_waits, DEFAULT_CACHE)
    if queries is Answer.YES or (queries is Answer.PERHAPS and backend.texts and waits is Answer.NO):
        evaluation.emit(
            Kind.QUERIES,
            Category.DJANGO_CALL,
            expr,
            f"`{callee}` queries the cache table",
            f"use `await ….a{name}(…)`",
            _sure(queries),
        )
    elif waits is not Answer.NO:
        classes = [text.rpartition(".")[2] for text in backend.texts if cache_waits(text)]
        evaluation.emit(
            Kind.BLOCKS,
            Category.DJANGO_IO,
            expr,
            f"`{callee}` waits for the cache ({classes[0] if classes else '`CACHES` could not be read'})",
            f"use `await ….a{name}(…)`",
            _sure(waits),
        )
    return join((Instance("builtins.object"), NONE))


def _sure(answer: Answer) -> Confidence:
    return Confidence.CERTAIN if answer is Answer.YES else Confidence.LIKELY


def _report_missing(evaluation: Evaluation, name: str, what: str, expr: Expr) -> None:
    evaluation.emit(
        Kind.MISUSES,
        Category.NO_SUCH_ASYNC_METHOD,
        expr,
        f"{what} have no `{name}`",
        "wrap the synchronous method in `sync_to_async`",
    )


def _pickled(evaluation: Evaluation, value: Value, expr: Expr, *, awaited: bool) -> None:
    """A cache pickles what it stores, which reads a queryset; its `a…` methods do so in a thread."""
    if not awaited and isinstance(value, QuerySet):
        consumption.iterate(evaluation, value, expr, "stores its rows in the cache")


def _default_of_get_or_set(
    evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> None:
    """`get_or_set` and `aget_or_set` call their default on the thread of the caller."""
    given = [actual.value for actual in actuals if actual.keyword == "default"]
    default = given[0] if given else actuals[1].value if len(actuals) > 1 else UNTYPED
    if isinstance(default, Function) and default.facts.is_async:
        evaluation.emit(
            Kind.MISUSES,
            Category.MISSING_AWAIT,
            expr,
            f"`{name}` calls its default without awaiting it: the cache would store a coroutine",
            "await the value first, or pass a plain function",
        )
    elif not isinstance(default, ModelInstance | Const):
        evaluation.call(default, (), expr)


def count_rows(evaluation: Evaluation, paginator: Instance) -> bool:
    """Whether a paginator queries when it is asked for its count, which it then keeps."""
    is_new = evaluation.state.known(paginator.origin, ".count") is None
    evaluation.state.learn(paginator.origin, ".count", INTEGER)
    return is_new and bool(paginator.parts) and isinstance(paginator.parts[0], QuerySet)


def _call_paginator(evaluation: Evaluation, receiver: Instance, name: str, expr: Expr) -> Value | None:
    rows = receiver.parts[0] if receiver.parts else UNTYPED
    asynchronous = "Async" in receiver.cls
    if name in {"page", "get_page"} and not asynchronous:
        if count_rows(evaluation, receiver):
            evaluation.emit(
                Kind.QUERIES,
                Category.DJANGO_CALL,
                expr,
                f"`{evaluation.spelled(getattr(expr, 'function', expr))}` counts the rows",
                "wrap it in `sync_to_async`",
            )
        part = querysets.derived(evaluation, rows, expr) if isinstance(rows, QuerySet) else rows
        return Instance("django.core.paginator.Page", evaluation.make((expr.end, "page")), (part,))
    if name.startswith("a") and not asynchronous:
        _report_missing(evaluation, name, "plain paginators", expr)
        return UNTYPED
    if name in {"apage", "aget_page"}:
        part = querysets.derived(evaluation, rows, expr) if isinstance(rows, QuerySet) else rows
        page = Instance("django.core.paginator.AsyncPage", evaluation.make((expr.end, "page")), (part,))
        return Awaitable(page, f"paginator.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    if name == "aget_object_list":
        evaluation.state.learn(receiver.origin, "object list", TRUE)
        return Awaitable(UNTYPED, "page.aget_object_list", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    if name.startswith("a"):
        return Awaitable(UNTYPED, f"paginator.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    return UNTYPED


def _receivers(evaluation: Evaluation, signal: Instance) -> tuple[Value, ...]:
    """What is connected to a signal: in this function, and anywhere to one of a module's."""
    known = evaluation.state.known(signal.origin, "receivers")
    here = known.items if isinstance(known, TupleOf) else ()
    if len(signal.origin) != 3 or signal.origin[0] != "signal":
        return here
    found = evaluation.program.receivers.of(str(signal.origin[1]), str(signal.origin[2]))
    functions = (Function(item.path, item.facts) for item in found if isinstance(item.facts, FunctionFacts))
    return (*here, *functions)


def _call_signal(
    evaluation: Evaluation, signal: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """A signal made and connected here runs its receivers where it is sent."""
    if name == "connect" and actuals:
        known = evaluation.state.known(signal.origin, "receivers")
        receivers = known.items if isinstance(known, TupleOf) else ()
        evaluation.state.learn(signal.origin, "receivers", TupleOf((*receivers, actuals[0].value)))
        return NONE
    if name in {"asend", "asend_robust"}:
        if evaluation.program.django < (5, 0):
            callee = evaluation.spelled(getattr(expr, "function", expr))
            queryset_methods.missing_twin(evaluation, name, (5, 0), callee, expr)
            return UNTYPED
        return Awaitable(UNTYPED, f"signal.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    if name in {"send", "send_robust"}:
        for receiver in _receivers(evaluation, signal):
            if isinstance(receiver, Function) and receiver.facts.is_async:
                _send_to_coroutine(evaluation, name, receiver.facts.name, expr)
            else:
                sent = tuple(actual for actual in actuals if actual.keyword)
                evaluation.call(receiver, sent or (Actual(UNTYPED),), expr)
        return Collection("list", UNTYPED)
    return NONE


def _send_to_coroutine(evaluation: Evaluation, name: str, receiver: str, expr: Expr) -> None:
    """A synchronous send needs a loop of its own for a coroutine; before 5.0 nobody awaits it."""
    if evaluation.program.django < (5, 0):
        evaluation.emit(
            Kind.MISUSES,
            Category.MISSING_AWAIT,
            expr,
            f"`{name}` calls the coroutine `{receiver}`, which this version of Django never awaits",
            "make the receiver a plain `def`",
        )
    else:
        evaluation.emit(
            Kind.MISUSES,
            Category.LOOP_INSIDE_LOOP,
            expr,
            f"`{name}` runs the coroutine `{receiver}` through `async_to_sync`",
            "use `await signal.asend(…)`",
        )
