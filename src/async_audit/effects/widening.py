"""How far values may nest: what a loop or a row of assignments builds on itself would double with each step.

A value that is kept under a name or in an attribute, and that has grown beyond the bounds, becomes unknown.
What crosses from one function into another is bounded more tightly, by `portable`; of what is possible on
several paths `join` keeps a few.
"""

from __future__ import annotations

from itertools import chain

from async_audit.effects.values import (
    Awaitable,
    Bound,
    ClassObject,
    Collection,
    Const,
    DictOf,
    External,
    Function,
    Hop,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    Method,
    ModelInstance,
    ModuleObject,
    Never,
    Partial,
    QuerySet,
    ReEntry,
    TupleOf,
    Union,
    Unknown,
    Value,
)

DEEPEST = 12
"""Values within values."""
LARGEST = 5_000
"""Values that are parts of one."""

_GROWN = Unknown("a value that is nested too deeply")


def bounded(value: Value) -> Value:
    """`value`, or an unknown one in the place of one that is too deep or too large."""
    level = _parts(value)
    if not level:
        return value
    size = 0
    for _ in range(DEEPEST):
        size += len(level)
        if size > LARGEST:
            return _GROWN
        level = tuple(chain.from_iterable(map(_parts, level)))
        if not level:
            return value
    return _GROWN


_SINGLE = frozenset(
    {Unknown, Never, Const, External, ModuleObject, ModelInstance, Manager, QuerySet, LazyUser}
)
"""Values that have no others in them: most of those that are asked for."""


def _parts(value: Value) -> tuple[Value, ...]:
    """The values that a value is directly made of."""
    if type(value) in _SINGLE:
        return ()
    match value:
        case TupleOf(items=items):
            return items
        case Union(members=members):
            return members
        case Collection(element=element):
            return (element,)
        case DictOf(items=items, rest=rest, keys=keys):
            return (*(item for _, item in items), rest, keys)
        case Instance(parts=parts, held=held) if parts or held:
            return (*parts, *(content for _, content in held))
        case ClassObject(arguments=arguments):
            return arguments
        case Function(captured=captured) if captured:
            return tuple(content for _, content in captured)
        case Bound(function=function, receiver=receiver):
            return (function, receiver)
        case Method(receiver=receiver):
            return (receiver,)
        case Partial(function=function, actuals=actuals):
            return (function, *(actual.value for actual in actuals))
        case Hop(function=function) | ReEntry(function=function):
            return (function,)
        case Awaitable(result=result, context=context):
            called = (context.function, *(actual.value for actual in context.actuals)) if context else ()
            return (result, *called)
        case Lazy(element=element, sources=sources, mapper=mapper):
            return (element, *sources, *(() if mapper is None else (mapper,)))
        case _:
            return ()
