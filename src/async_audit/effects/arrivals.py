"""What has happened to a request before a handler runs: who has put its user there, or loaded it, before.

The project's middleware and the `dispatch` of the handler's class run first, up to where they pass the
request on: `self.get_response(request)`, `super().dispatch(request)`, the end of `process_request`. What is
known of the request at each of these places is known in the handler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.effects import requests
from async_audit.effects.values import (
    NONE,
    NOWHERE,
    TRUE,
    Actual,
    Function,
    Instance,
    LazyUser,
    Origin,
    Unknown,
    Value,
    alternatives,
)
from async_audit.mentions import mention
from async_audit.project.middleware import own_definitions, shipped
from async_audit.project.views import is_view
from async_audit.syntax.facts import Attribute, Call, FunctionFacts, Name

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.summaries import Summaries
    from async_audit.project.names import Definition

_TOUCHED = mention(rb"\.\s*(?:a?user|session)\b", b"user", b"session")
_LAZY_OBJECT = "django.utils.functional.SimpleLazyObject"
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

    def both(self, other: Arrival) -> Arrival:
        """What is known on either of two ways."""
        return Arrival(self.user and other.user, self.session and other.session)


_NOTHING = Arrival()


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
        if not self._found:
            return _NOTHING
        known = self._found[0]
        for other in self._found[1:]:
            known = known.both(other)
        return known


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
    user = state.known(origin, ".user")
    return Arrival(
        state.known(origin, "user loaded") is not None or (user is not None and not is_lazy(user)),
        state.known((*origin, "session"), "loaded") is not None,
    )


def is_lazy(user: Value) -> bool:
    """Whether a user is loaded when it is first used."""
    return any(
        isinstance(member, LazyUser) or (isinstance(member, Instance) and member.cls == _LAZY_OBJECT)
        for member in alternatives(user)
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
        program = self._summaries.program
        if function.module in {definition.path for definition in own_definitions(program)}:
            return _NOTHING
        known = self._of_middleware()
        cls = receiver.cls if isinstance(receiver, Instance) else function.owner
        if cls and function.facts.name not in _BEFORE_DISPATCH and is_view(program, cls):
            known = known.either(self._of_dispatch(cls))
        return known

    def _of_middleware(self) -> Arrival:
        if self._before_views is None:
            # Whatever the middleware calls itself is told nothing.
            self._before_views = _NOTHING
            program = self._summaries.program
            known = _NOTHING
            if any(entry.loads_user for entry in shipped(program)):
                known = Arrival(user=True, session=True)
            for definition in own_definitions(program):
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
            of_hooks = [self._passed(function, cls) for function in self._methods(cls, hooks)]
            if of_hooks:
                first, *others = of_hooks
                for other in others:
                    first = first.both(other)
                known = known.either(first)
        return known

    def _of_dispatch(self, cls: str) -> Arrival:
        """What the `dispatch` of a view and of its mixins has done to the request of a handler."""
        known = self._before_handlers.get(cls)
        if known is None:
            known = self._before_handlers[cls] = _NOTHING
            for function in self._methods(cls, ("dispatch",), all_of_them=True):
                known = known.either(self._passed(function, cls))
            self._before_handlers[cls] = known
        return known

    def _methods(self, cls: str, names: tuple[str, ...], *, all_of_them: bool = False) -> list[Function]:
        """The project's methods of these names, each the first in the order of the classes, or all."""
        classes = self._summaries.program.classes
        found: list[Function] = []
        for name in names:
            for current in classes.order(cls):
                owner = classes.get(current)
                facts = owner.function(name) if owner is not None else None
                if owner is not None and facts is not None:
                    found.append(Function(owner.path, facts, owner.name))
                    if not all_of_them:
                        break
        return found

    def _passed(self, function: Function, cls: str) -> Arrival:
        """What is known of the request wherever a function passes it on."""
        from async_audit.effects.arguments import bind_parameters
        from async_audit.effects.statements import run_body, run_nested

        evaluation = self._summaries.evaluation(function.module)
        parameters = function.facts.parameters
        position = 1 if function.owner else 0
        request = parameters[position].name if len(parameters) > position else ""
        origin = ("param", request)
        is_hook = function.facts.name.startswith("process_")
        evaluation.passing = passing = Passing(origin, returns=is_hook)
        scope = evaluation.open_scope(function)
        given: dict[str, Value] = {}
        if function.owner:
            given = {parameters[0].name: Instance(cls, ("param", "self")) if parameters else Unknown("")}
            given[request] = Instance(requests.REQUEST, origin)
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
