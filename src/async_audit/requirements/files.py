"""What files say about Django: each reader gives the specifiers of one kind of file, and where they stand."""

from __future__ import annotations

import ast
import configparser
import json
import os.path
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from async_audit.regular_files import read_regular
from async_audit.requirements.specifiers import from_conda, from_poetry
from async_audit.toml_tables import TomlError, table_of

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_FIRST_REQUIREMENTS = ("requirements.txt", "requirements/base.txt", "requirements/production.txt")
_MORE_REQUIREMENTS = ("requirements*.txt", "requirements/*.txt", "requirements*.in", "requirements/*.in")
_CONSTRAINTS = ("constraints*.txt", "requirements/constraints*.txt")
_CONDA = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
_DJANGO = re.compile(r"\s*[\"']?django\s*(?:[\[=<>~!@;(]|$)", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w.-])django(?![\w.-])", re.IGNORECASE)
_INCLUDE = re.compile(r"(?:(-r|--requirement)|(?:-c|--constraint))(?:\s+|=)?(?P<path>[^\s#]+)")
_CONDA_ITEM = re.compile(r"\s*-\s*[\"']?(?:[\w.-]+::)?django\s*([=<>!~\d][^\"'#]*)", re.IGNORECASE)
_ENTRY = re.compile(r"^\[\[packages?\]\]", re.MULTILINE)
_LARGEST = 1 << 24
"""Bytes of a file that names versions; a lock file may be long."""


@dataclass(frozen=True)
class Stated:
    """A specifier of Django, empty where any version will do, and where it is written: lines count from 1."""

    spec: str
    path: str
    line: int
    is_constraint: bool = False


_Found: TypeAlias = "tuple[str, str]"
"""A specifier, and what to look for to find its line."""


@dataclass(frozen=True)
class Folder:
    """A folder whose files are read, all that were asked for, there or not, and why some say nothing."""

    path: Path
    looked_at: list[Path]
    unread: list[str]

    def text(self, name: str) -> str:
        """The text of a file; nothing where there is none or it cannot be read."""
        path = self.path / name
        self.looked_at.append(path)
        try:
            content = read_regular(path, _LARGEST)
        except OSError:
            return ""
        # PowerShell redirects in UTF-16.
        is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        return content.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")


Reader: TypeAlias = "Callable[[Folder, str], Iterable[Stated]]"
"""Reads the specifiers from a file: from the folder and the file's path below it."""


def readers(root: Path) -> Iterator[tuple[str, Reader]]:
    """Each file that may name a version, below `root`, with what reads it; what says most comes first."""
    yield from ((name, _text_reader(_locked)) for name in _LOCKS)
    yield "Pipfile.lock", _text_reader(_pipfile_lock)
    names = dict.fromkeys([*_FIRST_REQUIREMENTS, *_matching(root, _MORE_REQUIREMENTS)])
    constraints = list(dict.fromkeys(_matching(root, _CONSTRAINTS)))
    pinned = [name for name in names if name.endswith(".txt") and name not in constraints]
    yield from ((name, _requirements) for name in [*pinned, *constraints])
    yield "pyproject.toml", _text_reader(_pyproject)
    yield "setup.cfg", _text_reader(_setup_cfg)
    yield "Pipfile", _text_reader(_pipfile)
    yield "setup.py", _text_reader(_setup_py)
    yield from ((name, _text_reader(_conda)) for name in _CONDA)
    yield from ((name, _requirements) for name in names if not name.endswith(".txt"))


def _matching(root: Path, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        yield from sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))


def _text_reader(read: Callable[[str], Iterable[_Found]]) -> Reader:
    """A reader from one that gives specifiers and how they are written; lines are found by that."""

    def of_file(folder: Folder, name: str) -> Iterator[Stated]:
        text = folder.text(name)
        if "django" in text.lower():
            try:
                for spec, written in read(text):
                    yield Stated(spec, name, _line(text, written))
            except TomlError as error:
                folder.unread.append(f"`{name}` cannot be read as TOML: {error}")

    return of_file


def _line(text: str, written: str) -> int:
    """The first line that mentions Django and holds what is written; else the first that mentions it."""
    mentions = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if _MENTION.search(line) and not line.lstrip().startswith("#")
    ]
    exact = [number for number, line in mentions if written in line]
    return next(iter([*exact, *(number for number, _ in mentions)]), 1)


def _requirements(folder: Folder, name: str) -> Iterator[Stated]:
    """The lines of a requirements file and of those that it includes, each file once."""
    yield from _requirement_lines(folder, name, {}, is_constraint=False)


