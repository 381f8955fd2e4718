"""Every statement and expression of a module, those inside functions and classes included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from async_audit.syntax.facts import ClassFacts, Expr, Fact, FunctionFacts, If, Statement


@dataclass(frozen=True, slots=True)
class Visit:
    """A node, the function around it if there is one, and the tests of the `if` statements around it."""

    node: object
    function: FunctionFacts | None
    tests: tuple[Expr, ...]


def walk(body: tuple[Statement, ...]) -> Iterator[Visit]:
    """The nodes below the statements, in source order."""
    pending = [Visit(statement, None, ()) for statement in reversed(body)]
    while pending:
        visit = pending.pop()
        yield visit
        pending.extend(reversed(list(_below(visit))))


def _below(visit: Visit) -> Iterator[Visit]:
    node, function, tests = visit.node, visit.function, visit.tests
    match node:
        case FunctionFacts():
            parts: tuple[object, ...] = (*node.decorators, *node.parameters, *node.body)
            function = node
        case ClassFacts():
            parts = (*node.decorators, *node.bases, *node.body)
        case If():
            yield Visit(node.test, function, tests)
            parts = (*node.body, *node.orelse)
            tests = (*tests, node.test)
        case _:
            parts = tuple(part for item in _values(node) for part in _flattened(item))
    for part in parts:
        yield Visit(part, function, tests)


def _values(node: object) -> Iterator[object]:
    if isinstance(node, Fact):
        for name in node.__struct_fields__:
            yield getattr(node, name)


def _flattened(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flattened(item)
    elif isinstance(value, Fact):
        yield value
