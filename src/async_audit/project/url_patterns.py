"""Lists of URL patterns: `urlpatterns`, routers and routings, their entries, and the routes through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from async_audit.project.margins import Bound, Found, Scopes
from async_audit.project.route_text import UNKNOWN, joined, simplified
from async_audit.syntax.facts import (
    Argument,
    Attribute,
    Call,
    Comprehension,
    Conditional,
    Display,
    Evaluate,
    Expr,
    FunctionFacts,
    Import,
    Literal,
    Name,
    Operation,
    Starred,
    Statement,
    blocks,
)

_DEEPEST = 60
_MOST_STEPS = 50_000
_URLS = ("django.urls", "django.urls.conf", "django.conf.urls", "django.conf.urls.i18n", "channels.routing")
_ROLES = {
    f"{module}.{name}": name
    for module in (*_URLS, "rest_framework.urlpatterns")
    for name in ("path", "re_path", "url", "include", "i18n_patterns", "URLRouter", "format_suffix_patterns")
}
_TRANSLATIONS = frozenset({"_", "gettext", "gettext_lazy", "ugettext_lazy"})


@dataclass(frozen=True, slots=True)
class PatternEntry:
    """One step in a list of patterns: a route to a view, or to the list in the variable `child`."""

    route: str
    view: str = ""
    child: Found | None = None


class Patterns:
    """The lists of patterns of a project: each as its entries, and the routes from a root through them."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self._entries: dict[Found, tuple[PatternEntry, ...]] = {}
        self._added: dict[Found, list[tuple[str, Call]]] = {}
        self._steps = 0
        self.mounts: dict[Found, set[str]] = {}
        for path, facts in scopes.parsed.items():
            for call in _calls(facts.body):
                if isinstance(call.function, Attribute):
                    for owner in scopes.resolve(path, _list_of(call.function)):
                        self._added.setdefault(owner, []).append((path, call))
            for function in facts.functions:
                self._take_up(path, function)
        self._applications = tuple(
            owner
            for owner, calls in self._added.items()
            if owner.kind == "value" and any(_adds_router(call) for _, call in calls)
        )

    def _take_up(self, path: str, function: FunctionFacts) -> None:
        """Mount the routers that a function adds to the application that it is given, at the root."""
        imports = {
            statement.binds: statement
            for statement in _statements(function.body)
            if isinstance(statement, Import)
        }
        for call in _calls(function.body):
            if not (_adds_router(call) and isinstance(call.function, Attribute)):
                continue
            if self.scopes.resolve(path, call.function.value):
                continue
            for entry in self._router(path, call.function.name, call.arguments, imports):
                if entry.child is not None:
                    self.mounts.setdefault(entry.child, set()).add(entry.route)

    def roots(self) -> Iterator[Found]:
        """The lists at which requests arrive, the cycles that nothing leads into at the end."""
        program = self.scopes.program
        setting = program.settings.expression("ROOT_URLCONF")
        file = program.modules.find(program.settings.text("ROOT_URLCONF"), setting[0]) if setting else None
        main = [] if file is None else [Found("value", file.relative, "urlpatterns")]
        lists = [
            Found("value", path, name)
            for path in self.scopes.parsed
            for name, bound in self.scopes.table(path).items()
            if name == "urlpatterns" or any(_is_routing(value) for value in bound)
        ]
        lists.extend(self._applications)
        pending, known, included = [*main, *lists], set[Found](), set[Found]()
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

    def walk(self, root: Found, reached: set[Found]) -> Iterator[tuple[str, str]]:
        """The views behind a root that was not reached before, each with one route."""
        if root in reached:
            return
        pending: list[tuple[Found, str, tuple[Found, ...]]] = [(root, "/", ())]
        seen: set[tuple[Found, str]] = set()
        while pending and self._steps < _MOST_STEPS:
            found, prefix, above = pending.pop()
            if found in above or (found, prefix) in seen or len(above) > _DEEPEST:
                continue
            seen.add((found, prefix))
            reached.add(found)
            self.mounts.setdefault(found, set()).add(prefix)
            for entry in self.entries(found):
                self._steps += 1
                route = joined(prefix, entry.route)
                if entry.child is not None:
                    pending.append((entry.child, route, (*above, found)))
                else:
                    yield entry.view, route

    def entries(self, found: Found) -> tuple[PatternEntry, ...]:
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

    def _addition(self, owner: Found, path: str, call: Call) -> Iterator[PatternEntry]:
        """The entries that a method call adds to a list or a router."""
        method, arguments = getattr(call.function, "name", ""), call.arguments
        if method == "register" and len(arguments) > 1:
            for value in self.scopes.values(owner):
                yield from self._registered(owner.path, value, path, arguments)
        elif _adds_router(call):
            yield from self._router(path, method, arguments)
        elif method in {"append", "extend", "insert"} and arguments:
            value = arguments[-1].value
            if isinstance(value, Attribute) and value.name == "registry":
                value = value.value
            yield from self._read(path, value, "", 0)

    def _router(
        self,
        path: str,
        method: str,
        arguments: tuple[Argument, ...],
        imports: Mapping[str, Import] = MappingProxyType({}),
    ) -> Iterator[PatternEntry]:
        """The routers, or classes of operations, that an application of ninja or FastAPI takes up."""
        named = {item.keyword: item.value for item in arguments if item.keyword}
        placed = [item.value for item in arguments if not item.keyword]
        prefix, routers = named.get("prefix"), placed[:1] or [named.get("router", Literal(0, 0, None))]
        if method == "add_router":
            prefix, routers = (placed[0] if placed else prefix), placed[1:2] or routers
        elif method == "register_controllers":
            routers = placed
        route = self.text(path, prefix) if prefix is not None else ""
        for router in routers:
            for found in self._named(path, router, imports):
                yield PatternEntry(route, child=found)

    def _named(self, path: str, router: Expr, imports: Mapping[str, Import]) -> tuple[Found, ...]:
        """What a router is, also where its dotted name is written as a string."""
        if isinstance(router, Literal) and isinstance(router.value, str):
            module, _, name = router.value.rpartition(".")
            file = self.scopes.modules.find(module, path) if module else None
            return (Found("value", file.relative, name),) if file is not None else ()
        local = imports.get(router.id) if isinstance(router, Name) else None
        found = self.scopes.resolve(path, router) if local is None else self.scopes.imported(path, local)
        return tuple(item for item in found if item.kind in {"value", "class"})

    def _registered(
        self, owner: str, router: Expr, path: str, arguments: tuple[Argument, ...]
    ) -> Iterator[PatternEntry]:
        slash = "/"
        for argument in router.arguments if isinstance(router, Call) else ():
            if argument.keyword == "trailing_slash" and getattr(argument.value, "value", None) is False:
                slash = ""
        base = self._nesting(owner, router) + simplified(self.text(path, arguments[0].value))
        for found in self.scopes.resolve(path, arguments[1].value):
            if found.kind in {"class", "library"}:
                view = self.scopes.qualified(found)
                yield PatternEntry(base + slash if base else "", view)
                yield PatternEntry(f"{base}/<pk>{slash}".lstrip("/"), view)

    def _nesting(self, path: str, router: Expr) -> str:
        """The prefix of a router that is nested in another one."""
        if not isinstance(router, Call):
            return ""
        name = getattr(router.function, "name", getattr(router.function, "id", ""))
        if not name.startswith("Nested") or len(router.arguments) < 2:
            return ""
        lookup = next((item.value for item in router.arguments if item.keyword == "lookup"), None)
        variable = f"{self.text(path, lookup)}_pk" if lookup is not None else "pk"
        return f"{self.text(path, router.arguments[1].value)}/<{variable}>/"

    def _read(self, path: str, expr: Expr, prefix: str, depth: int) -> Iterator[PatternEntry]:
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

    def _variables(self, path: str, expr: Expr, prefix: str) -> Iterator[PatternEntry]:
        for found in self.scopes.resolve(path, expr):
            if found.kind == "value":
                yield PatternEntry(prefix, child=found)
            elif found.kind == "module":
                yield PatternEntry(prefix, child=Found("value", found.path, "urlpatterns"))

    def _role(self, path: str, call: Call) -> str:
        """Which of Django's functions for URL configurations a call calls; empty for any other."""
        names = (self.scopes.qualified(found) for found in self.scopes.resolve(path, call.function))
        return next((_ROLES[name] for name in names if name in _ROLES), "")

    def _call(self, path: str, call: Call, prefix: str, depth: int) -> Iterator[PatternEntry]:
        role = self._role(path, call)
        if role in {"path", "re_path", "url"}:
            named = {item.keyword: item.value for item in call.arguments if item.keyword}
            placed = [item.value for item in call.arguments if not item.keyword]
            pattern = placed[0] if placed else named.get("route", named.get("regex"))
            target = placed[1] if len(placed) > 1 else named.get("view")
            if pattern is not None and target is not None:
                text = self.text(path, pattern)
                route = joined(prefix, text if role == "path" else simplified(text))
                views = tuple(dict.fromkeys(self._views(path, target, 0)))
                yield from (PatternEntry(route, view) for view in views)
                if not views:
                    yield from self._read(path, target, route, depth + 1)
        elif role == "include" and call.arguments:
            yield from self._include(path, call.arguments[0].value, prefix, depth)
        elif role == "i18n_patterns":
            values = [item for item in call.arguments if not item.keyword]
            bare = any(item.keyword == "prefix_default_language" for item in call.arguments)
            for before in (f"{UNKNOWN}/", "") if bare else (f"{UNKNOWN}/",):
                for item in values:
                    yield from self._read(path, item.value, joined(prefix, before), depth + 1)
        elif role and call.arguments:
            yield from self._read(path, call.arguments[0].value, prefix, depth + 1)

    def _include(self, path: str, expr: Expr, prefix: str, depth: int) -> Iterator[PatternEntry]:
        if isinstance(expr, Display) and expr.kind == "tuple" and expr.items:
            expr = expr.items[0]
        if not (isinstance(expr, Literal) and isinstance(expr.value, str)):
            yield from self._read(path, expr, prefix, depth + 1)
            return
        file = self.scopes.modules.find(expr.value, path)
        if file is not None:
            yield PatternEntry(prefix, child=Found("value", file.relative, "urlpatterns"))

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

    def text(self, path: str, expr: Expr, depth: int = 0) -> str:
        """The string that an expression is, with a sign for each part that is not constant."""
        match expr:
            case Literal(value=str(text)):
                return text
            case Operation(operators=("+",), operands=operands) if depth < _DEEPEST:
                return "".join(self.text(path, operand, depth + 1) for operand in operands)
            case Call(function=Name(id=name), arguments=(Argument(value=value),)) if name in _TRANSLATIONS:
                return self.text(path, value, depth + 1)
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


def _statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """The statements of a body, those in branches included."""
    for statement in body:
        yield statement
        for block in blocks(statement):
            yield from _statements(block)


def _adds_router(call: Call) -> bool:
    return getattr(call.function, "name", "") in {"add_router", "include_router", "register_controllers"}


def _list_of(method: Attribute) -> Expr:
    """The list or router that a method belongs to, also for `router.registry.extend`."""
    owner = method.value
    return owner.value if isinstance(owner, Attribute) and owner.name == "registry" else owner


def _is_routing(value: Bound) -> bool:
    """Whether a list is written out that leads to consumers of Channels."""
    return isinstance(value, Display) and any(
        isinstance(argument.value, Call)
        and getattr(argument.value.function, "name", getattr(argument.value.function, "id", ""))
        in {"as_asgi", "URLRouter"}
        for item in value.items
        if isinstance(item, Call)
        for argument in item.arguments
    )
