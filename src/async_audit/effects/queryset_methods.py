"""Methods of managers and querysets: which of them query, and what comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.catalogue.rows import Action, OrmRow
from async_audit.effects import requests
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.conditions import note_fetch
from async_audit.effects.kinds import AwaitCount, Category, Kind
from async_audit.effects.loading import ANYTHING, given_paths
from async_audit.effects.prefetching import (
    forget_prefetched,
    learn_back,
    prefetched_paths,
    texts_of,
)
from async_audit.effects.values import (
    BOOLEAN,
    INTEGER,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Collection,
    Const,
    DictOf,
    Instance,
    Lazy,
    Manager,
    Method,
    ModelInstance,
    QuerySet,
    Shape,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.project.orm import Relation
from async_audit.syntax.facts import Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

from async_audit.effects.querysets import (
    FOR_CALLERS,
    as_queryset,
    derived,
    element,
    evaluate_queryset,
)

_CACHED_READS = frozenset({"count", "exists", "contains"})


_ACCESS_CHECKS = frozenset({"aexists", "acontains"})


def call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a method that Django gives to managers and querysets."""
    receiver = method.receiver
    assert isinstance(receiver, Manager | QuerySet)
    if method.owner == "no such twin":
        evaluation.emit(
            Kind.MISUSES,
            Category.NO_SUCH_ASYNC_METHOD,
            expr,
            _missing_reason(method),
            _missing_remedy(method),
        )
        return UNTYPED
    if method.name == "__iter__":
        queryset = as_queryset(evaluation, receiver, expr)
        evaluate_queryset(evaluation, queryset, expr, "iterates over it")
        return Collection("list", element(queryset, (expr.end, "[]")))
    catalogue = evaluation.program.catalogue
    table = catalogue.related if method.owner == "related" else catalogue.queryset
    row = table[method.name]
    if row.action is Action.TWIN:
        for actual in actuals:
            requests.use_user_in_thread(evaluation, actual.value)
    else:
        _use_arguments(evaluation, actuals, expr)
    changes_relation = method.owner == "related" and row.action in {Action.QUERIES, Action.TWIN}
    if isinstance(receiver, Manager) and changes_relation:
        # `_remove_prefetched_objects` in django/db/models/fields/related_descriptors.py
        forget_prefetched(evaluation, receiver)
    match row.action:
        case Action.LAZY:
            return _lazy(evaluation, receiver, row, actuals, expr)
        case Action.QUERIES:
            return _query(evaluation, receiver, row, actuals, expr)
        case Action.TWIN:
            return _twin(evaluation, receiver, row, actuals, expr)
        case Action.FREE:
            if row.name in {"get_queryset", "db_manager"}:
                return as_queryset(evaluation, receiver, expr)
            return UNTYPED


def _missing_reason(method: Method) -> str:
    if method.name == "adelete":
        return "managers have no `adelete`"
    return f"querysets have no `{method.name}`: `{method.name[1:]}` is lazy and queries nothing"


def _missing_remedy(method: Method) -> str:
    if method.name == "adelete":
        return "call it on a queryset: `.all().adelete()`"
    return f"call `{method.name[1:]}` without `await`"


