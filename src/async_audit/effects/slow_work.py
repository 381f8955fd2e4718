"""Slow work: what a request should hand to a task queue, whichever thread does it.

The names are data (`catalogue/data/background.toml`). Unlike what blocks, slow work stays with the request
through hops and awaits: who asks for the page waits for it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.effects.django_settings import is_harmless
from async_audit.effects.kinds import Category, Effect, Kind
from async_audit.effects.values import Actual, Collection, Const, Instance, Method, TupleOf, Value

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


@dataclass(frozen=True, slots=True)
class SlowWork:
    """One kind of slow work of an entry point: what it is in words, its first site, and how many sites."""

    what: str
    effect: Effect
    sites: int


def slow_work(effects: Iterable[Effect]) -> tuple[SlowWork, ...]:
    """The slow work among the effects of an entry point, one row for each kind of work, in order of place."""
    by_kind: dict[str, list[Effect]] = {}
    for effect in effects:
        if effect.kind is Kind.SLOW:
            by_kind.setdefault(effect.remedy, []).append(effect)
    rows = [
        SlowWork(what, min(found, key=lambda effect: effect.rank), len({effect.site for effect in found}))
        for what, found in by_kind.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.effect.site, row.what)))


def note_call(evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """Note that a library function does slow work, or runs a program or command that does."""
    table = evaluation.program.catalogue.background
    what = table.calls.get(name, "")
    if not what and name in table.runners and actuals:
        what = table.programs.get(_program(actuals[0].value), "")
    row = evaluation.program.catalogue.calls.get(name) if what else None
    if row is None or not is_harmless(evaluation, row, actuals):
        _note(evaluation, what, expr)


def note_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """Note that a method of a library's object does slow work."""
    catalogue = evaluation.program.catalogue
    if not isinstance(method.receiver, Instance) or method.name not in catalogue.background.method_names:
        return
    row = catalogue.method(method.owner, method.name)
    if row is not None and is_harmless(evaluation, row, actuals, method.receiver):
        return
    _note(evaluation, _of_class(evaluation, method.owner, method.name), expr)


def note_instance(evaluation: Evaluation, value: Instance, expr: Expr) -> None:
    """Note that calling an object does slow work: a pipeline of a large model."""
    _note(evaluation, _of_class(evaluation, value.cls, "__call__"), expr)


def _of_class(evaluation: Evaluation, cls: str, name: str) -> str:
    catalogue = evaluation.program.catalogue
    if name not in catalogue.background.method_names:
        return ""
    bases = [base for own in evaluation.program.classes.order(cls) or (cls,) for base in catalogue.bases(own)]
    return next(
        (
            what
            for base in (*bases, *catalogue.bases(cls))
            if (what := catalogue.background.methods.get((base, name)))
        ),
        "",
    )


def _note(evaluation: Evaluation, what: str, expr: Expr) -> None:
    if what:
        callee = evaluation.spelled(getattr(expr, "function", expr))
        evaluation.emit(Kind.SLOW, Category.SLOW_WORK, expr, f"`{callee}`", what)


def _program(value: Value) -> str:
    """The name of the program that a command line starts, or of a management command."""
    match value:
        case Const(value=str(text)):
            words = text.split()
            return words[0].rpartition("/")[2] if words else ""
        case TupleOf(items=(first, *_)):
            return _program(first)
        case Collection(element=Const() as element):
            return _program(element)
        case _:
            return ""
