"""Entry points: the functions that a server, a channel layer, a task queue or a command runs.

What a function is follows from the class it is a method of, from its decorators and from the routes, by the
tables of the catalogue. A function that only other code of the project calls is none.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.decorator_names import decorator_name
from async_audit.project.deployment import Serving
from async_audit.project.interfaces import HANDLERS, is_test_module
from async_audit.project.registrations import registered
from async_audit.project.views import is_view
from async_audit.syntax.facts import FunctionFacts

if TYPE_CHECKING:
    from async_audit.project.program import Program

_CONSUMERS = ("channels.consumer.AsyncConsumer", "channels.consumer.SyncConsumer")


class EntryKind(enum.Enum):
    """Who runs the function."""

    VIEW = "view"
    OPERATION = "operation"
    CONSUMER = "consumer"
    MIDDLEWARE = "middleware"
    RECEIVER = "receiver"
    TASK = "task"
    COMMAND = "command"
    HANDLER = "handler"


REQUESTS = frozenset({EntryKind.VIEW, EntryKind.OPERATION, EntryKind.MIDDLEWARE})
"""What a server runs for a request: a plain `def` there may get a thread of its own."""

_OWN_LOOP = frozenset({EntryKind.CONSUMER, EntryKind.HANDLER})


@dataclass(frozen=True, slots=True)
class Runner:
    """Who runs an entry point: by which protocol, and whether a plain `def` would get a thread there."""

    kind: EntryKind
    serving: Serving
    takes_plain: bool


def runner(program: Program, path: str, kind: EntryKind, serving: Serving) -> Runner:
    """Who runs an entry point of the module at `path` in a project that is served so.

    Channels, bots and other frameworks have an event loop, whoever serves Django's requests.
    """
    if kind in _OWN_LOOP:
        return Runner(kind, Serving.ASGI, takes_plain=False)
    if kind not in REQUESTS:
        return Runner(kind, serving, takes_plain=False)
    if kind is EntryKind.VIEW or not program.imports_other_framework(path):
        return Runner(kind, serving, takes_plain=True)
    plain = kind is EntryKind.OPERATION and not program.imports_framework_of_coroutines(path)
    return Runner(kind, Serving.ASGI, takes_plain=plain)


_BY_DECORATOR = {
    "view-decorator": EntryKind.VIEW,
    "operation-decorator": EntryKind.OPERATION,
    "middleware-decorator": EntryKind.MIDDLEWARE,
    "receiver-decorator": EntryKind.RECEIVER,
    "task-decorator": EntryKind.TASK,
    "django-task": EntryKind.TASK,
    "handler-decorator": EntryKind.HANDLER,
}
"""What the special meaning of a decorator in the catalogue makes of a function."""


def entry_kind(
    program: Program, path: str, facts: FunctionFacts, enclosing: FunctionFacts | None
) -> EntryKind | None:
    """What kind of entry point a coroutine function is; nothing where it is none, or in a test."""
    if not facts.is_async:
        return None
    return served_kind(program, path, facts, enclosing)


def served_kind(
    program: Program, path: str, facts: FunctionFacts, enclosing: FunctionFacts | None
) -> EntryKind | None:
    """What kind of entry point a function is, asynchronous or not; nothing where it is none, or in a test.

    A coroutine that takes a request is a view wherever it stands. A plain function is one only where a route,
    a decorator of views or its class says so: helpers take requests too.
    """
    if is_test_module(path):
        return None
    decorated = _by_decorators(program, path, facts)
    if decorated is not None:
        return decorated
    if _is_middleware(facts, enclosing):
        return EntryKind.MIDDLEWARE
    if enclosing is not None:
        return None
    name = program.classes.qualified(path, facts.qualname)
    handed = registered(program, path, facts)
    if handed:
        return EntryKind(handed[0].kind)
    if facts.owner:
        return _kind_in_class(program, program.classes.named(path, facts.owner), facts)
    if name in program.routes or is_django_view(program, path, facts, enclosing):
        is_known = facts.is_async or name in program.routes or _is_wrapped_as_view(program, path, facts)
        return EntryKind.VIEW if is_known else None
    return None


def _is_wrapped_as_view(program: Program, path: str, facts: FunctionFacts) -> bool:
    """Whether one of Django's decorators for views is around the function."""
    wrappers = program.catalogue.wrappers
    return any(decorator_name(program, path, decorator) in wrappers for decorator in facts.decorators)


