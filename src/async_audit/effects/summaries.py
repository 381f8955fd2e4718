"""Summaries of functions: what comes back, which effects, what is learned about the arguments.

A summary is made on demand and remembered by function and arguments. What a body asks for is made at once, in
the middle of it, up to a few calls deep; below that the demand is an explicit stack: evaluating a body notes
which summaries it lacks, those are made first, then the body is evaluated again. So no chain of calls is too
long for Python's stack, and few bodies are evaluated twice. A function that is reached from itself is
answered with what is known so far, and its readers are evaluated again when that grows; nothing outside a
cycle is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from async_audit.effects import decorators, dependencies
from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.arrivals import Arrivals
from async_audit.effects.call_keys import LONGEST_CONTEXT, CallKey
from async_audit.effects.definitions import Definitions
from async_audit.effects.evaluation import Evaluation
from async_audit.effects.handed_over import Passed, passed_by_wrappers
from async_audit.effects.kinds import AwaitCount, Effect
from async_audit.effects.learned import Write, writes_of
from async_audit.effects.portable import portable
from async_audit.effects.reach import Reach
from async_audit.effects.recursion import Recursion
from async_audit.effects.tallies import tally
from async_audit.effects.values import (
    NEVER,
    NONE,
    Function,
    Instance,
    TupleOf,
    Union,
    Value,
    alternatives,
    at_origin,
    join,
)
from async_audit.project.interfaces import is_stub
from async_audit.syntax.facts import (
    FunctionFacts,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_MOST_ROUNDS = 12
"""Times one body is evaluated at most. Effects only grow, so a cycle settles in a few; a value that does
not settle keeps its last form."""


class Summary(Struct, frozen=True, gc=False):
    """What calling a function does.

    `result` is what it returns; of a generator what it yields. `effects` are those a caller on the same
    thread has too. `writes` are what it learned of its arguments. `attributes` is what it assigns to `self`.
    `own` holds every effect of the body, `nested` those of each coroutine defined inside, `awaits` how many
    awaits of each category running it takes.
    """

    result: Value = NEVER
    effects: tuple[Effect, ...] = ()
    writes: tuple[Write, ...] = ()
    attributes: tuple[tuple[str, Value], ...] = ()
    own: tuple[Effect, ...] = ()
    awaits: tuple[AwaitCount, ...] = ()
    nested: tuple[tuple[FunctionFacts, tuple[Effect, ...]], ...] = ()


_NOT_YET = Summary()

_MOST_NESTED = 12
"""Summaries that are made in the middle of one another; each takes some 50 frames of Python's stack."""


