"""Classes whose methods an inherited coroutine calls: `self.rows()` in `get` of a base, `def rows` below it.

Such a method runs on the event loop, though no coroutine near it shows that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.interfaces import is_test_module

if TYPE_CHECKING:
    from async_audit.discovery import SourceFile
    from async_audit.project.classes import Classes, ProjectClass
    from async_audit.project.modules import Modules
    from async_audit.syntax.facts import FunctionFacts

_CLASS = mention(rb"\bclass[ \t\f\\]+(?P<name>\w+)\s*(?:\[[^\]]*\]\s*)?\((?P<bases>[^)]*)", b"class")
_WORD = re.compile(rb"\w+")
_MOST = 40
"""Classes below one that are looked at; the methods of so many are no surprise of any one."""
_MOST_FILES = 12
"""Files that are parsed to know whether all classes below one have something in common."""


@dataclass(frozen=True, slots=True)
class Overriding:
    """A class that inherits a coroutine, and its plain methods that this calls, by qualified name."""

    cls: str
    methods: frozenset[str]


class Subclasses:
    """The classes of the project by what they inherit from."""

    def __init__(self, modules: Modules, classes: Classes) -> None:
        self._modules = modules
        self._classes = classes
        self._below: dict[str, tuple[SourceFile, ...]] = {}
        self._replaced: dict[tuple[str, str], bool] = {}

    def overriding(self, owner: str, function: FunctionFacts) -> Iterator[Overriding]:
        """The classes below `owner` that override what its coroutine `function` calls, in a stable order.

        Those of tests are told only where `owner` is a class of a test itself. A method of a mixin in
        another module is not looked for.
        """
        called = sorted(function.calls)
        defined = [b"def " + name.encode() for name in called]
        top = self._classes.get(owner)
        in_test = top is not None and is_test_module(top.path)
        told = 0
        for file in self._files_below(owner):
            if (is_test_module(file.relative) and not in_test) or not _has_any(file, defined):
                continue
            for cls in self._classes_in(file):
                methods = self._methods(cls, owner, function, called)
                if methods:
                    yield Overriding(cls.name, methods)
                    told += 1
                if told == _MOST:
                    return

    def replace(self, owner: str, name: str) -> bool:
        """Whether no object has the method of `owner`: all below override it, and none is made of itself."""
        known = self._replaced.get((owner, name))
        if known is None:
            known = self._replaced[owner, name] = self._is_replaced(owner, name)
        return known

    def _is_replaced(self, owner: str, name: str) -> bool:
        files = self._files_below(owner)
        defined = b"def " + name.encode()
        if (
            len(files) > _MOST_FILES
            or not any(defined in file.content for file in files)
            or self._is_used(owner)
        ):
            return False
        below = {cls.name: self._classes.order(cls.name) for file in files for cls in self._classes_in(file)}
        below = {cls: order for cls, order in below.items() if owner in order[1:]}
        last = [order for cls, order in below.items() if not any(cls in each[1:] for each in below.values())]
        return bool(last) and all(self._has_before(order, owner, name) for order in last)

    def _has_before(self, order: tuple[str, ...], owner: str, name: str) -> bool:
        """Whether a class that comes before `owner` has a method of that name."""
        classes = (self._classes.get(cls) for cls in order[: order.index(owner)])
        return any(cls is not None and cls.function(name) is not None for cls in classes)

    def _is_used(self, cls: str) -> bool:
        """Whether some file makes an object of a class, or a view of it."""
        word = cls.rpartition(".")[2].encode()
        used = mention(rb"(?<!class )\b" + re.escape(word) + rb"\s*(?:\(|\.\s*as_view\b)", word)
        return any(file.mentions(used) for file in self._modules)

    def assign(self, owner: str, name: str) -> bool:
        """Whether the body of a class below `owner` gives a name another value; of too many, one may."""
        word = name.encode()
        assigned = mention(rb"(?m)^[ \t]+" + re.escape(word) + rb"[ \t]*(?::[^=\n]*)?=(?!=)", word)
        files = [file for file in self._files_below(owner) if file.mentions(assigned)]
        return len(files) > _MOST_FILES or any(
            name in cls.members and owner in self._classes.order(cls.name)[1:]
            for file in files
            for cls in self._classes_in(file)
        )

    def _methods(
        self, cls: ProjectClass, owner: str, function: FunctionFacts, called: list[str]
    ) -> frozenset[str]:
        """The plain methods that a class below `owner` has before it, none where it has the coroutine too."""
        order = self._classes.order(cls.name)
        if owner not in order[1:]:
            return frozenset()
        between = [self._classes.get(name) for name in order[: order.index(owner)]]
        classes = [each for each in between if each is not None]
        if any(function.name in each.members for each in classes):
            return frozenset()
        found = (each.function(name) for each in classes for name in called)
        return frozenset(method.qualname for method in found if method is not None and not method.is_async)

    def _classes_in(self, file: SourceFile) -> Iterator[ProjectClass]:
        facts = self._modules.readable(file.relative)
        for definition in facts.classes if facts is not None else ():
            if definition.bases and "<locals>" not in definition.qualname:
                yield self._classes.of(file.relative, definition)

    def _files_below(self, owner: str) -> tuple[SourceFile, ...]:
        """The files with classes that by their last names may inherit from `owner`, nearest first."""
        known = self._below.get(owner)
        if known is None:
            files: dict[SourceFile, None] = {}
            pending = [owner.rpartition(".")[2].encode()]
            names = set(pending)
            for base in pending:
                for file, name in self._children.get(base, ()):
                    files[file] = None
                    if name not in names:
                        names.add(name)
                        pending.append(name)
            known = self._below[owner] = tuple(files)
        return known

    @cached_property
    def _children(self) -> dict[bytes, list[tuple[SourceFile, bytes]]]:
        """The classes by the last name of each base, as the bytes of their files have them."""
        children: dict[bytes, list[tuple[SourceFile, bytes]]] = {}
        for file in self._modules:
            if file.mentions(_CLASS):
                for match in _CLASS.pattern.finditer(file.content):
                    for base in _WORD.findall(match["bases"]):
                        children.setdefault(base, []).append((file, match["name"]))
        return children


def _has_any(file: SourceFile, words: list[bytes]) -> bool:
    return any(word in file.content for word in words)
