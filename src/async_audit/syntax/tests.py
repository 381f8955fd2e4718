"""Which of its parameters a function's branches depend on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from async_audit.syntax.facts import (
    Assert,
    Comprehension,
    Conditional,
    Fact,
    FunctionFacts,
    If,
    Lambda,
    Name,
    Operation,
    While,
)


@lru_cache(maxsize=65536)
def tested_names(facts: FunctionFacts) -> frozenset[str]:
    """The names that stand in a test of the function's own body: `if`, `while`, `assert`, `and`, `or`."""
    return frozenset(name for statement in facts.body for name in _tested(statement))


def _tested(node: object) -> Iterator[str]:
    pending = [node]
    while pending:
        current = pending.pop()
        match current:
            case If(test=test) | While(test=test) | Conditional(test=test) | Assert(test=test):
                yield from _names(test)
            case Operation(operators=("and" | "or" | "not", *_)):
                yield from _names(current)
            case Comprehension(clauses=clauses):
                for clause in clauses:
                    for condition in clause.conditions:
                        yield from _names(condition)
            case FunctionFacts() | Lambda():
                continue
            case _:
                pass
        pending.extend(_children(current))


def _names(node: object) -> Iterator[str]:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Name):
            yield current.id
        pending.extend(_children(current))


def _children(node: object) -> list[object]:
    if isinstance(node, tuple):
        return list(node)
    if isinstance(node, Fact) and not isinstance(node, FunctionFacts):
        return [getattr(node, name) for name in node.__struct_fields__]
    return []
