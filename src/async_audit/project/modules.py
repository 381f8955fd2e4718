"""The project's modules: from file to facts on demand, and from an import to the file it means."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from async_audit.discovery import SourceFile
from async_audit.parsing import Parse, Unreadable, decode, parse_file
from async_audit.syntax.facts import ModuleFacts

_TEXT_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(slots=True)
class Modules:
    """Every module of the project; a file is parsed when its facts are first asked for."""

    files: list[SourceFile]
    parse: Parse = parse_file
    _by_name: dict[str, list[SourceFile]] = field(default_factory=dict)
    _by_path: dict[str, SourceFile] = field(default_factory=dict)
    _by_last: dict[str, list[SourceFile]] = field(default_factory=dict)
    _prefixes: set[str] = field(default_factory=set)
    _facts: dict[str, ModuleFacts | Unreadable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.files:
            package = file.name.rpartition(".")[0]
            while package and package not in self._prefixes:
                self._prefixes.add(package)
                package = package.rpartition(".")[0]
            self._by_name.setdefault(file.name, []).append(file)
            self._by_path[file.relative] = file
            self._by_last.setdefault(file.name.rpartition(".")[2], []).append(file)

    def file(self, relative: str) -> SourceFile:
        """The file at a path below the root."""
        return self._by_path[relative]

    def find(self, name: str, importer: str) -> SourceFile | None:
        """The file that `import name` means in the module at path `importer`; none outside the project."""
        exact = self._by_name.get(name)
        if exact is not None:
            return _nearest(exact, importer)
        head = name.partition(".")[0]
        if head in sys.stdlib_module_names:
            return None
        suffix = "." + name
        found = [
            file
            for file in self._by_last.get(name.rpartition(".")[2], ())
            if file.name.endswith(suffix) and self._is_search_path(file.name[: -len(suffix)])
        ]
        return _nearest(found, importer) if found else None

    def _is_search_path(self, prefix: str) -> bool:
        """Whether a folder can be on `sys.path`: it is no package, or `manage.py` is started in it."""
        return f"{prefix}.manage" in self._by_name or not any(
            file.is_package for file in self._by_name.get(prefix, ())
        )

    def is_package_prefix(self, name: str) -> bool:
        """Whether some module of the project lies below `name` (a package without an `__init__` file)."""
        return name in self._prefixes

    def facts(self, relative: str) -> ModuleFacts | Unreadable:
        """The facts of the file at a path, or why there are none."""
        known = self._facts.get(relative)
        if known is None:
            known = self._facts[relative] = self.parse(self._by_path[relative])
        return known

    def readable(self, relative: str) -> ModuleFacts | None:
        """The facts of a file where it has any."""
        facts = self.facts(relative)
        return facts if isinstance(facts, ModuleFacts) else None

    def lines(self, relative: str) -> tuple[str, ...]:
        """The lines of a file of the project; none where it cannot be read."""
        try:
            text = decode(self._by_path[relative].content)
        except (KeyError, OSError, SyntaxError):
            return ()
        return tuple(_TEXT_NEWLINE.split(text))

    @property
    def parsed(self) -> int:
        """How many files have been parsed so far."""
        return len(self._facts)

    def __iter__(self) -> Iterator[SourceFile]:
        return iter(self.files)


def _nearest(files: list[SourceFile], importer: str) -> SourceFile:
    """The file that shares most of its path with the importing one."""
    if len(files) == 1:
        return files[0]
    here = importer.split("/")

    def shared(file: SourceFile) -> int:
        count = 0
        for mine, theirs in zip(file.relative.split("/"), here, strict=False):
            if mine != theirs:
                break
            count += 1
        return count

    return max(files, key=lambda file: (shared(file), -len(file.relative), file.relative))
