"""Assignment: names, attributes, items and unpacking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import consumption, forgotten, operators
from async_audit.effects.annotated import annotated, promised
from async_audit.effects.containers import key_of
from async_audit.effects.values import (
    Actual,
    Awaitable,
    Collection,
    DictOf,
    Instance,
    Method,
    ModelInstance,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.effects.written_attributes import set_attribute
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Declare,
    Display,
    Expr,
    Name,
    Starred,
    Subscript,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def run_assign(evaluation: Evaluation, statement: Assign) -> None:
    """Run `targets = value`, augmented or not."""
    if statement.operator:
        _run_augmented(evaluation, statement)
        return
    value = evaluation.evaluate(statement.value)
    forgotten.check(evaluation, statement, value)
    for target in statement.targets:
        assign(evaluation, target, value)


def _run_augmented(evaluation: Evaluation, statement: Assign) -> None:
    target = statement.targets[0]
    before = evaluation.evaluate(target)
    value = evaluation.evaluate(statement.value)
    if statement.operator == "+" and isinstance(before, Collection | TupleOf):
        added = consumption.iterate(evaluation, value, statement.value, "extends a list with it")
        both = join((consumption.element(before), added))
        value = Collection(before.kind, both, before.origin)
    elif isinstance(before, Instance | ModelInstance):
        found = operators.augmented(evaluation, statement.operator, before, value, target)
        value = found if found is not None else before
    assign(evaluation, target, value)


def run_declare(evaluation: Evaluation, statement: Declare) -> None:
    """Run `target: annotation = value`; without a value the annotation counts."""
    if statement.value is None:
        declared = annotated(evaluation, statement.annotation, (statement.end, "declared"))
        match statement.target:
            case Name(id=name) if evaluation.scopes and promised(declared):
                evaluation.bind(name, declared)
            case Attribute(value=Name() as owner, name=name) if promised(declared):
                _note_write(evaluation, evaluation.evaluate(owner), name, declared)
            case _:
                pass
        return
    value = evaluation.evaluate(statement.value)
    # Of an attribute that no table knows its annotation says more.
    if not promised(value) or isinstance(value, Method):
        declared = annotated(evaluation, statement.annotation, (statement.end, "declared"))
        value = declared if promised(declared) else value
    assign(evaluation, statement.target, value)


def _note_write(evaluation: Evaluation, receiver: Value, name: str, value: Value) -> None:
    """What a method assigns to an attribute of its object, the other methods may find there."""
    if getattr(receiver, "origin", ()) == ("param", "self"):
        evaluation.attribute_writes.setdefault(name, []).append(value)


def assign(evaluation: Evaluation, target: Expr, value: Value) -> None:
    """`target = value`."""
    match target:
        case Name(id=name):
            evaluation.bind(name, value)
        case Attribute(value=owner, name=name):
            receiver = evaluation.evaluate(owner)
            _note_write(evaluation, receiver, name, value)
            if isinstance(receiver, ModelInstance) and _is_relation(evaluation, receiver.model, name):
                forgotten.check_given(evaluation, (Actual(value, name),), target)
            set_attribute(evaluation, receiver, name, value, target)
        case Subscript(value=owner, index=index):
            _assign_item(evaluation, target, evaluation.evaluate(owner), evaluation.evaluate(index), value)
        case Display(items=items):
            _unpack(evaluation, items, value, target)
        case Starred(value=inner):
            assign(evaluation, inner, value)
        case _:
            return


def _is_relation(evaluation: Evaluation, model: str, name: str) -> bool:
    field = evaluation.program.models.attribute(model, name)
    return field is not None and bool(field.target)


def _assign_item(evaluation: Evaluation, target: Subscript, owner: Value, key: Value, value: Value) -> None:
    from async_audit.effects import requests

    owner_name = target.value.id if isinstance(target.value, Name) else ""
    match owner:
        case Awaitable():
            consumption.missing_await(evaluation, owner, target, "given an item")
        case Instance() if requests.is_session(evaluation, owner):
            requests.use_session(evaluation, owner, target, "[…]")
        case Collection() if owner_name:
            joined_element = join((owner.element, value))
            evaluation.bind(owner_name, Collection(owner.kind, joined_element, owner.origin))
        case DictOf() if owner_name:
            constant = getattr(key, "value", None)
            if isinstance(constant, str):
                pairs = {**dict(owner.items), constant: value}
                evaluation.bind(owner_name, replace(owner, items=tuple(pairs.items())))
            else:
                rest, keys = join((owner.rest, value)), join((owner.keys, key_of(key)))
                evaluation.bind(owner_name, replace(owner, rest=rest, keys=keys))
        case Instance() if evaluation.program.classes.member(owner.cls, "__setitem__") is not None:
            evaluation.call_method(owner, "__setitem__", (Actual(key), Actual(value)), target)
        case _:
            return


def _unpack(evaluation: Evaluation, items: tuple[Expr, ...], value: Value, target: Expr) -> None:
    starred = next((index for index, item in enumerate(items) if isinstance(item, Starred)), None)
    members = alternatives(value)
    if (
        starred is None
        and members
        and all(isinstance(member, TupleOf) and len(member.items) == len(items) for member in members)
    ):
        for index, item in enumerate(items):
            assign(evaluation, item, join(getattr(member, "items")[index] for member in members))  # noqa: B009
        return
    inner = consumption.iterate(evaluation, value, target, "unpacks it")
    for item in items:
        if isinstance(item, Starred):
            assign(evaluation, item.value, Collection("list", inner))
        else:
            assign(evaluation, item, inner)
