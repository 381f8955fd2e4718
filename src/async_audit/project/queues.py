"""Which task queue a project has already, and where that was read.

The strongest evidence first: a setting that configures a queue, an object of its class, an import of it. With
several, the first of the table (`catalogue/data/background.toml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.catalogue.rows import QueueRow
from async_audit.mentions import mention
from async_audit.project.interfaces import is_test_module
from async_audit.project.names import LibraryName
from async_audit.syntax.facts import Assign, Call, DictDisplay, Expr, Import, Literal

if TYPE_CHECKING:
    from async_audit.project.program import Program

_RUNS_AT_ONCE = ("ImmediateBackend", "DummyBackend")
"""The backends of Django's tasks that no worker serves, the default among them."""


@dataclass(frozen=True, slots=True)
class TaskQueue:
    """A task queue by its name, and the module and line that say so."""

    name: str
    path: str
    line: int


def task_queue(program: Program) -> TaskQueue | None:
    """The queue that the project has; nothing where none is known."""
    queues = program.catalogue.background.queues
    for find in (_by_setting, _by_object, _by_import):
        for row in queues:
            found = find(program, row)
            if found is not None:
                return found
    return None


def _found(program: Program, row: QueueRow, path: str, offset: int) -> TaskQueue:
    facts = program.modules.readable(path)
    return TaskQueue(row.name, path, facts.line_and_column(offset)[0] if facts is not None else 1)


def _by_setting(program: Program, row: QueueRow) -> TaskQueue | None:
    for setting in row.settings:
        found = program.settings.expression(setting)
        if found is not None and not (setting == "TASKS" and _runs_at_once(found[1])):
            path, expr = found
            return _found(program, row, path, expr.start)
    return None


def _runs_at_once(expr: Expr) -> bool:
    """Whether `TASKS` names a backend that runs each task where it is enqueued."""
    if not isinstance(expr, DictDisplay):
        return False
    texts = [
        value.value
        for _, options in expr.items
        if isinstance(options, DictDisplay)
        for name, value in options.items
        if isinstance(name, Literal) and name.value == "BACKEND" and isinstance(value, Literal)
    ]
    return bool(texts) and all(str(text).endswith(_RUNS_AT_ONCE) for text in texts)


def _by_object(program: Program, row: QueueRow) -> TaskQueue | None:
    for name in row.made_by:
        last = name.rpartition(".")[2].encode()
        called = mention(rb"\b" + last + rb"\(", last)
        for file in program.files:
            if is_test_module(file.relative) or not file.mentions(called):
                continue
            facts = program.modules.readable(file.relative)
            for statement in facts.body if facts is not None else ():
                match statement:
                    case Assign(value=Call(function=function) as call):
                        made = program.classes.resolve(file.relative, function)
                        if any(isinstance(cls, LibraryName) and cls.name == name for cls in made):
                            return _found(program, row, file.relative, call.start)
                    case _:
                        continue
    return None


def _by_import(program: Program, row: QueueRow) -> TaskQueue | None:
    for name in row.imports:
        imported = mention(rb"(?m)^(?:from|import)[ \t]+" + name.encode() + rb"\b", name.encode())
        for file in program.files:
            if is_test_module(file.relative) or not file.mentions(imported):
                continue
            facts = program.modules.readable(file.relative)
            for statement in facts.body if facts is not None else ():
                match statement:
                    case Import(module=module, level=0) if module.partition(".")[0] == name:
                        return _found(program, row, file.relative, statement.start)
                    case _:
                        continue
    return None
