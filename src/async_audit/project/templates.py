"""Django templates of the project, found by name and read into the few things that touch values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from async_audit.discovery import SourceFile
from async_audit.regular_files import read_regular

_TAG = re.compile(r"\{%-?\s*(.*?)\s*-?%\}|\{\{\s*(.*?)\s*\}\}|\{#.*?#\}", re.DOTALL)
_COMMENT = re.compile(r"\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Tag:
    """`{% name rest %}`, or `{{ rest }}` where the name is empty."""

    name: str
    rest: str


class Templates:
    """Templates by the name under which `render` finds them."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._files = list(files)
        self._read: dict[Path, tuple[Tag, ...]] = {}

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """Every `templates` or `jinja2` folder beside or above a Python file of the project, in order."""
        places: dict[str, Path] = {}
        for file in self._files:
            folder, parent = file.relative.rpartition("/")[0], None
            while folder not in places:
                parent = file.path.parent if parent is None else parent.parent
                places[folder] = parent
                if not folder:
                    break
                folder = folder.rpartition("/")[0]
        found = (place / "templates" for place in places.values())
        return tuple(sorted(folder for folder in found if folder.is_dir()))

    def find(self, name: str) -> tuple[Tag, ...] | None:
        """The tags of the template of that name; nothing where the project has none."""
        if not name or name.startswith("/") or ".." in name.split("/"):
            return None
        for folder in self.folders:
            path = folder / name
            if path.is_file():
                return self._tags(path)
        return None

    def _tags(self, path: Path) -> tuple[Tag, ...]:
        known = self._read.get(path)
        if known is None:
            known = self._read[path] = _tags(path)
        return known


def _tags(path: Path) -> tuple[Tag, ...]:
    try:
        content = read_regular(path, _LARGEST + 1)
    except OSError:
        return ()
    return tags_of(content.decode(errors="replace")) if len(content) <= _LARGEST else ()


def tags_of(text: str) -> tuple[Tag, ...]:
    """The tags and outputs of a template's source, in order."""
    tags: list[Tag] = []
    for match in _TAG.finditer(_COMMENT.sub("", text)):
        if match[1] is not None:
            name, _, rest = match[1].partition(" ")
            tags.append(Tag(name, rest.strip()))
        elif match[2] is not None:
            tags.append(Tag("", match[2]))
    return tuple(tags)


def variables(text: str) -> tuple[str, ...]:
    """The variable paths in the arguments of a tag or in an output, filters' arguments included."""
    plain = _STRING.sub(" ", text)
    found = re.findall(r"(?<![\w.])[A-Za-z_][\w]*(?:\.\w+)*", plain.replace("|", " | "))
    words = plain.replace("|", " | ").split()
    filters = {words[index + 1].partition(":")[0] for index in range(len(words) - 1) if words[index] == "|"}
    skipped = filters | {"and", "or", "not", "in", "is", "as", "with", "only", "True", "False", "None"}
    return tuple(name for name in found if name not in skipped)


def literal(text: str) -> str:
    """The first quoted string in a tag's arguments, without its quotes."""
    match = _STRING.search(text)
    return match[0][1:-1] if match else ""
