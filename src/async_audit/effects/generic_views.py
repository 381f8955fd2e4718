"""What the hooks of generic views give: rows of their model or queryset, one of them, a form, a context.

Source: `detail.py`, `list.py` and `edit.py` in django/views/generic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption, instances, querysets
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    NONE,
    Actual,
    ClassObject,
    Collection,
    Const,
    DictOf,
    Instance,
    Manager,
    ModelInstance,
    QuerySet,
    Value,
    alternatives,
    join,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_FORM_VIEW = "django.views.generic.edit.FormMixin"
_MODEL_FORM_VIEW = "django.views.generic.edit.ModelFormMixin"


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
            return _context_of_one(evaluation, view, actuals, expr)
        case "view-list-context":
            return _context_of_many(evaluation, view, actuals, expr)
        case "view-form-class":
            return _stated(evaluation, view, "form_class", expr)
        case "view-form-arguments":
            return _form_arguments(evaluation, view, expr)
        case "view-form":
            return _form(evaluation, view, actuals, expr)
        case _:
            return None


def _stated(evaluation: Evaluation, view: Instance, name: str, expr: Expr) -> Value:
    """What the class of a view, or its code, puts into an attribute."""
    if evaluation.program.classes.member(view.cls, name) is None:
        return UNTYPED
    return evaluation.attribute(view, name, expr)


# -- rows -------------------------------------------------------------------------------------------------


def _rows(evaluation: Evaluation, view: Instance, expr: Expr) -> Value:
    """`get_queryset` takes a fresh copy of the view's queryset, or all rows of its model."""
    for name in ("queryset", "model"):
        for source in alternatives(_stated(evaluation, view, name, expr)):
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


# -- contexts ---------------------------------------------------------------------------------------------


def _context_of_one(evaluation: Evaluation, view: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """The object of the view under its names, its form, and what the call gives."""
    shown = evaluation.attribute(view, "object", expr)
    context: dict[str, Value] = {}
    if any(isinstance(member, ModelInstance) for member in alternatives(shown)):
        context["object"] = shown
        model = next(member.model for member in alternatives(shown) if isinstance(member, ModelInstance))
        context[_name_in_context(evaluation, view, model.rpartition(".")[2].lower(), expr)] = shown
    given = _keywords(actuals)
    if evaluation.program.classes.derives(view.cls, _FORM_VIEW) and "form" not in given:
        context["form"] = evaluation.call_method(view, "get_form", (), expr)
    return _context(context | given)


def _context_of_many(
    evaluation: Evaluation, view: Instance, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """The rows of the view under their names, or a page of them, and what the call gives."""
    given = _keywords(actuals)
    rows = given.pop("object_list", NONE)
    if rows == NONE:
        rows = evaluation.attribute(view, "object_list", expr)
    if _is_paginated(evaluation, view, expr):
        rows = evaluation.each(rows, lambda member: _page(evaluation, member, expr))
    context = {"object_list": rows}
    for member in alternatives(rows):
        if isinstance(member, QuerySet) and member.model:
            default = f"{member.model.rpartition('.')[2].lower()}_list"
            context[_name_in_context(evaluation, view, default, expr)] = rows
    return _context(context | given)


def _keywords(actuals: tuple[Actual, ...]) -> dict[str, Value]:
    return {actual.keyword: actual.value for actual in actuals if actual.keyword}


def _context(items: dict[str, Value]) -> DictOf:
    return DictOf(tuple((name, value) for name, value in items.items() if name), UNTYPED)


def _name_in_context(evaluation: Evaluation, view: Instance, default: str, expr: Expr) -> str:
    """Under which name of its own a template finds what a view shows; empty where code decides."""
    if evaluation.program.classes.member(view.cls, "get_context_object_name") is not None:
        return ""
    stated = _stated(evaluation, view, "context_object_name", expr)
    if stated in {UNTYPED, NONE}:
        return default
    return stated.value if isinstance(stated, Const) and isinstance(stated.value, str) else ""


_OWN_PAGES = ("get_paginate_by", "paginate_queryset", "paginator_class", "get_paginator")


def _is_paginated(evaluation: Evaluation, view: Instance, expr: Expr) -> bool:
    """Whether Django's own paginator cuts the rows of a view into pages."""
    if any(evaluation.program.classes.member(view.cls, name) is not None for name in _OWN_PAGES):
        return False
    size = _stated(evaluation, view, "paginate_by", expr)
    return isinstance(size, Const) and isinstance(size.value, int) and size.value > 0


def _page(evaluation: Evaluation, rows: Value, expr: Expr) -> Value:
    """One page of rows: they are counted, and then cut without a query."""
    if not isinstance(rows, QuerySet):
        return rows
    if rows.prefetched or rows.empty or evaluation.state.known(rows.origin, "evaluated") is not None:
        return Collection("list", consumption.iterate(evaluation, rows, expr, "fetches a page"))
    evaluation.emit(
        Kind.QUERIES,
        Category.DJANGO_CALL,
        expr,
        f"`{evaluation.spelled(getattr(expr, 'function', expr))}` counts the rows for `paginate_by`",
        "wrap it in `sync_to_async`",
    )
    return querysets.derived(evaluation, rows, expr)


# -- forms ------------------------------------------------------------------------------------------------


def _form_arguments(evaluation: Evaluation, view: Instance, expr: Expr) -> DictOf:
    """What a view's form is made with: what the client sent, and the object that it is about."""
    items: list[tuple[str, Value]] = [(name, UNTYPED) for name in ("initial", "prefix", "data", "files")]
    if evaluation.program.classes.derives(view.cls, _MODEL_FORM_VIEW):
        items.append(("instance", evaluation.attribute(view, "object", expr)))
    return DictOf(tuple(items))


def _form(evaluation: Evaluation, view: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """A form of the class that is given, or else of the view's."""
    given = [actual.value for actual in actuals[:1]]
    cls = given[0] if given else evaluation.call_method(view, "get_form_class", (), expr)
    known = [member for member in alternatives(cls) if isinstance(member, ClassObject)]
    arguments = evaluation.call_method(view, "get_form_kwargs", (), expr)
    if not isinstance(arguments, DictOf):
        return UNTYPED
    made = tuple(Actual(value, name) for name, value in arguments.items)
    return join(evaluation.call(member, made, expr) for member in known) if known else UNTYPED
