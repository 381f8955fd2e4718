"""Django's own functions and objects whose effect depends on their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption, formsets, instances, querysets, rendering, requests
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Effect, Kind
from async_audit.effects.prefetching import learn_loaded
from async_audit.effects.values import (
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Bound,
    ClassObject,
    Collection,
    Const,
    DictOf,
    External,
    Function,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    ModelInstance,
    Partial,
    QuerySet,
    TupleOf,
    Union,
    Value,
    alternatives,
)
from async_audit.project.orm import Relation
from async_audit.syntax.facts import Attribute, Call, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def call(
    evaluation: Evaluation, special: str, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a Django function with this behaviour; nothing where its row says all there is."""
    positional = [actual.value for actual in actuals if not actual.keyword]
    by_name = {actual.keyword: actual.value for actual in actuals if actual.keyword}
    match special:
        case "user-model":
            return ClassObject(evaluation.program.models.user_model)
        case "get-model":
            return _get_model(evaluation, positional, expr)
        case "prefetch-object":
            parts = [*positional, NONE, NONE][:2]
            queryset = by_name.get("queryset", parts[1])
            to_attr = by_name.get("to_attr", positional[2] if len(positional) > 2 else NONE)
            return Instance("django.db.models.Prefetch", (), (parts[0], queryset, to_attr))
        case "prefetch-objects":
            return _prefetch_objects(evaluation, name, positional)
        case "render":
            _render(evaluation, name, positional, by_name, expr)
            if name.endswith("render_to_string"):
                return STRING
            return Instance("django.http.HttpResponse", evaluation.make((expr.end, "response")))
        case "get-or-404":
            return _get_or_404(evaluation, name, positional, actuals, expr)
        case "response":
            for value in positional[:1]:
                _response_content(evaluation, value, expr)
            return Instance("django.http.HttpResponse", evaluation.make((expr.end, "response")))
        case "address":
            _address(evaluation, positional[:1], expr)
            return None
        case "json-response":
            for value in positional[:1]:
                _read_all(evaluation, value, expr)
            return Instance("django.http.HttpResponse", evaluation.make((expr.end, "response")))
        case "streaming-response":
            return _streaming(evaluation, positional, by_name, expr)
        case "serialise-queryset":
            for value in positional[1:2]:
                row = consumption.iterate(evaluation, value, expr, "serialises its rows")
                _serialise_many_to_many(evaluation, row, expr)
            return STRING
        case "model-to-dict":
            _model_to_dict(evaluation, positional, by_name, expr)
            return DictOf((), UNTYPED)
        case "django-task":
            return _task(positional)
        case "transaction":
            # As a decorator it keeps the function; what it does when that is called, `decorators` says.
            return positional[0] if positional and _is_function(positional[0]) else None
        case "get-template":
            return Instance("django.template.Template", (expr.end,), tuple(positional[:1]))
        case "formset-factory" if positional:
            return formsets.make_class(name, positional)
        case "inline-template" if positional:
            return Instance("django.template.Template", (expr.end,), (positional[0], TRUE))
        case "login":
            _note_login(evaluation, name, positional)
            return None
        case "call-command":
            return _call_command(evaluation, positional, expr)
        case _:
            return None


def _address(evaluation: Evaluation, positional: list[Value], expr: Expr) -> None:
    """`redirect(obj)` and `resolve_url(obj)` ask an object for its address."""
    for value in positional:
        for member in alternatives(value):
            cls = member.model if isinstance(member, ModelInstance) else getattr(member, "cls", "")
            if cls and evaluation.program.classes.member(str(cls), "get_absolute_url") is not None:
                evaluation.call_method(member, "get_absolute_url", (), expr)


def _is_function(value: Value) -> bool:
    return all(isinstance(member, Function | Bound | Partial) for member in alternatives(value)) and bool(
        alternatives(value)
    )


def _task(positional: list[Value]) -> Value:
    """`@task`, with or without arguments: an object that keeps its function."""
    if positional and isinstance(positional[0], Function):
        return Instance("django.tasks.Task", (), (positional[0],))
    return Partial(External("django.tasks.task"), ())


def _get_model(evaluation: Evaluation, positional: list[Value], expr: Expr) -> Value:
    label = ".".join(
        value.value for value in positional if isinstance(value, Const) and isinstance(value.value, str)
    )
    if not label and isinstance(expr, Call) and len(expr.arguments) == 1:
        label = _named_by_a_setting(evaluation, expr.arguments[0].value)
    found = evaluation.program.models.by_label(label, "") if label else ""
    return ClassObject(found) if found else UNTYPED


