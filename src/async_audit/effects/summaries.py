"""Summaries of functions: what comes back, which effects, what is learned about the arguments.

A summary is made on demand and remembered by function and arguments. What a body asks for is made at once, in
the middle of it, up to a few calls deep; below that the demand is an explicit stack: evaluating a body notes
which summaries it lacks, those are made first, then the body is evaluated again. So no chain of calls is too
long for Python's stack, and few bodies are evaluated twice. A function that is reached from itself is
answered with what is known so far, and its readers are evaluated again when that grows; nothing outside a
cycle is repeated.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from async_audit.effects import decorators, dependencies
from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.call_keys import CallKey
from async_audit.effects.evaluation import Evaluation
from async_audit.effects.kinds import AwaitCount, Effect
from async_audit.effects.portable import portable
from async_audit.effects.tallies import tally
from async_audit.effects.values import (
    NEVER,
    NONE,
    Actual,
    ClassObject,
    External,
    Function,
    Instance,
    ModuleObject,
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
    at_origin,
    join,
)
from async_audit.effects.widening import bounded
from async_audit.project.classes import Member
from async_audit.project.interfaces import is_stub
from async_audit.project.names import Binding, Definition, LibraryName, Meaning, ProjectModule
from async_audit.syntax.facts import (
    Assign,
    ClassFacts,
    Declare,
    Expr,
    FunctionFacts,
    Name,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_MOST_ROUNDS = 12
"""Times one body is evaluated at most. Effects only grow, so a cycle settles in a few; a value that does
not settle keeps its last form."""


class Summary(Struct, frozen=True, gc=False):
    """What calling a function does.

    `result` is what it returns; of a generator what it yields. `effects` are those a caller on the same
    thread has too. `writes` are heap facts about parameters. `attributes` is what it assigns to `self`.
    `own` holds every effect of the body, `nested` those of each coroutine defined inside, `awaits` how many
    awaits of each category running it takes.
    """

    result: Value = NEVER
    effects: tuple[Effect, ...] = ()
    writes: tuple[tuple[str, str, Value], ...] = ()
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
        self._stale: set[CallKey] = set()
        self._names: dict[tuple[str, str], Value] = {}
        self._open_names: set[tuple[str, str]] = set()
        self._functions: dict[tuple[str, FunctionFacts, str], Value] = {}
        self._open_functions = 0

    def audit(self, path: str, facts: FunctionFacts, owner: str) -> Summary:
        """The summary of a function whatever it is called with."""
        key = CallKey.of(Function(path, facts, owner), ())
        self.ensure(key)
        return self._table[key]

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
            value = self.function_value(evaluation, path, facts, owner)
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
            # While a name is being defined, what asks for it gets a makeshift that no summary may keep.
            if self._nested == _MOST_NESTED or self._open_names or self._open_functions:
                evaluation.wanted[key] = None
                return _NOT_YET
            self.ensure(key)
        if self._running is not None:
            self._readers.setdefault(key, {})[self._running] = None
        return self._table[key]

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
            self._waiting.discard(current)
            if summary == self._table[current]:
                continue
            self._table[current] = summary
            for reader in self._readers.get(current, ()):
                if reader in self._waiting:
                    self._stale.add(reader)
                elif self._rounds.get(reader, 0) < _MOST_ROUNDS:
                    self._await_turn(stack, reader)

    def _await_turn(self, stack: list[CallKey], key: CallKey) -> None:
        self._table.setdefault(key, _NOT_YET)
        self._waiting.add(key)
        stack.append(key)

    def _run(self, key: CallKey) -> tuple[Summary, list[CallKey]]:
        from async_audit.effects.arguments import bind_parameters
        from async_audit.effects.attributes import held
        from async_audit.effects.statements import run_body

        before, self._running = self._running, key
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
            writes = _writes(evaluation, key.function)
            attributes = tuple(
                (name, join(_exported(evaluation, value) for value in values))
                for name, values in evaluation.attribute_writes.items()
            )
            nested = self._audit_nested(evaluation)
            wanted = [other for other in evaluation.wanted if isinstance(other, CallKey)]
            awaits = tally(facts, own)
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

    # -- module level -----------------------------------------------------------------------------------

    def in_module(self, evaluation: Evaluation, path: str, act: Callable[[Evaluation], Value]) -> Value:
        """Evaluate something at the top level of a module; its wishes are those of `evaluation`."""
        inner = Evaluation(self, path)
        inner.depth = evaluation.depth + 1
        if inner.depth > 60:
            return Unknown("definitions nested too deeply")
        with inner.muted():
            value = act(inner)
        evaluation.wanted.update(inner.wanted)
        return value

    def module_name(self, evaluation: Evaluation, path: str, name: str) -> Value:
        """The value of a name at the top level of a module, built-in names included."""
        key = (path, name)
        known = self._names.get(key)
        if known is not None:
            return known
        if key in self._open_names:
            return Unknown("defined in terms of itself")
        self._open_names.add(key)
        inner = Evaluation(self, path)
        inner.depth = evaluation.depth
        try:
            value = bounded(self._module_name(inner, path, name))
        finally:
            self._open_names.discard(key)
        evaluation.wanted.update(inner.wanted)
        if not inner.wanted and not self._open_names:
            self._names[key] = value
        return value

    def _module_name(self, evaluation: Evaluation, path: str, name: str) -> Value:
        meanings = self.program.names.lookup(path, name)
        if meanings:
            values = [self.meaning(evaluation, meaning) for meaning in meanings]
            known = [value for value in values if value != NONE and not isinstance(value, Unknown)]
            return join(known or values)
        if hasattr(builtins, name):
            return External(f"builtins.{name}")
        libraries = self.program.names.star_libraries(path)
        if libraries:
            return self._from_star(libraries, name)
        return Unknown("a name that is not defined")

    def _from_star(self, libraries: tuple[str, ...], name: str) -> Value:
        for library in libraries:
            found = f"{library}.{name}"
            catalogue = self.program.catalogue
            if found in catalogue.calls or found in catalogue.types or found in catalogue.aliases:
                return External(catalogue.canonical(found))
        return External(f"{libraries[-1]}.{name}")

    def meaning(self, evaluation: Evaluation, meaning: Meaning) -> Value:
        """The value of what a module-level name means."""
        match meaning:
            case ProjectModule(path=path):
                return ModuleObject(path)
            case Definition(path=path, facts=FunctionFacts() | ClassFacts() as facts) if self._is_told(
                path, facts.name
            ):
                return External(self.program.classes.qualified(path, facts.name))
            case Binding(path=path, name=name) if self._is_told(path, name):
                return self.library_value(evaluation, self.program.classes.qualified(path, name))
            case LibraryName(name=name):
                return self.library_value(evaluation, name)
            case Definition(path=path, facts=ClassFacts() as facts):
                return ClassObject(self.program.classes.of(path, facts).name)
            case Definition(path=path, facts=FunctionFacts() as facts):
                return self.function_value(evaluation, path, facts, "")
            case Binding(path=path, statement=statement, name=name):
                value = self.in_module(evaluation, path, lambda inner: _bound_value(inner, statement, name))
                if isinstance(value, Instance) and "ignal" in value.cls:
                    # A signal is known to its receivers by where it is made.
                    value = replace(value, origin=("signal", path, name))
                return value
            case _:
                return UNTYPED

    def _is_told(self, path: str, name: str) -> bool:
        """Whether the user's rows say what a definition of the project does."""
        own = self.program.catalogue.own
        return bool(own) and self.program.classes.qualified(path, name) in own

    def module_attribute(self, evaluation: Evaluation, path: str, name: str) -> Value:
        """`module.name` for a module of the project, by path."""
        if self.program.names.lookup(path, name):
            return self.module_name(evaluation, path, name)
        module = self.program.modules.file(path).name
        file = self.program.modules.find(f"{module}.{name}" if module else name, path)
        if file is not None:
            return ModuleObject(file.relative)
        libraries = self.program.names.star_libraries(path)
        return self._from_star(libraries, name) if libraries else UNTYPED

    def library_value(self, evaluation: Evaluation, name: str) -> Value:
        """What a library's name stands for: an object of a known type, a model, or just the name."""
        del evaluation
        program = self.program
        canonical = program.catalogue.canonical(name)
        kind = program.catalogue.objects.get(canonical)
        if kind is not None:
            return Instance(kind, (canonical,))
        if canonical in program.catalogue.models:
            return ClassObject(canonical)
        if program.modules.is_package_prefix(name):
            file = program.modules.find(name, "")
            if file is not None:
                return ModuleObject(file.relative)
        return External(canonical)

    def function_value(self, evaluation: Evaluation, path: str, facts: FunctionFacts, owner: str) -> Value:
        """A function of a module or class with its decorators applied."""
        plain = Function(path, facts, owner)
        if not facts.decorators:
            return plain
        key = (path, facts, owner)
        known = self._functions.get(key)
        if known is not None:
            return known
        self._functions[key] = plain
        inner = Evaluation(self, path)
        inner.depth = evaluation.depth + 1
        self._open_functions += 1
        try:
            with inner.muted():
                value = decorated(inner, plain)
        finally:
            self._open_functions -= 1
        if inner.wanted or inner.depth > 40:
            del self._functions[key]
            evaluation.wanted.update(inner.wanted)
            return value
        self._functions[key] = value
        return value

    def class_member(self, evaluation: Evaluation, member: Member, name: str) -> Value:
        """The value that a class body assigns to a name."""
        key = (f"class {member.cls.name}", name)
        known = self._names.get(key)
        if known is not None:
            return known
        if key in self._open_names:
            return Unknown("defined in terms of itself")
        self._open_names.add(key)
        inner = Evaluation(self, member.cls.path)
        inner.depth = evaluation.depth + 1
        try:
            with inner.muted():
                value = _bound_value(inner, member.statement, name)
        finally:
            self._open_names.discard(key)
        evaluation.wanted.update(inner.wanted)
        if not inner.wanted and not self._open_names:
            self._names[key] = value
        return value

    def attribute_written(self, evaluation: Evaluation, function: Function, name: str) -> Value:
        """What a method assigns to `self.name`, whatever it is called with."""
        summary = self.get(evaluation, CallKey.of(function, ()))
        return dict(summary.attributes).get(name, NEVER)


