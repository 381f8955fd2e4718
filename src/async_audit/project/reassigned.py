"""Which names hold another value later: a module's flag that a function sets, an attribute that others set.

The files are searched for assignments as text, and not parsed for it. Tests are left out: what they set they
set for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from async_audit.mentions import mention
from async_audit.project.deployment import is_aside
from async_audit.project.modules import Modules
from async_audit.project.overriding import Subclasses


class Reassigned:
    """What the files of one program assign to again."""

    def __init__(self, modules: Modules, subclasses: Subclasses) -> None:
        self._modules = modules
        self._subclasses = subclasses
        self._remembered: dict[tuple[str, str], bool] = {}

    def of_module(self, path: str, name: str) -> bool:
        """Whether a module's name changes: a function has it `global`, or others assign to it."""
        return self._answer((path, name), lambda: self._is_global(path, name)) or self.of_instance(name)

    def of_instance(self, name: str) -> bool:
        """Whether an attribute of an object is set by other code than its own methods."""
        return self._answer(("", name), lambda: self._is_set_by_others(name))

    def of_class(self, cls: str, name: str) -> bool:
        """Whether what a class assigns to a name is set by others, or is something else in a class below."""
        return self.of_instance(name) or self._answer((cls, name), lambda: self._subclasses.assign(cls, name))

    def _is_global(self, path: str, name: str) -> bool:
        word = name.encode()
        shared = mention(rb"\bglobal\b[^\n]*\b" + re.escape(word) + rb"\b", word)
        return self._modules.file(path).mentions(shared)

    def _is_set_by_others(self, name: str) -> bool:
        """Whether some file but a test assigns to `something.name`, where something is not `self`."""
        word = name.encode()
        assigned = mention(
            rb"(?<!\bself)\." + re.escape(word) + rb"[ \t]*(?::[^=\n]*)?[-+*/|&]?=(?!=)", b"." + word
        )
        return any(file.mentions(assigned) and not is_aside(file.relative) for file in self._modules)

    def _answer(self, key: tuple[str, str], find: Callable[[], bool]) -> bool:
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = find()
        return known
