"""Which statements a name may still mean at the end of a block: the last one of each way through it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from async_audit.syntax.facts import (
    Assign,
    Declare,
    Fact,
    For,
    If,
    Import,
    Match,
    Name,
    Statement,
    Try,
    While,
    With,
    names_of,
)

Table: TypeAlias = dict[str, tuple[Statement, ...]]


def surviving_bindings(body: tuple[Statement, ...]) -> Table:
    """The statements that give each name its meanings where a block has ended, in source order.

    The last of one block wins, each branch of `if`, `try` and `match` adds its own; what is only for type
    checkers comes last.
    """
    checked: Table = {}
    table = _end_of(body, checked)
    for name, statements in checked.items():
        table[name] = _joined((table.get(name, ()), statements))
    return table


def _end_of(body: tuple[Statement, ...], checked: Table) -> Table:
    table: Table = {}
    for statement in body:
        for name in names_of(statement):
            found = (statement,)
            if isinstance(statement, Import) and statement.type_checking:
                checked[name] = _joined((checked.get(name, ()), found))
            elif name in table and _builds_on(statement, name):
                table[name] = _joined((table[name], found))
            else:
                table[name] = found
        for ways, is_certain in _branches(statement):
            _merge(table, [_end_of(way, checked) for way in ways], is_certain=is_certain)
    return table


def _branches(statement: Statement) -> Iterable[tuple[list[tuple[Statement, ...]], bool]]:
    """The blocks of a statement one after another: each as its alternatives, and whether one is taken."""
    match statement:
        case If():
            return [([statement.body, statement.orelse], True)]
        case For() | While():
            return [([statement.body], False), ([statement.orelse], False)]
        case With():
            return [([statement.body], True)]
        case Try():
            handlers = [handler.body for handler in statement.handlers]
            return [([statement.body + statement.orelse, *handlers], True), ([statement.final], True)]
        case Match():
            ways = [case.body for case in statement.cases]
            return [(ways, any(case.irrefutable for case in statement.cases))]
        case _:
            return ()


def _merge(table: Table, ends: list[Table], *, is_certain: bool) -> None:
    for name in dict.fromkeys(name for end in ends for name in end):
        found = _joined(end.get(name, ()) for end in ends)
        replaced = is_certain and all(name in end for end in ends)
        if replaced and not any(_builds_on(statement, name) for statement in found):
            table[name] = found
        else:
            table[name] = _joined((table.get(name, ()), found))


def _joined(parts: Iterable[tuple[Statement, ...]]) -> tuple[Statement, ...]:
    return tuple(dict.fromkeys(statement for part in parts for statement in part))


def _builds_on(statement: Statement, name: str) -> bool:
    """Whether a binding uses what the name meant before, as `view = decorator(view)` does."""
    match statement:
        case Assign():
            return bool(statement.operator) or _mentions(statement.value, name)
        case Declare():
            return statement.value is None or _mentions(statement.value, name)
        case _:
            return False


def _mentions(facts: object, name: str) -> bool:
    if isinstance(facts, Name):
        return facts.id == name
    if isinstance(facts, tuple):
        return any(_mentions(item, name) for item in facts)
    reads = getattr(facts, "reads", None)
    if reads is not None:
        return name in reads
    return isinstance(facts, Fact) and any(
        _mentions(getattr(facts, part), name) for part in facts.__struct_fields__
    )
