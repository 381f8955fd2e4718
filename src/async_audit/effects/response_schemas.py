"""What an asynchronous operation of ninja returns is validated against its response schema on the event loop.

The schema's fields are read from the object one by one: a queryset or manager becomes a list, what can be
called is called, a field that is no column is whatever the object has under its name. An operation of
ninja-extra is told nothing: it validates in a thread (`AsyncOperation` in ninja_extra/operation.py).

Source: `AsyncOperation.run` and `_result_to_response` in ninja/operation.py, `DjangoGetter` in
ninja/schema.py, `get_schema_field` in ninja/orm/fields.py, all of django-ninja 1.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import consumption, querysets
from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.forms import shown_by
from async_audit.effects.kinds import Category, Effect, Kind
from async_audit.effects.values import (
    NONE,
    Actual,
    Bound,
    Collection,
    Const,
    DictOf,
    Instance,
    Manager,
    Method,
    ModelInstance,
    QuerySet,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.project.decorator_names import decorator_name
from async_audit.project.orm import Relation
from async_audit.syntax.facts import (
    Attribute,
    Call,
    Declare,
    Define,
    DictDisplay,
    Expr,
    FunctionFacts,
    Literal,
    Name,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

SCHEMA = "ninja.Schema"
_OK = 200
_DEEPEST = 3
_REMEDY = "load what the schema shows before it is returned, or return it from `sync_to_async`"


@dataclass(frozen=True, slots=True)
class Operation:
    """A decorator that makes a function an operation, and whether `@paginate` fetches its rows before."""

    decorator: Call
    is_paginated: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A field of a schema: where its value comes from, the schemas below it, who resolves it."""

    source: str
    schema: Value
    resolver: str


def validate(evaluation: Evaluation, result: Value, expr: Expr) -> None:
    """Note that to validate what the function returns at `expr` queries, if it is such an operation."""
    facts = evaluation.scope.facts
    if not facts.is_async or not facts.decorators or len(evaluation.scopes) > 1:
        return
    for operation in _operations(evaluation, facts):
        answer = partial(_answer, evaluation, operation, expr)
        with evaluation.probing(), evaluation.unmuted(), evaluation.collected() as effects:
            evaluation.each(result, answer)
        evaluation.note([_explained(effect) for effect in effects if effect.kind is Kind.QUERIES])


