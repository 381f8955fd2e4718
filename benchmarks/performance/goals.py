"""What the audit is meant to cost, and whether the measurement meets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.performance.costs import median
from benchmarks.performance.results import (
    FLAKE8,
    FLAKE8_ASYNC,
    FLAKE8_OURS,
    OURS_COLD,
    OURS_WARM,
    PARSE,
    READ,
    RUFF,
    Results,
    Subject,
    cpu,
    wall,
)

LINEAR = 1.25
"""The cost of a line in the largest tree : in one of a tenth of its size."""
_BEYOND_START_UP = 100_000
"""Lines; in a smaller tree starting is most of the cost, which would make any growth look flat."""
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in words, the measured number with its unit, and whether it is met."""

    text: str
    measured: str
    is_met: bool


def goals(results: Results) -> list[Goal]:
    """The goals that this run can say something about."""
    found = [*_against_others(results), *_growth(results), *_plugin(results)]
    return [goal for goal in found if goal is not None]


def _against_others(results: Results) -> Iterator[Goal | None]:
    small, large = results.archive("khoj"), results.archive("django")
    yield _at_least("cold scan of khoj against flake8-async, wall", small, FLAKE8_ASYNC, OURS_COLD, 30)
    yield _at_most(
        "cold processor time on khoj against LibCST's parser on what we parsed",
        small,
        OURS_COLD,
        PARSE,
        1.6,
        of=cpu,
    )
    yield _at_most(
        "cold scan of Django's archive against ruff without cache, wall", large, OURS_COLD, RUFF, 10
    )
    yield _at_most(
        "warm scan of Django's archive against ruff without cache, wall", large, OURS_WARM, RUFF, 1.5
    )


def _growth(results: Results) -> Iterator[Goal | None]:
    measured = [subject for subject in results.growth if subject.costs.get(OURS_COLD)]
    if len(measured) > 1:
        largest = measured[-1]
        tenth = min(measured[:-1], key=lambda subject: abs(subject.lines * 10 - largest.lines))
        if tenth.lines >= _BEYOND_START_UP:
            grown = _per_line(largest) / _per_line(tenth)
            text = f"processor time of a line among {largest.lines:,} against one among {tenth.lines:,}"
            yield Goal(f"{text}: at most {LINEAR:g} ×", f"{grown:.2f} ×", grown <= LINEAR)
        memory = median(largest.costs[OURS_COLD]).memory / _MEBIBYTE
        if largest.lines > 900_000:
            yield Goal("peak memory for a million lines: at most 350 MB", f"{memory:.0f} MB", memory <= 350)
    if len(results.synchronous) == 2:
        more = file_overhead(*results.synchronous) * 1e6
        yield Goal("a synchronous file over reading it: at most 50 µs", f"{more:.0f} µs", more <= 50)


def _per_line(subject: Subject) -> float:
    return median(subject.costs[OURS_COLD]).cpu / subject.lines


def file_overhead(small: Subject, large: Subject) -> float:
    """Seconds of processor time that one more synchronous file costs, beyond reading it.

    The difference of two trees leaves out what starting costs.
    """

    def of_one_more(tool: str) -> float:
        grown = median(large.costs[tool]).cpu - median(small.costs[tool]).cpu
        return grown / (large.files - small.files)

    return of_one_more(OURS_COLD) - of_one_more(READ)


def _plugin(results: Results) -> Iterator[Goal | None]:
    subject = results.plugin
    times = subject.ratio(FLAKE8_OURS, FLAKE8, cpu) if subject else None
    if times is not None:
        text = "processor time of `flake8 --select=DJA` without async over flake8 alone: at most 5 % more"
        yield Goal(text, f"{times - 1:+.1%}", times <= 1.05)


def _at_least(text: str, subject: Subject | None, slow: str, fast: str, times: float) -> Goal | None:
    measured = subject.ratio(slow, fast, wall) if subject else None
    if measured is None:
        return None
    return Goal(f"{text}: at least {times:g} × faster", f"{measured:.1f} ×", measured >= times)


def _at_most(
    text: str, subject: Subject | None, ours: str, other: str, times: float, *, of: object = wall
) -> Goal | None:
    measured = subject.ratio(ours, other, cpu if of is cpu else wall) if subject else None
    if measured is None:
        return None
    return Goal(f"{text}: at most {times:g} ×", f"{measured:.2f} ×", measured <= times)
