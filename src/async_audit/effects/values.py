"""Abstract values: what an expression may be, as far as this project and its libraries are known.

A value is frozen and hashable. Its class is one of msgspec, so that it is made, compared and hashed at the
speed of C. What changes while a program runs (a queryset that has been evaluated, a relation that has been
loaded) is kept apart in the heap of `state.py`, under the value's `origin`.

`Unknown` is an answer with a reason; `Never` is the value of what does not return (or is not known yet
inside a cycle of calls). `Union` joins at most `WIDEST` alternatives and becomes `Unknown` beyond.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from async_audit.effects.kinds import AwaitCount, Effect
from async_audit.syntax.facts import Comprehension, Constant, FunctionFacts

WIDEST = 8
"""Alternatives that a union keeps; more are rare in real code and cost time at each use."""

Origin: TypeAlias = "tuple[int | str, ...]"
"""Where in the evaluated function a value came into being; the key of its state in the heap."""

NOWHERE: Origin = ()

CONTEXT_VARIABLE = "the value of a context variable"
"""Why the result of `ContextVar.get` is not known."""


class Unknown(Struct, frozen=True, cache_hash=True, gc=False):
    """Not known, for this reason."""

    reason: str


class Never(Struct, frozen=True, cache_hash=True, gc=False):
    """No value comes back."""


class Const(Struct, frozen=True, cache_hash=True, gc=False):
    """A constant of the source."""

    value: Constant


class ModuleObject(Struct, frozen=True, cache_hash=True, gc=False):
    """A module, of the project or not."""

    name: str


class ClassObject(Struct, frozen=True, cache_hash=True, gc=False):
    """A class itself, by qualified name, with its type arguments where it was subscripted."""

    name: str
    arguments: tuple[Value, ...] = ()


class Instance(Struct, frozen=True, cache_hash=True, gc=False):
    """An instance of a class that is not a model. `parts` are what the instance was made from, if known.

    `held` are attributes that were known where it was passed on to another function.
    """

    cls: str
    origin: Origin = NOWHERE
    parts: tuple[Value, ...] = ()
    held: tuple[tuple[str, Value], ...] = ()


class Provenance(enum.Enum):
    """How a model instance came into being, which decides what is surely not loaded.

    A `HELD` one was put into an attribute or narrowed from something unknown: nothing is known of what it
    has loaded, and nothing is said.
    """

    FETCHED = "fetched"
    FRESH = "fresh"
    GIVEN = "given"
    HELD = "held"


class ModelInstance(Struct, frozen=True, cache_hash=True, gc=False):
    """An instance of a model. `loaded` and `deferred` are lookup paths (`author`, `author__profile`)."""

    model: str
    origin: Origin = NOWHERE
    loaded: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    provenance: Provenance = Provenance.FETCHED


class Manager(Struct, frozen=True, cache_hash=True, gc=False):
    """A manager of `model`; `classes` hold its own methods, first found first used.

    A related manager has the `parent` field under which its objects have the instance that it belongs to;
    `parents` are the paths of what that instance has loaded. `prefetched`, where the manager is known to be,
    is the set of paths below; `perhaps`: it may be, for an object that comes from elsewhere.
    """

    model: str
    classes: tuple[str, ...] = ()
    origin: Origin = NOWHERE
    related: bool = False
    parent: str = ""
    parents: frozenset[str] = frozenset()
    prefetched: frozenset[str] | None = None
    base_classes: tuple[str, ...] = ()
    perhaps: bool = False


class Shape(enum.Enum):
    """What a queryset yields."""

    INSTANCES = "instances"
    DICTS = "dicts"
    TUPLES = "tuples"
    FLAT = "flat"


class QuerySet(Struct, frozen=True, cache_hash=True, gc=False):
    """A queryset of `model`. It is unevaluated until the heap says otherwise for its origin.

    `loaded`: the paths that `select_related` and `prefetch_related` fetch. `prefetched`: evaluated by
    somebody else's `prefetch_related`. `empty`: `none()` and the like, never a query. `given`: an annotation
    tells of it, which says nothing of what its rows have loaded.
    """

    model: str
    classes: tuple[str, ...] = ()
    origin: Origin = NOWHERE
    shape: Shape = Shape.INSTANCES
    loaded: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    ordered: bool = False
    empty: bool = False
    prefetched: bool = False
    raw: bool = False
    given: bool = False
    perhaps: bool = False


class Function(Struct, frozen=True, cache_hash=True, gc=False):
    """A project function, with the variables of enclosing functions that it captured when it was made."""

    module: str
    facts: FunctionFacts
    owner: str = ""
    captured: tuple[tuple[str, Value], ...] = ()
    frame: int = 0


class Bound(Struct, frozen=True, cache_hash=True, gc=False):
    """A function bound to its first argument; `cls` is where the method was found, for `super()`."""

    function: Function
    receiver: Value


class External(Struct, frozen=True, cache_hash=True, gc=False):
    """Something of a library, by qualified name."""

    name: str


class Method(Struct, frozen=True, cache_hash=True, gc=False):
    """A method that a library gives to `receiver`; `owner` is the catalogue's or the ORM's type name."""

    receiver: Value
    owner: str
    name: str


class Actual(Struct, frozen=True, cache_hash=True, gc=False):
    """One actual argument: its value, keyword (empty: positional) and whether it was spread."""

    value: Value
    keyword: str = ""
    spread: bool = False


class Partial(Struct, frozen=True, cache_hash=True, gc=False):
    """`functools.partial`."""

    function: Value
    actuals: tuple[Actual, ...]


class Thread(enum.Enum):
    """Which thread a hop goes to."""

    REQUEST = "request"
    SHARED = "shared"


class Hop(Struct, frozen=True, cache_hash=True, gc=False):
    """A function whose call runs in a worker thread and must be awaited: the result of `sync_to_async`.

    `own_executor`: the thread is of an executor that is named.
    """

    function: Value
    thread: Thread
    own_executor: bool = False


class ReEntry(Struct, frozen=True, cache_hash=True, gc=False):
    """A coroutine function made callable from synchronous code: the result of `async_to_sync`."""

    function: Value


class AwaitKind(enum.Enum):
    """What awaiting does: suspend on real I/O, hop to a thread, run a project coroutine, or not known."""

    NETWORK = "network"
    TIMER = "timer"
    CHANNEL = "channel"
    SUBPROCESS = "subprocess"
    DATABASE = "database"
    FILE = "file"
    HOP_REQUEST = "hop on the request's thread"
    HOP_SHARED = "hop on the shared executor"
    PROJECT = "project"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class Awaitable(Struct, frozen=True, cache_hash=True, gc=False):
    """A coroutine, task or future. `what` names it in messages; `scheduled` runs without an await.

    `waits` are the awaits that running it takes, where it has no `context` to ask. `order_free`: it may run
    beside others in any order. `starts`: the work begins without an await, and its
    result asks for one all the same.
    """

    result: Value
    what: str
    kind: AwaitKind
    origin: Origin = NOWHERE
    scheduled: bool = False
    access_check: bool = False
    crosses_thread: bool = False
    waits: tuple[AwaitCount, ...] = ()
    context: ContextCall | None = None
    order_free: bool = False
    starts: bool = False


class ContextCall(Struct, frozen=True, cache_hash=True, gc=False):
    """The call of a project coroutine that has not been awaited yet, with what it was called on."""

    function: Function
    actuals: tuple[Actual, ...]


class Collection(Struct, frozen=True, cache_hash=True, gc=False):
    """A list, set, tuple, … of unknown length, by the join of its elements."""

    kind: str
    element: Value
    origin: Origin = NOWHERE


class TupleOf(Struct, frozen=True, cache_hash=True, gc=False):
    """A tuple or list whose items are known one by one."""

    items: tuple[Value, ...]
    kind: str = "tuple"
    origin: Origin = NOWHERE


class DictOf(Struct, frozen=True, cache_hash=True, gc=False):
    """A dictionary: the values under constant keys, and the join of all others.

    `keys` is the join of the keys that are objects.
    """

    items: tuple[tuple[str, Value], ...] = ()
    rest: Value = field(default_factory=Never)
    origin: Origin = NOWHERE
    keys: Value = field(default_factory=Never)


class Lazy(Struct, frozen=True, cache_hash=True, gc=False):
    """An iterator that does its work when it is consumed.

    `sources` are iterated then, `mapper` is called with each element, `generator` is run. `element` is what
    comes out where neither a mapper nor a generator decides. `pending` is what the inside of a generator
    expression does, for those who consume it elsewhere.
    """

    element: Value
    sources: tuple[Value, ...] = ()
    mapper: Value | None = None
    keeps_elements: bool = False
    generator: ContextCall | None = None
    is_async: bool = False
    comprehension: tuple[Comprehension, int] | None = None
    waits: tuple[AwaitCount, ...] | None = None
    pending: tuple[Effect, ...] = ()


class LazyUser(Struct, frozen=True, cache_hash=True, gc=False):
    """`request.user` before its first use."""

    request: Origin
    model: str


class Super(Struct, frozen=True, cache_hash=True, gc=False):
    """`super()` in a method of `cls`."""

    cls: str
    receiver: Value


class Union(Struct, frozen=True, cache_hash=True, gc=False):
    """One of several."""

    members: tuple[Value, ...]


Value: TypeAlias = (
    Unknown
    | Never
    | Const
    | ModuleObject
    | ClassObject
    | Instance
    | ModelInstance
    | Manager
    | QuerySet
    | Function
    | Bound
    | External
    | Method
    | Partial
    | Hop
    | ReEntry
    | Awaitable
    | Collection
    | TupleOf
    | DictOf
    | Lazy
    | LazyUser
    | Super
    | Union
)

TOO_MANY = Unknown("too many alternatives")
FILLED = Unknown("what a dictionary that began empty was filled with")
NEVER = Never()
NONE = Const(None)
TRUE = Const(True)  # noqa: FBT003  (the constant itself)
FALSE = Const(False)  # noqa: FBT003


def alternatives(value: Value) -> tuple[Value, ...]:
    """The members of a union, or the value alone; nothing for `Never`."""
    if type(value) is Union:
        return value.members
    return () if type(value) is Never else (value,)


def is_flag(value: Value) -> bool:
    """Whether all that a value may be is nothing, true or false: a place that holds it is set again."""
    members = alternatives(value)
    return bool(members) and all(
        isinstance(member, Const) and (member.value is None or isinstance(member.value, bool))
        for member in members
    )


def join(values: Iterable[Value]) -> Value:
    """One value that stands for any of `values`, the order of first appearance kept."""
    members: dict[Value, None] = {}
    for value in values:
        if type(value) is Union:
            members.update(dict.fromkeys(value.members))
        elif type(value) is not Never:
            members[value] = None
    if not members:
        return NEVER
    if len(members) == 1:
        return next(iter(members))
    if len(members) > WIDEST:
        return TOO_MANY
    return Union(tuple(members))


STRING = Instance("builtins.str")
INTEGER = Instance("builtins.int")
BOOLEAN = Instance("builtins.bool")
FLOAT = Instance("builtins.float")


def at_origin(value: Value, origin: Origin) -> Value:
    """`value` as it comes into being at `origin`: each stateful part gets an origin of its own below it."""
    match value:
        case Instance() | ModelInstance() | Manager() | QuerySet() | Awaitable():
            return replace(value, origin=origin)
        case Collection():
            return replace(value, element=at_origin(value.element, (*origin, "[]")), origin=origin)
        case TupleOf():
            items = tuple(at_origin(item, (*origin, index)) for index, item in enumerate(value.items))
            return replace(value, items=items, origin=origin)
        case DictOf():
            pairs = tuple((key, at_origin(item, (*origin, key))) for key, item in value.items)
            keys = at_origin(value.keys, (*origin, "{:}"))
            return DictOf(pairs, at_origin(value.rest, (*origin, "{}")), origin, keys)
        case Lazy():
            return replace(value, element=at_origin(value.element, (*origin, "[]")))
        case Union():
            return join(at_origin(member, origin) for member in value.members)
        case _:
            return value
