"""The middleware chain: what each entry can do, and how many hops to a thread a request makes in it.

The count follows Django. `BaseHandler.load_middleware` walks `MIDDLEWARE` from the view outwards and gives
each entry the mode of what it wraps where it can have it; between modes stands `sync_to_async`, a hop, or
`async_to_sync`, which goes back to the loop. `MiddlewareMixin.__acall__` hops for each of its hooks, and
`process_view` always hops under ASGI.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from async_audit.catalogue.rows import MiddlewareRow
from async_audit.project.names import Definition, LibraryName
from async_audit.project.setting_lists import setting_list
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    ClassFacts,
    FunctionFacts,
    Literal,
    Name,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_MIXINS = frozenset({"django.utils.deprecation.MiddlewareMixin", "django.middleware.MiddlewareMixin"})
"""The second name is one that projects try to import first, and that no version has."""
_DECORATORS = "django.utils.decorators."
_NEUTRAL_BASES = frozenset({"object", "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})
_REQUEST_HOOKS = ("process_request", "process_response")
_VIEW_HOOK = "process_view"


class Capability(enum.Enum):
    """In which worlds a middleware runs, and how it runs in the asynchronous one."""

    SYNC_ONLY = "synchronous only"
    ASYNC_ONLY = "asynchronous only"
    HYBRID = "a hop for each hook"
    NATIVE = "both, without hops"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Middleware:
    """One entry of the chain. `hooks` are the synchronous hooks of each request.

    `is_own`: the project defines it. `is_conditional`: it may not be in the list.
    """

    name: str
    capability: Capability
    hooks: tuple[str, ...] = ()
    is_own: bool = False
    is_conditional: bool = False

    @property
    def request_hops(self) -> int:
        """The hops that it makes itself in an asynchronous chain."""
        if self.capability is not Capability.HYBRID:
            return 0
        return sum(hook in self.hooks for hook in _REQUEST_HOOKS)

    @property
    def view_hops(self) -> int:
        """The hops that the handler makes for it before the view, in every chain under ASGI."""
        return int(_VIEW_HOOK in self.hooks)


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a middleware may behave: the modes it has, and its hops when it is asynchronous."""

    can_sync: bool
    can_async: bool
    hops: int = 0


_MODES = {
    Capability.SYNC_ONLY: (Mode(can_sync=True, can_async=False),),
    Capability.ASYNC_ONLY: (Mode(can_sync=False, can_async=True),),
    Capability.NATIVE: (Mode(can_sync=True, can_async=True),),
    Capability.UNKNOWN: (
        Mode(can_sync=True, can_async=False),
        Mode(can_sync=False, can_async=True),
        Mode(can_sync=True, can_async=True),
    ),
}


@dataclass(frozen=True, slots=True)
class Chain:
    """The middleware of a project in order, and the statement of the settings that lists them."""

    middleware: tuple[Middleware, ...]
    path: str
    start: int
    end: int

    @property
    def is_known(self) -> bool:
        """Whether every entry is known, so that `hops` is exact and no lower bound."""
        return not any(
            entry.is_conditional or entry.capability is Capability.UNKNOWN for entry in self.middleware
        )

    @property
    def hops(self) -> int:
        """The hops to a thread of each request in the chain under ASGI, the handler's own left out."""
        return fewest_hops(self.middleware)


def chain(program: Program) -> Chain | None:
    """The project's middleware; none where the settings do not list it in a way that can be followed."""
    found = setting_list(program, "MIDDLEWARE")
    if found is None or not found.is_whole:
        return None
    entries = tuple(
        replace(middleware_named(program, found.path, entry.name), is_conditional=entry.is_conditional)
        for entry in found.entries
    )
    return Chain(entries, found.path, found.start, found.end)