def decorated(evaluation: Evaluation, value: Value) -> Value:
    """A function value with its decorators applied, innermost first."""
    facts = getattr(value, "facts", None)
    for decorator in reversed(facts.decorators if facts is not None else ()):
        if _is_setter(decorator):
            continue
        wrapper = evaluation.evaluate(decorator)
        result = evaluation.call(wrapper, (Actual(value),), decorator)
        # A decorator that nobody can see through is taken for one that keeps the function.
        if promised(result):
            value = result
    return value


def _is_setter(decorator: Expr) -> bool:
    return getattr(decorator, "name", "") in {"setter", "getter", "deleter"}


def _bound_value(evaluation: Evaluation, statement: object, name: str) -> Value:
    match statement:
        case Assign(operator="", targets=targets, value=value):
            result = evaluation.evaluate(value)
            for target in targets:
                if isinstance(target, Name) and target.id == name:
                    return result
            return _unpacked(targets, result, name)
        case Declare(annotation=annotation, value=value):
            declared = annotated(evaluation, annotation)
            if value is not None:
                result = evaluation.evaluate(value)
                return result if promised(result) and result != NONE else declared
            return declared
        case _:
            return Unknown("a name bound by a statement that is not followed")


def _unpacked(targets: tuple[Expr, ...], result: Value, name: str) -> Value:
    from async_audit.effects.values import TupleOf

    for target in targets:
        items = getattr(target, "items", ())
        for position, item in enumerate(items):
            if isinstance(item, Name) and item.id == name and isinstance(result, TupleOf):
                return result.items[position] if position < len(result.items) else UNTYPED
    return UNTYPED


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


def _writes(evaluation: Evaluation, function: Function) -> tuple[tuple[str, str, Value], ...]:
    rows: list[tuple[str, str, Value]] = []
    for parameter in function.facts.parameters:
        facts = evaluation.state.heap.get(("param", parameter.name), {})
        for fact, value in facts.items():
            reduced = portable(evaluation, value, None)
            if reduced is not None:
                rows.append((parameter.name, fact, reduced))
    return tuple(sorted(rows, key=lambda row: (row[0], row[1])))
