"""Holds the rows of querysets, related managers, instances and connections against what reaches the guard."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from scripts.django_releases.guards import QUERYSET, Reach, guarded
from scripts.django_releases.names import ALWAYS, NEVER, Disagreement
from scripts.django_releases.source import Definition, Release
from scripts.django_releases.tables import Row, Tables

MODEL = "django.db.models.base.Model"
MANAGER = "django.db.models.manager.BaseManager"
CONNECTION = "django.db.backends.base.base.BaseDatabaseWrapper"
RELATED = (
    "django.db.models.fields.related_descriptors.create_reverse_many_to_one_manager",
    "django.db.models.fields.related_descriptors.create_forward_many_to_many_manager",
    "django.contrib.contenttypes.fields.create_generic_related_manager",
)
"""The functions that make the classes of related managers."""

_INHERITED = frozenset({"as_manager", "from_queryset", "check", "deconstruct", "contribute_to_class"})


@cache
def reach(release: Release) -> Reach:
    """What reaches the guard in the release; worked out once."""
    return Reach(release)


def disagreements(tables: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    """Each method whose row says otherwise than a release about queries and twins, or that has no row."""
    for release in releases:
        for complaint in _querysets(tables, release):
            yield complaint, release
        for complaint in _instances(tables, release):
            yield complaint, release
        for complaint in _related(tables, release):
            yield complaint, release
        for complaint in _connections(tables, release):
            yield complaint, release


def public_methods(release: Release, name: str) -> Mapping[str, Definition]:
    """The public methods that the class itself defines."""
    owner = release.find(name)
    return {
        method: found
        for method, found in (release.members(owner) if owner is not None else {}).items()
        if not method.startswith("_") and not _is_property(found)
    }


def _is_property(found: Definition) -> bool:
    return not isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef) or any(
        "property" in ast.unparse(decorator) or ".setter" in ast.unparse(decorator)
        for decorator in found.node.decorator_list
    )


def _rows(tables: Tables, *kinds: str) -> dict[str, Row]:
    return {name: row for row in tables.of(*kinds) for name in row.names}


def _querysets(tables: Tables, release: Release) -> Iterator[str]:
    rows = _rows(tables, "queryset")
    methods = public_methods(release, QUERYSET)
    yield from _unknown(rows, release, QUERYSET, MANAGER)
    for name, found in methods.items():
        yield from _method(release, name, found, rows, "queryset")


def _instances(tables: Tables, release: Release) -> Iterator[str]:
    rows = _rows(tables, "instance")
    methods = public_methods(release, MODEL)
    yield from _unknown(rows, release, MODEL)
    for name, found in methods.items():
        if name not in _INHERITED and name != "from_db":
            yield from _method(release, name, found, rows, "instance")


def _unknown(rows: Mapping[str, Row], release: Release, *owners: str) -> Iterator[str]:
    classes = [found for owner in owners if (found := release.find(owner)) is not None]
    for name, row in rows.items():
        is_there = any(release.member(owner, name) is not None for owner in classes)
        if _holds(row, release) and not is_there and not row.fields.get("projects"):
            yield f"{row.about(name)}: claimed, but not there"


def _holds(row: Row, release: Release) -> bool:
    return row.version("since", ALWAYS) <= release.version < row.version("until", NEVER)


def _method(
    release: Release, name: str, found: Definition, rows: Mapping[str, Row], table: str
) -> Iterator[str]:
    if found.is_coroutine:
        row = rows.get(name[1:])
        if row is None or row.version("twin_since", NEVER) > release.version:
            yield f"{found.name}: a twin that no row of [[{table}]] has in this version"
        return
    row = rows.get(name)
    if row is None:
        yield f"{found.name}: a method without a row in [[{table}]]"
        return
    queries = found.name in reach(release).names
    if not row.fields.get("conditional") and (row.fields["action"] == "queries") != queries:
        yield f"{row.about(name)}: {'queries' if queries else 'does not query'}"
    twin = release.find(f"{found.name.rpartition('.')[0]}.a{name}")
    is_claimed = row.version("twin_since", NEVER) <= release.version
    if is_claimed and (twin is None or not twin.is_coroutine):
        yield f"{row.about(name)}: its twin `a{name}` is not there"


def _related(tables: Tables, release: Release) -> Iterator[str]:
    rows = {**_rows(tables, "queryset"), **_rows(tables, "related")}
    seen: set[str] = set()
    for maker in RELATED:
        made = release.find(maker)
        classes = release.members(made).values() if made is not None else ()
        for owner in classes:
            if isinstance(owner.node, ast.ClassDef):
                for name, found in release.members(owner).items():
                    if not name.startswith("_") and not _is_property(found):
                        seen.add(name)
                        yield from _related_method(release, name, found, rows)
    for name, row in _rows(tables, "related").items():
        if (name in seen) != _holds(row, release):
            yield f"{row.about(name)}: {'there' if name in seen else 'not there'}, against the row's versions"
        elif name in seen and (f"a{name}" in seen) != (row.version("twin_since", NEVER) <= release.version):
            yield f"{row.about(name)}: its twin `a{name}` is {'' if f'a{name}' in seen else 'not '}there"


def _related_method(release: Release, name: str, found: Definition, rows: Mapping[str, Row]) -> Iterator[str]:
    base = name[1:] if found.is_coroutine else name
    row = rows.get(base)
    if row is None:
        yield f"{found.name}: a method without a row in [[related]] or [[queryset]]"
    elif found.is_coroutine and row.version("twin_since", NEVER) > release.version:
        yield f"{found.name}: a twin that no row has in this version"
    elif not found.is_coroutine and found.name in reach(release).names and row.fields["action"] != "queries":
        yield f"{row.about(base)}: queries"


def _connections(tables: Tables, release: Release) -> Iterator[str]:
    """Guarded methods have rows of transactions, and what has such a row reaches the guard."""
    names: set[str] = set()
    for row in tables.of("call", "method"):
        if row.fields.get("kind") != "transaction":
            continue
        for name in row.names:
            qualified = f"{row.fields['of']}.{name}" if row.kind == "method" else name
            names.add(qualified)
            if not _reaches(release, qualified):
                yield f"{row.about(name)}: does not reach a guarded function"
    for name in guarded(release):
        if name.startswith(f"{CONNECTION}.") and name not in names:
            yield f"{name}: a guarded function without a row"


def _reaches(release: Release, qualified: str) -> bool:
    """Whether the function reaches the guard, in the base class of connections or in a shipped backend."""
    reached = reach(release).names
    owner, _, name = qualified.rpartition(".")
    if qualified in reached or owner != CONNECTION:
        return qualified in reached
    return any(
        other.startswith("django.db.backends.") and other.endswith(f".DatabaseWrapper.{name}")
        for other in reached
    )
