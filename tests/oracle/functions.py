"""The coroutines of a fixture project, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"

NO_COROUTINE = {"overload", "abstractmethod", "async_to_sync"}
"""Decorators below which there is no coroutine to run."""


@dataclass
class Function:
    """One `async def` at module or class level, and what it did in each mode."""

    path: str
    qualname: str
    first: int
    line: int
    last: int
    heads: list[int] = field(default_factory=list)
    way: str = ""
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """The dotted name of the module."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def key(self) -> str:
        """What ways.py calls the function."""
        return f"{self.module}:{self.qualname}"

    @property
    def lines(self) -> list[int]:
        """Its own lines and those that head its classes, where markers about it may stand."""
        return [*self.heads, *range(self.first, self.last + 1)]


def coroutines(root: Path) -> list[Function]:
    """The coroutines that can be called from outside."""
    return [
        function
        for path, tree in _trees(root)
        if not path.endswith(("asgi.py", "wsgi.py"))
        for function in _functions(tree, path, "", [])
    ]


def coroutine_lines(root: Path) -> frozenset[tuple[str, int]]:
    """Each path and line inside an `async def`, nested ones too."""
    return frozenset(
        (path, line)
        for path, tree in _trees(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        for line in range(node.lineno, _last(node) + 1)
    )


def _trees(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _functions(node: ast.AST, path: str, prefix: str, heads: list[int]) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.AsyncFunctionDef):
            if not _is_stub(child):
                name = prefix + child.name
                yield Function(path, name, _first(child), child.lineno, _last(child), heads)
        elif isinstance(child, ast.ClassDef):
            own = [*range(_first(child), child.lineno + 1)]
            yield from _functions(child, path, f"{prefix}{child.name}.", own)
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from _functions(child, path, prefix, heads)


def _first(node: ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _last(node: ast.AsyncFunctionDef) -> int:
    return node.end_lineno or node.lineno


def _is_stub(function: ast.AsyncFunctionDef) -> bool:
    """Whether there is nothing to run: a body of dots, of a docstring or of NotImplementedError."""
    names = {decorator.id for decorator in function.decorator_list if isinstance(decorator, ast.Name)}
    if names & NO_COROUTINE:
        return True
    return all(
        (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement))
        for statement in function.body
    )
