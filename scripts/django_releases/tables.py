"""The catalogue's rows on Django as they are written, with the file that holds each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tomli

DATA = Path(__file__).parents[2] / "src" / "async_audit" / "catalogue" / "data"
GENERATED = DATA / "django_releases.toml"
WRITTEN = ("django.toml", "middleware.toml")


@dataclass(frozen=True)
class Row:
    """One row: the file and table that hold it, and what it says."""

    file: str
    kind: str
    fields: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they are written; the one of a model."""
        return tuple(self.fields["names"] if "names" in self.fields else [self.fields["name"]])

    def version(self, key: str, default: tuple[int, int]) -> tuple[int, int]:
        """A version that the row gives, or the one that the catalogue takes where it gives none."""
        major, _, minor = str(self.fields.get(key, "{}.{}".format(*default))).partition(".")
        return int(major), int(minor or 0)

    def about(self, name: str) -> str:
        """The row and one of its names, as a complaint begins."""
        owner = f"{self.fields['of']}." if "of" in self.fields else ""
        return f"{self.file}: [[{self.kind}]] {owner}{name}"


@dataclass(frozen=True)
class Tables:
    """All rows of some files."""

    rows: tuple[Row, ...]

    def of(self, *kinds: str) -> Iterator[Row]:
        """The rows of some tables."""
        return (row for row in self.rows if row.kind in kinds)

    @cached_property
    def canonical(self) -> Mapping[str, str]:
        """The first name of each catalogued class, by each of its names."""
        found = {name: row.names[0] for row in self.of("type") for name in row.names}
        found.update((name, row.fields["of"]) for row in self.of("alias") for name in row.names)
        found.update((row.names[0], row.names[0]) for row in self.of("model"))
        return found


def read(names: Sequence[str] = WRITTEN) -> Tables:
    """The rows of some files: without an argument, of those that are written by hand."""
    rows: list[Row] = []
    for name in names:
        table = tomli.loads((DATA / name).read_text(encoding="utf-8"))
        for kind, entries in table.items():
            if isinstance(entries, list):
                rows.extend(Row(name, kind, entry) for entry in entries)
    return Tables(tuple(rows))


def is_django(name: str) -> bool:
    """Whether the qualified name is one of Django's."""
    return name.startswith("django.")
