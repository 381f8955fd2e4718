"""Calls of libraries: what the catalogue says of a qualified name, and the few that need their own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.catalogue.rows import CallRow, Does
from async_audit.effects import (
    bridges,
    builtin_calls,
    callbacks,
    contexts,
    django_calls,
    django_objects,
    executors,
    forgotten,
    formsets,
    generic_views,
    mail,
    requests,
    response_schemas,
    slow_work,
    writing,
)
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.queryset_methods import missing_twin
from async_audit.effects.values import (
    BOOLEAN,
    CONTEXT_VARIABLE,
    NONE,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Bound,
    ClassObject,
    External,
    Function,
    Instance,
    Method,
    ModelInstance,
    Partial,
    Provenance,
    Unknown,
    Value,
    join,
)
from async_audit.findings import Confidence

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_KINDS = {
    "sleep": Category.SLEEP,
    "http": Category.HTTP,
    "subprocess": Category.SUBPROCESS,
    "file": Category.FILE,
    "client": Category.CLIENT,
    "store": Category.STORE,
    "mail": Category.CLIENT,
    "wait": Category.WAIT,
    "cpu": Category.CPU,
    "django-io": Category.DJANGO_IO,
    "orm-call": Category.ORM_CALL,
    "django-call": Category.DJANGO_CALL,
    "transaction": Category.TRANSACTION,
    "request-attribute": Category.REQUEST_ATTRIBUTE,
}
_SUSPENSIONS = {
    "network": AwaitKind.NETWORK,
    "timer": AwaitKind.TIMER,
    "channel": AwaitKind.CHANNEL,
    "subprocess": AwaitKind.SUBPROCESS,
    "database": AwaitKind.DATABASE,
    "file": AwaitKind.FILE,
}


def call(evaluation: Evaluation, function: External, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a library function or construct a library class."""
    catalogue = evaluation.program.catalogue
    name = function.name
    row = catalogue.calls.get(name)
    if row is not None and not _exists(evaluation, row, expr):
        return UNTYPED
    slow_work.note_call(evaluation, name, actuals, expr)
    callback = catalogue.callbacks.get(name)
    if callback is not None:
        callbacks.take(evaluation, callback, actuals, expr)
    special = catalogue.specials.get(name)
    if special is not None:
        found = _special(evaluation, special, name, actuals, expr)
        if found is not None:
            return found
    if row is not None:
        return _by_row(evaluation, row, actuals, expr)
    if name in catalogue.types:
        from async_audit.effects import forms

        made = forms.construct(evaluation, name, actuals, expr)
        if made is not None:
            return made
        return Instance(name, evaluation.make((expr.end, "instance")), _parts(actuals))
    last = name.rpartition(".")[2]
    if last[:1].isupper() and not last.isupper():
        return Instance(name, evaluation.make((expr.end, "instance")), _parts(actuals))
    _note_unknown_library(evaluation, name, expr)
    return Unknown(f"the result of {name}")


def _note_unknown_library(evaluation: Evaluation, name: str, expr: Expr) -> None:
    """Note a call of a package of which no table says anything: it may wait.

    A manager's method asks the database, whoever wrote the model.
    """
    if ".objects." not in name and not evaluation.program.catalogue.knows(name):
        evaluation.emit(Kind.UNKNOWN, Category.LIBRARY_CALL, expr, name)


def _note_unknown_method(evaluation: Evaluation, owner: str, name: str, expr: Expr) -> None:
    """Note a call of a method that comes from a package of which no table says anything."""
    classes = evaluation.program.classes
    cls = evaluation.scopes[0].function.owner if owner == "super" and evaluation.scopes else owner
    if "." not in cls:
        # A marker of our own: the object is known, its class is not.
        return
    if classes.get(cls) is None:
        _note_unknown_library(evaluation, f"{owner}.{name}", expr)
        return
    for base in classes.library_bases(cls):
        _note_unknown_library(evaluation, f"{base}.{name}", expr)


