"""Django's asynchronous twins: the coroutines named `a…` that stand beside a synchronous function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.django_releases.source import Definition, Release, own_nodes


@dataclass(frozen=True)
class Twin:
    """An asynchronous function or method: where it is defined, and what calling it means."""

    name: str
    owner: str
    is_coroutine: bool
    awaits: bool
    """Whether its body awaits, iterates or enters something: if not, it never leaves the event loop."""


def twins(release: Release) -> Iterator[Twin]:
    """The public twins of the release, but for those of related managers, whose classes have no names."""
    for found in release.definitions():
        if isinstance(found.node, ast.AsyncFunctionDef) and _is_twin(release, found):
            yield Twin(
                name=found.name,
                owner=".".join((found.module.name, *found.path[:-1])) if len(found.path) > 1 else "",
                is_coroutine=found.is_coroutine,
                awaits=any(
                    isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.comprehension)
                    and getattr(node, "is_async", 1)
                    for node in own_nodes(found.node)
                ),
            )
    if _sets_auser(release):
        request = "django.http.request.HttpRequest"
        yield Twin(f"{request}.auser", request, is_coroutine=True, awaits=True)


def _is_twin(release: Release, found: Definition) -> bool:
    if any(part.startswith("_") for part in found.path) or not found.path[-1].startswith("a"):
        return False
    sync = found.path[-1][1:]
    if len(found.path) == 1:
        return sync in found.module.bindings
    owner = release.find(found.name.rpartition(".")[0])
    if owner is None:
        return False
    # The asynchronous paginator does not derive from the synchronous one, and `aset` of sessions stands for
    # an operator: a class with one pair of names means all its `a…` methods as twins.
    return owner.path[-1].startswith("Async") or any(
        isinstance(member.node, ast.AsyncFunctionDef) and release.member(owner, name[1:]) is not None
        for name, member in release.members(owner).items()
        if name.startswith("a")
    )


def _sets_auser(release: Release) -> bool:
    """Whether the authentication middleware gives requests their `auser`: no class declares it."""
    middleware = release.find("django.contrib.auth.middleware.AuthenticationMiddleware.process_request")
    return middleware is not None and any(
        isinstance(node, ast.Attribute) and node.attr == "auser" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(middleware.node)
    )
