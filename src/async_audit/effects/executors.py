"""Executors: what they are given runs in their threads, and their end waits for it.

Whether anybody has waited for a result is known where the result is dropped at once, or bound to a name that
nothing reads. Other results are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import bridges
from async_audit.effects.kinds import REQUESTS_OWN, Category, Kind
from async_audit.effects.values import FALSE, NONE, TRUE, Actual, Hop, Instance, Thread, Value, alternatives
from async_audit.findings import Confidence

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

EXECUTOR = "concurrent.futures.Executor"


def submit(evaluation: Evaluation, executor: Value, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`executor.submit(f, …)`: it runs in a thread of the executor; a future comes back."""
    with evaluation.collected() as effects:
        bridges.call_hop(evaluation, Hop(actuals[0].value, Thread.SHARED), actuals[1:], expr)
    # Whether anybody waits for the future is not known.
    evaluation.note([effect for effect in effects if effect.kind not in REQUESTS_OWN])
    return running(
        evaluation, executor, Instance("concurrent.futures.Future", evaluation.make((expr.end, "future")))
    )


def running(evaluation: Evaluation, executor: Value, result: Value) -> Value:
    """`result`, of which is known from now on that it is computed in `executor`."""
    if isinstance(executor, Instance) and executor.origin:
        for member in alternatives(result):
            origin = getattr(member, "origin", ())
            if origin:
                evaluation.state.learn(origin, "executor", executor)
    return result


def note_dropped(evaluation: Evaluation, result: Value) -> None:
    """What is computed in an executor was dropped: only the executor's end waits for it."""
    for member in alternatives(result):
        executor = evaluation.state.known(getattr(member, "origin", ()), "executor")
        if isinstance(executor, Instance):
            evaluation.state.learn(executor.origin, "left running", TRUE)
            evaluation.left_running.add(executor.origin)


def is_executor(evaluation: Evaluation, value: Value) -> bool:
    """Whether a value is an executor of the standard library."""
    return isinstance(value, Instance) and evaluation.program.catalogue.derives(value.cls, EXECUTOR)


def shut_down(evaluation: Evaluation, executor: Value, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`executor.shutdown(wait=True)`."""
    told = (
        a.value
        for position, a in enumerate(actuals)
        if a.keyword == "wait" or (not a.keyword and not position)
    )
    if FALSE not in told:
        close(evaluation, executor, expr, f"`{evaluation.spelled(getattr(expr, 'function', expr))}`")
    return NONE


def close(evaluation: Evaluation, executor: Value, expr: Expr, what: str) -> None:
    """The end of an executor waits for what it was given and nobody has waited for."""
    origin = executor.origin if isinstance(executor, Instance) else ()
    if origin not in evaluation.left_running:
        return
    surely = evaluation.state.known(origin, "left running") is not None
    evaluation.emit(
        Kind.BLOCKS,
        Category.WAIT,
        expr,
        f"{what} waits for its work that nobody awaited",
        "give it its work with `await loop.run_in_executor(…)`",
        Confidence.CERTAIN if surely else Confidence.LIKELY,
    )
