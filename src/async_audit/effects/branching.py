"""Branches: both ways of a test are followed and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import conditions, consumption, statements
from async_audit.effects.absence import PRESENT, missing
from async_audit.effects.narrowing import decided, narrow
from async_audit.effects.remembering import Memory, memory, run_unsurely
from async_audit.effects.state import State, joined
from async_audit.effects.values import (
    Unknown,
)
from async_audit.syntax.facts import (
    Expr,
    If,
    Match,
    Operation,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def run_if(evaluation: Evaluation, statement: If) -> None:
    """Run an `if`: the branches that can be taken, from the same state, then joined."""
    test = statement.test
    value = evaluation.evaluate(test)
    evaluated = evaluation.after_both
    last = _last_operand(test)
    consumption.truth(evaluation, value if last is test else evaluation.again(last), last)
    answer = decided(evaluation, test, value)
    before = evaluation.state.copy()
    if answer is False:
        evaluation.state.reachable = False
    else:
        conditions.regain(evaluation, evaluated, test, "and")
        narrow(evaluation, test, truthy=True)
    unsure = answer is None and _in_helper(evaluation)
    absent = missing(evaluation, test) if unsure else PRESENT
    evaluation.state.fallback = before.fallback or absent.where_true
    with conditions.holding(evaluation, test):
        kept = memory(evaluation, test, statement.body)
        if unsure or kept is not Memory.CALL:
            run_unsurely(evaluation, statement.body, kept)
        else:
            statements.run_block(evaluation, statement.body)
    after_body, evaluation.state = evaluation.state, before
    evaluation.state.fallback = before.fallback or absent.where_false
    if answer is True:
        evaluation.state.reachable = False
    else:
        conditions.regain(evaluation, evaluated, test, "or")
        narrow(evaluation, test, truthy=False)
    if unsure:
        run_unsurely(evaluation, statement.orelse)
    else:
        statements.run_block(evaluation, statement.orelse)
    evaluation.state = joined(after_body, evaluation.state)


def _in_helper(evaluation: Evaluation) -> bool:
    """Whether the body is that of a plain function: which branch it takes is then the caller's doing."""
    return bool(evaluation.scopes) and not evaluation.scopes[0].facts.is_async


def _last_operand(test: Expr) -> Expr:
    """Of `a and b` the operand whose truth evaluating the expression has not tested yet."""
    if isinstance(test, Operation) and test.operators[0] in {"and", "or"}:
        return test.operands[-1]
    return test


def run_match(evaluation: Evaluation, statement: Match) -> None:
    """Run a `match`: every case from the same state, then joined."""
    subject = evaluation.evaluate(statement.subject)
    before = evaluation.state
    ends: list[State] = []
    exhaustive = False
    for case in statement.cases:
        evaluation.state = before.copy()
        for name in case.binds:
            evaluation.bind(name, subject if case.is_whole else Unknown("what a pattern matched"))
        if case.guard is not None:
            consumption.truth(evaluation, evaluation.evaluate(case.guard), case.guard)
        if _in_helper(evaluation):
            run_unsurely(evaluation, case.body)
        else:
            statements.run_block(evaluation, case.body)
        ends.append(evaluation.state)
        exhaustive = exhaustive or case.irrefutable
    if not exhaustive:
        ends.append(before)
    evaluation.state = join_all(ends)


def join_all(states: list[State]) -> State:
    """The state after any of several paths; there is at least one."""
    result = states[0]
    for state in states[1:]:
        result = joined(result, state)
    return result
