"""Which routes lead to which view: URL configurations and Channels routings, read without running them.

Only modules that mention `urlpatterns` are parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.project.decorator_names import decorator_name
from async_audit.project.margins import Found, Scopes
from async_audit.project.registrations import registered
from async_audit.project.route_text import UNKNOWN
from async_audit.project.url_patterns import Patterns
from async_audit.syntax.facts import Assign, Attribute, Call, Display, Expr, FunctionFacts, Literal

if TYPE_CHECKING:
    from async_audit.project.program import Program


@dataclass(frozen=True)
class Routing:
    """Where requests go: the routes of each view by qualified name, and the prefixes of each router."""

    views: dict[str, tuple[str, ...]]
    patterns: Patterns


def routing(program: Program) -> Routing:
    """The routes of every view that a URL configuration names, and of the routers that applications take up.

    Consumers of Channels count as views. A module that no other one includes is taken for a root.
    """
    reader = Patterns(Scopes(program))
    found: dict[str, set[str]] = {}
    reached: set[Found] = set()
    for root in reader.roots():
        for view, route in reader.walk(root, reached):
            found.setdefault(view, set()).add(route)
    return Routing({view: tuple(sorted(found[view])) for view in sorted(found)}, reader)


def routes_of(program: Program, path: str, facts: FunctionFacts, routed_as: str = "") -> tuple[str, ...]:
    """The routes that lead to a function of the module at `path`: its own, or those of its class.

    `routed_as` names the class that they lead to where it inherits the function. Of a viewset's method they
    are those at which its router calls it.
    """
    handed = registered(program, path, facts)
    if handed:
        return tuple(sorted({registration.route for registration in handed}))
    for decorator in facts.decorators:
        operation = _operation(program, path, facts, decorator)
        if operation:
            return operation
    if not facts.owner:
        return program.routes.get(program.classes.qualified(path, facts.qualname), ())
    found = program.routes.get(routed_as or program.classes.qualified(path, facts.owner), ())
    action = program.catalogue.viewset_actions.get(facts.name)
    if action is not None:
        # A router gives one route to the collection and one to its objects; other patterns say themselves.
        chosen = tuple(route for route in found if _is_of_one(route) is action.of_one)
        return chosen or found
    for decorator in facts.decorators:
        if isinstance(decorator, Call) and decorator_name(program, path, decorator) == _EXTRA_ACTION:
            return _extra(found, facts.name, decorator)
    return found


_EXTRA_ACTION = "rest_framework.decorators.action"


def _is_of_one(route: str) -> bool:
    return route.rstrip("/").endswith("<pk>")


def _extra(routes: tuple[str, ...], name: str, decorator: Call) -> tuple[str, ...]:
    """The routes of `@action(detail=…, url_path=…)` below those of its viewset."""
    named: dict[str, Expr] = {argument.keyword: argument.value for argument in decorator.arguments}
    detail, url_path = named.get("detail"), named.get("url_path")
    of_one = isinstance(detail, Literal) and detail.value is True
    last = str(url_path.value) if isinstance(url_path, Literal) else name
    chosen = [route for route in routes if _is_of_one(route) is of_one]
    ends = ["/" if route.endswith("/") else "" for route in chosen]
    return tuple(f"{route.rstrip('/')}/{last}{end}" for route, end in zip(chosen, ends, strict=True))


def _operation(program: Program, path: str, facts: FunctionFacts, decorator: Expr) -> tuple[str, ...]:
    """The routes of `@router.get("/books")`, below every prefix at which its router is mounted."""
    name = decorator_name(program, path, decorator)
    if program.catalogue.specials.get(name) != "operation-decorator" or not isinstance(decorator, Call):
        return ()
    patterns = program.routing.patterns
    local = _path_argument(patterns, path, decorator)
    if local is None:
        return ()
    if facts.owner:
        owners: tuple[Found, ...] = (Found("class", path, facts.owner),)
        own = _controller_prefix(program, path, facts.owner)
    else:
        router = decorator.function.value if isinstance(decorator.function, Attribute) else decorator
        owners = patterns.scopes.resolve(path, router)
        own = _constructor_prefix(program, owners)
    mounts = {prefix for owner in owners for prefix in patterns.mounts.get(owner, ())}
    if not mounts:
        mounts = {"/" if name.rpartition(".")[0] in _APPLICATIONS else UNKNOWN}
    return tuple(sorted({re.sub("/+", "/", f"{mount}/{own}/{local}") for mount in mounts}))


_APPLICATIONS = frozenset({"fastapi.FastAPI", "starlette.applications.Starlette"})
"""What answers at the root unless something mounts it."""


def _path_argument(patterns: Patterns, path: str, decorator: Call) -> str | None:
    """The path of an operation; none where the decorator names none."""
    for argument in decorator.arguments:
        if argument.keyword == "path":
            return patterns.text(path, argument.value)
    placed = [argument.value for argument in decorator.arguments if not argument.keyword]
    texts = [value for value in placed if not isinstance(value, Display)]
    return patterns.text(path, texts[0]) if texts else None


def _constructor_prefix(program: Program, owners: tuple[Found, ...]) -> str:
    """The `prefix` that a router was made with."""
    for owner in owners:
        facts = program.modules.readable(owner.path)
        for statement in facts.bindings.get(owner.name, ()) if facts is not None else ():
            match statement:
                case Assign(value=Call(arguments=arguments)):
                    for argument in arguments:
                        if argument.keyword == "prefix":
                            return program.routing.patterns.text(owner.path, argument.value)
                case _:
                    continue
    return ""


def _controller_prefix(program: Program, path: str, owner: str) -> str:
    """The prefix of `@api_controller("/books")`."""
    facts = program.modules.readable(path)
    for definition in facts.classes if facts is not None else ():
        if definition.qualname == owner:
            for decorator in definition.decorators:
                if isinstance(decorator, Call):
                    return _path_argument(program.routing.patterns, path, decorator) or ""
    return ""
