"""One evaluation of one function body: its scopes, its state, and the effects it collects.

The evaluation is abstract: a loop's body runs twice, both branches of a test run and are joined. A call of
a project function is answered from its summary; where that cannot be made now, the wish for it is noted in
`wanted`, its value is `Never`, and the body is evaluated again once the summary exists (see `summaries`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import absence, conditions
from async_audit.effects.kinds import (
    REQUESTS_OWN,
    AwaitCount,
    Category,
    Effect,
    Kind,
    Link,
    Site,
    concerns_callers,
    follows_the_request,
    shortest,
    through,
)
from async_audit.effects.modes import Collected, InLoop, Muted, Probing, Unmuted
from async_audit.effects.spelling import spelled
from async_audit.effects.state import State
from async_audit.effects.values import (
    NEVER,
    Actual,
    ClassObject,
    External,
    Function,
    ModuleObject,
    Origin,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.effects.widening import bounded
from async_audit.findings import Confidence
from async_audit.syntax.facts import Expr, FunctionFacts, Name, Statement

if TYPE_CHECKING:
    from async_audit.effects.arrivals import Passing
    from async_audit.effects.summaries import Summaries
    from async_audit.project.program import Program


class Keys(dict[str, str]):
    """Under which key of a state each variable of one scope stands."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __missing__(self, name: str) -> str:
        key = self[name] = f"{self._number}:{name}"
        return key


_keys = lru_cache(maxsize=64)(Keys)
_TOP_LEVEL = _keys(0)


@dataclass(slots=True)
class Scope:
    """One function whose body is being evaluated here; nested ones that are called run on top of it."""

    number: int
    function: Function
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    global_names: frozenset[str] = frozenset()
    facts: FunctionFacts = field(init=False)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.facts = self.function.facts
        self.keys = _keys(self.number)


