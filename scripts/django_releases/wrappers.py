"""Holds the rows of Django's decorators against the releases: which support coroutines, and since when."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from scripts.django_releases.names import NEVER, Disagreement
from scripts.django_releases.source import Definition, Function, Release
from scripts.django_releases.tables import Tables, is_django

_MODULES = ("django.contrib.auth.decorators", "django.contrib.admin.views.decorators")
_MORE = "django.views.decorators."
_ALONE = ("django.db.transaction.non_atomic_requests",)
"""Decorators of views that stand among functions of another kind."""

_WRAPPED = frozenset({"view_func", "viewfunc", "func", "function", "view"})
"""The names by which the decorators call what they decorate."""


def decorators(release: Release) -> Mapping[str, Definition]:
    """The public decorators of views that the release declares, by qualified name."""
    found = {name: made for name in _ALONE if (made := release.find(name)) is not None}
    for module in release.modules.values():
        if module.name in _MODULES or module.name.startswith(_MORE):
            for name, bound in module.bindings.items():
                if name.startswith("_") or not isinstance(bound, Definition):
                    continue
                if isinstance(bound.node, ast.FunctionDef | ast.Call):
                    found[bound.name] = bound
    return found


def supports_coroutines(release: Release, found: Definition) -> bool:
    """Whether a coroutine function stays one under the decorator."""
    return any(
        _looks_at_coroutines(function) or _returns_what_it_gets(function)
        for function in _functions(release, found, {})
    )


def _functions(release: Release, found: Definition, seen: dict[str, None]) -> Iterator[Function]:
    """The function that makes the decorator, and those that it leaves the work to."""
    if found.name in seen:
        return
    seen[found.name] = None
    if isinstance(found.node, ast.FunctionDef):
        yield found.node
    for node in ast.walk(found.node):
        made = release.resolve(found.module, node.func) if isinstance(node, ast.Call) else None
        if made is not None and isinstance(made.node, ast.FunctionDef) and _is_about_decorators(found, made):
            yield from _functions(release, made, seen)


def _is_about_decorators(found: Definition, made: Definition) -> bool:
    return made.module is found.module or "decorators" in made.module.name.split(".")


def _looks_at_coroutines(function: Function) -> bool:
    return any(
        isinstance(node, ast.AsyncFunctionDef)
        or (isinstance(node, ast.Name) and node.id == "iscoroutinefunction")
        for node in ast.walk(function)
        if node is not function
    )


def _returns_what_it_gets(function: Function) -> bool:
    """Whether it only marks the function: then no function inside makes another call of it."""
    first = function.args.args[0].arg if function.args.args else ""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    inner = [
        node.name for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function
    ]
    return not inner and any(isinstance(value, ast.Name) and value.id == first for value in returned)


def touches_response(release: Release, found: Definition) -> bool:
    """Whether the decorator works on what the view returns, rather than to return it as it is."""
    middleware = [
        release.resolve(found.module, argument)
        for node in ast.walk(found.node)
        if isinstance(node, ast.Call) and "from_middleware" in ast.unparse(node.func)
        for argument in node.args
    ]
    return any(_keeps_response(function) for function in _functions(release, found, {})) or any(
        made is not None and release.member(made, "process_response") is not None for made in middleware
    )


def _keeps_response(function: Function) -> bool:
    """Whether a call of the view is anything but the value of a `return`."""
    returned = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Return)}
    returned |= {
        id(node.value) for node in ast.walk(function) if isinstance(node, ast.Await) and id(node) in returned
    }
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _WRAPPED
        and id(node) not in returned
        for node in ast.walk(function)
    )


def methods_since(releases: Sequence[Release]) -> tuple[int, int]:
    """The first version in which `method_decorator` keeps a coroutine a coroutine."""
    for release in releases:
        decorate = release.find("django.utils.decorators._multi_decorate")
        if decorate is not None and any(
            isinstance(node, ast.Name) and node.id == "markcoroutinefunction"
            for node in ast.walk(decorate.node)
        ):
            return release.version
    return NEVER


def disagreements(tables: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    """Each decorator whose row says otherwise than a release, or that has no row."""
    rows = {name: row for row in tables.of("wrapper") for name in row.names if is_django(name)}
    for release in releases:
        keeps_methods = methods_since([release]) != NEVER
        for name, found in decorators(release).items():
            row = rows.get(name)
            if row is None:
                yield f"{name}: a decorator without a row", release
                continue
            supports = supports_coroutines(release, found)
            if (row.version("coroutines_since", NEVER) <= release.version) != supports:
                yield (
                    f"{row.about(name)}: {'supports' if supports else 'does not support'} coroutines",
                    release,
                )
            if supports and (row.version("on_methods_since", NEVER) <= release.version) != keeps_methods:
                yield f"{row.about(name)}: {'keeps' if keeps_methods else 'hides'} coroutine methods", release
            if touches_response(release, found) and not row.fields.get("touches_response", True):
                yield f"{row.about(name)}: works on the response", release
