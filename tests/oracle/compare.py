"""Hold what is claimed of a fixture project against what its coroutines did under real Django.

    python -m tests.oracle.compare bookshop [--only PATTERN]

holds the project's markers against it, which are meant for Django 5.2.
"""

from __future__ import annotations

import enum
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tests.oracle.claims import Claims, claims_of_markers
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


class Kind(enum.Enum):
    """How a claim and a run differ."""

    MISSED = "missed alarm"
    FALSE = "false"
    NOT_REACHED = "not reached"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Disagreement:
    """One difference, at a line of a function (whose key is empty outside of any)."""

    kind: Kind
    place: tuple[str, int]
    function: str
    text: str

    def __str__(self) -> str:
        path, line = self.place
        return f"{self.kind.value} {path}:{line} {self.function.partition(':')[2]}: {self.text}"


def drive(project: str, *arguments: str) -> dict[str, Any]:
    """What the coroutines of a project did under the Django of this Python. Raises `RuntimeError`."""
    command = [sys.executable, "-m", "tests.oracle.drive", project, *arguments]
    done = subprocess.run(command, cwd=FIXTURES.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    result: dict[str, Any] = json.loads(done.stdout)
    return result


class Comparison:
    """The claims about a project, and what it did."""

    def __init__(self, project: str, claims: Claims, result: dict[str, Any]) -> None:
        self.functions = [Function(**found) for found in result["functions"].values()]
        self.unjudged = WAYS[project].unjudged
        self.lines = {tuple(place) for place in result["lines"]}
        self.seen: dict[str, dict[tuple[str, int], set[str]]] = {
            kind: defaultdict(set) for kind in EXPLAINED_BY
        }
        for kind, places in self.seen.items():
            for path, line, what in result[kind]:
                places[path, line].add(what)
        self.codes = claims.codes
        driven = {function.path for function in self.functions}
        self.certain = sorted(place for place in claims.certain if place[0] in driven)

    def disagreements(self) -> list[Disagreement]:
        """Each claim that Django does not bear out, and each failure that nobody claimed."""
        return [*self.unmarked(), *self.not_borne_out(), *self.of_functions()]

    def owner(self, path: str, line: int) -> Function | None:
        """The function whose source the line is in."""
        inside = (
            found for found in self.functions if found.path == path and found.first <= line <= found.last
        )
        return next(inside, None)

    def codes_of(self, function: Function) -> set[str]:
        """All codes that are said of a function or of the head of its class."""
        return set().union(*(self.codes.get((function.path, line), frozenset()) for line in function.lines))

    def unmarked(self) -> Iterator[Disagreement]:
        """What was seen at lines that no claim explains."""
        for kind, places in self.seen.items():
            for (path, line), what in sorted(places.items()):
                owner = self.owner(path, line)
                if not path or (owner and owner.key in self.unjudged):
                    continue
                codes: AbstractSet[str] = self.codes.get((path, line), frozenset())
                if kind in ("unawaited", "errors"):
                    codes = self.codes_of(owner) if owner else EXPLAINED_BY[kind]
                if not codes & EXPLAINED_BY[kind]:
                    key = owner.key if owner else ""
                    text = f"{kind}: {', '.join(sorted(what))[:200]}"
                    yield Disagreement(Kind.MISSED, (path, line), key, text)

    def not_borne_out(self) -> Iterator[Disagreement]:
        """Claims at whose lines nothing of the kind was seen."""
        for path, line, code in self.certain:
            kinds = SEEN_AT_LINE.get(code, set())
            owner = self.owner(path, line)
            if not kinds or any((path, line) in self.seen[kind] for kind in kinds):
                continue
            if owner and (owner.key in self.unjudged or (line < owner.line and _fails(owner))):
                continue
            ran = "ran" if (path, line) in self.lines else "never ran"
            text = f"{code}: no {' or '.join(sorted(kinds))} there; the line {ran}"
            kind = Kind.NOT_REACHED if owner and self.fails_before(owner, line) else Kind.FALSE
            yield Disagreement(kind, (path, line), owner.key if owner else "", text)

    def fails_before(self, function: Function, line: int) -> bool:
        """Whether the function, the guard let through, ends as is claimed before it gets to the line.

        It fails there, or it is a coroutine that nobody awaits, of which no line runs at all.
        """
        outcome = function.outcome["recording"]
        before = [number for number in function.lines if number < line]
        claimed = any(
            self.codes.get(place)
            for place in [*((function.path, number) for number in before), tuple(outcome.get("place", ()))]
        )
        ended = outcome["status"] != "clean" or not self.started(function)
        return claimed and ended and (function.path, line) not in self.lines

    def started(self, function: Function) -> bool:
        """Whether any line of the function's body ran."""
        return any(
            (function.path, line) in self.lines for line in range(function.line + 1, function.last + 1)
        )

    def of_functions(self) -> Iterator[Disagreement]:
        """Functions that did not run, or that fail in another way than is said of them."""
        for function in self.functions:
            if function.key not in self.unjudged:
                yield from (
                    Disagreement(kind, (function.path, function.first), function.key, text)
                    for kind, text in self.of_function(function)
                )

    def of_function(self, function: Function) -> Iterator[tuple[Kind, str]]:
        """What is wrong with one function, as a kind and a text."""
        outcome = function.outcome["real"]
        codes = self.codes_of(function)
        if outcome["status"] in ("died", "not driven"):
            yield Kind.NOT_RUN, f"{outcome['status']}: {outcome.get('message', '')}"
            return
        if not codes & {*SEEN_IN_FUNCTION, "DJA105"} and not self.started(function):
            explained = outcome["status"] != "clean" and self.codes.get(tuple(outcome["place"]))
            yield Kind.NOT_REACHED if explained else Kind.NOT_RUN, f"never ran: {outcome}"
        path, line = outcome.get("place", ("", 0))
        if outcome["status"] != "clean" and not (codes or self.codes.get((path, line))):
            yield Kind.MISSED, f"fails: {outcome.get('message', outcome['status'])}"
        if outcome["foreign"] and "DJA405" not in codes:
            yield Kind.MISSED, "queries in a foreign thread"
        certain = {
            code
            for path, line, code in self.certain
            if path == function.path and line in function.lines and code in SEEN_IN_FUNCTION
        }
        for code in sorted(certain):
            if not (outcome["foreign"] if SEEN_IN_FUNCTION[code] == "foreign" else _fails(function)):
                yield Kind.FALSE, f"{code}: {outcome['status']}"


def _fails(function: Function) -> bool:
    outcome = function.outcome["real"]
    return bool(outcome["status"] != "clean" or outcome["unawaited"])


if __name__ == "__main__":
    chosen = sys.argv[1]
    comparison = Comparison(chosen, claims_of_markers(chosen), drive(*sys.argv[1:]))
    problems = comparison.disagreements()
    lines = [*map(str, problems), f"{len(comparison.functions)} functions, {len(problems)} disagreements"]
    sys.stdout.write("\n".join([*lines, ""]))
