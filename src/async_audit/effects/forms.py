"""Forms and serializers: which of their methods look something up in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.catalogue.rows import Does
from async_audit.effects import django_objects, formsets, instances, serializers
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
    Const,
    DictOf,
    Instance,
    ModelInstance,
    Value,
    alternatives,
)
from async_audit.project.classes import literal_strings
from async_audit.project.orm import Field, Relation
from async_audit.syntax.facts import Assign, Call, Define, DefineClass, Literal, Name

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

FORM = "django.forms.Form"
MODEL_FORM = "django.forms.ModelForm"
BOUND_FIELD = "django.forms.boundfield.BoundField"
CHOICE_FIELD = "django.forms.ModelChoiceField"
SERIALIZER = "rest_framework.serializers.Serializer"
_PAGINATORS = ("django.core.paginator.Paginator", "django.core.paginator.AsyncPaginator")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form or serializer class works on: its model and the model's fields that it includes.

    `included` are the names that its `Meta` lists; nothing where it lists none.
    """

    model: str
    fields: tuple[Field, ...]
    choices: frozenset[str]
    included: tuple[str, ...] | None = None


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
    choices: set[str] = set()
    model = ""
    included: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    for current in reversed(program.classes.order(name)):
        cls = program.classes.get(current)
        if cls is None:
            continue
        for member, statement in cls.members.items():
            if isinstance(statement, Assign) and isinstance(statement.value, Call):
                for found in program.classes.class_names(cls.path, statement.value.function):
                    if program.classes.derives(found, CHOICE_FIELD):
                        choices.add(member)
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
                    case Assign(targets=(Name(id="exclude"),), value=value):
                        excluded = literal_strings(value)
                    case _:
                        pass
    fields = program.models.get(model).fields.values() if model else ()
    kept = tuple(
        item for item in fields if item.name not in excluded and (included is None or item.name in included)
    )
    return Shown(model, kept, frozenset(choices), included)


