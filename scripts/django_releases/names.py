"""Holds the rows of functions, methods and types against the releases: existence, versions, twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from scripts.django_releases.source import Definition, Release
from scripts.django_releases.tables import Row, Tables, is_django

Disagreement: TypeAlias = "tuple[str, Release]"
"""What the data says, and a release that contradicts it."""

NEVER = (99, 0)
ALWAYS = (0, 0)


def disagreements(tables: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    """Each claim of a row about a name of Django that some release contradicts."""
    for release in releases:
        for row in tables.of("call", "method"):
            # What only instances have is in no class that could be read.
            for name in row.names if "runtime" not in row.fields else ():
                qualified = f"{row.fields['of']}.{name}" if row.kind == "method" else name
                if is_django(qualified) and name != "*":
                    yield from _call(tables, row, name, qualified, release)
        for row in tables.of("type"):
            yield from _type(tables, row, release)
    newest = max(releases, key=lambda release: release.version)
    for row in tables.of("type", "model", "alias", "interface", "handlers", "object", "wrapper"):
        for name in filter(is_django, row.names):
            # What only newer versions have is no fault where not all were read.
            is_newer = row.version("since", ALWAYS) > newest.version
            if not is_newer and all(find(tables, release, name) is None for release in releases):
                yield f"{row.about(name)}: no such name", newest


def _call(tables: Tables, row: Row, name: str, qualified: str, release: Release) -> Iterator[Disagreement]:
    found = find(tables, release, qualified)
    is_claimed = row.version("since", ALWAYS) <= release.version < row.version("until", NEVER)
    if found is None and is_claimed:
        yield f"{row.about(name)}: claimed, but not there", release
    elif found is not None and not is_claimed:
        yield f"{row.about(name)}: there, but excluded by `since` or `until`", release
    elif found is not None:
        claimed = bool(row.fields.get("awaitable"))
        if claimed != found.is_coroutine:
            yield f"{row.about(name)}: {'no' if claimed else 'a'} coroutine function", release
        yield from _twin(tables, row, name, qualified, release)


def find(tables: Tables, release: Release, qualified: str) -> Definition | None:
    """What a row's name leads to; `HttpRequest.auser` leads to the function that a middleware puts there."""
    if qualified.endswith(".HttpRequest.auser"):
        return release.find("django.contrib.auth.middleware.auser")
    found = release.find(qualified)
    if found is None:
        owner, _, name = qualified.rpartition(".")
        others = [other for other, first in tables.canonical.items() if first == owner]
        found = next((made for other in others if (made := release.find(f"{other}.{name}"))), None)
    return found


def _twin(tables: Tables, row: Row, name: str, qualified: str, release: Release) -> Iterator[Disagreement]:
    """A row's twin has to be there from its version on, and a row has to name the twin that is there."""
    scope = qualified.rpartition(".")[0]
    twin = str(row.fields.get("twin", "")).format(name=name) or f"a{name.rpartition('.')[2]}"
    found = find(tables, release, twin if "." in twin else f"{scope}.{twin}")
    is_claimed = "twin" in row.fields and row.version("twin_since", ALWAYS) <= release.version
    is_there = found is not None and found.is_coroutine
    if is_claimed and not is_there:
        yield f"{row.about(name)}: its twin `{twin}` is not there", release
    elif (
        found is not None
        and is_there
        and not is_claimed
        and row.fields.get("effect") in {"queries", "blocks"}
    ):
        if _blocks_itself(tables, found, release):
            return
        yield f"{row.about(name)}: its twin `{twin}` is there, but the row does not say so", release


def _blocks_itself(tables: Tables, twin: Definition, release: Release) -> bool:
    """Whether a row says that in this version the twin hashes on the event loop, which makes it no remedy."""
    for row in tables.of("call", "method"):
        words = str(row.fields.get("special", "")).split()
        if len(words) < 3 or words[0] != "hashes":
            continue
        owner = f"{row.fields['of']}." if row.kind == "method" else ""
        first, last = (tuple(int(part) for part in word.split(".")) for word in words[1:3])
        if first <= release.version <= last and twin.name in {
            made.name for name in row.names if (made := find(tables, release, owner + name))
        }:
            return True
    return False


def _type(tables: Tables, row: Row, release: Release) -> Iterator[Disagreement]:
    """All names of a type are one class, whose bases are bases of it."""
    if not all(map(is_django, row.names)):
        return
    first = release.find(row.names[0])
    if first is None:
        return
    order = {ancestor.name for ancestor in release.order(first)}
    for name in row.names[1:]:
        other = release.find(name)
        if other is not None and other.name not in order:
            yield f"{row.about(name)}: another class than {row.names[0]}", release
    for base in filter(is_django, row.fields.get("bases", ())):
        spellings = [base, *(name for name, first in tables.canonical.items() if first == base)]
        found = [made.name for name in spellings if (made := release.find(name)) is not None]
        if found and order.isdisjoint(found):
            yield f"{row.about(row.names[0])}: {base} is no base of it", release
