"""Hold the markers of a fixture project against what its coroutines did under real Django.

python -m tests.oracle.compare bookshop [--only PATTERN]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.markers import MarkerKind, read_markers
from tests.oracle.functions import FIXTURES, Function
from tests.oracle.ways import WAYS

QUERIES = frozenset(
    {
        "DJA101",
        "DJA102",
        "DJA103",
        "DJA104",
        "DJA105",
        "DJA106",
        "DJA107",
        "DJA110",
        "DJA403",
    }
)
BLOCKS = frozenset({"DJA201", "DJA202", "DJA203", "DJA204", "DJA205", "DJA206", "DJA207", "DJA208", "DJA210"})
MISUSE = frozenset(f"DJA4{number:02}" for number in range(1, 12))

SEEN_AT_LINE = {
    **{code: {"queries"} for code in QUERIES},
    **{code: {"blocks"} for code in BLOCKS},
    "DJA401": {"unawaited"},
    "DJA402": {"queries", "blocks"},
    "DJA404": {"errors"},
    "DJA406": {"errors"},
    "DJA407": {"errors", "queries"},
}
"""What shows that a marked line is what its marker says: one of these, seen at the line."""

SEEN_IN_FUNCTION = {
    "DJA405": "foreign",
    "DJA408": "fails",
    "DJA409": "fails",
    "DJA410": "fails",
    "DJA411": "fails",
}
"""What shows it somewhere in the function."""

EXPLAINED_BY = {
    "queries": QUERIES | {"DJA402", "DJA404", "DJA407"},
    "blocks": BLOCKS | {"DJA402", "DJA404"},
    "unawaited": MISUSE,
    "errors": QUERIES | BLOCKS | MISUSE,
}
"""Which markers explain what was seen; the last two happen anywhere in the function that is marked."""


class Comparison:
    """The markers of a project, and what it did."""

    def __init__(self, project: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.oracle.drive", project, *arguments]
        done = subprocess.run(command, cwd=FIXTURES.parent, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        result: dict[str, Any] = json.loads(done.stdout)
        self.functions = [Function(**found) for found in result["functions"].values()]
        self.unjudged = WAYS[project].unjudged
        self.lines = {tuple(place) for place in result["lines"]}
        self.seen: dict[str, dict[tuple[str, int], set[str]]] = {
            kind: defaultdict(set) for kind in EXPLAINED_BY
        }
        for kind, places in self.seen.items():
            for path, line, what in result[kind]:
                places[path, line].add(what)
        self.codes: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.expected: list[tuple[str, int, str]] = []
        driven = {function.path for function in self.functions}
        for marker in read_markers(FIXTURES / project):
            self.codes[marker.path, marker.line].add(marker.code)
            if marker.kind is MarkerKind.EXPECT and marker.path in driven:
                self.expected.append(marker.place)

    def disagreements(self) -> list[str]:
        """One line for each marker that Django does not bear out, and for each failure that is not marked."""
        return [*self.unmarked(), *self.not_borne_out(), *self.of_functions()]

    def owner(self, path: str, line: int) -> Function | None:
        """The function whose source the line is in."""
        inside = (
            found for found in self.functions if found.path == path and found.first <= line <= found.last
        )
        return next(inside, None)

    def codes_of(self, function: Function) -> set[str]:
        """All codes that are marked in a function or at the head of its class."""
        return set().union(*(self.codes.get((function.path, line), set()) for line in function.lines))

    def unmarked(self) -> Iterator[str]:
        """What was seen at lines that no marker explains."""
        for kind, places in self.seen.items():
            for (path, line), what in sorted(places.items()):
                owner = self.owner(path, line)
                if not path or (owner and owner.key in self.unjudged):
                    continue
                codes = self.codes.get((path, line), set())
                if kind in ("unawaited", "errors"):
                    codes = self.codes_of(owner) if owner else set(EXPLAINED_BY[kind])
                if not codes & EXPLAINED_BY[kind]:
                    yield f"unmarked {path}:{line} {kind}: {', '.join(sorted(what))[:200]}"

    def not_borne_out(self) -> Iterator[str]:
        """Markers at whose lines nothing of the kind was seen."""
        for path, line, code in sorted(self.expected):
            kinds = SEEN_AT_LINE.get(code, set())
            owner = self.owner(path, line)
            if not kinds or any((path, line) in self.seen[kind] for kind in kinds):
                continue
            if owner and (owner.key in self.unjudged or (line < owner.line and _fails(owner))):
                continue
            ran = "ran" if (path, line) in self.lines else "never ran"
            yield f"not borne out {path}:{line} {code}: no {' or '.join(sorted(kinds))} there; the line {ran}"

    def of_functions(self) -> Iterator[str]:
        """Functions that did not run, or that fail in another way than they are marked."""
        for function in self.functions:
            if function.key in self.unjudged:
                continue
            where = f"{function.path}:{function.first} {function.qualname}"
            outcome = function.outcome["real"]
            codes = self.codes_of(function)
            if outcome["status"] in ("died", "not driven"):
                yield f"{outcome['status']} {where}: {outcome.get('message', '')}"
                continue
            body = range(function.line + 1, function.last + 1)
            if not codes & {*SEEN_IN_FUNCTION, "DJA105"} and not any(
                (function.path, line) in self.lines for line in body
            ):
                yield f"never ran {where}: {outcome}"
            path, line = outcome.get("place", ("", 0))
            if outcome["status"] != "clean" and not (codes or self.codes.get((path, line))):
                yield f"unmarked {where} fails: {outcome.get('message', outcome['status'])}"
            if outcome["foreign"] and "DJA405" not in codes:
                yield f"unmarked {where}: queries in a foreign thread"
            for code in sorted(codes & set(SEEN_IN_FUNCTION)):
                if not (outcome["foreign"] if SEEN_IN_FUNCTION[code] == "foreign" else _fails(function)):
                    yield f"not borne out {where} {code}: {outcome['status']}"


def _fails(function: Function) -> bool:
    outcome = function.outcome["real"]
    return bool(outcome["status"] != "clean" or outcome["unawaited"])


if __name__ == "__main__":
    comparison = Comparison(*sys.argv[1:])
    problems = comparison.disagreements()
    sys.stdout.write(
        "\n".join([*problems, f"{len(comparison.functions)} functions, {len(problems)} disagreements\n"])
    )
