"""Which routes lead to which view: URL configurations and Channels routings, read without running them.

Only modules that mention `urlpatterns` are parsed. What a name means in any other module is told from the
lines at its left margin, which is enough to tell a function from a class and to follow a re-export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from async_audit.discovery import SourceFile
from async_audit.syntax.bindings import surviving_bindings
from async_audit.syntax.facts import (
    Argument,
    Assign,
    Attribute,
    Call,
    Comprehension,
    Conditional,
    Declare,
    Define,
    DefineClass,
    Display,
    Evaluate,
    Expr,
    Import,
    Literal,
    ModuleFacts,
    Name,
    Operation,
    Starred,
    Statement,
    blocks,
)

if TYPE_CHECKING:
    from async_audit.project.program import Program

UNKNOWN = "…"
"""Stands in a route for a part that is not constant."""

_URLPATTERNS = re.compile(rb"urlpatterns")
_DEEPEST = 60
_MOST_STEPS = 50_000
_URLS = ("django.urls", "django.urls.conf", "django.conf.urls", "django.conf.urls.i18n", "channels.routing")
_ROLES = {
    f"{module}.{name}": name
    for module in (*_URLS, "rest_framework.urlpatterns")
    for name in ("path", "re_path", "url", "include", "i18n_patterns", "URLRouter", "format_suffix_patterns")
}
_TRANSLATIONS = frozenset({"_", "gettext", "gettext_lazy", "ugettext_lazy"})
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
class _Found:
    """What a name means: a `module`, `function`, `class` or `value` of the project, or of a `library`."""

    kind: str
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """One step in a list of patterns: a route to a view, or to the list in the variable `child`."""

    route: str
    view: str = ""
    child: _Found | None = None


_Bound: TypeAlias = "_Found | Import | Expr"
_Table: TypeAlias = dict[str, tuple[_Bound, ...]]


def routes(program: Program) -> dict[str, tuple[str, ...]]:
    """Every view that a URL configuration names, by qualified name, with the routes at which it answers.

    Consumers of Channels count as views. A module that no other one includes is taken for a root.
    """
    reader = _Reader(_Scopes(program))
    found: dict[str, set[str]] = {}
    reached: set[_Found] = set()
    for root in reader.roots():
        for view, route in reader.walk(root, reached):
            found.setdefault(view, set()).add(route)
    return {view: tuple(sorted(found[view])) for view in sorted(found)}


class _Scopes:
    """What top-level names mean, as far as it can be told from modules that are not parsed for it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.modules = program.modules
        files = [file for file in program.files if file.mentions(_URLPATTERNS)]
        parsed = [(file.relative, program.modules.readable(file.relative)) for file in files]
        self.parsed = {path: facts for path, facts in parsed if facts is not None}
        self._tables: dict[str, _Table] = {}
        self._members: dict[tuple[str, str], tuple[_Found, ...]] = {}

    def table(self, path: str) -> _Table:
        """The top-level names of a module with what they are bound to; `*` has the star imports."""
        table = self._tables.get(path)
        if table is None:
            facts, file = self.parsed.get(path), self.modules.file(path)
            table = _parsed_table(facts) if facts is not None else _margin_table(file)
            self._tables[path] = table
        return table

    def values(self, found: _Found) -> tuple[Expr, ...]:
        """The expressions that a variable is bound to."""
        bound = self.table(found.path).get(found.name, ())
        return tuple(value for value in bound if not isinstance(value, _Found | Import))

    def qualified(self, found: _Found) -> str:
        """The dotted name of what was found."""
        if found.kind == "library":
            return self.program.catalogue.canonical(found.name)
        module = self.modules.file(found.path).name
        return f"{module}.{found.name}" if module else found.name

    def resolve(self, path: str, expr: Expr, depth: int = 0) -> tuple[_Found, ...]:
        """What a dotted name means at the top level of the module at `path`, aliases followed."""
        match expr:
            case Name(id=name):
                return self.member(path, name)
            case Attribute(value=value, name=name) if depth < _DEEPEST:
                owners = self.resolve(path, value, depth + 1)
                return tuple(found for owner in owners for found in self._attribute(owner, name))
            case _:
                return ()

    def _attribute(self, owner: _Found, name: str) -> tuple[_Found, ...]:
        if owner.kind == "module":
            return self.member(owner.path, name) or self._submodule(owner.path, name)
        if owner.kind != "library":
            return ()
        dotted = f"{owner.name}.{name}"
        if self.modules.is_package_prefix(owner.name):
            return self._module(dotted, owner.path)
        return (_Found("library", owner.path, dotted),)

    def member(self, path: str, name: str) -> tuple[_Found, ...]:
        """What a name means at the top level of a module; nothing where it comes back to itself."""
        key = (path, name)
        if key not in self._members:
            if len(self._members) > _MOST_STEPS:
                return ()
            self._members[key] = ()
            self._members[key] = tuple(dict.fromkeys(self._meanings(path, name)))
        return self._members[key]

    def _meanings(self, path: str, name: str) -> Iterator[_Found]:
        table = self.table(path)
        for bound in table.get(name, ()):
            match bound:
                case _Found():
                    yield bound
                case Import():
                    yield from self._imported(path, bound)
                case Name() | Attribute():
                    yield from self.resolve(path, bound) or (_Found("value", path, name),)
                case _:
                    yield _Found("value", path, name)
        if name not in table:
            for star in table.get("*", ()):
                if isinstance(star, Import):
                    module = _absolute(self.modules.file(path), star)
                    for found in self._module(module, path):
                        yield from self._attribute(found, name)

    def _imported(self, path: str, statement: Import) -> tuple[_Found, ...]:
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

    def _submodule(self, path: str, name: str) -> tuple[_Found, ...]:
        found = self._module(f"{self.modules.file(path).name}.{name}".lstrip("."), path)
        return tuple(item for item in found if item.kind == "module")

    def _module(self, name: str, importer: str) -> tuple[_Found, ...]:
        file = self.modules.find(name, importer)
        return (_Found("module", file.relative, ""),) if file else (_Found("library", importer, name),)


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


