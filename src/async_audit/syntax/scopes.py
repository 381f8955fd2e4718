"""The functions and classes that are open while a module is read, and what is noted in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from async_audit.syntax.facts import (
    Expr,
    FunctionFacts,
    Parameter,
    ParameterKind,
    Return,
    Statement,
    bound_names,
    target_names,
)

if TYPE_CHECKING:
    from async_audit.syntax.expressions import ExpressionReader


@dataclass(slots=True)
class FunctionScope:
    """One open function."""

    qualname: str
    awaits: bool = False
    yields: bool = False
    bound: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def lambda_facts(
        self, span: tuple[int, int], parameters: tuple[Parameter, ...], body: Return
    ) -> FunctionFacts:
        """The facts of a lambda whose body has been read."""
        return FunctionFacts(
            *span,
            name="<lambda>",
            qualname=self.qualname,
            is_async=False,
            is_generator=self.yields,
            awaits=False,
            parameters=parameters,
            returns=None,
            decorators=(),
            body=(body,),
            bound=frozenset(self.bound.union(parameter.name for parameter in parameters)),
            outer=frozenset(),
            reads=frozenset(self.reads),
            calls=frozenset(self.calls),
        )


@dataclass(slots=True)
class ClassScope:
    """One open class."""

    qualname: str
    writes: dict[str, list[str]] = field(default_factory=dict)


class ScopeStack:
    """The open scopes, outermost first."""

    def __init__(self) -> None:
        self._open: list[FunctionScope | ClassScope] = []
        self._top_level: FunctionScope = FunctionScope("")

    @contextmanager
    def function(self, name: str) -> Iterator[FunctionScope]:
        """Open a function; its scope is handed out and stays readable afterwards."""
        scope = FunctionScope(self._qualify(name))
        self._open.append(scope)
        try:
            yield scope
        finally:
            self._open.pop()
            self.innermost_function.reads |= scope.reads
            self.innermost_function.calls |= scope.calls

    @contextmanager
    def class_(self, name: str) -> Iterator[ClassScope]:
        """Open a class; its scope is handed out and stays readable afterwards."""
        scope = ClassScope(self._qualify(name))
        self._open.append(scope)
        try:
            yield scope
        finally:
            self._open.pop()

    @property
    def innermost_function(self) -> FunctionScope:
        """The function whose body is being read; the module's own scope outside any."""
        for scope in reversed(self._open):
            if isinstance(scope, FunctionScope):
                return scope
        return self._top_level

    @property
    def owner(self) -> str:
        """The class in whose body the next definition stands, by qualified name; empty outside a class."""
        scope = self._open[-1] if self._open else None
        return scope.qualname if isinstance(scope, ClassScope) else ""

    def note_await(self) -> None:
        """The innermost function awaits something."""
        self.innermost_function.awaits = True

    def note_yield(self) -> None:
        """The innermost function is a generator."""
        self.innermost_function.yields = True

    def bind(self, target: Expr) -> None:
        """A walrus binds its target in the innermost function."""
        self.innermost_function.bound.update(target_names(target))

    def note_self_write(self, receiver: str, attribute: str) -> None:
        """A method sets an attribute on its first parameter: note it in the method's class."""
        for position in range(len(self._open) - 1, 0, -1):
            scope, outer = self._open[position], self._open[position - 1]
            if isinstance(scope, FunctionScope) and isinstance(outer, ClassScope):
                if receiver == "self":
                    methods = outer.writes.setdefault(attribute, [])
                    method = scope.qualname.rpartition(".")[2]
                    if method not in methods:
                        methods.append(method)
                return

    def read_parameters(self, parameters: cst.Parameters, reader: ExpressionReader) -> tuple[Parameter, ...]:
        """The parameters of a `def` or lambda, in order."""
        rows: list[tuple[cst.Param, ParameterKind]] = [
            (parameter, ParameterKind.POSITIONAL)
            for parameter in (*parameters.posonly_params, *parameters.params)
        ]
        star = parameters.star_arg
        if isinstance(star, cst.Param):
            rows.append((star, ParameterKind.VAR_POSITIONAL))
        rows.extend((parameter, ParameterKind.KEYWORD) for parameter in parameters.kwonly_params)
        if parameters.star_kwarg is not None:
            rows.append((parameters.star_kwarg, ParameterKind.VAR_KEYWORD))
        return tuple(
            Parameter(
                parameter.name.value,
                kind,
                reader.read(parameter.annotation.annotation) if parameter.annotation is not None else None,
                reader.read_optional(parameter.default),
            )
            for parameter, kind in rows
        )

    def _qualify(self, name: str) -> str:
        if not self._open:
            return name
        outer = self._open[-1]
        infix = ".<locals>." if isinstance(outer, FunctionScope) else "."
        return f"{outer.qualname}{infix}{name}"


def names_bound_by(body: tuple[Statement, ...]) -> set[str]:
    """The names that the statements of a function's body bind."""
    return {name for name, _ in bound_names(body)}
