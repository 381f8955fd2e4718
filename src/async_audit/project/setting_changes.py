"""What happens to one setting, in the order in which its modules run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from async_audit.project.modules import Modules
from async_audit.project.names import Names
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Call,
    Declare,
    Delete,
    Evaluate,
    Expr,
    Import,
    Name,
    Statement,
    Subscript,
    blocks,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that binds or changes a setting, in the module at `path`.

    `is_conditional`: it stands in a branch, a loop or a `try`, and may not run.
    """

    path: str
    statement: Assign | Declare | Delete | Evaluate
    is_conditional: bool = False


def changes(modules: Modules, names: Names, path: str, setting: str) -> Iterator[Change]:
    """The changes of a module-level name, those in modules that it is imported from at their place."""
    return _changes(modules, names, path, setting, frozenset())


def _changes(
    modules: Modules, names: Names, path: str, setting: str, seen: frozenset[str]
) -> Iterator[Change]:
    facts = modules.readable(path)
    if facts is None or path in seen:
        return
    pending: list[tuple[Statement, bool]] = [(statement, False) for statement in reversed(facts.body)]
    while pending:
        statement, conditional = pending.pop()
        match statement:
            case Import(member=member) if member == "*" or (member == setting and statement.binds == setting):
                module = names.absolute(facts, statement.module, statement.level)
                file = modules.find(module, path)
                if file is not None:
                    for change in _changes(modules, names, file.relative, setting, seen | {path}):
                        conditional_there = conditional or change.is_conditional
                        yield Change(change.path, change.statement, conditional_there)
            case Assign() | Declare() | Delete() | Evaluate():
                if setting in _changed(statement):
                    yield Change(path, statement, conditional)
            case _:
                inner = [inside for block in blocks(statement) for inside in block]
                pending.extend((inside, True) for inside in reversed(inner))


def _changed(statement: Assign | Declare | Delete | Evaluate) -> tuple[str, ...]:
    """The names whose values a statement binds or changes."""
    match statement:
        case Assign(targets=targets) | Delete(targets=targets):
            return tuple(_root(target) for target in targets)
        case Declare(target=target, value=value):
            return (_root(target),) if value is not None else ()
        case Evaluate(value=Call(function=Attribute(value=owner))):
            return (_root(owner),)
        case _:
            return ()


def _root(expr: Expr) -> str:
    """The name at the start of `name.attribute[index]`; empty where there is none."""
    while isinstance(expr, Attribute | Subscript):
        expr = expr.value
    return expr.id if isinstance(expr, Name) else ""
