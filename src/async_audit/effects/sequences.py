"""Runs of awaits that could wait together: each reads, and none uses what those before it set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from async_audit.effects.ordering import is_plain, names_in
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Declare,
    Evaluate,
    Expr,
    Name,
    Statement,
    With,
    blocks,
)

if TYPE_CHECKING:
    from async_audit.catalogue.rows import OrderFree

_DELIBERATE = re.compile(r"lock|semaphore|limit|throttl|mutex", re.IGNORECASE)
"""What a context manager is called under which awaits are kept apart on purpose."""


@dataclass(frozen=True, slots=True)
class Read:
    """An await of a sequence: where it stands, and the variable that gets its answer."""

    start: int
    end: int
    name: str
    uses: frozenset[str]


@dataclass(slots=True)
class _Run:
    """The reads so far, and the variables that hang on their answers."""

    reads: list[Read] = field(default_factory=list)
    answers: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def take(self, read: Read) -> None:
        self.reads.append(read)
        self.answers.add(read.name)
        self.used.update(read.uses)

    def has_room_for(self, read: Read) -> bool:
        """Whether the read needs no answer of the run, and sets nothing that the run uses."""
        return not (self.answers & read.uses) and read.name not in self.answers | self.used


def sequences(
    body: tuple[Statement, ...], free: frozenset[tuple[int, int]], table: OrderFree
) -> Iterator[tuple[Read, ...]]:
    """The runs of two or more reads below the statements; `free` are the spans of awaits in any order."""
    run = _Run()
    for statement in body:
        read = _read(statement, free, table)
        if read is not None:
            if not run.has_room_for(read):
                yield from _worth_telling(run)
                run = _Run()
            run.take(read)
            continue
        if run.reads and _passes(statement, run, table):
            continue
        yield from _worth_telling(run)
        run = _Run()
        if not _is_kept_apart(statement, free):
            for block in blocks(statement):
                yield from sequences(block, free, table)
    yield from _worth_telling(run)


def _worth_telling(run: _Run) -> Iterator[tuple[Read, ...]]:
    if len(run.reads) > 1:
        yield tuple(run.reads)


def _is_kept_apart(statement: Statement, free: frozenset[tuple[int, int]]) -> bool:
    """Whether awaits stand under something that may let one in at a time: a semaphore, a lock, a limiter."""
    match statement:
        case With(items=items, is_async=True):
            return any((item.start, item.end) not in free for item, _ in items)
        case With(items=items):
            return any(_DELIBERATE.search(name) for item, _ in items for name in _words(item))
        case _:
            return False


def _words(expr: Expr) -> Iterator[str]:
    yield from names_in(expr)
    while isinstance(expr, Call | Attribute):
        if isinstance(expr, Attribute):
            yield expr.name
        expr = expr.function if isinstance(expr, Call) else expr.value


def _read(statement: Statement, free: frozenset[tuple[int, int]], table: OrderFree) -> Read | None:
    """The read that a statement is: `name = await read(…)`, the answer maybe taken apart at once."""
    match statement:
        case (
            Assign(targets=(Name(id=name),), value=value, operator="")
            | Declare(target=Name(id=name), value=Await() | Call() | Attribute() as value)
        ):
            awaited = _awaited(value, table)
        case _:
            return None
    if awaited is None or (awaited.start, awaited.end) not in free or not isinstance(awaited.value, Call):
        return None
    call = awaited.value
    if not all(is_plain(argument.value, table) for argument in call.arguments):
        return None
    if not _is_dotted(call.function):
        return None
    return Read(awaited.start, awaited.end, name, frozenset(names_in(value)))


def _awaited(value: Expr, table: OrderFree) -> Await | None:
    """The await at the start of `(await read(…)).json()`."""
    while not isinstance(value, Await):
        match value:
            case Attribute(value=inner):
                value = inner
            case Call(function=Attribute(value=inner, name=name), arguments=()) if name in table.methods:
                value = inner
            case _:
                return None
    return value


def _is_dotted(expr: Expr) -> bool:
    while isinstance(expr, Attribute):
        expr = expr.value
    return isinstance(expr, Name)


def _passes(statement: Statement, run: _Run, table: OrderFree) -> bool:
    """Whether a statement between reads takes answers apart, or makes up a value, and does no more."""
    match statement:
        case Evaluate(value=value):
            name = ""
        case Assign(targets=(Name(id=name),), value=value, operator=""):
            pass
        case _:
            return False
    if not is_plain(value, table) or name in run.used:
        return False
    if name and not run.answers.isdisjoint(names_in(value)):
        run.answers.add(name)
    elif name in run.answers:
        return False
    return True
