"""Names that a fixture imports from Django and that the running version does not have.

The import alone would keep every coroutine of the module from running. A stand-in lets it pass and fails
where it is used, which is where the analysis speaks of it.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable
from typing import Any, NoReturn

import django


class Absent:
    """What stands in for a name that this Django does not have."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise ImportError(f"Django {django.get_version()} has no {self._name}")


def supply_missing_names(trees: Iterable[ast.Module]) -> list[str]:
    """Give Django's modules the names that `trees` import from them in vain; those come back."""
    missing = []
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django."):
                module = importlib.import_module(node.module or "")
                for alias in node.names:
                    if not hasattr(module, alias.name) and alias.name != "*":
                        missing.append(f"{node.module}.{alias.name}")
                        setattr(module, alias.name, Absent(missing[-1]))
    return missing
