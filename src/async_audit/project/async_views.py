"""The asynchronous views that the project's URL patterns name, and the transactions they opt out of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.deployment import is_aside
from async_audit.project.interfaces import HANDLERS
from async_audit.project.names import LibraryName
from async_audit.project.views import ASYNC_API_VIEW, handlers, has_async_handlers
from async_audit.syntax.facts import (
    Attribute,
    Call,
    ClassFacts,
    Expr,
    FunctionFacts,
    Import,
    Literal,
    ModuleFacts,
    Name,
)

if TYPE_CHECKING:
    from async_audit.discovery import SourceFile
    from async_audit.project.program import Program

URL_PATTERNS = mention(rb"\burlpatterns\b", b"urlpatterns")
_NON_ATOMIC = "django.db.transaction.non_atomic_requests"
_NON_ATOMIC_NAME = "non_atomic_requests"
_TO_SYNC = "asgiref.sync.async_to_sync"
_OPERATIONS = HANDLERS | {"api_operation"}


@dataclass(frozen=True, slots=True)
class AsyncView:
    """An asynchronous view by qualified name, and where its name stands.

    `non_atomic`: the databases whose transaction around the view it opts out of; `*` for all of them.
    """

    name: str
    path: str
    start: int
    end: int
    non_atomic: frozenset[str] = frozenset()


def async_views(program: Program) -> tuple[AsyncView, ...]:
    """The asynchronous views that answer requests, by path and position."""
    routes = [file for file in program.files if file.mentions(URL_PATTERNS) and not is_aside(file.relative)]
    found: list[AsyncView] = []
    for file in program.files:
        if (
            not file.coroutine_names
            or is_aside(file.relative)
            or program.imports_other_framework(file.relative)
        ):
            continue
        facts = program.modules.readable(file.relative)
        if facts is not None:
            found.extend(_of_module(program, facts, routes))
    return tuple(found)


def _of_module(program: Program, facts: ModuleFacts, routes: list[SourceFile]) -> Iterator[AsyncView]:
    imports_ninja = any(
        isinstance(statement, Import) and statement.module.partition(".")[0] in {"ninja", "ninja_extra"}
        for statements in facts.bindings.values()
        for statement in statements
    )
    for function in facts.functions:
        if not _is_view_function(program, facts, function):
            continue
        if imports_ninja and any(_is_operation(decorator) for decorator in function.decorators):
            yield _view(facts, function, _opted_out(program, facts, function.decorators))
            continue
        naming = _naming(routes, function.name)
        if naming:
            yield _view(facts, function, _opted_out(program, facts, function.decorators) | _wrapped(naming))
    for definition in facts.classes:
        if "<locals>" in definition.qualname or not _is_async_class(program, facts, definition):
            continue
        naming = _naming(routes, definition.name)
        if naming:
            dispatch = program.classes.of(facts.path, definition).function("dispatch")
            decorators = (*definition.decorators, *(dispatch.decorators if dispatch is not None else ()))
            exempt = frozenset("*") if any(_mentions_non_atomic(d) for d in decorators) else frozenset()
            yield _view(facts, definition, exempt | _wrapped(naming))


def _view(facts: ModuleFacts, node: FunctionFacts | ClassFacts, non_atomic: frozenset[str]) -> AsyncView:
    name = f"{facts.name}.{node.qualname}" if facts.name else node.qualname
    return AsyncView(name, facts.path, node.start, node.end, non_atomic)


def _is_view_function(program: Program, facts: ModuleFacts, function: FunctionFacts) -> bool:
    """Whether it is a top-level coroutine function that takes a request, and stays a coroutine function."""
    takes_request = bool(function.parameters) and function.parameters[0].name == "request"
    if not function.is_async or function.is_generator or function.owner or not takes_request:
        return False
    return not any(
        LibraryName(_TO_SYNC) in program.classes.resolve(facts.path, decorator)
        for decorator in function.decorators
    )


def _is_async_class(program: Program, facts: ModuleFacts, definition: ClassFacts) -> bool:
    name = program.classes.of(facts.path, definition).name
    if program.classes.derives(name, ASYNC_API_VIEW):
        return any(handler.is_async for handler in handlers(program, name))
    return has_async_handlers(program, name)


def _is_operation(decorator: Expr) -> bool:
    """Whether it is a decorator such as `@router.get("/")`."""
    match decorator:
        case Call(function=Attribute(value=Name(), name=name)):
            return name in _OPERATIONS
        case _:
            return False


def _naming(routes: list[SourceFile], name: str) -> list[SourceFile]:
    """The files with URL patterns that mention a name other than to define it."""
    word = name.encode()
    mentioned = mention(rb"(?<!def )(?<!class )(?<![\w])" + re.escape(word) + rb"\b", word)
    return [file for file in routes if file.mentions(mentioned)]


def _wrapped(routes: list[SourceFile]) -> frozenset[str]:
    """All databases, where the URL patterns may wrap the view to opt out."""
    word = _NON_ATOMIC_NAME.encode()
    used = mention(word + rb"\s*[(,]", word)
    return frozenset("*") if any(file.mentions(used) for file in routes) else frozenset()


def _opted_out(program: Program, facts: ModuleFacts, decorators: tuple[Expr, ...]) -> frozenset[str]:
    """The databases that `@non_atomic_requests` names."""
    found: set[str] = set()
    for decorator in decorators:
        target = decorator.function if isinstance(decorator, Call) else decorator
        if LibraryName(_NON_ATOMIC) not in program.classes.resolve(facts.path, target):
            continue
        match decorator:
            case Call(arguments=(argument,)) if isinstance(argument.value, Literal):
                found.add(str(argument.value.value))
            case Call(arguments=(_, *_)):
                found.add("*")
            case _:
                found.add("default")
    return frozenset(found)


def _mentions_non_atomic(decorator: Expr) -> bool:
    match decorator:
        case Name(id=name) | Attribute(name=name):
            return name == _NON_ATOMIC_NAME
        case Call(function=function, arguments=arguments):
            return any(_mentions_non_atomic(part) for part in (function, *(a.value for a in arguments)))
        case _:
            return any(
                _mentions_non_atomic(item)
                for item in getattr(decorator, "items", ())
                if not isinstance(item, tuple)
            )
