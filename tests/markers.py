"""What the comments of a fixture say must be found there.

| marker              | a finding of the code on its line                                  |
|---------------------|--------------------------------------------------------------------|
| `# expect:`         | must be there                                                      |
| `# expect-optional:`| must be there once its rule, which is off by default, is selected  |
| `# allow:`          | may be there                                                       |
| `# todo-miss:`      | should be there and is known not to be; fails once it is           |
| `# todo-false:`     | should not be there and is known to be; fails once it is not       |
"""

from __future__ import annotations

import enum
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

Place: TypeAlias = tuple[str, int, str]
"""Path below the project, line and code."""


class MarkerKind(enum.Enum):
    """What a marker says of the findings of its line."""

    EXPECT = "expect"
    OPTIONAL = "expect-optional"
    ALLOW = "allow"
    MISS = "todo-miss"
    FALSE = "todo-false"


@dataclass(frozen=True)
class Marker:
    """One code that one marker names."""

    kind: MarkerKind
    path: str
    line: int
    code: str

    @property
    def place(self) -> Place:
        """What a finding has in common with the marker."""
        return self.path, self.line, self.code


class MalformedMarker(ValueError):
    """A comment that means to be a marker and is none."""


_WORD = re.compile(r"#\s*(?P<kind>[\w-]+)(?P<rest>[^#]*)")
_CODES = re.compile(r":((?:\s+DJA\d{3})+)\s*")
_MEANT = re.compile(r"expect|allow|todo-", re.IGNORECASE)


def markers_of(source: str, path: str) -> Iterator[Marker]:
    """The markers in the comments of a source text. Raises `MalformedMarker`."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        for match in _WORD.finditer(token.string):
            if "DJA" not in match["rest"] or not _MEANT.match(match["kind"]):
                continue
            codes = _CODES.fullmatch(match["rest"])
            kinds = [kind for kind in MarkerKind if kind.value == match["kind"]]
            if codes is None or not kinds:
                raise MalformedMarker(f"{path}:{token.start[0]}: {token.string}")
            for code in codes[1].split():
                yield Marker(kinds[0], path, token.start[0], code)


@lru_cache(maxsize=8)
def read_markers(root: Path) -> tuple[Marker, ...]:
    """The markers of every Python file below `root`."""
    return tuple(
        marker
        for path in sorted(root.rglob("*.py"))
        for marker in markers_of(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    )


def disagreements(markers: Iterable[Marker], found: AbstractSet[Place]) -> list[str]:
    """Where markers and findings differ, one line each, in order."""
    by_kind: dict[MarkerKind, set[Place]] = {kind: set() for kind in MarkerKind}
    for marker in markers:
        by_kind[marker.kind].add(marker.place)
    expected = by_kind[MarkerKind.EXPECT] | by_kind[MarkerKind.OPTIONAL]
    misses, falses = by_kind[MarkerKind.MISS], by_kind[MarkerKind.FALSE]
    explained = expected | by_kind[MarkerKind.ALLOW] | misses | falses
    problems = [
        *((place, "is not found") for place in expected - found),
        *((place, "is found and not marked") for place in found - explained),
        *((place, "is found by now: make `todo-miss` an `expect`") for place in misses & found),
        *((place, "is quiet by now: remove `todo-false`") for place in falses - found),
    ]
    return [f"{path}:{line}: {code} {problem}" for (path, line, code), problem in sorted(problems)]
