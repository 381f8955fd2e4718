"""Which Django a project says it uses: lock files first, then what its requirements allow."""

from __future__ import annotations

import ast
import configparser
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from async_audit.config import SUPPORTED

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_FIRST_REQUIREMENTS = ("requirements.txt", "requirements/base.txt", "requirements/production.txt")
_MORE_REQUIREMENTS = ("requirements*.txt", "requirements/*.txt", "requirements*.in", "requirements/*.in")
_DJANGO = re.compile(r"\s*[\"']?django\s*(?:[\[=<>~!@;(]|$)", re.IGNORECASE)
_ENTRY = re.compile(r"^\[\[packages?\]\]", re.MULTILINE)
_PIN = re.compile(r"\d+(?:\.\d+)*")
_FIXES = 40
"""How many releases of one version are tried: more than Django ever made."""


def django_version(root: Path) -> tuple[tuple[int, int], str] | None:
    """The lowest Django version that the project allows and that is known, and the file that says so."""
    for name, read in _readers(root):
        text = _text(root / name)
        if "django" not in text.lower():
            continue
        versions = [version for spec in read(text) if (version := lowest_version(spec)) is not None]
        if versions:
            return min(versions), name
    return None


def version_files(root: Path) -> list[Path]:
    """The files, there or not, that `django_version` looks at."""
    return [root / name for name, _ in _readers(root)]


def lowest_version(spec: str) -> tuple[int, int] | None:
    """The lowest known version that a specifier such as `>=4.2,<6` allows; nothing where it allows all."""
    # It is slow to import, and many projects say nothing.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    try:
        allowed = SpecifierSet(spec)
    except InvalidSpecifier:
        return None
    if all(clause.operator == "!=" for clause in allowed):
        return None
    named = [clause.version.removesuffix(".*") for clause in allowed if clause.operator != "!="]
    for major, minor in SUPPORTED:
        own = [text for text in named if text == f"{major}.{minor}" or text.startswith(f"{major}.{minor}.")]
        releases = [f"{major}.{minor}", *(f"{major}.{minor}.{fix}" for fix in range(_FIXES)), *own]
        if any(allowed.contains(release, prereleases=True) for release in releases if _PIN.match(release)):
            return major, minor
    numbers = [match[0].split(".") for text in named if (match := _PIN.match(text))]
    lowest = min((int(parts[0]), int(parts[1]) if len(parts) > 1 else 0) for parts in numbers)
    return min(max(lowest, SUPPORTED[0]), SUPPORTED[-1]) if numbers else None


def _readers(root: Path) -> Iterator[tuple[str, Callable[[str], Iterable[str]]]]:
    """Each file that may name a version, below `root`, with what reads the specifiers of Django from it."""
    yield from ((name, _locked) for name in _LOCKS)
    yield "Pipfile.lock", _pipfile_lock
    names = dict.fromkeys(_FIRST_REQUIREMENTS)
    for pattern in _MORE_REQUIREMENTS:
        names.update(dict.fromkeys(sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))))
    pinned = [name for name in names if name.endswith(".txt")]
    yield from ((name, _requirement_lines) for name in pinned)
    yield "pyproject.toml", _pyproject
    yield "setup.cfg", _setup_cfg
    yield "Pipfile", _pipfile
    yield "setup.py", _setup_py
    yield from ((name, _requirement_lines) for name in names if name not in pinned)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:
        return ""
    # PowerShell redirects in UTF-16.
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")


def _table(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _below(table: Any, *keys: str) -> Any:
    """What a path of keys leads to in nested tables; nothing where it leads nowhere."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _of_requirement(text: Any) -> Iterator[str]:
    """The specifier of a requirement of Django."""
    if not isinstance(text, str) or not _DJANGO.match(text):
        return
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        requirement = Requirement(text.strip())
    except InvalidRequirement:
        return
    if requirement.name.lower() == "django":
        yield str(requirement.specifier)


def _of_list(requirements: Any) -> Iterator[str]:
    for text in requirements if isinstance(requirements, list) else ():
        yield from _of_requirement(text)


def _of_lists(table: Any) -> Iterator[str]:
    for requirements in table.values() if isinstance(table, dict) else ():
        yield from _of_list(requirements)


def _requirement_lines(text: str) -> Iterator[str]:
    for line in text.replace("\r\n", "\n").replace("\\\n", " ").splitlines():
        written = re.sub(r"(?:^|\s)#.*", "", line)
        yield from _of_requirement(re.split(r"\s--", written)[0])


def _locked(text: str) -> Iterator[str]:
    """A lock file's version; of the file only the entry is parsed, the rest may be megabytes."""
    for block in _ENTRY.split(text)[1:]:
        if '"django"' in block.lower():
            entry = _table(block)
            if str(entry.get("name")).lower() == "django" and isinstance(entry.get("version"), str):
                yield f"=={entry['version']}"


def _pipfile_lock(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        version = _below(document, section, "django", "version")
        if isinstance(version, str):
            yield version


def _pyproject(text: str) -> Iterator[str]:
    document = _table(text)
    yield from _of_list(_below(document, "project", "dependencies"))
    poetry = _below(document, "tool", "poetry")
    yield from _of_table(_below(poetry, "dependencies"), _from_poetry)
    yield from _of_lists(_below(document, "project", "optional-dependencies"))
    yield from _of_lists(_below(document, "dependency-groups"))
    yield from _of_table(_below(poetry, "dev-dependencies"), _from_poetry)
    groups = _below(poetry, "group")
    for group in groups.values() if isinstance(groups, dict) else ():
        yield from _of_table(_below(group, "dependencies"), _from_poetry)


def _pipfile(text: str) -> Iterator[str]:
    document = _table(text)
    for section in ("packages", "dev-packages"):
        yield from _of_table(document.get(section), lambda version: [version])


def _of_table(table: Any, read: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """Of a table from names to versions, or to tables with one, the specifiers of Django."""
    for name, found in table.items() if isinstance(table, dict) else ():
        if name.lower() == "django":
            for entry in found if isinstance(found, list) else [found]:
                version = _below(entry, "version") if isinstance(entry, dict) else entry
                if isinstance(version, str) and version != "*":
                    yield from read(version)


def _from_poetry(constraint: str) -> Iterator[str]:
    """A constraint as Poetry writes it, as specifiers; one for each of its alternatives."""
    for alternative in re.split(r"\|\|?", constraint):
        clauses = [clause for clause in re.split(r"[,\s]+(?=[\^~<>=!\d])", alternative.strip()) if clause]
        yield ",".join(_poetry_clause(clause) for clause in clauses)


def _poetry_clause(clause: str) -> str:
    match = re.fullmatch(r"(\^|~(?!=)|)\s*(\d+)(?:\.(\d+))?((?:\.\w+)*(?:\.\*)?)", clause)
    if match is None:
        return clause
    sign, major, minor, rest = match.groups()
    version = ".".join(part for part in (major, minor) if part) + rest
    if not sign:
        return f"=={version}"
    is_minor = sign == "~" and minor is not None
    return f">={version},<{major}.{int(minor) + 1}" if is_minor else f">={version},<{int(major) + 1}"


def _setup_cfg(text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    lists = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lists.extend(value for _, value in parser.items("options.extras_require"))
    for requirements in lists:
        yield from _requirement_lines(requirements)


def _setup_py(text: str) -> Iterator[str]:
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
