"""The rows of the tables: what one library name means to the analysis."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Does(enum.Enum):
    """What a call does on the thread that makes it."""

    NOTHING = "none"
    BLOCKS = "blocks"
    QUERIES = "queries"
    SUSPENDS = "suspends"
    HOPS = "hops"


@dataclass(frozen=True, slots=True)
class CallRow:
    """A function, constructor or method of a library.

    `kind` refines `does`; `returns` is the qualified type of the result (of the awaited one where
    `awaitable`). `since` and `until` bound the Django versions that have it, `twin_since` its twin.
    """

    name: str
    does: Does = Does.NOTHING
    kind: str = ""
    twin: str = ""
    returns: str = ""
    awaitable: bool = False
    since: tuple[int, int] = (0, 0)
    until: tuple[int, int] = (99, 0)
    twin_since: tuple[int, int] = (0, 0)
    source: str = ""
    special: str = ""


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """What calls a plain function that it is given at `position` or as `keyword`, and never awaits it.

    `instead` says how to run a coroutine there. `on_loop`: the event loop's own thread calls it. `gives`:
    whoever waits for it gets what the function gave.
    """

    position: int
    keyword: str
    instead: str
    on_loop: bool = False
    gives: bool = False


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A class of a library, with the canonical names of its bases."""

    name: str
    bases: tuple[str, ...] = ()


class Action(enum.Enum):
    """What a method of managers, querysets or model instances does with the database."""

    LAZY = "lazy"
    QUERIES = "queries"
    TWIN = "twin"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class OrmRow:
    """A method of `QuerySet`, of a related manager or of `Model`.

    `returns`: queryset, instance, optional-instance, instances, pair, int, bool, dict, none, unknown.
    """

    name: str
    action: Action
    returns: str
    twin: str = ""
    since: tuple[int, int] = (0, 0)
    twin_since: tuple[int, int] = (0, 0)
    unless_empty: bool = False


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A model field class that relates or stores outside the database."""

    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of a library: its relations by field name, its bases and its manager's class."""

    name: str
    bases: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...]
    unique: frozenset[str] = frozenset()
    manager: str = ""


@dataclass(frozen=True, slots=True)
class WrapperRow:
    """A decorator or mixin: the first Django version in which it supports coroutines (99.0: none).

    `touches_response`: it works on what the view returns, so that a coroutine there breaks it.
    """

    name: str
    coroutines_since: tuple[int, int]
    on_methods_since: tuple[int, int] = (99, 0)
    touches_response: bool = True

    def since(self, *, is_method: bool) -> tuple[int, int]:
        """The first version that supports coroutines there."""
        return self.on_methods_since if is_method else self.coroutines_since


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    """A base class or decorator whose asynchronous methods are required by a framework.

    `methods` empty: every method; `awaits` false: the framework never awaits them.
    """

    name: str
    methods: tuple[str, ...] = ()
    awaits: bool = True


@dataclass(frozen=True, slots=True)
class MiddlewareRow:
    """A shipped middleware in a span of Django versions: the synchronous hooks that each request runs.

    `native`: it has an asynchronous path of its own, in which no hook hops but `process_view`.
    `sync_only`: it has none at all. `loads_user`: it asks in a thread who the user is.
    """

    name: str
    hooks: tuple[str, ...]
    native: bool = False
    sync_only: bool = False
    loads_user: bool = False
    since: tuple[int, int] = (0, 0)
    until: tuple[int, int] = (99, 0)


@dataclass(frozen=True, slots=True)
class HookRow:
    """A method that a framework calls on a view: for which handlers, and on which classes; empty for all.

    A handler of the project comes through it where it calls one of `through`; empty: however it is written.
    """

    handlers: frozenset[str]
    of: tuple[str, ...] = ()
    through: frozenset[str] = frozenset()


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns is the name, or, where it ends in `*`, a beginning of it."""
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns
    )


@dataclass(frozen=True, slots=True)
class DelegateRow:
    """A class that a view names in an attribute, and the methods of it that some handlers run, or all.

    A method's name that ends in `*` stands for a beginning. `through` as of a hook; views that derive from
    one of `not_of` never run them.
    """

    attribute: str
    methods: tuple[str, ...]
    handlers: frozenset[str]
    through: frozenset[str] = frozenset()
    not_of: tuple[str, ...] = ()

    def names(self, method: str) -> bool:
        """Whether the row speaks of a method."""
        return matches(method, self.methods)


class Protocol(enum.Enum):
    """The two interfaces between a server and Django."""

    WSGI = "wsgi"
    ASGI = "asgi"


class Decides(enum.Enum):
    """What says which protocol a server speaks."""

    WSGI = "wsgi"
    ASGI = "asgi"
    WORKER = "worker"
    INTERFACE = "interface"


@dataclass(frozen=True, slots=True)
class DeploymentFiles:
    """Text files that say how a project is run: what they hold, and the patterns of their names."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A task queue, and what says that a project has it.

    One of its settings, an object of a class `made_by`, or an import of a module of `imports`.
    """

    name: str
    settings: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(slots=True)
class Background:
    """What belongs in a task queue, in words by the name that does it, and the queues that there are.

    `calls` by qualified name, `methods` by canonical type and name; `programs` are started by `runners`.
    """

    calls: dict[str, str] = field(default_factory=dict)
    methods: dict[tuple[str, str], str] = field(default_factory=dict)
    method_names: set[str] = field(default_factory=set)
    programs: dict[str, str] = field(default_factory=dict)
    runners: set[str] = field(default_factory=set)
    queues: tuple[QueueRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryMethods:
    """Methods that a framework calls on the classes `of` a library, and the kind of entry point they are.

    A name that ends in `*` stands for a beginning.
    """

    of: tuple[str, ...]
    methods: tuple[str, ...]
    kind: str

    def names(self, method: str) -> bool:
        """Whether the row speaks of a method."""
        return matches(method, self.methods)


@dataclass(frozen=True, slots=True)
class Registers:
    """Calls that hand a function to a framework: by qualified `names`, or `methods` of its application.

    `handler` is the position of the function, that of the route is one less.
    """

    names: tuple[str, ...]
    methods: tuple[str, ...]
    handler: int
    kind: str

    @property
    def last_names(self) -> frozenset[str]:
        """The names without their modules."""
        return frozenset(name.rpartition(".")[2] for name in self.names)


@dataclass(frozen=True, slots=True)
class ViewsetAction:
    """A method that a viewset's router calls: at which HTTP method, and whether for one object."""

    method: str
    of_one: bool


@dataclass(frozen=True, slots=True)
class HttpMethods:
    """A decorator that says at which HTTP methods a function answers.

    `always` these, else what its arguments say, else the `default` ones; none of them: it is not known.
    """

    always: tuple[str, ...] = ()
    default: tuple[str, ...] = ()


@dataclass(slots=True)
class OrderFree:
    """Awaits whose order does not matter, by canonical type and method, and calls that change nothing."""

    awaits: set[tuple[str, str]] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    def has_reads(self, cls: str) -> bool:
        """Whether objects of the type are clients that read."""
        return any(of == cls for of, _ in self.awaits)