def hops_by_entry(middleware: Sequence[Middleware]) -> tuple[int, ...]:
    """The hops of a chain, each with the entry that causes it: their sum is that of `fewest_hops`.

    The hop into a run of synchronous entries is caused by the first of them that cannot be anything else.
    """
    ways: dict[bool, tuple[int, tuple[int, ...]]] = {True: (0, ())}
    for position in range(len(middleware) - 1, -1, -1):
        entry, inside = middleware[position], middleware[position + 1 :]
        following: dict[bool, tuple[int, tuple[int, ...]]] = {}
        for wrapped_is_async, (cost, inner) in ways.items():
            for is_async, added in _outcomes(entry, wrapped_is_async=wrapped_is_async):
                adapts = int(is_async and not wrapped_is_async)
                way = (cost + added, (added - adapts, *_blamed(inside, inner, adapts)))
                following[is_async] = min(way, following.get(is_async, way))
        ways = following
    _, hops = min(
        (cost + (not is_async), _blamed(middleware, found, int(not is_async)))
        for is_async, (cost, found) in ways.items()
    )
    return tuple(
        count + (0 if entry.is_conditional else entry.view_hops)
        for entry, count in zip(middleware, hops, strict=True)
    )


def _blamed(middleware: Sequence[Middleware], hops: tuple[int, ...], more: int) -> tuple[int, ...]:
    """The hops of entries, with the hop into the synchronous ones among them if there is one `more`."""
    if not more:
        return hops
    reasons = (Capability.SYNC_ONLY, Capability.UNKNOWN)
    causes = [
        index for reason in reasons for index, entry in enumerate(middleware) if entry.capability is reason
    ]
    cause = causes[0] if causes else 0
    return (*hops[:cause], hops[cause] + more, *hops[cause + 1 :])


def fewest_hops(middleware: Sequence[Middleware]) -> int:
    """The hops of a chain; the fewest possible where an entry is unknown or may not be there."""
    costs = {True: 0}
    for entry in reversed(middleware):
        following: dict[bool, int] = {}
        for wrapped_is_async, cost in costs.items():
            for is_async, added in _outcomes(entry, wrapped_is_async=wrapped_is_async):
                following[is_async] = min(cost + added, following.get(is_async, cost + added))
        costs = following
    to_the_view = sum(entry.view_hops for entry in middleware if not entry.is_conditional)
    return min(cost + (not is_async) for is_async, cost in costs.items()) + to_the_view


def _outcomes(entry: Middleware, *, wrapped_is_async: bool) -> Iterable[tuple[bool, int]]:
    """The modes that an entry may take around what it wraps, each with the hops it adds."""
    if entry.is_conditional:
        yield wrapped_is_async, 0
    modes = _MODES.get(entry.capability) or (Mode(can_sync=True, can_async=True, hops=entry.request_hops),)
    for mode in modes:
        is_async = mode.can_async and not (mode.can_sync and not wrapped_is_async)
        adapts = is_async and not wrapped_is_async
        yield is_async, int(adapts) + (mode.hops if is_async else 0)


def middleware_named(program: Program, importer: str, name: str) -> Middleware:
    """What the middleware with a dotted name can do, as the module at path `importer` would import it."""
    module = name.rpartition(".")[0]
    package = None if name.startswith("django.") else program.installed.program(module, program)
    if package is not None and program.modules.find(module, importer) is None:
        found = replace(middleware_named(package, "", name), is_own=False)
        if found.capability is not Capability.UNKNOWN:
            return found
    row = _row(program, name)
    if row is not None:
        return _of_row(row)
    match _own_definition(program, importer, name):
        case Definition(path=path, facts=ClassFacts() as facts):
            cls = program.classes.of(path, facts).name
            return replace(_of_class(program, importer, cls), name=name, is_own=True)
        case Definition(path=path, facts=FunctionFacts() as function):
            return Middleware(name, _of_factory(program, path, function), is_own=True)
        case _:
            return Middleware(name, Capability.UNKNOWN)


def _own_definition(program: Program, importer: str, name: str) -> Definition | None:
    """The class or function of the project that a dotted name means in the module at path `importer`."""
    module, _, member = name.rpartition(".")
    file = program.modules.find(module, importer) if module else None
    meanings = program.names.lookup(file.relative, member) if file is not None else ()
    return next((meaning for meaning in meanings if isinstance(meaning, Definition)), None)


def own_definitions(program: Program) -> tuple[Definition, ...]:
    """The project's own middleware that every request passes, in order."""
    found = setting_list(program, "MIDDLEWARE")
    if found is None:
        return ()
    names = (entry.name for entry in found.entries if not entry.is_conditional)
    own = (_own_definition(program, found.path, name) for name in names)
    return tuple(definition for definition in own if definition is not None)


