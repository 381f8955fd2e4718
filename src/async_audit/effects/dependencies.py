"""FastAPI's `Depends`: what makes a parameter, run for the request before the function itself.

A coroutine function is awaited on the event loop, an asynchronous generator too; anything else goes to a
thread. All of that is the same whether the function that needs it is a coroutine or a plain `def`, so that no
ledger counts it, except what raises or stalls on the event loop.

Source: https://fastapi.tiangolo.com/tutorial/dependencies/, `solve_dependencies` in
fastapi/dependencies/utils.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.effects.annotated import UNTYPED, promised
from async_audit.effects.awaiting import await_result, note_await
from async_audit.effects.consumption import note_iteration
from async_audit.effects.kinds import REQUESTS_OWN, STALLS, Effect, Kind
from async_audit.effects.values import (
    Awaitable,
    Bound,
    ClassObject,
    External,
    Function,
    Instance,
    Lazy,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import Call, Display, Expr, FunctionFacts, Subscript

if TYPE_CHECKING:
    from collections.abc import Container

    from async_audit.effects.evaluation import Evaluation


def provide(evaluation: Evaluation, facts: FunctionFacts, given: Container[str]) -> None:
    """Run what makes the parameters of a coroutine that the call does not give, and bind them to it."""
    if not facts.is_async:
        return
    for parameter in facts.parameters:
        if parameter.name in given:
            continue
        for call in _calls(parameter.default, parameter.annotation):
            if call.arguments and _is_dependency(evaluation, call):
                maker = evaluation.quietly(call.arguments[0].value)
                made = join(_made(evaluation, member, call) for member in alternatives(maker))
                if promised(made):
                    evaluation.bind_here(parameter.name, made)


def _calls(default: Expr | None, annotation: Expr | None) -> Iterator[Call]:
    """The calls that may be `Depends(…)`: the default, and the extras of `Annotated[…]`."""
    if isinstance(default, Call):
        yield default
    if isinstance(annotation, Subscript) and isinstance(annotation.index, Display):
        yield from (item for item in annotation.index.items if isinstance(item, Call))


def _is_dependency(evaluation: Evaluation, call: Call) -> bool:
    function = evaluation.quietly(call.function)
    specials = evaluation.program.catalogue.specials
    return isinstance(function, External) and specials.get(function.name) == "dependency"


def _made(evaluation: Evaluation, maker: Value, call: Call) -> Value:
    if not isinstance(maker, Function | Bound | ClassObject | Instance):
        return UNTYPED
    with evaluation.collected() as effects:
        value = evaluation.call(maker, (), call)
        on_loop = isinstance(value, Awaitable) or (isinstance(value, Lazy) and value.is_async)
        if isinstance(value, Awaitable):
            note_await(evaluation, value, call)
            value = await_result(evaluation, value, call)
        elif isinstance(value, Lazy):
            if on_loop:
                note_iteration(evaluation, value, call)
            value = value.element
    evaluation.note(
        [effect for effect in effects if effect.kind in REQUESTS_OWN or (on_loop and _stalls(effect))]
    )
    return value


def _stalls(effect: Effect) -> bool:
    """Whether it raises or stalls where the function itself runs; what else it awaits it awaits anyway."""
    return effect.kind in {Kind.QUERIES, Kind.BLOCKS} or effect.category in STALLS
