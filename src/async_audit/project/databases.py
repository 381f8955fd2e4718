"""Options of `DATABASES`, followed through the statements that set them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from async_audit.project.setting_changes import Change, changes
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Declare,
    DictDisplay,
    Expr,
    Literal,
    Name,
    Starred,
    Subscript,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

Constant: TypeAlias = "str | int | float | complex | bytes | bool | None"


@dataclass(frozen=True, slots=True)
class DatabaseOption:
    """A constant option of one database, and where it is written.

    `is_fallback`: the environment may say otherwise.
    """

    alias: str
    value: Constant
    path: str
    start: int
    end: int
    is_fallback: bool = False


def database_options(program: Program, key: str) -> tuple[DatabaseOption, ...]:
    """The option `key` of each database for which some settings module makes it a known constant.

    A value that is computed, or that only some branches set, is none.
    """
    for path in program.settings.paths:
        found: dict[str, DatabaseOption] = {}
        is_set = False
        for change in changes(program.modules, program.names, path, "DATABASES"):
            is_set = True
            _apply(program, key, change, found)
        if is_set:
            return tuple(found.values())
    return ()


def _apply(program: Program, key: str, change: Change, found: dict[str, DatabaseOption]) -> None:
    match change.statement:
        case Assign(targets=(target,), value=value, operator="") | Declare(target=target, value=value):
            pass
        case _:
            return
    if value is None:
        return
    path = change.path
    match target:
        case Name():
            if change.is_conditional and found:
                found.clear()
                return
            found.clear()
            where, databases = _entries(program, path, value)
            for alias, database in databases:
                _set(found, alias, _option(program, where, database, alias, key), change)
        case Subscript(value=Name(), index=Literal(value=str(alias))):
            _set(found, alias, _option(program, path, value, alias, key), change)
        case Subscript(
            value=Subscript(value=Name(), index=Literal(value=str(alias))), index=Literal(value=str(option))
        ) if option == key:
            _set(found, alias, _constant(path, alias, value, change.statement.start, value.end), change)
        case _:
            pass


def _set(found: dict[str, DatabaseOption], alias: str, option: DatabaseOption | None, change: Change) -> None:
    """Remember an option where it is known: what only one branch sets is not."""
    if option is None or (change.is_conditional and alias not in found):
        found.pop(alias, None)
    elif change.is_conditional and found[alias].value != option.value:
        found.pop(alias)
    else:
        found[alias] = option


def _entries(program: Program, path: str, expr: Expr) -> tuple[str, list[tuple[str, Expr]]]:
    """The databases of a dictionary that is written out, by alias, and the path of its module."""
    where, table = _written(program, path, expr)
    if table is None:
        return path, []
    return where, [
        (name.value, value)
        for name, value in table.items
        if isinstance(name, Literal) and isinstance(name.value, str)
    ]


def _written(program: Program, path: str, expr: Expr) -> tuple[str, DictDisplay | None]:
    """The dictionary that an expression is, or its name was assigned, and the path of its module."""
    if isinstance(expr, Name):
        found = list(changes(program.modules, program.names, path, expr.id))
        if len(found) == 1 and isinstance(found[0].statement, Assign):
            path, expr = found[0].path, found[0].statement.value
    return path, expr if isinstance(expr, DictDisplay) else None


def _option(program: Program, path: str, expr: Expr, alias: str, key: str) -> DatabaseOption | None:
    """The option of one database: a key of its dictionary, or an argument of the function that makes it."""
    if isinstance(expr, Call):
        for argument in expr.arguments:
            if argument.keyword == key.lower():
                return _constant(path, alias, argument.value, argument.value.start, argument.value.end)
        return None
    where, table = _written(program, path, expr)
    if table is None:
        return None
    option: DatabaseOption | None = None
    for name, value in table.items:
        if isinstance(name, Starred):
            option = _option(program, where, name.value, alias, key)
        elif isinstance(name, Literal) and name.value == key:
            option = _constant(where, alias, value, name.start, value.end)
    return option


def _constant(path: str, alias: str, expr: Expr, start: int, end: int) -> DatabaseOption | None:
    match expr:
        case Literal(value=value):
            return DatabaseOption(alias, value, path, start, end)
        case Call(function=Name(id="int" | "float" | "bool"), arguments=(Argument(value=Call() as inner),)):
            return _constant(path, alias, inner, start, end)
        case Call(function=Name() | Attribute(), arguments=arguments):
            defaults = [argument.value for argument in arguments if argument.keyword == "default"]
            if not defaults and len(arguments) == 2 and not arguments[1].keyword:
                defaults = [arguments[1].value]
            match defaults:
                case [Literal(value=value)]:
                    return DatabaseOption(alias, value, path, start, end, is_fallback=True)
                case _:
                    return None
        case _:
            return None
