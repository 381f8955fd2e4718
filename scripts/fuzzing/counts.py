"""The tables of `docs/reliability.md`: what was tried, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scripts.documentation.markdown import table
from scripts.fuzzing.fuzzers import WHAT_THEY_MAKE
from scripts.fuzzing.libraries import Scan

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"

_FUZZERS = "fuzzers"
_LIBRARIES = "libraries"


def count_fuzzing(name: str, examples: int, minutes: float, faults: int) -> None:
    """Write the row of a fuzzer; those of others stay."""
    fresh = (name, WHAT_THEY_MAKE[name], f"{minutes:g}", f"{examples:,}", str(faults))
    rows = [row for row in _rows(_FUZZERS) if row[0] != name]
    head = ("fuzzer", "what it makes", "minutes", "examples", "faults")
    _replace(_FUZZERS, table(head, sorted((*rows, fresh))))


def count_libraries(scans: Iterable[Scan]) -> None:
    """Write the table of the scanned packages."""
    head = ("package", "lines", "files", "coroutines", "left out", "findings", "CPU s", "MB", "two runs")
    rows = [
        (
            scan.package,
            f"{scan.lines:,}",
            f"{scan.files:,}",
            f"{scan.coroutines:,}",
            str(scan.skipped),
            str(scan.findings),
            f"{scan.seconds:.0f}",
            str(scan.megabytes),
            scan.fault or "the same",
        )
        for scan in scans
    ]
    _replace(_LIBRARIES, table(head, rows))


def _bounds(text: str, name: str) -> tuple[int, int]:
    start = text.index(f"<!-- {name} -->") + len(f"<!-- {name} -->")
    return start, text.index(f"<!-- end of {name} -->")


def _rows(name: str) -> list[tuple[str, ...]]:
    text = PAGE.read_text(encoding="utf-8")
    start, end = _bounds(text, name)
    lines = [line.strip("| ").split(" | ") for line in text[start:end].strip().splitlines()]
    return [tuple(line) for line in lines[2:]]


def _replace(name: str, fresh: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    start, end = _bounds(text, name)
    PAGE.write_text(f"{text[:start]}\n\n{fresh}\n\n{text[end:]}", encoding="utf-8")
