"""Bridges that nothing needs: what they carry would do the same without them.

Only what is certain is reported: a bridge around a bridge, a coroutine function without any await, a queryset
method that builds a query and runs none. Whether a plain function neither queries nor blocks is not known as
long as anything in it is not known, and then nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.catalogue.rows import Action
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import Function, Hop, Manager, Method, QuerySet, ReEntry, Value
from async_audit.project.names import LibraryName

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def check_hop(evaluation: Evaluation, function: Value, expr: Expr) -> None:
    """Report `sync_to_async(function)` where no thread is needed."""
    match function:
        case ReEntry():
            _report(
                evaluation,
                expr,
                "`sync_to_async` around `async_to_sync` goes to a thread only to come back to a loop",
                "`await` the coroutine directly",
            )
        case Method(receiver=Manager() | QuerySet(), owner="queryset", name=name):
            row = evaluation.program.catalogue.queryset.get(name)
            if row is not None and row.action is Action.LAZY:
                _report(
                    evaluation,
                    expr,
                    f"`{name}` builds a queryset and queries nothing: no thread is needed",
                    "call it directly, and evaluate the queryset with `async for` or an `a…` method",
                )


def check_reentry(evaluation: Evaluation, function: Value, expr: Expr) -> None:
    """Report `async_to_sync(function)` where no event loop is needed."""
    match function:
        case Hop():
            _report(
                evaluation,
                expr,
                "`async_to_sync` around `sync_to_async` starts an event loop only to leave it again",
                "call the function directly",
            )
        case Function(facts=facts) if _never_suspends(function) and _needs_no_loop(evaluation, function):
            _report(
                evaluation,
                expr,
                f"`{facts.name}` has no await, so it never suspends: no event loop is needed",
                "make it a plain `def` and call it",
            )


def _never_suspends(function: Function) -> bool:
    facts = function.facts
    plain = facts.is_async and not facts.awaits and not facts.is_generator
    return plain and not function.owner and not facts.decorators


def _needs_no_loop(evaluation: Evaluation, function: Function) -> bool:
    """Whether all libraries that the function names are known to do without a running event loop."""
    program = evaluation.program
    named = (program.names.lookup(function.module, name) for name in sorted(function.facts.reads))
    meanings = (meaning for found in named for meaning in found)
    return all(
        program.catalogue.is_quiet(meaning.name) for meaning in meanings if isinstance(meaning, LibraryName)
    )


def _report(evaluation: Evaluation, expr: Expr, subject: str, remedy: str) -> None:
    evaluation.emit(Kind.MISUSES, Category.NEEDLESS_BRIDGE, expr, subject, remedy)
