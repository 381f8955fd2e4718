"""Methods of lists, dictionaries, strings and iterators: what they consume and give."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import consumption, forgotten, operators
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import (
    FILLED,
    NEVER,
    NONE,
    STRING,
    Actual,
    Collection,
    Const,
    DictOf,
    Instance,
    Lazy,
    Method,
    ModelInstance,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import Attribute, Call, Expr, Name, Subscript

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a method of a built-in container or string."""
    receiver = method.receiver
    first = actuals[0].value if actuals else None
    match method.name:
        case "update" if isinstance(receiver, DictOf):
            return _updated(evaluation, receiver, actuals, expr)
        case "extend" | "update" | "union" | "difference" | "intersection" | "extendleft" if (
            first is not None
        ):
            added = consumption.iterate(evaluation, first, expr, "extends a collection with it")
            return _grown(evaluation, receiver, added, expr)
        case "append" | "add" | "appendleft" if first is not None:
            return _grown(evaluation, receiver, first, expr)
        case "insert" if len(actuals) > 1:
            return _grown(evaluation, receiver, actuals[1].value, expr)
        case "join" if first is not None:
            consumption.text(evaluation, consumption.iterate(evaluation, first, expr, "joins its rows"), expr)
            return STRING
        case "format":
            _format(evaluation, receiver, actuals, expr)
            return STRING
        case "sort":
            _sort(evaluation, receiver, actuals, expr)
            return NONE
        case "pop" | "popleft" | "__getitem__" if isinstance(receiver, Collection | TupleOf):
            return consumption.element(receiver)
        case "copy":
            return receiver
        case "get" | "pop" | "setdefault" if isinstance(receiver, DictOf):
            return _entry(receiver, actuals)
        case "values" if isinstance(receiver, DictOf):
            return Collection("list", join((*(value for _, value in receiver.items), receiver.rest)))
        case "items" if isinstance(receiver, DictOf):
            inner = join((*(value for _, value in receiver.items), receiver.rest))
            return Collection("list", TupleOf((consumption.element(receiver), inner)))
        case "keys" if isinstance(receiver, DictOf):
            return Collection("list", consumption.element(receiver))
        case "__anext__" if isinstance(receiver, Lazy):
            return UNTYPED
        case _:
            return STRING if isinstance(receiver, Const) else UNTYPED


def _format(evaluation: Evaluation, receiver: Value, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """`text.format(…)` shows what its fields name: an argument, or an attribute of one."""
    fields = (
        _fields(receiver.value) if isinstance(receiver, Const) and isinstance(receiver.value, str) else None
    )
    if fields is None:
        for actual in actuals:
            consumption.text(evaluation, actual.value, expr)
        return
    positional = [actual.value for actual in actuals if not actual.keyword]
    named = {actual.keyword: actual.value for actual in actuals if actual.keyword}
    for number, field in enumerate(fields):
        first, *attributes = field.split(".")
        position = int(first) if first.isdigit() else number
        value = named.get(first, positional[position] if position < len(positional) else UNTYPED)
        for attribute in attributes:
            value = evaluation.attribute(value, attribute, expr)
        consumption.text(evaluation, value, expr)


def _fields(text: str) -> list[str] | None:
    """The fields of a format, such as `0` or `course.title`; nothing where one is indexed or malformed."""
    try:
        found = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    return None if any("[" in name for name in found) else found


def _entry(receiver: DictOf, actuals: tuple[Actual, ...]) -> Value:
    key = actuals[0].value if actuals else UNTYPED
    known = dict(receiver.items)
    if isinstance(key, Const) and isinstance(key.value, str) and key.value in known:
        return known[key.value]
    default = actuals[1].value if len(actuals) > 1 else NONE
    if not known and receiver.rest == NEVER and receiver.origin[:1] not in {(), ("param",)}:
        return join((FILLED, default))
    return join((receiver.rest, *known.values(), default))


def _grown(evaluation: Evaluation, receiver: Value, added: Value, expr: Expr) -> Value:
    """The list under a variable now also holds `added`; or that under a key of its dictionary."""
    target = expr.function.value if isinstance(expr, Call) and isinstance(expr.function, Attribute) else None
    if isinstance(receiver, Collection | TupleOf) and isinstance(target, Name):
        inner = join((consumption.element(receiver), added))
        evaluation.bind(target.id, Collection(receiver.kind, inner, receiver.origin))
    elif target is not None:
        _grow_entry(evaluation, receiver, added, target)
    return NONE


def _grow_entry(evaluation: Evaluation, receiver: Value, added: Value, target: Expr) -> None:
    """`groups[key].append(added)` and `groups.setdefault(key, []).append(added)`."""
    match target:
        case Subscript(value=Name(id=name), index=index):
            key = key_of(evaluation.quietly(index))
        case Call(function=Attribute(value=Name(id=name), name="setdefault"), arguments=[first, *_]):
            key = key_of(evaluation.quietly(first.value))
        case _:
            return
    owner = evaluation.name(name)
    if isinstance(owner, DictOf):
        kind = receiver.kind if isinstance(receiver, Collection | TupleOf) else "list"
        known = consumption.element(receiver) if isinstance(receiver, Collection | TupleOf) else NEVER
        rest = join((owner.rest, Collection(kind, join((known, added)))))
        evaluation.bind(name, replace(owner, rest=rest, keys=join((owner.keys, key))))


def key_of(value: Value) -> Value:
    """A key as a dictionary remembers it; nothing of a text or a number, which leads nowhere."""
    return join(
        member
        for member in alternatives(value)
        if isinstance(member, ModelInstance)
        or (isinstance(member, Instance) and not member.cls.startswith("builtins."))
    )


def _updated(evaluation: Evaluation, receiver: DictOf, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """The dictionary under a variable also holds what it is given: keywords as they are, pairs one by one."""
    known, rest = dict(receiver.items), receiver.rest
    for actual in actuals:
        match actual:
            case Actual(keyword=name, value=value) if name:
                known[name] = value
            case Actual(value=DictOf(items=items, rest=others)):
                known.update(items)
                rest = join((rest, others))
            case Actual(value=pairs):
                consumption.iterate(evaluation, pairs, expr, "adds its rows to a dictionary")
                rest = join((rest, UNTYPED))
    target = expr.function.value if isinstance(expr, Call) and isinstance(expr.function, Attribute) else None
    if isinstance(target, Name):
        evaluation.bind(target.id, replace(receiver, items=tuple(known.items()), rest=rest))
    return NONE


def _sort(evaluation: Evaluation, receiver: Value, actuals: tuple[Actual, ...], expr: Expr) -> None:
    inner = consumption.element(receiver)
    keys = [actual.value for actual in actuals if actual.keyword == "key"]
    for key in keys:
        forgotten.check_key(evaluation, evaluation.call(key, (Actual(inner),), expr), expr)
    if not keys:
        operators.ordering(evaluation, inner, expr)
