"""One release of Django as source: what a qualified name means, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"

_UNREAD = (
    "django.conf.locale",
    "django.conf.app_template",
    "django.conf.project_template",
    "django.contrib.gis",
)
"""Packages that declare nothing for other code to call, and models that only derive from the rest."""


@dataclass(frozen=True, eq=False)
class Definition:
    """A function, class or assigned value of a module, under the name at which it is defined."""

    module: Module
    path: tuple[str, ...]
    node: Function | ast.ClassDef | ast.expr

    @property
    def name(self) -> str:
        """The qualified name: that of the module and of what encloses the definition."""
        return ".".join((self.module.name, *self.path))

    @property
    def is_coroutine(self) -> bool:
        """Whether calling it makes a coroutine: an `async def` that yields makes an iterator instead."""
        return isinstance(self.node, ast.AsyncFunctionDef) and not yields(self.node)


def yields(function: Function) -> bool:
    """Whether the function itself holds a `yield`."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below, without the bodies of nested functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from own_nodes(child)


@dataclass(eq=False)
class Module:
    """A module, parsed when something in it is asked for."""

    name: str
    file: Path
    is_package: bool

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.file.read_bytes(), str(self.file))

    @cached_property
    def bindings(self) -> Mapping[str, Definition | str]:
        """What each top-level name means: a definition here, or the qualified name that it imports."""
        found: dict[str, Definition | str] = {}
        for statement in _statements(self.tree.body):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found[statement.name] = Definition(self, (statement.name,), statement)
                case ast.ImportFrom():
                    origin = self._imported_from(statement)
                    found.update(
                        (item.asname or item.name, f"{origin}.{item.name}") for item in statement.names
                    )
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    if statement.value is not None:
                        found[name] = Definition(self, (name,), statement.value)
                case _:
                    continue
        return found

    @cached_property
    def star_imports(self) -> tuple[str, ...]:
        """The modules all of whose names are imported."""
        return tuple(
            self._imported_from(statement)
            for statement in _statements(self.tree.body)
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"
        )

    @cached_property
    def has_coroutines(self) -> bool:
        """Whether the source holds an `async def`, asked without parsing it."""
        return b"async def" in self.file.read_bytes()

    def _imported_from(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - statement.level + (1 if self.is_package else 0)]
        return ".".join([*parts, statement.module] if statement.module else parts)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those in its `if` and `try` blocks included."""
    for statement in body:
        yield statement
        match statement:
            case ast.If():
                yield from _statements([*statement.body, *statement.orelse])
            case ast.Try():
                handled = [inner for handler in statement.handlers for inner in handler.body]
                yield from _statements([*handled, *statement.orelse, *statement.body])
            case _:
                continue


@dataclass(eq=False)
class Release:
    """The source of one release, below `root`."""

    version: tuple[int, int]
    label: str
    root: Path
    _orders: dict[Definition, tuple[Definition, ...]] = field(default_factory=dict)

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """All modules that declare something, by name."""
        found = {}
        for file in sorted((self.root / "django").rglob("*.py")):
            parts = file.relative_to(self.root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            if not name.startswith(_UNREAD):
                found[name] = Module(name, file, is_package)
        return found

    def find(self, name: str, seen: frozenset[str] = frozenset()) -> Definition | None:
        """What the qualified name leads to, through imports, classes and their bases; None if nothing."""
        if name in seen:
            return None
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is not None:
                return self._find_in(module, parts[length:], seen | {name})
        return None

    def _find_in(self, module: Module, path: list[str], seen: frozenset[str]) -> Definition | None:
        if not path:
            return None
        bound = module.bindings.get(path[0])
        if isinstance(bound, str):
            return self.find(".".join([bound, *path[1:]]), seen)
        if bound is None:
            starred = (self.find(".".join([origin, *path]), seen) for origin in module.star_imports)
            return next((found for found in starred if found is not None), None)
        found: Definition | None = bound
        for part in path[1:]:
            found = self.member(found, part) if found is not None else None
        return found

    def resolve(self, module: Module, node: ast.expr) -> Definition | None:
        """What a name or a path of attributes means in the module."""
        name = dotted(node)
        return self._find_in(module, name.split("."), frozenset()) if name else None

    def members(self, owner: Definition) -> Mapping[str, Definition]:
        """What the body of a class, or of a function that makes classes, defines."""
        found: dict[str, Definition] = {}
        body = owner.node.body if isinstance(owner.node, ast.ClassDef | ast.FunctionDef) else []
        for statement in _statements(body):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    # A property's setter has the name of its getter, which comes first.
                    found.setdefault(
                        statement.name, Definition(owner.module, (*owner.path, statement.name), statement)
                    )
                case ast.Assign(targets=[ast.Name(id=name)]):
                    found[name] = Definition(owner.module, (*owner.path, name), statement.value)
                case _:
                    continue
        return found

    def member(self, owner: Definition, name: str) -> Definition | None:
        """A member of the class, own or inherited."""
        for ancestor in self.order(owner):
            found = self.members(ancestor).get(name)
            if found is not None:
                return found
        return None

    def order(self, owner: Definition) -> tuple[Definition, ...]:
        """The class and all its bases in Django, nearest first."""
        known = self._orders.get(owner)
        if known is None:
            found: dict[Definition, None] = {owner: None}
            for base in self.bases(owner):
                found.update(dict.fromkeys(self.order(base)))
            known = self._orders[owner] = tuple(found)
        return known

    def bases(self, owner: Definition) -> Iterator[Definition]:
        """The direct bases that are classes of Django; of `X.from_queryset(Y)` both."""
        for base in owner.node.bases if isinstance(owner.node, ast.ClassDef) else ():
            for node in [base.func, *base.args] if isinstance(base, ast.Call) else [base]:
                made = (
                    node.value if isinstance(node, ast.Attribute) and node.attr == "from_queryset" else node
                )
                found = self.resolve(owner.module, made)
                if found is not None and isinstance(found.node, ast.ClassDef):
                    yield found

    def definitions(self) -> Iterator[Definition]:
        """Every function and class of the modules that hold coroutines, and the members of the classes."""
        for module in self.modules.values():
            if not module.has_coroutines:
                continue
            for bound in module.bindings.values():
                if isinstance(bound, Definition):
                    yield bound
                    if isinstance(bound.node, ast.ClassDef):
                        yield from self.members(bound).values()


def dotted(node: ast.expr) -> str:
    """A name or path of attributes as it is written; empty for any other expression."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            start = dotted(node.value)
            return f"{start}.{node.attr}" if start else ""
        case _:
            return ""
