"""Fallbacks: code that runs only where something that others provide is missing.

A helper that says `if user is None: user = User.objects.first()`, or `current.get() or load_default()`,
queries only for callers that give nothing. Whether one does is decided where it is known what the caller
gives; where it is not, what the fallback does is unknown and no finding. Missing can be a parameter of
the helper, an entry of one, and the value of a context variable. A cache that has no entry is no such case:
that happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import CONTEXT_VARIABLE, TRUE, Const, DictOf, Unknown, alternatives
from async_audit.syntax.facts import (
    Argument,
    Attribute,
    Call,
    Expr,
    Literal,
    Name,
    Operation,
    Subscript,
    Walrus,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

UNDECIDED = "a fallback for what a caller may not give"
"""The reason that is counted for what a fallback would do."""


class Missing(NamedTuple):
    """Whether a test says, where it succeeds and where it fails, that something provided is missing."""

    where_true: bool
    where_false: bool


PRESENT = Missing(where_true=False, where_false=False)


def missing(evaluation: Evaluation, test: Expr) -> Missing:
    """Where the code behind `test` is a fallback; nowhere in a coroutine, whose callers are clients."""
    if not evaluation.scopes or evaluation.scopes[0].facts.is_async:
        return PRESENT
    return _missing(evaluation, test)


def _missing(evaluation: Evaluation, test: Expr) -> Missing:
    match test:
        case Operation(operators=("not",), operands=(operand,)):
            inner = _missing(evaluation, operand)
            return Missing(inner.where_false, inner.where_true)
        case Operation(operators=("and",), operands=operands):
            parts = [_missing(evaluation, operand) for operand in operands]
            return Missing(any(part.where_true for part in parts), all(part.where_false for part in parts))
        case Operation(operators=("or",), operands=operands):
            parts = [_missing(evaluation, operand) for operand in operands]
            return Missing(all(part.where_true for part in parts), any(part.where_false for part in parts))
        case Operation(operators=("is" | "==",), operands=(subject, Literal(value=None))):
            return Missing(_is_provided(evaluation, subject), where_false=False)
        case Operation(operators=("is not" | "!=",), operands=(subject, Literal(value=None))):
            return Missing(where_true=False, where_false=_is_provided(evaluation, subject))
        case _:
            return Missing(where_true=False, where_false=_is_provided(evaluation, test))


def _is_provided(evaluation: Evaluation, subject: Expr) -> bool:
    """Whether others provide the value: a parameter, its entry, or a context variable."""
    match subject:
        case Walrus(value=value):
            return _is_provided(evaluation, value)
        case (
            Subscript(value=Name(id=name), index=key)
            | Call(function=Attribute(value=Name(id=name), name="get"), arguments=(Argument(value=key), *_))
        ) if _is_parameter(evaluation, name):
            return not _is_given_empty(evaluation, name, key)
        case Name(id=name) if _is_parameter(evaluation, name):
            return True
        case _:
            return Unknown(CONTEXT_VARIABLE) in alternatives(evaluation.again(subject))


def _is_given_empty(evaluation: Evaluation, name: str, key: Expr) -> bool:
    """Whether the dictionary that a caller passes is known to have an entry that is empty now and then."""
    if not isinstance(key, Literal):
        return False
    for member in alternatives(evaluation.name(name)):
        if isinstance(member, DictOf):
            given = dict(member.items).get(str(key.value), UNTYPED)
            return any(isinstance(value, Const) and not value.value for value in alternatives(given))
    return False


def allow_missing(evaluation: Evaluation, parameter: str) -> None:
    """The callers of the innermost function are known to leave its parameter empty now and then."""
    evaluation.state.learn(("left empty", evaluation.scope.number), parameter, TRUE)


def _is_parameter(evaluation: Evaluation, name: str) -> bool:
    """Whether a name is a parameter of which it is not known that callers leave it empty."""
    if evaluation.state.known(("left empty", evaluation.scope.number), name) is not None:
        return False
    facts = evaluation.scope.facts
    names = [parameter.name for parameter in facts.parameters]
    is_receiver = bool(evaluation.scope.function.owner) and names[:1] == [name]
    return name in names and not is_receiver
