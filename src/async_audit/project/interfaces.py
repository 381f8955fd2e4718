"""Why a function has to be a coroutine although it awaits nothing: somebody else requires it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.mentions import mention
from async_audit.project.names import Binding, Definition, LibraryName
from async_audit.syntax.facts import (
    Call,
    Evaluate,
    Expr,
    FunctionFacts,
    Name,
    Raise,
    Return,
    Statement,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_NEUTRAL_BASES = frozenset({"builtins.object", "object", "abc.ABC", "typing.Generic", "enum.Enum"})
_VIEW = "django.views.generic.View"
HANDLERS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
"""The methods of a class-based view that answer requests, by `View.http_method_names`."""
_OWN_DECORATORS = frozenset({"staticmethod", "classmethod"})


def is_stub(facts: FunctionFacts) -> bool:
    """Whether the body does nothing, or only says that a subclass must."""
    return all(_is_stub_statement(statement) for statement in facts.body)


def _is_stub_statement(statement: Statement) -> bool:
    match statement:
        case Raise():
            return True
        case Evaluate(value=Name(id="Ellipsis")):
            return True
        case Return(value=None):
            return True
        case _:
            return False


def is_required(program: Program, path: str, facts: FunctionFacts, enclosing: FunctionFacts | None) -> bool:
    """Whether something outside the function wants a coroutine, as far as can be told; in doubt, yes."""
    if is_stub(facts) or facts.name.startswith("__") or _is_test(path, facts):
        return True
    if "asyncio" in facts.reads or "anyio" in facts.reads or "trio" in facts.reads:
        # It needs the running loop, if only to make a task on it.
        return True
    if not all(_is_transparent(program, path, decorator) for decorator in facts.decorators):
        return True
    if facts.owner:
        return _is_required_method(program, path, facts)
    if enclosing is not None or len(_bindings(program, path, facts.name)) > 1:
        return True
    return _is_passed_on(program, path, facts.name)


def is_test_module(path: str) -> bool:
    """Whether a file holds tests, by the names that unittest's and pytest's discovery look for."""
    name = path.rpartition("/")[2]
    return name.startswith("test") or name == "conftest.py" or "/tests/" in f"/{path}"


def _is_test(path: str, facts: FunctionFacts) -> bool:
    return is_test_module(path) or facts.name.startswith("test")


def _is_transparent(program: Program, path: str, decorator: Expr) -> bool:
    """Whether a decorator is known to take a plain function as well."""
    target = decorator.function if isinstance(decorator, Call) else decorator
    if isinstance(target, Name) and target.id in _OWN_DECORATORS:
        return True
    return any(name in program.catalogue.wrappers for name in _names_of(program, path, target))


def _names_of(program: Program, path: str, expr: Expr) -> Iterator[str]:
    """The qualified names that an expression may mean, of libraries and of the project."""
    for meaning in program.classes.resolve(path, expr):
        match meaning:
            case LibraryName(name=name):
                yield program.catalogue.canonical(name)
            case Definition(path=where, facts=facts) if facts is not None:
                yield program.classes.qualified(where, facts.name)
            case Binding(path=where, name=name):
                yield program.classes.qualified(where, name)
            case _:
                pass


def _is_required_method(program: Program, path: str, facts: FunctionFacts) -> bool:
    if facts.name in program.catalogue.interfaces["middleware"].methods:
        return True
    owner = program.classes.qualified(path, facts.owner)
    order = program.classes.order(owner)
    rows = (program.catalogue.interfaces.get(base) for base in order)
    if any(row and row.awaits and (not row.methods or facts.name in row.methods) for row in rows):
        return True
    libraries = [base for base in order if program.classes.get(base) is None and base not in _NEUTRAL_BASES]
    if libraries:
        if any(base != _VIEW for base in libraries) or facts.name not in HANDLERS:
            return True
        return _has_other_coroutine_handler(program, owner, facts)
    if any(_defines(program, base, facts.name) for base in order[1:]):
        return True
    return (
        _is_overridden(program, path, facts)
        or _is_passed_on(program, path, facts.name)
        or _is_bound_elsewhere(program, facts.name)
        or _is_looked_up(program, path, facts.name)
    )


def _is_looked_up(program: Program, path: str, name: str) -> bool:
    """Whether its module makes names that begin like the method's: `getattr(self, f"handle_{key}")`."""
    words = name.split("_")
    beginnings = [re.escape("_".join(words[:count]).encode()) for count in range(1, len(words))]
    content = program.modules.file(path).content
    made = rb"""["'](?:""" + b"|".join(filter(None, beginnings)) + rb""")_\{"""
    return any(beginnings) and b"getattr(" in content and re.search(made, content) is not None


