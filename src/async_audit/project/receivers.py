"""Who receives the signals that the project itself defines."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.mentions import mention
from async_audit.project.classes import Classes
from async_audit.project.modules import Modules
from async_audit.project.names import Binding, Definition
from async_audit.syntax.facts import (
    Attribute,
    Call,
    Evaluate,
    Expr,
    FunctionFacts,
    ModuleFacts,
    Name,
    Statement,
    blocks,
)

_CONNECTS = mention(rb"\.connect\(|@receiver\b|@\w+\.receiver\b", b".connect(", b"receiver")


class Receivers:
    """Receivers by the module and name of the signal that they are connected to."""

    def __init__(self, modules: Modules, classes: Classes) -> None:
        self._modules = modules
        self._classes = classes
        self._table: dict[tuple[str, str], list[Definition]] | None = None

    def of(self, path: str, name: str) -> tuple[Definition, ...]:
        """The functions connected to the signal that the module at `path` calls `name`."""
        if self._table is None:
            self._table = {}
            for file in self._modules:
                if file.mentions(_CONNECTS):
                    facts = self._modules.readable(file.relative)
                    for signal, receiver in self._connections(facts) if facts is not None else ():
                        self._table.setdefault(signal, []).append(receiver)
        return tuple(self._table.get((path, name), ()))

    def _connections(self, facts: ModuleFacts) -> Iterator[tuple[tuple[str, str], Definition]]:
        for function in facts.functions:
            for decorator in function.decorators:
                if (
                    isinstance(decorator, Call)
                    and _last(decorator.function) == "receiver"
                    and decorator.arguments
                ):
                    yield from self._pairs(facts, decorator.arguments[0].value, function)
        for statement in _everywhere(facts):
            match statement:
                case Evaluate(
                    value=Call(function=Attribute(value=signal, name="connect"), arguments=arguments)
                ):
                    for meaning in self._classes.resolve(facts.path, arguments[0].value) if arguments else ():
                        if isinstance(meaning, Definition) and isinstance(meaning.facts, FunctionFacts):
                            yield from self._pairs(facts, signal, meaning.facts, meaning.path)
                case _:
                    pass

    def _pairs(
        self, facts: ModuleFacts, signal: Expr, receiver: FunctionFacts, path: str = ""
    ) -> Iterator[tuple[tuple[str, str], Definition]]:
        for meaning in self._classes.resolve(facts.path, signal):
            if isinstance(meaning, Binding):
                yield (meaning.path, meaning.name), Definition(path or facts.path, receiver)


def _everywhere(facts: ModuleFacts) -> Iterator[Statement]:
    """Every statement of the module and of its functions."""
    pending = [facts.body, *(function.body for function in facts.functions)]
    while pending:
        body = pending.pop()
        for statement in body:
            yield statement
            pending.extend(blocks(statement))


def _last(expr: Expr) -> str:
    match expr:
        case Name(id=name) | Attribute(name=name):
            return name
        case _:
            return ""
