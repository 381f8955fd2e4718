"""The tables have the shape that the catalogue promises, and contradict neither themselves nor each other."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).parents[2] / "src" / "async_audit" / "catalogue" / "data"
TABLES = sorted(path for path in DATA.glob("*.toml") if path.stem != "django")

KINDS = {
    "blocks": {"sleep", "http", "subprocess", "file", "client", "wait", "cpu", "mail"},
    "suspends": {"network", "timer", "channel", "subprocess", "database", "file"},
    "hops": {None},
    "none": {None},
}
KEYS = {
    "call": {"names", "distribution", "effect", "kind", "twin", "returns", "awaitable", "source"},
    "type": {"names", "distribution", "bases"},
    "method": {"of", "names", "effect", "kind", "twin", "returns", "awaitable", "runtime", "source"},
}
REQUIRED = {
    "call": {"names", "distribution", "effect"},
    "type": {"names", "distribution", "bases"},
    "method": {"of", "names", "effect"},
}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def rows(kind: str) -> list[dict[str, Any]]:
    """Return the rows of one kind from all tables."""
    return [row for path in TABLES for row in read(path).get(kind, ())]


def repeated(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_rows_have_the_right_keys(path: Path) -> None:
    table = read(path)
    assert set(table) <= {"library", "call", "type", "method"}
    assert set(table["library"]) == {"name", "source"}
    assert table["library"]["name"] == path.stem
    for kind, allowed in KEYS.items():
        for row in table.get(kind, ()):
            assert set(row) <= allowed, row
            assert set(row) >= REQUIRED[kind], row
            assert row["names"], row
            assert row.get("source", table["library"]["source"]).startswith("https://"), row


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_effects_have_the_right_kinds(path: Path) -> None:
    for kind in ("call", "method"):
        for row in read(path).get(kind, ()):
            assert row.get("kind") in KINDS[row["effect"]], row
            assert not (row["effect"] != "blocks" and "twin" in row), row


def test_no_call_or_type_is_listed_twice() -> None:
    assert repeated([name for row in rows("call") for name in row["names"]]) == []
    assert repeated([name for row in rows("type") for name in row["names"]]) == []


def test_no_method_is_listed_twice() -> None:
    assert repeated([f"{row['of']}.{name}" for row in rows("method") for name in row["names"]]) == []


def test_methods_bases_and_results_are_of_catalogued_types() -> None:
    canonical = {row["names"][0] for row in rows("type")}
    assert {row["of"] for row in rows("method")} <= canonical
    assert {base for row in rows("type") for base in row["bases"]} <= canonical
    results = {row["returns"] for kind in ("call", "method") for row in rows(kind) if "returns" in row}
    assert results <= canonical


def test_a_type_and_its_base_are_not_both_synchronous_and_asynchronous() -> None:
    """A catch-all of the base must not answer for a subclass of the other colour."""
    bases = {row["names"][0]: row["bases"] for row in rows("type")}
    catch_all = {row["of"]: row.get("awaitable", False) for row in rows("method") if "*" in row["names"]}
    awaiting = {row["of"] for row in rows("method") if row.get("awaitable")}
    mixed = [
        name for name, above in bases.items() for base in above if catch_all.get(base) is False and name in awaiting
    ]
    assert mixed == []
