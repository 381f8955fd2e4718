"""Functions that a call hands to another framework: `web.get("/x", show)`, `Route("/x", show)`.

Applications of aiohttp, Starlette and FastAPI may be put together anywhere, often inside a function. Their
routes are those that the call names; what an application is mounted at is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.project.decorator_names import decorator_name
from async_audit.project.interfaces import HANDLERS
from async_audit.project.names import Definition
from async_audit.project.route_text import UNKNOWN
from async_audit.syntax.facts import (
    Attribute,
    Call,
    Define,
    Display,
    Expr,
    FunctionFacts,
    Literal,
    Name,
    Operation,
)
from async_audit.syntax.walking import Visit, walk

if TYPE_CHECKING:
    from async_audit.catalogue.rows import Registers
    from async_audit.project.program import Program


@dataclass(frozen=True, slots=True)
class Registration:
    """A function by qualified name, what kind of entry point it is, and where it answers."""

    handler: str
    kind: str
    route: str
    methods: tuple[str, ...]


def registrations(program: Program) -> dict[str, tuple[Registration, ...]]:
    """What the project hands to other frameworks, by the qualified name of the function."""
    found: dict[str, list[Registration]] = {}
    names = (name for row in program.catalogue.registers for name in row.names)
    for facts in program.modules_naming(frozenset(name.partition(".")[0] for name in names)):
        if not program.imports_other_framework(facts.path):
            continue
        above: dict[int, str] = {}
        for visit in walk(facts.body):
            if isinstance(visit.node, Call):
                above.update(_mounted(program, facts.path, visit.node, above))
                for registration in _of_call(program, facts.path, visit, visit.node, above):
                    found.setdefault(registration.handler, []).append(registration)
    return {name: tuple(dict.fromkeys(found[name])) for name in sorted(found)}


def registered(program: Program, path: str, facts: FunctionFacts) -> tuple[Registration, ...]:
    """How a function of the module at `path` is handed to other frameworks."""
    return program.registrations.get(program.classes.qualified(path, facts.qualname), ())


def _mounted(program: Program, path: str, call: Call, above: dict[int, str]) -> Iterator[tuple[int, str]]:
    """The calls in the list of a `Mount`, by where they start, with the prefix that it gives them."""
    name = decorator_name(program, path, call)
    if program.catalogue.specials.get(name) != "mount" or not call.arguments:
        return
    prefix = above.get(call.start, "") + _route(call.arguments[0].value)
    for argument in call.arguments:
        if argument.keyword == "routes" and isinstance(argument.value, Display):
            yield from ((item.start, prefix) for item in argument.value.items)


def _of_call(
    program: Program, path: str, visit: Visit, call: Call, above: dict[int, str]
) -> Iterator[Registration]:
    row = _row(program, path, call)
    if row is None:
        return
    placed = [argument.value for argument in call.arguments if not argument.keyword]
    named = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    given = [placed[row.handler]] if len(placed) > row.handler else []
    given += [named[keyword] for keyword in ("handler", "endpoint") if keyword in named]
    route = placed[row.handler - 1] if len(placed) >= row.handler else named.get("path")
    for handler in given[:1]:
        for name in _handlers(program, path, visit, handler):
            answers = _methods(call, named.get("methods"))
            yield Registration(name, row.kind, above.get(call.start, "") + _route(route), answers)


def _row(program: Program, path: str, call: Call) -> Registers | None:
    """The row of the table that the call is meant by."""
    rows = program.catalogue.registers
    function = call.function
    last = function.name if isinstance(function, Attribute) else getattr(function, "id", "")
    near = [
        row for row in rows if last in row.methods or any(name.endswith(f".{last}") for name in row.names)
    ]
    if not near:
        return None
    name = decorator_name(program, path, call)
    return next((row for row in near if last in row.methods or name in row.names), None)


def _handlers(program: Program, path: str, visit: Visit, handler: Expr) -> Iterator[str]:
    """The functions that an expression means: by name, or a method of an object made on the spot."""
    match handler:
        case Attribute(value=Call(function=made), name=name):
            for cls in program.classes.class_names(path, made):
                yield from _method(program, cls, name)
        case Attribute(value=Name(id="self"), name=name) if (
            visit.function is not None and visit.function.owner
        ):
            yield from _method(program, program.classes.named(path, visit.function.owner), name)
        case Name() | Attribute():
            for meaning in program.classes.resolve(path, handler):
                if isinstance(meaning, Definition) and isinstance(meaning.facts, FunctionFacts):
                    yield program.classes.qualified(meaning.path, meaning.facts.qualname)
        case _:
            return


def _method(program: Program, cls: str, name: str) -> Iterator[str]:
    member = program.classes.member(cls, name)
    if member is not None and isinstance(member.statement, Define):
        yield program.classes.qualified(member.cls.path, member.statement.function.qualname)


def _route(expr: Expr | None) -> str:
    match expr:
        case Literal(value=str(text)):
            return text if text.startswith("/") else f"/{text}"
        case Operation(operators=("+",), operands=operands):
            return "".join(_part(operand) for operand in operands)
        case _:
            return f"/{UNKNOWN}"


def _part(expr: Expr) -> str:
    return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else UNKNOWN


def _methods(call: Call, listed: Expr | None) -> tuple[str, ...]:
    """The HTTP methods that the list says, or the name of the function that is called."""
    if isinstance(listed, Display):
        texts = [item.value for item in listed.items if isinstance(item, Literal)]
        return tuple(sorted(text.upper() for text in texts if isinstance(text, str)))
    last = getattr(call.function, "name", getattr(call.function, "id", "")).removeprefix("add_")
    return (last.upper(),) if last in HANDLERS else ()
