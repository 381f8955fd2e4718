"""What reading `serializer.data` does: which rows, relations and methods it goes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.effects import consumption, instances
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    Actual,
    Bound,
    Collection,
    Instance,
    Manager,
    ModelInstance,
    QuerySet,
    Value,
    alternatives,
)
from async_audit.project.orm import Relation
from async_audit.syntax.facts import Assign, Call, Expr, Literal

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

SERIALIZER = "rest_framework.serializers.Serializer"
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Declared:
    """A field that a serializer class declares: its class, and where its value comes from."""

    name: str
    cls: str
    source: str
    many: bool
    slug: str
    method: str


def serialize(evaluation: Evaluation, serializer: Instance, expr: Expr) -> None:
    """Note that reading `serializer.data` at `expr` queries, if the rows or what it shows of them does."""
    rows = serializer.parts[0] if serializer.parts else UNTYPED
    if isinstance(rows, Collection) and rows.kind == "many":
        rows = _elements(evaluation, rows.element, expr)
    with evaluation.collected() as effects:
        for row in alternatives(rows):
            _show(evaluation, serializer, row, expr, 0)
    evaluation.note([effect for effect in effects if effect.kind is not Kind.QUERIES])
    query = next((effect for effect in effects if effect.kind is Kind.QUERIES), None)
    if query is not None:
        evaluation.emit(
            Kind.QUERIES,
            Category.DJANGO_CALL,
            expr,
            f"serialising this object queries the database: {query.subject}",
            "wrap it in `sync_to_async`",
            query.confidence,
        )


def _elements(evaluation: Evaluation, rows: Value, expr: Expr) -> Value:
    """One of the objects that a serializer with `many=True` is given."""
    return evaluation.each(rows, lambda member: _element(evaluation, member, expr))


def _element(evaluation: Evaluation, rows: Value, expr: Expr) -> Value:
    if isinstance(rows, Manager):
        rows = evaluation.call_method(rows, "all", (), expr)
    if isinstance(rows, QuerySet):
        return consumption.iterate(evaluation, rows, expr, "serialises its rows")
    return consumption.element(rows)


def _show(evaluation: Evaluation, serializer: Instance, row: Value, expr: Expr, depth: int) -> None:
    """Read what the serializer shows of one object."""
    if depth > _DEEPEST:
        return
    declared = {found.name: found for found in _declared(evaluation, serializer.cls)}
    for name, found in declared.items():
        if _is_included(evaluation, serializer.cls, name):
            _show_declared(evaluation, serializer, found, row, expr, depth)
    if not isinstance(row, ModelInstance):
        return
    for name in _included(evaluation, serializer.cls, row.model):
        if name not in declared:
            _show_relation(evaluation, row, name, expr)


def _show_declared(
    evaluation: Evaluation, serializer: Instance, found: Declared, row: Value, expr: Expr, depth: int
) -> None:
    if found.method:
        if evaluation.program.classes.member(serializer.cls, found.method) is not None:
            evaluation.call_method(serializer, found.method, (Actual(row),), expr)
        return
    if not isinstance(row, ModelInstance):
        return
    shows = _shows(evaluation, found.cls)
    if shows == "serialised-key" and not found.many and "." not in found.source:
        # Only the key is shown, which the row has.
        return
    value: Value = row
    for name in found.source.split(".") if found.source != "*" else ():
        value = evaluation.attribute(value, name, expr)
    if found.many:
        value = _elements(evaluation, value, expr)
    if shows == "serialised-text":
        consumption.text(evaluation, value, expr)
    elif shows == "serialised-slug" and found.slug:
        evaluation.attribute(value, found.slug, expr)
    elif evaluation.program.classes.derives(found.cls, SERIALIZER):
        for inner in alternatives(value):
            _show(evaluation, Instance(found.cls), inner, expr, depth + 1)


def _show_relation(evaluation: Evaluation, row: ModelInstance, name: str, expr: Expr) -> None:
    """A relation to many that is shown by its keys is fetched; a foreign key's column is there.

    What is no field is a property or a method of the model.
    """
    item = evaluation.program.models.attribute(row.model, name)
    if item is None and evaluation.program.classes.member(row.model, name) is not None:
        shown = evaluation.attribute(row, name, expr)
        if isinstance(shown, Bound):
            evaluation.call(shown, (), expr)
    if (
        item is not None
        and item.relation in {Relation.MANY_TO_MANY, Relation.REVERSE_MANY}
        and not instances.is_loaded(evaluation, row, name)
    ):
        evaluation.emit(
            Kind.QUERIES, Category.DJANGO_CALL, expr, f"`{name}` is a relation that is not known to be loaded"
        )


def _is_included(evaluation: Evaluation, cls: str, name: str) -> bool:
    from async_audit.effects.forms import shown_by

    included = shown_by(evaluation, cls).included
    return included is None or name in included


def _included(evaluation: Evaluation, cls: str, model: str) -> tuple[str, ...]:
    """The names that the serializer's `Meta` lists, or of all the model's fields that it does not exclude."""
    from async_audit.effects.forms import shown_by

    shown = shown_by(evaluation, cls)
    if not shown.model:
        return ()
    if shown.included is not None:
        return shown.included
    return tuple(evaluation.program.models.get(model).fields)


def _declared(evaluation: Evaluation, cls: str) -> Iterator[Declared]:
    """The fields that the class and its bases declare, those of bases first."""
    classes = evaluation.program.classes
    for current in reversed(classes.order(cls)):
        found = classes.get(current)
        for name, statement in found.members.items() if found is not None else ():
            if found is not None and isinstance(statement, Assign) and isinstance(statement.value, Call):
                for field_cls in classes.class_names(found.path, statement.value.function)[:1]:
                    is_method = _shows(evaluation, field_cls) == "serialised-method"
                    yield _field(name, field_cls, statement.value, is_method=is_method)


def _shows(evaluation: Evaluation, field_cls: str) -> str:
    """What a field's class shows in its own way, by the tables; empty for a plain field."""
    catalogue = evaluation.program.catalogue
    return catalogue.specials.get(catalogue.canonical(field_cls), "")


def _field(name: str, cls: str, made: Call, *, is_method: bool) -> Declared:
    given = {argument.keyword: argument.value for argument in made.arguments if argument.keyword}
    return Declared(
        name,
        cls,
        _text(given.get("source")) or name,
        getattr(given.get("many"), "value", False) is True,
        _text(given.get("slug_field")),
        (_text(given.get("method_name")) or f"get_{name}") if is_method else "",
    )


def _text(value: Expr | None) -> str:
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""