class Summaries:
    """All summaries of one program, and the values of its module-level names."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._table: dict[CallKey, Summary] = {}
        self._rounds: dict[CallKey, int] = {}
        self._readers: dict[CallKey, dict[CallKey, None]] = {}
        self._running: CallKey | None = None
        self._nested = 0
        self._waiting: set[CallKey] = set()
        self._recursion = Recursion()
        self._reach = Reach(LONGEST_CONTEXT)
        self._stale: set[CallKey] = set()
        self._journal: list[tuple[CallKey, Summary | None]] | None = None
        self.definitions = Definitions(self)
        self.arrivals = Arrivals(self)

    def audit(self, path: str, facts: FunctionFacts, owner: str) -> Summary:
        """The summary of a function whatever it is called with."""
        key = CallKey.of(Function(path, facts, owner), self._passed_by_wrappers(path, facts, owner))
        self.ensure(key)
        return self._table[key]

    def evaluation(self, path: str) -> Evaluation:
        """A new evaluation in the module at `path`."""
        return Evaluation(self, path)

    def _passed_by_wrappers(self, path: str, facts: FunctionFacts, owner: str) -> Passed:
        """What the decorators of a coroutine pass to it, beside what its callers give."""
        if not facts.is_async or not facts.decorators or owner:
            return ()
        return passed_by_wrappers(self, self._decorated(path, facts, owner), facts)

    def with_decorators(
        self, path: str, facts: FunctionFacts, owner: str, receiver: str = ""
    ) -> tuple[Effect, ...]:
        """Every effect of the function, and those of the functions that its decorators put around it.

        `receiver` is the class of `self` where that is a subclass of the owner: its overrides are what runs.
        """
        around: list[Effect] = []
        for made in alternatives(self._decorated(path, facts, owner)):
            if isinstance(made, Function) and made.facts is not facts:
                key = CallKey.of(made, ())
                self.ensure(key)
                around.extend(self._table[key].own)
        own = CallKey.of(Function(path, facts, owner), ())
        if receiver not in {"", owner} and facts.parameters:
            first = facts.parameters[0].name
            own = replace(own, parameters=((first, Instance(receiver, ("param", first))),), depth=1)
        self.ensure(own)
        return (*self._table[own].own, *around)

    def _decorated(self, path: str, facts: FunctionFacts, owner: str) -> Value:
        """What the decorators make of a function, the summaries that this needs made first."""
        for _ in range(_MOST_ROUNDS):
            evaluation = Evaluation(self, path)
            value = self.definitions.function_value(evaluation, path, facts, owner)
            wanted = [key for key in evaluation.wanted if isinstance(key, CallKey) and key not in self._table]
            if not wanted:
                break
            for key in wanted:
                self.ensure(key)
        return value

    def variables(self, path: str, facts: FunctionFacts, owner: str) -> tuple[tuple[str, Value], ...]:
        """What the local variables of a function are at its end, whatever it is called with."""
        from async_audit.effects.arguments import bind_parameters
        from async_audit.effects.statements import run_body

        function = Function(path, facts, owner)
        evaluation = Evaluation(self, path)
        evaluation.open_scope(function)
        bind_parameters(evaluation, function, {})
        dependencies.provide(evaluation, facts, ())
        run_body(evaluation, facts)
        rows = ((key.partition(":")[2], value) for key, value in evaluation.state.variables.items())
        return tuple(sorted(rows, key=lambda row: row[0]))

    def is_running(self, key: CallKey) -> bool:
        """Whether the body under that key is the one that is evaluated at the moment."""
        return self._running == key

    def get(self, evaluation: Evaluation, key: CallKey) -> Summary:
        """The summary for a key; an empty one, and a note that it is wanted, where it is not made now."""
        if key not in self._table:
            key = self._reach.same(self._recursion.bounded(key))
        if key not in self._table and not self._is_made_now(key):
            evaluation.wanted[key] = None
            return _NOT_YET
        is_open = key in self._waiting
        if is_open:
            self.definitions.use_unsettled(key)
        if self._running is not None:
            self._readers.setdefault(key, {})[self._running] = None
            self._reach.use(self._running, key, is_open=is_open)
        return self._table[key]

    def _is_made_now(self, key: CallKey) -> bool:
        """Make the summary of `key` in the middle of what goes on, if that may be; whether it was."""
        if self._nested == _MOST_NESTED:
            return False
        if not self.definitions.are_open:
            self.ensure(key)
            return True
        return self._journal is None and self._is_made_apart(key)

    def _is_made_apart(self, key: CallKey) -> bool:
        """Make the summary of `key` while something is being defined; whether it holds.

        Where it was made of a makeshift, nothing is kept of all that was made for it.
        """
        journal = self._journal = []
        try:
            if self.definitions.without_makeshift(lambda: self.ensure(key)):
                return True
        finally:
            self._journal = None
        for made, before in reversed(journal):
            if before is not None:
                self._table[made] = before
            else:
                self._table.pop(made, None)
                self._rounds.pop(made, None)
                self._recursion.remove(made)
                self._reach.remove(made)
        return False

    def _keep(self, key: CallKey, summary: Summary) -> None:
        if self._journal is not None:
            self._journal.append((key, self._table.get(key)))
        self._table[key] = summary

    def ensure(self, key: CallKey) -> None:
        """Make the summary of `key`, and of all it needs."""
        if key in self._table:
            return
        self._nested += 1
        try:
            self._settle(key)
        finally:
            self._nested -= 1

    def _settle(self, key: CallKey) -> None:
        """Evaluate `key`, what it lacks and what has read too little of it, until nothing grows any more."""
        stack: list[CallKey] = []
        self._await_turn(stack, key)
        while stack:
            current = stack[-1]
            rounds = self._rounds[current] = self._rounds.get(current, 0) + 1
            self._stale.discard(current)
            summary, wanted = self._run(current)
            missing = [other for other in wanted if other not in self._table]
            if missing and rounds < _MOST_ROUNDS:
                for other in reversed(missing):
                    self._await_turn(stack, other)
                continue
            if current in self._stale and rounds < _MOST_ROUNDS:
                continue
            stack.pop()
            if current in self._waiting:
                self._waiting.discard(current)
                self._recursion.close(current)
            self.definitions.settle(current)
            self._reach.settle(current)
            if summary == self._table[current]:
                continue
            self._keep(current, summary)
            for reader in self._readers.get(current, ()):
                if reader in self._waiting:
                    self._stale.add(reader)
                elif self._rounds.get(reader, 0) < _MOST_ROUNDS:
                    self._await_turn(stack, reader)

    def _await_turn(self, stack: list[CallKey], key: CallKey) -> None:
        if key not in self._table:
            self._keep(key, _NOT_YET)
            self._recursion.add(key)
        if key not in self._waiting:
            self._waiting.add(key)
            self._recursion.open(key)
        stack.append(key)

    def _run(self, key: CallKey) -> tuple[Summary, list[CallKey]]:
        from async_audit.effects.arguments import bind_parameters
        from async_audit.effects.attributes import held
        from async_audit.effects.statements import run_body

        before, self._running = self._running, key
        self._reach.begin(key)
        try:
            evaluation = Evaluation(self, key.function.module)
            evaluation.sensitivity = key.depth
            scope = evaluation.open_scope(key.function)
            bind_parameters(evaluation, key.function, dict(key.parameters))
            dependencies.provide(evaluation, key.function.facts, dict(key.parameters))
            decorators.check(evaluation, key.function)
            run_body(evaluation, key.function.facts)
            falls_through = evaluation.state.reachable
            evaluation.state.reachable = True
            facts = key.function.facts
            produced = scope.yielded if facts.is_generator else scope.returned
            if falls_through and not facts.is_generator:
                produced = [*produced, NONE]
            result = join(_exported(evaluation, value) for value in produced)
            if is_stub(facts) and key.function.owner:
                # The body of an interface says nothing of what its implementations return.
                result = UNTYPED
            if (
                not promised(result)
                and result != NEVER
                and facts.returns is not None
                and not facts.is_generator
            ):
                result = held(annotated(evaluation, facts.returns))
            own = tuple(evaluation.effects)
            effects = evaluation.summarised()
            writes = writes_of(evaluation, key.function)
            attributes = tuple(
                (name, join(_exported(evaluation, value) for value in values))
                for name, values in evaluation.attribute_writes.items()
            )
            nested = self._audit_nested(evaluation)
            wanted = [other for other in evaluation.wanted if isinstance(other, CallKey)]
            awaits = tally(facts, own)
            if evaluation.is_cut or wanted:
                self._reach.cut(key)
            return Summary(result, effects, writes, attributes, own, awaits, nested), wanted
        finally:
            self._running = before

    @staticmethod
    def _audit_nested(
        evaluation: Evaluation,
    ) -> tuple[tuple[FunctionFacts, tuple[Effect, ...]], ...]:
        """Evaluate each coroutine defined in the body once, with the variables as they are at its end."""
        from async_audit.effects.statements import run_nested

        audits: dict[FunctionFacts, tuple[Effect, ...]] = {}
        position = 0
        while position < len(evaluation.nested):
            function = evaluation.nested[position]
            position += 1
            if function.facts not in audits:
                audits[function.facts] = run_nested(evaluation, function)
        return tuple((facts, effects) for facts, effects in audits.items() if facts.is_async)

    def attribute_written(self, evaluation: Evaluation, function: Function, name: str) -> Value:
        """What a method assigns to `self.name`, whatever it is called with."""
        summary = self.get(evaluation, CallKey.of(function, ()))
        return dict(summary.attributes).get(name, NEVER)


def _exported(evaluation: Evaluation, value: Value) -> Value:
    """A value as it leaves the function: what the heap knows of it is written into it."""
    reduced = portable(evaluation, value, None)
    return UNTYPED if reduced is None else _anonymous(reduced)


def _anonymous(value: Value) -> Value:
    """A value that no longer tells where in the function it was made, but for parameters passed through."""
    if isinstance(value, Union):
        return join(_anonymous(member) for member in value.members)
    if isinstance(value, TupleOf):
        return replace(value, items=tuple(_anonymous(item) for item in value.items), origin=("result",))
    origin = getattr(value, "origin", ())
    return value if origin[:1] == ("param",) else at_origin(value, ("result",))
