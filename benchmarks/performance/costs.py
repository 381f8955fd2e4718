"""What runs of a command cost, and how those of two commands compare."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall and of processor time, and the peak of memory in bytes.

    Memory that processes share counts once, in parts; of a process that ends at once none is seen.
    """

    wall: float
    cpu: float
    memory: int


def median(costs: Sequence[Cost]) -> Cost:
    """The medians of each part."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=int(statistics.median(cost.memory for cost in costs)),
    )


def ratio(first: Sequence[Cost], second: Sequence[Cost], of: Callable[[Cost], float]) -> float:
    """The median over the rounds of first : second, where the rounds pair them; else that of the medians."""
    if len(first) == len(second):
        return statistics.median(of(one) / of(other) for one, other in zip(first, second, strict=True))
    return of(median(first)) / of(median(second))
