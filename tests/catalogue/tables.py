"""Reads the catalogue's tables of libraries as they are written, without the package's own loader."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

DATA = Path(__file__).parents[2] / "src" / "async_audit" / "catalogue" / "data"

# Tables with rows of other forms: they have checks of their own.
NOT_OF_LIBRARIES = frozenset(
    {
        "backends",
        "background",
        "builtins",
        "callbacks",
        "contexts",
        "django",
        "django_releases",
        "entry_points",
        "middleware",
        "order_free",
        "plain",
        "quiet",
        "servers",
        "view_hooks",
    }
)

FILES = tuple(path for path in sorted(DATA.glob("*.toml")) if path.stem not in NOT_OF_LIBRARIES)


@dataclass(frozen=True)
class Row:
    """One row of a table, and the distribution that has what it names."""

    table: str
    kind: str
    fields: Mapping[str, Any]
    distribution: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they are written: those of methods are relative to their type."""
        return tuple(self.fields["names"])

    @property
    def qualified_names(self) -> tuple[str, ...]:
        """The names as a program would have to write them."""
        if self.kind == "method":
            return tuple(f"{self.fields['of']}.{name}" for name in self.names)
        return self.names

    def __str__(self) -> str:
        return f"{self.table}.toml [[{self.kind}]] {self.qualified_names[0]}"


@functools.cache
def read_table(path: Path) -> Mapping[str, Any]:
    return tomli.loads(path.read_text(encoding="utf-8"))


@functools.cache
def read_rows() -> tuple[Row, ...]:
    """Return the rows of every table of libraries."""
    rows: list[Row] = []
    for path in FILES:
        table = read_table(path)
        owners = {entry["names"][0]: entry["distribution"] for entry in table.get("type", ())}
        for kind in ("call", "type", "method"):
            for fields in table.get(kind, ()):
                distribution = owners[fields["of"]] if kind == "method" else fields["distribution"]
                rows.append(Row(path.stem, kind, fields, distribution))
    return tuple(rows)


def rows_of(kind: str) -> list[Row]:
    return [row for row in read_rows() if row.kind == kind]
