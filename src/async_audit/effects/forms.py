"""Forms and serializers: which of their methods look something up in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.effects import consumption, instances
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    BOOLEAN,
    FALSE,
    NONE,
    STRING,
    Actual,
    Awaitable,
    AwaitKind,
    Collection,
    DictOf,
    Instance,
    ModelInstance,
    QuerySet,
    Value,
    alternatives,
)
from async_audit.project.classes import literal_strings
from async_audit.project.orm import Field, Relation
from async_audit.syntax.facts import Assign, Call, DefineClass, Literal, Name

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

FORM = "django.forms.Form"
MODEL_FORM = "django.forms.ModelForm"
CHOICE_FIELD = "django.forms.ModelChoiceField"
SERIALIZER = "rest_framework.serializers.Serializer"
_PAGINATORS = ("django.core.paginator.Paginator", "django.core.paginator.AsyncPaginator")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form or serializer class works on: its model and the model's fields that it includes."""

    model: str
    fields: tuple[Field, ...]
    nested: tuple[tuple[str, str], ...]
    has_choice: bool


def construct(evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], expr: Expr) -> Value | None:
    """An instance of a form, serializer or paginator, which remembers what it was made from."""
    classes = evaluation.program.classes
    if name in _PAGINATORS:
        if name.endswith("AsyncPaginator") and evaluation.program.django < (6, 0):
            from async_audit.effects.queryset_methods import missing_twin

            missing_twin(evaluation, "AsyncPaginator", (6, 0), "AsyncPaginator", expr)
            return UNTYPED
        rows = actuals[0].value if actuals else UNTYPED
        return Instance(name, evaluation.make((expr.end, "paginator")), (rows,))
    if classes.derives(name, FORM):
        given = _given(actuals, "instance", 99)
        if classes.derives(name, MODEL_FORM) and _many_to_many(evaluation, name, given):
            _report(
                evaluation, expr, f"`{name.rpartition('.')[2]}(instance=…)` reads the many-to-many fields"
            )
        return Instance(name, evaluation.make((expr.end, "form")), (given,))
    if classes.derives(name, SERIALIZER):
        rows = _given(actuals, "instance", 0)
        many = any(actual.keyword == "many" and actual.value != FALSE for actual in actuals)
        data = _given(actuals, "data", 1)
        kind = Collection("many", rows) if many else rows
        return Instance(name, evaluation.make((expr.end, "serializer")), (kind, data))
    return None


def _given(actuals: tuple[Actual, ...], keyword: str, position: int) -> Value:
    for index, actual in enumerate(actuals):
        if actual.keyword == keyword or (not actual.keyword and index == position):
            return actual.value
    return NONE


def _many_to_many(evaluation: Evaluation, name: str, given: Value) -> bool:
    shown = shown_by(evaluation, name)
    return any(
        isinstance(member, ModelInstance)
        and any(
            item.relation is Relation.MANY_TO_MANY and not instances.is_loaded(evaluation, member, item.name)
            for item in shown.fields
        )
        for member in alternatives(given)
    )


def shown_by(evaluation: Evaluation, name: str) -> Shown:
    """What the form or serializer class of that name works on."""
    program = evaluation.program
    nested: list[tuple[str, str]] = []
    has_choice = False
    model = ""
    included: tuple[str, ...] | None = None
    for current in reversed(program.classes.order(name)):
        cls = program.classes.get(current)
        if cls is None:
            continue
        for member, statement in cls.members.items():
            if isinstance(statement, Assign) and isinstance(statement.value, Call):
                for found in program.classes.class_names(cls.path, statement.value.function):
                    has_choice = has_choice or program.classes.derives(found, CHOICE_FIELD)
                    if program.classes.derives(found, SERIALIZER):
                        nested.append((member, found))
        meta = cls.members.get("Meta")
        if isinstance(meta, DefineClass):
            for statement in meta.definition.body:
                match statement:
                    case Assign(targets=(Name(id="model"),), value=value):
                        model = next(iter(program.classes.class_names(cls.path, value)), model)
                    case Assign(targets=(Name(id="fields"),), value=Literal(value="__all__")):
                        included = None
                    case Assign(targets=(Name(id="fields"),), value=value):
                        included = literal_strings(value)
                    case _:
                        pass
    fields = program.models.get(model).fields.values() if model else ()
    kept = tuple(item for item in fields if included is None or item.name in included)
    return Shown(model, kept, tuple(nested), has_choice)