def _bound(path: str, name: str, statement: Statement) -> _Bound | None:
    match statement:
        case Import():
            return statement
        case Define():
            return _Found("function", path, name)
        case DefineClass():
            return _Found("class", path, name)
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
            table[name] = (_Found("function", file.relative, name),)
        elif name := groups["class"]:
            table[name] = (_Found("class", file.relative, name),)
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


class _Reader:
    """The lists of patterns of a project: each as its entries, and the routes from a root through them."""

    def __init__(self, scopes: _Scopes) -> None:
        self.scopes = scopes
        self._entries: dict[_Found, tuple[_Entry, ...]] = {}
        self._added: dict[_Found, list[tuple[str, Call]]] = {}
        self._steps = 0
        for path, facts in scopes.parsed.items():
            for call in _calls(facts.body):
                if isinstance(call.function, Attribute):
                    for owner in scopes.resolve(path, _list_of(call.function)):
                        self._added.setdefault(owner, []).append((path, call))

    def roots(self) -> Iterator[_Found]:
        """The lists at which requests arrive, the cycles that nothing leads into at the end."""
        program = self.scopes.program
        setting = program.settings.expression("ROOT_URLCONF")
        file = program.modules.find(program.settings.text("ROOT_URLCONF"), setting[0]) if setting else None
        main = [] if file is None else [_Found("value", file.relative, "urlpatterns")]
        lists = [
            _Found("value", path, name)
            for path in self.scopes.parsed
            for name, bound in self.scopes.table(path).items()
            if name == "urlpatterns" or any(_is_routing(value) for value in bound)
        ]
        pending, known, included = [*main, *lists], set[_Found](), set[_Found]()
        while pending:
            found = pending.pop()
            if found not in known:
                known.add(found)
                entries = self.entries(found)
                children = {entry.child for entry in entries if entry.child is not None} - {found}
                included.update(children)
                pending.extend(children)
        yield from dict.fromkeys([*main, *(found for found in lists if found not in included)])
        yield from (found for found in lists if found in included)

    def walk(self, root: _Found, reached: set[_Found]) -> Iterator[tuple[str, str]]:
        """The views behind a root that was not reached before, each with one route."""
        if root in reached:
            return
        pending: list[tuple[_Found, str, tuple[_Found, ...]]] = [(root, "/", ())]
        seen: set[tuple[_Found, str]] = set()
        while pending and self._steps < _MOST_STEPS:
            found, prefix, above = pending.pop()
            if found in above or (found, prefix) in seen or len(above) > _DEEPEST:
                continue
            seen.add((found, prefix))
            reached.add(found)
            for entry in self.entries(found):
                self._steps += 1
                route = _join(prefix, entry.route)
                if entry.child is not None:
                    pending.append((entry.child, route, (*above, found)))
                else:
                    yield entry.view, route

    def entries(self, found: _Found) -> tuple[_Entry, ...]:
        """What stands in the list, or is registered with the router, that a variable holds."""
        known = self._entries.get(found)
        if known is None:
            entries = [
                entry for value in self.scopes.values(found) for entry in self._read(found.path, value, "", 0)
            ]
            for path, call in self._added.get(found, ()):
                entries.extend(self._addition(found, path, call))
            known = self._entries[found] = tuple(dict.fromkeys(entries))
        return known

    def _addition(self, owner: _Found, path: str, call: Call) -> Iterator[_Entry]:
        """The entries that a method call adds to a list or a router."""
        method, arguments = getattr(call.function, "name", ""), call.arguments
        if method == "register" and len(arguments) > 1:
            for value in self.scopes.values(owner):
                yield from self._registered(owner.path, value, path, arguments)
        elif method in {"append", "extend", "insert"} and arguments:
            value = arguments[-1].value
            if isinstance(value, Attribute) and value.name == "registry":
                value = value.value
            yield from self._read(path, value, "", 0)

    def _registered(
        self, owner: str, router: Expr, path: str, arguments: tuple[Argument, ...]
    ) -> Iterator[_Entry]:
        slash = "/"
        for argument in router.arguments if isinstance(router, Call) else ():
            if argument.keyword == "trailing_slash" and getattr(argument.value, "value", None) is False:
                slash = ""
        base = self._nesting(owner, router) + _simplified(self._text(path, arguments[0].value))
        for found in self.scopes.resolve(path, arguments[1].value):
            if found.kind in {"class", "library"}:
                view = self.scopes.qualified(found)
                yield _Entry(base + slash if base else "", view)
                yield _Entry(f"{base}/<pk>{slash}".lstrip("/"), view)

    def _nesting(self, path: str, router: Expr) -> str:
        """The prefix of a router that is nested in another one."""
        if not isinstance(router, Call):
            return ""
        name = getattr(router.function, "name", getattr(router.function, "id", ""))
        if not name.startswith("Nested") or len(router.arguments) < 2:
            return ""
        lookup = next((item.value for item in router.arguments if item.keyword == "lookup"), None)
        variable = f"{self._text(path, lookup)}_pk" if lookup is not None else "pk"
        return f"{self._text(path, router.arguments[1].value)}/<{variable}>/"

    def _read(self, path: str, expr: Expr, prefix: str, depth: int) -> Iterator[_Entry]:
        """The entries of an expression that is a list of patterns, one of them, or what leads to a list."""
        if depth > _DEEPEST:
            return
        parts: tuple[Expr, ...] = ()
        match expr:
            case Display(items=parts) | Operation(operands=parts):
                pass
            case Starred(value=value) | Comprehension(element=value):
                parts = (value,)
            case Conditional():
                parts = (expr.body, expr.orelse)
            case Attribute(value=value, name="urls"):
                yield from self._variables(path, value, prefix)
                yield from self._variables(path, expr, prefix)
            case Name() | Attribute():
                yield from self._variables(path, expr, prefix)
            case Call():
                yield from self._call(path, expr, prefix, depth)
            case _:
                pass
        for part in parts:
            yield from self._read(path, part, prefix, depth + 1)

    def _variables(self, path: str, expr: Expr, prefix: str) -> Iterator[_Entry]:
        for found in self.scopes.resolve(path, expr):
            if found.kind == "value":
                yield _Entry(prefix, child=found)
            elif found.kind == "module":
                yield _Entry(prefix, child=_Found("value", found.path, "urlpatterns"))

    def _role(self, path: str, call: Call) -> str:
        """Which of Django's functions for URL configurations a call calls; empty for any other."""
        names = (self.scopes.qualified(found) for found in self.scopes.resolve(path, call.function))
        return next((_ROLES[name] for name in names if name in _ROLES), "")

    def _call(self, path: str, call: Call, prefix: str, depth: int) -> Iterator[_Entry]:
        role = self._role(path, call)
        if role in {"path", "re_path", "url"}:
            named = {item.keyword: item.value for item in call.arguments if item.keyword}
            placed = [item.value for item in call.arguments if not item.keyword]
            pattern = placed[0] if placed else named.get("route", named.get("regex"))
            target = placed[1] if len(placed) > 1 else named.get("view")
            if pattern is not None and target is not None:
                text = self._text(path, pattern)
                route = _join(prefix, text if role == "path" else _simplified(text))
                views = tuple(dict.fromkeys(self._views(path, target, 0)))
                yield from (_Entry(route, view) for view in views)
                if not views:
                    yield from self._read(path, target, route, depth + 1)
        elif role == "include" and call.arguments:
            yield from self._include(path, call.arguments[0].value, prefix, depth)
        elif role == "i18n_patterns":
            values = [item for item in call.arguments if not item.keyword]
            bare = any(item.keyword == "prefix_default_language" for item in call.arguments)
            for before in (f"{UNKNOWN}/", "") if bare else (f"{UNKNOWN}/",):
                for item in values:
                    yield from self._read(path, item.value, _join(prefix, before), depth + 1)
        elif role and call.arguments:
            yield from self._read(path, call.arguments[0].value, prefix, depth + 1)

    def _include(self, path: str, expr: Expr, prefix: str, depth: int) -> Iterator[_Entry]:
        if isinstance(expr, Display) and expr.kind == "tuple" and expr.items:
            expr = expr.items[0]
        if not (isinstance(expr, Literal) and isinstance(expr.value, str)):
            yield from self._read(path, expr, prefix, depth + 1)
            return
        file = self.scopes.modules.find(expr.value, path)
        if file is not None:
            yield _Entry(prefix, child=_Found("value", file.relative, "urlpatterns"))

    def _views(self, path: str, expr: Expr, depth: int) -> Iterator[str]:
        """The views that an expression means, decorators around them left out."""
        if depth > _DEEPEST:
            return
        match expr:
            case Name() | Attribute():
                for found in self.scopes.resolve(path, expr):
                    if found.kind == "function":
                        yield self.scopes.qualified(found)
                    for value in self.scopes.values(found) if found.kind == "value" else ():
                        if isinstance(value, Call):
                            yield from self._views(found.path, value, depth + 1)
            case Call(function=Attribute(value=owner, name="as_view" | "as_asgi")):
                for found in self.scopes.resolve(path, owner):
                    if found.kind in {"class", "library"}:
                        yield self.scopes.qualified(found)
            case Call(function=function, arguments=arguments) if not self._role(path, expr):
                classes = [item for item in self.scopes.resolve(path, function) if item.kind == "class"]
                yield from (self.scopes.qualified(found) for found in classes)
                if not classes and arguments and not arguments[0].keyword:
                    yield from self._views(path, arguments[0].value, depth + 1)
            case _:
                return

    def _text(self, path: str, expr: Expr, depth: int = 0) -> str:
        """The string that an expression is, with a sign for each part that is not constant."""
        match expr:
            case Literal(value=str(text)):
                return text
            case Operation(operators=("+",), operands=operands) if depth < _DEEPEST:
                return "".join(self._text(path, operand, depth + 1) for operand in operands)
            case Call(function=Name(id=name), arguments=(Argument(value=value),)) if name in _TRANSLATIONS:
                return self._text(path, value, depth + 1)
            case Name() | Attribute():
                found = [item for item in self.scopes.resolve(path, expr) if item.kind == "value"]
                values = [value for item in found for value in self.scopes.values(item)]
                if len(values) == 1 and isinstance(values[0], Literal) and isinstance(values[0].value, str):
                    return values[0].value
                return UNKNOWN
            case _:
                return UNKNOWN