def call_method(
    evaluation: Evaluation, receiver: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a method of a form or serializer; nothing for any other object."""
    classes = evaluation.program.classes
    if classes.derives(receiver.cls, SERIALIZER):
        return _call_serializer(evaluation, receiver, name, actuals, expr)
    if classes.derives(receiver.cls, FORM):
        return _call_form(evaluation, receiver, name, actuals, expr)
    if receiver.cls == formsets.FORM_SET:
        return formsets.call_method(evaluation, receiver, name, expr)
    return None


def _call_form(
    evaluation: Evaluation, form: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    if name in {"is_valid", "full_clean"}:
        validate_form(evaluation, form, expr)
        return BOOLEAN
    hashes = name == "save" and _done_by(evaluation, form, name) is Does.BLOCKS
    if name == "save" and (hashes or evaluation.program.classes.derives(form.cls, MODEL_FORM)):
        callee = f"`{evaluation.spelled(getattr(expr, 'function', expr))}`"
        if hashes:
            _report_hashing(evaluation, expr, callee)
        if not any(actual.value == FALSE for actual in actuals):
            _report(evaluation, expr, f"{callee} saves the object")
        shown = shown_by(evaluation, form.cls)
        return ModelInstance(shown.model, (expr.end, "row")) if shown.model else UNTYPED
    if name in {"as_p", "as_table", "as_ul", "as_div", "render"}:
        render_form(evaluation, form, expr)
        return STRING
    return UNTYPED


def _done_by(evaluation: Evaluation, form: Instance, name: str) -> Does | None:
    """What the tables say of a method that the form has from one of Django's own, if they do."""
    methods = evaluation.program.catalogue.methods
    rows = (methods.get((base, name)) for base in evaluation.program.classes.order(form.cls))
    return next((row.does for row in rows if row is not None), None)


def _report_hashing(evaluation: Evaluation, expr: Expr, what: str) -> None:
    remedy = "call it through `sync_to_async`"
    evaluation.emit(
        Kind.BLOCKS, Category.DJANGO_IO, expr, f"{what} hashes the password, which blocks", remedy
    )


def validate_form(evaluation: Evaluation, form: Instance, expr: Expr) -> None:
    """Validating looks up unique values and related objects, and does what a table says of the form."""
    shown = shown_by(evaluation, form.cls)
    does = _done_by(evaluation, form, "full_clean")
    looks_up = bool(shown.choices) or any(
        item.unique or (item.target and item.relation in _LOOKED_UP) for item in shown.fields
    )
    if evaluation.state.known(form.origin, "validated") is None:
        if looks_up or does is Does.QUERIES:
            _report(evaluation, expr, "validating this form looks up unique values and related objects")
        if does is Does.BLOCKS:
            _report_hashing(evaluation, expr, "validating this form")
    evaluation.state.learn(form.origin, "validated", BOOLEAN)
    _run_hooks(evaluation, form, "clean", (), expr)


def _run_hooks(
    evaluation: Evaluation, owner: Instance, hook: str, given: tuple[Actual, ...], expr: Expr
) -> None:
    """Run the project's own validation: of each field (`clean_name`), then of the whole (`clean`)."""
    classes = evaluation.program.classes
    names = {
        name: None
        for current in classes.order(owner.cls)
        if (cls := classes.get(current)) is not None
        for name, statement in cls.members.items()
        if isinstance(statement, Define) and name.startswith(f"{hook}_") and name not in _NO_HOOKS
    }
    own = [hook] if classes.member(owner.cls, hook) is not None else []
    for name in [*names, *own]:
        evaluation.call_method(owner, name, given, expr)


_NO_HOOKS = frozenset({"validate_unique", "validate_constraints", "validate_empty_values"})


_LOOKED_UP = frozenset({Relation.FOREIGN_KEY, Relation.ONE_TO_ONE, Relation.MANY_TO_MANY})


def render_form(evaluation: Evaluation, form: Instance, expr: Expr) -> None:
    """Rendering a choice of model instances fetches them."""
    shown = shown_by(evaluation, form.cls)
    if shown.choices or any(item.relation in _LOOKED_UP for item in shown.fields):
        _report(evaluation, expr, "rendering this form fetches the choices of its related fields")


def render_field(evaluation: Evaluation, field: Instance, expr: Expr) -> None:
    """Rendering one field of a form fetches its choices; of one that is not known, those of any."""
    form, key = field.parts
    if not isinstance(form, Instance):
        return
    shown = shown_by(evaluation, form.cls)
    names = shown.choices | {item.name for item in shown.fields if item.relation in _LOOKED_UP}
    if key.value in names if isinstance(key, Const) else names:
        _report(evaluation, expr, "rendering this field fetches its choices")


def _call_serializer(
    evaluation: Evaluation, serializer: Instance, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    shown = shown_by(evaluation, serializer.cls)
    if name == "to_representation" and actuals:
        serializers.serialize(evaluation, replace(serializer, parts=(actuals[0].value,)), expr)
        return DictOf((), UNTYPED)
    if name in {"asave", "ais_valid", "acreate", "aupdate"}:
        return Awaitable(UNTYPED, f"serializer.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
    if name in {"save", "create", "update"} and shown.model:
        _report(evaluation, expr, f"`{evaluation.spelled(getattr(expr, 'function', expr))}` saves the object")
        return ModelInstance(shown.model, (expr.end, "row"))
    if name == "is_valid":
        if any(item.unique or (item.target and item.relation in _LOOKED_UP) for item in shown.fields):
            _report(evaluation, expr, "validating this serializer looks up unique values and related objects")
        _run_hooks(evaluation, serializer, "validate", (Actual(UNTYPED),), expr)
        return BOOLEAN
    return UNTYPED


def read_attribute(evaluation: Evaluation, value: Instance, name: str, expr: Expr) -> Value | None:
    """`form.errors`, `serializer.data` and their like; nothing for any other attribute or object."""
    classes = evaluation.program.classes
    if classes.derives(value.cls, SERIALIZER):
        if name == "data":
            serializers.serialize(evaluation, value, expr)
            return DictOf((), UNTYPED)
        if name == "adata":
            return Awaitable(
                DictOf((), UNTYPED), "serializer.adata", AwaitKind.HOP_REQUEST, (expr.end, "data")
            )
        return None
    if value.cls == _PAGINATORS[0] and name in {"num_pages", "count", "page_range"}:
        if django_objects.count_rows(evaluation, value):
            _report(evaluation, expr, f"`{evaluation.spelled(expr)}` counts the rows")
        return UNTYPED
    if value.cls == formsets.FORM_SET and name in formsets.FETCHING:
        formsets.fetch(evaluation, value, expr)
        return UNTYPED
    if classes.derives(value.cls, FORM) and name == "errors":
        validate_form(evaluation, value, expr)
        return DictOf((), UNTYPED)
    if classes.derives(value.cls, FORM) and name == "instance" and value.parts:
        return value.parts[0]
    return None


def _report(evaluation: Evaluation, expr: Expr, what: str) -> None:
    evaluation.emit(Kind.QUERIES, Category.DJANGO_CALL, expr, what, "wrap it in `sync_to_async`")
