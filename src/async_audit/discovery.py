"""Which files there are: the project's root, its Python files, its source roots, and a byte prefilter."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from async_audit.config import is_configured, matches_path
from async_audit.errors import InputError
from async_audit.mentions import Mention, mention
from async_audit.regular_files import listed, parts_of_regular, read_regular

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
_MAYBE_ASYNC = mention(rb"\basync\s+def\b|\basyncio\b|\basync_to_sync\b|\bsync_to_async\b", b"async")
_STACK = (
    b"MIDDLEWARE",
    b"DATABASES",
    b"ATOMIC_REQUESTS",
    b"CONN_MAX_AGE",
    b"conn_max_age",
    b"DJANGO_ALLOW_ASYNC_UNSAFE",
    b"get_wsgi_application",
    b"WSGIHandler",
    b"waitress",
    b"cheroot",
    b"gunicorn",
)
_COROUTINE = re.compile(rb"\basync\s+def\s+(\w+)")
_LARGEST_TEXT = 1 << 20
_PART = 1 << 20
_OVERLAP = 64
"""Bytes; more than any word that the prefilter looks for, and fewer than a part."""
_MOST_SEARCHED = 1 << 28
"""Bytes of one file that are searched for coroutines."""
_MOST_TEXTS = 500
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
        """The bytes of the file, no more than `LARGEST` and one. Raises `OSError` where it cannot be read."""
        return read_regular(self.path, LARGEST + 1)

    @cached_property
    def mentions_async(self) -> bool:
        """Whether the file may hold a coroutine: the prefilter that spares most files the parse."""
        return _mentions_async(self.path, self.content)

    @cached_property
    def coroutine_names(self) -> frozenset[str]:
        """The names that the file may define as coroutines; none where it cannot be read."""
        try:
            if not self.mentions_async:
                return frozenset()
        except OSError:
            return frozenset()
        return frozenset(name.decode() for name in _COROUTINE.findall(self.content))

    def mentions(self, mention: Mention) -> bool:
        """Whether the file is readable and has the mention in it."""
        try:
            return mention.search(self.content) is not None
        except OSError:
            return False


@dataclass(frozen=True)
class TextFile:
    """A file that is no Python and is read as text, `relative` to the root."""

    path: Path
    relative: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its lines, what is not UTF-8 replaced; none where it is unreadable, binary or large."""
        try:
            content = read_regular(self.path, _LARGEST_TEXT + 1)
        except OSError:
            return ()
        if len(content) > _LARGEST_TEXT or b"\0" in content:
            return ()
        return tuple(line.rstrip("\r") for line in content.decode(errors="replace").split("\n"))


def may_hold_coroutines(path: Path) -> bool:
    """The prefilter for one file by path; true where it cannot be read, so that this is reported."""
    try:
        return _mentions_async(path, read_regular(path, LARGEST + 1))
    except OSError:
        return True


def may_hold_stack(path: Path) -> bool:
    """Whether a file may hold settings or an application in which a finding about the whole project sits."""
    try:
        content = read_regular(path, LARGEST + 1)
        return any(word in content for word in _STACK)
    except OSError:
        return False


def _mentions_async(path: Path, content: bytes) -> bool:
    """Whether a file that begins with `content` may hold a coroutine; a large one is read in parts.

    One that is larger than all bounds may: so it is said to be too large, and not left out in silence.
    """
    if _MAYBE_ASYNC.search(content) is not None:
        return True
    if len(content) <= LARGEST:
        return False
    before = b""
    searched = 0
    for part in parts_of_regular(path, _PART, _MOST_SEARCHED):
        if _MAYBE_ASYNC.search(before + part) is not None:
            return True
        before = part[-_OVERLAP:]
        searched += len(part)
    return searched == _MOST_SEARCHED


class DiscoveryError(InputError):
    """A path that cannot be audited at all: the message names it and says what to do."""


def project_root(path: Path) -> Path:
    """The nearest folder at or above `path` that is configured, else that looks like a project, else its own.

    A configured folder is looked for up to the root of the git repository, so that a file is audited with the
    same configuration, and counted in the same baseline, as the whole.
    """
    folder = path if _answers(path.is_dir) else path.parent
    found: Path | None = None
    for candidate in (folder, *folder.parents):
        if is_configured(candidate):
            return candidate
        if found is None and any(_answers((candidate / marker).exists) for marker in _ROOT_MARKERS):
            found = candidate
        if _answers((candidate / ".git").exists):
            break
    return found or folder


def is_skipped_folder(name: str) -> bool:
    """Whether nothing in folders of that name is the project's own source."""
    return name in _SKIPPED_FOLDERS


def python_files(
    root: Path, exclude: Iterable[str] = (), entering: Callable[[Path], None] | None = None
) -> Iterator[Path]:
    """Every Python file below `root` in stable order, virtual environments and caches left out.

    `entering` is told of each folder before it is looked at.
    """
    return map(Path, _python_paths(root, exclude, entering))


def _python_paths(
    root: Path, exclude: Iterable[str], entering: Callable[[Path], None] | None
) -> Iterator[str]:
    return _files(root, exclude, lambda name: name.endswith(".py"), entering)


