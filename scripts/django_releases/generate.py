"""The rows that follow from the releases alone: every twin that no row written by hand is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.django_releases import coroutines, wrappers
from scripts.django_releases.coroutines import Twin
from scripts.django_releases.guards import QUERYSET, guarded
from scripts.django_releases.names import NEVER, Disagreement, find
from scripts.django_releases.orm import CONNECTION, MODEL, reach
from scripts.django_releases.source import Definition, Release
from scripts.django_releases.tables import Tables

HEADER = """\
# Written by `python -m scripts.django_releases` from the source of the releases; not to be edited by hand.
# Releases: {labels}.

[library]
name = "django_releases"
source = "{source}"
"""
SOURCE = "https://github.com/django/django/tree/stable/{}.{}.x"


@dataclass(frozen=True)
class Span:
    """A twin, and the first and last of the releases that have it."""

    twin: Twin
    first: tuple[int, int]
    last: tuple[int, int]


def spans(releases: Sequence[Release]) -> Mapping[str, Span]:
    """Every twin of the releases, oldest first, by its qualified name."""
    found: dict[str, Span] = {}
    for release in releases:
        for twin in coroutines.twins(release):
            known = found.get(twin.name)
            found[twin.name] = Span(twin, known.first if known else release.version, release.version)
    return found


def render(tables: Tables, releases: Sequence[Release]) -> str:
    """The generated table: twins that the rows written by hand leave out, grouped by their class."""
    covered = _covered(tables, releases)
    left = [span for name, span in sorted(spans(releases).items()) if name not in covered]
    labels = ", ".join(release.label for release in releases)
    parts = [HEADER.format(labels=labels, source=SOURCE.format(*releases[-1].version))]
    parts.extend(_types(tables, releases, left))
    groups: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in left:
        groups[_canonical(tables, releases, span.twin.owner), _body(span, releases)].append(span)
    for (owner, body), members in groups.items():
        names = [span.twin.name.rpartition(".")[2] if owner else span.twin.name for span in members]
        kind = f'[[method]]\nof = "{owner}"' if owner else "[[call]]"
        parts.append(f"{kind}\nnames = {_array(names)}\n{body}")
    parts.extend(_wrappers(tables, releases))
    parts.extend(_guarded(releases))
    return "\n".join(parts)


def uncovered(tables: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    """Each twin of the releases that no row of the tables is about."""
    covered = _covered(tables, releases)
    for release in releases:
        for twin in coroutines.twins(release):
            if twin.name not in covered:
                yield f"{twin.name}: a twin without a row", release


def _covered(tables: Tables, releases: Sequence[Release]) -> frozenset[str]:
    """The twins that a row written by hand is about, itself or through a base of its class."""
    by_hand: dict[str, set[str]] = defaultdict(set)
    calls: set[str] = set()
    newest = releases[-1]
    for row in tables.of("call"):
        calls.update(found.name for name in row.names if (found := find(tables, newest, name)))
    for row in tables.of("method"):
        owner = _owner(tables, newest, row.fields["of"])
        by_hand[owner.name if owner else row.fields["of"]].update(row.names)
    for table, owners in _ORM.items():
        for row in tables.of(table):
            for owner_name in owners:
                by_hand[owner_name].update([*row.names, *(f"a{name}" for name in row.names)])
    covered = set(calls)
    for release in releases:
        for twin in coroutines.twins(release):
            owner = release.find(twin.owner) if twin.owner else None
            name = twin.name.rpartition(".")[2]
            if owner and any(name in by_hand[ancestor.name] for ancestor in release.order(owner)):
                covered.add(twin.name)
    return frozenset(covered)


_ORM = {
    "queryset": ("django.db.models.query.QuerySet",),
    "instance": ("django.db.models.base.Model",),
}
"""Tables whose rows name methods without their class, and the classes that have them."""


def _owner(tables: Tables, release: Release, name: str) -> Definition | None:
    others = [name, *(other for other, first in tables.canonical.items() if first == name)]
    return next((found for other in others if (found := release.find(other))), None)


def _body(span: Span, releases: Sequence[Release]) -> str:
    lines = [f'effect = "{"hops" if span.twin.awaits and span.twin.is_coroutine else "none"}"']
    if span.twin.is_coroutine:
        lines.append("awaitable = true")
    if span.first > releases[0].version:
        lines.append('since = "{}.{}"'.format(*span.first))
    if span.last < releases[-1].version:
        after = next(release.version for release in releases if release.version > span.last)
        lines.append('until = "{}.{}"'.format(*after))
    module = span.twin.owner.rpartition(".")[0] or span.twin.name.rpartition(".")[0]
    newest = next(release for release in releases if release.version == span.last)
    found = newest.modules.get(module)
    if found is not None:
        path = found.file.relative_to(newest.root).as_posix()
        source = SOURCE.format(*span.last).replace("/tree/", "/blob/")
        lines.append(f'source = "{source}/{path}"')
    return "\n".join(lines) + "\n"


def _types(tables: Tables, releases: Sequence[Release], left: Sequence[Span]) -> Iterator[str]:
    """The classes of twins that no row written by hand names, with all names they can be imported by."""
    newest = releases[-1]
    owners = dict.fromkeys(_canonical(tables, releases, span.twin.owner) for span in left if span.twin.owner)
    for owner in owners:
        found = newest.find(owner)
        if found is None or owner in tables.canonical.values():
            continue
        bases = [_canonical(tables, releases, base.name) for base in newest.bases(found)]
        known = [base for base in bases if base in owners or base in tables.canonical.values()]
        lines = ["[[type]]", f"names = {_array(_spellings(newest, found))}"]
        lines += [f"bases = {_array(known)}"] if known else []
        first = next(release.version for release in releases if release.find(owner) is not None)
        lines += ['since = "{}.{}"'.format(*first)] if first > releases[0].version else []
        yield "\n".join(lines) + "\n"


def _wrappers(tables: Tables, releases: Sequence[Release]) -> Iterator[str]:
    """The decorators that no row written by hand names."""
    by_hand = {name for row in tables.of("wrapper") for name in row.names}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, found in sorted(wrappers.decorators(releases[-1]).items()):
        supporting = [
            release.version
            for release in releases
            if (made := release.find(name)) and wrappers.supports_coroutines(release, made)
        ]
        lines = ['coroutines_since = "{}.{}"'.format(*supporting[0])] if supporting else []
        methods = max([wrappers.methods_since(releases), *supporting[:1]])
        lines += ['on_methods_since = "{}.{}"'.format(*methods)] if methods < NEVER else []
        first = next(release.version for release in releases if release.find(name) is not None)
        lines += ['since = "{}.{}"'.format(*first)] if first > releases[0].version else []
        lines += [] if wrappers.touches_response(releases[-1], found) else ["touches_response = false"]
        if name not in by_hand:
            groups["\n".join(lines)].append(name)
    for body, names in groups.items():
        yield f"[[wrapper]]\nnames = {_array(names)}\n{body}\n"


def _guarded(releases: Sequence[Release]) -> Iterator[str]:
    """What raises on a running event loop, and the public functions that reach it, by their class."""
    newest = releases[-1]
    yield f"[[guarded]]\nnames = {_array(guarded(newest))}\n"
    reached: dict[str, list[str]] = defaultdict(list)
    for name in sorted(reach(newest).names):
        owner, _, last = name.rpartition(".")
        if owner in _REACHING and not last.startswith("_"):
            reached[owner].append(last)
    for owner, names in reached.items():
        yield f'[[reaching]]\nof = "{owner}"\nnames = {_array(names)}\n'


_REACHING = (QUERYSET, MODEL, CONNECTION, "django.db.transaction")
"""Whose public functions are listed that reach a guarded one."""


def _spellings(release: Release, found: Definition) -> list[str]:
    """The name of a class where it is defined, then those under which packages above it offer it."""
    names = [found.name]
    package = found.module.name
    while "." in package:
        package = package.rpartition(".")[0]
        if release.find(f"{package}.{found.path[-1]}") == found:
            names.append(f"{package}.{found.path[-1]}")
    return names


def _canonical(tables: Tables, releases: Sequence[Release], owner: str) -> str:
    """The name by which the tables know a class, which may be that of another place it can be had from."""
    if not owner or owner in tables.canonical:
        return tables.canonical.get(owner, owner)
    for release in reversed(releases):
        found = release.find(owner)
        if found is not None:
            others = (first for name, first in tables.canonical.items() if release.find(name) == found)
            return next(others, owner)
    return owner


def _array(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    line = ", ".join(quoted)
    return f"[{line}]" if len(line) < 90 else "[\n" + "".join(f"  {name},\n" for name in quoted) + "]"