def make(evaluation: Evaluation, cls: str, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """An instance of a schema that `from_orm` or `model_validate` makes of an object: it reads it at once."""
    made = Instance(cls, evaluation.make((expr.end, "schema")))
    if not actuals:
        return made
    with evaluation.probing(), evaluation.unmuted(), evaluation.collected() as effects:
        _show(evaluation, made, actuals[0].value, Name(expr.start, expr.end, "object"), 0)
    callee = evaluation.spelled(getattr(expr, "function", expr))
    evaluation.note([_explained(effect, f"`{callee}`") for effect in effects if effect.kind is Kind.QUERIES])
    return made


def _explained(effect: Effect, who: str = "ninja") -> Effect:
    if effect.witness:
        return replace(effect, via=f"{effect.via}, which the response schema shows,")
    what = "validates what is returned" if who == "ninja" else "reads what the schema shows"
    subject = f"{who} {what}: {effect.subject}"
    kept = effect.category is Category.LAZY_RESULT_OF_HOP
    return replace(effect, subject=subject, remedy=effect.remedy if kept else _REMEDY)


def _operations(evaluation: Evaluation, facts: FunctionFacts) -> Iterator[Operation]:
    """What makes a function an operation of ninja.

    With another decorator below it it may get something else than what the function returns.
    """
    is_paginated = False
    specials = evaluation.program.catalogue.specials
    for decorator in reversed(facts.decorators):
        name = decorator_name(evaluation.program, evaluation.path, decorator)
        means = specials.get(name, "")
        if means == "paginates" and not (isinstance(decorator, Call) and decorator.arguments):
            is_paginated = True
        elif means == "operation-decorator" and isinstance(decorator, Call):
            if name.partition(".")[0] == "ninja":
                yield Operation(decorator, is_paginated)
        else:
            return


def _answer(evaluation: Evaluation, operation: Operation, expr: Expr, result: Value) -> Value:
    status, body = _status_and_body(evaluation, result)
    schema = _schema_of(evaluation, operation.decorator, status)
    if promised(schema) and schema != NONE:
        if operation.is_paginated and isinstance(body, QuerySet):
            body = Collection("list", querysets.element(body, (expr.end, "page")))
        _show(evaluation, schema, body, Name(expr.start, expr.end, "response"), 0)
    return NONE


def _status_and_body(evaluation: Evaluation, result: Value) -> tuple[object, Value]:
    """What is answered with, and its status: `None` where none is told."""
    match result:
        case TupleOf(items=(Const(value=int(status)), body), kind="tuple"):
            return status, body
        case Instance(cls=cls, parts=(Const(value=int(status)), body)) if (
            evaluation.program.catalogue.specials.get(cls) == "status-and-body"
        ):
            return status, body
        case _:
            return None, result


def _schema_of(evaluation: Evaluation, decorator: Call, status: object) -> Value:
    """The value that a response with that status has by the operation's `response=`."""
    given = [argument.value for argument in decorator.arguments if argument.keyword == "response"]
    if not given:
        return UNTYPED
    if not isinstance(given[0], DictDisplay):
        return annotated(evaluation, given[0]) if status in {None, _OK} else UNTYPED
    by_status = {
        key.value: schema
        for key, schema in given[0].items
        if isinstance(key, Literal) and isinstance(key.value, int)
    }
    if status is None:
        status = next(iter(by_status)) if len(given[0].items) == 1 and by_status else _OK
    wanted = by_status.get(status) if isinstance(status, int) else None
    return UNTYPED if wanted is None else annotated(evaluation, wanted)


def _show(evaluation: Evaluation, schema: Value, value: Value, expr: Expr, depth: int) -> None:
    """Read what a schema shows of a value; `expr` names the value in messages."""
    evaluation.each(value, lambda member: _show_member(evaluation, schema, member, expr, depth))


def _show_member(evaluation: Evaluation, schema: Value, value: Value, expr: Expr, depth: int) -> Value:
    match value:
        case Manager():
            rows = evaluation.call_method(value, "all", (), expr)
            _show(evaluation, schema, rows, expr, depth)
        case QuerySet():
            row = consumption.iterate(evaluation, value, expr, "turns it into a list")
            _show(evaluation, _below(schema), row, expr, depth)
        case Collection() | TupleOf():
            _show(evaluation, _below(schema), consumption.element(value), expr, depth)
        case Bound() | Method() if depth:
            _show(evaluation, schema, evaluation.call(value, (), expr), expr, depth)
        case ModelInstance() | DictOf():
            known = [member for member in alternatives(schema) if _is_schema(evaluation, member)]
            # Of several schemas the first that fits is taken, and the others may be left unread.
            if len(known) == 1 and isinstance(known[0], Instance) and depth < _DEEPEST:
                _show_fields(evaluation, known[0].cls, value, expr, depth)
        case _:
            pass
    return NONE


def _below(schema: Value) -> Value:
    """The schema of what a list of that schema holds."""
    return join(member.element for member in alternatives(schema) if isinstance(member, Collection))


def _is_schema(evaluation: Evaluation, value: Value) -> bool:
    return isinstance(value, Instance) and evaluation.program.classes.derives(value.cls, SCHEMA)


def _show_fields(
    evaluation: Evaluation, cls: str, value: ModelInstance | DictOf, expr: Expr, depth: int
) -> None:
    short = value.model.rpartition(".")[2].lower() if isinstance(value, ModelInstance) else ""
    owner = Name(expr.start, expr.end, short) if short else expr
    for shown in _fields(evaluation, cls):
        if shown.resolver:
            evaluation.call_method(Instance(cls), shown.resolver, (Actual(value),), owner)
            continue
        read: Value = value
        place = owner
        for name in shown.source.split("."):
            place = Attribute(expr.start, expr.end, place, name)
            read = _read(evaluation, read, name, place)
        _show(evaluation, shown.schema, read, place, depth + 1)


def _read(evaluation: Evaluation, value: Value, name: str, place: Expr) -> Value:
    match value:
        case DictOf(items=items):
            return dict(items).get(name, UNTYPED)
        case ModelInstance():
            return evaluation.attribute(value, name, place)
        case _:
            return UNTYPED


def _fields(evaluation: Evaluation, cls: str) -> tuple[Shown, ...]:
    """The fields of a schema class: those of its model, then those that it and its bases declare."""
    classes = evaluation.program.classes
    found = {
        item.name: Shown(item.name, UNTYPED, "")
        for item in shown_by(evaluation, cls).fields
        # Of a foreign key its column is shown.
        if item.relation in {Relation.PLAIN, Relation.MANY_TO_MANY}
    }
    for current in reversed(classes.order(cls)):
        owner = classes.get(current)
        if owner is None:
            continue
        inside = evaluation.summaries.evaluation(owner.path)
        for name, statement in owner.members.items():
            if isinstance(statement, Declare) and name != "model_config" and not name.startswith("_"):
                found[name] = Shown(_source(statement, name), annotated(inside, statement.annotation), "")
        for name, statement in owner.members.items():
            resolved = name.removeprefix("resolve_")
            if isinstance(statement, Define) and resolved != name and resolved in found:
                found[resolved] = Shown(resolved, UNTYPED, name)
    return tuple(found.values())


def _source(statement: Declare, name: str) -> str:
    """Where a field comes from: the `alias` of its `Field(…)`, or its own name."""
    if isinstance(statement.value, Call):
        for argument in statement.value.arguments:
            alias = argument.value
            if argument.keyword in {"alias", "validation_alias"}:
                return alias.value if isinstance(alias, Literal) and isinstance(alias.value, str) else name
    return name
