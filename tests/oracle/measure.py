"""Hold the analysis to what the fixture projects do under the installed Django, and write down the counts.

    python -m tests.oracle.measure [--write docs/accuracy.md]

`nox -s oracle` runs this for every supported version. The exit status is 1 where the analysis is wrong in a
way that no `todo-miss` marker owns up to.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import django

from tests.oracle.claims import claims_of_analysis, known_misses
from tests.oracle.compare import Comparison, Disagreement, Kind, drive
from tests.oracle.ways import WAYS

BEGIN, END = "<!-- oracle: begin -->", "<!-- oracle: end -->"
COLUMNS = (
    "Django",
    "Python",
    "coroutines run",
    "in agreement",
    "`certain` findings borne out",
    "not reached",
    "missed alarms",
    "of these known",
    "false `certain`",
    "not run",
)
HEADER = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"


@dataclass
class Counts:
    """What a version's run of all projects came to."""

    coroutines: int = 0
    agreeing: int = 0
    borne_out: int = 0
    not_reached: int = 0
    known: int = 0
    problems: list[Disagreement] = field(default_factory=list)

    def add(self, project: str, comparison: Comparison) -> None:
        """Count one project."""
        found = comparison.disagreements()
        problems = [problem for problem in found if problem.kind is not Kind.NOT_REACHED]
        not_reached = len(found) - len(problems)
        known = known_misses(project)
        false = {(problem.place, problem.text) for problem in problems if problem.kind is Kind.FALSE}
        disputed = {problem.function for problem in problems}
        self.coroutines += len(comparison.functions)
        self.agreeing += sum(function.key not in disputed for function in comparison.functions)
        self.borne_out += len(comparison.certain) - len(false) - not_reached
        self.not_reached += not_reached
        excused = [
            problem
            for problem in problems
            if is_known(problem, known, comparison) or is_of_older_version(problem, project)
        ]
        self.known += len(excused)
        self.problems += [problem for problem in problems if problem not in excused]

    def count(self, kind: Kind) -> int:
        """How many disagreements are of the kind."""
        return sum(problem.kind is kind for problem in self.problems)

    @property
    def row(self) -> str:
        """A line of the table in the documentation."""
        python = ".".join(map(str, sys.version_info[:2]))
        not_run = self.count(Kind.NOT_RUN)
        numbers = (
            self.coroutines - not_run,
            self.agreeing,
            self.borne_out,
            self.not_reached,
            self.count(Kind.MISSED) + self.known,
            self.known,
            self.count(Kind.FALSE),
            not_run,
        )
        return f"| {django.get_version()} | {python} | {' | '.join(map(str, numbers))} |"


def is_known(problem: Disagreement, known: frozenset[tuple[str, int]], comparison: Comparison) -> bool:
    """Whether a marker in the function, or on the line, owns up to the missed alarm."""
    if problem.kind is not Kind.MISSED:
        return False
    owner = comparison.owner(*problem.place)
    lines = range(owner.first, owner.last + 1) if owner else (problem.place[1],)
    return any((problem.place[0], line) in known for line in lines)


def is_of_older_version(problem: Disagreement, project: str) -> bool:
    """Whether the missed alarm is one that is known for versions like the installed one."""
    right_since = WAYS[project].missed_before.get(problem.function, (0, 0))
    return problem.kind is Kind.MISSED and django.VERSION[:2] < right_since


def measure(projects: Iterable[str] = tuple(sorted(WAYS))) -> Counts:
    """The counts under the installed Django."""
    counts = Counts()
    for project in projects:
        claims = claims_of_analysis(project, django.VERSION[:2])
        counts.add(project, Comparison(project, claims, drive(project)))
    return counts


def write_row(path: Path, row: str) -> None:
    """Put a version's row into the marked section of a page, in place of that version's last one."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    section, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path}: there is no section between {BEGIN} and {END}")
    rows = {minor_of(line): line for line in section.splitlines() if line[:3].strip("| ").isdigit()}
    rows[minor_of(row)] = row
    table = HEADER + "\n".join(rows[version] for version in sorted(rows))
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def minor_of(row: str) -> tuple[int, ...]:
    """The feature version that a row is of."""
    return tuple(int(part) for part in row.split("|")[1].strip().split(".")[:2])


def main() -> int:
    """Measure, tell and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the counts into this page")
    parser.add_argument("--project", action="append", choices=sorted(WAYS), help="only this project")
    chosen = parser.parse_args()
    counts = measure(chosen.project or sorted(WAYS))
    sys.stdout.write("\n".join([*map(str, counts.problems), HEADER + counts.row, ""]))
    if chosen.write:
        write_row(chosen.write, counts.row)
    return bool(counts.problems)


if __name__ == "__main__":
    raise SystemExit(main())