def text_files(root: Path, exclude: Iterable[str], names: Iterable[str]) -> list[TextFile]:
    """The files below `root` whose names match a pattern of `names`, where Python files are looked for too.

    Links that lead out of the project are left out, and so is what comes after the first few hundred.
    """
    wanted = re.compile("|".join(fnmatch.translate(name) for name in names))
    found: list[TextFile] = []
    top = Path(os.path.realpath(root))
    for path in map(Path, _files(root, exclude, lambda name: wanted.match(name) is not None)):
        if len(found) == _MOST_TEXTS:
            break
        if Path(os.path.realpath(path)).is_relative_to(top):
            found.append(TextFile(path, path.relative_to(root).as_posix()))
    return sorted(found, key=lambda file: file.relative)


def _files(
    root: Path,
    exclude: Iterable[str],
    wanted: Callable[[str], bool],
    entering: Callable[[Path], None] | None = None,
) -> Iterator[str]:
    """The paths of the files below `root` with a name that is wanted, in stable order.

    A link to a folder is followed only out of the project: within it, the folder has its own name. Paths are
    text, since there are thousands, and pathlib takes ten times as long.
    """
    patterns = tuple(exclude)
    top = os.path.realpath(root)
    seen: set[str] = set()
    pending = [(root, top)]
    while pending:
        folder, real = pending.pop()
        if entering is not None:
            entering(folder)
        entries = listed(folder)
        if folder != root and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        folders: list[tuple[Path, str]] = []
        for entry in entries:
            if patterns and is_excluded(Path(entry.path).relative_to(root).as_posix(), patterns):
                continue
            if _answers(entry.is_dir):
                below = "" if is_skipped_folder(entry.name) else _read_as(entry, real, top)
                if below and below not in seen:
                    seen.add(below)
                    folders.append((Path(entry.path), below))
            elif wanted(entry.name) and _answers(entry.is_file):
                yield entry.path
        pending.extend(reversed(folders))


def _answers(question: Callable[[], bool]) -> bool:
    """Whether a path is what it is asked for; not, where it is a link to itself or in a closed folder."""
    try:
        return question()
    except OSError:
        return False


def _read_as(entry: os.DirEntry[str], parent: str, top: str) -> str:
    """The real path of a folder in the real folder `parent`.

    Empty for a link to what is read anyway: a part of the project at `top`, or one that holds it.
    """
    if not entry.is_symlink():
        return os.path.join(parent, entry.name)
    real = Path(os.path.realpath(entry.path))
    is_repeated = real.is_relative_to(top) or Path(top).is_relative_to(real) or is_skipped_folder(real.name)
    return "" if is_repeated else os.fspath(real)


def is_excluded(relative: str, patterns: Iterable[str]) -> bool:
    """Whether a path below the root, with `/`, matches one of the patterns."""
    return any(matches_path(relative, pattern) for pattern in patterns)


def source_files(
    root: Path,
    exclude: Iterable[str] = (),
    named: Iterable[Path] = (),
    entering: Callable[[Path], None] | None = None,
) -> list[SourceFile]:
    """The project's files with their module names, in path order.

    The Python files that are `named` are among them also where the names of their folders speak against it.
    `entering` is told of each folder before it is looked at.
    """
    patterns = tuple(exclude)
    paths = list(_python_paths(root, exclude, entering))
    known = set(paths)
    for path in named:
        place = os.fspath(path)
        is_source = path.suffix == ".py" and path.is_relative_to(root) and _answers(path.is_file)
        if is_source and place not in known and not is_excluded(path.relative_to(root).as_posix(), patterns):
            known.add(place)
            paths.append(place)
    before_root = _before(root)
    before = [_before(folder) for folder in _source_roots(root, paths)]
    return [_source_file(path, before_root, before) for path in paths]


def _source_roots(root: Path, paths: list[str]) -> list[Path]:
    """Folders from which imports start: the root, `src`, and those of `manage.py` and `setup.py`."""
    roots = {root, root / "src", *_folders_with(paths, "manage.py", "setup.py")}
    folders = (Path(entry.path) for entry in listed(root) if not is_skipped_folder(entry.name))
    roots.update(folder for folder in folders if _answers((folder / "pyproject.toml").is_file))
    packages = _folders_with(paths, "__init__.py")
    resolved = {_above_packages(folder, packages) for folder in roots}
    return sorted(resolved, key=lambda folder: -len(folder.parts))


def _folders_with(paths: list[str], *names: str) -> set[Path]:
    return {Path(path).parent for path in paths if path.endswith(names) and Path(path).name in names}


def _above_packages(folder: Path, packages: set[Path]) -> Path:
    while folder in packages:
        folder = folder.parent
    return folder


def _source_file(path: str, before_root: str, before_roots: list[str]) -> SourceFile:
    start = next((folder for folder in before_roots if path.startswith(folder)), before_root)
    parts = path[len(start) :].split(os.sep)
    parts[-1] = parts[-1].removesuffix(".py") or parts[-1]
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    relative = path[len(before_root) :].replace(os.sep, "/")
    return SourceFile(Path(path), relative, ".".join(parts), is_package)


def _before(folder: Path) -> str:
    """What stands before the relative part of a path below the folder."""
    return os.path.join(folder, "") if folder != Path() else ""
