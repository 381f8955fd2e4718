"""What a name in a module's top level means: imports followed, definitions found, nothing evaluated."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TypeAlias

from async_audit.project.modules import Modules
from async_audit.syntax.bindings import Table, surviving_bindings
from async_audit.syntax.facts import (
    Assign,
    Attribute,
    Call,
    ClassFacts,
    Declare,
    Define,
    DefineClass,
    Display,
    Evaluate,
    FunctionFacts,
    Import,
    Literal,
    ModuleFacts,
    Name,
    Statement,
    blocks,
)


@dataclass(frozen=True, slots=True)
class ProjectModule:
    """A module of the project, by path."""

    path: str


@dataclass(frozen=True, slots=True)
class LibraryName:
    """Something outside the project, by qualified name."""

    name: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of the project, in the module at `path`."""

    path: str
    facts: FunctionFacts | ClassFacts


@dataclass(frozen=True, slots=True)
class Binding:
    """Any other statement that binds the name, in the module at `path`."""

    path: str
    statement: Statement
    name: str


_NO_CYCLE = sys.maxsize
Meaning: TypeAlias = "ProjectModule | LibraryName | Definition | Binding"


class Names:
    """Meanings of module-level names, remembered once found."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._known: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._partial: dict[tuple[str, str], tuple[tuple[Meaning, ...], int]] = {}
        self._reached = _NO_CYCLE
        self._tables: dict[str, Table] = {}
        self._exports: dict[str, frozenset[str] | None] = {}

    def lookup(self, path: str, name: str) -> tuple[Meaning, ...]:
        """Everything that `name` may mean at the top level of the module at `path`; empty: not bound there.

        Branches of `if` and `try` contribute one meaning each, the last binding of one block wins. What is
        imported for type checkers alone comes last.
        """
        key = (path, name)
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._open:
            self._reached = min(self._reached, self._open[key])
            return ()
        if key in self._partial:
            found, reached = self._partial[key]
            self._reached = min(self._reached, reached)
            return found
        depth = self._open[key] = len(self._open)
        before, self._reached = self._reached, _NO_CYCLE
        try:
            found = self._lookup(path, name)
        finally:
            del self._open[key]
            reached, self._reached = self._reached, before
        self._remember(key, found, depth, reached)
        return found

    def _remember(self, key: tuple[str, str], found: tuple[Meaning, ...], depth: int, reached: int) -> None:
        """Keep an answer: for good, or until a question closes that is still open and that it waits for.

        `reached` is the depth of the outermost open question that the answer came back to.
        """
        if reached < depth:
            self._partial[key] = (found, reached)
            self._reached = min(self._reached, reached)
            return
        self._known[key] = found
        if reached == depth:
            self._partial = {other: part for other, part in self._partial.items() if part[1] < depth}

    def _table(self, facts: ModuleFacts) -> Table:
        """The bindings of a module that count once it has been imported."""
        table = self._tables.get(facts.path)
        if table is None:
            table = self._tables[facts.path] = surviving_bindings(facts.body)
        return table

    def _lookup(self, path: str, name: str) -> tuple[Meaning, ...]:
        facts = self.modules.readable(path)
        if facts is None:
            return ()
        meanings: dict[Meaning, None] = {}
        for statement in self._table(facts).get(name, ()):
            for meaning in self._of_statement(facts, statement, name):
                meanings[meaning] = None
        if not meanings:
            for statement in facts.bindings.get("*", ()):
                for meaning in self._through_star(facts, statement, name):
                    meanings[meaning] = None
        if not meanings and facts.is_package:
            submodule = self.modules.find(f"{facts.name}.{name}" if facts.name else name, path)
            if submodule is not None:
                meanings[ProjectModule(submodule.relative)] = None
        return tuple(meanings)

    def _of_statement(self, facts: ModuleFacts, statement: Statement, name: str) -> tuple[Meaning, ...]:
        match statement:
            case Import():
                return self.imported(facts, statement)
            case Define():
                return (Definition(facts.path, statement.function),)
            case DefineClass():
                return (Definition(facts.path, statement.definition),)
            case _:
                return (Binding(facts.path, statement, name),)

    def imported(self, facts: ModuleFacts, statement: Import) -> tuple[Meaning, ...]:
        """What one import statement binds, seen from the module of `facts`."""
        module = self.absolute(facts, statement.module, statement.level)
        if not statement.member:
            if not statement.renamed:
                module = statement.binds
            return self._module(module, facts.path)
        file = self.modules.find(module, facts.path) if module else None
        if file is not None and file.relative != facts.path:
            found = self.lookup(file.relative, statement.member)
            if found:
                return found
        submodule = self.modules.find(
            f"{module}.{statement.member}" if module else statement.member, facts.path
        )
        if submodule is not None:
            return (ProjectModule(submodule.relative),)
        if file is not None:
            return ()
        return (LibraryName(f"{module}.{statement.member}"),)

    def _module(self, name: str, importer: str) -> tuple[Meaning, ...]:
        file = self.modules.find(name, importer)
        return (ProjectModule(file.relative),) if file is not None else (LibraryName(name),)

    def _through_star(self, facts: ModuleFacts, statement: Statement, name: str) -> tuple[Meaning, ...]:
        if not isinstance(statement, Import):
            return ()
        module = self.absolute(facts, statement.module, statement.level)
        file = self.modules.find(module, facts.path)
        if file is None:
            return ()
        exported = self._exported(file.relative)
        if name.startswith("_") if exported is None else name not in exported:
            return ()
        return self.lookup(file.relative, name)

    def _exported(self, path: str) -> frozenset[str] | None:
        """The names of a literal `__all__`; nothing where there is none or it is computed."""
        if path not in self._exports:
            facts = self.modules.readable(path)
            self._exports[path] = _literal_exports(facts, self._table(facts)) if facts is not None else None
        return self._exports[path]

    def star_libraries(self, path: str) -> tuple[str, ...]:
        """The libraries from which the module at `path` imports everything."""
        facts = self.modules.readable(path)
        if facts is None:
            return ()
        modules = [
            self.absolute(facts, statement.module, statement.level)
            for statement in facts.bindings.get("*", ())
            if isinstance(statement, Import)
        ]
        return tuple(module for module in modules if self.modules.find(module, path) is None)

    def absolute(self, facts: ModuleFacts, module: str, level: int) -> str:
        """The absolute name of a module that an import of `facts` names relatively."""
        if not level:
            return module
        parts = facts.name.split(".") if facts.name else []
        keep = len(parts) - level + (1 if facts.is_package else 0)
        base = parts[: max(keep, 0)]
        return ".".join([*base, module] if module else base)


def _literal_exports(facts: ModuleFacts, table: Table) -> frozenset[str] | None:
    statements = table.get("__all__", ())
    if not statements or _changes_exports(facts.body):
        return None
    names: set[str] = set()
    for statement in statements:
        value = statement.value if isinstance(statement, Assign | Declare) else None
        if not isinstance(value, Display) or (isinstance(statement, Assign) and statement.operator):
            return None
        for item in value.items:
            if not (isinstance(item, Literal) and isinstance(item.value, str)):
                return None
            names.add(item.value)
    return frozenset(names)


def _changes_exports(body: tuple[Statement, ...]) -> bool:
    """Whether a method of `__all__` is called, such as `append`."""
    for statement in body:
        match statement:
            case Evaluate(value=Call(function=Attribute(value=Name(id="__all__")))):
                return True
            case _:
                if any(_changes_exports(block) for block in blocks(statement)):
                    return True
    return False
