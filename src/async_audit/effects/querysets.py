"""Managers and querysets: which of their methods query, what comes back, and what is loaded with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.catalogue.rows import Action
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    STRING,
    TRUE,
    Bound,
    ClassObject,
    Collection,
    DictOf,
    Function,
    Instance,
    Manager,
    Method,
    ModelInstance,
    Origin,
    Provenance,
    QuerySet,
    Shape,
    Unknown,
    Value,
)
from async_audit.findings import Confidence
from async_audit.syntax.facts import Define, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def element(value: QuerySet, origin: Origin) -> Value:
    """What one row of a queryset is."""
    match value.shape:
        case Shape.INSTANCES:
            how = Provenance.GIVEN if value.given else Provenance.FETCHED
            return ModelInstance(value.model, origin, value.loaded, value.deferred, value.only, how)
        case Shape.DICTS:
            return DictOf((), UNTYPED)
        case Shape.TUPLES:
            return Collection("tuple", UNTYPED)
        case Shape.FLAT:
            return Unknown("a column")


FOR_CALLERS = "prefetched if a caller says so"
"""What is known of the rows of an argument's related manager: each call is evaluated with what it passes."""


def evaluate_queryset(evaluation: Evaluation, value: QuerySet, expr: Expr, how: str) -> None:
    """Note that a queryset's rows are fetched at `expr`, unless they are there already."""
    if value.prefetched or value.empty or evaluation.state.known(value.origin, "evaluated") is not None:
        return
    report_evaluation(evaluation, value, expr, how)
    evaluation.state.learn(value.origin, "evaluated", TRUE)


def report_evaluation(evaluation: Evaluation, value: QuerySet, expr: Expr, how: str) -> None:
    """Note that the code at `expr` makes an unevaluated queryset query."""
    if evaluation.state.known(value.origin, FOR_CALLERS) is not None:
        return
    short = value.model.rpartition(".")[2] or "unknown model"
    if evaluation.state.known(value.origin, "from hop") is not None:
        evaluation.emit(
            Kind.QUERIES,
            Category.LAZY_RESULT_OF_HOP,
            expr,
            f"the queryset of {short} that came back from the thread is unevaluated, and this {how}",
            "evaluate it inside the thread, or iterate with `async for`",
        )
        return
    evaluation.emit(
        Kind.QUERIES,
        Category.LAZY_QUERYSET,
        expr,
        f"an unevaluated queryset of {short} is consumed: this {how}",
        "use `async for` or an asynchronous comprehension",
        Confidence.LIKELY if value.perhaps else Confidence.CERTAIN,
    )


def derived(evaluation: Evaluation, value: QuerySet, expr: Expr, **changes: object) -> QuerySet:
    """A new, unevaluated queryset made from `value` at `expr`."""
    origin = evaluation.make((expr.end, "queryset"))
    result = replace(value, **{"origin": origin, "prefetched": False, "perhaps": False, **changes})
    if evaluation.state.known(value.origin, "from hop") is not None:
        evaluation.state.learn(origin, "from hop", TRUE)
    return result


def as_queryset(evaluation: Evaluation, value: Manager | QuerySet, expr: Expr) -> QuerySet:
    """The queryset that a manager starts from."""
    if isinstance(value, QuerySet):
        return value
    custom = _own_get_queryset(evaluation, value, expr)
    loaded = value.parents | {value.parent} if value.parent else frozenset()
    if custom is not None:
        return replace(
            custom,
            model=custom.model or value.model,
            loaded=custom.loaded | loaded,
            origin=evaluation.make((expr.end, "start")),
        )
    ordered = bool(value.model) and evaluation.program.models.get(value.model).ordered
    return QuerySet(
        value.model,
        _queryset_classes(evaluation, value),
        evaluation.make((expr.end, "start")),
        loaded=loaded,
        ordered=ordered,
    )


def _own_get_queryset(evaluation: Evaluation, value: Manager, expr: Expr) -> QuerySet | None:
    """The result of a `get_queryset` that the project defines on the manager's class."""
    for cls in value.classes:
        member = evaluation.program.classes.member(cls, "get_queryset")
        if member is not None and isinstance(member.statement, Define):
            method = Function(member.cls.path, member.statement.function, member.cls.name)
            with evaluation.muted():
                result = evaluation.call(Bound(method, value), (), expr)
            return result if isinstance(result, QuerySet) else None
    return None


def _queryset_classes(evaluation: Evaluation, value: Manager) -> tuple[str, ...]:
    """The classes whose methods the querysets of a manager have: those given to `from_queryset`."""
    classes = evaluation.program.classes
    found: list[str] = []
    for name in value.classes or value.base_classes:
        cls = classes.get(name)
        if classes.derives(name, "django.db.models.QuerySet"):
            found.append(name)
        elif cls is not None:
            found.extend(
                queryset for current in classes.order(name) for queryset in _lent(evaluation, current)
            )
    return tuple(found)


def _lent(evaluation: Evaluation, name: str) -> tuple[str, ...]:
    cls = evaluation.program.classes.get(name)
    return cls.querysets if cls is not None else ()


def read_attribute(evaluation: Evaluation, value: Manager | QuerySet, name: str, expr: Expr) -> Value:
    """`manager.name` or `queryset.name`."""
    own = _own_method(evaluation, value, name, expr)
    if own is not None:
        return own
    catalogue = evaluation.program.catalogue
    if name in {"delete", "adelete"} and isinstance(value, Manager):
        # Only querysets can delete their rows: Django leaves the method out of managers.
        return Method(value, "no such twin", name) if name == "adelete" else Unknown("managers cannot delete")
    if name in catalogue.queryset:
        return Method(value, "queryset", name)
    if isinstance(value, Manager) and value.related and name in catalogue.related:
        return Method(value, "related", name)
    for cls in value.classes:
        for current in evaluation.program.classes.order(cls):
            row = catalogue.method(current, name) if current in catalogue.types else None
            if row is not None:
                return Method(value, current, name)
    match name:
        case "model":
            return ClassObject(value.model) if value.model else UNTYPED
        case "columns" if isinstance(value, QuerySet) and value.raw:
            report_evaluation(evaluation, value, expr, "runs the query to learn its columns")
            return Collection("list", STRING)
        case "query" | "db" | "ordered" | "_result_cache" | "columns":
            return Instance(f"django.db.models.QuerySet.{name}")
        case "__iter__":
            return Method(value, "queryset", "__iter__")
        case _:
            pass
    if name.startswith("a") and _is_lazy_twin(evaluation, name) and not _is_open(evaluation, value):
        return Method(value, "no such twin", name)
    return Unknown(f"attribute {name} of a manager")


def _own_method(evaluation: Evaluation, value: Manager | QuerySet, name: str, expr: Expr) -> Value | None:
    from async_audit.effects.attributes import member_value

    for cls in value.classes:
        member = evaluation.program.classes.member(cls, name)
        if member is not None:
            return member_value(evaluation, member, value, name, expr)
    return None


def _is_lazy_twin(evaluation: Evaluation, name: str) -> bool:
    row = evaluation.program.catalogue.queryset.get(name[1:])
    return row is not None and row.action is Action.LAZY


def _is_open(evaluation: Evaluation, value: Manager | QuerySet) -> bool:
    return any(evaluation.program.classes.is_open(cls) for cls in value.classes)
