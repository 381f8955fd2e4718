"""All disagreements between the data and releases, in both directions, as sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from async_audit.config import SUPPORTED
from scripts.django_releases import generate, middleware, names, orm, tables, wrappers
from scripts.django_releases.names import Disagreement
from scripts.django_releases.source import Release
from scripts.django_releases.tables import Tables


def complaints(written: Tables, releases: Sequence[Release]) -> list[str]:
    """Return a sentence for each disagreement, with the releases that contradict the data."""
    found: dict[str, list[Release]] = defaultdict(list)
    for text, release in _disagreements(written, releases):
        found[text].append(release)
    lines = [f"{text} ({', '.join(release.label for release in where)})" for text, where in found.items()]
    if len(releases) == len(SUPPORTED) and generate.render(written, releases) != _generated_text():
        lines.append(f"{tables.GENERATED.name}: not what the releases give; write it again")
    return lines


def _disagreements(written: Tables, releases: Sequence[Release]) -> Iterator[Disagreement]:
    generated = tables.read((tables.GENERATED.name,)) if tables.GENERATED.exists() else Tables(())
    every = Tables((*written.rows, *generated.rows))
    yield from names.disagreements(every, releases)
    yield from generate.uncovered(every, releases)
    yield from orm.disagreements(every, releases)
    yield from wrappers.disagreements(every, releases)
    yield from middleware.disagreements(every, releases)


def _generated_text() -> str:
    return tables.GENERATED.read_text(encoding="utf-8") if tables.GENERATED.exists() else ""
