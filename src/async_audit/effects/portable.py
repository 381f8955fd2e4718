"""Values that cross from one function into another: reduced to what can matter there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.kinds import AwaitCount
from async_audit.effects.loading import loaded_paths
from async_audit.effects.values import (
    NEVER,
    NOWHERE,
    Actual,
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
    Origin,
    Partial,
    Provenance,
    QuerySet,
    ReEntry,
    Super,
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
    join,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_DEEPEST = 4
_DEEPEST_FUNCTION = 11
"""Functions around functions, as decorators put them; `widening` keeps no more of them."""
_WIDEST_TUPLE = 12
_CALLED = frozenset({Function, Bound, Hop, ReEntry})
_IMMATERIAL = Unknown("a part that does not matter")


def portable(
    evaluation: Evaluation | None, value: Value, origin: Origin | None, depth: int = 0
) -> Value | None:
    """`value` with its heap facts written into it and a new origin (its own, where `origin` is none).

    Nothing where the value says nothing that could matter in another function: plain numbers and texts,
    what is not known, and anything nested deeper than `_DEEPEST`, or for functions than `_DEEPEST_FUNCTION`.
    """
    if depth > (_DEEPEST_FUNCTION if type(value) in _CALLED else _DEEPEST):
        return None

    def inner(part: Value, key: int | str) -> Value:
        place = None if origin is None else ((*origin, key) if origin else origin)
        reduced = portable(evaluation, part, place, depth + 1)
        return _IMMATERIAL if reduced is None else reduced

    def callee(part: Value) -> Value:
        reduced = portable(evaluation, part, NOWHERE, depth + 1)
        return _IMMATERIAL if reduced is None else reduced

    match value:
        case Const(value=constant):
            return value if constant is None or isinstance(constant, bool) else None
        case Unknown() | Never():
            return value if origin is None else None
        case ModuleObject() | ClassObject() | External():
            return value
        case LazyUser():
            if _known(evaluation, value.request, "user loaded"):
                place = (*value.request, "user") if origin is None else origin
                return ModelInstance(value.model, place, provenance=Provenance.GIVEN)
            return value if origin is None else replace(value, request=(*origin, "request"))
        case Super():
            return None
        case Method(receiver=receiver, owner="queryset" | "related" | "instance") if origin is not None:
            kept_receiver = portable(evaluation, receiver, origin, depth + 1)
            return None if kept_receiver is None else replace(value, receiver=kept_receiver)
        case Method():
            return None
        case Instance():
            return _instance(evaluation, value, origin, depth)
        case ModelInstance():
            return _model_instance(evaluation, value, origin)
        case QuerySet():
            fetched = value.prefetched or _known(evaluation, value.origin, "evaluated")
            return replace(value, prefetched=fetched, origin=value.origin if origin is None else origin)
        case Manager():
            return replace(value, origin=value.origin if origin is None else origin)
        case Function():
            captured = tuple((name, callee(part)) for name, part in value.captured)
            return replace(value, frame=0, captured=captured)
        case Bound(function=function, receiver=receiver):
            kept = callee(function)
            return Bound(kept, callee(receiver)) if isinstance(kept, Function) else None
        case Partial(function=function, actuals=actuals):
            return Partial(
                callee(function), tuple(replace(actual, value=callee(actual.value)) for actual in actuals)
            )
        case Hop(function=function):
            return replace(value, function=callee(function))
        case ReEntry(function=function):
            return ReEntry(callee(function))
        case Awaitable(result=result):
            from async_audit.effects.awaiting import awaits_of  # mutual recursion

            return replace(
                value,
                result=inner(result, "result"),
                context=None,
                waits=_bare(
                    value.waits
                    if evaluation is None or value.context is None
                    else awaits_of(evaluation, value)
                ),
                origin=value.origin if origin is None else origin,
            )
        case Collection(element=element):
            return replace(
                value, element=inner(element, "[]"), origin=value.origin if origin is None else origin
            )
        case TupleOf(items=items):
            parts = tuple(inner(item, index) for index, item in enumerate(items[:_WIDEST_TUPLE]))
            return replace(value, items=parts, origin=value.origin if origin is None else origin)
        case DictOf(items=items, rest=rest):
            pairs = tuple((key, inner(item, key)) for key, item in items[:_WIDEST_TUPLE])
            keys = NEVER if type(value.keys) is Never else inner(value.keys, "{:}")
            others = rest if type(rest) is Never else inner(rest, "{}")
            return DictOf(pairs, others, value.origin if origin is None else origin, keys)
        case Lazy():
            return Lazy(
                inner(value.element, "[]"),
                tuple(inner(source, index) for index, source in enumerate(value.sources)),
                None if value.mapper is None else callee(value.mapper),
                value.keeps_elements,
                value.generator
                if value.generator is None
                else replace(
                    value.generator,
                    function=replace(value.generator.function, frame=0),
                    actuals=tuple(
                        Actual(callee(actual.value), actual.keyword, actual.spread)
                        for actual in value.generator.actuals
                    ),
                ),
                value.is_async,
                waits=None if value.waits is None else _bare(value.waits),
                pending=value.pending,
            )
        case Union(members=members):
            parts_or_none = [portable(evaluation, member, origin, depth + 1) for member in members]
            known = [part for part in parts_or_none if part is not None]
            if not known:
                return None
            if len(known) < len(members):
                known.append(_IMMATERIAL)
            return join(known)


def _bare(waits: tuple[AwaitCount, ...]) -> tuple[AwaitCount, ...]:
    """Where the awaits are makes no other kind of call."""
    return tuple(count.bare for count in waits)


def _known(evaluation: Evaluation | None, origin: Origin, fact: str) -> bool:
    return evaluation is not None and evaluation.state.known(origin, fact) is not None


def _instance(
    evaluation: Evaluation | None, value: Instance, origin: Origin | None, depth: int
) -> Value | None:
    if origin is not None and value.cls.startswith("builtins."):
        return value if value.cls == "builtins.slice" else None
    parts = value.parts
    if _known(evaluation, value.origin, "user loaded"):
        parts = (*parts, Const("user loaded"))
    if _known(evaluation, (*value.origin, "session"), "loaded") or _known(evaluation, value.origin, "loaded"):
        parts = (*parts, Const("session loaded"))
    return Instance(
        value.cls,
        value.origin if origin is None else origin,
        parts if len(parts) < 4 else (),
        _held(evaluation, value, origin, depth),
    )


def _held(
    evaluation: Evaluation | None, value: Instance, origin: Origin | None, depth: int
) -> tuple[tuple[str, Value], ...]:
    """The attributes that were assigned to the instance and say something."""
    held = dict(value.held)
    facts = evaluation.state.heap.get(value.origin, {}) if evaluation is not None else {}
    if depth > 1:
        return ()
    for fact, content in facts.items():
        if fact.startswith("."):
            place = None if origin is None else ((*origin, fact) if origin else origin)
            reduced = portable(evaluation, content, place, depth + 2)
            if reduced is not None and any(
                isinstance(member, _WORTH_HOLDING) for member in alternatives(reduced)
            ):
                held[fact[1:]] = reduced
    return tuple(sorted(held.items(), key=lambda item: item[0]))


_WORTH_HOLDING = (
    ModelInstance
    | QuerySet
    | Manager
    | Function
    | Bound
    | Hop
    | Instance
    | Collection
    | ClassObject
    | LazyUser
)


def _model_instance(
    evaluation: Evaluation | None, value: ModelInstance, origin: Origin | None
) -> ModelInstance:
    loaded = value.loaded if evaluation is None else loaded_paths(evaluation, value)
    return replace(value, loaded=loaded, origin=value.origin if origin is None else origin)


def informative(value: Value) -> bool:
    """Whether a reduced argument tells the called function anything."""
    match value:
        case Unknown() | Never():
            return False
        case Collection(element=element):
            return informative(element)
        case TupleOf(items=items):
            return not items or any(informative(item) for item in items)
        case DictOf(items=items, rest=rest, keys=keys):
            return informative(rest) or informative(keys) or any(informative(item) for _, item in items)
        case Union(members=members):
            return any(informative(member) for member in members)
        case Lazy(element=element, sources=sources):
            works = value.generator is not None or value.waits is not None or bool(value.pending)
            return works or informative(element) or any(map(informative, sources))
        case _:
            return True
