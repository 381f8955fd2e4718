"""The tables have the shape that the catalogue promises, and contradict neither themselves nor each other."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from async_audit.catalogue.load import load
from tests.catalogue.tables import DATA, FILES, read_rows, read_table, rows_of

KINDS: dict[str, set[str | None]] = {
    "blocks": {"sleep", "http", "subprocess", "file", "client", "wait", "cpu", "mail"},
    "suspends": {"network", "timer", "channel", "subprocess", "database", "file"},
    "hops": {None, "shared"},  # to the request's own thread, or to an executor that requests share
    "queries": {"django-call"},
    "none": {None},
}
KEYS = {
    "call": {"names", "distribution", "effect", "kind", "twin", "returns", "awaitable", "special", "source"},
    "type": {"names", "distribution", "bases"},
    "method": {
        "of",
        "names",
        "effect",
        "kind",
        "twin",
        "returns",
        "awaitable",
        "runtime",
        "special",
        "source",
    },
}
REQUIRED = {
    "call": {"names", "distribution", "effect"},
    "type": {"names", "distribution", "bases"},
    "method": {"of", "names", "effect"},
}
# Of the standard library too, some rows stand with the family they belong to.
HOLD_THE_STANDARD_LIBRARY = {"async_libraries", "databases", "mail", "remote", "stdlib"}

each_file = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


@each_file
def test_rows_have_the_right_keys(path: Path) -> None:
    table = read_table(path)
    assert set(table) <= {"library", "call", "type", "method"}
    assert set(table["library"]) - {"near"} == {"name", "source"}
    assert table["library"]["name"] == path.stem
    for kind, allowed in KEYS.items():
        for row in table.get(kind, ()):
            assert set(row) <= allowed, row
            assert set(row) >= REQUIRED[kind], row
            assert row["names"], row
            assert row.get("source", table["library"]["source"]).startswith("https://"), row


@each_file
def test_effects_have_the_right_kinds(path: Path) -> None:
    for kind in ("call", "method"):
        for row in read_table(path).get(kind, ()):
            assert row.get("kind") in KINDS[row["effect"]], row
            assert row["effect"] == "blocks" or "twin" not in row, row


def test_the_standard_library_is_covered() -> None:
    assert {row.table for row in read_rows() if row.distribution == "stdlib"} == HOLD_THE_STANDARD_LIBRARY


@pytest.mark.parametrize("kind", ["call", "type", "method"])
def test_nothing_is_listed_twice(kind: str) -> None:
    assert repeated(name for row in rows_of(kind) for name in row.qualified_names) == []


def test_methods_bases_and_results_are_of_catalogued_types() -> None:
    canonical = {row.names[0] for row in rows_of("type")}
    assert {row.fields["of"] for row in rows_of("method")} <= canonical
    assert {base for row in rows_of("type") for base in row.fields["bases"]} <= canonical
    assert {row.fields["returns"] for row in read_rows() if "returns" in row.fields} <= canonical


def test_constructors_say_what_they_make() -> None:
    """A row for a class replaces the rule that calling a catalogued type makes an instance of it."""
    types = {name: row.names[0] for row in rows_of("type") for name in row.names}
    silent = [
        f"{row}: {name}"
        for row in rows_of("call")
        for name in row.names
        if name in types and not row.fields.get("awaitable") and row.fields.get("returns") != types[name]
    ]
    assert silent == []


def test_twins_are_catalogued_and_do_not_block() -> None:
    harmless = {
        name for row in read_rows() if row.fields.get("effect") != "blocks" for name in row.qualified_names
    }
    types = {name for row in rows_of("type") for name in row.names}
    strange = [
        f"{row}: {twin}"
        for row in read_rows()
        if (twin := row.fields.get("twin"))
        and twin not in harmless | types
        and f"{twin.rpartition('.')[0]}.*" not in harmless
    ]
    assert strange == []


def test_a_catch_all_does_not_answer_for_the_other_colour() -> None:
    """A synchronous base with a row for `*` would make every method of an asynchronous subclass block."""
    catch_all = {
        row.fields["of"] for row in rows_of("method") if "*" in row.names and "awaitable" not in row.fields
    }
    awaited = {row.fields["of"] for row in rows_of("method") if row.fields.get("awaitable")}
    mixed = [
        row.names[0]
        for row in rows_of("type")
        if row.names[0] in awaited and catch_all & set(row.fields["bases"])
    ]
    assert mixed == []


def test_a_package_that_waits_for_nothing_has_no_table_of_its_own() -> None:
    catalogue = load()
    assert catalogue.quiet
    assert catalogue.quiet.isdisjoint(catalogue.libraries | sys.stdlib_module_names)


def test_context_managers_callbacks_and_plain_methods_are_of_catalogued_types() -> None:
    catalogue = load()
    assert set(catalogue.contexts.values()) == {"asynchronous", "synchronous"}
    assert {name for name in catalogue.contexts if name not in catalogue.types} == set()
    owners = {row["of"] for row in read_table(DATA / "callbacks.toml")["callback"] if "of" in row}
    owners |= {cls for cls, _ in catalogue.plain}
    assert owners
    assert {owner for owner in owners if owner not in catalogue.types} == set()
