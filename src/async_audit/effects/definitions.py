"""What names of modules, members of classes and decorated functions are, each made once.

What is asked for while it is being made, and so is defined in terms of itself, is answered with a makeshift.
Nothing that was made of one is kept, but for the value of the name itself.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.evaluation import Evaluation
from async_audit.effects.values import (
    NONE,
    Actual,
    ClassObject,
    External,
    Function,
    Instance,
    ModuleObject,
    TupleOf,
    Unknown,
    Value,
    is_flag,
    join,
)
from async_audit.effects.widening import bounded
from async_audit.project.classes import Member
from async_audit.project.names import Binding, Definition, LibraryName, Meaning, ProjectModule
from async_audit.syntax.facts import Assign, ClassFacts, Declare, Expr, FunctionFacts, Name

if TYPE_CHECKING:
    from async_audit.effects.summaries import Summaries

_OF_ITSELF = Unknown("defined in terms of itself")
_DEEPEST_FUNCTION = 40
_DEEPEST = 60
"""Definitions in terms of definitions."""
_MOST_ROUNDS = 12
"""Times one of a ring of definitions is made from another start; the paths through a ring may be endless."""
_MOST_UNSETTLED = 200
"""Times one is made of a summary that is still being made itself."""


class Definitions:
    """All definitions of one program."""

    def __init__(self, summaries: Summaries) -> None:
        self._summaries = summaries
        self.program = summaries.program
        self._known: dict[Hashable, Value] = {}
        self._open: dict[Hashable, Value] = {}
        self._makeshifts: set[Hashable] = set()
        """Of what is open, that of which the makeshift has been given away."""
        self._unsettled: set[Hashable] = set()
        """Summaries that were used for something open, and of which not all is known yet."""
        self._rounds: dict[Hashable, int] = {}
        self._set_aside = 0

    @property
    def are_open(self) -> bool:
        """Whether something is being defined, but for what is set aside."""
        return len(self._open) > self._set_aside

    def use_unsettled(self, summary: Hashable) -> None:
        """What is being defined is not kept before `settle` is told of the summary."""
        if self._open:
            self._unsettled.add(summary)

    def settle(self, summary: Hashable) -> None:
        """All is known of the summary."""
        self._unsettled.discard(summary)

    def without_makeshift(self, act: Callable[[], None]) -> bool:
        """Set aside what is being defined and act; whether no makeshift of that was used."""
        open_before, self._set_aside = self._set_aside, len(self._open)
        makeshifts, self._makeshifts = self._makeshifts, set()
        try:
            act()
            return not self._makeshifts
        finally:
            self._makeshifts |= makeshifts
            self._set_aside = open_before

    def _value(self, key: Hashable, makeshift: Value, make: Callable[[], tuple[Value, bool]]) -> Value:
        """What is defined under a key; `make` tells it and whether it is final."""
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._open:
            self._makeshifts.add(key)
            return self._open[key]
        self._open[key] = makeshift
        try:
            value, is_final = make()
        finally:
            del self._open[key]
            self._makeshifts.discard(key)
        rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
        is_enough = rounds >= (_MOST_UNSETTLED if self._unsettled else _MOST_ROUNDS)
        if is_enough and self._unsettled:
            value = join((value, _OF_ITSELF))
        if is_final and (is_enough or not (self._makeshifts or self._unsettled)):
            self._known[key] = value
        return value

    def in_module(self, evaluation: Evaluation, path: str, act: Callable[[Evaluation], Value]) -> Value:
        """Evaluate something at the top level of a module; its wishes are those of `evaluation`."""
        inner = Evaluation(self._summaries, path)
        inner.depth = evaluation.depth + 1
        if inner.depth > _DEEPEST:
            return Unknown("definitions nested too deeply")
        with inner.muted():
            value = act(inner)
        evaluation.wanted.update(inner.wanted)
        return value

    def module_name(self, evaluation: Evaluation, path: str, name: str) -> Value:
        """The value of a name at the top level of a module, built-in names included."""

        def make() -> tuple[Value, bool]:
            inner = Evaluation(self._summaries, path)
            inner.depth = evaluation.depth
            value = bounded(self._module_name(inner, path, name))
            evaluation.wanted.update(inner.wanted)
            return value, not inner.wanted

        return self._value((path, name), _OF_ITSELF, make)

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
                if is_flag(value) and self.program.reassigned.of_module(path, name):
                    return join((value, UNTYPED))
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

        def make() -> tuple[Value, bool]:
            inner = Evaluation(self._summaries, path)
            inner.depth = evaluation.depth + 1
            with inner.muted():
                value = decorated(inner, plain)
            evaluation.wanted.update(inner.wanted)
            return value, not inner.wanted and inner.depth <= _DEEPEST_FUNCTION

        return self._value((path, facts, owner), plain, make)

    def class_member(self, evaluation: Evaluation, member: Member, name: str) -> Value:
        """The value that a class body assigns to a name."""

        def make() -> tuple[Value, bool]:
            inner = Evaluation(self._summaries, member.cls.path)
            inner.depth = evaluation.depth + 1
            with inner.muted():
                value = _bound_value(inner, member.statement, name)
            if is_flag(value) and self.program.reassigned.of_class(member.cls.name, name):
                value = join((value, UNTYPED))
            evaluation.wanted.update(inner.wanted)
            return value, not inner.wanted

        return self._value((f"class {member.cls.name}", name), _OF_ITSELF, make)


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
    for target in targets:
        items = getattr(target, "items", ())
        for position, item in enumerate(items):
            if isinstance(item, Name) and item.id == name and isinstance(result, TupleOf):
                return result.items[position] if position < len(result.items) else UNTYPED
    return UNTYPED
