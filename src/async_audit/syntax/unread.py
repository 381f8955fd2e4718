"""Which assignments to a local name are in vain: nothing reads what was assigned, on whatever way.

Where it is not clear a name counts as read: one that a nested function or a class mentions, and all of them
where the variables are asked for together, as by `locals()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from async_audit.syntax.facts import (
    Assign,
    Declare,
    Display,
    Evaluate,
    Expr,
    Fact,
    For,
    FunctionFacts,
    Import,
    Name,
    Outer,
    Starred,
    Statement,
    Try,
    Walrus,
    With,
    blocks,
    target_names,
)

_ALL_VARIABLES = frozenset({"locals", "vars", "dir", "eval", "exec"})


@lru_cache(maxsize=4096)
def unread_names(facts: FunctionFacts) -> frozenset[str]:
    """The local names of a function that it assigns to and never reads."""
    if facts.reads & _ALL_VARIABLES:
        return frozenset()
    parameters = {parameter.name for parameter in facts.parameters}
    return facts.bound - parameters - frozenset(_reads(facts.body))


@lru_cache(maxsize=4096)
def overwritten(facts: FunctionFacts) -> frozenset[int]:
    """Where the assignments start whose name gets another value before anything may read it.

    Only those are told that the next statements surely overwrite. In a `try` or a `with` an exception may
    come between them.
    """
    if facts.reads & _ALL_VARIABLES:
        return frozenset()
    inside = frozenset(name for inner in facts.nested for name in getattr(inner, "reads", ()))
    return frozenset(
        statement.start
        for block in _plain_blocks(facts.body)
        for position, statement in enumerate(block)
        if isinstance(statement, Assign)
        and (name := _only_target(statement))
        and name not in inside
        and _is_overwritten(name, block[position + 1 :])
    )


def _only_target(statement: Assign) -> str:
    target = statement.targets[0]
    plain = not statement.operator and len(statement.targets) == 1
    return target.id if plain and isinstance(target, Name) else ""


def _plain_blocks(body: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    yield body
    for statement in body:
        if not isinstance(statement, Try | With):
            for block in blocks(statement):
                yield from _plain_blocks(block)


def _is_overwritten(name: str, following: tuple[Statement, ...]) -> bool:
    for statement in following:
        if not isinstance(statement, Assign | Declare | Evaluate | Import):
            return False
        if name in _reads(statement):
            return False
        if isinstance(statement, Assign) and any(
            name in target_names(target) for target in statement.targets
        ):
            return True
    return False


def _reads(node: object) -> Iterator[str]:
    """The names that a piece of code reads; those that it only assigns to are left out."""
    pending = [node]
    while pending:
        current = pending.pop()
        match current:
            case Name(id=name):
                yield name
            case Outer(names=names):
                yield from names
            case FunctionFacts():
                yield from current.reads
                pending.extend((current.decorators, current.parameters))
            case Assign(operator="", targets=targets, value=value):
                pending.extend((value, *map(_inside, targets)))
            case Declare(target=target, annotation=annotation, value=value):
                pending.extend((annotation, value, _inside(target)))
            case For():
                pending.extend((current.iterable, current.body, current.orelse, _inside(current.target)))
            case With(items=items, body=body):
                pending.extend(
                    (body, *(part for value, target in items for part in (value, _inside(target))))
                )
            case Walrus(target=target, value=value):
                pending.extend((value, _inside(target)))
            case tuple():
                pending.extend(current)
            case Fact():
                pending.extend(getattr(current, part) for part in current.__struct_fields__)
            case _:
                pass


def _inside(target: Expr | None) -> tuple[object, ...]:
    """What an assignment to a target reads: the object whose attribute or item is assigned to."""
    match target:
        case None | Name():
            return ()
        case Starred(value=value):
            return _inside(value)
        case Display(items=items):
            return tuple(part for item in items for part in _inside(item))
        case _:
            return (target,)
