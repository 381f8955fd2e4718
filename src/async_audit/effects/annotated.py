"""From an annotation to the value that something annotated with it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.values import (
    NEVER,
    NONE,
    NOWHERE,
    Awaitable,
    AwaitKind,
    ClassObject,
    Collection,
    DictOf,
    External,
    Instance,
    Lazy,
    Manager,
    ModelInstance,
    Origin,
    Provenance,
    QuerySet,
    TupleOf,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.project.orm import MANAGER, QUERYSET
from async_audit.syntax.annotations import parse_annotation
from async_audit.syntax.facts import Display, Expr, Literal, Operation, Subscript

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.project.program import Program

UNTYPED = Unknown("no annotation")

_SEQUENCES = {
    "list": "list",
    "List": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Collection": "list",
    "set": "set",
    "Set": "set",
    "frozenset": "set",
    "FrozenSet": "set",
    "deque": "list",
}
_ITERABLES = {"Iterable", "Iterator", "Generator"}
_ASYNC_ITERABLES = {"AsyncIterable", "AsyncIterator", "AsyncGenerator"}
_AWAITABLES = {"Awaitable", "Coroutine"}
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"}
_WRAPPERS = {"Annotated", "Final", "ClassVar", "Required", "NotRequired", "Self", "ReadOnly"}


def annotated(evaluation: Evaluation, expr: Expr, origin: Origin = NOWHERE, depth: int = 0) -> Value:
    """The value that the annotation `expr` promises; `Unknown` where it is not understood."""
    if depth > 8:
        return Unknown("deep annotation")
    match expr:
        case Literal(value=None):
            return NONE
        case Literal(value=str(text)):
            parsed = parse_annotation(text)
            return UNTYPED if parsed is None else annotated(evaluation, parsed, origin, depth + 1)
        case Operation(operators=("|",), operands=operands):
            return join(annotated(evaluation, operand, origin, depth + 1) for operand in operands)
        case Subscript(value=value, index=index):
            return _subscripted(evaluation, value, index, origin, depth)
        case _:
            named = evaluation.quietly(expr)
            return join(_instance(evaluation.program, cls, origin) for cls in alternatives(named) or (named,))


def _arguments(index: Expr) -> tuple[Expr, ...]:
    return index.items if isinstance(index, Display) and index.kind == "tuple" else (index,)


def _subscripted(evaluation: Evaluation, value: Expr, index: Expr, origin: Origin, depth: int) -> Value:
    arguments = _arguments(index)
    short = str(getattr(value, "name", getattr(value, "id", "")))

    def argument(position: int) -> Value:
        if position >= len(arguments):
            return UNTYPED
        return annotated(
            evaluation, arguments[position], (*origin, position) if origin else origin, depth + 1
        )

    if short == "Optional":
        return join((argument(0), NONE))
    if short == "Union":
        return join(argument(position) for position in range(len(arguments)))
    if short in _WRAPPERS:
        return argument(0)
    if short in _SEQUENCES:
        return Collection(_SEQUENCES[short], argument(0), origin)
    if short in {"tuple", "Tuple"}:
        if len(arguments) == 2 and getattr(arguments[1], "id", "") == "Ellipsis":
            return Collection("tuple", argument(0), origin)
        return TupleOf(tuple(argument(position) for position in range(len(arguments))), "tuple", origin)
    if short in _ITERABLES:
        return Unknown("an iterable of a kind that is not known")
    if short in _ASYNC_ITERABLES:
        return Lazy(argument(0), is_async=True)
    if short in _AWAITABLES:
        return Awaitable(argument(len(arguments) - 1), "awaitable", AwaitKind.UNKNOWN, origin)
    if short in _MAPPINGS:
        return DictOf((), argument(1), origin)
    if short in {"type", "Type"}:
        named = evaluation.quietly(arguments[0])
        return named if isinstance(named, ClassObject) else Unknown("a class that is not known")
    base = annotated(evaluation, value, origin, depth + 1)
    if isinstance(base, QuerySet | Manager) and not base.model:
        item = argument(0)
        if isinstance(item, ModelInstance):
            return replace(base, model=item.model, origin=origin)
    return base


def _instance(program: Program, cls: Value, origin: Origin) -> Value:
    match cls:
        case ClassObject(name=name):
            return instance_value(program, name, origin)
        case External(name=name):
            return instance_value(program, program.catalogue.canonical(name), origin)
        case _:
            return UNTYPED


_PLAIN = {
    "builtins.list": "list",
    "builtins.set": "set",
    "builtins.tuple": "tuple",
    "builtins.frozenset": "set",
}


def instance_value(program: Program, name: str, origin: Origin, *, given: bool = True) -> Value:
    """An instance of the class of that name: a model's instance, a manager, a queryset, or any other."""
    if name in _PLAIN:
        return Collection(_PLAIN[name], Unknown("an element of unknown type"), origin)
    if name == "builtins.dict":
        return DictOf((), Unknown("an element of unknown type"), origin)
    if name in {"typing.Any", "builtins.object", "typing.Callable", "collections.abc.Callable"}:
        return UNTYPED
    if name == "django.contrib.auth.get_user_model()":
        name = program.models.user_model
    classes = program.classes
    if program.models.is_model(name):
        how = Provenance.GIVEN if given else Provenance.FRESH
        return ModelInstance(name, origin, provenance=how)
    if classes.derives(name, QUERYSET):
        return QuerySet("", (name,), origin, given=True)
    if classes.derives(name, MANAGER):
        return Manager("", (name,), origin)
    cls = classes.get(name)
    if cls is None and not _is_type_name(program, name):
        return UNTYPED
    return Instance(name, origin)


def _is_type_name(program: Program, name: str) -> bool:
    """Whether a library name is surely or conventionally a class and no alias or type variable."""
    last = name.rpartition(".")[2]
    return name in program.catalogue.types or (last[:1].isupper() and len(last) > 1 and not last.isupper())


def promised(value: Value) -> bool:
    """Whether an annotation said anything that helps."""
    return not isinstance(value, Unknown) and value != NEVER
