"""Which files there are: the project's root, its Python files, its source roots, and a byte prefilter."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_ROOT_MARKERS = ("manage.py", "pyproject.toml", "setup.cfg", "setup.py", ".git")
_SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "__pycache__",
        "node_modules",
        "site-packages",
        ".eggs",
    }
)
_MAYBE_ASYNC = re.compile(rb"\basync\s+def\b|\basyncio\b|\basync_to_sync\b|\bsync_to_async\b")
_COROUTINE = re.compile(rb"\basync\s+def\s+(\w+)")
LARGEST = 4_000_000
"""Bytes; a larger file is generated data in all but name and is skipped, and said to be."""


@dataclass(frozen=True)
class SourceFile:
    """One Python file. `relative` is its path below the root, with `/`; `name` its dotted module name."""

    path: Path
    relative: str
    name: str
    is_package: bool

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file. Raises `OSError` where it cannot be read."""
        return self.path.read_bytes()

    @cached_property
    def mentions_async(self) -> bool:
        """Whether the file may hold a coroutine: the prefilter that spares most files the parse."""
        return _MAYBE_ASYNC.search(self.content) is not None

    @cached_property
    def coroutine_names(self) -> frozenset[str]:
        """The names that the file may define as coroutines; none where it cannot be read."""
        try:
            if not self.mentions_async:
                return frozenset()
        except OSError:
            return frozenset()
        return frozenset(name.decode() for name in _COROUTINE.findall(self.content))

    def mentions(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether the bytes of a readable file match `pattern`."""
        try:
            return pattern.search(self.content) is not None
        except OSError:
            return False


def may_hold_coroutines(path: Path) -> bool:
    """The prefilter for one file by path; true where it cannot be read, so that this is reported."""
    try:
        return _MAYBE_ASYNC.search(path.read_bytes()) is not None
    except OSError:
        return True


class DiscoveryError(Exception):
    """A path that cannot be audited at all: the message names it and says what to do."""


def project_root(path: Path) -> Path:
    """The nearest folder at or above `path` that looks like a project; else the folder of `path`."""
    folder = path if path.is_dir() else path.parent
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in _ROOT_MARKERS):
            return candidate
    return folder


def python_files(root: Path, exclude: Iterable[str] = ()) -> Iterator[Path]:
    """Every Python file below `root` in stable order, virtual environments and caches left out."""
    patterns = tuple(exclude)
    seen: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if folder != root and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        folders: list[Path] = []
        for entry in entries:
            path = Path(entry.path)
            if patterns and _excluded(path.relative_to(root).as_posix(), patterns):
                continue
            if entry.is_dir():
                if entry.name not in _SKIPPED_FOLDERS:
                    folders.append(path)
            elif entry.name.endswith(".py") and entry.is_file():
                yield path
        pending.extend(reversed(folders))


def _excluded(relative: str, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatch.fnmatch(relative, pattern)
        or fnmatch.fnmatch(relative, f"{pattern.rstrip('/')}/*")
        or fnmatch.fnmatch(relative, f"*/{pattern.rstrip('/')}/*")
        for pattern in patterns
    )


def source_files(root: Path, exclude: Iterable[str] = ()) -> list[SourceFile]:
    """The project's files with their module names, in path order."""
    paths = list(python_files(root, exclude))
    roots = _source_roots(root, paths)
    return [_source_file(path, root, roots) for path in paths]


def _source_roots(root: Path, paths: list[Path]) -> list[Path]:
    """Folders from which imports start: the root, `src`, and those of `manage.py` and `setup.py`."""
    roots = {root, root / "src"}
    roots.update(path.parent for path in paths if path.name in {"manage.py", "setup.py"})
    roots.update(path.parent for path in root.glob("*/pyproject.toml"))
    packages = {path.parent for path in paths if path.name == "__init__.py"}
    resolved = {_above_packages(folder, packages) for folder in roots}
    return sorted(resolved, key=lambda folder: -len(folder.parts))


def _above_packages(folder: Path, packages: set[Path]) -> Path:
    while folder in packages:
        folder = folder.parent
    return folder


def _source_file(path: Path, root: Path, roots: list[Path]) -> SourceFile:
    start = next((folder for folder in roots if path.is_relative_to(folder)), root)
    parts = list(path.relative_to(start).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    return SourceFile(path, path.relative_to(root).as_posix(), ".".join(parts), is_package)


_REQUIREMENT = re.compile(
    r"""(?im)^[\s"'\[]*django(?:\[[\w,\s-]*\])?["']?\s*(?:=\s*["'{]?)?\s*(?:version\s*=\s*["'])?(?P<spec>[=<>~!^*\d][^"'#;\n]*)"""
)
_LOCKED = re.compile(r'(?im)^name\s*=\s*"django"\s*\n\s*version\s*=\s*"(\d+)\.(\d+)')
_LOWEST = re.compile(r"(?:>=|==|~=|\^|^)\s*(\d+)(?:\.(\d+))?")


def django_version(root: Path) -> tuple[tuple[int, int], str] | None:
    """The lowest Django version that the project allows, and the file that says so, if any does."""
    for name in ("uv.lock", "poetry.lock", "pdm.lock"):
        text = _text(root / name)
        match = _LOCKED.search(text)
        if match:
            return (int(match[1]), int(match[2])), name
    names = ["requirements.txt", "requirements/base.txt", "requirements/production.txt"]
    names += ["pyproject.toml", "setup.cfg", "Pipfile", "setup.py"]
    for name in names:
        for match in _REQUIREMENT.finditer(_text(root / name)):
            lowest = _LOWEST.search(match["spec"].strip())
            if lowest:
                return (int(lowest[1]), int(lowest[2] or 0)), name
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
