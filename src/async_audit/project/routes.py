"""Which routes lead to which view: URL configurations and Channels routings, read without running them.

Only modules that mention `urlpatterns` are parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.project.decorator_names import decorator_name
from async_audit.project.margins import Found, Scopes
from async_audit.project.url_patterns import Patterns
from async_audit.syntax.facts import Call, Expr, FunctionFacts, Literal

if TYPE_CHECKING:
    from async_audit.project.program import Program


def routes(program: Program) -> dict[str, tuple[str, ...]]:
    """Every view that a URL configuration names, by qualified name, with the routes at which it answers.

    Consumers of Channels count as views. A module that no other one includes is taken for a root.
    """
    reader = Patterns(Scopes(program))
    found: dict[str, set[str]] = {}
    reached: set[Found] = set()
    for root in reader.roots():
        for view, route in reader.walk(root, reached):
            found.setdefault(view, set()).add(route)
    return {view: tuple(sorted(found[view])) for view in sorted(found)}


def routes_of(program: Program, path: str, facts: FunctionFacts, routed_as: str = "") -> tuple[str, ...]:
    """The routes that lead to a function of the module at `path`: its own, or those of its class.

    `routed_as` names the class that they lead to where it inherits the function. Of a viewset.s method they
    are those at which its router calls it.
    """
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
