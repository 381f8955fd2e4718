"""What the hooks of generic views give: the rows of their model or queryset, one of them, and a context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import instances, querysets
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import (
    Actual,
    ClassObject,
    DictOf,
    Instance,
    Manager,
    QuerySet,
    Value,
    alternatives,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def call(
    evaluation: Evaluation, special: str, view: Instance, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a hook with this behaviour; nothing where its row says all there is."""
    match special:
        case "view-queryset":
            return _rows(evaluation, view, expr)
        case "view-object":
            return _row(evaluation, view, expr)
        case "view-context":
            return DictOf(tuple((a.keyword, a.value) for a in actuals if a.keyword), UNTYPED)
        case _:
            return None


def _rows(evaluation: Evaluation, view: Instance, expr: Expr) -> Value:
    """`get_queryset` takes a fresh copy of the view's queryset, or all rows of its model."""
    for name in ("queryset", "model"):
        if evaluation.program.classes.member(view.cls, name) is None:
            continue
        for source in alternatives(evaluation.attribute(view, name, expr)):
            match source:
                case QuerySet():
                    return querysets.derived(evaluation, source, expr)
                case Manager():
                    return querysets.as_queryset(evaluation, source, expr)
                case ClassObject(name=model) if evaluation.program.models.is_model(model):
                    classes = instances.default_manager_classes(evaluation, model)
                    return querysets.as_queryset(evaluation, Manager(model, classes), expr)
                case _:
                    pass
    return UNTYPED


def _row(evaluation: Evaluation, view: Instance, expr: Expr) -> Value:
    """`get_object` looks up one row of what `get_queryset` gives."""
    with evaluation.muted():
        rows = evaluation.call_method(view, "get_queryset", (), expr)
    found = [member for member in alternatives(rows) if isinstance(member, QuerySet)]
    return querysets.element(found[0], evaluation.make((expr.end, "row"))) if found else UNTYPED
