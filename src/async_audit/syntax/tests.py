"""Which of its parameters a function's branches depend on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from async_audit.syntax.facts import (
    Assert,
    Comprehension,
    Conditional,
    Fact,
    FunctionFacts,
    If,
    Lambda,
    Literal,
    Name,
    Operation,
    While,
)


@lru_cache(maxsize=65536)
def tested_names(facts: FunctionFacts) -> frozenset[str]:
    """The names that stand in a test of the function's own body: `if`, `while`, `assert`, `and`, `or`."""
    found: set[str] = set()
    pending: list[object] = list(facts.body)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind in _WITH_TEST:
            _add_names(node.test, found)  # type: ignore[attr-defined]
        elif isinstance(node, Operation):
            if node.operators[0] in _BOOLEAN:
                _add_names(node, found)
                continue
        elif isinstance(node, Comprehension):
            for clause in node.clauses:
                for condition in clause.conditions:
                    _add_names(condition, found)
        elif kind is Lambda:
            continue
        pending.extend(_children(node))
    return frozenset(found)


_WITH_TEST = frozenset({If, While, Conditional, Assert})
_BOOLEAN = frozenset({"and", "or", "not"})
_PLAIN = frozenset({str, int, bool, float, bytes, complex, type(None), Literal, FunctionFacts})
"""What has no facts below it in which there may be a test of the same function."""


def _add_names(node: object, found: set[str]) -> None:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Name):
            found.add(current.id)
        else:
            pending.extend(_children(current))


def _children(node: object) -> Iterable[object]:
    if isinstance(node, tuple):
        return node
    if type(node) is Name or not isinstance(node, Fact):
        return ()
    parts = (getattr(node, name) for name in node.__struct_fields__)
    return [part for part in parts if type(part) not in _PLAIN]
