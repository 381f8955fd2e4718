"""Holds the rows of Django's middleware against the releases: hooks, capability, own asynchronous path."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.django_releases.names import ALWAYS, NEVER, Disagreement
from scripts.django_releases.source import Definition, Release
from scripts.django_releases.tables import Row, Tables, is_django

_MIXIN = "django.utils.deprecation.MiddlewareMixin"
_HOOKS = ("process_request", "process_view", "process_response")


@dataclass(frozen=True)
class Shipped:
    """A middleware class of one release."""

    name: str
    hooks: tuple[str, ...]
    """The synchronous hooks that each request runs; with a path of its own only what the handler calls."""
    is_native: bool
    is_async_capable: bool


def shipped(release: Release) -> Iterator[Shipped]:
    """Every public middleware class that the release declares."""
    for module in release.modules.values():
        is_core = module.name.startswith("django.middleware.")
        if not is_core and not (
            module.name.startswith("django.contrib.") and module.name.endswith(".middleware")
        ):
            continue
        for name, found in module.bindings.items():
            if isinstance(found, Definition) and not name.startswith("_") and _is_middleware(release, found):
                yield _describe(release, found)


def _is_middleware(release: Release, found: Definition) -> bool:
    return isinstance(found.node, ast.ClassDef) and release.member(found, "__call__") is not None


def _describe(release: Release, found: Definition) -> Shipped:
    call = release.member(found, "__acall__") or release.member(found, "__call__")
    is_native = (
        call is not None
        and isinstance(call.node, ast.AsyncFunctionDef)
        and not call.name.startswith(f"{_MIXIN}.")
    )
    hooks = [hook for hook in _HOOKS if release.member(found, hook) is not None]
    capable = release.member(found, "async_capable")
    return Shipped(
        name=found.name,
        hooks=tuple(hook for hook in hooks if hook == "process_view" or not is_native),
        is_native=is_native,
        is_async_capable=(
            capable is not None and isinstance(capable.node, ast.Constant) and bool(capable.node.value)
        ),
    )


def disagreements(tables: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    """Each middleware of a release that its row describes otherwise, or that only one of the two has."""
    rows = [(name, row) for row in tables.of("middleware") for name in row.names if is_django(name)]
    for release in releases:
        found = {item.name: item for item in shipped(release)}
        claimed = {name: row for name, row in rows if _holds(row, release)}
        for name, row in claimed.items():
            item = found.get(name)
            if item is None:
                yield f"{row.about(name)}: claimed, but not there", release
            else:
                yield from ((f"{row.about(name)}: {text}", release) for text in _differences(row, item))
        yield from (
            (f"{name}: a middleware without a row", release) for name in sorted(found.keys() - claimed)
        )


def _holds(row: Row, release: Release) -> bool:
    """Whether the row is about this version: of middleware, `until` names the last one."""
    return row.version("since", ALWAYS) <= release.version <= row.version("until", NEVER)


def _differences(row: Row, item: Shipped) -> Iterator[str]:
    if set(row.fields["hooks"]) != set(item.hooks):
        yield f"its hooks are {', '.join(item.hooks) or 'none'}"
    if bool(row.fields.get("native")) != item.is_native:
        yield (
            "has an asynchronous path of its own" if item.is_native else "has no asynchronous path of its own"
        )
    if not item.is_async_capable:
        yield "is not `async_capable`, which no row can say"