def _use_arguments(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """A lookup value is resolved when the filter is built, which uses `request.user`."""
    for actual in actuals:
        requests.use_user_in(evaluation, actual.value, expr)


def _lazy(
    evaluation: Evaluation,
    receiver: Manager | QuerySet,
    row: OrmRow,
    actuals: tuple[Actual, ...],
    expr: Expr,
) -> Value:
    if row.name == "all" and isinstance(receiver, Manager) and receiver.prefetched is not None:
        start = as_queryset(evaluation, receiver, expr)
        return replace(start, prefetched=True, loaded=start.loaded | receiver.prefetched)
    start = as_queryset(evaluation, receiver, expr)
    if row.name == "all":
        given = start.given or receiver.perhaps
        rows = derived(evaluation, start, expr, perhaps=receiver.perhaps, given=given)
        if evaluation.state.known(receiver.origin, FOR_CALLERS) is not None:
            evaluation.state.learn(rows.origin, FOR_CALLERS, TRUE)
        return rows
    positional = [actual for actual in actuals if not actual.keyword]
    names = texts_of(positional) - {""}
    match row.name:
        case "none":
            return derived(evaluation, start, expr, empty=True)
        case "filter":
            return derived(evaluation, start, expr, empty=start.empty or _matches_nothing(actuals))
        case "select_related":
            selected = _selected(evaluation, start, positional, names)
            note_fetch(evaluation, start.model, selected)
            return derived(evaluation, start, expr, loaded=selected)
        case "prefetch_related":
            if any(actual.value == NONE for actual in positional):
                return derived(evaluation, start, expr)
            prefetched = names | prefetched_paths(positional) | _not_told(positional)
            note_fetch(evaluation, start.model, prefetched)
            return derived(evaluation, start, expr, loaded=start.loaded | prefetched)
        case "only":
            return derived(evaluation, start, expr, only=names)
        case "defer":
            kept = frozenset() if any(actual.value == NONE for actual in positional) else start.deferred
            return derived(evaluation, start, expr, deferred=kept | names)
        case "order_by":
            return derived(evaluation, start, expr, ordered=bool(actuals))
        case "values":
            return derived(evaluation, start, expr, shape=Shape.DICTS)
        case "values_list":
            flat = any(actual.keyword == "flat" and actual.value == TRUE for actual in actuals)
            return derived(evaluation, start, expr, shape=Shape.FLAT if flat else Shape.TUPLES)
        case "dates" | "datetimes":
            return derived(evaluation, start, expr, shape=Shape.FLAT, ordered=True)
        case "raw":
            return derived(evaluation, start, expr, raw=True, only=_selected_columns(names))
        case "iterator":
            fresh = derived(evaluation, start, expr)
            return Lazy(element(fresh, (expr.end, "[]")), (fresh,))
        case "aiterator":
            _report_prefetched(evaluation, start, expr)
            hop = AwaitCount(Category.HOP_REQUEST, 1)
            return Lazy(element(start, (expr.end, "[]")), is_async=True, waits=(hop,))
        case _:
            return derived(evaluation, start, expr)


def _report_prefetched(evaluation: Evaluation, queryset: QuerySet, expr: Expr) -> None:
    """Before Django 5.0 `aiterator` refuses a queryset that prefetches; `async for` takes it."""
    if evaluation.program.django >= (5, 0) or not queryset.model:
        return
    # `select_related` does not take any other relation, so that `prefetch_related` was called.
    single = (Relation.FOREIGN_KEY, Relation.ONE_TO_ONE, Relation.REVERSE_ONE)
    roots = sorted({path.partition("__")[0] for path in queryset.loaded})
    items = [evaluation.program.models.attribute(queryset.model, name) for name in roots]
    if any(item is not None and item.relation not in single for item in items):
        evaluation.emit(
            Kind.MISUSES,
            Category.NO_SUCH_ASYNC_METHOD,
            expr,
            f"`{_callee(evaluation, expr)}` raises after `prefetch_related` before Django 5.0",
            "use `async for` over the queryset itself",
        )


_COLUMNS = re.compile(r"\s*select\s+([\w\s,\"]+?)\s+from\b", re.IGNORECASE)


def _selected_columns(names: frozenset[str]) -> frozenset[str] | None:
    """The columns that a raw query names; nothing where it selects everything or cannot be read."""
    for sql in names:
        match = _COLUMNS.match(sql)
        if match is not None:
            return frozenset(column.strip(' "') for column in match[1].split(","))
    return None


def _selected(
    evaluation: Evaluation, start: QuerySet, positional: list[Actual], names: frozenset[str]
) -> frozenset[str]:
    if positional and positional[0].value == NONE:
        return frozenset(path for path in start.loaded if not _is_single(evaluation, start.model, path))
    if positional:
        return start.loaded | names | _not_told(positional)
    fields = evaluation.program.models.get(start.model).fields.values() if start.model else ()
    relations = (Relation.FOREIGN_KEY, Relation.ONE_TO_ONE)
    return start.loaded | {item.name for item in fields if item.relation in relations and not item.null}


def _not_told(positional: list[Actual]) -> frozenset[str]:
    """Anything may be loaded where a relation is named by what is not known; nothing where all are known."""
    members = [member for actual in positional for member in alternatives(actual.value)]
    return frozenset() if all(_names_relation(member) for member in members) else frozenset({ANYTHING})


def _names_relation(value: Value) -> bool:
    return isinstance(value, Const) or (
        isinstance(value, Instance) and value.cls == "django.db.models.Prefetch"
    )


def _is_single(evaluation: Evaluation, model: str, path: str) -> bool:
    """Whether a path starts with a relation to one object, which `select_related` loads."""
    item = evaluation.program.models.attribute(model, path.partition("__")[0]) if model else None
    return item is not None and item.relation in _SINGLE


_SINGLE = frozenset({Relation.FOREIGN_KEY, Relation.ONE_TO_ONE, Relation.REVERSE_ONE})


def _matches_nothing(actuals: tuple[Actual, ...]) -> bool:
    """Whether a filter holds an empty `__in`, which Django answers without the database."""
    return any(actual.keyword.endswith("__in") and _is_empty(actual.value) for actual in actuals)


def _is_empty(value: Value) -> bool:
    match value:
        case TupleOf(items=()):
            return True
        case Collection(element=inner):
            from async_audit.effects.values import NEVER

            return inner == NEVER
        case _:
            return False


def _query(
    evaluation: Evaluation,
    receiver: Manager | QuerySet,
    row: OrmRow,
    actuals: tuple[Actual, ...],
    expr: Expr,
) -> Value:
    if not _is_free(evaluation, receiver, row, actuals):
        evaluation.emit(
            Kind.QUERIES,
            Category.ORM_CALL,
            expr,
            f"`{_callee(evaluation, expr)}` queries the database",
            twin_advice(evaluation, row),
        )
    return _result(evaluation, receiver, row, actuals, expr)


def _callee(evaluation: Evaluation, expr: Expr) -> str:
    return evaluation.spelled(getattr(expr, "function", expr))


def twin_advice(evaluation: Evaluation, row: OrmRow) -> str:
    """What to write instead of a querying method, of what the project's Django has."""
    if row.twin and row.twin_since <= evaluation.program.django:
        return f"use `await ….{row.twin}(…)`"
    return "wrap it in `sync_to_async`"


def _is_free(
    evaluation: Evaluation, receiver: Manager | QuerySet, row: OrmRow, actuals: tuple[Actual, ...]
) -> bool:
    if row.unless_empty and actuals and _is_empty(actuals[0].value):
        return True
    if row.name == "add" and isinstance(receiver, Manager) and receiver.parent and not actuals:
        return True
    if isinstance(receiver, Manager):
        if receiver.prefetched is None:
            return False
        if row.name in {"count", "exists"}:
            return True
        return (
            row.name == "first"
            and bool(receiver.model)
            and evaluation.program.models.get(receiver.model).ordered
        )
    if receiver.empty:
        return True
    if evaluation.state.known(receiver.origin, "evaluated") is None and not receiver.prefetched:
        return False
    return row.name in _CACHED_READS or (row.name == "first" and receiver.ordered)


def _twin(
    evaluation: Evaluation,
    receiver: Manager | QuerySet,
    row: OrmRow,
    actuals: tuple[Actual, ...],
    expr: Expr,
) -> Value:
    callee = _callee(evaluation, expr)
    if row.twin_since > evaluation.program.django:
        missing_twin(evaluation, row.name, row.twin_since, callee, expr)
        return UNTYPED
    result = _result(evaluation, receiver, row, actuals, expr)
    return Awaitable(
        result,
        callee,
        AwaitKind.HOP_REQUEST,
        evaluation.make((expr.end, "awaitable")),
        access_check=row.name in _ACCESS_CHECKS,
    )


def missing_twin(evaluation: Evaluation, name: str, since: tuple[int, int], callee: str, expr: Expr) -> None:
    """A coroutine method is called that the project's Django does not have yet."""
    version = "{}.{}".format(*evaluation.program.django)
    evaluation.emit(
        Kind.MISUSES,
        Category.NO_SUCH_ASYNC_METHOD,
        expr,
        f"`{callee}` does not exist in Django {version}: `{name}` came with {since[0]}.{since[1]}",
        "wrap the synchronous method in `sync_to_async`",
    )


def _result(
    evaluation: Evaluation,
    receiver: Manager | QuerySet,
    row: OrmRow,
    actuals: tuple[Actual, ...],
    expr: Expr,
) -> Value:
    start = as_queryset(evaluation, receiver, expr)
    origin = evaluation.make((expr.end, "row"))
    one = element(start, origin)
    if row.name.removeprefix("a") in {"create", "get_or_create", "update_or_create"} and isinstance(
        one, ModelInstance
    ):
        # Whatever is assigned to a relation is kept, and so is `None`.
        given = given_paths(evaluation, actuals)
        for actual in actuals:
            item = evaluation.program.models.attribute(one.model, actual.keyword) if actual.keyword else None
            if row.name.removeprefix("a") == "create":
                learn_back(evaluation, item, actual.value, one)
        if row.name.removeprefix("a") == "create":
            given |= _empty_keys(evaluation, one.model, actuals)
            one = replace(one, loaded=one.loaded | given, deferred=frozenset(), only=None)
        else:
            # The found row's relations are not loaded, whatever was looked up. An update assigns them.
            assigned = _defaults(actuals) if "update" in row.name else frozenset()
            one = replace(one, loaded=one.loaded | assigned, deferred=frozenset(), only=None)
    match row.returns:
        case "instance":
            return one
        case "optional-instance":
            return join((one, NONE))
        case "pair":
            return TupleOf((one, BOOLEAN))
        case "instances":
            return _bulk_created(actuals, one, expr)
        case "mapping":
            return DictOf((), one)
        case "int":
            return INTEGER
        case "bool":
            return BOOLEAN
        case "dict":
            return DictOf((), UNTYPED)
        case "str":
            return STRING
        case "none":
            return NONE
        case "counts":
            return TupleOf((INTEGER, DictOf((), INTEGER)))
        case _:
            return UNTYPED


def _empty_keys(evaluation: Evaluation, model: str, actuals: tuple[Actual, ...]) -> frozenset[str]:
    """The relations of a new row that are empty, since it was made without them."""
    if any(actual.spread for actual in actuals):
        return frozenset()
    given = {actual.keyword for actual in actuals}
    own = (Relation.FOREIGN_KEY, Relation.ONE_TO_ONE)
    return frozenset(
        item.name
        for item in evaluation.program.models.get(model).fields.values()
        if item.relation in own and item.null and given.isdisjoint({item.name, item.column})
    )


def _defaults(actuals: tuple[Actual, ...]) -> frozenset[str]:
    """The relations that `defaults={…}` assigns an object to."""
    return frozenset(
        name
        for actual in actuals
        if actual.keyword == "defaults" and isinstance(actual.value, DictOf)
        for name, _ in actual.value.items
    )


def _bulk_created(actuals: tuple[Actual, ...], one: Value, expr: Expr) -> Value:
    given = actuals[0].value if actuals else UNTYPED
    if isinstance(given, Collection | TupleOf):
        return given
    return Collection("list", one, (expr.end, "list"))
