"""Branches: both ways of a test are followed and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import conditions, consumption, statements
from async_audit.effects.absence import PRESENT, missing
from async_audit.effects.kinds import unsure
from async_audit.effects.narrowing import decided, narrow
from async_audit.effects.spelling import spelled
from async_audit.effects.state import State, joined
from async_audit.effects.values import (
    Unknown,
)
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Expr,
    If,
    Match,
    Name,
    Operation,
    Statement,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def run_if(evaluation: Evaluation, statement: If) -> None:
    """Run an `if`: the branches that can be taken, from the same state, then joined."""
    test = statement.test
    value = evaluation.evaluate(test)
    evaluated = evaluation.after_both
    last = _last_operand(test)
    consumption.truth(evaluation, value if last is test else evaluation.quietly(last), last)
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
        if unsure or _remembers(evaluation, test, statement.body):
            _run_unsurely(evaluation, statement.body)
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
        _run_unsurely(evaluation, statement.orelse)
    else:
        statements.run_block(evaluation, statement.orelse)
    evaluation.state = joined(after_body, evaluation.state)


def _remembers(evaluation: Evaluation, test: Expr, body: tuple[Statement, ...]) -> bool:
    """Whether a branch computes what outlives the call and is tested for: `if self.x is None: self.x = …`."""
    tested = _tested_spellings(test)
    global_names = evaluation.scope.global_names if evaluation.scopes else frozenset()
    kept = {name for name in tested if "." in name or name in global_names}
    if not kept:
        return False
    assigned = {
        spelled(target) for statement in body if isinstance(statement, Assign) for target in statement.targets
    }
    return not kept.isdisjoint(assigned)


def _tested_spellings(test: Expr) -> set[str]:
    match test:
        case Operation(operands=operands):
            return {name for operand in operands for name in _tested_spellings(operand)}
        case Name() | Attribute():
            return {spelled(test)}
        case _:
            return set()


def _run_unsurely(evaluation: Evaluation, body: tuple[Statement, ...]) -> None:
    """Run a branch that is taken once in a process's or object's life: what it does is `likely` at most."""
    with evaluation.collected() as effects:
        statements.run_block(evaluation, body)
    evaluation.note([unsure(effect) for effect in effects])


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
    evaluation.evaluate(statement.subject)
    before = evaluation.state
    ends: list[State] = []
    exhaustive = False
    for case in statement.cases:
        evaluation.state = before.copy()
        for name in case.binds:
            evaluation.bind(name, Unknown("what a pattern matched"))
        if case.guard is not None:
            consumption.truth(evaluation, evaluation.evaluate(case.guard), case.guard)
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