def _calls(body: tuple[Statement, ...]) -> Iterator[Call]:
    """The calls that are statements of their own, those in branches included."""
    for statement in body:
        if isinstance(statement, Evaluate) and isinstance(statement.value, Call):
            yield statement.value
        for block in blocks(statement):
            yield from _calls(block)


def _list_of(method: Attribute) -> Expr:
    """The list or router that a method belongs to, also for `router.registry.extend`."""
    owner = method.value
    return owner.value if isinstance(owner, Attribute) and owner.name == "registry" else owner


def _is_routing(value: _Bound) -> bool:
    """Whether a list is written out that leads to consumers of Channels."""
    return isinstance(value, Display) and any(
        isinstance(argument.value, Call)
        and getattr(argument.value.function, "name", getattr(argument.value.function, "id", ""))
        in {"as_asgi", "URLRouter"}
        for item in value.items
        if isinstance(item, Call)
        for argument in item.arguments
    )


def _join(prefix: str, route: str) -> str:
    return f"{prefix}/{route}" if prefix.endswith(UNKNOWN) and route[:1] not in {"", "/"} else prefix + route


def _simplified(pattern: str) -> str:
    """A regular expression as a route: named groups as `<name>`, others as `<var>`, anchors left out."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            following = pattern[at + 1 : at + 2]
            out.append("" if following in "AZbB" else char + following if following.isalnum() else following)
            at += 2
        elif char == "(" and not pattern.startswith("(?:", at):
            end = _closing(pattern, at)
            name = re.match(r"\(\?P<(\w+)>", pattern[at:end])
            out.append(f"<{name[1]}>" if name else "" if pattern.startswith("(?", at) else "<var>")
            at = end + 1 if pattern[end : end + 1] in {"?", "*", "+"} else end
        else:
            out.append("" if char in "^$?()" else char)
            at += 3 if char == "(" else 1
    return "".join(out)


def _closing(pattern: str, start: int) -> int:
    """The offset behind the parenthesis that closes the one at `start`."""
    level = 0
    for part in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]", pattern[start:], re.DOTALL):
        level += {"(": 1, ")": -1}.get(part[0], 0)
        if not level:
            return start + part.end()
    return len(pattern)
