"""What top-level names mean, told of a module that is not parsed from the lines at its left margin.

That is enough to tell a function from a class and to follow a re-export, and most modules that a URL
configuration names are asked for no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from async_audit.discovery import SourceFile
from async_audit.mentions import mention
from async_audit.syntax.bindings import surviving_bindings
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Declare,
    Define,
    DefineClass,
    Expr,
    Import,
    Literal,
    ModuleFacts,
    Name,
    Statement,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

_REGISTERING = (b"add_router", b"include_router", b"register_controllers")
_ROUTING = mention(
    rb"urlpatterns|\b(?:" + b"|".join(_REGISTERING) + rb")\s*\(", b"urlpatterns", *_REGISTERING
)
"""What a module holds that leads requests to views."""
_DEEPEST = 60
_MOST_STEPS = 50_000
_TOP = re.compile(
    rb"""^(?:
      (?:async[ \t]+)?def[ \t]+(?P<function>\w+)
    | class[ \t]+(?P<class>\w+)
    | from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*(?P<members>\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)
    | import[ \t]+(?P<imported>[\w.]+)(?:[ \t]+as[ \t]+(?P<renamed>\w+))?
    | (?P<name>\w+)[ \t]*(?::[^=\n]*)?=[ \t]*(?P<value>(?:[\w.]+\(\s*)*[\w.]*)(?P<whole>[ \t)]*\r?$)?
    )""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means: a `module`, `function`, `class` or `value` of the project, or of a `library`."""

    kind: str
    path: str
    name: str


Bound: TypeAlias = "Found | Import | Expr"
_Table: TypeAlias = dict[str, tuple[Bound, ...]]


class Scopes:
    """What top-level names mean, as far as it can be told from modules that are not parsed for it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.modules = program.modules
        files = [file for file in program.files if file.mentions(_ROUTING)]
        parsed = [(file.relative, program.modules.readable(file.relative)) for file in files]
        self.parsed = {path: facts for path, facts in parsed if facts is not None}
        self._tables: dict[str, _Table] = {}
        self._members: dict[tuple[str, str], tuple[Found, ...]] = {}

    def table(self, path: str) -> _Table:
        """The top-level names of a module with what they are bound to; `*` has the star imports."""
        table = self._tables.get(path)
        if table is None:
            facts, file = self.parsed.get(path), self.modules.file(path)
            table = _parsed_table(facts) if facts is not None else _margin_table(file)
            self._tables[path] = table
        return table

    def values(self, found: Found) -> tuple[Expr, ...]:
        """The expressions that a variable is bound to."""
        bound = self.table(found.path).get(found.name, ())
        return tuple(value for value in bound if not isinstance(value, Found | Import))

    def qualified(self, found: Found) -> str:
        """The dotted name of what was found."""
        if found.kind == "library":
            return self.program.catalogue.canonical(found.name)
        module = self.modules.file(found.path).name
        return f"{module}.{found.name}" if module else found.name

    def resolve(self, path: str, expr: Expr, depth: int = 0) -> tuple[Found, ...]:
        """What a dotted name means at the top level of the module at `path`, aliases followed."""
        match expr:
            case Name(id=name):
                return self.member(path, name)
            case Attribute(value=value, name=name) if depth < _DEEPEST:
                owners = self.resolve(path, value, depth + 1)
                return tuple(found for owner in owners for found in self._attribute(owner, name))
            case _:
                return ()

    def _attribute(self, owner: Found, name: str) -> tuple[Found, ...]:
        if owner.kind == "module":
            return self.member(owner.path, name) or self._submodule(owner.path, name)
        if owner.kind != "library":
            return ()
        dotted = f"{owner.name}.{name}"
        if self.modules.is_package_prefix(owner.name):
            return self._module(dotted, owner.path)
        return (Found("library", owner.path, dotted),)

    def member(self, path: str, name: str) -> tuple[Found, ...]:
        """What a name means at the top level of a module; nothing where it comes back to itself."""
        key = (path, name)
        if key not in self._members:
            if len(self._members) > _MOST_STEPS:
                return ()
            self._members[key] = ()
            self._members[key] = tuple(dict.fromkeys(self._meanings(path, name)))
        return self._members[key]

    def _meanings(self, path: str, name: str) -> Iterator[Found]:
        table = self.table(path)
        for bound in table.get(name, ()):
            match bound:
                case Found():
                    yield bound
                case Import():
                    yield from self.imported(path, bound)
                case Name() | Attribute():
                    yield from self.resolve(path, bound) or (Found("value", path, name),)
                case _:
                    yield Found("value", path, name)
        if name not in table:
            for star in table.get("*", ()):
                if isinstance(star, Import):
                    module = _absolute(self.modules.file(path), star)
                    for found in self._module(module, path):
                        yield from self._attribute(found, name)

    def imported(self, path: str, statement: Import) -> tuple[Found, ...]:
        """What an import in the module at `path` binds its name to."""
        if not statement.member and not statement.renamed:
            return self._module(statement.binds, path)
        module = _absolute(self.modules.file(path), statement)
        if not statement.member:
            return self._module(module, path)
        file = self.modules.find(module, path) if module else None
        found = self.member(file.relative, statement.member) if file is not None else ()
        if found:
            return found
        dotted = f"{module}.{statement.member}" if module else statement.member
        found = self._module(dotted, path)
        return tuple(item for item in found if file is None or item.kind == "module")

    def _submodule(self, path: str, name: str) -> tuple[Found, ...]:
        found = self._module(f"{self.modules.file(path).name}.{name}".lstrip("."), path)
        return tuple(item for item in found if item.kind == "module")

    def _module(self, name: str, importer: str) -> tuple[Found, ...]:
        file = self.modules.find(name, importer)
        return (Found("module", file.relative, ""),) if file else (Found("library", importer, name),)


