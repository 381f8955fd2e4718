"""Entry points: the coroutines that a server, a channel layer, a task queue or a command runs.

What a function is follows from the class it is a method of and from its decorators, by the tables of the
catalogue. A coroutine that only other code of the project awaits is none.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from async_audit.project.interfaces import HANDLERS, is_test_module
from async_audit.project.names import Binding, LibraryName
from async_audit.project.views import is_view
from async_audit.syntax.facts import Assign, Attribute, Call, Expr, FunctionFacts, Name

if TYPE_CHECKING:
    from async_audit.project.program import Program

_CONSUMER = "channels.consumer.AsyncConsumer"
_COMMAND = "django.core.management.base.BaseCommand"


class EntryKind(enum.Enum):
    """Who runs the coroutine."""

    VIEW = "view"
    OPERATION = "operation"
    CONSUMER = "consumer"
    MIDDLEWARE = "middleware"
    RECEIVER = "receiver"
    TASK = "task"
    COMMAND = "command"


REQUESTS = frozenset({EntryKind.VIEW, EntryKind.OPERATION, EntryKind.MIDDLEWARE})
"""What a server runs for a request: a plain `def` there may get a thread of its own."""

_BY_DECORATOR = {
    "operation-decorator": EntryKind.OPERATION,
    "receiver-decorator": EntryKind.RECEIVER,
    "task-decorator": EntryKind.TASK,
    "django-task": EntryKind.TASK,
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

    A synchronous function is a view only where a route or its class says so: helpers take requests too.
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
    if facts.owner:
        return _method_kind(program, program.classes.qualified(path, facts.owner), facts)
    if not facts.is_async:
        return EntryKind.VIEW if program.classes.qualified(path, facts.name) in program.routes else None
    return EntryKind.VIEW if is_django_view(program, path, facts, enclosing) else None


def is_django_view(
    program: Program, path: str, facts: FunctionFacts, enclosing: FunctionFacts | None
) -> bool:
    """Whether the function is a Django view: it takes Django's request, and stands where views stand."""
    names = [parameter.name for parameter in facts.parameters[:2]]
    if "request" not in names or program.imports_other_framework(path):
        return False
    if not facts.owner:
        return names[0] == "request" and enclosing is None
    return facts.name in HANDLERS and is_view(program, program.classes.qualified(path, facts.owner))


def _method_kind(program: Program, owner: str, facts: FunctionFacts) -> EntryKind | None:
    if facts.name in HANDLERS and is_view(program, owner):
        return EntryKind.VIEW
    if program.classes.derives(owner, _CONSUMER) and not facts.name.startswith("_"):
        # Channels calls the method that a message's type names, whatever its name is.
        return EntryKind.CONSUMER if _handles_messages(facts) else None
    if program.classes.derives(owner, _COMMAND) and facts.name == "handle":
        return EntryKind.COMMAND
    return None


_CONSUMER_HOOKS = frozenset({"connect", "disconnect", "receive", "receive_json", "handle"})
"""What channels/generic/websocket.py and channels/generic/http.py call on a consumer."""


def _handles_messages(facts: FunctionFacts) -> bool:
    takes_event = len(facts.parameters) > 1 and facts.parameters[1].name in {"event", "message"}
    return takes_event or facts.name in _CONSUMER_HOOKS


def _is_middleware(facts: FunctionFacts, enclosing: FunctionFacts | None) -> bool:
    """Whether it is the coroutine of a middleware: it takes a request and calls `get_response`."""
    names = [parameter.name for parameter in facts.parameters]
    if "request" not in names[:2] or "get_response" not in facts.reads | facts.calls:
        return False
    if enclosing is not None:
        return any(parameter.name == "get_response" for parameter in enclosing.parameters)
    return bool(facts.owner) and facts.name in {"__call__", "__acall__"}


def _by_decorators(program: Program, path: str, facts: FunctionFacts) -> EntryKind | None:
    for decorator in facts.decorators:
        name = _decorator_name(program, path, decorator)
        kind = _BY_DECORATOR.get(program.catalogue.specials.get(name, ""))
        if kind is not None:
            return kind
    return None


def _decorator_name(program: Program, path: str, decorator: Expr) -> str:
    """The qualified name of a decorator: a library's function, or a method of its object's class."""
    target = decorator.function if isinstance(decorator, Call) else decorator
    names = [m.name for m in program.classes.resolve(path, target) if isinstance(m, LibraryName)]
    if names:
        return program.catalogue.canonical(names[0])
    match target:
        case Attribute(value=Name(id=root), name=method):
            made_by = _made_by(program, path, Name(target.start, target.end, root))
            return f"{made_by}.{method}" if made_by else ""
        case _:
            return ""


def _made_by(program: Program, path: str, name: Name) -> str:
    """The library class that a module-level name is an instance of: of `router = Router()` its `Router`."""
    for meaning in program.classes.resolve(path, name):
        match meaning:
            case Binding(path=where, statement=Assign(value=Call(function=function))):
                made = program.classes.resolve(where, function)
                names = [cls.name for cls in made if isinstance(cls, LibraryName)]
                if names:
                    return program.catalogue.canonical(names[0])
            case _:
                continue
    return ""