def call_method(
    evaluation: Evaluation, receiver: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a method of a form or serializer; nothing for any other object."""
    classes = evaluation.program.classes
    if classes.derives(receiver.cls, SERIALIZER):
        return _call_serializer(evaluation, receiver, name, expr)
    if classes.derives(receiver.cls, FORM):
        return _call_form(evaluation, receiver, name, actuals, expr)
    return None


def _call_form(
    evaluation: Evaluation, form: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    if name in {"is_valid", "full_clean"}:
        validate_form(evaluation, form, expr)
        return BOOLEAN
    if name == "save" and evaluation.program.classes.derives(form.cls, MODEL_FORM):
        commit = not any(actual.value == FALSE for actual in actuals)
        if commit:
            _report(
                evaluation, expr, f"`{evaluation.spelled(getattr(expr, 'function', expr))}` saves the object"
            )
        shown = shown_by(evaluation, form.cls)
        return ModelInstance(shown.model, (expr.end, "row")) if shown.model else UNTYPED
    if name in {"as_p", "as_table", "as_ul", "as_div", "render"}:
        render_form(evaluation, form, expr)
        return STRING
    return UNTYPED


def validate_form(evaluation: Evaluation, form: Instance, expr: Expr) -> None:
    """Validating looks up unique values and related objects."""
    shown = shown_by(evaluation, form.cls)
    looks_up = shown.has_choice or any(
        item.unique or (item.target and item.relation in _LOOKED_UP) for item in shown.fields
    )
    if looks_up and evaluation.state.known(form.origin, "validated") is None:
        _report(evaluation, expr, "validating this form looks up unique values and related objects")
    evaluation.state.learn(form.origin, "validated", BOOLEAN)
    for hook in ("clean",):
        if evaluation.program.classes.member(form.cls, hook) is not None:
            evaluation.call_method(form, hook, (), expr)


_LOOKED_UP = frozenset({Relation.FOREIGN_KEY, Relation.ONE_TO_ONE, Relation.MANY_TO_MANY})


def render_form(evaluation: Evaluation, form: Instance, expr: Expr) -> None:
    """Rendering a choice of model instances fetches them."""
    shown = shown_by(evaluation, form.cls)
    if shown.has_choice or any(item.relation in _LOOKED_UP for item in shown.fields):
        _report(evaluation, expr, "rendering this form fetches the choices of its related fields")


def _call_serializer(evaluation: Evaluation, serializer: Instance, name: str, expr: Expr) -> Value:
    shown = shown_by(evaluation, serializer.cls)
    if name in {"asave", "ais_valid", "acreate", "aupdate"}:
        return Awaitable(UNTYPED, f"serializer.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    if name in {"save", "create", "update"} and shown.model:
        _report(evaluation, expr, f"`{evaluation.spelled(getattr(expr, 'function', expr))}` saves the object")
        return ModelInstance(shown.model, (expr.end, "row"))
    if name == "is_valid":
        if any(item.unique or (item.target and item.relation in _LOOKED_UP) for item in shown.fields):
            _report(evaluation, expr, "validating this serializer looks up unique values and related objects")
        return BOOLEAN
    return UNTYPED


def read_attribute(evaluation: Evaluation, value: Instance, name: str, expr: Expr) -> Value | None:
    """`form.errors`, `serializer.data` and their like; nothing for any other attribute or object."""
    classes = evaluation.program.classes
    if classes.derives(value.cls, SERIALIZER):
        if name == "data":
            _serialize(evaluation, value, expr)
            return DictOf((), UNTYPED)
        if name == "adata":
            return Awaitable(
                DictOf((), UNTYPED), "serializer.adata", AwaitKind.HOP_REQUEST, (expr.end, "data")
            )
        return None
    if value.cls == _PAGINATORS[0] and name in {"num_pages", "count", "page_range"}:
        if value.parts and isinstance(value.parts[0], QuerySet):
            _report(evaluation, expr, f"`{evaluation.spelled(expr)}` counts the rows")
        return UNTYPED
    if classes.derives(value.cls, FORM) and name == "errors":
        validate_form(evaluation, value, expr)
        return DictOf((), UNTYPED)
    if classes.derives(value.cls, FORM) and name == "instance" and value.parts:
        return value.parts[0]
    return None


def _serialize(evaluation: Evaluation, value: Instance, expr: Expr) -> None:
    """`.data` reads the rows and every relation that the serializer shows."""
    rows = value.parts[0] if value.parts else UNTYPED
    if isinstance(rows, Collection) and rows.kind == "many":
        rows = rows.element
        if isinstance(rows, QuerySet):
            rows = consumption.iterate(evaluation, rows, expr, "serialises its rows")
        else:
            rows = consumption.element(rows)
    for member in alternatives(rows):
        if isinstance(member, ModelInstance):
            _serialize_instance(evaluation, value.cls, member, expr)


def _serialize_instance(evaluation: Evaluation, cls: str, row: ModelInstance, expr: Expr) -> None:
    shown = shown_by(evaluation, cls)
    nested = dict(shown.nested)
    with evaluation.collected() as effects:
        for item in shown.fields:
            if item.relation is Relation.MANY_TO_MANY and not instances.is_loaded(evaluation, row, item.name):
                _report(evaluation, expr, f"serialising `{item.name}` queries the database")
            elif item.name in nested and item.target:
                evaluation.attribute(row, item.name, expr)
    for effect in effects:
        if effect.kind is Kind.QUERIES:
            _report(evaluation, expr, f"serialising this object queries the database: {effect.subject}")
            break


def _report(evaluation: Evaluation, expr: Expr, what: str) -> None:
    evaluation.emit(Kind.QUERIES, Category.DJANGO_CALL, expr, what, "wrap it in `sync_to_async`")