class Evaluation:
    """The evaluator's working memory for one body."""

    def __init__(self, summaries: Summaries, path: str) -> None:
        self.summaries = summaries
        self.path = path
        self.state = State()
        self.scopes: list[Scope] = []
        self.effects: dict[Effect, None] = {}
        self.wanted: dict[object, None] = {}
        self.nested: list[Function] = []
        self.given_to_nested: dict[FunctionFacts, dict[str, Value]] = {}
        self.attribute_writes: dict[str, list[Value]] = {}
        self.mutes = 0
        self._numbers = 0
        self.loops = 0
        self.depth = 0
        self.sensitivity = 0
        self.is_cut = False
        self.watched: dict[FunctionFacts, tuple[Function, list[dict[str, Value]]]] | None = None
        self.conditions: tuple[str, ...] = ()
        self.after_both: conditions.Evaluated = None
        self.fetched_where: dict[tuple[str, str], set[str]] = {}
        self.latest: dict[int, Value] = {}
        self.passing: Passing | None = None
        self.left_running: set[Origin] = set()

    @property
    def program(self) -> Program:
        """The program under audit."""
        return self.summaries.program

    # -- scopes ---------------------------------------------------------------------------------------

    def open_scope(self, function: Function) -> Scope:
        """Start to evaluate a function's body on top of the open ones."""
        self._numbers += 1
        scope = Scope(self._numbers, function)
        self.scopes.append(scope)
        return scope

    def close_scope(self) -> None:
        """End the innermost body; its variables are gone."""
        scope = self.scopes.pop()
        prefix = f"{scope.number}:"
        for key in [key for key in self.state.variables if key.startswith(prefix)]:
            del self.state.variables[key]

    @property
    def scope(self) -> Scope:
        """The innermost open body."""
        return self.scopes[-1]

    def live_scope(self, number: int) -> int | None:
        """The position of the open scope with that number, if it is still open."""
        for position, scope in enumerate(self.scopes):
            if scope.number == number:
                return position
        return None

    def _visible(self) -> Sequence[Scope]:
        """The scopes whose variables the innermost body sees, innermost first."""
        scopes = self.scopes
        if not scopes:
            return ()
        scope = scopes[-1]
        visible = [scope]
        position: int | None = len(scopes) - 1
        while scope.function.frame:
            outer = self.live_scope(scope.function.frame)
            if outer is None or position is None or outer >= position:
                break
            position, scope = outer, scopes[outer]
            visible.append(scope)
        return visible

    def bind(self, name: str, value: Value) -> None:
        """Give a local name of the innermost body a value."""
        if self.fetched_where:
            conditions.forget(self, name)
        for scope in self._visible():
            if name in scope.facts.bound or scope is self.scopes[0]:
                self.state.variables[scope.keys[name]] = bounded(value)
                return
        self.bind_here(name, value)

    def bind_here(self, name: str, value: Value) -> None:
        """Give a name a value in the innermost body itself, or where there is none at the top level."""
        keys = self.scopes[-1].keys if self.scopes else _TOP_LEVEL
        self.state.variables[keys[name]] = bounded(value)

    def name(self, name: str) -> Value:
        """The value of a name as the innermost body sees it."""
        variables = self.state.variables
        if self.scopes:  # most names are variables of the innermost body
            innermost = self.scopes[-1]
            found = variables.get(innermost.keys[name])
            if found is not None and name not in innermost.global_names:
                return found
        for scope in self._visible():
            if name in scope.global_names:
                break
            found = variables.get(scope.keys[name])
            if found is not None:
                return found
            for captured, value in scope.function.captured:
                if captured == name:
                    return value
            if name in scope.facts.bound:
                return Unknown("a variable that no path assigned") if self.state.reachable else NEVER
        top_level = variables.get(_TOP_LEVEL[name])
        if top_level is not None:
            return top_level
        return self.summaries.definitions.module_name(self, self.path, name)

    def local_variables(self) -> tuple[tuple[str, Value], ...]:
        """The variables of the innermost body by name."""
        prefix = f"{self.scope.number}:" if self.scopes else "0:"
        found = self.state.variables.items()
        return tuple((key.removeprefix(prefix), value) for key, value in found if key.startswith(prefix))

    def capture(self, facts: FunctionFacts) -> tuple[tuple[str, Value], ...]:
        """The variables of open scopes that a function defined here may use later."""
        seen: dict[str, Value] = {}
        wanted = facts.reads - facts.bound
        for scope in self._visible():
            for name in sorted(wanted - seen.keys()):
                value = self.state.variables.get(scope.keys[name])
                if value is not None and _worth_capturing(value):
                    seen[name] = value
            for name, value in scope.function.captured:
                if name in wanted:
                    seen.setdefault(name, value)
        return tuple(sorted(seen.items(), key=lambda item: item[0]))

    # -- effects --------------------------------------------------------------------------------------

    def muted(self) -> Muted:
        """Evaluate without effects: code that runs elsewhere, or is looked at twice."""
        return Muted(self)

    def unmuted(self) -> Unmuted:
        """Note effects again inside muted code, for somebody who collects them."""
        return Unmuted(self)

    def probing(self) -> Probing:
        """Evaluate to learn a value only: no effects, and the state is as before afterwards."""
        return Probing(self)

    @property
    def is_muted(self) -> bool:
        """Whether effects are dropped at the moment."""
        return self.mutes > 0

    def site(self, expr: Expr | Statement) -> Site:
        """Where an expression or statement stands."""
        return Site(self.path, expr.start, expr.end)

    def in_loop(self) -> InLoop:
        """Evaluate code that runs once for each turn of a loop."""
        return InLoop(self)

    def emit(
        self,
        kind: Kind,
        category: Category,
        expr: Expr | Statement,
        subject: str,
        remedy: str = "",
        confidence: Confidence = Confidence.CERTAIN,
        count: int = 1,
    ) -> None:
        """Note that something happens at `expr`."""
        if not self.mutes and self.state.reachable:
            site, looped = self.site(expr), self.loops > 0
            self._add(Effect(kind, category, site, subject, remedy, confidence, count=count, looped=looped))

    def emit_awaits(self, counts: Iterable[AwaitCount], expr: Expr | Statement, subject: str) -> None:
        """Note the awaits that running what is awaited at `expr` takes."""
        if self.mutes or not self.state.reachable:
            return
        site = self.site(expr)
        for count in counts:
            via = subject if count.witness else ""
            shared = Effect(
                Kind.AWAITS,
                count.category,
                site,
                subject,
                witness=count.witness,
                via=via,
                places=count.places,
            )
            in_loop = self.loops > 0
            if count.once:
                self._add(replace(shared, count=count.once, looped=in_loop))
            if count.looped:
                self._add(replace(shared, count=count.looped, looped=True))

    def emit_in_thread(
        self, category: Category, expr: Expr | Statement, subject: str, witness: tuple[Link, ...]
    ) -> None:
        """Note that a synchronous function holds its thread at `expr`, where no event loop can come."""
        if not self.mutes and self.state.reachable and not self._is_coroutine:
            site = self.site(expr)
            looped = self.loops > 0
            via = subject if witness else ""
            effect = Effect(
                Kind.BLOCKS, category, site, subject, witness=witness, via=via, looped=looped, behind=True
            )
            self.effects[effect] = None

    @property
    def _is_coroutine(self) -> bool:
        return bool(self.scopes) and self.scopes[0].facts.is_async

    def _add(self, effect: Effect) -> None:
        """Note an effect, and whether a call on the event loop comes that far.

        In a helper, a certain query raises there, and what blocks behind it is reached by threads only. A
        coroutine's own lines are all told: each of them is to be repaired.
        """
        if self.state.fallback and effect.kind in REQUESTS_OWN:
            return
        if self.state.fallback and concerns_callers(effect):
            effect = Effect(Kind.UNKNOWN, Category.UNRESOLVED_CALL, effect.site, absence.UNDECIDED)
        if self._is_coroutine and effect.behind:
            return
        if self.scopes and not self._is_coroutine:
            if self.state.raised and effect.kind is Kind.BLOCKS:
                effect = replace(effect, behind=True)
            if effect.kind is Kind.QUERIES and effect.confidence is Confidence.CERTAIN:
                self.state.raised = True
        self.effects[effect] = None

    def emit_through(
        self, effects: tuple[Effect, ...], expr: Expr | Statement, via: str, inside: str
    ) -> None:
        """Note the effects of a function that the code at `expr` calls and that runs on this thread."""
        if self.mutes or not self.state.reachable:
            return
        for effect in effects:
            if follows_the_request(effect):
                reached = through(effect, self.site(expr), via, inside)
                self._add(replace(reached, looped=True) if self.loops and not effect.looped else reached)

    def collected(self) -> Collected:
        """Hand out the effects that happen inside instead of noting them."""
        return Collected(self)

    def note(self, effects: list[Effect]) -> None:
        """Note effects that were collected before."""
        if not self.mutes:
            self.effects.update(dict.fromkeys(effects))

    def summarised(self) -> tuple[Effect, ...]:
        """What a caller needs to know of the effects here."""
        return shortest(effect for effect in self.effects if follows_the_request(effect))

    # -- values ---------------------------------------------------------------------------------------

    def quietly(self, expr: Expr) -> Value:
        """The value of an expression, without effects and in a state that is thrown away."""
        if isinstance(expr, Name):  # to read a name changes nothing
            return self.name(expr.id)
        with self.probing():
            return self.evaluate(expr)

    def again(self, expr: Expr) -> Value:
        """The value that a part of the test that was evaluated last had in it."""
        if isinstance(expr, Name):
            return self.name(expr.id)
        known = self.latest.get(id(expr))
        return self.quietly(expr) if known is None else known

    def evaluate(self, expr: Expr) -> Value:
        """The value of an expression; its effects are noted and the state is changed as it would be."""
        from async_audit.effects.expressions import evaluate

        return evaluate(self, expr)

    def attribute(self, value: Value, name: str, expr: Expr) -> Value:
        """`value.name`, read at `expr`."""
        from async_audit.effects.attributes import read_attribute

        return read_attribute(self, value, name, expr)

    def call(self, function: Value, actuals: tuple[Actual, ...], expr: Expr) -> Value:
        """The value of calling `function` at `expr`."""
        from async_audit.effects.calls import call

        return call(self, function, actuals, expr)

    def call_method(self, value: Value, name: str, actuals: tuple[Actual, ...], expr: Expr) -> Value:
        """The value of calling a method of `value` at `expr`."""
        return self.call(self.attribute(value, name, expr), actuals, expr)

    def each(self, value: Value, act: Callable[[Value], Value]) -> Value:
        """Apply `act` to every alternative of a value and join the answers."""
        members = alternatives(value)
        if len(members) == 1:
            return act(members[0])
        if conditions.differ(members):
            return conditions.each_unsurely(self, members, act)
        return join(act(member) for member in members)

    def make(self, origin: Origin) -> Origin:
        """Start a new life at an origin and return it."""
        self.state.make(origin)
        return origin

    def spelled(self, expr: Expr) -> str:
        """The expression as a message shows it."""
        return spelled(expr)


def _worth_capturing(value: Value) -> bool:
    return any(not isinstance(member, Unknown | ModuleObject) for member in alternatives(value))


def class_of_name(value: Value) -> str:
    """The qualified name of a class object, of the project or a library; empty for anything else."""
    match value:
        case ClassObject(name=name) | External(name=name):
            return name
        case _:
            return ""