def shipped(program: Program) -> tuple[MiddlewareRow, ...]:
    """What the table says of the shipped middleware that every request passes, in order."""
    found = setting_list(program, "MIDDLEWARE")
    if found is None:
        return ()
    names = (entry.name for entry in found.entries if not entry.is_conditional)
    rows = (_row(program, name) for name in names)
    return tuple(row for row in rows if row is not None)


def _row(program: Program, name: str) -> MiddlewareRow | None:
    """The row of the table for the project's version of Django."""
    rows = program.catalogue.middleware.get(name, ())
    return next((row for row in rows if row.since <= program.django <= row.until), None)


def _of_row(row: MiddlewareRow) -> Middleware:
    """What a row of the table says."""
    if row.sync_only:
        return Middleware(row.name, Capability.SYNC_ONLY, row.hooks)
    return Middleware(row.name, Capability.NATIVE if row.native else Capability.HYBRID, row.hooks)


def _of_class(program: Program, importer: str, cls: str) -> Middleware:
    """What a middleware class of the project can do, along its bases."""
    unknown = Middleware(cls, Capability.UNKNOWN)
    is_mixin = False
    hooks: set[str] = set()
    for base in program.classes.order(cls):
        if program.classes.get(base) is not None or base in _NEUTRAL_BASES:
            continue
        if base in _MIXINS:
            is_mixin = True
            continue
        shipped = middleware_named(program, importer, base)
        if shipped.capability is not Capability.HYBRID:
            return unknown
        is_mixin = True
        hooks.update(shipped.hooks)
    for hook in (*_REQUEST_HOOKS, _VIEW_HOOK):
        function = _method(program, cls, hook)
        if function is not None:
            hooks.discard(hook)
            if not function.is_async:
                hooks.add(hook)
            elif hook != _VIEW_HOOK:
                return unknown
    sync = _flag(program, cls, "sync_capable", default=True)
    asynchronous = _flag(program, cls, "async_capable", default=is_mixin)
    if sync is None or asynchronous is None or not (sync or asynchronous):
        return unknown
    capability = _capability(program, cls, sync=sync, asynchronous=asynchronous, is_mixin=is_mixin)
    return Middleware(cls, capability, tuple(sorted(hooks)))


def _capability(program: Program, cls: str, *, sync: bool, asynchronous: bool, is_mixin: bool) -> Capability:
    if not asynchronous:
        return Capability.SYNC_ONLY
    if not sync:
        return Capability.ASYNC_ONLY
    if not is_mixin:
        return Capability.NATIVE
    call, acall = _method(program, cls, "__call__"), _method(program, cls, "__acall__")
    if acall is not None:
        return Capability.UNKNOWN if "__acall__" in acall.calls else Capability.NATIVE
    if call is None:
        return Capability.HYBRID
    return Capability.NATIVE if call.is_async else Capability.UNKNOWN


def _method(program: Program, cls: str, name: str) -> FunctionFacts | None:
    member = program.classes.member(cls, name)
    return member.cls.function(name) if member is not None else None


def _flag(program: Program, cls: str, name: str, *, default: bool) -> bool | None:
    """A boolean class attribute; none where it is computed."""
    member = program.classes.member(cls, name)
    if member is None:
        return default
    match member.statement:
        case Assign(value=Literal(value=bool(flag))):
            return flag
        case _:
            return None


def _of_factory(program: Program, path: str, function: FunctionFacts) -> Capability:
    """What a middleware function can do, by its decorators and by the attributes that it is given."""
    flags = {"sync_capable": True, "async_capable": False}
    for decorator in function.decorators:
        names = [m.name for m in program.classes.resolve(path, decorator) if isinstance(m, LibraryName)]
        match [name.removeprefix(_DECORATORS) for name in names]:
            case ["sync_and_async_middleware"]:
                flags["async_capable"] = True
            case ["async_only_middleware"]:
                flags = {"sync_capable": False, "async_capable": True}
            case ["sync_only_middleware"]:
                pass
            case _:
                return Capability.UNKNOWN
    facts = program.modules.readable(path)
    for statement in facts.body if facts is not None else ():
        match statement:
            case Assign(
                targets=(Attribute(value=Name(id=owner), name=flag),), value=Literal(value=bool(value))
            ) if owner == function.name and flag in flags:
                flags[flag] = value
            case _:
                pass
    if not flags["async_capable"]:
        return Capability.SYNC_ONLY
    return Capability.NATIVE if flags["sync_capable"] else Capability.ASYNC_ONLY
