"""Parameters of a called function: which argument fills which, and what one is that no call fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import absence, arrivals, requests
from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.values import (
    NEVER,
    NOWHERE,
    TRUE,
    Actual,
    ClassObject,
    Collection,
    Const,
    DictOf,
    Function,
    Instance,
    Manager,
    ModelInstance,
    QuerySet,
    TupleOf,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import FunctionFacts, Literal, Parameter, ParameterKind

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def bind_actuals(facts: FunctionFacts, actuals: tuple[Actual, ...]) -> tuple[tuple[str, Value], ...]:
    """The parameters that the arguments fill, by name."""
    parameters = facts.parameters
    by_name = {p.name: p for p in parameters}
    positional = [p for p in parameters if p.kind is ParameterKind.POSITIONAL]
    bound: dict[str, Value] = {}
    extra: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    position = 0
    spread = False
    others: Value = UNTYPED
    for actual in actuals:
        if actual.keyword:
            parameter = by_name.get(actual.keyword)
            if parameter is not None and parameter.kind in {ParameterKind.POSITIONAL, ParameterKind.KEYWORD}:
                bound[actual.keyword] = actual.value
            else:
                keywords.append((actual.keyword, actual.value))
        elif actual.spread:
            spread = True
            others = UNTYPED if isinstance(actual.value, DictOf) else actual.value
        elif position < len(positional) and not spread:
            bound[positional[position].name] = actual.value
            position += 1
        else:
            extra.append(actual.value)
    if promised(others):
        # What a sequence of unknown length is spread into has its elements.
        for parameter in positional[position:]:
            bound.setdefault(parameter.name, others)
    for parameter in parameters:
        default = parameter.default
        if (
            parameter.name not in bound
            and not spread
            and isinstance(default, Literal)
            and (default.value is None or isinstance(default.value, bool))
        ):
            bound[parameter.name] = Const(default.value)
        if parameter.kind is ParameterKind.VAR_POSITIONAL and promised(others):
            bound[parameter.name] = Collection("tuple", join((*extra, others)))
        elif parameter.kind is ParameterKind.VAR_POSITIONAL and (extra or not spread):
            bound[parameter.name] = TupleOf(tuple(extra))
        elif parameter.kind is ParameterKind.VAR_KEYWORD and (keywords or not spread):
            bound[parameter.name] = DictOf(tuple(keywords), UNTYPED if spread else NEVER)
    return tuple(bound.items())


def bind_parameters(evaluation: Evaluation, function: Function, given: dict[str, Value]) -> None:
    """Bind the parameters of the function whose scope was just opened."""
    for position, parameter in enumerate(function.facts.parameters):
        origin = ("param", parameter.name)
        value = given.get(parameter.name)
        if value is None or isinstance(value, Unknown):
            value = _assumed(evaluation, function, parameter, position, passed=value is not None)
        evaluation.bind_here(parameter.name, value)
        if any(isinstance(member, Const) and not member.value for member in alternatives(value)):
            absence.allow_missing(evaluation, parameter.name)
        if isinstance(value, Instance):
            for name, content in value.held:
                evaluation.state.learn(value.origin, f".{name}", content)
            if Const("user loaded") in value.parts or (
                value.cls == requests.REQUEST and requests.is_authenticated_early(evaluation, function)
            ):
                evaluation.state.learn(value.origin, "user loaded", TRUE)
            if Const("session loaded") in value.parts:
                evaluation.state.learn((*value.origin, "session"), "loaded", TRUE)
            if parameter.name not in given and requests.is_request(evaluation, value):
                _learn_arrival(evaluation, function, value)
        if getattr(value, "origin", NOWHERE) == origin and origin not in evaluation.state.heap:
            evaluation.state.make(origin)


def _learn_arrival(evaluation: Evaluation, function: Function, request: Instance) -> None:
    """Of a request that no call gives it is known what has been done to it before."""
    first = function.facts.parameters[0].name
    receiver = evaluation.name(first) if function.owner else None
    arrivals.learn(evaluation, request.origin, evaluation.summaries.arrivals.at(function, receiver))


def _assumed(
    evaluation: Evaluation, function: Function, parameter: Parameter, position: int, *, passed: bool
) -> Value:
    """What a parameter is where the call does not tell: by its annotation, its role or its default."""
    origin = ("param", parameter.name)
    if parameter.kind is ParameterKind.VAR_POSITIONAL:
        return Collection("tuple", UNTYPED)
    if parameter.kind is ParameterKind.VAR_KEYWORD:
        return DictOf((), UNTYPED)
    if position == 0 and function.owner and not function.facts.is_static:
        cls = function.owner
        if any(getattr(d, "id", "") == "classmethod" for d in function.facts.decorators):
            return ClassObject(cls)
        return receiver_of(evaluation, cls)
    if parameter.annotation is not None:
        value = annotated(evaluation, parameter.annotation, origin)
        if isinstance(value, Instance) and parameter.default is not None and not passed:
            default = evaluation.quietly(parameter.default)
            if isinstance(default, Instance) and evaluation.program.classes.derives(
                value.cls, "typing.Protocol"
            ):
                return default
        if promised(value):
            return value
    if (
        parameter.name == "request"
        and parameter.annotation is None
        and not evaluation.program.imports_other_framework(function.module)
    ):
        return Instance(requests.REQUEST, origin)
    if parameter.default is not None and not passed:
        value = evaluation.quietly(parameter.default)
        # A caller may pass anything instead of a plain default; a class or function says more.
        return value if isinstance(value, Function | ClassObject | Instance) else UNTYPED
    return UNTYPED


def receiver_of(evaluation: Evaluation, cls: str) -> Value:
    """`self` in a method of the class."""
    program = evaluation.program
    origin = ("param", "self")
    if program.models.is_model(cls):
        from async_audit.effects.values import Provenance

        return ModelInstance(cls, origin, provenance=Provenance.GIVEN)
    if program.classes.derives(cls, "django.db.models.QuerySet"):
        return QuerySet("", (cls,), origin)
    if program.classes.derives(cls, "django.db.models.Manager"):
        return Manager("", (cls,), origin)
    return Instance(cls, origin)
