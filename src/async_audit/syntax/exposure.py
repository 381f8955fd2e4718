"""Which names a piece of code reads before it has surely bound them.

A loop's second turn can differ from its first by such a name only: what a turn binds before it reads it tells
nothing of the turn before. Where it is not clear, a name counts as read and not as bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from async_audit.syntax.facts import (
    Assign,
    Comprehension,
    Declare,
    Define,
    Expr,
    Fact,
    For,
    FunctionFacts,
    If,
    Import,
    Jump,
    Literal,
    Match,
    Name,
    Outer,
    Raise,
    Return,
    Statement,
    Try,
    While,
    With,
    target_names,
)

Bound: TypeAlias = "frozenset[str] | None"
"""The names that are surely bound; none of them where nothing runs any more, and then all are."""


@lru_cache(maxsize=4096)
def exposed_names(loop: For | While) -> frozenset[str]:
    """The names that a turn of the loop reads as it finds them; its `else` is no part of a turn."""
    exposure = _Exposure()
    if isinstance(loop, For):
        bound = exposure.bind(loop.target, frozenset())
    else:
        bound = exposure.read(loop.test, frozenset())
    exposure.block(loop.body, bound)
    return frozenset(exposure.names)


def late_names(facts: FunctionFacts, loop: For | While) -> frozenset[str]:
    """The names that functions and generators made outside a loop in a function read whenever they run."""
    outside = (late for late in _late(facts) if not any(around is loop for around in late.loops))
    return frozenset(name for late in outside for name in late.names)


class _Late(NamedTuple):
    """The names that a function or a generator reads whenever it runs, and the loops in which it is made."""

    names: frozenset[str]
    loops: tuple[For | While, ...]


@lru_cache(maxsize=4096)
def _late(facts: FunctionFacts) -> tuple[_Late, ...]:
    found: list[_Late] = []
    pending: list[tuple[object, tuple[For | While, ...]]] = [(facts.body, ())]
    while pending:
        node, loops = pending.pop()
        if isinstance(node, FunctionFacts):
            found.append(_Late(node.reads - node.bound, loops))
        elif isinstance(node, Comprehension) and node.kind == "generator":
            found.append(_Late(frozenset(_names_outside(node)), loops))
        else:
            within = (*loops, node) if isinstance(node, For | While) else loops
            pending.extend((part, within) for part in _parts(node))
    return tuple(found)


_PLAIN = frozenset({str, int, bool, float, bytes, complex, type(None), Literal, Name})
"""What has no other facts below it."""


def _parts(node: object) -> Iterable[object]:
    if isinstance(node, tuple):
        return [part for part in node if type(part) not in _PLAIN]
    if not isinstance(node, Fact):
        return ()
    parts = (getattr(node, name) for name in node.__struct_fields__)
    return [part for part in parts if type(part) not in _PLAIN]


def _names(node: object) -> set[str]:
    """The names that `node` reads from the scope in which it stands."""
    found: set[str] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Name):
            found.add(current.id)
        elif isinstance(current, FunctionFacts):
            found |= current.reads - current.bound
        elif isinstance(current, Comprehension):
            found |= _names_outside(current)
        elif isinstance(current, tuple):
            pending.extend(current)
        elif isinstance(current, Fact):
            pending.extend(getattr(current, part) for part in current.__struct_fields__)
    return found


def _names_outside(comprehension: Comprehension) -> set[str]:
    """The names that a comprehension reads but for its own variables."""
    found: set[str] = set()
    own: set[str] = set()
    for clause in comprehension.clauses:
        found |= _names(clause.iterable) - own
        own.update(target_names(clause.target))
        found |= _names((clause.target, clause.conditions)) - own
    return found | (_names((comprehension.key, comprehension.element)) - own)


class _Exposure:
    """Collects `names` while it goes through statements with the names that are surely bound so far."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def read(self, node: object, bound: Bound) -> Bound:
        """Everything in `node` is read; nothing is surely bound by it."""
        if bound is not None:
            self.names |= _names(node) - bound
        return bound

    def bind(self, target: Expr, bound: Bound) -> Bound:
        """`target` is assigned to: its names are bound, what else stands in it is read."""
        names = frozenset(target_names(target))
        if bound is None:
            return None
        self.read(target, bound | names)
        return bound | names

    def block(self, body: tuple[Statement, ...], bound: Bound) -> Bound:
        """What is bound after the statements."""
        for statement in body:
            bound = self._statement(statement, bound)
        return bound

    def _statement(self, statement: Statement, bound: Bound) -> Bound:
        match statement:
            case Assign(targets=targets, value=value, operator=operator):
                self.read((value, targets) if operator else value, bound)
                for target in targets:
                    bound = self.bind(target, bound)
                return bound
            case Declare():
                self.read((statement.annotation, statement.value), bound)
                is_bound = statement.value is not None
                return (self.bind if is_bound else self.read)(statement.target, bound)
            case Return() | Raise() | Jump():
                self.read(statement, bound)
                return None
            case Import(binds=name):
                return bound if bound is None else bound | {name}
            case Define(function=function):
                self.read((function, function.decorators, function.parameters), bound)
                return bound if bound is None else bound | {function.name}
            case Outer(names=names):
                self.names.update(names)
                return bound
            case If() | For() | While() | With() | Try() | Match():
                return self._compound(statement, bound)
            case _:
                return self.read(statement, bound)

    def _compound(self, statement: If | For | While | With | Try | Match, bound: Bound) -> Bound:
        match statement:
            case If():
                self.read(statement.test, bound)
                return _either(self.block(statement.body, bound), self.block(statement.orelse, bound))
            case With():
                for value, target in statement.items:
                    self.read(value, bound)
                    bound = bound if target is None else self.bind(target, bound)
                return self.block(statement.body, bound)
            case For():
                self.read(statement.iterable, bound)
                self.block(statement.body, self.bind(statement.target, bound))
                self.block(statement.orelse, bound)
            case While():
                self.block(statement.body, self.read(statement.test, bound))
                self.block(statement.orelse, bound)
            case Try():
                self._try(statement, bound)
            case Match():
                self.read(statement.subject, bound)
                for case in statement.cases:
                    inside = bound if bound is None else bound | frozenset(case.binds)
                    self.block(case.body, self.read(case.guard, inside))
        return bound

    def _try(self, statement: Try, bound: Bound) -> None:
        """An exception may come before anything is bound."""
        self.block(statement.orelse, self.block(statement.body, bound))
        for handler in statement.handlers:
            caught = bound if bound is None or not handler.name else bound | {handler.name}
            self.block(handler.body, self.read(handler.exception, caught))
        self.block(statement.final, bound)


def _either(left: Bound, right: Bound) -> Bound:
    if left is None:
        return right
    return left if right is None else left & right