def _parts(actuals: tuple[Actual, ...]) -> tuple[Value, ...]:
    return tuple(actual.value for actual in actuals[:3])


def _exists(evaluation: Evaluation, row: CallRow, expr: Expr) -> bool:
    if row.since <= evaluation.program.django < row.until:
        return True
    callee = evaluation.spelled(getattr(expr, "function", expr))
    missing_twin(evaluation, row.name.rpartition(".")[2], row.since, callee, expr)
    return False


def _special(
    evaluation: Evaluation, special: str, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    match special:
        case "hop":
            return bridges.make_hop(evaluation, actuals, expr)
        case "hop-now":
            return bridges.hop_now(evaluation, actuals, expr, own_executor=False)
        case "hop-own-pool":
            return bridges.hop_now(evaluation, actuals, expr, own_executor=True)
        case "re-enter":
            return bridges.make_reentry(evaluation, actuals, expr)
        case "run-loop":
            return bridges.run_loop(evaluation, name, actuals, expr)
        case "gather":
            return bridges.gather(evaluation, actuals, expr)
        case "wait-for-tasks":
            forgotten.check_waited_for(evaluation, actuals[0].value if actuals else UNTYPED, expr)
            return None
        case "as-completed":
            return bridges.as_completed(expr)
        case "create-task":
            return bridges.create_task(evaluation, actuals, expr)
        case "await-through" | "start-through":
            return bridges.await_through(actuals, starts=special == "start-through")
        case "threadsafe":
            return bridges.own_loop_future(actuals, expr)
        case "thread":
            return Instance(name, evaluation.make((expr.end, "thread")))
        case _:
            found = builtin_calls.call(evaluation, special, name, actuals, expr)
            return found if found is not None else django_calls.call(evaluation, special, name, actuals, expr)


def _by_row(
    evaluation: Evaluation,
    row: CallRow,
    actuals: tuple[Actual, ...],
    expr: Expr,
    receiver: Value = NONE,
) -> Value:
    from async_audit.effects.django_settings import confidence_of, is_harmless

    callee = evaluation.spelled(getattr(expr, "function", expr))
    if not is_harmless(evaluation, row, actuals, receiver):
        report(evaluation, row, callee, expr, confidence_of(evaluation, row))
    for actual in actuals:
        requests.use_user_in(evaluation, actual.value, expr) if row.does is Does.QUERIES else None
    _report_hashing(evaluation, row, callee, actuals, expr)
    result = _returned(evaluation, row, expr)
    if row.special in mail.MAKES:
        result = mail.made(evaluation, row.special, result, actuals)
    if row.special == "if-streamed" and not _is_streamed(actuals):
        result = Unknown(f"the result of {row.name}")
    if row.awaitable:
        return Awaitable(
            result,
            callee,
            _await_kind(row),
            evaluation.make((expr.end, "awaitable")),
            access_check="access-check" in row.special,
        )
    return result


def _is_streamed(actuals: tuple[Actual, ...]) -> bool:
    return any(actual.keyword == "stream" and actual.value == TRUE for actual in actuals)


def _report_hashing(
    evaluation: Evaluation, row: CallRow, callee: str, actuals: tuple[Actual, ...], expr: Expr
) -> None:
    """Some versions of Django hash the password on the event loop inside their own coroutines."""
    words = row.special.split()
    if len(words) < 3 or words[0] != "hashes":
        return
    if "with-credentials" in words and not any(actual.keyword for actual in actuals):
        return
    first, last = (tuple(int(part) for part in word.split(".")) for word in words[1:3])
    if first <= evaluation.program.django <= last:
        evaluation.emit(
            Kind.BLOCKS,
            Category.DJANGO_IO,
            expr,
            f"`{callee}` hashes the password itself in this version of Django, which blocks",
            "call the synchronous method through `sync_to_async`",
        )


def _await_kind(row: CallRow) -> AwaitKind:
    if row.does is Does.HOPS:
        return AwaitKind.HOP_SHARED if row.kind in {"file", "shared"} else AwaitKind.HOP_REQUEST
    return _SUSPENSIONS.get(row.kind, AwaitKind.UNKNOWN if row.does is Does.NOTHING else AwaitKind.NETWORK)


def report(
    evaluation: Evaluation,
    row: CallRow,
    callee: str,
    expr: Expr,
    sure: Confidence = Confidence.CERTAIN,
) -> None:
    """Note what a row says that the call does on this thread."""
    category = _KINDS.get(row.kind)
    if category is None or row.does not in {Does.BLOCKS, Does.QUERIES}:
        return
    if row.does is Does.QUERIES:
        advice = _twin_advice(evaluation, row)
        confidence = Confidence.LIKELY if row.special == "likely" else Confidence.CERTAIN
        evaluation.emit(Kind.QUERIES, category, expr, f"`{callee}` reaches the database", advice, confidence)
        return
    advice = f"use `{row.twin}`" if row.twin else "run it in a thread with `asyncio.to_thread`"
    if row.twin and category is Category.DJANGO_IO:
        advice = _twin_advice(evaluation, row)
    evaluation.emit(Kind.BLOCKS, category, expr, f"`{callee}` blocks", advice, sure)


def _twin_advice(evaluation: Evaluation, row: CallRow) -> str:
    if row.twin and row.twin_since <= evaluation.program.django:
        return f"use `await {row.twin.format(name=row.name).rpartition('.')[2]}(…)`"
    return "wrap it in `sync_to_async`"


def _returned(evaluation: Evaluation, row: CallRow, expr: Expr) -> Value:
    origin = evaluation.make((expr.end, "result"))
    if row.returns == "user":
        return ModelInstance(evaluation.program.models.user_model, origin, provenance=Provenance.FETCHED)
    if row.returns == "builtins.bool":
        return BOOLEAN
    if row.special == "context-variable":
        return Unknown(CONTEXT_VARIABLE)
    if row.returns == "builtins.object":
        return Instance("builtins.object")
    if row.returns.startswith("builtins.") or not row.returns:
        return Unknown(f"the result of {row.name}")
    return Instance(evaluation.program.catalogue.canonical(row.returns), origin)


def _has_permissions(evaluation: Evaluation, user: Value) -> bool:
    """Whether a user's permissions are there: a superuser has all, and Django's own backend keeps them."""
    origin = getattr(user, "origin", ())
    if evaluation.state.known(origin, "set is_superuser"):
        return True
    own_backend = evaluation.program.settings.expression("AUTHENTICATION_BACKENDS") is None
    return own_backend and evaluation.state.known(origin, "permissions") is not None


def call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a method that a library gives to an instance."""
    receiver = method.receiver
    catalogue = evaluation.program.catalogue
    slow_work.note_method(evaluation, method, actuals, expr)
    callback = catalogue.takes_callback(method.owner, method.name)
    if callback is not None:
        callbacks.take(evaluation, callback, actuals, expr)
    if method.name == "run_in_executor" and len(actuals) > 1:
        result = bridges.run_in_executor(evaluation, actuals, expr)
        return executors.running(evaluation, actuals[0].value, result)
    if method.owner == "async_audit.OwnLoopFuture" and method.name in {"result", "exception"}:
        return bridges.wait_for_own_loop(evaluation, expr)
    if method.owner == "asyncio.TaskGroup" and method.name == "create_task":
        return bridges.add_to_group(evaluation, method, actuals, expr)
    if method.owner == "asyncio.AbstractEventLoop" and method.name == "create_task":
        return bridges.create_task(evaluation, actuals, expr)
    if method.name == "run" and method.owner == "asyncio.Runner":
        return bridges.run_loop(evaluation, "Runner.run", actuals, expr)
    if method.name == "submit" and method.owner.endswith("Executor") and actuals:
        return executors.submit(evaluation, receiver, actuals, expr)
    if method.name == "shutdown" and executors.is_executor(evaluation, receiver):
        return executors.shut_down(evaluation, receiver, actuals, expr)
    if callback is not None and callback.on_loop:
        return Unknown("a handle")
    if method.name == "enter_context" and actuals:
        return contexts.enter_value(evaluation, actuals[0].value, expr)
    if method.name == "run_until_complete":
        return bridges.run_loop(evaluation, "run_until_complete", actuals, expr)
    if isinstance(receiver, Instance):
        found = django_objects.call_method(evaluation, receiver, method, actuals, expr)
        if found is not None:
            return found
    row = catalogue.method(method.owner, method.name)
    if row is not None and row.kind == "wait" and method.name == "put" and not getattr(receiver, "parts", ()):
        # An unbounded queue always has room.
        return NONE
    if row is None:
        _note_unknown_method(evaluation, method.owner, method.name, expr)
        return Unknown(f"the result of {method.owner}.{method.name}")
    if not _exists(evaluation, row, expr):
        return UNTYPED
    if isinstance(receiver, Instance) and row.special.startswith("session-"):
        return requests.call_session_method(evaluation, receiver, row.name, row.special, actuals, expr)
    if row.special == "permission" and _has_permissions(evaluation, receiver):
        return BOOLEAN
    if "loads-permissions" in row.special:
        evaluation.state.learn(getattr(receiver, "origin", ()), "permissions", TRUE)
    if row.special == "entry":
        return join((Unknown("what a client sent"), actuals[1].value if len(actuals) > 1 else NONE))
    if row.name == "get_for_model":
        return _content_type(evaluation, row, actuals, expr)
    if row.special == "makes-schema" and isinstance(receiver, ClassObject):
        return response_schemas.make(evaluation, receiver.name, actuals, expr)
    result = _by_row(evaluation, row, actuals, expr, receiver)
    if row.special in writing.WRITES:
        writing.write(evaluation, row.special, actuals, expr)
    if row.name == "map" and executors.is_executor(evaluation, receiver):
        return executors.running(evaluation, receiver, result)
    if isinstance(receiver, Instance) and row.special.startswith("view-"):
        found = generic_views.call(evaluation, row.special, receiver, actuals, expr)
        if found is None:
            return result
        return replace(result, result=found) if isinstance(result, Awaitable) else found
    if isinstance(result, Awaitable):
        free = any(
            (base, method.name) in catalogue.order_free.awaits for base in catalogue.bases(method.owner)
        )
        return replace(result, order_free=free)
    return result


def _content_type(evaluation: Evaluation, row: CallRow, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`ContentType.objects.get_for_model(model)` queries once for each model."""
    asked = actuals[0].value if actuals else UNTYPED
    model = asked.name if isinstance(asked, ClassObject) else getattr(asked, "model", "")
    if evaluation.state.known(("content types",), model) is None:
        report(evaluation, row, evaluation.spelled(getattr(expr, "function", expr)), expr)
        evaluation.state.learn(("content types",), model, TRUE)
    return ModelInstance("django.contrib.contenttypes.models.ContentType", (expr.end, "row"))


def call_instance(evaluation: Evaluation, value: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call an instance of a library class; one that a decorator made keeps its function."""
    slow_work.note_instance(evaluation, value, expr)
    if value.cls == formsets.FACTORY_MADE:
        return formsets.construct(evaluation, value, actuals, expr)
    if actuals and evaluation.program.catalogue.specials.get(value.cls) in {"attrgetter", "methodcaller"}:
        return builtin_calls.call_accessor(evaluation, value, actuals[0].value, expr)
    if value.cls == "collections.namedtuple":
        return builtin_calls.make_row(evaluation, value, actuals, expr)
    functions = [part for part in value.parts if isinstance(part, Function | Bound | Partial)]
    if functions:
        return evaluation.call(functions[0], actuals, expr)
    given = [a.value for a in actuals if isinstance(a.value, Function)]
    return given[0] if len(given) == 1 and len(actuals) == 1 else UNTYPED