def _requirement_lines(
    folder: Folder, name: str, seen: dict[Path, None], *, is_constraint: bool
) -> Iterator[Stated]:
    path = folder.path / name
    if path in seen:
        return
    seen[path] = None
    for number, line in _logical_lines(folder.text(name)):
        included = _INCLUDE.match(line)
        if included is not None:
            below = (path.parent / included["path"]).resolve()
            relative = Path(os.path.relpath(below, folder.path)).as_posix()
            constrains = is_constraint or not included[1]
            yield from _requirement_lines(folder, relative, seen, is_constraint=constrains)
        else:
            for spec, _ in _of_requirement(re.split(r"\s--", line)[0]):
                yield Stated(spec, name, number, is_constraint)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a requirements file, continued ones as one, without comments, with their numbers."""
    number, pending = 1, ""
    for offset, line in enumerate(text.splitlines(), start=1):
        number = number if pending else offset
        pending += line.removesuffix("\\") + " "
        if not line.endswith("\\"):
            yield number, re.sub(r"(?:^|\s)#.*", "", pending).strip()
            pending = ""
    if pending:
        yield number, pending.strip()


def _below(table: Any, *keys: str) -> Any:
    """What a path of keys leads to in nested tables; nothing where it leads nowhere."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _of_requirement(text: Any) -> Iterator[_Found]:
    """The specifier of a requirement of Django, empty where any version will do."""
    if not isinstance(text, str) or not _DJANGO.match(text):
        return
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        requirement = Requirement(text.strip())
    except InvalidRequirement:
        return
    if requirement.name.lower() == "django":
        yield str(requirement.specifier), text


def _of_list(requirements: Any) -> Iterator[_Found]:
    for text in requirements if isinstance(requirements, list) else ():
        yield from _of_requirement(text)


def _of_lists(table: Any) -> Iterator[_Found]:
    for requirements in table.values() if isinstance(table, dict) else ():
        yield from _of_list(requirements)


def _locked(text: str) -> Iterator[_Found]:
    """A lock file's version; of the file only the entry is parsed, the rest may be megabytes."""
    for block in _ENTRY.split(text)[1:]:
        if '"django"' in block.lower():
            entry = table_of(block)
            if str(entry.get("name")).lower() == "django" and isinstance(entry.get("version"), str):
                yield f"=={entry['version']}", "name"


def _pipfile_lock(text: str) -> Iterator[_Found]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        version = _below(document, section, "django", "version")
        if isinstance(version, str):
            yield version, ""


def _pyproject(text: str) -> Iterator[_Found]:
    document = table_of(text)
    yield from _of_list(_below(document, "project", "dependencies"))
    poetry = _below(document, "tool", "poetry")
    yield from _of_table(_below(poetry, "dependencies"), from_poetry)
    yield from _of_lists(_below(document, "project", "optional-dependencies"))
    yield from _of_lists(_below(document, "dependency-groups"))
    yield from _of_lists(_below(document, "tool", "pdm", "dev-dependencies"))
    for key in ("dev-dependencies", "constraint-dependencies"):
        yield from _of_list(_below(document, "tool", "uv", key))
    yield from _of_table(_below(poetry, "dev-dependencies"), from_poetry)
    groups = _below(poetry, "group")
    for group in groups.values() if isinstance(groups, dict) else ():
        yield from _of_table(_below(group, "dependencies"), from_poetry)


def _pipfile(text: str) -> Iterator[_Found]:
    document = table_of(text)
    for section in ("packages", "dev-packages"):
        yield from _of_table(document.get(section), lambda version: [version])


def _of_table(table: Any, read: Callable[[str], Iterable[str]]) -> Iterator[_Found]:
    """Of a table from names to versions, or to tables with one, the specifiers of Django."""
    for name, found in table.items() if isinstance(table, dict) else ():
        if name.lower() == "django":
            for entry in found if isinstance(found, list) else [found]:
                version = _below(entry, "version") if isinstance(entry, dict) else entry
                if isinstance(version, str) and version != "*":
                    yield from ((spec, version) for spec in read(version))


def _setup_cfg(text: str) -> Iterator[_Found]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    lists = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lists.extend(value for _, value in parser.items("options.extras_require"))
    for requirements in lists:
        for _, line in _logical_lines(requirements):
            yield from _of_requirement(line)


def _conda(text: str) -> Iterator[_Found]:
    """The items of a conda environment, those below its `pip:` included: each stands on a line of its own."""
    for line in text.splitlines():
        match = _CONDA_ITEM.match(line)
        if match is not None:
            yield from_conda(match[1]), match[1].strip()


def _setup_py(text: str) -> Iterator[_Found]:
    """The requirements among the strings of a script that is only read, never run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield from _of_requirement(node.value)
