"""Which generator expressions are asynchronous: such an expression makes an asynchronous generator."""

from __future__ import annotations

from functools import lru_cache

from async_audit.syntax.facts import Await, Comprehension, Fact, FunctionFacts


@lru_cache(maxsize=4096)
def is_asynchronous(expression: Comprehension) -> bool:
    """Whether a generator expression awaits: by `async for`, or by an `await` in what each turn evaluates.

    The first iterable is evaluated outside. Source: Python's language reference, "Generator expressions".
    """
    first = expression.clauses[0]
    inside = (expression.key, expression.element, first.conditions, expression.clauses[1:])
    return any(clause.is_async for clause in expression.clauses) or _awaits(inside)


def _awaits(node: object) -> bool:
    """Whether evaluating `node` awaits; what functions and generators in it do, they do later."""
    match node:
        case Await():
            return True
        case Comprehension(kind="generator", clauses=clauses):
            return _awaits(clauses[0].iterable)
        case Comprehension(clauses=clauses) if any(clause.is_async for clause in clauses):
            return True
        case tuple():
            return any(map(_awaits, node))
        case FunctionFacts():
            return False
        case Fact():
            return any(_awaits(getattr(node, part)) for part in node.__struct_fields__)
        case _:
            return False
