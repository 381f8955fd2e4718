"""Where the project sets a variable of its environment: in Python, and in files that say how it is run."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.commands import commands
from async_audit.project.interfaces import is_test_module
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    DictDisplay,
    Expr,
    Literal,
    Name,
    Subscript,
)
from async_audit.syntax.walking import Visit, walk

if TYPE_CHECKING:
    from async_audit.discovery import TextFile
    from async_audit.project.program import Program

GUARD = "DJANGO_ALLOW_ASYNC_UNSAFE"
"""Set to anything, Django lets synchronous database calls through on the event loop.

Source: `async_unsafe` in django/utils/asyncio.py.
"""
_UNKNOWN = re.compile(r"[$`{]")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that is set to a constant, and on which line.

    `tests` are the names in the `if` statements around it, `command` the words of the command it is set for.
    """

    value: str
    path: str
    line: int
    tests: frozenset[str] = frozenset()
    command: tuple[str, ...] = ()


def variables(program: Program, name: str) -> Iterator[Variable]:
    """The places where the project sets the environment variable to a constant, by path."""
    named = mention(re.escape(name.encode()), name.encode())
    for file in program.files:
        if file.mentions(named):
            facts = program.modules.readable(file.relative)
            for visit in walk(facts.body) if facts is not None else ():
                found = _set_in_python(program, file.relative, visit, name)
                if found is not None and facts is not None:
                    start, value = found
                    tests = frozenset(word for test in visit.tests for word in _words_of(test))
                    yield Variable(value, file.relative, facts.line_and_column(start)[0], tests)
    for text in program.texts:
        if any(name in line for line in text.lines):
            yield from _set_in_text(text, name)


def unguarded_tests(program: Program) -> tuple[str, ...]:
    """The starts of the paths of tests for which Django's guard of coroutines is off.

    A `conftest.py` that sets the variable does so for its folder, a module of tests for itself.
    """
    found = (variable for variable in program.guard_variables if variable.value)
    modules = (variable.path for variable in found if variable.path.endswith(".py"))
    paths = (path for path in modules if is_test_module(path))
    return tuple(dict.fromkeys(path.removesuffix("conftest.py") for path in paths))


def is_environment_file(program: Program, path: str) -> bool:
    """Whether a file is a table of variables such as `.env`."""
    name = path.rpartition("/")[2]
    kinds = (kind for kind in program.catalogue.deployment_files if kind.kind == "environment")
    return any(fnmatch.fnmatch(name, pattern) for kind in kinds for pattern in kind.names)


def _set_in_python(program: Program, path: str, visit: Visit, name: str) -> tuple[int, str] | None:
    """The position and the constant value of a statement or call that sets the variable."""
    match visit.node:
        case Assign(
            targets=(Subscript(value=owner, index=Literal(value=key)),), value=Literal(value=str(value))
        ) if key == name and _is_environment(program, path, owner):
            return visit.node.start, value
        case Call(
            function=Attribute(value=owner, name="setdefault" | "putenv"),
            arguments=(Argument(value=Literal(value=key)), Argument(value=Literal(value=str(value)))),
        ) if key == name and (_is_environment(program, path, owner) or _is_os(program, path, owner)):
            return visit.node.start, value
        case Call(function=Attribute(value=owner, name="update"), arguments=arguments) if _is_environment(
            program, path, owner
        ):
            return _in_arguments(arguments, name)
        case _:
            return None


def _in_arguments(arguments: tuple[Argument, ...], name: str) -> tuple[int, str] | None:
    for argument in arguments:
        if argument.keyword == name and isinstance(argument.value, Literal):
            return argument.value.start, str(argument.value.value)
        if isinstance(argument.value, DictDisplay):
            for key, value in argument.value.items:
                if isinstance(key, Literal) and key.value == name and isinstance(value, Literal):
                    return key.start, str(value.value)
    return None


def _is_environment(program: Program, path: str, expr: Expr) -> bool:
    return _names_library(program, path, expr, "os.environ")


def _is_os(program: Program, path: str, expr: Expr) -> bool:
    return _names_library(program, path, expr, "os")


def _names_library(program: Program, path: str, expr: Expr, name: str) -> bool:
    """Whether a dotted name is the library's; an import inside a function counts by its spelling."""
    meanings = program.classes.resolve(path, expr)
    if meanings:
        return any(getattr(meaning, "name", "") == name for meaning in meanings)
    match expr:
        case Attribute(value=Name(id="os"), name="environ"):
            return name == "os.environ"
        case Name(id=word):
            return word == name.rpartition(".")[2]
        case _:
            return False


def _words_of(expr: Expr) -> Iterator[str]:
    """The names and the strings in a test, in lower case."""
    pending: list[object] = [expr]
    while pending:
        node = pending.pop()
        match node:
            case Name(id=word) | Literal(value=str(word)):
                yield word.lower()
            case Attribute(value=value, name=word):
                yield word.lower()
                pending.append(value)
            case Call(function=function, arguments=arguments):
                pending.extend((function, *(argument.value for argument in arguments)))
            case _:
                pending.extend(getattr(node, "operands", ()))
                pending.extend(getattr(node, "items", ()))


def _set_in_text(file: TextFile, name: str) -> Iterator[Variable]:
    """Assignments of the variable, as shells, Docker, Compose, systemd and supervisor write them."""
    between = rf"(?:\s*[=:]\s*|(?<=ENV {re.escape(name)})\s+)"
    assignment = re.compile(rf"""(?<![\w$]){re.escape(name)}["']?{between}["']?(?P<value>[^\s"',;]*)""")
    for command in commands(file):
        for line in dict.fromkeys(word.line for word in command if name in word.text):
            found = assignment.search(file.lines[line - 1])
            if found is not None and found["value"] and not _UNKNOWN.search(found["value"]):
                yield Variable(
                    found["value"], file.relative, line, command=tuple(word.text for word in command)
                )
