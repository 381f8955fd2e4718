"""Which files may declare a model, or a relation that is reached by a name, as far as their bytes tell.

Models are often a large part of a project, and few of them are asked for. What a name can mean is searched in
the bytes of all files that may hold models; only those that may answer are parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from async_audit.discovery import SourceFile
from async_audit.mentions import mention

_RELATIONS = (b"ForeignKey", b"OneToOneField", b"ManyToManyField", b"GenericRelation")
_MODEL = mention(rb"\bmodels?\b|" + b"|".join(_RELATIONS), b"model", *_RELATIONS)
_MORE_RELATIONS = (*_RELATIONS, b"ParentalKey", b"ManyToManyDescriptor")
_RELATION = mention(b"|".join(_MORE_RELATIONS), *_MORE_RELATIONS)
_DECLARATION = re.compile(
    rb"""\bclass[ \t\f\\]+(?P<name>[^\s(:\[\\]+)\s*(?:\[[^\]]*\]\s*)?(?:\((?P<bases>[^)]*)\))?
    |\brelated_name\s*=\s*["'](?P<related>[^"'\n]*)""",
    re.VERBOSE,
)
_RENAMED = re.compile(rb"(\w+)\s+as\s+(\w+)")
_WORD = re.compile(rb"\w+")
_NOT_OF_PROJECTS = frozenset({"Meta", "Model", "object"})
"""Names that nearly every model's class or base has: none tells one project class from another."""


@dataclass(frozen=True, slots=True)
class _Class:
    """A class by the words in its bases and the related names that are written in its body."""

    file: SourceFile
    name: str
    bases: frozenset[str]
    related_names: tuple[str, ...]


def named_after(name: str, pattern: str) -> str:
    """The related name that a pattern gives to a relation of the class with that name in lower case."""
    return pattern.replace("%(class)s", name).replace("%(model_name)s", name)


class ModelFiles:
    """The files that may hold models, asked by name; answers are in the order of the files."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._files = files

    def declaring(self, name: str) -> list[SourceFile]:
        """The files that may declare a class of that name."""
        return self._files_of(found for found in self._classes if found.name == name)

    def leading_by(self, accessor: str) -> list[SourceFile]:
        """The files that may declare a model to which a relation of its own leads back by that name.

        A class that inherits the relation is such a model too.
        """
        owners = [found for found in self._classes if accessor in found.related_names]
        named = [found for found in self._classes if self._is_default(found.name, accessor)]
        return self._files_of((*owners, *self._heirs(owners), *named))

    def _is_default(self, name: str, accessor: str) -> bool:
        """Whether a relation of a class can have the name by default, or by a pattern."""
        lower = name.lower()
        return accessor in (lower, f"{lower}_set") or any(
            named_after(lower, pattern) == accessor for pattern in self._patterns
        )

    def _heirs(self, parents: list[_Class]) -> Iterator[_Class]:
        """The classes that may inherit from one of `parents`."""
        known: set[str] = set(_NOT_OF_PROJECTS)
        pending = {parent.name for parent in parents} - known
        while pending:
            heirs = [found for found in self._classes if not pending.isdisjoint(found.bases)]
            yield from heirs
            known |= pending
            pending = {heir.name for heir in heirs} - known

    def _files_of(self, classes: Iterable[_Class]) -> list[SourceFile]:
        found = {declared.file.relative: declared.file for declared in classes}
        return sorted(found.values(), key=lambda file: file.relative)

    @cached_property
    def _patterns(self) -> frozenset[str]:
        """The names of relations that have that of their class in them."""
        names = (name for found in self._classes for name in found.related_names)
        return frozenset(name for name in names if "%(" in name)

    @cached_property
    def _classes(self) -> tuple[_Class, ...]:
        return tuple(found for file in self._files if _may_hold_models(file) for found in _classes(file))


def _may_hold_models(file: SourceFile) -> bool:
    if not file.mentions(_MODEL) or "/migrations/" in file.relative:
        return False
    return "models" in file.relative or file.mentions(_RELATION)


def _classes(file: SourceFile) -> Iterator[_Class]:
    content = file.content
    originals = {_text(alias): _text(name) for name, alias in _RENAMED.findall(content)}
    name, bases, related = "", frozenset[str](), list[str]()
    for match in _DECLARATION.finditer(content):
        if match["name"] is None:
            related.append(_text(match["related"]))
        # What follows a model's `class Meta` is the model's again.
        elif match["name"] != b"Meta":
            if name:
                yield _Class(file, name, bases, tuple(related))
            words = {_text(word) for word in _WORD.findall(match["bases"] or b"")}
            words.update([originals[word] for word in words if word in originals])
            name, bases, related = _text(match["name"]), frozenset(words), []
    if name:
        yield _Class(file, name, bases, tuple(related))


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
