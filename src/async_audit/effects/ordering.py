"""Whether it matters in which order awaits run: only what surely changes nothing elsewhere is free of it.

A library's read is known by its name (`catalogue/data/order_free.toml`). A project coroutine is free where
all that it waits for are such reads, and its own statements work on its own variables alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from async_audit.effects.kinds import Category, Effect, Kind
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Await,
    Call,
    Declare,
    Define,
    DefineClass,
    Delete,
    Expr,
    FunctionFacts,
    Lambda,
    Name,
    Outer,
    Raise,
    Walrus,
    With,
    Yield,
)
from async_audit.syntax.walking import walk

if TYPE_CHECKING:
    from async_audit.catalogue.rows import OrderFree

_WAITS = frozenset({Category.NETWORK, Category.DRIVER, Category.ASYNC_CONTEXT})


def is_order_free(facts: FunctionFacts, effects: Iterable[Effect], table: OrderFree) -> bool:
    """Whether running the coroutine beside others gives the same as running it before or after them."""
    found = tuple(effects)
    reads = {effect.site for effect in found if effect.kind is Kind.READS}
    for effect in found:
        if effect.kind is Kind.READS:
            continue
        if effect.kind is not Kind.AWAITS or effect.category not in _WAITS or effect.site not in reads:
            return False
    return bool(reads) and not facts.is_generator and not facts.outer and works_alone(facts, table)


def works_alone(facts: FunctionFacts, table: OrderFree) -> bool:
    """Whether the statements of a function bind its own variables alone, and call nothing that could do more.

    What is awaited, entered or raised is judged by its effects, but for its arguments.
    """
    nodes = [visit.node for visit in walk(facts.body)]
    judged = {call for node in nodes for call in _judged(node)}
    return all(_is_alone(node, table) for node in nodes if node not in judged)


def _judged(node: object) -> Iterator[object]:
    match node:
        case Await(value=Call() as call) | Raise(value=Call() as call):
            yield call
        case With(items=items, is_async=True):
            yield from (item for item, _ in items)
        case _:
            return


def _is_alone(node: object, table: OrderFree) -> bool:
    match node:
        case Assign(targets=targets):
            return all(isinstance(target, Name) for target in targets)
        case Declare(target=target):
            return isinstance(target, Name)
        case Delete() | Outer() | Define() | DefineClass() | Lambda() | Yield() | Walrus():
            return False
        case Call(function=function):
            return is_harmless_call(function, table)
        case _:
            return True


def is_harmless_call(function: Expr, table: OrderFree) -> bool:
    """Whether a call by this name changes nothing that anybody else sees."""
    match function:
        case Name(id=name):
            return name in table.functions
        case Attribute(name=name):
            return name in table.methods
        case _:
            return False


def names_in(expr: object) -> Iterator[str]:
    """The names that an expression reads."""
    for visit in walk((expr,)):  # type: ignore[arg-type]
        if isinstance(visit.node, Name):
            yield visit.node.id


def is_plain(expr: Expr, table: OrderFree) -> bool:
    """Whether evaluating an expression calls nothing but what is harmless, and waits for nothing."""
    for visit in walk((expr,)):  # type: ignore[arg-type]
        match visit.node:
            case Await() | Yield() | Walrus() | Lambda():
                return False
            case Call(function=function) if not is_harmless_call(function, table):
                return False
            case _:
                continue
    return True
