"""Branches that compute what outlives the call and is tested for: `if self.x is None: self.x = load()`.

Such a branch is taken once in the life of an object or, for a global name and for the one instance that a
module makes of its own class, once in the life of a process. What a helper blocks once in the life of a
process keeps nobody waiting for long. A query raises all the same, and an exception is not kept.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.effects.kinds import Kind, unsure
from async_audit.effects.spelling import spelled
from async_audit.effects.values import Bound, Function
from async_audit.syntax.facts import Assign, Attribute, Call, Evaluate, Expr, Name, Operation, Statement

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


class Memory(enum.Enum):
    """For how long what a branch computes is kept and not computed again."""

    CALL = "call"
    OBJECT = "object"
    PROCESS = "process"


def memory(evaluation: Evaluation, test: Expr, body: tuple[Statement, ...]) -> Memory:
    """For how long a branch that is taken where `test` holds keeps what it computes."""
    global_names = evaluation.scope.global_names if evaluation.scopes else frozenset()
    kept = {name for name in _tested(test) if "." in name or name in global_names}
    kept.intersection_update(_assigned(evaluation, body) if kept else ())
    if not kept:
        return Memory.CALL
    if not kept.isdisjoint(global_names) or _is_of_a_module(evaluation):
        return Memory.PROCESS
    return Memory.OBJECT


def run_unsurely(evaluation: Evaluation, body: tuple[Statement, ...], kept: Memory = Memory.CALL) -> None:
    """Run a branch of which it is not known whether this call takes it: what it does is `likely` at most."""
    from async_audit.effects.statements import run_block  # mutual recursion

    with evaluation.collected() as effects:
        run_block(evaluation, body)
    helper = bool(evaluation.scopes) and not evaluation.scopes[0].facts.is_async
    if helper and kept is Memory.PROCESS:
        effects = [effect for effect in effects if effect.kind is not Kind.BLOCKS]
    evaluation.note([unsure(effect) for effect in effects])


def _tested(test: Expr) -> set[str]:
    match test:
        case Operation(operands=operands):
            return {name for operand in operands for name in _tested(operand)}
        case Name() | Attribute():
            return {spelled(test)}
        case _:
            return set()


def _assigned(evaluation: Evaluation, body: tuple[Statement, ...]) -> Iterator[str]:
    """What a branch assigns itself, or through a method of the object such as `self.set_x(…)`."""
    for statement in body:
        match statement:
            case Assign(targets=targets):
                yield from map(spelled, targets)
            case Evaluate(value=Call(function=Attribute(value=Name(id=receiver)) as setter)):
                method = evaluation.quietly(setter)
                if isinstance(method, Bound) and isinstance(method.function, Function):
                    yield from _set_by(method.function, receiver)
            case _:
                pass


def _set_by(method: Function, receiver: str) -> Iterator[str]:
    parameters = method.facts.parameters
    for statement in method.facts.body if parameters else ():
        for target in statement.targets if isinstance(statement, Assign) else ():
            match target:
                case Attribute(value=Name(id=name)) if name == parameters[0].name:
                    yield f"{receiver}.{target.name}"
                case _:
                    pass


def _is_of_a_module(evaluation: Evaluation) -> bool:
    """Whether the method's class has an instance that its own module makes and keeps."""
    function = evaluation.scope.function
    facts = evaluation.program.modules.readable(function.module)
    short = function.owner.rpartition(".")[2]
    if facts is None or not short:
        return False
    return any(
        isinstance(statement, Assign)
        and isinstance(statement.value, Call)
        and isinstance(statement.value.function, Name)
        and statement.value.function.id == short
        for statements in facts.bindings.values()
        for statement in statements
    )
