"""What Django guards with `async_unsafe`, and which functions of `django.db` reach it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scripts.django_releases.source import Definition, Function, Release, own_nodes, yields

_READ = (
    "django.db.backends.",
    "django.db.models.",
    "django.db.transaction",
    "django.contrib.contenttypes.fields",
)
"""Where calls are followed. The other backends only override what the base declares."""

_COMMON = frozenset(
    name
    for kind in (dict, list, set, str, tuple, bytes, int)
    for name in dir(kind)
    if not name.startswith("_")
)
"""Methods of built-in types: a call of one on an unknown value is not taken for the queryset's."""

_COMPILING = frozenset({"as_sql", "resolve_expression", "compile", "get_compiler", "check", "deconstruct"})
"""What turns a query into SQL without sending it."""

QUERYSET = "django.db.models.query.QuerySet"

_DYNAMIC = {"_iterable_class": (f"{QUERYSET.rpartition('.')[0]}.ModelIterable.__iter__",)}
"""Attributes that hold a class which is chosen while the program runs, with what making one leads to."""

_CONSUME = frozenset({"list", "len", "bool", "iter", "tuple", "set", "sorted", "any", "all", "max", "min"})


def guarded(release: Release) -> tuple[str, ...]:
    """The qualified names of the functions that raise on a running event loop."""
    return tuple(
        sorted(
            found.name
            for found in _functions(release, ("django.db.",))
            if any("async_unsafe" in ast.unparse(decorator) for decorator in found.node.decorator_list)
        )
    )


@dataclass(frozen=True)
class Method(Definition):
    """A function or method whose calls are followed, with the class that has it."""

    node: Function
    owner: Definition | None = None


def _functions(release: Release, packages: tuple[str, ...]) -> Iterator[Method]:
    """All functions of some packages, those of nested classes included."""
    for module in release.modules.values():
        if module.name.startswith(packages):
            for found in module.bindings.values():
                if isinstance(found, Definition):
                    yield from _below(release, found, None)


def _below(release: Release, found: Definition, owner: Definition | None) -> Iterator[Method]:
    if isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield Method(found.module, found.path, found.node, owner)
        inner = [made for made in release.members(found).values() if isinstance(made.node, ast.ClassDef)]
    elif isinstance(found.node, ast.ClassDef):
        inner = list(release.members(found).values())
        owner = found
    else:
        return
    for made in inner:
        yield from _below(release, made, owner)


@dataclass
class Reach:
    """Which functions reach a guarded one when they are called, by a conservative reading of their calls.

    A call on `self` is followed to the class and its bases, one on an imported name to what it means. On any
    other value a method is followed by its name where only the database layer has that name.
    """

    release: Release

    @cached_property
    def names(self) -> frozenset[str]:
        """The qualified names of the functions that reach a guarded one, and of these themselves."""
        callers: dict[str, set[str]] = defaultdict(set)
        generators = {method.name for method in self._methods if yields(method.node)}
        for method in self._methods:
            for callee in self._callees(method):
                # A generator that is handed on has not run: `iterator` of querysets returns one.
                if callee not in generators or not _returns_call(method.node, callee.rpartition(".")[2]):
                    callers[callee].add(method.name)
        reached: set[str] = set()
        pending = list(guarded(self.release))
        while pending:
            name = pending.pop()
            if name not in reached:
                reached.add(name)
                pending.extend(callers[name])
        return frozenset(reached)

    @cached_property
    def _methods(self) -> tuple[Method, ...]:
        return tuple(_functions(self.release, _READ))

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for method in self._methods:
            last = method.path[-1]
            if method.owner is not None and last not in _COMMON | _COMPILING and not last.startswith("__"):
                found[last].append(method.name)
        return {name: tuple(methods) for name, methods in found.items()}

    def _callees(self, method: Method) -> Iterator[str]:
        """The functions that the function may call; consuming a queryset counts as a call of `__iter__`."""
        if isinstance(method.node, ast.AsyncFunctionDef):
            return
        made = _derived_names(method.node)
        for node in own_nodes(method.node):
            match node:
                case ast.Call(func=ast.Attribute() as function):
                    yield from self._of_attribute(method, function, made)
                case ast.Call(func=ast.Name(id=name), args=[consumed, *_]) if name in _CONSUME:
                    yield from self._consumed(method, consumed, made)
                case ast.Call(func=ast.Name() as function):
                    found = self.release.resolve(method.module, function)
                    if found is not None:
                        yield found.name
                case ast.For(iter=consumed) | ast.comprehension(iter=consumed):
                    yield from self._consumed(method, consumed, made)
                case ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="atomic"))):
                    yield "django.db.transaction.Atomic.__enter__"
                case _:
                    continue

    def _of_attribute(
        self, method: Method, function: ast.Attribute, made: Mapping[str, bool]
    ) -> Iterator[str]:
        yield from _DYNAMIC.get(function.attr, ())
        match function.value:
            case ast.Name(id="self" | "cls"):
                yield from self._members(method.owner, function.attr)
            case ast.Call(func=ast.Name(id="super")):
                for base in self.release.order(method.owner)[1:] if method.owner is not None else ():
                    yield f"{base.name}.{function.attr}"
            case value:
                found = self.release.resolve(method.module, function)
                if found is not None:
                    yield found.name
                elif self.release.resolve(method.module, value) is None:
                    yield from self._of_chain(method, value, function.attr, made)
                    yield from self._by_name.get(function.attr, ())

    def _consumed(self, method: Method, value: ast.expr, made: Mapping[str, bool]) -> Iterator[str]:
        if isinstance(value, ast.Subscript):
            value = value.value
        yield from self._of_chain(method, value, "__iter__", made)

    def _of_chain(
        self, method: Method, value: ast.expr, name: str, made: Mapping[str, bool]
    ) -> Iterator[str]:
        """The method of that name of what a chain of calls on `self` or on a manager returned."""
        if any(made.get(root) for root in _roots(value)) or _is_of_manager(value):
            yield f"{QUERYSET}.{name}"
        if any(root in made for root in _roots(value)):
            yield from self._members(method.owner, name)

    def _members(self, owner: Definition | None, name: str) -> Iterator[str]:
        for ancestor in self.release.order(owner) if owner is not None else ():
            yield f"{ancestor.name}.{name}"


def _returns_call(function: Function, name: str) -> bool:
    """Whether the function returns what a method of that name gives it."""
    return any(
        isinstance(node, ast.Return)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == name
        for node in own_nodes(function)
    )


def _derived_names(function: Function) -> Mapping[str, bool]:
    """`self` and the variables made from it, and for each whether a manager was in between."""
    names = {"self": False}
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            roots = [root for root in _roots(node.value) if root in names]
            is_of_manager = _is_of_manager(node.value) or any(names[root] for root in roots)
            if roots or is_of_manager:
                names[node.targets[0].id] = is_of_manager
    return names


def _is_of_manager(value: ast.expr) -> bool:
    """Whether a chain of calls starts at a model's default or base manager."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"_base_manager", "_default_manager"}
        for node in ast.walk(value)
    )


def _roots(value: ast.expr) -> Iterator[str]:
    """The names from which a chain of method calls starts, or may start: `x` in `x.f().g()`."""
    match value:
        case ast.Name(id=name):
            yield name
        case ast.Call(func=ast.Attribute(value=inner)):
            yield from _roots(inner)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _roots(body)
            yield from _roots(orelse)
        case _:
            return
