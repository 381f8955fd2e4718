"""Which files an audit will probably parse: those that may hold coroutines, and what these import.

Imports are read from the bytes. A guess that is wrong costs a process some milliseconds, never a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from async_audit.discovery import LARGEST, SourceFile
from async_audit.project.modules import Modules

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<base>[.\w]+)[ \t]+import[ \t]*(?P<members>\([^)]*\)|[^\n#;]*)"
    rb"|import[ \t]+(?P<modules>[^\n#;]+))",
    re.MULTILINE,
)
_NAME = re.compile(rb"(?:^|,)[\s(\\]*([\w.]+)")


def probably_parsed(modules: Modules) -> Iterator[SourceFile]:
    """The files, each once: in order those that may hold coroutines, each with what it imports."""
    known: set[str] = set()
    for file in modules:
        with suppress(OSError):
            if file.mentions_async and len(file.content) <= LARGEST:
                for found in (file, *_imported(modules, file)):
                    if found.relative not in known and len(found.content) <= LARGEST:
                        known.add(found.relative)
                        yield found


def _imported(modules: Modules, file: SourceFile) -> Iterator[SourceFile]:
    for name in dict.fromkeys(_imported_names(file)):
        found = modules.find(name, file.relative)
        if found is not None:
            yield found


def _imported_names(file: SourceFile) -> Iterator[str]:
    for match in _IMPORT.finditer(file.content):
        if match["modules"] is not None:
            yield from _names(match["modules"])
            continue
        base = _absolute(file, match["base"].decode(errors="replace"))
        yield base
        yield from (f"{base}.{member}" for member in _names(match["members"]))


def _names(listed: bytes) -> Iterable[str]:
    return (name.decode(errors="replace") for name in _NAME.findall(listed))


def _absolute(file: SourceFile, base: str) -> str:
    """The module that is meant by what stands after `from`."""
    name = base.lstrip(".")
    level = len(base) - len(name)
    if not level:
        return name
    parts = file.name.split(".")
    package = parts[: len(parts) - level + file.is_package]
    return ".".join((*package, name) if name else package)