def _absolute(file: SourceFile, statement: Import) -> str:
    """The absolute name of the module that an import in `file` names."""
    if not statement.level:
        return statement.module
    parts = file.name.split(".") if file.name else []
    keep = len(parts) - statement.level + (1 if file.is_package else 0)
    return ".".join([*parts[: max(keep, 0)], *filter(None, [statement.module])])


def _parsed_table(facts: ModuleFacts) -> _Table:
    stars = facts.bindings.get("*", ())
    table: _Table = {"*": tuple(star for star in stars if isinstance(star, Import))}
    for name, statements in surviving_bindings(facts.body).items():
        if name != "*":
            table[name] = tuple(
                bound
                for statement in statements
                if (bound := _bound(facts.path, name, statement)) is not None
            )
    return table


def _bound(path: str, name: str, statement: Statement) -> Bound | None:
    match statement:
        case Import():
            return statement
        case Define():
            return Found("function", path, name)
        case DefineClass():
            return Found("class", path, name)
        case Assign(targets=targets, value=value) if any(isinstance(target, Name) for target in targets):
            return value
        case Declare(value=value):
            return value
        case _:
            return None


def _margin_table(file: SourceFile) -> _Table:
    """The names that the unindented lines of a module bind, the last line of each name."""
    table: _Table = {}
    try:
        content = file.content
    except OSError:
        return table
    for match in _TOP.finditer(content):
        groups = {key: text.decode(errors="replace") for key, text in match.groupdict(b"").items()}
        if name := groups["function"]:
            table[name] = (Found("function", file.relative, name),)
        elif name := groups["class"]:
            table[name] = (Found("class", file.relative, name),)
        elif name := groups["name"]:
            table[name] = (_margin_value(groups["value"], is_whole=match["whole"] is not None),)
        elif module := groups["imported"]:
            binds = groups["renamed"] or module.partition(".")[0]
            table[binds] = (Import(0, 0, module, 0, "", binds, renamed=bool(groups["renamed"])),)
        else:
            for statement in _members(groups["module"], groups["members"]):
                others = table.get("*", ()) if statement.member == "*" else ()
                table[statement.binds] = (*others, statement)
    return table


def _members(module: str, text: str) -> Iterator[Import]:
    bare = module.lstrip(".")
    text = re.sub(r"#[^\n]*|[()\\]", "", text)
    for part in text.split(","):
        words = part.split()
        if words:
            yield Import(0, 0, bare, len(module) - len(bare), words[0], words[-1])


def _margin_value(text: str, *, is_whole: bool) -> Expr:
    """What the start of an assigned expression says: a class's view, an alias, a wrapped name or nothing."""
    parts = [part.strip() for part in text.split("(")]
    for part in parts[:-1]:
        if part.endswith(".as_view"):
            return Call(0, 0, _dotted(part), ())
    if is_whole and parts[-1] and not parts[-1][0].isdigit():
        value = _dotted(parts[-1])
        for part in reversed(parts[:-1]):
            value = Call(0, 0, _dotted(part), (Argument(value),))
        return value
    return Literal(0, 0, None)


def _dotted(text: str) -> Expr:
    head, *rest = text.split(".")
    expr: Expr = Name(0, 0, head)
    for name in rest:
        expr = Attribute(0, 0, expr, name)
    return expr
