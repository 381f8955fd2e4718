"""What has happened to a request before a handler runs: who has put its user there, or loaded it, before.

The project's middleware and the `dispatch` of the handler's class run first, up to where they pass the
request on: `self.get_response(request)`, `super().dispatch(request)`, the end of `process_request`. What is
known of the request at each of these places is known in the handler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from async_audit.effects import requests
from async_audit.effects.values import (
    NONE,
    NOWHERE,
    TRUE,
    Actual,
    Function,
    Instance,
    Origin,
    Value,
    alternatives,
)
from async_audit.mentions import mention
from async_audit.project.middleware import own_definitions, shipped
from async_audit.project.views import dispatching
from async_audit.syntax.facts import Attribute, Call, FunctionFacts, Name

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.summaries import Summaries
    from async_audit.project.names import Definition

_TOUCHED = mention(rb"\.\s*(?:a?user|session)\b", b"user", b"session")
_NEXT = "get_response"
_BEFORE_DISPATCH = frozenset({"dispatch", "setup", "__init__", "as_view"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a request that arrives: whether its user and its session are loaded."""

    user: bool = False
    session: bool = False

    def either(self, other: Arrival) -> Arrival:
        """What is known after both have had the request."""
        return Arrival(self.user or other.user, self.session or other.session)


_NOTHING = Arrival()


def _on_all(ways: Sequence[Arrival]) -> Arrival:
    """What is known on whichever of these ways a request comes; nothing where there is none."""
    return Arrival(all(way.user for way in ways), all(way.session for way in ways)) if ways else _NOTHING


class Passing:
    """The places at which one body passes its request on, and what is known of the request there."""

    def __init__(self, origin: Origin, *, returns: bool) -> None:
        """With `returns` to return nothing passes the request at `origin` on."""
        self._origin = origin
        self._returns = returns
        self._found: list[Arrival] = []

    def note_call(self, evaluation: Evaluation, expr: Call, actuals: tuple[Actual, ...]) -> None:
        """A call with these arguments is about to be made."""
        if _passes_on(expr) and actuals and evaluation.state.reachable:
            for member in alternatives(actuals[0].value):
                origin = member.origin if isinstance(member, Instance) else NOWHERE
                self._found.append(_known(evaluation, origin))

    def note_end(self, evaluation: Evaluation, value: Value) -> None:
        """The body ends here with this value."""
        if self._returns and NONE in alternatives(value):
            self._found.append(_known(evaluation, self._origin))

    @property
    def arrival(self) -> Arrival:
        """What is known wherever the request is passed on."""
        return _on_all(self._found)


def _passes_on(expr: Call) -> bool:
    match expr.function:
        case Attribute(name=name) | Name(id=name) if name == _NEXT:
            return True
        case Attribute(value=Call(function=Name(id="super")), name="dispatch"):
            return True
        case _:
            return False


def _known(evaluation: Evaluation, origin: Origin) -> Arrival:
    if not origin:
        return _NOTHING
    state = evaluation.state
    return Arrival(
        state.known(origin, "user loaded") is not None,
        state.known((*origin, "session"), "loaded") is not None,
    )


class Arrivals:
    """What is known of the requests of one program, by who handles them; found once for each."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries
        self._before_views: Arrival | None = None
        self._before_handlers: dict[str, Arrival] = {}

    def at(self, function: Function, receiver: Value | None) -> Arrival:
        """What is known of the request at the start of a function that Django calls with one.

        `receiver` is its `self`.
        """
        if any(function.module == definition.path for definition in self._own):
            return _NOTHING
        known = self._of_middleware()
        cls = receiver.cls if isinstance(receiver, Instance) else function.owner
        if cls and function.facts.name not in _BEFORE_DISPATCH:
            known = known.either(self._of_dispatch(cls))
        return known

    @cached_property
    def _own(self) -> tuple[Definition, ...]:
        return own_definitions(self._summaries.program)

    def _of_middleware(self) -> Arrival:
        if self._before_views is None:
            # Whatever the middleware calls itself is told nothing.
            self._before_views = _NOTHING
            program = self._summaries.program
            known = _NOTHING
            if any(entry.loads_user for entry in shipped(program)):
                known = Arrival(user=True, session=True)
            for definition in self._own:
                if program.modules.file(definition.path).mentions(_TOUCHED):
                    known = known.either(self._of_entry(definition))
            self._before_views = known
        return self._before_views

    def _of_entry(self, definition: Definition) -> Arrival:
        """What one middleware of the project has done to each request."""
        if isinstance(definition.facts, FunctionFacts):
            return self._passed(Function(definition.path, definition.facts), "")
        classes = self._summaries.program.classes
        cls = classes.of(definition.path, definition.facts).name
        known = _NOTHING
        for hooks in (("__call__", "__acall__"), ("process_request",), ("process_view",)):
            members = [(classes.member(cls, hook), hook) for hook in hooks]
            functions = [(member.cls, member.cls.function(hook)) for member, hook in members if member]
            known = known.either(
                _on_all(
                    [
                        self._passed(Function(owner.path, facts, owner.name), cls)
                        for owner, facts in functions
                        if facts is not None
                    ]
                )
            )
        return known

    def _of_dispatch(self, cls: str) -> Arrival:
        """What the `dispatch` of a view and of its mixins has done to the request of a handler."""
        known = self._before_handlers.get(cls)
        if known is None:
            known = self._before_handlers[cls] = _NOTHING
            for owner, facts in dispatching(self._summaries.program, cls):
                known = known.either(self._passed(Function(owner.path, facts, owner.name), cls))
            self._before_handlers[cls] = known
        return known

    def _passed(self, function: Function, cls: str) -> Arrival:
        """What is known of the request wherever a function passes it on."""
        from async_audit.effects.arguments import bind_parameters
        from async_audit.effects.statements import run_body, run_nested

        evaluation = self._summaries.evaluation(function.module)
        parameters = function.facts.parameters
        given: dict[str, Value] = {}
        origin = NOWHERE
        if function.owner and len(parameters) > 1:
            receiver, request = parameters[0].name, parameters[1].name
            origin = ("param", request)
            given = {receiver: Instance(cls, ("param", "self")), request: Instance(requests.REQUEST, origin)}
        is_hook = function.facts.name.startswith("process_")
        evaluation.passing = passing = Passing(origin, returns=is_hook)
        scope = evaluation.open_scope(function)
        bind_parameters(evaluation, function, given)
        run_body(evaluation, function.facts)
        if evaluation.state.reachable:
            passing.note_end(evaluation, NONE)
        for value in scope.returned:
            for member in alternatives(value) if not function.owner else ():
                if isinstance(member, Function):
                    run_nested(evaluation, member)
        return passing.arrival


def learn(evaluation: Evaluation, origin: Origin, arrival: Arrival) -> None:
    """What is known of the request at `origin` holds from here on."""
    if arrival.user:
        evaluation.state.learn(origin, "user loaded", TRUE)
    if arrival.session:
        evaluation.state.learn((*origin, "session"), "loaded", TRUE)
