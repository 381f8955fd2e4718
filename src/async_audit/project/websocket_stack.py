"""What the middleware around the consumers has done to their session, by the project's `ProtocolTypeRouter`.

Channels makes a session that is loaded at its first use; where it looks for the user too, it reads the user
from it in a thread, before the consumer begins.

Source: channels/sessions.py, channels/auth.py and channels/security/websocket.py of channels 4.3.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.project.names import Binding, LibraryName
from async_audit.syntax.facts import Assign, Call, DictDisplay, Expr, Literal, ModuleFacts

if TYPE_CHECKING:
    from async_audit.project.program import Program

_ROUTER = frozenset({"ProtocolTypeRouter"})
_MOST_LAYERS = 20


class ScopeSession(enum.Enum):
    """What is known of `scope["session"]` where a consumer begins."""

    LAZY = "lazy"
    LOADED = "loaded"
    UNKNOWN = "unknown"


def scope_session(program: Program) -> ScopeSession:
    """What every stack around websocket consumers does, where all of them are known and agree."""
    found = {
        _around(program, facts.path, stack)
        for facts in program.modules_naming(_ROUTER)
        for stack in _websocket_stacks(program, facts)
    }
    return found.pop() if len(found) == 1 else ScopeSession.UNKNOWN


def _websocket_stacks(program: Program, facts: ModuleFacts) -> Iterator[Expr]:
    for statement in facts.body:
        for call in _calls(statement.value) if isinstance(statement, Assign) else ():
            if _means(program, facts.path, call) != "protocol-router" or not call.arguments:
                continue
            routes = call.arguments[0].value
            for key, stack in routes.items if isinstance(routes, DictDisplay) else ():
                if isinstance(key, Literal) and key.value == "websocket":
                    yield stack


def _calls(expr: Expr) -> Iterator[Call]:
    """A call and those that stand in its arguments."""
    if isinstance(expr, Call):
        yield expr
        for argument in expr.arguments:
            yield from _calls(argument.value)


def _around(program: Program, path: str, stack: Expr) -> ScopeSession:
    """What the middleware from the outside to the URL router does to the session."""
    known = ScopeSession.UNKNOWN
    for _ in range(_MOST_LAYERS):
        if not isinstance(stack, Call):
            path, stack = _assigned(program, path, stack)
        if not isinstance(stack, Call):
            return ScopeSession.UNKNOWN
        match _means(program, path, stack):
            case "websocket-router":
                return known
            case "websocket-session":
                known = ScopeSession.LAZY
            case "websocket-user":
                known = ScopeSession.LOADED
            case "websocket-guard":
                pass
            case _:
                return ScopeSession.UNKNOWN
        if not stack.arguments:
            return ScopeSession.UNKNOWN
        stack = stack.arguments[0].value
    return ScopeSession.UNKNOWN


def _assigned(program: Program, path: str, name: Expr) -> tuple[str, Expr]:
    """What a name was assigned in its module, and where; the name itself where that is not known."""
    for meaning in program.classes.resolve(path, name):
        if isinstance(meaning, Binding) and isinstance(meaning.statement, Assign):
            return meaning.path, meaning.statement.value
    return path, name


def _means(program: Program, path: str, call: Call) -> str:
    for meaning in program.classes.resolve(path, call.function):
        if isinstance(meaning, LibraryName):
            return program.catalogue.specials.get(program.catalogue.canonical(meaning.name), "")
    return ""