def _named_by_a_setting(evaluation: Evaluation, expr: Expr) -> str:
    """The one text that `settings.NAME` has; which model it names is rarely another one at run time."""
    match expr:
        case Attribute(value=owner, name=name) if evaluation.quietly(owner) == External(
            "django.conf.settings"
        ):
            setting = evaluation.program.setting(name)
            return setting.texts[0] if len(setting.texts) == 1 else ""
        case _:
            return ""


def _prefetch_objects(evaluation: Evaluation, name: str, positional: list[Value]) -> Value | None:
    paths = [
        value.value for value in positional[1:] if isinstance(value, Const) and isinstance(value.value, str)
    ]
    targets = consumption.element(positional[0]) if positional else UNTYPED
    synchronous = not name.rpartition(".")[2].startswith("a")
    for target in alternatives(targets):
        if isinstance(target, ModelInstance):
            if synchronous and all(instances.is_loaded(evaluation, target, path) for path in paths):
                return NONE
            for path in paths:
                learn_loaded(evaluation, target, path)
    return None


def _render(
    evaluation: Evaluation, name: str, positional: list[Value], by_name: dict[str, Value], expr: Expr
) -> None:
    if name.endswith("render_to_string"):
        template, context = _first_two(positional, by_name, "template_name")
        request = by_name.get("request", positional[2] if len(positional) > 2 else None)
    else:
        template, context = _first_two(positional[1:], by_name, "template_name")
        request = positional[0] if positional else by_name.get("request")
    names = template.items if isinstance(template, TupleOf) else alternatives(template)
    texts = [name.value for name in names if isinstance(name, Const) and isinstance(name.value, str)]
    found = [text for text in texts if evaluation.program.templates.find(text) is not None]
    # Of a list Django takes the first that there is, of a condition either may be.
    for text in found[:1] if isinstance(template, TupleOf) else found:
        rendering.render(evaluation, text, context, request, expr)


def _first_two(positional: list[Value], by_name: dict[str, Value], first: str) -> tuple[Value, Value]:
    template = by_name.get(first, positional[0] if positional else UNTYPED)
    context = by_name.get("context", positional[1] if len(positional) > 1 else UNTYPED)
    return template, context