def is_django_view(
    program: Program, path: str, facts: FunctionFacts, enclosing: FunctionFacts | None
) -> bool:
    """Whether the function is a Django view: it takes Django's request, and stands where views stand."""
    names = [parameter.name for parameter in facts.parameters[:2]]
    if "request" not in names or program.imports_other_framework(path):
        return False
    if not facts.owner:
        takes_request = names[0] == "request" and enclosing is None
        return takes_request and not (facts.is_async and program.authenticators.include(facts.name))
    return facts.name in HANDLERS and is_view(program, program.classes.named(path, facts.owner))


def method_kind(program: Program, cls: str, path: str, facts: FunctionFacts) -> EntryKind | None:
    """What kind of entry point a method is in a class that has or inherits it; nothing where it is none."""
    return _by_decorators(program, path, facts) or _kind_in_class(program, cls, facts)


def _kind_in_class(program: Program, owner: str, facts: FunctionFacts) -> EntryKind | None:
    if facts.name in HANDLERS and (is_view(program, owner) or owner in program.routes):
        return EntryKind.VIEW
    for row in program.catalogue.entry_methods:
        if row.names(facts.name) and any(program.classes.derives(owner, base) for base in row.of):
            return EntryKind(row.kind)
    is_consumer = any(program.classes.derives(owner, base) for base in _CONSUMERS)
    if is_consumer and _takes_message(facts):
        return EntryKind.CONSUMER
    if not is_consumer and _is_routed_consumer(program, owner):
        rows = (row for row in program.catalogue.entry_methods if row.kind == EntryKind.CONSUMER.value)
        named = any(row.names(facts.name) for row in rows if not set(row.of).isdisjoint(_CONSUMERS))
        return EntryKind.CONSUMER if named or _takes_message(facts) else None
    return None


def _is_routed_consumer(program: Program, owner: str) -> bool:
    """Whether a class whose bases are not all known is routed as consumers are: `Class.as_asgi()`."""
    word = owner.rpartition(".")[2].encode()
    routed = mention(rb"\b" + re.escape(word) + rb"\s*\.\s*as_asgi\b", b"as_asgi")
    return program.classes.is_open(owner) and any(file.mentions(routed) for file in program.files)


def _takes_message(facts: FunctionFacts) -> bool:
    """Whether Channels may call the method for a message: it does so by the type, whatever its name is."""
    takes = len(facts.parameters) > 1 and facts.parameters[1].name in {"event", "message"}
    return takes and not facts.name.startswith("_")


def _is_middleware(facts: FunctionFacts, enclosing: FunctionFacts | None) -> bool:
    """Whether it is the function of a middleware: it takes a request and calls `get_response`."""
    names = [parameter.name for parameter in facts.parameters]
    if "request" not in names[:2] or "get_response" not in facts.reads | facts.calls:
        return False
    if enclosing is not None:
        return any(parameter.name == "get_response" for parameter in enclosing.parameters)
    return bool(facts.owner) and facts.name in {"__call__", "__acall__"}


def _by_decorators(program: Program, path: str, facts: FunctionFacts) -> EntryKind | None:
    for decorator in facts.decorators:
        name = decorator_name(program, path, decorator)
        kind = _BY_DECORATOR.get(program.catalogue.specials.get(name, ""))
        if kind is not None:
            return kind
    return None
