"""Loops: a body runs for its first turn, and once more for all later ones where those can differ from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from async_audit.effects import branching, consumption, statements
from async_audit.effects.assignment import assign
from async_audit.effects.narrowing import decided, narrow
from async_audit.effects.state import State, joined
from async_audit.effects.values import TOO_MANY, TupleOf
from async_audit.syntax.exposure import exposed_names, late_names
from async_audit.syntax.facts import For, Jump, JumpKind, Statement, While, blocks

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_MOST_LOOPS_RUN_TWICE = 6
"""Loops within loops: the body of the innermost of *n* may run two to the power of *n* times."""


def run_for(evaluation: Evaluation, statement: For) -> None:
    """Run a `for`, asynchronous or not, and its `else`."""
    source = evaluation.evaluate(statement.iterable)
    if statement.is_async:
        produced = consumption.iterate_async(evaluation, source, statement.iterable)
    else:
        produced = consumption.iterate(evaluation, source, statement.iterable, "iterates over it")

    def start() -> None:
        assign(evaluation, statement.target, produced)

    surely = not statement.is_async and isinstance(source, TupleOf) and bool(source.items)
    _loop(evaluation, statement, start, surely=surely)
    statements.run_block(evaluation, statement.orelse)


def run_while(evaluation: Evaluation, statement: While) -> None:
    """Run a `while` and its `else`."""
    with evaluation.in_loop():
        value = evaluation.evaluate(statement.test)
        consumption.truth(evaluation, value, statement.test)
    answer = decided(evaluation, statement.test, value)

    tested_again = False

    def start() -> None:
        nonlocal tested_again
        if tested_again:
            with evaluation.in_loop():
                consumption.truth(evaluation, evaluation.evaluate(statement.test), statement.test)
        tested_again = True
        narrow(evaluation, statement.test, truthy=True)

    _loop(evaluation, statement, start)
    if answer is True and not _breaks(statement.body):
        evaluation.state.reachable = False
    narrow(evaluation, statement.test, truthy=False)
    statements.run_block(evaluation, statement.orelse)


def _loop(
    evaluation: Evaluation, statement: For | While, start: Callable[[], None], *, surely: bool = False
) -> None:
    """Run a body for its first turn and once more for all later ones, each begun by `start`; then leave it.

    Where a later turn is no other than the first, or loops are nested too deeply, one is all. `surely`: there
    is a first turn in every run.
    """
    scope = evaluation.scope if evaluation.scopes else None
    if scope is None:
        return
    outer_breaks, scope.breaks = scope.breaks, []
    outer_continues, scope.continues = scope.continues, []
    before = evaluation.state.copy()
    ends = [] if surely else [before]
    for turn in range(2 if evaluation.loops < _MOST_LOOPS_RUN_TWICE else 1):
        start()
        with evaluation.in_loop():
            statements.run_block(evaluation, statement.body)
        evaluation.state = branching.join_all([evaluation.state, *scope.continues])
        scope.continues = []
        ends.append(evaluation.state.copy())
        if not evaluation.state.reachable:
            break
        if not surely:
            evaluation.state = joined(before.copy(), evaluation.state)
        if turn == 0 and _next_turn_is_the_same(evaluation, statement, before):
            break
    evaluation.state = branching.join_all([*ends, *scope.breaks])
    scope.breaks, scope.continues = outer_breaks, outer_continues


def _next_turn_is_the_same(evaluation: Evaluation, statement: For | While, before: State) -> bool:
    """Whether another turn from this state does nothing that the one from the state `before` did not.

    So it is where they differ only in variables that a turn binds before it reads them, and in what came into
    being in the turn without anything being known of it.
    """
    after = evaluation.state
    if (after.fallback, after.raised) != (before.fallback, before.raised):
        return False
    for origin, facts in after.heap.items():
        known = before.heap.get(origin)
        if facts is not known and facts != (known or {}):
            return False
    changed = [
        (key, value)
        for key, value in after.variables.items()
        if before.variables.get(key) is not value and before.variables.get(key) != value
    ]
    if not changed:
        return True
    prefix = f"{evaluation.scope.number}:"
    names = {
        key.removeprefix(prefix) for key, value in changed if key.startswith(prefix) and value != TOO_MANY
    }
    if len(names) < len(changed) or not names.isdisjoint(exposed_names(statement)):
        return False
    return all(
        names.isdisjoint(late_names(scope.facts, statement))
        and not any(parameter.name in names for parameter in scope.facts.parameters[:1])
        for scope in evaluation.scopes
    )


def _breaks(body: tuple[Statement, ...]) -> bool:
    for statement in body:
        if isinstance(statement, Jump) and statement.kind is JumpKind.BREAK:
            return True
        if not isinstance(statement, For | While) and any(_breaks(block) for block in blocks(statement)):
            return True
    return False