def _get_or_404(
    evaluation: Evaluation, name: str, positional: list[Value], actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    from async_audit.effects.libraries import report

    source = positional[0] if positional else UNTYPED
    row = evaluation.program.catalogue.calls.get(name)
    for actual in actuals:
        if name.endswith("aget_object_or_404"):
            # The list is filtered on the event loop, one object is looked up in a thread.
            requests.use_user_in_thread(evaluation, actual.value)
        else:
            requests.use_user_in(evaluation, actual.value, expr)
    if isinstance(source, ClassObject) and evaluation.program.models.is_model(source.name):
        source = Manager(source.name, instances.default_manager_classes(evaluation, source.name))
    if not isinstance(source, Manager | QuerySet) or row is None:
        return None
    start = querysets.as_queryset(evaluation, source, expr)
    one = querysets.element(start, evaluation.make((expr.end, "row")))
    result: Value = Collection("list", one, (expr.end, "list")) if "list" in name else one
    if row.awaitable:
        what = evaluation.spelled(getattr(expr, "function", expr))
        return Awaitable(result, what, AwaitKind.HOP_REQUEST, evaluation.make((expr.end, "awaitable")))
    report(evaluation, row, evaluation.spelled(getattr(expr, "function", expr)), expr)
    return result


def _response_content(evaluation: Evaluation, value: Value, expr: Expr) -> None:
    """A response joins what it is given; a string, bytes or text-like object is not iterated."""
    for member in alternatives(value):
        if isinstance(member, QuerySet | Lazy):
            consumption.iterate(evaluation, member, expr, "makes the response's content of it")
        elif isinstance(member, ModelInstance | LazyUser):
            consumption.text(evaluation, member, expr)


def _read_all(evaluation: Evaluation, value: Value, expr: Expr) -> None:
    """JSON encoding reads nested lists and dictionaries; a queryset itself is refused, not read."""
    match value:
        case DictOf(items=items, rest=rest):
            for _, inner in items:
                _read_all(evaluation, inner, expr)
            _read_all(evaluation, rest, expr)
        case TupleOf(items=parts) | Union(members=parts):
            for part in parts:
                _read_all(evaluation, part, expr)
        case LazyUser():
            requests.use_user(evaluation, value, expr)
        case Awaitable():
            consumption.missing_await(evaluation, value, expr, "encoded")
        case _:
            return


_CONTENT = ("streaming_content", "content")
"""The parameter of Django's streaming response and of those of Starlette and sse-starlette."""


def _streaming(
    evaluation: Evaluation, positional: list[Value], by_name: dict[str, Value], expr: Expr
) -> Value:
    """A streaming response calls iter() on a queryset at once; a generator waits for its consumer.

    The consumer is the server, on the event loop and for the same request: an asynchronous iterator's waits
    are the request's.
    """
    named = next((by_name[name] for name in _CONTENT if name in by_name), NONE)
    content = positional[0] if positional else named
    for member in alternatives(content):
        if isinstance(member, QuerySet):
            consumption.iterate(evaluation, member, expr, "starts to iterate over it")
        elif isinstance(member, Lazy) and member.is_async:
            consumption.note_iteration(evaluation, member, expr)
    return Instance("django.http.StreamingHttpResponse", evaluation.make((expr.end, "response")))


def _serialise_many_to_many(evaluation: Evaluation, row: Value, expr: Expr) -> None:
    """Django's serialisers show the keys of each many-to-many relation."""
    for member in alternatives(row):
        if isinstance(member, ModelInstance) and any(
            item.relation is Relation.MANY_TO_MANY and not instances.is_loaded(evaluation, member, item.name)
            for item in evaluation.program.models.get(member.model).fields.values()
        ):
            evaluation.emit(
                Kind.QUERIES,
                Category.DJANGO_CALL,
                expr,
                "`serialize` reads the many-to-many fields of each object",
                "wrap it in `sync_to_async`, or prefetch them",
            )


def _model_to_dict(
    evaluation: Evaluation, positional: list[Value], by_name: dict[str, Value], expr: Expr
) -> None:
    _, fields, exclude = [*positional, NONE, NONE, NONE][:3]
    asked = _names_in(by_name.get("fields", fields))
    left_out = _names_in(by_name.get("exclude", exclude)) or frozenset()
    for member in alternatives(positional[0]) if positional else ():
        if isinstance(member, ModelInstance):
            many = [
                item
                for item in evaluation.program.models.get(member.model).fields.values()
                if item.relation is Relation.MANY_TO_MANY
                and (asked is None or item.name in asked)
                and item.name not in left_out
            ]
            if any(not instances.is_loaded(evaluation, member, item.name) for item in many):
                evaluation.emit(
                    Kind.QUERIES,
                    Category.DJANGO_CALL,
                    expr,
                    "`model_to_dict` reads the many-to-many fields",
                    "wrap it in `sync_to_async`, or prefetch them",
                )


def _names_in(value: Value) -> frozenset[str] | None:
    """The constant texts of a list; nothing where there is no list or not all of it is known."""
    if not isinstance(value, TupleOf) or not all(isinstance(item, Const) for item in value.items):
        return None
    return frozenset(str(item.value) for item in value.items if isinstance(item, Const))


def _note_login(evaluation: Evaluation, name: str, positional: list[Value]) -> None:
    """After these, `request.user` is set to a user that is there, and the session is loaded."""
    if name.endswith(("alogin", "alogout")) and evaluation.program.django < (5, 0):
        return
    request = positional[0] if positional else UNTYPED
    if isinstance(request, Instance):
        origin = request.origin or ("request",)
        evaluation.state.learn(origin, "user loaded", TRUE)
        evaluation.state.learn((*origin, "session"), "loaded", TRUE)


def _call_command(evaluation: Evaluation, positional: list[Value], expr: Expr) -> Value:
    """Run the management command of the project that is called by name."""
    name = positional[0] if positional else UNTYPED
    if not (isinstance(name, Const) and isinstance(name.value, str)):
        return UNTYPED
    suffix = f"management/commands/{name.value}.py"
    for file in evaluation.program.files:
        if file.relative.endswith(suffix):
            command = evaluation.summaries.definitions.module_name(evaluation, file.relative, "Command")
            instance = evaluation.call(command, (), expr)
            with evaluation.collected() as effects:
                result = evaluation.call_method(instance, "handle", (), expr)
            _report_command(evaluation, name.value, effects, expr)
            if isinstance(result, Awaitable):
                consumption.missing_await(evaluation, result, expr, "returned by the command")
            return NONE
    means = evaluation.program.catalogue.specials.get(f"command {name.value}")
    if means == "querying command":
        evaluation.emit(
            Kind.QUERIES,
            Category.DJANGO_CALL,
            expr,
            f"the command `{name.value}` reaches the database",
            "wrap `call_command` in `sync_to_async`",
        )
    return UNTYPED


def _report_command(evaluation: Evaluation, name: str, effects: list[Effect], expr: Expr) -> None:
    query = next((effect for effect in effects if effect.kind is Kind.QUERIES), None)
    evaluation.note([effect for effect in effects if effect.kind is not Kind.QUERIES])
    if query is not None:
        note = query.witness[-1].note if query.witness else query.subject
        evaluation.emit(
            Kind.QUERIES,
            Category.DJANGO_CALL,
            expr,
            f"the command `{name}` reaches the database ({note})",
            "wrap `call_command` in `sync_to_async`",
            query.confidence,
        )
