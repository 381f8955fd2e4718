"""Settings that are lists of names, followed through the statements that make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from async_audit.project.names import Binding
from async_audit.project.setting_changes import Change, changes
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Conditional,
    Declare,
    Display,
    Evaluate,
    Expr,
    Literal,
    Name,
    Operation,
    Starred,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_DEEPEST = 12
"""Lists that are made of lists deeper than this are not followed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a list; empty where it is computed. `is_conditional`: it may not be in the list."""

    name: str
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class SettingList:
    """The entries of a list setting, and the statement that makes the list.

    `is_whole`: nothing happens to the list that could not be followed.
    """

    path: str
    start: int
    end: int
    entries: tuple[Entry, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of an expression; not `known` where it may hold others."""

    entries: tuple[Entry, ...] = ()
    known: bool = True


def setting_list(program: Program, setting: str) -> SettingList | None:
    """The list that the first settings module which makes one gives the setting."""
    for path in program.settings.paths:
        found = _follow(program, path, setting, 0)
        if found is not None:
            return found
    return None


def _follow(program: Program, path: str, setting: str, depth: int) -> SettingList | None:
    """The list that a module-level name holds once its module has run."""
    current: SettingList | None = None
    for change in changes(program.modules, program.names, path, setting):
        current = _apply(program, setting, current, change, depth)
    return current


def _apply(
    program: Program, setting: str, current: SettingList | None, change: Change, depth: int
) -> SettingList | None:
    statement = change.statement
    match statement:
        case Assign(targets=(Name(),), value=value, operator="") | Declare(target=Name(), value=value):
            if value is None:
                return current
            items = _items(program, change.path, value, setting, current, depth)
            if current is None or not change.is_conditional:
                made = SettingList(change.path, statement.start, statement.end, items.entries, items.known)
                return replace(made, is_whole=made.is_whole and not change.is_conditional)
            return _perhaps(current, items)
    if current is None:
        return None
    match statement:
        case Assign(targets=(Name(),), value=value, operator="+"):
            items = _items(program, change.path, value, setting, current, depth)
            return _with(current, (*current.entries, *_maybe(items.entries, change)), known=items.known)
        case Evaluate(value=Call(function=Attribute(value=Name(), name=method), arguments=arguments)):
            return _call(program, setting, current, change, method, arguments)
        case _:
            return replace(current, is_whole=False)


def _perhaps(current: SettingList, items: _Items) -> SettingList:
    """The list where a branch may make it another one, which can be followed if that adds entries alone."""
    old = [entry.name for entry in current.entries]
    merged: list[Entry] = []
    for entry in items.entries:
        if old and entry.name == old[0]:
            merged.append(current.entries[len(current.entries) - len(old)])
            old.pop(0)
        else:
            merged.append(replace(entry, is_conditional=True))
    if old or not items.known:
        return replace(current, is_whole=False)
    return replace(current, entries=tuple(merged))


def _with(current: SettingList, entries: tuple[Entry, ...], *, known: bool) -> SettingList:
    return replace(current, entries=entries, is_whole=current.is_whole and known)


def _maybe(entries: tuple[Entry, ...], change: Change) -> tuple[Entry, ...]:
    """Entries as they are once a statement has run that may not."""
    if not change.is_conditional:
        return entries
    return tuple(replace(entry, is_conditional=True) for entry in entries)


def _call(
    program: Program,
    setting: str,
    current: SettingList,
    change: Change,
    method: str,
    arguments: tuple[Argument, ...],
) -> SettingList:
    """The list after one of its methods was called."""
    values = [argument.value for argument in arguments]
    entries = current.entries
    match method, values:
        case "append", [value]:
            return _with(current, (*entries, *_maybe((_entry(value),), change)), known=True)
        case "extend", [value]:
            items = _items(program, change.path, value, setting, current, 0)
            return _with(current, (*entries, *_maybe(items.entries, change)), known=items.known)
        case "insert", [Literal(value=int(position)), value]:
            added = _maybe((_entry(value),), change)
            return _with(current, (*entries[:position], *added, *entries[position:]), known=True)
        case "insert", [position, value]:
            return _insert_beside(current, change, position, value)
        case "remove", [Literal(value=str(name))] if not change.is_conditional:
            kept = tuple(entry for entry in entries if entry.name != name)
            return _with(current, kept, known=True)
        case "remove", [Literal(value=str(name))]:
            marked = (
                replace(entry, is_conditional=True) if entry.name == name else entry for entry in entries
            )
            return _with(current, tuple(marked), known=True)
        case _:
            return replace(current, is_whole=False)


def _insert_beside(current: SettingList, change: Change, position: Expr, value: Expr) -> SettingList:
    """The list after `insert(list.index("name") + 1, value)`."""
    offset = 0
    match position:
        case Operation(operators=("+",), operands=(place, Literal(value=int(offset)))):
            position = place
        case _:
            pass
    match position:
        case Call(function=Attribute(name="index"), arguments=(Argument(value=Literal(value=str(name))),)):
            names = [entry.name for entry in current.entries]
            if name in names:
                at = names.index(name) + offset
                added = _maybe((_entry(value),), change)
                return _with(current, (*current.entries[:at], *added, *current.entries[at:]), known=True)
        case _:
            pass
    return replace(current, is_whole=False)


def _entry(expr: Expr) -> Entry:
    match expr:
        case Literal(value=str(name)):
            return Entry(name)
        case _:
            return Entry("")


def _items(
    program: Program, path: str, expr: Expr, setting: str, current: SettingList | None, depth: int
) -> _Items:
    """The items of a list that is written out, added up or named elsewhere."""
    if depth > _DEEPEST:
        return _Items(known=False)

    def items(part: Expr) -> _Items:
        return _items(program, path, part, setting, current, depth + 1)

    match expr:
        case Display(items=parts):
            return _joined(
                [
                    items(part.value) if isinstance(part, Starred) else _Items((_entry(part),))
                    for part in parts
                ]
            )
        case Operation(operators=("+",), operands=operands):
            return _joined([items(operand) for operand in operands])
        case Call(function=Name(id="list" | "tuple"), arguments=(Argument(value=value),)):
            return items(value)
        case Conditional(body=body, orelse=orelse):
            branches = _joined([items(body), items(orelse)])
            maybe = tuple(replace(entry, is_conditional=True) for entry in branches.entries)
            return _Items(maybe, branches.known)
        case Name(id=name) if name == setting:
            return _Items(current.entries, current.is_whole) if current is not None else _Items(known=False)
        case Name(id=name):
            return _named(_follow(program, path, name, depth + 1))
        case Attribute():
            for meaning in program.classes.resolve(path, expr):
                if isinstance(meaning, Binding):
                    return _named(_follow(program, meaning.path, meaning.name, depth + 1))
            return _Items(known=False)
        case _:
            return _Items(known=False)


def _named(found: SettingList | None) -> _Items:
    return _Items(found.entries, found.is_whole) if found is not None else _Items(known=False)


def _joined(parts: list[_Items]) -> _Items:
    return _Items(tuple(entry for part in parts for entry in part.entries), all(part.known for part in parts))
