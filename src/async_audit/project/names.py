"""What a name in a module's top level means: imports followed, definitions found, nothing evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from async_audit.project.modules import Modules
from async_audit.syntax.facts import (
    ClassFacts,
    Define,
    DefineClass,
    FunctionFacts,
    Import,
    ModuleFacts,
    Statement,
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


Meaning: TypeAlias = "ProjectModule | LibraryName | Definition | Binding"


class Names:
    """Meanings of module-level names, remembered once found."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._known: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        self._open: set[tuple[str, str]] = set()

    def lookup(self, path: str, name: str) -> tuple[Meaning, ...]:
        """Everything that `name` may mean at the top level of the module at `path`; empty: not bound there.

        Branches of `if` and `try` contribute one meaning each, the last binding of one block wins.
        """
        key = (path, name)
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._open:
            return ()
        self._open.add(key)
        try:
            found = self._lookup(path, name)
        finally:
            self._open.discard(key)
        if not self._open:
            self._known[key] = found
        return found

    def _lookup(self, path: str, name: str) -> tuple[Meaning, ...]:
        facts = self.modules.readable(path)
        if facts is None:
            return ()
        meanings: dict[Meaning, None] = {}
        for statement in facts.bindings.get(name, ()):
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
            if statement.binds == module.partition(".")[0] != module:
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
        if not isinstance(statement, Import) or name.startswith("_"):
            return ()
        module = self.absolute(facts, statement.module, statement.level)
        file = self.modules.find(module, facts.path)
        if file is None:
            return ()
        exported = self._exported(file.relative)
        if exported is not None and name not in exported:
            return ()
        return self.lookup(file.relative, name)

    def _exported(self, path: str) -> frozenset[str] | None:
        """The names of a literal `__all__`; nothing where there is none or it is computed."""
        facts = self.modules.readable(path)
        statements = facts.bindings.get("__all__", ()) if facts is not None else ()
        names: set[str] = set()
        for statement in statements:
            items = getattr(getattr(statement, "value", None), "items", None)
            if items is None:
                return None
            names.update(str(getattr(item, "value", "")) for item in items)
        return frozenset(names) if statements else None

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