def _is_bound_elsewhere(program: Program, name: str) -> bool:
    """Whether some file hands on `something.name`, the bound method itself."""
    word = name.encode()
    bound = mention(rb"\.\s*" + word + rb"\b(?!\s*[(=.\w])", word)
    return any(file.mentions(bound) for file in program.files)


def _has_other_coroutine_handler(program: Program, owner: str, facts: FunctionFacts) -> bool:
    """Whether another handler of the view awaits: all of them have to be coroutines then."""
    for name in HANDLERS - {facts.name}:
        member = program.classes.member(owner, name)
        other = member.cls.function(name) if member is not None else None
        if other is not None and other.is_async and other.awaits:
            return True
    return False


def _defines(program: Program, cls: str, name: str) -> bool:
    found = program.classes.get(cls)
    return found is not None and name in found.members


def _bindings(program: Program, path: str, name: str) -> tuple[Statement, ...]:
    module = program.modules.readable(path)
    return module.bindings.get(name, ()) if module is not None else ()


def _is_overridden(program: Program, path: str, facts: FunctionFacts) -> bool:
    """Whether another class of the project has a coroutine of the same name: it may be a subclass."""
    pattern = re.compile(rb"\basync\s+def\s+" + facts.name.encode() + rb"\b")
    for file in program.files:
        if facts.name in file.coroutine_names and (
            file.relative != path or len(pattern.findall(file.content)) > 1
        ):
            return True
    return False


def _is_passed_on(program: Program, path: str, name: str) -> bool:
    """Whether some file names the function without calling it: it is registered or handed on as a value.

    A URL pattern is no such place, since Django takes plain functions there as well.
    """
    word = name.encode()
    named = mention(rb"(?<![\w])" + word + rb"\b(?!\s*\()", word)
    unawaited = mention(rb"(?<!await )(?<!def )(?<![\w.])" + word + rb"\s*\(", word)
    if any(file.mentions(unawaited) for file in program.files):
        # Somebody wants the coroutine object itself, to gather or schedule it.
        return True
    for file in program.files:
        if file.relative.endswith("urls.py"):
            continue
        if file.relative != path and not file.mentions(named):
            continue
        for line in _lines_with(file.content, word, named.pattern):
            text = line.strip()
            if text.startswith(_NO_USE):
                continue
            if _only_in_strings(text, name):
                continue
            return True
    return False


_NO_USE = (b"from ", b"import ", b"#", b'"""', b"'''", b"async def", b"def ", b"class ")
"""How lines begin that name a function without using it."""


def _lines_with(content: bytes, name: bytes, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """The lines that match a pattern, each match of which holds the name."""
    at = content.find(name)
    while at >= 0:
        end = content.find(b"\n", at)
        end = len(content) if end < 0 else end
        line = content[content.rfind(b"\n", 0, at) + 1 : end]
        if pattern.search(line):
            yield line
        at = content.find(name, end)


def _only_in_strings(text: bytes, name: str) -> bool:
    bare = re.sub(rb"\"[^\"]*\"|'[^']*'|#.*", b"", text)
    left = re.sub(rb"\b\w+\s*=(?!=)|[.]\s*" + name.encode() + rb"\b", b"", bare)
    return re.search(rb"\b" + name.encode() + rb"\b(?!\s*\()", left) is None
