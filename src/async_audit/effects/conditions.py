"""What holds where a test holds: what its operands did, and the relations that were fetched under it.

`if wanted: books = books.prefetch_related("pages")` and, further down, `if wanted: book.pages.all()`: on the
path on which the relation is read it is loaded. Two tests are the same if they are written the same and no
name of theirs has been given a value in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from async_audit.effects.kinds import Effect, Kind, unsure
from async_audit.effects.values import ModelInstance, QuerySet, Value, join
from async_audit.syntax.facts import Attribute, Call, Expr, Literal, Name, Operation, Subscript

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.state import State


_NAMES = re.compile(r"\w+")


@contextmanager
def holding(evaluation: Evaluation, test: Expr) -> Iterator[None]:
    """Evaluate what runs only where `test` holds."""
    outer = evaluation.conditions
    evaluation.conditions = (*outer, *_parts(test))
    yield
    evaluation.conditions = outer


Evaluated: TypeAlias = "tuple[tuple[Expr, ...], State] | None"
"""The operands of an `and` or an `or`, and the state after both of them were evaluated."""


def regain(evaluation: Evaluation, evaluated: Evaluated, test: Expr, operator: str) -> None:
    """Where `a and b` holds, or `a or b` does not, both were evaluated: what they did is known again."""
    if evaluated is None or not isinstance(test, Operation) or test.operators != (operator,):
        return
    operands, state = evaluated
    if operands is test.operands:
        evaluation.state.regain(state)


def note_fetch(evaluation: Evaluation, model: str, paths: frozenset[str]) -> None:
    """Objects of `model` come with these lookup paths loaded wherever the tests of this place hold."""
    for condition in evaluation.conditions:
        evaluation.fetched_where.setdefault((model, condition), set()).update(paths)


def forget(evaluation: Evaluation, name: str) -> None:
    """A name gets a value: what held where a test of the name did is not known to hold again."""
    known = evaluation.fetched_where
    for key in [key for key in known if name in _NAMES.findall(key[1])]:
        del known[key]


def fetched_here(evaluation: Evaluation, model: str) -> frozenset[str]:
    """The lookup paths that objects of `model` have loaded because of a test that holds here."""
    if not evaluation.fetched_where or not evaluation.conditions:
        return frozenset()
    known = evaluation.fetched_where
    return frozenset(path for test in evaluation.conditions for path in known.get((model, test), ()))


def differ(members: tuple[Value, ...]) -> bool:
    """Whether alternatives of one value differ in what they have loaded."""
    objects = {member.loaded for member in members if isinstance(member, ModelInstance)}
    rows = {member.prefetched for member in members if isinstance(member, QuerySet)}
    return len(objects) > 1 or len(rows) > 1


def each_unsurely(evaluation: Evaluation, members: tuple[Value, ...], act: Callable[[Value], Value]) -> Value:
    """Apply `act` to alternatives that differ in what is loaded: a query of some is `likely` at most."""
    results: list[Value] = []
    told: list[list[Effect]] = []
    for member in members:
        with evaluation.collected() as effects:
            results.append(act(member))
        told.append(effects)
    is_sure = all(any(effect.kind is Kind.QUERIES for effect in effects) for effects in told)
    for effects in told:
        evaluation.note(
            effects
            if is_sure
            else [unsure(effect) if effect.kind is Kind.QUERIES else effect for effect in effects]
        )
    return join(results)


def _parts(test: Expr) -> tuple[str, ...]:
    """The tests that hold where `test` does: itself and, of `a and b`, both."""
    if isinstance(test, Operation) and test.operators == ("and",):
        return tuple(part for operand in test.operands for part in _parts(operand))
    written = _written(test)
    return (written,) if written else ()


def _written(expr: Expr) -> str:
    """A test as text that is the same wherever it is written the same; empty for what is rarely repeated."""
    match expr:
        case Name(id=name):
            return name
        case Literal(value=value):
            return repr(value)
        case Attribute(value=value, name=name):
            return _joined((value,), f".{name}")
        case Subscript(value=value, index=index):
            return _joined((value, index), "[]")
        case Operation(operators=operators, operands=operands):
            return _joined(operands, " ".join(operators))
        case Call(function=function, arguments=arguments):
            if any(argument.unpacking.value for argument in arguments):
                return ""
            keywords = ",".join(argument.keyword for argument in arguments)
            return _joined((function, *(argument.value for argument in arguments)), f"({keywords})")
        case _:
            return ""


def _joined(operands: tuple[Expr, ...], operator: str) -> str:
    written = [_written(operand) for operand in operands]
    return f"<{operator} {' '.join(written)}>" if all(written) else ""
